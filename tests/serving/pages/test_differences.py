"""Two rounds of a question side by side."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.people.store.trees import Node
from hch.serving.pages.differences import MOST_WORDS, Difference, Piece, Side, compare, diff_words


def node(question: str, text: str = "", **fields: Any) -> Node:
    return Node(question, f"id of {question}", f"subject of {question}", "context", None, "answered", text, **fields)


def side(text: str, *asked: Node) -> Side:
    return Side(node("root", text), asked)


def kinds(earlier: Side, later: Side) -> list[tuple[str, str]]:
    return [(item.kind, _question(item)) for item in compare(earlier, later).consultations]


def _question(item: Difference) -> str:
    either = item.later or item.earlier
    assert either is not None
    return either.question


texts = st.text(st.sampled_from("ab \n"), max_size=30)
rounds = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("12")))


@given(texts, texts)
def test_pieces_make_both_texts_again_and_no_two_neighbours_are_alike(earlier: str, later: str) -> None:
    pieces = diff_words(earlier, later)
    assert "".join(piece.text for piece in pieces if piece.mark != "added") == earlier
    assert "".join(piece.text for piece in pieces if piece.mark != "gone") == later
    assert all(piece.text for piece in pieces)
    assert all((one.mark, other.mark) != ("added", "gone") for one, other in pairwise(pieces))
    assert all(one.mark != other.mark for one, other in pairwise(pieces))


def test_words_that_changed_beside_each_other_are_one_change() -> None:
    assert diff_words("the quick brown fox", "the slow red fox") == (
        Piece("same", "the "),
        Piece("gone", "quick brown"),
        Piece("added", "slow red"),
        Piece("same", " fox"),
    )


def test_the_same_text_is_one_piece_and_no_text_is_none() -> None:
    assert diff_words("a b", "a b") == (Piece("same", "a b"),)
    assert diff_words("", "") == ()


def test_texts_too_long_to_compare_are_compared_at_their_ends() -> None:
    middle = "x " * MOST_WORDS
    pieces = diff_words(f"start {middle}end", f"start {middle.replace('x', 'y')}end")
    assert [piece.mark for piece in pieces] == ["same", "gone", "added", "same"]
    assert (pieces[0].text, pieces[-1].text) == ("start ", " end")


def test_a_text_made_to_be_hard_takes_no_longer_than_another() -> None:
    one, other = "a b " * 5000, "b a " * 5000
    assert "".join(piece.text for piece in diff_words(one, other) if piece.mark != "added") == one


def test_consultations_are_the_same_changed_added_or_gone() -> None:
    earlier = side("x", node("kept", "1"), node("changed", "old words"), node("dropped", "?"))
    later = side("x", node("kept", "1"), node("changed", "new words"), node("fresh", "!"))
    assert kinds(earlier, later) == [("same", "kept"), ("changed", "changed"), ("gone", "dropped"), ("added", "fresh")]
    changed = compare(earlier, later).consultations[1]
    assert changed.words == (Piece("gone", "old"), Piece("added", "new"), Piece("same", " words"))


def test_the_order_of_questions_does_not_matter_and_each_has_one_partner() -> None:
    earlier = side("x", node("a", "1"), node("b", "2"), node("a", "3"))
    later = side("x", node("b", "2"), node("a", "1"))
    assert kinds(earlier, later) == [("same", "b"), ("gone", "a"), ("same", "a")]


def test_another_draw_of_a_question_is_its_partner() -> None:
    earlier = side("x", node("a", "1"))
    drawn = Node("a", "another id", "subject of a", "context", "1", "answered", "1")
    assert kinds(earlier, side("x", drawn)) == [("same", "a")]


def test_the_same_answer_from_another_tree_is_a_change_further_below() -> None:
    earlier = side("x", node("a", "1", transcript="one", asked=2))
    later = side("x", node("a", "1", transcript="two", asked=3))
    (result,) = compare(earlier, later).consultations
    assert (result.kind, result.deeper) == ("changed", True)
    alone = compare(side("x", node("a", "1", transcript="one")), side("x", node("a", "1", transcript="two")))
    assert alone.consultations[0].kind == "same"


def test_an_answer_that_became_none_is_a_change_with_its_reason() -> None:
    passed = Node("a", "id of a", "subject of a", "context", None, "passed", "", "too hard")
    (result,) = compare(side("x", node("a", "1")), side("x", passed)).consultations
    assert result.kind == "changed"
    assert result.words == (Piece("gone", "1"), Piece("added", "passed: too hard"))


@pytest.mark.parametrize(("earlier", "later", "same"), [("so", "so", True), ("so", "so not", False)])
def test_the_ends_are_compared_by_word(earlier: str, later: str, same: bool) -> None:
    result = compare(side(earlier), side(later))
    assert result.same_end is same
    assert result.count("same") == result.count("changed") == 0


@given(rounds, rounds)
def test_every_consultation_of_either_round_is_told_once(
    earlier: list[tuple[str, str]], later: list[tuple[str, str]]
) -> None:
    before, after = side("x", *(node(*item) for item in earlier)), side("x", *(node(*item) for item in later))
    result = compare(before, after).consultations
    assert [item.later for item in result if item.later is not None] == list(after.asked)
    told = [item.earlier for item in result if item.earlier is not None]
    assert sorted(told, key=id) == sorted(before.asked, key=id)
    assert all((item.kind == "added") == (item.earlier is None) for item in result)
    assert all((item.kind == "gone") == (item.later is None) for item in result)
