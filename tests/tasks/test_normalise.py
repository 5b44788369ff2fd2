from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.tasks.normalise import last_number, number_text, plain_words, same


@pytest.mark.parametrize(
    ("answer", "gold", "are"),
    [
        ("The Stone Bridge.", "stone bridge", True),
        ("“Rome”", "rome", True),
        ("a  stone\nbridge", "the stone bridge", True),
        ("stone bridges", "stone bridge", False),
        ("1.5 metres", "15 metres", False),
        ("-3 degrees", "3 degrees", False),
        ("15% of all", "15 of all", False),
        ("(1,703) people", "1,703 people", True),
        ("the", "The", True),
        ("", "", False),
        ("?", "!", False),
        ("ﬁne", "fine", True),
    ],
)
def test_texts_are_the_same_but_for_capitals_articles_and_marks_around_words(answer: str, gold: str, are: bool) -> None:
    assert same(answer, gold, "text") is are


@pytest.mark.parametrize(
    ("answer", "gold", "are"),
    [
        ("She makes 9 * 2 = $18 every day.", "18", True),
        ("18", "$18", True),
        ("It is 2,125 in all.", "2125", True),
        ("2.50", "2.5", True),
        ("−3", "-3", True),
        ("3", "-3", False),
        ("18 or 19", "18", False),
        ("eighteen", "18", False),
        ("12th", "12", False),
        ("", "18", False),
        ("1,2,3", "3", True),
    ],
)
def test_where_a_number_is_known_the_last_number_counts(answer: str, gold: str, are: bool) -> None:
    assert same(answer, gold) is are


def test_auto_compares_texts_where_the_known_answer_is_more_than_a_number() -> None:
    assert not same("it has 18", "18 hens")
    assert same("18 Hens!", "18 hens")
    assert same("it has 18", "18 hens", "number")


def test_exactly_is_letter_by_letter() -> None:
    assert same(" Rome ", "Rome", "exact")
    assert not same("rome", "Rome", "exact")


@given(st.text(), st.text())
def test_any_texts_are_compared_alike_in_both_orders(one: str, other: str) -> None:
    for normaliser in ("text", "number", "exact"):
        assert same(one, other, normaliser) == same(other, one, normaliser)
    assert plain_words(plain_words(one)) == plain_words(one)


@given(st.fractions(max_denominator=10**6))
def test_a_number_is_written_so_that_it_reads_the_same_or_as_a_fraction(number: Fraction) -> None:
    text = number_text(number)
    assert Fraction(text) == number
    if "/" not in text:
        assert last_number(text) == number
