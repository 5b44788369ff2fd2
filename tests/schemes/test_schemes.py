from __future__ import annotations

import ast
import pickle
from collections.abc import Sequence
from pathlib import Path

import hch
from hch import Answer, Context, Outcome, Question
from hch.models.table import Table
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


def test_schemes_can_be_sent_to_another_process() -> None:
    for scheme in (Imitation(), Imitation(by_confidence=False)):
        assert pickle.loads(pickle.dumps(scheme)) == scheme
    question = Question("σ^2(a)?", Context(("a -> b", "b -> a")))
    assert pickle.loads(pickle.dumps(Supervised(Permutation().gold))).gold(question) == "a"


def test_the_learner_knows_no_scheme() -> None:
    for path in (SOURCE / "training").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.startswith("hch.schemes") for name in names), path
