from __future__ import annotations

from typing import Literal

import pytest

from hch.people.store.projects import Rules
from hch.serving.pages.wording import clock, duration, left_in_words, number_of, other_side, other_sides_view
from hch.types import Budget


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
def test_a_budget_in_words(budget: Budget | None, words: str) -> None:
    assert " ".join(left_in_words(budget)) == words


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
    assert [clock(seconds) for seconds in (-1, 0, 59.9, 581, 3600)] == ["0:00", "0:00", "0:59", "9:41", "60:00"]
