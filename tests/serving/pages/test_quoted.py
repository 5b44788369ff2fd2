from __future__ import annotations

import pytest

from hch.serving.pages.quoted import quotes_in
from hch.text.quotes import Grade

FACTS = ["The cat did not steal.", "Sales rose by 15% - more than ever."]


@pytest.mark.parametrize(
    ("answer", "grade", "fact"),
    [
        ("“did not steal”", Grade.EXACT, 1),
        ('"15% \u2014 more"', Grade.TYPOGRAPHIC, 2),
        ("«The cat … steal»", Grade.ELIDED, 1),
        ("„did steal“", Grade.ABSENT, None),
        ("“1.5%”", Grade.ABSENT, None),
    ],
)
def test_a_quote_has_its_grade_and_its_fact(answer: str, grade: Grade, fact: int | None) -> None:
    (found,) = quotes_in(f"It says {answer}.", FACTS)
    assert (found.grade, found.fact) == (grade, fact)


def test_quotes_come_once_in_order_and_apostrophes_are_none() -> None:
    found = quotes_in("It's “b” and “a”, “b” again; don't 'c'. An inch is 5\".", FACTS)
    assert [each.text for each in found] == ["b", "a"]


def test_no_context_has_a_quote() -> None:
    assert [each.grade for each in quotes_in("“a”", [])] == [Grade.ABSENT]
