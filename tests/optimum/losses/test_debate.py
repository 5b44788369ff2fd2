from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import pytest

from hch.experiments.remedies import TASK, WORLD, standing
from hch.optimum.losses.debate import Debate, find_made_statements, judge_debate
from hch.optimum.world.world import Entry, Number
from hch.schemes.debate_protocol import Allowed, Match, Protocol, Quoted, anything, brief_prompt
from hch.text.judgements import FIRST, SECOND, Judged, Kind
from hch.types import Answer, Context, Question

HONEY = WORLD.by_question["does honey help?"]
CONTEXT = Context(TASK.facts)


def judge_honey(*said: tuple[str, str], question: str = HONEY.question) -> Number:
    return judge_debate(WORLD, Judged(Kind.CHOOSE, question, ("yes", "no"), None, said))


def test_a_statement_is_made_in_turns_of_one_side_in_a_row() -> None:
    assert find_made_statements(HONEY, [(FIRST, "study"), (SECOND, "control"), (FIRST, "x"), (SECOND, "missing")]) == {
        "study",
        "control missing",
    }
    for said in (
        [(SECOND, "control missing")],
        [(SECOND, "missing"), (SECOND, "control")],
        [(SECOND, "control"), (FIRST, "missing")],
        [(SECOND, "control"), (SECOND, "placebo"), (SECOND, "missing")],
    ):
        assert "control missing" not in find_made_statements(HONEY, said)


def test_who_has_more_that_stands_has_the_debate() -> None:
    assert judge_honey() == Fraction(1, 2)
    assert judge_honey((FIRST, "study"), (SECOND, "placebo")) == 1
    assert judge_honey((FIRST, "study"), (SECOND, "control"), (SECOND, "missing")) == 0
    assert judge_honey((FIRST, "honestly"), question="does it rain?") == Fraction(1, 2)


class Saying:
    """Debates in parallel: says the next of the words given for each debate."""

    def __init__(self, said: Sequence[Sequence[str]]) -> None:
        self.turns = iter(zip(*said, strict=True))

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(word) for word in next(self.turns)]

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        raise AssertionError


async def sure_of(entry: Entry, allowed: Allowed, turns: int, first: str, second: str) -> float:
    """What the first is sure of in debates as the scheme holds them: all that may be said is, and the best is taken."""
    words = ["", *dict.fromkeys(word for statement in entry.statements for word in statement.name.split())]
    said = list(product(words, repeat=turns))
    match = Match(Question(entry.question, CONTEXT), (first, second))
    protocol = Protocol(turns // 2, allowed=allowed, prompt=brief_prompt)
    played = await protocol([match] * len(said), Saying(said))
    shares = {words: standing(debate.judged) for words, debate in zip(said, played, strict=True)}
    for number in reversed(range(turns)):
        best = max if number % 2 == 0 else min
        shares = {before: best(shares[*before, word] for word in words) for before in product(words, repeat=number)}
    return shares[()]


@pytest.mark.parametrize("turns", [2, 4])
@pytest.mark.parametrize("entry", WORLD.entries, ids=lambda entry: entry.question)
async def test_the_debate_that_is_held_is_the_game_that_is_solved(entry: Entry, turns: int) -> None:
    for quotes, allowed in ((False, anything), (True, Quoted())):
        values = Debate(quotes=quotes, turns=turns).compute_values(WORLD, entry.question)
        assert values == {
            "yes": await sure_of(entry, allowed, turns, "yes", "no"),
            "no": await sure_of(entry, allowed, turns, "no", "yes"),
        }


def test_what_the_world_calls_a_quote_is_one() -> None:
    for entry in WORLD.entries:
        for statement in entry.statements:
            parts = [Quoted()(CONTEXT, word) for word in statement.name.split()]
            assert all(part is not None for part in parts) == statement.quote
            assert len(parts) == statement.takes
