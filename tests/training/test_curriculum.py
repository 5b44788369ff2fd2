from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.training.curriculum import Curriculum, Progress

SIZES = (4, 6, 8)


def after(*batches: tuple[float, int], window: int = 3) -> Progress:
    progress = Progress(Curriculum(SIZES, window=window))
    for share, size in batches:
        progress.observe(size, [number < share * 100 for number in range(100)], 100)
    return progress


def test_it_goes_up_when_a_window_of_batches_agrees_and_not_before() -> None:
    assert after((1.0, 4), (1.0, 4)).size == 4
    assert after((1.0, 4), (1.0, 4), (1.0, 4)).size == 6


def test_it_goes_down_when_agreement_falls_and_never_below_the_smallest() -> None:
    up = [(1.0, 4)] * 3
    assert after(*up, *[(0.1, 6)] * 3).size == 4
    assert after(*[(0.0, 4)] * 9).size == 4
    assert after(*up, *[(1.0, 6)] * 3, *[(1.0, 8)] * 9).size == 8


def test_batches_of_another_size_say_nothing() -> None:
    assert after((1.0, 4), (1.0, 4), (1.0, 6), (1.0, 8)).size == 4


def test_questions_that_were_passed_on_count_against_it() -> None:
    progress = Progress(Curriculum(SIZES, window=1))
    progress.observe(4, [True] * 80, 100)
    assert progress.size == 4


@given(st.lists(st.tuples(st.sampled_from(SIZES), st.integers(0, 10)), max_size=60), st.integers(1, 4))
def test_whatever_comes_it_moves_by_one_size_at_a_time_and_only_for_what_its_window_says(
    batches: list[tuple[int, int]], window: int
) -> None:
    # Bounds that no mean of tenths falls on.
    progress = Progress(Curriculum(SIZES, raise_at=0.84, lower_at=0.49, window=window))
    seen: list[int] = []
    for size, agreed in batches:
        before = progress.place
        seen = [*seen, agreed] if size == SIZES[before] else seen
        progress.observe(size, [True] * agreed, 10)
        assert progress.size in SIZES
        mean = sum(seen[-window:]) / (10 * window)
        due = (mean > 0.84) - (mean < 0.49) if len(seen) >= window and size == SIZES[before] else 0
        assert progress.place == min(max(before + due, 0), len(SIZES) - 1)
        if progress.place != before:
            seen = []


def test_a_batch_in_which_nothing_was_asked_says_nothing() -> None:
    progress = Progress(Curriculum(SIZES, window=1))
    progress.observe(4, [], 0)
    assert progress.agreements == []


@given(st.floats(0, 1, exclude_max=True))
def test_a_review_goes_to_a_smaller_size_and_nothing_goes_to_a_larger_one(chance: float) -> None:
    progress = Progress(Curriculum(SIZES, review=0.25), place=2)
    assert progress.size_for(chance) in (SIZES[:2] if chance < 0.25 else (8,))


@pytest.mark.parametrize("settings", [{"sizes": ()}, {"sizes": (8, 4)}, {"sizes": (4,), "lower_at": 0.9}])
def test_settings_that_cannot_be_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        Curriculum(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(("agreed", "size"), [(4, 8), (3, 6), (2, 6), (1, 4)])
def test_agreement_that_just_reaches_a_bound_moves_nothing(agreed: int, size: int) -> None:
    # Quarters are exact in binary, so the mean is the very bound: 3 of 4 is not above ¾, nor 2 of 4 below ½.
    progress = Progress(Curriculum(SIZES, raise_at=0.75, lower_at=0.5, window=2), place=1)
    for _ in range(2):
        progress.observe(6, [True] * agreed, 4)
    assert progress.size == size
