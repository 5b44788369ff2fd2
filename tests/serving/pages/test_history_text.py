"""What happened, told in words."""

from __future__ import annotations

from typing import Any

import pytest

from hch.people.store.histories import DRAFT, Step
from hch.people.store.refusals import Writing
from hch.serving.pages.differences import Piece
from hch.serving.pages.history_text import step_text

NAMES = {1: "Ann", 2: "Bob"}


def step(kind: str, data: dict[str, Any] | None = None, **fields: Any) -> Step:
    return Step(0.0, kind, 1, 7, data or {}, **fields)


KINDS = (
    "posted", "taken", "shown", "resumed", "released", "skipped", "lease expired", "taken away", "asked",
    "answer came", "consulted", "answered", "failed", "out of budget", "withdrawn", "questions withdrawn",
    "stale", "judged", "cancelled",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_happens_to_workspaces_is_told_in_words_of_its_own(kind: str) -> None:
    assert step_text(step(kind), 7, NAMES).words != kind[:1].upper() + kind[1:]


def test_what_is_put_before_people_again_is_told_so() -> None:
    assert step_text(step("posted", {"root": True}), 7, NAMES).words == "Put before people"
    assert step_text(step("posted", {"root": False}), 7, NAMES).words == "Asked for, and put before people"
    assert step_text(step("posted", {"root": False, "again": True}), 7, NAMES).words == "Put before people again"


def test_what_is_not_known_is_told_by_its_name() -> None:
    assert step_text(step("something <b>new</b>"), 7, NAMES).words == "Something <b>new</b>"


def test_who_did_it_and_when_are_told() -> None:
    text = step_text(step("taken"), 7, NAMES)
    assert (text.day, text.time, text.who, text.words) == ("1970-01-01", "00:00:00", "Ann", "Took it")
    assert step_text(Step(0.0, "taken", 9, 7, {}), 7, NAMES).who == "person 9"
    assert step_text(Step(0.0, "posted", None, 7, {}), 7, NAMES).who == ""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"verdict": "7", "sources": [7]}, "Rated the answer 7 of 10"),
        ({"verdict": "0", "sources": [7, 8]}, "Chose this answer over another"),
        ({"verdict": "1", "sources": [7, 8]}, "Chose another answer over this"),
        ({"verdict": "tie", "sources": [7, 8]}, "Saw no difference between this answer and another"),
        ({"verdict": "9", "sources": [7, 8]}, "Saw no difference between this answer and another"),
    ],
)
def test_a_verdict_is_told_from_the_side_of_what_was_judged(data: dict[str, Any], words: str) -> None:
    assert step_text(step("judged", data), 7, NAMES).words == words


def test_a_draft_is_told_with_what_it_changed() -> None:
    text = step_text(step(DRAFT, revision=2, draft=Writing("new word", ("a?",)), before=Writing("old word")), 7, NAMES)
    assert text.words == "Draft 2"
    assert text.changes == [
        ("Reply", [Piece("gone", "old"), Piece("added", "new"), Piece("same", " word")]),
        ("Questions", [Piece("added", "a?")]),
    ]
    empty = step_text(step(DRAFT, revision=3, draft=Writing(), before=Writing("old")), 7, NAMES)
    assert (empty.words, empty.changes) == ("Draft 3: empty", [])


def test_figures_are_told_in_words() -> None:
    text = step_text(
        step("answered", {"active_seconds": 75.0, "drafts": 3, "edits_from_suggestion": 2}, said="so"), 7, NAMES
    )
    assert text.more == ["1 min of work so far", "3 drafts", "2 letters changed from the suggestion"]
    assert text.texts == [("", "so")]
    same = step_text(step("answered", {"edits_from_suggestion": 0}), 7, NAMES)
    assert same.more == ["the suggestion as it was"]
    assert step_text(step("taken", {"order": [1, 0]}), 7, NAMES).more == ["shown in the order 2, 1"]
    assert step_text(step("taken away", {"by": 2}), 7, NAMES).more == ["by Bob"]


def test_all_that_came_to_nothing_is_told() -> None:
    data = {"answer": {"text": "so", "outcome": "answered"}, "text": "because", "reason": "why not", "dropped": []}
    text = step_text(step("stale", data, questions=("how?",)), 7, NAMES)
    assert text.texts == [
        ("", "how?"),
        ("The answer was", "so"),
        ("What had been said", "because"),
        ("The reason", "why not"),
    ]
