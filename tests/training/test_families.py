"""A third model family, in one file beside hch: a table of counts that learns."""

from __future__ import annotations

import asyncio
import json
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from hch.amplify.rounds import consult
from hch.experiments import load
from hch.humans.imitated import ImitatedSettings
from hch.protocols import Policy, TextWidths, Trainable
from hch.text.render import WHAT_NEXT
from hch.training.curriculum import Curriculum
from hch.training.experiment import Evaluation, Experiment
from hch.training.forecast import forecast
from hch.training.loop import run
from hch.training.questions import Batches
from hch.training.run_folder import RunFolder
from hch.training.schemes import SCHEMES
from hch.training.source import read_experiment
from hch.training.trained import load_trained
from hch.types import Answer, Outcome, Question, Sample

Counts = defaultdict[str, Counter[str]]


def key(question: Question) -> str:
    """The question, and the facts that begin with a word of it: so much is learned of one instance for others."""
    words = re.findall(r"\w+", question.text)
    facts = [fact for fact in question.context.facts if fact.split()[0] in words or question.text == WHAT_NEXT]
    return "\n".join([question.text, *facts])


@dataclass
class CountPolicy:
    """Says what it has heard most; draws in proportion to how often it has heard what."""

    counts: Counts
    name: str
    seed: int

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self._answer(question) for question in questions]

    def _answer(self, question: Question) -> Answer:
        heard = self.counts[key(question)]
        if not heard:
            return Answer(outcome=Outcome.PASSED, by=self.name, reason="it has heard nothing about this")
        text = max(sorted(heard), key=lambda answer: heard[answer])
        if question.sample_index is not None:
            randomness = random.Random(f"{question.sample_index} {self.seed} {key(question)}")
            (text,) = randomness.choices(sorted(heard), [heard[answer] for answer in sorted(heard)])
        return Answer(text, by=self.name, confidence=heard[text] / heard.total())

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        return [math.log(likelihood(self.counts, q, a) or 1e-9) for q, a in zip(questions, answers, strict=True)]


def likelihood(counts: Counts, question: Question, answer: str) -> float:
    heard = counts[key(question)]
    return heard[answer] / heard.total() if heard else 0.0


@dataclass(frozen=True)
class Counted:
    likelihoods: list[float]
    loss: float = 0.0
    unread: int = 0
    measures: dict[str, float] = field(default_factory=dict)
    finite: bool = True


class CountLearner:
    """Adds up the weights of the samples. Its EMA model is the model itself."""

    def __init__(self) -> None:
        self.counts: Counts = defaultdict(Counter)

    def __call__(self, samples: Sequence[Sample], /) -> Counted:
        before = [likelihood(self.counts, sample.question, sample.answer) for sample in samples]
        for sample in samples:
            self.counts[key(sample.question)][sample.answer] += max(sample.weight, 1e-9)  # type: ignore[assignment]
        return Counted(before)

    def policy(self, name: str, seed: int) -> Policy:
        return CountPolicy(self.counts, name, seed)

    ema_policy = policy

    def initial_policy(self, name: str, seed: int) -> None:
        return None

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.counts))

    def load(self, path: Path) -> None:
        self.counts.clear()
        self.counts.update({text: Counter(heard) for text, heard in json.loads(path.read_text()).items()})

    def ema_weights(self, path: Path) -> bytes:
        return path.read_bytes()

    def begin_from(self, path: Path) -> None:
        self.load(path)

    def export(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "counts.json").write_text(json.dumps(self.counts))

    def invalidate(self) -> None:
        pass

    finite = True
    tokens = (0, 0)


@dataclass(frozen=True)
class CountTable:
    """A family of one's own; ``smoothing`` is a setting, as any family may have."""

    smoothing: float = 0.0
    reads_any_text: bool = True

    def __call__(self, widths: TextWidths | None, seed: int, device: str, *, keeps_initial: bool = False) -> Trainable:
        assert (widths is None) == self.reads_any_text
        return CountLearner()


def experiment(**changes: object) -> Experiment:
    """Permutations of two elements, where one fact decides every answer about an element."""
    tiny = load("permutation-tiny")
    few = replace(
        tiny,
        task=replace(tiny.task, largest=2, bits=2, symbols=4),  # type: ignore[type-var]
        curriculum=Curriculum((2,)),
        family=CountTable(),
        batches=Batches(instances=10, questions=8),
        evaluation=Evaluation(every=10, questions=20, at_start=True, judged=5, enough=1.1),
        steps=20,
    )
    return replace(few, **changes)  # type: ignore[arg-type]


def test_a_family_of_one_s_own_is_trained_resumed_and_asked(tmp_path: Path) -> None:
    made, path = experiment(), tmp_path / "run"
    results = asyncio.run(run(made, RunFolder.new(path)))
    first, *_, last = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
    assert results["status"] == "done"
    assert (first["accuracy"]["model"], last["accuracy"]["amplified"]) == (0.0, 1.0)
    assert last["accuracy"]["model"] > 0.9
    assert "kl" not in last["oversight"]
    assert (path / "model" / "counts.json").exists()
    from tests.training import test_families

    again = read_experiment(RunFolder.existing(path), [test_families])
    assert again == made
    trained = asyncio.run(load_trained(again, RunFolder.existing(path)))
    question = trained.instances()[0]
    (asked,) = made.task.questions(question, 1, random.Random(0))
    (answer,) = asyncio.run(consult(trained.answerer(question, "model"), [asked]))
    assert answer.by == "EMA model"
    longer = asyncio.run(run(replace(again, steps=24), RunFolder.existing(path), resume=True))
    assert (longer["status"], longer["steps"]) == ("done", 24)
    begun = experiment(start=str(path), steps=1)
    asyncio.run(run(begun, RunFolder.new(tmp_path / "begun")))
    first = json.loads((tmp_path / "begun" / "metrics.jsonl").read_text().splitlines()[0])
    assert first["accuracy"]["model"] > 0.9


@pytest.mark.parametrize("name", ["approval", "debate", "reward"])
def test_it_is_trained_by_any_scheme(name: str, tmp_path: Path) -> None:
    made = SCHEMES[name](experiment(steps=3))
    assert asyncio.run(run(made, RunFolder.new(tmp_path)))["steps"] == 3


def test_it_is_h_too_and_may_ask_for_widths(tmp_path: Path) -> None:
    imitated = ImitatedSettings(batch=4, updates=1, window=4, most=8)
    made = experiment(imitated=imitated, family=CountTable(reads_any_text=False), steps=2)
    results = asyncio.run(run(made, RunFolder.new(tmp_path / "run")))
    assert (results["status"], results["human_transcripts"]) == ("done", 8)
    told = asyncio.run(forecast(made, RunFolder.new(tmp_path / "tried")))
    assert told.sampled == 2
