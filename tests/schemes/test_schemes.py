from __future__ import annotations

import ast
import importlib
import inspect
import math
import pickle
import pkgutil
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import hch
import hch.schemes
from hch import Amplify, Answer, Context, Otherwise, Outcome, Question
from hch.humans.overseeing import Overseeing
from hch.humans.scripted import Scripted
from hch.models.table import Table
from hch.protocols import Scheme
from hch.schemes.debate import Debate
from hch.schemes.debate_protocol import Library, Protocol
from hch.schemes.imitation import Imitation
from hch.schemes.supervised import Supervised
from hch.tasks.permutation import Permutation

SOURCE = Path(hch.__file__).parent


async def overseer(questions: Sequence[Question]) -> list[Answer]:
    """Says each text's first word, the less surely the longer the text; passes on the last question."""
    answers = [Answer(q.text.split()[0], confidence=0.5 ** len(q.text.split())) for q in questions]
    return [*answers[:-1], Answer(outcome=Outcome.PASSED)]


QUESTIONS = [Question("a"), Question("b c d"), Question(" ".join("x" * 40)), Question("passed")]


async def test_imitation_learns_what_the_overseer_says_as_surely_as_it_may_be_said() -> None:
    episode = await Imitation()(QUESTIONS, overseer, Table({}))
    assert [(s.question, s.answer) for s in episode.samples] == list(zip(QUESTIONS[:3], "abx", strict=True))
    assert [s.weight for s in episode.samples] == [0.5, 0.125, 0.001], "never zero: that would free the model there"


async def test_imitation_can_weigh_all_alike() -> None:
    episode = await Imitation(by_confidence=False)(QUESTIONS, overseer, Table({}))
    assert [s.weight for s in episode.samples] == [1.0] * 3


async def test_supervised_learns_gold_and_asks_nobody() -> None:
    async def nobody(_: Sequence[Question]) -> list[Answer]:
        raise AssertionError("somebody was asked")

    scheme = Supervised(lambda question: question.text.upper())
    episode = await scheme(QUESTIONS[:2], nobody, Table({}))
    assert [s.answer for s in episode.samples] == ["A", "B C D"]


@pytest.mark.parametrize("confidence", [0.0, math.nan])
async def test_no_weight_is_ever_zero_or_no_number(confidence: float) -> None:
    async def unsure(questions: Sequence[Question]) -> list[Answer]:
        return [Answer("x", confidence=confidence) for _ in questions]

    episode = await Imitation()(QUESTIONS, unsure, Table({}))
    assert [s.weight for s in episode.samples] == [0.001] * 4


async def test_imitation_hands_on_the_transcripts_that_it_learned_from() -> None:
    task = Permutation(largest=4, bits=3, symbols=8)
    questions = task.questions(task.instance(random.Random(0), 4), 8, random.Random(0))
    amplified = Amplify(Scripted(task.script), Otherwise(task.lookup, Table({})))
    episode = await Imitation()(questions, amplified, Table({}))
    assert [transcript.question for transcript in episode.transcripts] == questions
    answered = [t.question for t in episode.transcripts if t.outcome is Outcome.ANSWERED]
    assert [sample.question for sample in episode.samples] == answered
    assert 0 < len(answered) < len(questions), "H passes where it was not told enough, and that teaches nothing"


def every_scheme() -> list[type[Scheme]]:
    """All schemes that there are but supervised, which alone may know gold."""
    modules = [
        importlib.import_module(f"hch.schemes.{result.name}") for result in pkgutil.iter_modules(hch.schemes.__path__)
    ]
    classes: list[Any] = [part for module in modules for _, part in inspect.getmembers(module, inspect.isclass)]
    own = [part for part in classes if part.__module__.startswith("hch.schemes.")]
    called = {part: vars(part)["__call__"] for part in own if "__call__" in vars(part)}
    # What else can be called there (a debate's protocol, a library of moves) takes other arguments.
    schemes = [part for part, call in called.items() if "overseer" in inspect.signature(call).parameters]
    return [part for part in schemes if part is not Supervised]


@dataclass(frozen=True)
class NoGold(Permutation):
    """A task that tells nobody the truth."""

    def gold(self, question: Question) -> str:
        raise AssertionError(f"gold was asked for: {question.text}")

    def right(self, question: Question, answer: str) -> bool:
        raise AssertionError(f"the truth was asked for: {question.text} {answer}")


@pytest.mark.parametrize("kind", every_scheme(), ids=lambda kind: kind.__name__)
async def test_a_scheme_learns_without_gold(kind: type[Scheme]) -> None:
    task = NoGold(largest=4, bits=3, symbols=8)
    questions = task.questions(task.instance(random.Random(0), 4), 16, random.Random(0))
    model = Drawing("abcd")
    human = Scripted(Overseeing(task.script))
    episode = await kind()(questions, Amplify(human, Otherwise(task.lookup, model)), model)
    assert episode.samples
    assert {sample.question.sample_index for sample in episode.samples} == {None}


@dataclass(frozen=True)
class Drawing:
    """Says one of these, as the draw has it; the first where nothing is drawn."""

    said: Sequence[str]

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(self.said[(q.sample_index or 0) % len(self.said)], confidence=0.25) for q in questions]

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        return [math.log(0.25)] * len(questions)


def test_imitation_is_among_the_schemes_that_are_tried_without_gold() -> None:
    assert Imitation in every_scheme()


def test_schemes_can_be_sent_to_another_process() -> None:
    schemes: list[Any] = [kind() for kind in every_scheme()]
    for scheme in (*schemes, Imitation(by_confidence=False), Debate(protocol=Protocol(allowed=Library(("a",))))):
        assert pickle.loads(pickle.dumps(scheme)) == scheme
    question = Question("σ^2(a)?", Context(("a -> b", "b -> a")))
    assert pickle.loads(pickle.dumps(Supervised(Permutation().gold))).gold(question) == "a"


NAME_SCHEMES = {"experiment.py", "schemes.py"}
"""The default of an experiment, and the schemes by name."""


def test_the_loop_knows_no_scheme() -> None:
    paths = [path for path in (SOURCE / "training").rglob("*.py") if path.name not in NAME_SCHEMES]
    assert SOURCE / "training" / "loop.py" in paths
    # What a scheme says that it needs, and what a judge tends to, is no scheme.
    modules = {scheme.__module__ for scheme in every_scheme()} | {Supervised.__module__}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not set(names) & modules, path
