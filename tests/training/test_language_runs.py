"""Runs whose model is a language model: what holds for a small reader's run holds for theirs."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

from hch import Episode, Question
from hch.experiments import load
from hch.humans.imitated import Imitated, ImitatedSettings
from hch.models.language.learner import LanguageLearner
from hch.models.language.model import LanguagePolicy, load_language
from hch.models.settings import Generation, LanguageLearnerSettings, LanguageSettings
from hch.protocols import Answerer, Policy
from hch.schemes.imitation import Imitation
from hch.tasks.lists import Lists
from hch.tasks.questions import Questions
from hch.text.files import read_rows
from hch.training.curriculum import Curriculum
from hch.training.experiment import Evaluation, Experiment
from hch.training.questions import Batches, sample_questions
from hch.training.run_folder import RunFolder
from hch.training.state import State
from hch.types import Ask, Reply
from tests.experiments.test_experiments import questions_file
from tests.languages import language_folder, tiny_language
from tests.training.test_experiment import assert_same_run, carried_out, interrupt_after, saved_weights_are_numbers


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(language_folder(tmp_path_factory.mktemp("models") / "tiny", width=48))


def experiment(model: str, *, imitated: ImitatedSettings | None = None, adapter: str = "full") -> Experiment:
    """The largest of up to 3 numbers, each 1 or 2: few enough to be learned by heart."""
    return replace(
        load("sums-tiny"),
        task=Lists("largest", least=1, most=2, longest=3),
        curriculum=Curriculum(sizes=(2, 3)),
        language=LanguageSettings(
            model,
            adapter=adapter,  # type: ignore[arg-type]
            system="",
            precision="float32",
            generation=Generation(most_tokens=4),
        ),
        language_learner=LanguageLearnerSettings(learning_rate=3e-3, warm_up_steps=5, ema_horizon=2),
        batches=Batches(instances=2, questions=2),
        imitated=imitated,
        imitated_tokens=60,
        evaluation=Evaluation(every=2, questions=20, enough=2.0),
        checkpoint_every=3,
        steps=6,
    )


LESSONS = ImitatedSettings(batch=4, updates=1, actions=8, window=4, most=12, check_every=2, trust_at=1.0, doubt_at=1.0)


@pytest.mark.parametrize("adapter", ["full", "lora"])
def test_a_run_that_stopped_and_goes_on_is_the_same_bit_for_bit(adapter: str, model: str, tmp_path: Path) -> None:
    described = experiment(model, imitated=LESSONS, adapter=adapter)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert carried_out(described, whole)["status"] == "done"
    assert carried_out(described, parts, watch=interrupt_after(4))["status"] == "stopped"
    assert carried_out(described, parts, resume=True)["status"] == "done"
    assert_same_run(whole, parts)


def test_what_a_run_leaves_is_a_model_that_says_what_the_teacher_says(model: str, tmp_path: Path) -> None:
    described = experiment(model)
    carried_out(described, tmp_path / "run")
    state = State.new(described, None)
    state.load(RunFolder(tmp_path / "run").latest())
    assert described.language is not None
    left = load_language(replace(described.language, path=str(tmp_path / "run" / "model")))
    asked = sample_questions(described.task, 3, 4, 4, state.randomness("test"), test=True)
    assert asyncio.run(LanguagePolicy(left, "EMA model")(asked)) == asyncio.run(state.ema_model(asked))


@dataclass
class Poisoning:
    """Imitation, but at one step some weights of a language model become no numbers."""

    whose: str
    at: int
    steps: int = 0

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode:
        self.steps += 1
        human = getattr(overseer, "human", None)
        poisoned = human.policy if self.whose == "H′" and isinstance(human, Imitated) else policy
        assert isinstance(poisoned, LanguagePolicy)
        if self.steps == self.at:
            with torch.no_grad():
                poisoned.language.model.lm_head.weight[3] = math.nan
            poisoned.language.version += 1
        return await Imitation()(questions, overseer, policy)


@pytest.mark.parametrize("whose", ["the model", "H′"])
def test_weights_that_become_no_numbers_are_replaced_by_the_last_good_ones_and_the_run_says_so(
    whose: str, model: str, tmp_path: Path
) -> None:
    described = experiment(model, imitated=LESSONS if whose == "H′" else None)
    described = replace(described, scheme=Poisoning(whose, 4))
    results = carried_out(described, tmp_path / "run")
    assert (results["status"], results["steps"]) == ("done", 6)
    assert results["restored"] >= 1
    assert saved_weights_are_numbers(tmp_path / "run")
    rows = read_rows(tmp_path / "run" / "metrics.jsonl")
    assert rows[-1]["restored"] >= 1
    notes = [row.get("note", "") for row in rows]
    assert any("not finite; the last good weights are back" in note for note in notes)


def test_one_reply_to_nearly_everything_sounds_the_alarm(model: str, tmp_path: Path) -> None:
    carried_out(replace(experiment(model), steps=2), tmp_path / "run")
    (row,) = read_rows(tmp_path / "run" / "metrics.jsonl")
    assert row["alarm"] == "the model gives one reply to 100% of all questions"


# H′


def test_an_imitated_human_takes_over(model: str, tmp_path: Path) -> None:
    settings = ImitatedSettings(batch=8, updates=20, actions=16, window=24, most=200, check_every=2)
    # Of two numbers H replies at once: what it takes to learn to ask is seen below.
    results = carried_out(replace(experiment(model, imitated=settings), steps=4), tmp_path / "run")
    last = read_rows(tmp_path / "run" / "metrics.jsonl")[-1]["imitated"]
    assert last["trusted"]
    assert last["error"] <= settings.trust_at
    assert results["human_transcripts"] == last["transcripts"] < 200
    assert results["questions_seen"] == 16, "and H′ answered them"
    assert results["unanswered"] < 16


@pytest.mark.slow
def test_an_imitated_human_takes_over_where_h_has_to_ask(tmp_path: Path) -> None:
    wider = str(language_folder(tmp_path / "wider", width=64))
    settings = ImitatedSettings(batch=8, updates=20, actions=16, window=24, most=400, check_every=2)
    # Of three numbers H asks about both parts, and passes as long as no answer comes.
    described = replace(experiment(wider, imitated=settings), curriculum=Curriculum(sizes=(3,)), steps=4)
    results = carried_out(described, tmp_path / "run")
    last = read_rows(tmp_path / "run" / "metrics.jsonl")[-1]["imitated"]
    assert last["trusted"]
    assert last["transcripts"] < 400
    assert results["human_actions"] > results["human_transcripts"]
    assert results["consultations"] > 2 * results["human_transcripts"], "H′ has asked too"


async def test_an_imitated_human_learns_from_what_people_did_in_a_file(tmp_path: Path) -> None:
    task = Questions(str(questions_file(tmp_path)))
    settings = LanguageSettings(system="", precision="float32", generation=Generation(most_tokens=40))
    learner = LanguageLearner(
        tiny_language(settings, width=48), LanguageLearnerSettings(learning_rate=3e-3, warm_up_steps=5)
    )
    human = Imitated(ImitatedSettings(updates=40, actions=16, window=4), learner, LanguagePolicy(learner.language))
    transcripts = task.transcripts[:4]
    await human.observe(transcripts)
    assert human.error == 1.0, "each was a test before it was a lesson"
    for _ in range(3):
        human.update(random.Random(0))
    await human.observe(transcripts)
    assert human.error == 0.0
    steps = list(transcripts[0].steps())
    actions = await human([workspace for workspace, _ in steps])
    assert actions == [Ask(("Hens of 2?",)), Ask(("Eggs?",)), Reply("4")]
