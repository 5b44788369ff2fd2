"""Faults that users of other tools met in training language models by imitation: none of them is here.

Those that are tested beside the part that could have them are not repeated: tests/models/test_chat.py has prompts and
stops, tests/training/test_language.py rows that are too long, tests/test_language_runs.py weights that are no numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from hch.models.language.chat import Chat, ChatFormatError, Row
from hch.models.language.generation import generate
from hch.models.language.learner import LanguageLearner
from hch.models.language.model import Language, LanguagePolicy, load_language, log_likelihoods
from hch.models.settings import Generation, LanguageLearnerSettings, LanguageSettings
from hch.types import Answer, Question, Sample
from tests.languages import CHATML, byte_tokenizer, tiny_language

SETTINGS = LanguageSettings(system="", precision="float32", generation=Generation(most_tokens=12))
LANGUAGE = tiny_language(SETTINGS)
PAIRS = [("one", "uno"), ("twenty-two", "ventidue"), ("a", "b")]


def rows(language: Language, pairs: Sequence[tuple[str, str]] = PAIRS) -> list[Row]:
    return [language.chat.row(Question(asked), said) for asked, said in pairs]


def gradient(language: Language, batch: Sequence[Row], of: int, padding: int) -> torch.Tensor:
    """What one row of a batch does to the output weights of the token that stops an answer."""
    language.model.zero_grad()
    log_likelihoods(language.model, batch, padding)[of].backward()
    result: torch.Tensor = language.model.lm_head.weight.grad[language.chat.stop].clone()
    return result


# Padding and the stop


def test_the_stop_is_learned_in_every_row_though_padding_is_the_same_token() -> None:
    stop = LANGUAGE.chat.stop
    assert LANGUAGE.tokenizer.pad_token_id == stop
    made = rows(LANGUAGE)
    for place, row in enumerate(made):
        assert row.ids[-1] == stop
        alone = gradient(LANGUAGE, [row], 0, stop)
        assert alone.abs().max() > 0
        torch.testing.assert_close(gradient(LANGUAGE, made, place, stop), alone, rtol=1e-3, atol=1e-6)


def test_a_model_that_has_learned_stops() -> None:
    learner = LanguageLearner(tiny_language(SETTINGS), LanguageLearnerSettings(learning_rate=1e-2, warm_up_steps=1))
    samples = [Sample(Question(asked), said) for asked, said in PAIRS]
    for _ in range(60):
        learner(samples)
    language = learner.language
    prompts = [language.chat.prompt(sample.question) for sample in samples]
    assert all(
        entry.stopped for entry in generate(Generation(most_tokens=12), language.model, prompts, language.chat.stop)
    )


def test_what_is_masked_goes_by_position_and_not_by_token() -> None:
    batch = rows(LANGUAGE)
    padded = [log_likelihoods(LANGUAGE.model, batch, padding) for padding in (LANGUAGE.chat.stop, 0, 7)]
    for other in padded[1:]:
        torch.testing.assert_close(padded[0], other)
    letter = LANGUAGE.chat.answer("u")[0]
    assert letter in batch[0].ids[batch[0].start :], "padding that an answer has in it hides nothing of it"
    torch.testing.assert_close(log_likelihoods(LANGUAGE.model, batch, letter), padded[0])


def test_nothing_of_the_prompt_is_learned() -> None:
    for row in rows(LANGUAGE):
        assert LANGUAGE.tokenizer.decode(row.ids[row.start :]).endswith("<|im_end|>")
        assert "user" not in LANGUAGE.tokenizer.decode(row.ids[row.start :])


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="<|>"), max_size=20)


@given(TEXT, TEXT)
@pytest.mark.parametrize("template", [CHATML, None])
def test_the_tokens_that_are_trained_are_those_that_stand_before_an_answer_when_it_is_given(
    template: str | None, asked: str, said: str
) -> None:
    chat = Chat(byte_tokenizer(template))
    row = chat.row(Question(asked), said)
    assert row.ids[: row.start] == chat.prompt(Question(asked))
    assert row.ids.count(chat.stop) == (2 if template else 1), "the prompt's turn ends once, the answer's once"


def test_where_the_prompt_would_not_come_first_the_error_shows_the_first_difference() -> None:
    template = CHATML.replace("{{ m['content'] }}", "{{ m['content'] | replace('five', 'four') }}")
    with pytest.raises(ChatFormatError, match="from place") as caught:
        Chat(byte_tokenizer(template)).row(Question("2 + 3?"), "five")
    shown = re.search(r"are (\[.*?\]) from place \d+ on, where (\[.*?\]) was expected", str(caught.value))
    assert shown is not None
    got, expected = map(json.loads, shown.groups())
    same = [a == b for a, b in zip(got, expected, strict=False)]
    assert same[:5] == [True] * 5, "what comes before the difference is shown too"
    assert not all(same)


# Saved and loaded


def answers(language: Language, texts: Sequence[str] = ("abc", "1 2 3?")) -> list[tuple[list[int], float]]:
    prompts = [language.chat.prompt(Question(text)) for text in texts]
    made = generate(language.settings.generation, language.model, prompts, language.chat.stop)
    return [(entry.ids, entry.log_likelihood) for entry in made]


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("tokenizer_config.json", {"padding_side": "right"}),
        ("tokenizer_config.json", {"padding_side": "left"}),
        ("tokenizer_config.json", {"pad_token": "<|endoftext|>"}),
        ("tokenizer_config.json", {"truncation_side": "left", "model_max_length": 8}),
        ("generation_config.json", {"eos_token_id": 5, "max_length": 3, "do_sample": True, "temperature": 2.0}),
        ("config.json", {"pad_token_id": 0, "eos_token_id": 5, "use_cache": False}),
    ],
)
def test_a_folder_whose_padding_or_stop_says_something_else_gives_the_same_answers(
    file: str, changes: dict[str, object], tmp_path: Path
) -> None:
    LANGUAGE.save(tmp_path)
    settings = json.loads((tmp_path / file).read_text("utf-8")) | changes
    (tmp_path / file).write_text(json.dumps(settings), "utf-8")
    assert answers(load_language(replace(SETTINGS, path=str(tmp_path)))) == answers(LANGUAGE)


# PEFT asks transformers for what has been given another name: nothing that a user could mend.
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_an_adapter_is_saved_as_one_and_loads_without_hch(tmp_path: Path) -> None:
    from peft import PeftModel

    base = tiny_language(SETTINGS, seed=1)
    base.save(tmp_path / "base")
    adapted = Language(base.model, base.tokenizer, replace(SETTINGS, adapter="lora", rank=4))
    learner = LanguageLearner(adapted, LanguageLearnerSettings(learning_rate=1e-2, warm_up_steps=1))
    for _ in range(5):
        learner([Sample(Question(asked), said) for asked, said in PAIRS])
    learner.language.save(tmp_path / "adapter")
    assert (tmp_path / "adapter" / "adapter_model.safetensors").is_file()
    assert not (tmp_path / "adapter" / "model.safetensors").exists()
    loaded = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tmp_path / "base"), tmp_path / "adapter")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "adapter")
    chat = [{"role": "user", "content": "one"}]
    text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    ids = torch.tensor([tokenizer.encode(text, add_special_tokens=False)])
    with torch.inference_mode():
        torch.testing.assert_close(loaded(ids).logits, learner.language.model(ids).logits)


# Scores


@given(st.lists(st.text(alphabet="abc 123?", min_size=1, max_size=20), min_size=1, max_size=5, unique=True))
async def test_a_score_is_the_same_padded_on_the_right_and_on_the_left_and_in_any_batch(texts: list[str]) -> None:
    """Answers are generated with padding on the left, and scored with padding on the right."""
    language = tiny_language(SETTINGS)
    with torch.no_grad():
        # Some answers stop, and others do not: only of those that do has the stop been generated.
        language.model.lm_head.weight[language.chat.stop] = language.model.lm_head.weight.mean(0)
        language.model.lm_head.weight *= 3
    questions = [Question(text) for text in texts]
    prompts = [language.chat.prompt(question) for question in questions]
    said = generate(Generation(most_tokens=12), language.model, prompts, language.chat.stop)
    scored = [
        Row([*prompt, *entry.ids, *([language.chat.stop] if entry.stopped else [])], len(prompt))
        for prompt, entry in zip(prompts, said, strict=True)
    ]
    with torch.inference_mode():
        together = log_likelihoods(language.model, scored, language.chat.stop).tolist()
        alone = [log_likelihoods(language.model, [row], language.chat.stop).item() for row in scored]
    assert together == pytest.approx([entry.log_likelihood for entry in said], abs=1e-3)
    assert together == pytest.approx(alone, abs=1e-3)
    for batch_tokens in (1, 100, 8192):
        small = replace(SETTINGS, generation=Generation(most_tokens=12, batch_tokens=batch_tokens))
        policy = LanguagePolicy(Language(language.model, language.tokenizer, small))
        scores = await policy.score(questions, texts)
        assert scores == pytest.approx(await LanguagePolicy(language).score(questions, texts), abs=1e-3)


def test_no_reward_lands_on_padding() -> None:
    batch = rows(LANGUAGE)
    longest = max(len(row.ids) for row in batch)
    width = [Row([*row.ids, *[LANGUAGE.chat.stop] * (longest - len(row.ids))], row.start) for row in batch]
    plain = log_likelihoods(LANGUAGE.model, batch, LANGUAGE.chat.stop)
    padded = log_likelihoods(LANGUAGE.model, width, LANGUAGE.chat.stop)
    shorter = [place for place, row in enumerate(batch) if len(row.ids) < longest]
    assert shorter
    assert all(plain[place] > padded[place] + 1 for place in shorter), "padding would be as unlikely as any token"


# No numbers


async def test_weights_that_are_no_numbers_answer_nothing_rather_than_the_first_token_for_ever() -> None:
    language = tiny_language(SETTINGS)
    with torch.no_grad():
        language.model.model.layers[0].mlp.up_proj.weight.fill_(torch.nan)
    (answer,) = await LanguagePolicy(language)([Question("a")])
    assert answer == Answer(outcome=answer.outcome, by="model", reason="the model's probabilities are not finite")
    assert not answer.answered


def test_a_step_that_would_lead_to_no_numbers_is_not_taken() -> None:
    learner = LanguageLearner(tiny_language(SETTINGS), LanguageLearnerSettings(learning_rate=1e-2, warm_up_steps=1))
    samples = [Sample(Question(asked), said) for asked, said in PAIRS]
    learner(samples)
    before = {name: weights.detach().clone() for name, weights in learner.trained.items()}
    with torch.no_grad():
        learner.language.model.model.norm.weight[0] = torch.nan
    assert not learner(samples).finite
    invalidate = [name for name, weights in learner.trained.items() if not torch.equal(before[name], weights)]
    assert invalidate == ["model.norm.weight"], "only what was spoiled here"
