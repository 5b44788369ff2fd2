from __future__ import annotations

from typing import Any, get_args

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hch.people.store.agreement import Level, Measure, Met, agreement, measure, normal
from hch.people.store.database import Database
from hch.people.store.judging import Verdict
from hch.people.store.posting import post_roots
from hch.types import Pass, Question, Reply
from tests.people.store.teams import BOOK, Team


def about(number: float) -> Any:
    """Equal to any number that is as good as this one."""
    return pytest.approx(number)


# The measure

NONE = float("nan")

EXAMPLE = [
    [NONE, NONE, NONE, NONE, NONE, 3, 4, 1, 2, 1, 1, 3, 3, NONE, 3],
    [1, NONE, 2, 1, 3, 3, 4, 3, NONE, NONE, NONE, NONE, NONE, NONE, NONE],
    [NONE, NONE, 2, 1, 3, 4, 4, NONE, 2, 1, 1, 3, 3, NONE, 4],
]
"""Of the article on Krippendorff's alpha in Wikipedia, which works it out by hand: three people, 15 things."""


def said_in(table: list[list[float]]) -> dict[int, dict[int, str]]:
    return {
        thing: {person: f"{value:g}" for person, value in enumerate(column) if not np.isnan(value)}
        for thing, column in enumerate(zip(*table, strict=True))
    }


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.691358), ("interval", 0.810845)])
def test_a_worked_example_comes_out_as_it_was_worked_out(level: Level, alpha: float) -> None:
    result = measure(said_in(EXAMPLE).values(), level)
    assert result.alpha == pytest.approx(alpha, abs=1e-6)
    # Two people share ten things, and agree on eight; three share two, and agree on one, of whom two do on the other.
    assert (result.same, result.pairs, result.people, result.things) == (8 + 3 + 1, 10 + 3 + 3, 3, 12)


def test_two_of_three_who_agree_can_be_worked_out_by_hand() -> None:
    # Two things: yes yes, yes no. Disagreement seen 1/2 of pairs; by chance, of 3 yes and 1 no, 6 of 12 pairs.
    result = measure({"a": {1: "yes", 2: "yes"}, "b": {1: "yes", 2: "no"}}.values(), "nominal")
    assert result == Measure(about(0.0), "", 1, 2, 2, 2)
    assert result.share == 0.5
    # Ratings 1 1 and 2 4: squares seen (0 + 4) / 2 = 2; by chance, of 1 1 2 4, (1 + 1 + 9 + 9 + 4) / 6 = 4.
    assert measure({"a": {1: "1", 2: "1"}, "b": {1: "2", 2: "4"}}.values(), "interval").alpha == pytest.approx(
        1 - 2 / 4
    )


@pytest.mark.parametrize(
    ("said", "reason", "pairs"),
    [
        ({}, "no two people", 0),
        ({"a": {1: "yes"}, "b": {2: "no"}}, "no two people", 0),
        ({"a": {1: "yes", 2: "yes"}, "b": {1: "yes", 3: "yes"}}, "all answers are the same", 2),
    ],
)
def test_where_there_is_too_little_to_tell_it_says_why(
    said: dict[str, dict[int, str]], reason: str, pairs: int
) -> None:
    result = measure(said.values(), "nominal")
    assert result.alpha is None
    assert reason in result.reason
    assert (result.same, result.pairs) == (pairs, pairs)
    assert result.share == (1.0 if pairs else None)


RATINGS = st.dictionaries(
    st.integers(0, 8), st.dictionaries(st.integers(0, 4), st.integers(0, 10).map(str), max_size=5), max_size=8
)


def alike(one: Measure, other: Measure) -> bool:
    if one.alpha is None or other.alpha is None:
        return one == other
    return one.alpha == pytest.approx(other.alpha) and one.pairs == other.pairs and one.same == other.same


@given(RATINGS, st.permutations(range(5)), st.sampled_from(get_args(Level)))
def test_it_does_not_matter_who_is_who(said: dict[int, dict[int, str]], names: list[int], level: Level) -> None:
    renamed = {thing: {names[person]: value for person, value in by.items()} for thing, by in said.items()}
    assert alike(measure(said.values(), level), measure(renamed.values(), level))


@given(RATINGS, st.permutations(range(11)))
def test_it_does_not_matter_what_the_answers_are_called(said: dict[int, dict[int, str]], names: list[int]) -> None:
    renamed = {
        thing: {person: f"answer {names[int(value)]}" for person, value in by.items()} for thing, by in said.items()
    }
    assert alike(measure(said.values(), "nominal"), measure(renamed.values(), "nominal"))


