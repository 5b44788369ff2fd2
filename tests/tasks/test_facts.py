from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.tasks.facts import (
    SYMBOLS,
    Line,
    TaskError,
    check_name,
    is_name,
    lines,
    match_question,
    number,
    root,
    whole_number,
)
from hch.text.words import words


def test_the_symbols_are_64_different_single_words() -> None:
    assert len(set(SYMBOLS)) == 64
    assert all(words(symbol) == (symbol,) and is_name(symbol) for symbol in SYMBOLS)


def test_lines_carry_their_number_form_and_parts() -> None:
    text = "# first\n\n  a->b # why\nalice := -3\n"
    assert list(lines(text, arrow="X -> Y", number="X := V")) == [
        Line(3, "arrow", ("a", "b")),
        Line(4, "number", ("alice", "-3")),
    ]


def test_a_line_is_of_the_first_form_that_its_parts_fit() -> None:
    forms = {"link": "X = Y", "value": "X = V"}
    assert [line.form for line in lines("a = b\na = 5\n", **forms)] == ["link", "value"]
    with pytest.raises(TaskError, match=r"^line 1: “1\.5” is no value: a value is letters only, or a whole number$"):
        list(lines("a = 1.5", **forms))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("a b", "expected “X -> Y” or “X := V”, got “a b”"),
        ("a -> b c", "expected “X -> Y” or “X := V”, got “a -> b c”"),
        ("a -> b -> c", "expected “X -> Y” or “X := V”, got “a -> b -> c”"),
        ("a->b->c", "“b->c” is no name: a name is letters only"),
        ("x_1 -> b", "“x_1” is no name: a name is letters only"),
        ("a -> 7", "“7” is no name: a name is letters only"),
        ("none -> b", "“none” cannot be a name: as an answer it says that there is nothing to name"),
        ("a := infinite", "“infinite” cannot be a name: as an answer it says that there is nothing to name"),
        ("a := 007", "“007” is no value: a value is letters only, or a whole number"),
        ("a := 1.5", "“1.5” is no value: a value is letters only, or a whole number"),
        ("y" * 99, f"expected “X -> Y” or “X := V”, got “{'y' * 59}…”"),
    ],
)
def test_what_is_wrong_with_a_line(line: str, complaint: str) -> None:
    with pytest.raises(TaskError) as caught:
        list(lines(f"a -> b\n{line}", arrow="X -> Y", number="X := V"))
    assert str(caught.value) == f"line 2: {complaint}"


@pytest.mark.parametrize("text", ["value of x?", "value of x", "  VALUE   of x ?", "Value\tof x", "value of x ?  "])
def test_a_question_is_known_in_any_spacing_and_case(text: str) -> None:
    assert match_question(text, depth="depth of X?", value="value of X?") == ("value", ("x",))


@pytest.mark.parametrize("text", ["valueofx", "value ofx?", "value of x y?", "value of", "values of x"])
def test_words_that_run_together_are_no_question(text: str) -> None:
    with pytest.raises(TaskError) as caught:
        match_question(text, depth="depth of X?", value="value of X?")
    assert str(caught.value) == f"expected a question like “depth of X?” or “value of X?”, got “{text}”"


def test_an_unknown_name_is_told_which_there_are() -> None:
    assert check_name("b", {"a": 1, "b": 2}, "vertex") == "b"
    with pytest.raises(TaskError, match=r"^“c” is no vertex here; there are a b$"):
        check_name("c", {"a": 1, "b": 2}, "vertex")
    with pytest.raises(TaskError, match=r"n1 n2 .*…$"):
        check_name("c", [f"n{i}" for i in range(500)], "vertex")


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("7", 7), ("-12", -12), ("999999999", 999999999)],
)
def test_a_number_is_spelled_in_one_way(text: str, value: int) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", [None, "", "-0", "007", "٣", "1.0", " 1", "1\n", "+1", "a", "9" * 10])
def test_what_is_no_number(text: str | None) -> None:
    assert number(text) is None


@given(st.integers(-(10**9) + 1, 10**9 - 1))
def test_numbers_are_read_as_they_are_written(value: int) -> None:
    assert number(str(value)) == value
    assert words(str(value)) == (str(value),)


@pytest.mark.parametrize("text", [None, "", " ", "a b", "a1", "5", "-", "none", "infinite", "a\n", "x_y"])
def test_what_is_no_name(text: str | None) -> None:
    assert not is_name(text)


@given(st.text(min_size=1, max_size=5))
def test_every_name_is_one_word(text: str) -> None:
    if is_name(text):
        assert words(text) == (text,)


def test_whole_numbers_of_people_are_digits_only() -> None:
    assert whole_number("042", "the exponent") == 42
    for text in ("-1", "", "two", "1e3", "9" * 10, "٣"):
        with pytest.raises(TaskError, match="the exponent must be a whole number, got “"):
            whole_number(text, "the exponent")


def test_a_root_is_a_whole_number() -> None:
    assert [root(size) for size in (2, 4, 8, 9, 16, 64)] == [1, 2, 3, 3, 4, 8]
