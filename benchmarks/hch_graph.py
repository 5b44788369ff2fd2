"""HCH on a tree that nobody could walk: more than 2^40 nodes over about 100,000 distinct (question, depth) pairs.

Question n asks two others of the same few thousand, one level down, and replies with a sum. The answer is compared
with one that is worked out level by level, and the record below it is walked and counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass

from benchmarks.harness import Figure, Note, Times, scaled
from hch.amplify.amplify import HCH
from hch.humans.scripted import Script, Scripted, Steps, ask, reply
from hch.training.process import rare_collections
from hch.types import Question, walk

MODULUS = 1_000_003


def below(number: int, width: int) -> tuple[int, int]:
    return 2 * number % width, (2 * number + 1) % width


def script(width: int) -> Script:
    def adds_up(text: str) -> Steps:
        first, second = yield ask(*map(str, below(int(text), width)))
        if first is None or second is None:
            return reply(text)
        return reply(str((int(first) + 3 * int(second)) % MODULUS))

    return adds_up


def worked_out(width: int, depth: int) -> int:
    """The answer to question 0, by hand."""
    values = list(range(width))
    for _ in range(depth):
        pairs = [below(number, width) for number in range(width)]
        values = [(values[first] + 3 * values[second]) % MODULUS for first, second in pairs]
    return values[0]


@dataclass(frozen=True)
class Graph:
    """``width`` distinct questions at every one of ``depth`` levels."""

    width: int = 3500
    depth: int = 40
    repeats: int = 5

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        expected = str(worked_out(self.width, self.depth))
        hch = HCH(Scripted(script(self.width)), self.depth)
        counted = 0
        for collector, setting in (("rare", rare_collections), ("Python's", nullcontext)):
            times = Times()
            for repeat in range(self.repeats):
                note(f"collector {collector}, {repeat + 1} of {self.repeats}")
                with setting(), times.taken():
                    (answer,) = asyncio.run(hch([Question("0")]))
                assert answer.text == expected, f"HCH says {answer.text!r}, worked out by hand it is {expected}"
                assert answer.transcript is not None
                counted = sum(1 for _ in walk(answer.transcript))
                del answer
            yield Figure(f"wall, collector {collector}", "s", tuple(times.walls), bar=5.0)
            yield Figure(f"CPU, collector {collector}", "s", tuple(times.cpus), bar=5.0)
            yield Figure(f"CPU for each distinct pair, collector {collector}", "µs", scaled(times.cpus, 1e6 / counted))
        yield Figure("distinct (question, depth) pairs", "pairs", (float(counted),))
        yield Figure("nodes of the tree", "nodes", (float(2 ** (self.depth + 1) - 1),))


FULL = Graph()
QUICK = Graph(repeats=1)
