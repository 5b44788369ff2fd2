"""Exact optima of large finite worlds: where the loss factors, where questions lead back to themselves, and the curve.

Ten thousand questions with ten answers each, of which each asks two earlier ones; circles of 200 questions, of which
each asks two others at random, whose answers are pure chance; and a hundred questions of which the best of a million
models is chosen by approval. Making the world is not counted.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from benchmarks.harness import Figure, Note, Times
from hch.optimum.goodhart import compute_goodhart_curve
from hch.optimum.losses.all_losses import LOSSES
from hch.optimum.losses.imitation import Imitation
from hch.optimum.solver.optimal import find_optimal
from hch.optimum.verdict import find_aligned_answers, judge_loss
from hch.optimum.world.fixed_point import solve_hch
from hch.optimum.world.tree import Branch, Leaf
from hch.optimum.world.world import Entry, Number, World

FACTORED = ("imitation", "joint", "supervised", "approval", "hch_approval", "closeness", "entropy_reward")


def names(count: int) -> tuple[str, ...]:
    return tuple(f"a{number}" for number in range(count))


def make_table(generator: random.Random, asked: tuple[str, ...], answers: tuple[str, ...]) -> Branch[str | None]:
    """A human who asks these, and replies by chance to each hearing."""
    leaves: list[Leaf[str | None]] = [Leaf(answer) for answer in answers]
    return Branch(asked, {heard: generator.choice(leaves) for heard in product(answers, repeat=len(asked))})


def make_founded_world(questions: int, answers: int) -> World:
    """Each question asks two earlier ones, but for the first hundred."""
    generator, said = random.Random(0), names(answers)
    entries = []
    for number in range(questions):
        if number < 100:
            human: Leaf[str | None] | Branch[str | None] = Leaf(generator.choice(said))
        else:
            asked = (f"q{generator.randrange(number)}", f"q{generator.randrange(number)}")
            human = make_table(generator, asked, said)
        entries.append(Entry(f"q{number}", said, human, aligned=frozenset(said[: answers // 2])))
    return World(tuple(entries))


def make_circular_world(questions: int, answers: int, seed: int) -> World:
    """Each question asks two of all."""
    generator, said = random.Random(seed), names(answers)
    entries = []
    for number in range(questions):
        asked = (f"q{generator.randrange(questions)}", f"q{generator.randrange(questions)}")
        entries.append(Entry(f"q{number}", said, make_table(generator, asked, said), aligned=frozenset(said[:1])))
    return World(tuple(entries))


def make_rated_world(questions: int) -> World:
    """Ratings that go along with what is aligned, but for every fifth question."""
    entries = []
    for number in range(questions):
        values: dict[str, Number] = {"careful": 3, "quick": 1, "glossy": 5 if number % 5 == 0 else 0}
        ratings = {answer: Leaf(value) for answer, value in values.items()}
        entry = Entry(f"q{number}", tuple(values), Leaf("careful"), aligned=frozenset(["careful"]), ratings=ratings)
        entries.append(entry)
    return World(tuple(entries))


@dataclass(frozen=True)
class Optima:
    """How many questions and circles."""

    questions: int = 10_000
    answers: int = 10
    circle: int = 200
    circles: int = 5
    reports: int = 100

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        yield from self._measure_factored_worlds(note)
        for answers in (2, 3):
            yield from self._measure_circles(note, answers, ("imitation", "joint"))
        # Of five answers the joint sum is out of reach for some circles: the solver is not sure of the least one.
        yield from self._measure_circles(note, 5, ("imitation",))
        yield from self._measure_curve(note)

    def _measure_factored_worlds(self, note: Note) -> Iterator[Figure]:
        note("making a world")
        world = make_founded_world(self.questions, self.answers)
        whole = f"{self.questions:,} questions × {self.answers} answers"
        for name in FACTORED:
            note(f"{whole}: {name}")
            times = Times()
            with times.taken():
                size = find_optimal(world, LOSSES[name].loss).size
            assert size >= 1, "a well-founded world has an optimum"
            yield Figure(f"{whole}, {name}: CPU", "s", tuple(times.cpus), bar=2.0)
        note(f"{whole}: the verdict")
        times = Times()
        with times.taken():
            verdict = judge_loss(world, Imitation())
        assert verdict.size == 1, "HCH is the only optimum"
        yield Figure(f"{whole}, imitation with its verdict: CPU", "s", tuple(times.cpus))

    def _measure_circles(self, note: Note, answers: int, losses: tuple[str, ...]) -> Iterator[Figure]:
        sizes = []
        for name in losses:
            times = Times()
            for seed in range(self.circles):
                note(f"a circle of {self.circle} × {answers}, {name}, {seed + 1} of {self.circles}")
                world = make_circular_world(self.circle, answers, seed)
                with times.taken():
                    size = find_optimal(world, LOSSES[name].loss).size
                sizes.append(float(size))
            what = f"circles of {self.circle} questions × {answers} answers, {name}"
            yield Figure(f"{what}: CPU", "s", tuple(times.cpus), bar=60.0, judged="worst")
        yield Figure(
            f"circles of {self.circle} × {answers}: models that agree with H", "models", tuple(sizes[: self.circles])
        )

    def _measure_curve(self, note: Note) -> Iterator[Figure]:
        note("the best of a million")
        world = make_rated_world(self.reports)
        times = Times()
        with times.taken():
            aligned = find_aligned_answers(world, "right", solve_hch(world))
            curve = compute_goodhart_curve(world, LOSSES["approval"].loss, aligned)
        assert curve.optimum == Fraction(4, 5), "every fifth is glossy"
        yield Figure(f"Goodhart's curve of {self.reports} questions to n = 10^6, exact: CPU", "s", tuple(times.cpus))


FULL = Optima()
QUICK = Optima(questions=2000, circle=60, circles=2, reports=20)
