"""Shortest path: given a graph's edges, how far is it from one vertex to another, and where does the way begin?

H follows the model's steps, and finds better ones by trying neighbours at random. Source: Christiano, Shlegeris and
Amodei (2018), as restated in docs/tasks.md.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

from hch.humans.scripted import Script, Steps, ask, give_up, reply
from hch.tasks.candidates import candidates, choose
from hch.tasks.facts import (
    INFINITE,
    KNOWN_CONTEXTS,
    KNOWN_TEXTS,
    NO,
    NONE,
    NOT_PRIMITIVE,
    SYMBOLS,
    YES,
    Line,
    check_name,
    check_settings,
    check_size,
    is_name,
    lines,
    lookup_answer,
    match_question,
    number,
    pick,
)
from hch.tasks.task import Task
from hch.types import Answer, Context, Question


@dataclass(frozen=True)
class Paths(Task):
    """``largest`` vertices at most, named from ``symbols`` symbols; an instance of N vertices has 2N edges at random.

    No fact names a vertex without an edge. Distances above ``cap`` count as ``infinite``: with a lower cap a model
    learns sooner which vertices cannot be reached, because until then H's answer only grows by one each time. The step
    between two vertices with no path, and from a vertex to itself, is ``none``.

    Primitive are ``a -> b?`` (yes or no) and ``neighbour of a?``, which is one of a's neighbours at random, another
    one for each sample index, or ``none``.
    """

    largest: int = 64
    """Vertices of the largest graph."""
    symbols: int = 64
    """Symbols that vertices are named from, at least as many as vertices."""
    farthest: int = 12
    """The largest distance that is a number, in edges; above it a distance is infinite."""
    name: str = "paths"

    def __post_init__(self) -> None:
        check_settings(self.largest, self.symbols)
        if self.farthest < 1:
            raise ValueError(f"the farthest distance must be at least 1, got {self.farthest}")

    @property
    def cap(self) -> int:
        """The longest distance that is not infinite: ``farthest``, or the longest that there can be."""
        return min(self.farthest, self.largest - 1)

    @property
    def words(self) -> tuple[str, ...]:
        fixed = ("->", "?", "distance", "step", "from", "to", "neighbour", "of", YES, NO, NONE, INFINITE)
        return (*SYMBOLS[: self.symbols], *fixed, *map(str, range(self.cap + 1)))

    @property
    def script(self) -> Script:
        return PathScript(self.cap)

    @property
    def depth(self) -> int:
        """Two for each step of the longest distance (a distance needs a step, which needs distances one shorter).

        More would not help: HCH meets no better steps than those that chance showed it.
        """
        return 2 * self.cap

    def instance(self, randomness: random.Random, size: int) -> Context:
        check_size(size, self.largest)
        vertices = pick(randomness, self.symbols, size)
        # The pairs of different vertices, numbered: each a has size - 1 partners, b being shifted past a itself.
        numbers = randomness.sample(range(size * (size - 1)), min(2 * size, size * (size - 1)))
        pairs = (divmod(pair, size - 1) for pair in numbers)
        return Context(tuple(f"{vertices[a]} -> {vertices[b + (b >= a)]}" for a, b in pairs))

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """Half distances and half steps, on average, between two different vertices at random."""
        vertices = list(graph(context).after)
        kinds = randomness.choices((distance_text, step_text), k=count)
        return [Question(text(*randomness.sample(vertices, 2)), context) for text in kinds]

    def stratum(self, question: Question) -> str:
        parsed = parse(question.text)
        return parsed[0] if parsed else ""

    def difficulty(self, question: Question) -> int:
        """The true distance; ``cap + 1`` for what is farther, or cannot be reached."""
        parsed = parse(question.text)
        if parsed is None or parsed[0] not in ("distance", "step"):
            return 0
        _, a, b = parsed
        return int(min(distances(question.context, b).get(a, math.inf), self.cap + 1))

    async def lookup(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self._look_up(question) for question in questions]

    def _look_up(self, question: Question) -> Answer:
        parsed = parse(question.text)
        if parsed is None or parsed[0] in ("distance", "step"):
            return NOT_PRIMITIVE
        kind, a, b = parsed
        neighbours = graph(question.context).after.get(a, ())
        if kind == "edge":
            return lookup_answer(YES if b in neighbours else NO)
        if not neighbours:
            return lookup_answer(NONE)
        return lookup_answer(choose(neighbours, question.context, question.text, question.sample_index))

    def gold(self, question: Question) -> str:
        """Of several right steps, the one whose edge is named first."""
        parsed = parse(question.text)
        if parsed is None:
            raise ValueError(f"not a question of this task: {question.text!r}")
        kind, a, b = parsed
        if kind == "distance":
            return self.length(distances(question.context, b).get(a, math.inf))
        if kind == "step":
            steps = true_steps(question.context, a, b)
            # Where all neighbours are beyond the cap, no step is known to lead anywhere.
            return steps[0] if steps and distances(question.context, b)[a] <= self.cap + 1 else NONE
        return self._look_up(question).text

    def right(self, question: Question, answer: str) -> bool:
        """Any neighbour on a shortest path is a right step."""
        parsed = parse(question.text)
        if parsed and parsed[0] == "step" and answer in true_steps(question.context, *parsed[1:]):
            return True
        if parsed and parsed[0] == "neighbour" and answer in graph(question.context).after.get(parsed[1], ()):
            return True
        return answer == self.gold(question)

    def length(self, distance: float) -> str:
        """A distance as an answer."""
        return str(distance) if distance <= self.cap else INFINITE

    def read(self, text: str) -> Context:
        """Lines ``X -> Y``, one for each edge."""
        seen: dict[tuple[str, ...], Line] = {}
        for line in lines(text, edge="X -> Y"):
            a, b = line.parts
            if a == b:
                raise line.error(f"an edge from {a} to itself is on no shortest path: leave it out")
            if line.parts in seen:
                raise line.error(f"{a} -> {b} is there already, in line {seen[line.parts].number}")
            seen[line.parts] = line
        return Context(tuple(f"{a} -> {b}" for a, b in seen))

    def ask(self, text: str, context: Context) -> Question:
        """``distance from a to b?`` or ``step from a to b?``; “next step” is the same."""
        form, (a, b) = match_question(
            re.sub(r"^\s*next\s+(?=step)", "", text, flags=re.IGNORECASE),
            distance="distance from X to Y?",
            step="step from X to Y?",
        )
        vertices = graph(context).after
        spelled = distance_text if form == "distance" else step_text
        return Question(spelled(check_name(a, vertices, "vertex"), check_name(b, vertices, "vertex")), context)


class Graph(NamedTuple):
    """The neighbours that each vertex leads to, and those that lead to it; each has every vertex."""

    after: Mapping[str, tuple[str, ...]]
    before: Mapping[str, tuple[str, ...]]


def distance_text(a: str, b: str) -> str:
    """The question how far it is."""
    return f"distance from {a} to {b}?"


def step_text(a: str, b: str) -> str:
    """The question where the way begins."""
    return f"step from {a} to {b}?"


def edge_text(a: str, b: str) -> str:
    """The question whether there is an edge; primitive."""
    return f"{a} -> {b}?"


def neighbour_text(a: str) -> str:
    """The question for a neighbour at random; primitive."""
    return f"neighbour of {a}?"


@lru_cache(KNOWN_TEXTS)
def parse(text: str) -> tuple[str, str, str] | None:
    """The kind of a question (distance, step, edge or neighbour) and its vertices, or None if it is another text."""
    if match := re.fullmatch(r"(distance|step) from (\S+) to (\S+)\?", text):
        return match[1], match[2], match[3]
    if match := re.fullmatch(r"(\S+) -> (\S+)\?", text):
        return "edge", match[1], match[2]
    match = re.fullmatch(r"neighbour of (\S+)\?", text)
    return ("neighbour", match[1], "") if match else None


@lru_cache(KNOWN_CONTEXTS)
def graph(context: Context) -> Graph:
    """The graph that the facts describe."""
    after: dict[str, tuple[str, ...]] = {}
    before: dict[str, tuple[str, ...]] = {}
    for fact in context.facts:
        a, b = fact.split(" -> ")
        after[a] = (*after.get(a, ()), b)
        before[b] = (*before.get(b, ()), a)
        after.setdefault(b, ())
        before.setdefault(a, ())
    return Graph(after, before)


@lru_cache(8 * KNOWN_CONTEXTS)
def distances(context: Context, b: str) -> Mapping[str, int]:
    """The distance to b from each vertex that has one."""
    before = graph(context).before
    lengths = {b: 0} if b in before else {}
    waiting = list(lengths)
    for reached in waiting:
        for a in before[reached]:
            if a not in lengths:
                lengths[a] = lengths[reached] + 1
                waiting.append(a)
    return lengths


def true_steps(context: Context, a: str, b: str) -> list[str]:
    """The neighbours of a on a shortest path to b."""
    left = distances(context, b)
    return [c for c in graph(context).after.get(a, ()) if c in left and left[c] == left[a] - 1]


@dataclass(frozen=True)
class PathScript:
    """How H works on distances, steps and look-ups, where distances above ``cap`` are infinite."""

    cap: int
    """The largest distance that is a number for H, in edges."""

    def __call__(self, text: str) -> Steps:
        parsed = parse(text)
        if parsed is None:
            return give_up("not a question about a distance or a step")
        kind, a, b = parsed
        if kind == "distance":
            return (yield from self.distance(a, b))
        if kind == "step":
            return (yield from self.step(a, b))
        (answer,) = yield ask(text)
        return give_up("the environment does not say") if answer is None else reply(answer)

    def distance(self, a: str, b: str) -> Steps:
        """One more than the distance from the next step, which the model names."""
        if a == b:
            return reply("0")
        (edge,) = yield ask(edge_text(a, b))
        if edge != NO:
            return reply("1") if edge == YES else give_up(f"whether there is an edge from {a} to {b} is unknown")
        (c,) = yield ask(step_text(a, b))
        if c == NONE:
            return reply(INFINITE)
        # A step that stays at a, or reaches b where H has just seen that no edge does, is as good as a malformed one.
        if not is_name(c) or c in (a, b):
            return give_up(f"the step from {a} to {b} is not a vertex on the way")
        (answer,) = yield ask(distance_text(c, b))
        further = self.read(answer)
        if further is None:
            return give_up(f"the distance from {c} to {b} is not a distance")
        return reply(INFINITE if further >= self.cap else str(int(further) + 1))

    def step(self, a: str, b: str) -> Steps:
        """The candidate that is nearest to b; of several, the one that came up first."""
        if a == b:
            return reply(NONE)
        (edge,) = yield ask(edge_text(a, b))
        if edge != NO:
            return reply(b) if edge == YES else give_up(f"whether there is an edge from {a} to {b} is unknown")
        options = yield from candidates(step_text(a, b), neighbour_text(a), partial(edge_text, a), (a, b))
        if options is None:
            return reply(NONE)
        if not options:
            return give_up(f"no neighbour of {a} came up")
        answers = yield ask(*(distance_text(c, b) for c in options))
        lengths: dict[str, float] = {}
        for c, answer in zip(options, answers, strict=True):
            length = self.read(answer)
            if length is not None:
                lengths[c] = length
            elif answer is not None:
                return give_up(f"the distance from {c} to {b} is not a distance")
        nearest = min(lengths, key=lengths.__getitem__, default="")
        if nearest and lengths[nearest] < math.inf:
            return reply(nearest)
        return reply(NONE) if len(lengths) == len(options) else give_up(f"how far it is to {b} is unknown")

    def read(self, answer: str | None) -> float | None:
        """The distance between two different vertices that an answer gives; None if it gives none."""
        if answer == INFINITE:
            return math.inf
        distance = number(answer)
        if distance is None or distance < 1:
            return None
        return distance if distance <= self.cap else math.inf
