"""What H does with a question, as a policy tree: a branch asks questions, each possible observation leads on.

A consulting human in a finite world is a policy over workspaces; the tree lists every workspace that can occur.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Generic, TypeVar

from hch.optimum.world.errors import OutOfReachError, WorldError

L = TypeVar("L")
K = TypeVar("K")

Observation = tuple[str | None, ...]
"""What H reads as answers to the questions of one action, in their order; None where no answer came."""

MOST_LEAVES = 200_000
"""Leaves that one tree may have; a larger one takes too long to enumerate."""


@dataclass(frozen=True, slots=True)
class Leaf(Generic[L]):
    """H is done, with a reply or a rating as ``value``. As a reply, None means that H passes."""

    value: L


@dataclass(frozen=True, slots=True)
class Branch(Generic[L]):
    """H asks these questions at once; ``children`` has the next node for each observation."""

    questions: tuple[str, ...]
    children: Mapping[Observation, Leaf[L] | Branch[L]]


Tree = Leaf[L] | Branch[L]


def get_child(branch: Branch[L], observation: Observation) -> Tree[L] | None:
    """The node that an observation leads to. None if the world does not define it and some answer is missing.

    Raises WorldError if all answers came and the world still does not define it.
    """
    child = branch.children.get(observation)
    if child is None and None not in observation:
        answers = ", ".join(f"“{q}”: “{text}”" for q, text in zip(branch.questions, observation, strict=True))
        raise WorldError(f"the world does not say how H goes on when it hears {answers}")
    return child


def enumerate_paths(
    tree: Tree[L], views: Mapping[str, Collection[str]], known: Mapping[str, str] | None = None
) -> Iterator[tuple[dict[str, str], L]]:
    """Every path through a tree: what H hears to each question on the way, and the leaf's value.

    ``views`` has the texts that H may read as an answer to each question. Exactly one path is taken by every model.
    """
    known = dict(known or {})
    if isinstance(tree, Leaf):
        yield known, tree.value
        return
    # A question asked a second time gets the answer that it got before: models are functions.
    new = [question for question in dict.fromkeys(tree.questions) if question not in known]
    for texts in product(*(views[question] for question in new)):
        heard = known | dict(zip(new, texts, strict=True))
        child = get_child(tree, tuple(heard[question] for question in tree.questions))
        assert child is not None, "every answer came"
        if isinstance(child, Leaf):
            yield heard, child.value
        else:
            yield from enumerate_paths(child, views, heard)


def follow(tree: Tree[L], answer_of: Callable[[str], str]) -> L:
    """The value of the leaf that H reaches when ``answer_of`` gives what it hears to each question."""
    while isinstance(tree, Branch):
        child = get_child(tree, tuple(map(answer_of, tree.questions)))
        assert child is not None, "every answer came"
        tree = child
    return tree.value


def collect_questions(tree: Tree[L]) -> list[str]:
    """All questions that H may ask, each once, those near the root first."""
    questions: dict[str, None] = {}
    pending: list[Tree[L]] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, Branch):
            questions.update(dict.fromkeys(node.questions))
            pending.extend(child for child in node.children.values() if isinstance(child, Branch))
    return list(questions)


def combine_trees(
    trees: Sequence[Tree[L]], of: Callable[[tuple[L, ...]], K], views: Mapping[str, Collection[str]]
) -> Tree[K]:
    """One tree that runs through all of these in order and asks no question twice; ``of`` makes its leaves' values.

    Raises OutOfReachError where it would have more than MOST_LEAVES leaves.
    """
    if all(isinstance(tree, Leaf) for tree in trees):
        return Leaf(of(tuple(tree.value for tree in trees if isinstance(tree, Leaf))))
    leaves = 0

    def grow(tree: Tree[L], rest: Sequence[Tree[L]], values: tuple[L, ...], known: Mapping[str, str]) -> Tree[K]:
        nonlocal leaves
        while isinstance(tree, Leaf):
            values = (*values, tree.value)
            if not rest:
                leaves += 1
                if leaves > MOST_LEAVES:
                    raise OutOfReachError(f"H's behaviour at one question has over {MOST_LEAVES:,} cases to enumerate")
                return Leaf(of(values))
            tree, rest = rest[0], rest[1:]
        new = [question for question in dict.fromkeys(tree.questions) if question not in known]
        children: dict[Observation, Tree[K]] = {}
        for texts in product(*(views[question] for question in new)):
            heard = {**known, **dict(zip(new, texts, strict=True))}
            child = get_child(tree, tuple(heard[question] for question in tree.questions))
            assert child is not None, "every answer came"
            children[texts] = grow(child, rest, values, heard)
        return children[()] if not new else Branch(tuple(new), children)

    return grow(trees[0], trees[1:], (), {})
