"""Numbers, times, budgets, states and texts of any origin, as pages show them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.people.store.items import CANCELLED, CONSULTING, ENDED, OPEN
from hch.people.store.projects import Rules
from hch.people.store.trees import WAITING
from hch.serving.pages.formatting import (
    STATES,
    budget_sentences,
    budget_words,
    clock,
    duration,
    line_of,
    lines_of,
    number_of,
    other_side,
    other_sides_view,
    state_label,
)  # fmt: skip
from hch.text.display import HIDDEN
from hch.types import Budget, Outcome

SHAPES = Path(__file__).parents[3] / "src" / "hch" / "serving" / "pages" / "templates" / "explore_shapes.html"


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (None, "You may ask as much as you like."),
        (Budget(depth=0, consultations=9), "You answer this one alone: there is nobody below you to ask."),
        (Budget(depth=1, consultations=0), "All questions have been asked: it is time to reply or to pass."),
        (
            Budget(depth=1, consultations=1),
            "You may ask 1 more question, those asked below you included. Whoever you ask can ask nobody else.",
        ),
        (Budget(depth=3), "Whoever you ask may ask others in turn, 2 levels deep."),
        (
            Budget(depth=0, words=1),
            (
                "You answer this one alone: there is nobody below you to ask. There is 1 word left, "
                "for answers and for your reply."
            ),
        ),
        (Budget(seconds=90, usd=0.5), "Answers may take 1 min in all. Answers may cost 0.50 dollars in all."),
        (Budget(), ""),
    ],
)
def test_what_a_budget_leaves_is_said_in_sentences(budget: Budget | None, words: str) -> None:
    assert " ".join(budget_sentences(budget)) == words


@pytest.mark.parametrize(
    ("view", "depth", "side", "words"),
    [
        ("contents", 1, "people", "all of it (3 facts)"),
        ("contents", 2, "people", "only the table of contents (3 facts)"),
        ("nothing", 2, "people", "none of it"),
        ("nothing", 2, "model", "all of it (3 facts)"),
        ("nothing", 2, "run", "all of it (3 facts)"),
    ],
)
def test_how_much_of_the_context_the_other_side_gets(
    view: Literal["nothing", "contents"], depth: int, side: Literal["people", "model", "run"], words: str
) -> None:
    assert other_sides_view(Rules(view=view, other_side=side), Budget(depth=depth), 3) == words


def test_of_no_context_nothing_is_promised() -> None:
    assert other_sides_view(Rules(), None, 0) == "it is empty"


def test_the_other_side_has_a_name() -> None:
    sides: tuple[Literal["people", "model", "run"], ...] = ("people", "model", "run")
    assert [other_side(Rules(other_side=side)) for side in sides] == [
        "another person",
        "a model",
        "the model in training",
    ]


def test_numbers_and_times_are_said_as_people_say_them() -> None:
    assert [number_of(count, "word") for count in (0, 1, 2, 1234)] == ["no words", "1 word", "2 words", "1,234 words"]
    assert [duration(seconds) for seconds in (5, 60, 3599, 7500)] == ["5 s", "1 min", "59 min", "2 h 05 min"]
    assert [duration(hours * 3600) for hours in (47, 48, 52, 168)] == ["47 h 00 min", "2 days", "2 days 4 h", "7 days"]
    assert duration(None) == ""
    assert [clock(seconds) for seconds in (-1, 0, 59.9, 581, 3600)] == ["0:00", "0:00", "0:59", "9:41", "60:00"]


@given(st.text())
def test_nothing_in_a_text_hides_and_all_of_it_can_be_sent(text: str) -> None:
    for shown in (line_of(text), lines_of(text)):
        shown.encode()
        assert all(character == "\n" or category(character) not in HIDDEN for character in shown)
    assert "\n" not in line_of(text)


def test_lines_stay_lines_and_a_line_is_one() -> None:
    assert lines_of("one\r\ntwo\n\nthree") == "one\ntwo\n\nthree"
    assert line_of("  one\n two\tthree ") == "one two three"


def test_what_is_cut_says_so() -> None:
    assert line_of("x" * 500, 10) == "x" * 9 + "…"
    assert lines_of("x" * 1500, 1000) == "x" * 1000 + "\n… 500 more characters"
    assert len(line_of("x " * 10_000_000)) < 300


@pytest.mark.parametrize(
    ("budget", "all_of", "words"),
    [
        (None, False, ""),
        (Budget(), True, "without limit"),
        (Budget(depth=1, consultations=0), True, "1 level, no consultations"),
        (Budget(0, 3, 41, 0, 0), False, "3 consultations, 41 words"),
        (Budget(0, 0, 0, 0, 0), False, "nothing"),
        (Budget(usd=1.5), True, "1.50 dollars"),
    ],
)
def test_the_amounts_of_a_budget_are_listed(budget: Budget | None, all_of: bool, words: str) -> None:
    assert budget_words(budget, all_of=all_of) == words


def test_every_state_has_words_and_a_shape_of_its_own() -> None:
    assert set(STATES) == {*ENDED, OPEN, CONSULTING, CANCELLED, WAITING}
    assert {str(outcome) for outcome in Outcome} <= set(STATES)
    assert len({state.shape for state in STATES.values()}) == len({state.words for state in STATES.values()}) == 8


def test_every_shape_is_drawn() -> None:
    symbols = set(re.findall(r'<symbol id="shape-(\w+)"', SHAPES.read_text()))
    assert symbols == {state.shape for state in STATES.values()}


def test_a_state_that_is_not_known_is_shown_by_its_name() -> None:
    assert state_label("something new").words == "something new"
