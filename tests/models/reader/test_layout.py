from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hch.models.reader.layout import ContextGrid, Tokenizer, make_grid
from hch.models.reader.tokens import Vocabulary
from hch.types import Context, Question

contexts = st.lists(st.lists(st.sampled_from("abc"), max_size=3).map(tuple).map(Context), max_size=12)


def check(layout: ContextGrid, of: list[Context]) -> None:
    """Every item stands in its context's row, in the order of the items, with no gap."""
    assert [layout.contexts[row] for row in layout.rows] == of
    for row in range(len(layout.contexts)):
        columns = layout.columns[layout.rows == row]
        assert columns.tolist() == list(range(len(columns)))
    counts = [of.count(context) for context in layout.contexts]
    assert layout.width == max(counts, default=0)


@given(contexts)
def test_there_is_a_row_for_each_distinct_context_in_the_order_of_their_coming(of: list[Context]) -> None:
    layout = make_grid(of)
    assert layout.contexts == list(dict.fromkeys(of))
    check(layout, of)


@given(contexts, st.data())
def test_an_item_may_stand_several_times_its_copies_beside_each_other(of: list[Context], data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(1, 3), min_size=len(of), max_size=len(of)))
    repeat = make_grid(of).repeat(np.array(counts, dtype=np.int64))
    assert repeat.contexts == list(dict.fromkeys(of))
    check(repeat, [context for context, count in zip(of, counts, strict=True) for _ in range(count)])


@given(contexts, st.data())
def test_items_that_are_equal_in_one_row_share_a_place(of: list[Context], data: st.DataObject) -> None:
    drawn = data.draw(st.lists(st.integers(0, 2), min_size=len(of), max_size=len(of)))
    items = np.array(drawn, dtype=np.int64).reshape(-1, 1)
    layout = make_grid(of)
    merge_equal, first, which = layout.merge_equal(items)
    kinds = list(zip(of, items[:, 0].tolist(), strict=True))
    check(merge_equal, [kinds[place][0] for place in first])
    assert [kinds[first[place]] for place in which] == kinds
    assert len(first) == len(set(kinds))
    assert [merge_equal.contexts[merge_equal.rows[place]] for place in which] == of


@given(contexts, st.integers(-3, 3), st.sampled_from([(), (2,), (2, 3)]))
def test_a_grid_puts_each_item_where_the_layout_says_and_fills_the_rest(
    of: list[Context], fill: int, shape: tuple[int, ...]
) -> None:
    layout = make_grid(of)
    items = np.arange(100, 100 + len(of) * int(np.prod(shape)), dtype=np.int64).reshape(len(of), *shape)
    grid = layout.grid(items, fill)
    assert grid.shape == (len(layout.contexts), layout.width, *shape)
    taken = np.zeros(grid.shape[:2], dtype=bool)
    for item, row, column in zip(items, layout.rows, layout.columns, strict=True):
        assert (grid[row, column] == item).all()
        taken[row, column] = True
    assert (grid[~taken] == fill).all()
    assert taken.sum() == len(of)


SPELLER = Tokenizer(Vocabulary(("a", "b", "c", "?")), fact=2, question=2, answer=2)


@given(contexts)
def test_facts_are_spelled_in_order_and_what_is_missing_is_zero(of: list[Context]) -> None:
    facts = SPELLER.facts(of)
    most = max([1, *(len(context.facts) for context in of)])
    assert facts.shape == (len(of), most, 2)
    for context, rows in zip(of, facts, strict=True):
        spelled = [SPELLER.vocabulary.encode(fact, 2) for fact in context.facts]
        assert rows.tolist() == spelled + [[0, 0]] * (most - len(spelled))


def test_a_complaint_says_what_cannot_be_read_or_said() -> None:
    good = Question("a?", Context(("b c",)))
    assert SPELLER.complaint(good) == ""
    assert SPELLER.complaint(good, "c") == ""
    assert "does not know: 'z'" in SPELLER.complaint(Question("z?", good.context))
    assert "does not know: 'z'" in SPELLER.complaint(Question("a?", Context(("z",))))
    assert "does not know: 'z'" in SPELLER.complaint(good, "z")
    assert "at most 2" in SPELLER.complaint(good, "a b c")
    assert SPELLER.complaint(good, "") == "an answer has at least one word, got ''"
