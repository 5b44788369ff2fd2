from __future__ import annotations

import random

import pytest

from hch.optimum.world.errors import NotDefinedError
from hch.optimum.world.fixed_point import solve_hch
from hch.optimum.world.tree import Branch, Leaf, Tree
from hch.optimum.world.world import Entry, World
from tests.optimum import brute
from tests.optimum.worlds import random_world

YES_NO = ("yes", "no")


def copying(question: str) -> Tree[str | None]:
    return Branch((question,), {(text,): Leaf(text) for text in YES_NO})


def world(**humans: Tree[str | None]) -> World:
    return World(tuple(Entry(question, YES_NO, human) for question, human in humans.items()))


def test_hch_is_worked_out_from_what_asks_nothing() -> None:
    hch = solve_hch(world(a=copying("b"), b=copying("c"), c=Leaf("no")))
    assert hch.answers == {"a": "no", "b": "no", "c": "no"}
    assert hch.well_founded


def test_the_circle_is_to_blame_and_not_what_asks_it() -> None:
    hch = solve_hch(world(a=copying("b"), b=copying("c"), c=copying("b"), d=Leaf("yes")))
    assert hch.answers == {"d": "yes"}
    assert hch.undefined == ("a", "b", "c")
    assert [(cycle.questions, str(cycle)) for cycle in hch.cycles] == [(("b", "c"), "b → c → b")]
    assert "it asks what leads back to itself (b → c → b)" in hch.explain_missing("a")
    with pytest.raises(NotDefinedError, match="the question leads back to itself"):
        hch.get_answer("b", "a")


def test_a_circle_that_is_never_entered_does_no_harm() -> None:
    careful: Tree[str | None] = Branch(("c",), {("yes",): Leaf("yes"), ("no",): copying("a")})
    hch = solve_hch(world(a=careful, c=Leaf("yes")))
    assert hch.answers == {"a": "yes", "c": "yes"}
    assert world(a=careful, c=Leaf("yes")).subquestions["a"] == ["c", "a"]


def test_two_circles_are_told_apart() -> None:
    hch = solve_hch(world(a=copying("a"), b=copying("c"), c=copying("b")))
    assert [cycle.questions for cycle in hch.cycles] == [("a",), ("b", "c")]


def test_a_pass_is_heard_as_no_answer_and_what_cannot_go_on_passes_too() -> None:
    hears: Tree[str | None] = Branch(("a",), {("yes",): Leaf("yes"), ("no",): Leaf("no"), (None,): Leaf("no")})
    hch = solve_hch(world(a=Leaf(None), b=hears, c=copying("a")))
    assert hch.answers == {"a": None, "b": "no", "c": None}
    with pytest.raises(NotDefinedError, match="passes on “a”, and “b” needs an answer"):
        hch.get_answer("a", "b")


def test_hch_is_what_consulting_itself_to_growing_depths_comes_to() -> None:
    generator = random.Random(0)
    for _ in range(1000):
        instance = random_world(generator)
        known = brute.hch(instance)
        assert solve_hch(instance).well_founded == (known is not None)
        if known is not None:
            assert solve_hch(instance).answers == known
