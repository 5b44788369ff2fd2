from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import AutoModelForCausalLM, AutoTokenizer

from hch.models.language.generation import Generated, _remembers_all, generate
from hch.models.language.model import Language, LanguagePolicy, ModelError, load_language, model_folder
from hch.models.settings import Generation, LanguageSettings
from hch.types import Context, Outcome, Question
from tests.languages import tiny_language

LANGUAGE = tiny_language()
TEXTS = st.lists(st.text(alphabet="abc 123?", min_size=1, max_size=20), min_size=1, max_size=6, unique=True)


def generated(language: Language, questions: Sequence[Question], **options: float) -> list[tuple[list[int], float]]:
    made = Generation(most_tokens=12, **options)  # type: ignore[arg-type]
    prompts = [language.chat.prompt(question) for question in questions]
    return [(part.ids, part.log_likelihood) for part in generate(made, language.model, prompts, language.chat.stop)]


def test_the_likeliest_answer_is_what_transformers_generates() -> None:
    for text in ("a?", "bb cc?", "123 321"):
        prompt = LANGUAGE.chat.prompt(Question(text))
        expected = LANGUAGE.model.generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            max_new_tokens=12,
            do_sample=False,
            eos_token_id=LANGUAGE.chat.stop,
            pad_token_id=LANGUAGE.chat.stop,
        )[0, len(prompt) :].tolist()
        ((ids, _),) = generated(LANGUAGE, [Question(text)])
        assert ids == [token for token in expected if token != LANGUAGE.chat.stop]


DOCUMENTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(5, 60), st.text(alphabet="abc 123?", max_size=8)), max_size=8
)


@given(DOCUMENTS, st.integers(0, 3))
@settings(deadline=None, max_examples=40)
def test_what_prompts_share_is_read_once_and_changes_no_answer(
    documents: list[tuple[str, int, str]], draws: int
) -> None:
    asked = [
        Question(text, Context((word * 60, word * length)), sample_index)
        for word, length, text in documents
        for sample_index in (range(draws) if draws else [None])
    ]
    model, stop = LANGUAGE.model, LANGUAGE.chat.stop
    prompts = [LANGUAGE.chat.prompt(question) for question in asked]
    made = Generation(most_tokens=6)

    def chance(row: int, token: int) -> float | None:
        return None if not draws else (7 * row + 3 * token) % 10 / 10

    def alone(row: int) -> Generated:
        return generate(made, model, [prompts[row]], stop, lambda _, token: chance(row, token))[0]

    apart = [alone(row) for row in range(len(prompts))]
    together = generate(made, model, prompts, stop, chance)
    for one, other in zip(together, apart, strict=True):
        assert one.ids == other.ids
        assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-3)


def test_a_document_is_read_once_for_all_questions_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    forward = LANGUAGE.model.forward

    def counted(*args: Any, **kwargs: Any) -> Any:
        read.append(kwargs["input_ids"].numel())
        return forward(*args, **kwargs)

    monkeypatch.setattr(LANGUAGE.model, "forward", counted)
    document = Context(("a" * 200,))
    generated(LANGUAGE, [Question(f"{number}?", document) for number in range(8)])
    assert read[0] > 200
    assert sum(read) < 3 * read[0]  # of eight


