import pytest

from hch.text.views import View, view_for, visible_facts
from hch.types import NO_CONTEXT, Budget, Context

BOOK = Context(("Lists\nA list is mutable.\nIt can grow.", "\n\n  Tuples\nA tuple is not.", "one line", ""))


def test_a_table_of_contents_has_the_first_line_of_each_fact_in_order() -> None:
    assert visible_facts(BOOK, "contents") == ["Lists", "Tuples", "one line", ""]


def test_everything_is_every_fact_as_it_is() -> None:
    assert visible_facts(BOOK, "everything") == list(BOOK.facts)


@pytest.mark.parametrize("view", ["nothing", "contents", "everything"])
def test_of_nothing_there_is_nothing_to_see(view: View) -> None:
    assert visible_facts(NO_CONTEXT, view) == []
    assert visible_facts(BOOK, "nothing") == []


def test_whoever_can_ask_nobody_sees_everything_where_readers_do() -> None:
    assert view_for(Budget(depth=0), "contents", readers_see_all=True) == "everything"
    assert view_for(Budget(depth=0), "contents", readers_see_all=False) == "contents"


@pytest.mark.parametrize("budget", [None, Budget(depth=1), Budget()])
def test_whoever_can_ask_somebody_sees_what_the_view_leaves(budget: Budget | None) -> None:
    assert view_for(budget, "nothing", readers_see_all=True) == "nothing"
