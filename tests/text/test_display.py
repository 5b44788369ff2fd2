from __future__ import annotations

import math

import pytest

from hch.text.display import count, duration, percent, plain


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "\x1b]0;title\x07", "a\rb", "a\u202eb", "a\u200bb", "\x9b31m", "\ud800"]
)
def test_what_has_no_shape_is_spelled_out(hostile: str) -> None:
    shown = plain(hostile)
    assert shown.isprintable()
    assert "<U+" in shown


def test_what_has_a_shape_stays_as_it_is() -> None:
    text = "σ^5(c)? → “é” 中文 🙂 <b>[red]"
    assert plain(text) == text


def test_lines_become_one_line() -> None:
    assert plain("a\nb\tc") == "a b c"


def test_what_is_too_long_is_cut_and_says_so() -> None:
    shown = plain("x" * 100, longest=10)
    assert len(shown) == 10
    assert shown.endswith("…")


def test_only_a_whole_is_100_percent_and_only_nothing_is_0() -> None:
    assert [percent(share) for share in (1, 0.9999, 0.5, 0.0001, 0)] == ["100.0%", "99.9%", "50.0%", "0.1%", "0.0%"]


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf, "0.5", True])
def test_what_is_no_number_is_a_dash(nothing: object) -> None:
    assert percent(nothing) == count(nothing) == duration(nothing) == "–"


def test_durations_have_the_unit_that_suits_them() -> None:
    assert [duration(seconds) for seconds in (1.23, 119.6, 150, 7384)] == [
        "1.2 s",
        "119.6 s",
        "2 min 30 s",
        "2 h 03 min",
    ]
