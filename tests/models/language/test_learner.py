from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from hch.models.language.learner import LanguageLearner
from hch.models.language.model import Language, LanguagePolicy
from hch.models.settings import Generation, LanguageLearnerSettings, LanguageSettings
from hch.types import Outcome, Question, Sample
from tests.languages import tiny_language

QUICK = LanguageLearnerSettings(learning_rate=1e-2, warm_up_steps=1)
PLAIN = LanguageSettings(precision="float32", system="", generation=Generation(most_tokens=8))
WORDS = {"one": "uno", "two": "dos", "three": "tres", "four": "cuatro"}
SAMPLES = [Sample(Question(word), answer) for word, answer in WORDS.items()]


def learner(settings: LanguageLearnerSettings = QUICK, language: LanguageSettings = PLAIN) -> LanguageLearner:
    return LanguageLearner(tiny_language(language), settings)


async def test_what_is_learned_is_said_and_ends() -> None:
    made = learner()
    for _ in range(150):
        made(SAMPLES)
    assert min(made(SAMPLES).likelihoods) > 0.9
    made.teach()
    for policy in (LanguagePolicy(made.language), LanguagePolicy(made.ema_model)):
        answers = await policy([sample.question for sample in SAMPLES])
        assert [answer.text for answer in answers] == list(WORDS.values())
        assert all(answer.outcome is Outcome.ANSWERED for answer in answers)


async def test_an_adapter_learns_on_top_of_what_a_model_knows() -> None:
    base = learner()
    for _ in range(100):
        base(SAMPLES)
    adapted = replace(PLAIN, adapter="lora")
    made = LanguageLearner(Language(base.language.model, base.language.tokenizer, adapted), QUICK)
    others = [Sample(a.question, b.answer) for a, b in zip(SAMPLES, SAMPLES[::-1], strict=True)]
    for _ in range(60):
        made(others)
    assert min(made(others).likelihoods) > 0.9
    made.teach()
    answers = await LanguagePolicy(made.ema_model)([sample.question for sample in others])
    assert [answer.text for answer in answers] == [sample.answer for sample in others]


def test_a_step_in_parts_is_the_step() -> None:
    whole, parts = learner(), learner(replace(QUICK, batch_tokens=1))
    for _ in range(3):
        one, other = whole(SAMPLES), parts(SAMPLES)
        assert one.loss == pytest.approx(other.loss, rel=1e-4)
        assert one.likelihoods == pytest.approx(other.likelihoods, rel=1e-3)
    for mine, its in zip(whole.trained.values(), parts.trained.values(), strict=True):
        torch.testing.assert_close(mine, its, rtol=1e-2, atol=1e-4)


def test_a_negative_weight_teaches_not_to_say_it() -> None:
    made = learner()
    for _ in range(40):
        made(SAMPLES)
    before = made(SAMPLES).likelihoods[0]
    for _ in range(5):
        made([Sample(SAMPLES[0].question, SAMPLES[0].answer, -1.0)])
    assert made(SAMPLES).likelihoods[0] < before


def test_a_weight_of_zero_teaches_nothing() -> None:
    made = learner()
    start = [parameter.detach().clone() for parameter in made.trained.values()]
    made([Sample(Question("one"), "uno", 0.0)])
    assert all(torch.equal(a, b) for a, b in zip(start, made.trained.values(), strict=True))


def test_rows_that_are_too_long_are_left_out_and_counted() -> None:
    made = learner(replace(QUICK, most_row_tokens=60))
    step = made([*SAMPLES, Sample(Question("x" * 100), "y")])
    assert step.unread == 1
    assert step.likelihoods[-1] == 0
    assert step.loss == pytest.approx(learner()(SAMPLES).loss, rel=1e-5)
    with pytest.raises(ValueError, match="nothing to learn from: of 1 samples the shortest has"):
        made([Sample(Question("x" * 100), "y")])


def test_what_is_no_number_changes_nothing_and_is_said() -> None:
    made = learner()
    start = {name: parameter.detach().clone() for name, parameter in made.trained.items()}
    step = made([Sample(Question("one"), "uno", math.inf)])
    assert not step.finite
    assert all(torch.equal(start[name], parameter) for name, parameter in made.trained.items())
    assert made.steps == 0


def test_the_teacher_is_a_snapshot_of_every_so_many_steps() -> None:
    made = learner(replace(QUICK, ema_horizon=3))
    start = [parameter.clone() for parameter in made.ema_model.model.parameters()]
    for _ in range(2):
        made(SAMPLES)
    assert all(torch.equal(a, b) for a, b in zip(start, made.ema_model.model.parameters(), strict=True))
    made(SAMPLES)
    both = zip(made.language.model.parameters(), made.ema_model.model.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in both)


def test_the_teacher_is_an_average_of_the_weights() -> None:
    made = learner(replace(QUICK, ema_update="average", ema_horizon=2))
    seen = []
    for _ in range(3):
        made(SAMPLES)
        seen.append([parameter.detach().clone() for parameter in made.language.model.parameters()])
    expected = [((a + b) / 2 + c) / 2 for a, b, c in zip(*seen, strict=True)]
    for result, wanted in zip(made.ema_model.model.parameters(), expected, strict=True):
        torch.testing.assert_close(result, wanted)


def test_a_merged_teacher_says_what_the_adapter_says() -> None:
    made = learner(language=replace(PLAIN, adapter="lora"))
    for _ in range(20):
        made(SAMPLES)
    made.teach()
    ids = torch.tensor([made.language.chat.prompt(Question("two"))])
    with torch.inference_mode():
        torch.testing.assert_close(
            made.language.model(ids).logits, made.ema_model.model(ids).logits, rtol=1e-4, atol=1e-4
        )


def test_an_adapter_trains_few_weights_and_leaves_the_others() -> None:
    made = learner(language=replace(PLAIN, adapter="lora"))
    assert all("lora" in name for name in made.trained)
    base = [p.clone() for name, p in made.language.model.named_parameters() if "lora" not in name]
    made(SAMPLES)
    after = [p for name, p in made.language.model.named_parameters() if "lora" not in name]
    assert all(torch.equal(a, b) for a, b in zip(base, after, strict=True))
