"""What Amplify itself costs for each consultation that it records.

A batch of workspaces, a scripted human that asks in two rounds, a table for a model, one thread; beside it, batch by
batch, a bare sketch of the same with generators and named tuples, which has no budgets, checks no action, survives no
error and cannot be resumed. The collector is Python's garbage collector: as Python sets it, and rare, as a run has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.harness import Figure, Note, Times, ratios, scaled
from hch.amplify.amplify import Amplify
from hch.humans.scripted import Script, Scripted, Steps, ask, reply
from hch.models.table import Table
from hch.training.process import rare_collections
from hch.types import Context, Question

ROUNDS = 2


class Asked(NamedTuple):
    """The sketch's question."""

    text: str
    context: Context


class Said(NamedTuple):
    """The sketch's answer."""

    text: str
    by: str


class Consulted(NamedTuple):
    """The sketch's consultation."""

    question: Asked
    answer: Said


class Recorded(NamedTuple):
    """The sketch's transcript."""

    question: Asked
    rounds: tuple[tuple[Consulted, ...], ...]
    text: str


BareScript = Callable[[str], Generator[list[str], list[str], str]]


async def sketch(
    script: BareScript, model: Callable[[list[Asked]], Awaitable[list[Said]]], questions: Sequence[Asked]
) -> list[Recorded]:
    """What Amplify does, when nothing may go wrong."""
    recorded: list[Recorded] = []
    rounds: tuple[tuple[Consulted, ...], ...] = ()
    open_ = [(question, steps := script(question.text), rounds, next(steps)) for question in questions]
    while open_:
        asked = [[Asked(text, question.context) for text in texts] for question, _, _, texts in open_]
        distinct = list(dict.fromkeys(one for item in asked for one in item))
        result = dict(zip(distinct, await model(distinct), strict=True))
        still = []
        for (question, steps, rounds, _), item in zip(open_, asked, strict=True):
            round_ = tuple(Consulted(one, result[one]) for one in item)
            try:
                texts = steps.send([consulted.answer.text for consulted in round_])
            except StopIteration as end:
                recorded.append(Recorded(question, (*rounds, round_), end.value))
            else:
                still.append((question, steps, (*rounds, round_), texts))
        open_ = still
    return recorded


def subquestions(text: str, letter: str, width: int) -> list[str]:
    return [f"{text} {letter}{number}" for number in range(width)]


def scripts(width: int) -> tuple[Script, BareScript]:
    """The same script twice: for a scripted human, and for the sketch."""

    def asks(text: str) -> Steps:
        yield ask(*subquestions(text, "a", width))
        heard = yield ask(*subquestions(text, "b", width))
        return reply(heard[0] or "")

    def asks_barely(text: str) -> Generator[list[str], list[str], str]:
        yield subquestions(text, "a", width)
        heard = yield subquestions(text, "b", width)
        return heard[0]

    return asks, asks_barely


@dataclass(frozen=True)
class AmplifyCost:
    """``repeats`` times, ``batches`` batches of ``workspaces``, with as many questions a round as ``widths`` say."""

    workspaces: int = 1000
    batches: int = 5
    repeats: int = 20
    widths: tuple[int, ...] = (1, 2)

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        for width in self.widths:
            for collector, setting in (("rare", rare_collections), ("Python's", nullcontext)):
                note(f"{width} asked in each round, collector {collector}")
                with setting():
                    amplify, bare = asyncio.run(self.measure(width))
                item = 1e6 / (self.workspaces * self.batches * ROUNDS * width)
                name = f"{width} asked a round, collector {collector}"
                for kind, mine, other in (("CPU", amplify.cpus, bare.cpus), ("wall", amplify.walls, bare.walls)):
                    yield Figure(f"Amplify, {name}: {kind}", "µs", scaled(mine, item), bar=10.0, aim=5.0)
                    yield Figure(f"the sketch, {name}: {kind}", "µs", scaled(other, item))
                yield Figure(f"Amplify over the sketch, {name}: CPU", "×", ratios(amplify.cpus, bare.cpus))

    async def measure(self, width: int) -> tuple[Times, Times]:
        """What all batches of a repeat take, in Amplify and in the sketch."""
        texts = [f"question {number}" for number in range(self.workspaces)]
        contexts = [Context((f"fact {number}",)) for number in range(25)]
        below = [one for text in texts for letter in "ab" for one in subquestions(text, letter, width)]
        rows = {text: f"v{number % 8}" for number, text in enumerate(below)}
        script, bare_script = scripts(width)
        amplified, times, bare_times = Amplify(Scripted(script), Table(dict(rows))), Times(), Times()

        async def table(questions: list[Asked]) -> list[Said]:
            return [Said(rows[question.text], "table") for question in questions]

        for repeat in range(self.repeats + 1):
            both = Times(), Times()
            for _ in range(self.batches):
                # Made anew each time: a question remembers its own hash.
                asked = [Question(text, contexts[i % len(contexts)]) for i, text in enumerate(texts)]
                bare_asked = [Asked(text, contexts[i % len(contexts)]) for i, text in enumerate(texts)]
                with both[0].taken():
                    answers = await amplified(asked)
                with both[1].taken():
                    recorded = await sketch(bare_script, table, bare_asked)
                assert [a.text for a in answers] == [r.text for r in recorded]
                assert all(a.transcript and len(a.transcript.consultations) == ROUNDS * width for a in answers)
                del answers, recorded
            if repeat:  # the first one warms up
                for kept, taken in zip((times, bare_times), both, strict=True):
                    kept.walls.append(sum(taken.walls))
                    kept.cpus.append(sum(taken.cpus))
        return times, bare_times


FULL = AmplifyCost()
QUICK = AmplifyCost(batches=2, repeats=5)