@pytest.mark.parametrize("left", [{"layer_types": ["sliding_attention", "full_attention"]}, {"sliding_window": 16}])
def test_a_model_that_forgets_reads_each_prompt_by_itself(
    left: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, setting in left.items():
        monkeypatch.setattr(LANGUAGE.model.config, name, setting, raising=False)
    assert not _remembers_all(LANGUAGE.model)


class Casts(TorchDispatchMode):
    """Counts how often a matrix is cast to bfloat16."""

    count = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function is torch.ops.aten._to_copy.default:
            self.count += args[0].dim() == 2 and kwargs.get("dtype") is torch.bfloat16
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("frozen", [True, False])
async def test_a_weight_is_cast_once_for_all_tokens_of_a_batch_and_stays_as_frozen_as_it_was(frozen: bool) -> None:
    counts = []
    for most in (2, 10):
        settings = LanguageSettings(precision="bfloat16", system="", generation=Generation(most_tokens=most))
        language = tiny_language(settings)
        language.model.requires_grad_(not frozen)
        with Casts() as casts:  # type: ignore[no-untyped-call]
            await LanguagePolicy(language)([Question("a?"), Question("bb?")])
        counts.append(casts.count)
        assert {weight.requires_grad for weight in language.model.parameters()} == {not frozen}
    assert 0 < counts[0] == counts[1]


@given(TEXTS)
@settings(deadline=None, max_examples=20)
def test_an_answer_does_not_depend_on_what_it_is_batched_with(texts: list[str]) -> None:
    questions = [Question(text) for text in texts]
    together = generated(LANGUAGE, questions)
    apart = [generated(LANGUAGE, [question])[0] for question in questions]
    small = generated(LANGUAGE, questions, batch_tokens=64)
    for one, two, three in zip(together, apart, small, strict=True):
        assert one[0] == two[0] == three[0]
        assert one[1] == pytest.approx(two[1], abs=1e-3)


async def test_a_drawn_answer_depends_on_its_question_draw_and_seed_alone() -> None:
    language = stopping()
    drawn = [Question("abc?", sample_index=sample_index) for sample_index in range(20)]

    async def said(questions: list[Question], seed: int = 0) -> list[tuple[str, str]]:
        return [(a.text, a.reason) for a in await LanguagePolicy(language, seed=seed)(questions)]

    alone = [(await said([question]))[0] for question in drawn]
    assert (await said([Question("other"), *drawn]))[1:] == alone
    assert await said(drawn, seed=1) != alone


def test_drawn_tokens_come_as_often_as_the_model_says() -> None:
    prompt = LANGUAGE.chat.prompt(Question("a?"))
    with torch.inference_mode():
        probs = torch.softmax(LANGUAGE.model(torch.tensor([prompt])).logits[0, -1].double(), -1)
    count = 400
    made = generate(
        Generation(most_tokens=1),
        LANGUAGE.model,
        [prompt] * count,
        LANGUAGE.chat.stop,
        lambda row, _: (row + 0.5) / count,
    )
    result = torch.zeros(len(probs), dtype=torch.float64)
    for part in made:
        result[part.ids[0] if part.ids else LANGUAGE.chat.stop] += 1 / count
    assert (result - probs).abs().max() < 2 / count


def stopping() -> Language:
    """A model that ends its answers, sooner or later."""
    language = tiny_language(LanguageSettings(precision="float32", generation=Generation(most_tokens=60)))
    with torch.no_grad():
        language.model.lm_head.weight[language.chat.stop] = language.model.lm_head.weight.mean(0)
        language.model.lm_head.weight *= 3
    return language


@given(TEXTS)
@settings(deadline=None, max_examples=20)
async def test_scores_do_not_depend_on_the_batch(texts: list[str]) -> None:
    policy = LanguagePolicy(LANGUAGE)
    questions = [Question(text) for text in texts]
    together = await policy.score(questions, texts)
    apart = [(await policy.score([question], [text]))[0] for question, text in zip(questions, texts, strict=True)]
    assert together == pytest.approx(apart, abs=1e-3)


async def test_the_score_is_that_of_the_tokens_and_of_stopping() -> None:
    row = LANGUAGE.chat.row(Question("a?"), "bc")
    with torch.inference_mode():
        probs = torch.log_softmax(LANGUAGE.model(torch.tensor([row.ids])).logits[0], -1)
    expected = sum(probs[place - 1, row.ids[place]].item() for place in range(row.start, len(row.ids)))
    assert len(row.ids) - row.start == 3
    (score,) = await LanguagePolicy(LANGUAGE).score([Question("a?")], ["bc"])
    assert score == pytest.approx(expected, abs=1e-4)


async def test_an_answer_that_does_not_end_and_a_question_that_is_too_long_are_outcomes() -> None:
    language = tiny_language(LanguageSettings(most_prompt_tokens=100, generation=Generation(most_tokens=2)))
    answers = await LanguagePolicy(language)([Question("a"), Question("a" * 200), Question("b")])
    assert [answer.outcome for answer in answers] == [Outcome.FAILED] * 3
    assert "no end after 2 tokens" in answers[0].reason
    assert "the model reads 100" in answers[1].reason
    assert all(answer.text == "" for answer in answers)


async def test_odds_that_are_no_numbers_are_an_outcome() -> None:
    language = tiny_language()
    with torch.no_grad():
        language.model.lm_head.weight.fill_(math.nan)
    (answer,) = await LanguagePolicy(language)([Question("a")])
    assert (answer.outcome, answer.reason) == (Outcome.FAILED, "the model's probabilities are not finite")


async def test_no_question_is_answered_twice_by_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    language = tiny_language()
    policy = LanguagePolicy(language)
    prompts: list[int] = []

    def count_prompts(settings: Generation, model: object, asked: Sequence[Sequence[int]], *rest: Any) -> object:
        prompts.append(len(asked))
        return generate(settings, model, asked, *rest)

    monkeypatch.setattr("hch.models.language.model.generate", count_prompts)
    await policy([Question("a"), Question("a"), Question("b")])
    await policy([Question("a"), Question("a", Context(("fact",))), Question("a", sample_index=1)])
    language.version += 1
    await policy([Question("a")])
    assert prompts == [2, 2, 1]


def test_what_is_saved_is_loaded_by_transformers_and_by_hch_and_says_the_same(tmp_path: Path) -> None:
    language = tiny_language(seed=3)
    language.save(tmp_path)
    assert not list(tmp_path.glob("*.bin"))
    again = load_language(LanguageSettings(path=str(tmp_path), system="", precision="float32"))
    questions = [Question("abc"), Question("1 2 3?")]
    assert generated(again, questions) == generated(language, questions)
    plain = AutoModelForCausalLM.from_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    prompt = language.chat.prompt(questions[0])
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "abc"}], tokenize=False, add_generation_prompt=True
    )
    assert tokenizer.encode(text, add_special_tokens=False) == prompt
    with torch.inference_mode():
        torch.testing.assert_close(plain(torch.tensor([prompt])).logits, language.model(torch.tensor([prompt])).logits)


def test_a_model_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected a folder of Hugging Face's"):
        model_folder(str(tmp_path / "nothing"))
    with pytest.raises(ModelError, match="holds no causal language model"):
        load_language(LanguageSettings(path=str(tmp_path)))


@pytest.mark.slow
async def test_the_small_model_that_a_package_brings_answers() -> None:
    language = load_language(LanguageSettings(generation=Generation(most_tokens=24)))
    answers = await LanguagePolicy(language)([Question("What is the capital of France?"), Question("Say: yes")])
    assert "Paris" in answers[0].text, answers
