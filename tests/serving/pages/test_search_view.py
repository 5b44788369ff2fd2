"""What was found, with the words that were looked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hch.serving.pages.search_view import Part, parts


def test_all_of_the_words_are_told_apart_in_whatever_case() -> None:
    assert parts("A list of Lists", ["list"]) == [
        Part("A ", False),
        Part("list", True),
        Part(" of ", False),
        Part("List", True),
        Part("s", False),
    ]


def test_a_long_text_begins_shortly_before_the_first_word() -> None:
    cut = parts("x " * 1000 + "needle " + "y " * 1000, ["needle"])
    assert cut[0].text.startswith("…x")
    assert cut[1] == Part("needle", True)
    assert sum(len(part.text) for part in cut) < 300


def test_what_means_something_in_a_pattern_is_a_text_here() -> None:
    assert [part.text for part in parts("a.*b [c", ["[c", ".*"]) if part.is_hit] == [".*", "[c"]


def test_without_words_there_is_one_part() -> None:
    assert parts("some text", []) == [Part("some text", False)]
    assert parts("", ["word"]) == []


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_no_text_and_no_words_break_it(text: str, words: list[str]) -> None:
    assert all("\n" not in part.text for part in parts(text, words))
