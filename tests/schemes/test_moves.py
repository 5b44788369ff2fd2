from __future__ import annotations

import pickle

import pytest

from hch.schemes.debate_protocol import Allowed, Library, Quoted, anything
from hch.types import Context

FACTS = Context(("he said \u201cno\u201d to 1.5% of it", "a -> b"))


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("a -> b", "a -> b"),
        ('said "no"', "said \u201cno\u201d"),
        ("5% of it", None),
        ("he said \u2026 of it", None),
        ("of it a -> b", None),
        ("a -> c", None),
        ("", None),
    ],
)
def test_only_direct_quotes_of_one_fact_are_shown_and_as_they_stand_there(statement: str, shown: str | None) -> None:
    assert Quoted()(FACTS, statement) == shown


def test_only_moves_of_the_library_are_shown() -> None:
    allowed = Library(("yes", "no"))
    assert [allowed(FACTS, item) for item in ("yes", "no", "maybe", "Yes", "")] == ["yes", "no", None, None, None]


@pytest.mark.parametrize("allowed", [anything, Library(("yes",)), Quoted()])
def test_what_is_allowed_can_be_sent_to_another_process(allowed: Allowed) -> None:
    assert pickle.loads(pickle.dumps(allowed)) == allowed
