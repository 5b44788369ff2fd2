from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.serving.pages.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Chart, Curve, chart

numbers = st.none() | st.floats(-1e12, 1e12)


def chart_of(*ys: float | None, share: bool = True) -> Chart | None:
    return chart("t", "x", [Curve("c", list(range(len(ys))), ys, "one")], share=share)


def test_there_is_no_picture_of_nothing() -> None:
    assert chart_of() is None
    assert chart_of(None, None) is None
    assert chart_of(math.nan, math.inf) is None


def test_what_is_unknown_is_left_out() -> None:
    figure = chart_of(0.5, None, 1.0)
    assert figure is not None
    assert len(figure.drawn[0].points.split()) == 2


def test_a_share_is_drawn_from_nothing_to_all() -> None:
    figure = chart_of(0.25, 0.5)
    assert figure is not None
    assert [tick.text for tick in figure.up] == ["0%", "25%", "50%", "75%", "100%"]
    assert figure.drawn[0].end[1] == pytest.approx((TOP + HEIGHT - BOTTOM) / 2)
    assert figure.sentence == "t, against x: c 50.0% at the end."


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [(2.15, ["0", "1", "2", "3"]), (0.04, ["0", "0.01", "0.02", "0.03", "0.04"]), (1e-30, ["0", "1e-09"])],
)
def test_other_values_are_drawn_between_round_numbers(highest: float, ticks: list[str]) -> None:
    figure = chart_of(highest, highest / 2, share=False)
    assert figure is not None
    assert [tick.text for tick in figure.up] == ticks


def test_long_numbers_are_told_shortly() -> None:
    figure = chart("t", "x", [Curve("c", [0, 32_000], [0, 1], "one")])
    assert figure is not None
    assert [tick.text for tick in figure.across] == ["0", "10k", "20k", "30k"]


@given(st.lists(st.tuples(numbers, numbers), max_size=20), st.booleans())
def test_all_that_is_not_a_share_lies_within_the_picture(
    pairs: list[tuple[float | None, float | None]], share: bool
) -> None:
    pairs = [(None if x is None else abs(x), None if y is None else y) for x, y in pairs]
    if share:
        pairs = [(x, None if y is None else abs(math.sin(y))) for x, y in pairs]
    figure = chart("t", "x", [Curve("c", [x for x, _ in pairs], [y for _, y in pairs], "one")], share=share)
    if figure is None:
        return
    for x, y in (map(float, point.split(",")) for point in figure.drawn[0].points.split()):
        assert LEFT - 0.1 <= x <= WIDTH - RIGHT + 0.1
        assert TOP - 0.1 <= y <= HEIGHT - BOTTOM + 0.1
    assert 2 <= len(figure.up) <= 8
    assert 1 <= len(figure.across) <= 8
    assert all(re.fullmatch(r"[-\d.e+]+[kMG%]?", tick.text) for tick in (*figure.up, *figure.across))