@given(RATINGS, st.integers(-5, 5), st.sampled_from([-3, 1, 10]))
def test_it_does_not_matter_where_ratings_begin_and_how_large_a_step_is(
    said: dict[int, dict[int, str]], start: int, step: int
) -> None:
    moved = {
        thing: {person: str(start + step * int(value)) for person, value in by.items()} for thing, by in said.items()
    }
    assert alike(measure(said.values(), "interval"), measure(moved.values(), "interval"))


@given(RATINGS, st.sampled_from(get_args(Level)))
def test_the_library_finds_the_same_in_a_table_of_people_and_things(
    said: dict[int, dict[int, str]], level: Level
) -> None:
    result = measure(said.values(), level)
    assume(result.alpha is not None)
    table = np.full((5, 9), np.nan)
    for thing, by in said.items():
        for person, value in by.items():
            table[person, thing] = float(value)
    assert result.alpha == pytest.approx(krippendorff.alpha(reliability_data=table, level_of_measurement=level))


def test_thousands_of_different_answers_take_no_table() -> None:
    said = {thing: {1: f"one {thing}", 2: f"two {thing}" if thing % 2 else f"one {thing}"} for thing in range(20_000)}
    result = measure(said.values(), "nominal")
    assert result.alpha == pytest.approx(0.5, abs=1e-3)
    assert result.share == 0.5


@pytest.mark.parametrize(
    ("one", "other"),
    [("Yes.", "yes"), (" two\n words ", "Two words"), ("STRASSE", "straße"), ("caf\u00e9", "cafe\u0301")],
)
def test_what_does_not_matter_in_an_answer(one: str, other: str) -> None:
    assert normal(one) == normal(other)
    assert normal("yes") != normal("no")


# In a project


def test_copies_of_a_question_are_compared_and_nothing_else(store: Database) -> None:
    team = Team(store, answerers=3)
    project = team.project(["Why?", "How?", "Who?"], copies=2)
    team.project(["Why?", "How?"], "another", copies=2)
    for person, texts in ((1, ("Yes", "no", "me")), (2, ("yes.", "maybe", "you"))):
        for text in texts:
            team.act(person, Reply(text) if text != "you" else Pass("no idea"), project.id)
    result = store.read(agreement, project.id)
    assert result.answers == Measure(result.answers.alpha, "", 1, 2, 2, 2)
    # yes yes, no maybe: 1/2 of pairs differ; by chance, of yes yes no maybe, 5 of 6.
    assert result.answers.alpha == pytest.approx(1 - (1 / 2) / (5 / 6))
    assert result.ratings.pairs == result.choices.pairs == 0
    assert result.gold == {}


def test_ratings_and_choices_are_compared_by_what_was_judged(store: Database) -> None:
    team = Team(store, answerers=2, judges=2)
    rated = team.project(["Why?", "How?"], judging="rate", judges=2)
    for _ in range(2):
        team.act(1, Reply("so"), rated.id)
    for person, ratings in ((3, (1, 2)), (4, (1, 4))):
        for rating in ratings:
            team.judge(person, Verdict(rating=rating))
    result = store.read(agreement, rated.id).ratings
    assert result == Measure(about(1 - 2 / 4), "", 1, 2, 2, 2)
    chosen = team.project(["Who?"], "chosen", judging="choose", judges=2, copies=2)
    team.act(1, Reply("me"), chosen.id)
    team.act(2, Reply("you"), chosen.id)
    for person in (3, 4):
        item = team.take(person, "choose")
        assert item.material is not None
        team.judge(person, Verdict(choice=item.material["order"].index(0)))
    result = store.read(agreement, chosen.id).choices
    assert (result.same, result.pairs, result.alpha) == (1, 1, None)
    assert "all answers are the same" in result.reason


def test_known_answers_are_counted_for_each_person_out_of_those_that_they_answered(store: Database) -> None:
    team = Team(store, answerers=2)
    project = team.project([])
    questions = [Question(text, BOOK) for text in ("a", "b", "c", "d", "e")]
    store.write(post_roots, project, questions, 1.0, ["Yes", "no", "maybe", None, "perhaps"])
    for action in (Reply("yes."), Reply("yes")):
        team.act(1, action)
    team.act(2, Pass("no idea"))
    for action in (Reply("unknown"), Reply(" PERHAPS")):
        team.act(2, action)
    assert store.read(agreement, project.id).gold == {1: Met(1, 2), 2: Met(1, 1)}
