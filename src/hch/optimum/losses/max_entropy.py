"""The maximum-entropy reward of demonstrated choices, as far as it decides what is best.

With a reward for each kind of answer, P(answer) is proportional to exp(reward), and the rewards maximise the likelihood
of the choices: Luce's model (Luce 1959, "Individual choice behavior"). Within a strongly connected set of kinds under
"was chosen before" the estimate is finite (Ford 1957); between such sets the difference grows without bound.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hch.optimum.world.errors import NotDefinedError, OutOfReachError
from hch.optimum.world.world import Number

if TYPE_CHECKING:
    import networkx

TOLERANCE = 1e-6
"""Two fitted rewards that are nearer than this are too close to be ordered."""

MOST_ITERATIONS = 100_000


@dataclass(frozen=True)
class Demonstration:
    """A choice that H made: how many answers of each kind were offered, the kind chosen, and the question's weight."""

    offered: Mapping[str, int]
    chosen: str
    weight: Number


def find_best_kinds(
    kinds: Mapping[str, Mapping[str, str]], chosen: Mapping[str, tuple[str, Number]]
) -> dict[str, frozenset[str]]:
    """The kinds with the highest learned reward, for each question.

    ``kinds`` has the kind of every answer by question, ``chosen`` the kind of H's choice and the question's weight, for
    the questions that H demonstrated. Raises NotDefinedError where the demonstrations do not decide which kind is best,
    OutOfReachError where two rewards are too close.
    """
    import networkx

    offers = {question: Counter(by_answer.values()) for question, by_answer in kinds.items()}
    shown = [Demonstration(offers[question], kind, weight) for question, (kind, weight) in chosen.items()]
    # An edge leads from a kind that was passed over to the one that was chosen instead.
    graph = networkx.DiGraph()
    for demonstration in shown:
        graph.add_node(demonstration.chosen)
        graph.add_edges_from(
            (kind, demonstration.chosen) for kind in demonstration.offered if kind != demonstration.chosen
        )
    groups = networkx.condensation(graph)
    group_of: Mapping[str, int] = groups.graph["mapping"]
    rewards: dict[int, tuple[Mapping[str, Number], float]] = {}
    best: dict[str, frozenset[str]] = {}
    for question, offer in offers.items():
        if len(offer) == 1 or not any(kind in group_of for kind in offer):
            # No choice, or no demonstration with any of these kinds: maximum entropy leaves all of them equal.
            best[question] = frozenset(offer)
            continue
        top = _select_top_group(question, list(offer), groups)
        group = group_of[top[0]]
        if group not in rewards:
            inside = [demonstration for demonstration in shown if group_of[demonstration.chosen] == group]
            rewards[group] = _fit_rewards(inside, groups.nodes[group]["members"])
        reward, tolerance = rewards[group]
        first = max(top, key=reward.__getitem__)
        if any(reward[first] - reward[kind] < tolerance for kind in top if kind != first):
            raise OutOfReachError(f"the rewards that “{question}” turns on are too close to be told apart")
        best[question] = frozenset(kind for kind in top if reward[kind] == reward[first])
    return best


def _select_top_group(question: str, kinds: list[str], groups: networkx.DiGraph[Any]) -> list[str]:
    """The kinds of a question that are in the group above all its others: its rewards are higher without bound.

    Raises NotDefinedError where there is no such group: H never chose between some of them, even indirectly.
    """
    import networkx

    group_of = groups.graph["mapping"]
    if all(kind in group_of for kind in kinds):
        present = {group_of[kind] for kind in kinds}
        for group in present:
            if present - {group} <= networkx.ancestors(groups, group):
                return [kind for kind in kinds if group_of[kind] == group]
    raise NotDefinedError(
        f"what H does never compares all the kinds of answer to “{question}”, so their rewards are anything"
    )


def _fit_rewards(demonstrations: list[Demonstration], kinds: Collection[str]) -> tuple[Mapping[str, Number], float]:
    """Numbers that order the kinds of one group as their rewards do, and the tolerance within which they may not.

    The two common cases have exact answers, with tolerance 0. If every question offers the kinds in one proportion,
    exp(reward) is proportional to how often a kind was chosen per time that it was offered. If there are two kinds, the
    sign of the likelihood's slope at equal rewards orders them, since the log-likelihood is concave.
    """
    order = sorted(kinds)
    if len(order) == 1:
        return {order[0]: 0}, 0.0
    inside = [
        Demonstration({kind: n for kind, n in d.offered.items() if kind in kinds}, d.chosen, d.weight)
        for d in demonstrations
    ]
    inside = [demonstration for demonstration in inside if len(demonstration.offered) > 1]
    wins = {kind: sum((Fraction(d.weight) for d in inside if d.chosen == kind), Fraction()) for kind in order}
    proportions = {tuple(Fraction(d.offered.get(kind, 0), sum(d.offered.values())) for kind in order) for d in inside}
    if len(proportions) == 1:
        (proportion,) = proportions
        return {kind: wins[kind] / share for kind, share in zip(order, proportion, strict=True)}, 0.0
    if len(order) == 2:
        first, second = order
        expected = sum(Fraction(d.weight) * Fraction(d.offered[first], sum(d.offered.values())) for d in inside)
        return {first: wins[first] - expected, second: 0}, 0.0
    return _fit_luce_model(inside, order), TOLERANCE


def _fit_luce_model(demonstrations: list[Demonstration], order: list[str]) -> dict[str, Number]:
    """The rewards by Hunter's MM algorithm (Hunter 2004, "MM algorithms for generalized Bradley-Terry models").

    Each step sets a kind's strength exp(reward) to its wins divided by its expected number of chances to win under the
    present strengths, which never lowers the likelihood; strengths are then scaled to a geometric mean of 1. Raises
    OutOfReachError where it has not converged after MOST_ITERATIONS steps.
    """
    strength = dict.fromkeys(order, 1.0)
    wins = dict.fromkeys(order, 0.0)
    for demonstration in demonstrations:
        wins[demonstration.chosen] += float(demonstration.weight)
    for _ in range(MOST_ITERATIONS):
        chances = dict.fromkeys(order, 0.0)
        for demonstration in demonstrations:
            total = sum(count * strength[kind] for kind, count in demonstration.offered.items())
            for kind, count in demonstration.offered.items():
                chances[kind] += float(demonstration.weight) * count / total
        updated = {kind: wins[kind] / chances[kind] for kind in order}
        scale = math.exp(sum(map(math.log, updated.values())) / len(updated))
        updated = {kind: value / scale for kind, value in updated.items()}
        change = max(abs(math.log(updated[kind] / strength[kind])) for kind in order)
        strength = updated
        if change < 1e-13:
            return {kind: Fraction(math.log(value)) for kind, value in strength.items()}
    raise OutOfReachError("the maximum-entropy reward did not converge to enough digits")
