"""Finite worlds to try amplification on: questions, the plan that H follows on each, and what can be looked up.

A world is a table. ``World.script`` makes H's script of it; ``brute_force`` and ``fixed_point`` say, straight from the
table and without any of the code under test, what a human consulting HCH ends with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from hch.humans.scripted import Steps, ask, give_up, reply
from hch.protocols import Human
from hch.types import Action, Answer, Outcome, Question, Workspace

Alternatives = tuple[tuple[str, ...], tuple[str, ...]]
"""Two sets of questions; which of them H asks in a round depends on what H has heard."""

Heard = tuple[str | None, ...]
End = tuple[Outcome, str]


@dataclass(frozen=True)
class Plan:
    """What H does about one question: some rounds, then an end. ``needs_all``: H passes when an answer is missing."""

    rounds: tuple[Alternatives, ...] = ()
    ends: str = "reply"
    needs_all: bool = False


@dataclass(frozen=True)
class World:
    """The plans for all questions, and the answers to those that the environment knows."""

    plans: Mapping[str, Plan]
    facts: Mapping[str, str] = field(default_factory=dict)

    def script(self, text: str) -> Steps:
        plan = self.plans[text]
        heard: Heard = ()
        for alternatives in plan.rounds:
            answers = yield ask(*alternatives[parity(heard)])
            heard = (*heard, *answers)
            if plan.needs_all and None in answers:
                return give_up("an answer is missing")
        if plan.ends == "raise":
            raise ValueError(f"stumbled over {text}")
        return give_up("tired") if plan.ends == "pass" else reply(next_text(text, heard))

    async def lookup(self, questions: Sequence[Question], /) -> list[Answer]:
        return [
            Answer(self.facts[q.text], by="lookup") if q.text in self.facts else Answer(outcome=Outcome.PASSED)
            for q in questions
        ]

    @property
    def questions(self) -> list[Question]:
        return [Question(text) for text in self.plans]


def next_text(text: str, heard: Heard) -> str:
    """A reply of one to three words that depends on all that H heard."""
    digest = hashlib.blake2b(repr((text, heard)).encode(), digest_size=3).hexdigest()
    return " ".join([digest] * (1 + int(digest, 16) % 3))


def parity(heard: Heard) -> int:
    return hashlib.blake2b(repr(heard).encode(), digest_size=1).digest()[0] % 2


def end_of(plan: Plan, text: str, heard: Heard) -> End:
    if plan.ends == "raise":
        return Outcome.FAILED, ""
    return (Outcome.PASSED, "") if plan.ends == "pass" else (Outcome.ANSWERED, next_text(text, heard))


def brute_force(world: World, text: str, depth: int, leaves: Mapping[str, str] | None = None) -> End:
    """HCH of this depth, by plain recursion over the whole tree; ``leaves`` is what is asked at the bottom of it."""
    plan = world.plans[text]
    heard: tuple[str | None, ...] = ()
    for alternatives in plan.rounds:
        answers: list[str | None] = []
        for asked in alternatives[parity(heard)]:
            if asked in world.facts:
                answers.append(world.facts[asked])
            elif depth == 0:
                answers.append((leaves or {}).get(asked))
            else:
                outcome, answer = brute_force(world, asked, depth - 1, leaves)
                answers.append(answer if outcome is Outcome.ANSWERED else None)
        heard = (*heard, *answers)
        if plan.needs_all and None in answers:
            return Outcome.PASSED, ""
    return end_of(plan, text, heard)


def solve_fixed_point(world: World) -> dict[str, End]:
    """H consulting H without end: what waits for itself fails, and everything else ends by and by."""
    ends: dict[str, End] = {}
    while open_ := world.plans.keys() - ends.keys():
        states = {text: end_so_far(world, text, ends) for text in open_}
        waits = {text: asked for text, asked in states.items() if isinstance(asked, set)}
        ended = {text: end for text, end in states.items() if not isinstance(end, set)}
        # Where nothing moves any more, those fail that wait for nothing but what waits for them.
        below = {text: reach(waits, text) for text in waits}
        ends |= ended or {text: (Outcome.FAILED, "") for text in waits if all(text in below[b] for b in below[text])}
    return ends


def end_so_far(world: World, text: str, ends: Mapping[str, End]) -> End | set[str]:
    """How a question ends, or the questions that it waits for."""
    plan = world.plans[text]
    heard: tuple[str | None, ...] = ()
    for alternatives in plan.rounds:
        asked = [q for q in alternatives[parity(heard)] if q not in world.facts]
        if missing := set(asked) - ends.keys():
            return missing
        answers = [
            world.facts[q] if q in world.facts else ends[q][1] if ends[q][0] is Outcome.ANSWERED else None
            for q in alternatives[parity(heard)]
        ]
        heard = (*heard, *answers)
        if plan.needs_all and None in answers:
            return Outcome.PASSED, ""
    return end_of(plan, text, heard)


def reach(waits: Mapping[str, set[str]], start: str) -> set[str]:
    names: set[str] = set()
    waiting = [start]
    while waiting:
        for text in waits.get(waiting.pop(), set()) - names:
            names.add(text)
            waiting.append(text)
    return names


@st.composite
def worlds(draw: st.DrawFn, well_founded: bool = False, most: int = 6) -> World:
    """Worlds of a few questions. In a well-founded one, H asks only questions that come later in the list."""
    names = [f"q{number}" for number in range(draw(st.integers(1, most)))]
    facts = {f"f{number}": f"fact {number}" for number in range(draw(st.integers(0, 2)))}
    plans = {}
    for number, name in enumerate(names):
        askable = [*(names[number + 1 :] if well_founded else names), *facts]
        some = st.lists(st.sampled_from(askable), min_size=1, max_size=3).map(tuple) if askable else st.nothing()
        rounds = st.lists(st.tuples(some, some), max_size=2).map(tuple) if askable else st.just(())
        ends = st.sampled_from(["reply"] * 6 + ["pass", "raise"])
        plans[name] = draw(st.builds(Plan, rounds, ends, st.booleans()))
    return World(plans, facts)


@dataclass
class Counting:
    """An Answerer that remembers the batches it is asked; it answers from a table, and passes on what is not there."""

    rows: Mapping[str, str]
    batches: list[list[Question]] = field(default_factory=list)

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        self.batches.append(list(questions))
        return [
            Answer(self.rows[q.text], by="model", confidence=0.5)
            if q.text in self.rows
            else Answer(outcome=Outcome.PASSED, by="model")
            for q in questions
        ]

    @property
    def asked(self) -> list[Question]:
        return [question for batch in self.batches for question in batch]


@dataclass
class Watched:
    """A human whose workspaces are remembered as they were seen."""

    human: Human
    seen: list[Workspace] = field(default_factory=list)

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        self.seen.extend(workspaces)
        return await self.human(workspaces)
