"""What H does with a question, as a tree: a leaf has the outcome, a branch what is asked and where hearing it leads.

A consulting human in a finite world is nothing else: a policy over workspaces, every workspace of it written out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Generic, TypeVar

from hch.optimum.world.errors import OutOfReachError, WorldError

L = TypeVar("L")
K = TypeVar("K")

Heard = tuple[str | None, ...]
"""What H hears to the questions of one action, in their order: a text each, or None where no answer came."""

MOST_LEAVES = 200_000
"""Leaves of one tree that are written out; what has more cannot be looked at case by case."""


@dataclass(frozen=True, slots=True)
class Leaf(Generic[L]):
    """H is done: a reply, a rating. Of a reply, None is a pass."""

    value: L


@dataclass(frozen=True, slots=True)
class Asks(Generic[L]):
    """H asks these questions at once, and ``then`` says how it goes on from each hearing."""

    questions: tuple[str, ...]
    then: Mapping[Heard, Leaf[L] | Asks[L]]


Tree = Leaf[L] | Asks[L]

Known = Mapping[str, str | None]
"""What H has heard so far, by question."""


def after(branch: Asks[L], heard: Heard) -> Tree[L] | None:
    """How H goes on; None where the world says nothing of it, which is only allowed if an answer did not come.

    Raises WorldError where all answers came.
    """
    found = branch.then.get(heard)
    if found is None and None not in heard:
        asked = ", ".join(f"“{q}”: “{text}”" for q, text in zip(branch.questions, heard, strict=True))
        raise WorldError(f"the world does not say how H goes on when it hears {asked}")
    return found


def paths(
    tree: Tree[L], readings: Mapping[str, Collection[str]], known: Mapping[str, str] | None = None
) -> Iterator[tuple[dict[str, str], L]]:
    """Each way through a tree that these readings allow: what is heard on it, and the leaf at its end.

    ``readings`` has what H may hear of each question. The ways exclude one another, and one of them is always taken.
    """
    known = dict(known or {})
    if isinstance(tree, Leaf):
        yield known, tree.value
        return
    fresh = [question for question in dict.fromkeys(tree.questions) if question not in known]
    for texts in product(*(readings[question] for question in fresh)):
        heard = known | dict(zip(fresh, texts, strict=True))
        below = after(tree, tuple(heard[question] for question in tree.questions))
        assert below is not None, "every answer came"
        if isinstance(below, Leaf):
            yield heard, below.value
        else:
            yield from paths(below, readings, heard)


def followed(tree: Tree[L], answers: Callable[[str], str]) -> L:
    """The leaf that H comes to if this is what it hears."""
    while isinstance(tree, Asks):
        below = after(tree, tuple(map(answers, tree.questions)))
        assert below is not None, "every answer came"
        tree = below
    return tree.value


def asked(tree: Tree[L]) -> list[str]:
    """All questions that H may ask, each once, those it asks first first."""
    found: dict[str, None] = {}
    waiting: list[Tree[L]] = [tree]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Asks):
            found.update(dict.fromkeys(current.questions))
            waiting.extend(below for below in current.then.values() if isinstance(below, Asks))
    return list(found)


def combined(
    trees: Sequence[Tree[L]], of: Callable[[tuple[L, ...]], K], readings: Mapping[str, Collection[str]]
) -> Tree[K]:
    """One tree that goes through all of these, one after another, and never asks again what it has heard.

    Raises OutOfReachError where it has more leaves than can be looked at.
    """
    if all(isinstance(tree, Leaf) for tree in trees):
        return Leaf(of(tuple(tree.value for tree in trees if isinstance(tree, Leaf))))
    leaves = 0

    def grown(tree: Tree[L], rest: Sequence[Tree[L]], done: tuple[L, ...], known: Mapping[str, str]) -> Tree[K]:
        nonlocal leaves
        while isinstance(tree, Leaf):
            done = (*done, tree.value)
            if not rest:
                leaves += 1
                if leaves > MOST_LEAVES:
                    raise OutOfReachError(
                        f"what H does in one place has over {MOST_LEAVES:,} cases, each to be looked at"
                    )
                return Leaf(of(done))
            tree, rest = rest[0], rest[1:]
        fresh = [question for question in dict.fromkeys(tree.questions) if question not in known]
        then: dict[Heard, Tree[K]] = {}
        for texts in product(*(readings[question] for question in fresh)):
            heard = {**known, **dict(zip(fresh, texts, strict=True))}
            below = after(tree, tuple(heard[question] for question in tree.questions))
            assert below is not None, "every answer came"
            then[texts] = grown(below, rest, done, heard)
        return then[()] if not fresh else Asks(tuple(fresh), then)

    return grown(trees[0], trees[1:], (), {})
