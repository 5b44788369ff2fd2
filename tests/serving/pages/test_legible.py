"""Texts of any origin, made fit to be shown."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.serving.pages.legible import budget_words, line_of, lines_of
from hch.text.display import HIDDEN
from hch.types import Budget


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
def test_a_budget_is_told_in_words(budget: Budget | None, all_of: bool, words: str) -> None:
    assert budget_words(budget, all_of=all_of) == words
