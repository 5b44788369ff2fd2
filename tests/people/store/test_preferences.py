from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from hch.people.store.database import Database
from hch.people.store.judging import Verdict
from hch.people.store.preferences import preferences
from hch.people.store.withdrawing import withdraw
from hch.types import Question, Reply
from tests.people.store.teams import BOOK, Team

ASKED = Question("Which?", BOOK)


def result(store: Database, project: int | None = None) -> list[tuple[str, str, float]]:
    with store.reading() as connection:
        given = list(preferences(connection, project))
    assert {one.question for one in given} <= {ASKED}
    return [(one.chosen, one.rejected, one.lead) for one in given]


def answered(store: Database, answers: Sequence[str], judges: int, one: int | None = None, **rules: Any) -> Team:
    """A question that so many people answered, before so many judges, or ``each`` of them for an answer."""
    team = Team(store, answerers=len(answers), judges=judges)
    team.project([ASKED], copies=len(answers), judges=one or judges, **rules)
    for person, text in enumerate(answers, 1):
        team.act(person, Reply(text))
    return team


def choose(team: Team, judge: int, text: str | None) -> None:
    """This judge chooses the answer with this text; no difference, if None."""
    item = team.take(judge, "choose")
    assert item.material is not None
    order = item.material["order"]
    place = None if text is None else order.index(item.material["answers"].index(text))
    team.judge_in(item, judge, Verdict(choice=place))


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (["one"], [("one", "other", 1.0)]),
        (["other"], [("other", "one", 1.0)]),
        ([None], []),
        (["one", "other"], []),
        (["one", None, "one"], [("one", "other", 2.0)]),
        (["other", "one", "other"], [("other", "one", 1.0)]),
    ],
)
def test_most_judges_decide_and_where_they_are_even_there_is_no_preference(
    store: Database, choices: list[str | None], expected: list[tuple[str, str, float]]
) -> None:
    team = answered(store, ["one", "other"], len(choices), judging="choose")
    for judge, choice in enumerate(choices, 3):
        choose(team, judge, choice)
    assert result(store) == expected


def test_of_ratings_the_higher_mean_is_preferred(store: Database) -> None:
    # Nobody judges two answers to one question, so each rating is another judge's.
    team = answered(store, ["one", "two", "three"], judges=6, one=2, judging="rate")
    given = {"one": [4, 8], "two": [6, 6], "three": [1, 2]}
    for judge in range(4, 10):
        item = team.take(judge, "rate")
        assert item.material is not None
        team.judge_in(item, judge, Verdict(rating=given[item.material["answers"][0]].pop()))
    assert sorted(result(store)) == [("one", "three", 4.5), ("two", "three", 4.5)]


def test_what_is_not_judged_yet_or_was_taken_back_or_is_of_another_project_is_no_preference(store: Database) -> None:
    team = answered(store, ["one", "other"], 1, judging="choose")
    assert result(store) == []
    choose(team, 3, "one")
    assert result(store, 1) == [("one", "other", 1.0)]
    assert result(store, 2) == []
    assert store.write(withdraw, 1, 1, team.tick()) is None
    assert result(store) == []
