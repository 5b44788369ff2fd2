"""The maximum-entropy reward of demonstrated choices, as far as it decides what is best.

With a reward for each kind of answer, P(answer) is proportional to exp(reward), and the rewards are the likeliest ones:
this is Luce's model of choice. Its estimate is finite where every kind can be reached from every other along "was
chosen before" (Ford 1957); between groups of kinds for which that fails, the difference grows without bound.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction

from hch.optimum.world.errors import NotDefinedError, OutOfReachError
from hch.optimum.world.world import Number

Offer = dict[str, int]
"""How many answers of each kind a question has."""

CLOSE = 1e-6
"""Rewards nearer than this that are not equal for a reason are not called equal, nor different."""


def ranked(
    offered: Mapping[str, Mapping[str, str]], chosen: Mapping[str, tuple[str, Number]]
) -> dict[str, frozenset[str]]:
    """The kinds with the highest learned reward, for each question.

    ``offered`` has the kind of every answer by question, ``chosen`` the kind of what H did with how often. Raises
    NotDefinedError where what H did does not say which of a question's kinds is best, OutOfReachError where that is too
    close.
    """
    import networkx

    counts = {question: _counted(kinds.values()) for question, kinds in offered.items()}
    graph = networkx.DiGraph()
    for question, (shown, _) in chosen.items():
        graph.add_node(shown)
        graph.add_edges_from((other, shown) for other in counts[question] if other != shown)
    group = {kind: n for n, group in enumerate(networkx.strongly_connected_components(graph)) for kind in group}
    members: dict[int, set[str]] = {}
    for kind, number in group.items():
        members.setdefault(number, set()).add(kind)
    above = networkx.condensation(graph) if len(members) > 1 else None
    place = above.graph["mapping"] if above is not None else None
    rewards: dict[int, tuple[Mapping[str, Number], float]] = {}
    found = {}
    for question, offer in counts.items():
        kinds = list(offer)
        if len(kinds) == 1 or not any(kind in group for kind in kinds):
            # Nothing to choose, or nothing known of any: then all are equal, as nothing else has more entropy.
            found[question] = frozenset(kinds)
            continue
        top = _top_group(question, kinds, group, graph if above is None else (above, place))
        number = group[top[0]]
        if number not in rewards:
            inside = [(counts[q], k, w) for q, (k, w) in chosen.items() if group[k] == number]
            rewards[number] = _rewards(inside, members[number])
        known, margin = rewards[number]
        highest = max(known[kind] for kind in top)
        best = frozenset(kind for kind in top if known[kind] == highest)
        if margin and any(highest - known[kind] < margin for kind in top if kind != max(top, key=known.__getitem__)):
            raise OutOfReachError(f"the rewards that “{question}” turns on are too close to be told apart")
        found[question] = best
    return found


def _counted(kinds: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind in kinds:
        found[kind] = found.get(kind, 0) + 1
    return found


def _top_group(question: str, kinds: list[str], group: Mapping[str, int], graphs: object) -> list[str]:
    """Those of a question's kinds that are in the group above all its others.

    Raises NotDefinedError where no group is: H never chose between them, directly or through others.
    """
    unknown = [kind for kind in kinds if kind not in group]
    present = {group[kind] for kind in kinds if kind in group}
    if not unknown and len(present) == 1:
        return kinds
    if not unknown and isinstance(graphs, tuple):
        import networkx

        condensed, place = graphs
        nodes = {place[kind] for kind in kinds}
        for node in nodes:
            if nodes - {node} <= networkx.ancestors(condensed, node):
                return [kind for kind in kinds if place[kind] == node]
    raise NotDefinedError(
        f"what H does never compares all the kinds of answer to “{question}”, so their rewards are anything"
    )


def _rewards(shown: list[tuple[Offer, str, Number]], kinds: Collection[str]) -> tuple[Mapping[str, Number], float]:
    """What orders the kinds of one group as their rewards do, and how far apart two have to be for that to be sure.

    Where every question offers the kinds in one proportion, a kind's exp(reward) is in proportion to how often it was
    chosen for each time that it was there. Two kinds are ordered by the sign of the likelihood's slope at equality.
    """
    inside = [({k: n for k, n in offer.items() if k in kinds}, best, weight) for offer, best, weight in shown]
    order = sorted(kinds)
    if len(order) == 1:
        return {order[0]: 0}, 0.0
    inside = [each for each in inside if len(each[0]) > 1]
    chosen = {kind: sum((Fraction(w) for _, best, w in inside if best == kind), Fraction()) for kind in order}
    shares = {tuple(Fraction(offer.get(kind, 0), sum(offer.values())) for kind in order) for offer, _, _ in inside}
    if len(shares) == 1:
        (share,) = shares
        return {kind: chosen[kind] / part for kind, part in zip(order, share, strict=True)}, 0.0
    if len(order) == 2:
        first = order[0]
        slope = chosen[first] - sum(Fraction(w) * Fraction(o[first], sum(o.values())) for o, _, w in inside)
        return {first: slope, order[1]: 0}, 0.0
    return _climbed(inside, order), CLOSE


def _climbed(inside: list[tuple[dict[str, int], str, Number]], order: list[str]) -> dict[str, Number]:
    """The rewards by Hunter's iteration, which raises the likelihood with every step (Hunter 2004), then as floats."""
    strength = dict.fromkeys(order, 1.0)
    wins = dict.fromkeys(order, 0.0)
    for _, best, weight in inside:
        wins[best] += float(weight)
    for _ in range(100_000):
        below = dict.fromkeys(order, 0.0)
        for offer, _, weight in inside:
            whole = sum(count * strength[kind] for kind, count in offer.items())
            for kind, count in offer.items():
                below[kind] += float(weight) * count / whole
        new = {kind: wins[kind] / below[kind] for kind in order}
        mean = math.exp(sum(map(math.log, new.values())) / len(new))
        new = {kind: each / mean for kind, each in new.items()}
        moved = max(abs(math.log(new[kind] / strength[kind])) for kind in order)
        strength = new
        if moved < 1e-13:
            break
    else:
        raise OutOfReachError("the maximum-entropy reward was not found to enough digits")
    return {kind: Fraction(math.log(each)) for kind, each in strength.items()}
