from __future__ import annotations

import itertools
import math
import pickle

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.budget import FIELDS, NOTHING, UNLIMITED, Budget

whole = st.integers(0, 10**9)
amounts = st.one_of(whole, st.just(UNLIMITED))
budgets = st.builds(Budget, amounts, amounts, amounts, amounts, amounts)
any_amounts = st.one_of(st.just(0.0), st.floats(1e-9, 1e300), st.just(UNLIMITED))
fine_budgets = st.builds(Budget, any_amounts, any_amounts, any_amounts, any_amounts, any_amounts)


@given(whole.filter(bool), whole, whole, amounts, st.integers(1, 50))
def test_shares_of_whole_numbers_sum_exactly_to_the_whole(
    depth: int, consultations: int, words: int, seconds: float, count: int
) -> None:
    budget = Budget(depth, consultations, words, seconds, 0)
    shares = budget.shares(count)
    assert len(shares) == count
    assert sum(share.consultations for share in shares) == consultations
    assert sum(share.words for share in shares) == words
    assert all(share.consultations % 1 == 0 and share.words % 1 == 0 for share in shares)
    assert {share.depth for share in shares} == {depth - 1}
    assert {share.seconds for share in shares} == {seconds}


@given(fine_budgets, st.integers(1, 50))
def test_shares_never_sum_to_more_than_the_whole(budget: Budget, count: int) -> None:
    if budget.depth < 1:
        return
    shares = budget.shares(count)
    for name in ("consultations", "words", "usd"):
        assert math.fsum(getattr(share, name) for share in shares) <= getattr(budget, name) * (1 + 1e-12)


@given(budgets, st.integers(1, 50))
def test_shares_differ_by_at_most_one(budget: Budget, count: int) -> None:
    if budget.depth < 1:
        return
    for name in ("consultations", "words"):
        given_out = [getattr(share, name) for share in budget.shares(count)]
        assert all(a >= b for a, b in itertools.pairwise(given_out)), "earlier children get the rest"
        assert max(given_out) == UNLIMITED or max(given_out) - min(given_out) <= 1


def test_children_do_not_get_the_whole_budget_each() -> None:
    shares = Budget(consultations=10, words=7, usd=1).shares(4)
    assert [share.consultations for share in shares] == [3, 3, 2, 2]
    assert [share.words for share in shares] == [2, 2, 2, 1]
    assert [share.usd for share in shares] == [0.25] * 4


def test_nothing_is_shared_where_no_depth_or_no_child_is() -> None:
    with pytest.raises(ValueError, match=r"^no depth is left below this question$"):
        Budget(depth=0).shares(2)
    with pytest.raises(ValueError, match=r"^a budget is shared among at least 1 child, got 0$"):
        Budget().shares(0)


@given(budgets, budgets)
def test_what_is_left_and_what_was_spent_are_the_whole(budget: Budget, spent: Budget) -> None:
    left = budget.after(spent)
    fits = all(getattr(spent, name) <= getattr(budget, name) for name in FIELDS[1:])
    assert (left is not None) == fits
    if left is None:
        return
    assert left.depth == budget.depth
    for name in FIELDS[1:]:
        if getattr(spent, name) < UNLIMITED:
            assert getattr(left, name) + getattr(spent, name) == getattr(budget, name)


@given(budgets)
def test_spending_exactly_all_fits_and_leaves_nothing(budget: Budget) -> None:
    left = budget.after(budget)
    assert left is not None
    for name in FIELDS[1:]:
        assert getattr(left, name) in (0, UNLIMITED)


@given(budgets, budgets, budgets)
def test_amounts_are_added_up_in_any_order(a: Budget, b: Budget, c: Budget) -> None:
    assert a.plus(b) == b.plus(a)
    assert a.plus(b).plus(c) == a.plus(b.plus(c))
    assert a.plus(NOTHING) == a


def test_beside_each_other_depth_and_seconds_count_once() -> None:
    assert Budget(2, 3, 4, 5, 6).plus(Budget(1, 3, 4, 7, 6)) == Budget(2, 6, 8, 7, 12)


@given(budgets, budgets)
def test_at_most_is_the_smaller_of_each_amount(a: Budget, b: Budget) -> None:
    least = a.at_most(b)
    assert least == b.at_most(a) == least.at_most(a) == least.at_most(b)
    assert all(getattr(least, name) == min(getattr(a, name), getattr(b, name)) for name in FIELDS)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("amount", [-1, -0.5, math.nan, -math.inf])
def test_an_amount_is_zero_or_more(name: str, amount: float) -> None:
    with pytest.raises(ValueError, match=f"budget's {name} must be 0 or more, got"):
        Budget(**{name: amount})


@given(st.one_of(budgets, fine_budgets))
def test_a_budget_survives_files_and_processes(budget: Budget) -> None:
    written = msgspec.json.encode(budget)
    assert b"null" not in written
    assert msgspec.json.decode(written, type=Budget) == budget
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(budget), type=Budget) == budget
    copy = pickle.loads(pickle.dumps(budget))
    assert copy == budget
    assert hash(copy) == hash(budget)


def test_infinity_that_was_computed_survives_json_too() -> None:
    budget = Budget(depth=UNLIMITED - 1, words=float("inf"), consultations=5).plus(Budget(consultations=1))
    assert msgspec.json.decode(msgspec.json.encode(budget), type=Budget) == budget


@given(st.floats(0, 1, exclude_max=True))
def test_less_than_one_level_of_depth_is_none_to_give(depth: float) -> None:
    with pytest.raises(ValueError, match="no depth is left"):
        Budget(depth=depth).shares(1)
    assert Budget(depth=depth + 1).shares(1)[0].depth == pytest.approx(depth)
