from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.models.reader.tokens import PADDING, Vocabulary
from hch.text.words import WORD, spell, words

MARKS = ["(", ")", "?", ",", ";", ":", "^", "#", "\n", "->", ":=", "-", "=", ">", "_", "+", ".", "“", "·"]
any_word = st.one_of(
    st.sampled_from(MARKS),
    st.from_regex(r"-?[0-9]{1,4}", fullmatch=True),
    st.text(st.characters(categories=["L"]), min_size=1, max_size=4),
    st.characters(categories=["P", "S"]).filter(lambda mark: mark != "_"),
)


@given(st.lists(any_word, max_size=12))
def test_words_are_found_again_in_the_text_that_they_spell(parts: list[str]) -> None:
    # Two words that are written together by the rule and read as one are no two words to begin with.
    assert words(spell(parts)) == tuple(parts)


@given(st.text())
def test_a_text_is_spelled_back_as_it_was_or_refused(text: str) -> None:
    if spell(WORD.findall(text)) == text:
        assert spell(words(text)) == text
    else:
        with pytest.raises(ValueError, match=re.escape(repr(text))):
            words(text)


@pytest.mark.parametrize(
    "text",
    [
        "σ^5(c)?",
        "a -> b",
        "f(u, v) = w",
        "x := f(y, z)",
        "sum over a * b?",
        "-12",
        "distance from a to b?",
        "value of x: no answer",
        "ask #2: step?\nask: edge?",
        "1: σ(a)? -> (",
        "",
    ],
)
def test_what_tasks_and_workspaces_say_can_be_spelled(text: str) -> None:
    assert spell(words(text)) == text


@pytest.mark.parametrize(
    "text",
    ["a  b", " a", "a ", "a\tb", "a\r\nb", "a ->b", "f( u)", "f (u)", "a\n b", "x ?", "a\u2028b", "a\u00a0b"],
)
def test_a_text_whose_spacing_would_be_lost_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"the spacing of .* would be lost; write it as"):
        words(text)


def test_numbers_keep_their_sign_and_names_do_not_run_into_them() -> None:
    assert words("-12 12 a -> -1") == ("-12", "12", "a", "->", "-1")
    with pytest.raises(ValueError, match="write it as 'x 1'"):
        words("x1")


KNOWN = Vocabulary(("a", "b", "->", "?", "a"))


def test_a_row_has_the_numbers_of_the_words_and_is_padded() -> None:
    assert KNOWN.listed == (PADDING, "a", "b", "->", "?")
    assert len(KNOWN) == 5
    assert KNOWN.encode("a -> b", 5) == [1, 3, 2, 0, 0]
    assert KNOWN.decode([1, 3, 2, 0, 0]) == "a -> b"
    assert KNOWN.encode("", 2) == [0, 0]
    assert KNOWN.decode([0, 0]) == ""


@given(st.lists(st.sampled_from(["a", "b", "->", "?"]), max_size=6))
def test_a_text_survives_its_row(parts: list[str]) -> None:
    text = spell(parts)
    assert KNOWN.decode(KNOWN.encode(text, 6)) == text


def test_a_word_that_is_not_known_is_named() -> None:
    with pytest.raises(ValueError, match="'a -> c' has a word that this model does not know: 'c'"):
        KNOWN.encode("a -> c", 5)


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="'a -> b' has 3 words, and this model reads at most 2 here"):
        KNOWN.encode("a -> b", 2)


@pytest.mark.parametrize("text", ["·", "a · b", "< pad >", "_"])
def test_no_text_is_taken_for_padding(text: str) -> None:
    with pytest.raises(ValueError, match="does not know"):
        KNOWN.encode(text, 9)


@given(st.text())
def test_padding_is_no_word_of_any_text(text: str) -> None:
    assert PADDING not in WORD.findall(text)
