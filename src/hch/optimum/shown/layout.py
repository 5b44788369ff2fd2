"""Where the questions of a world stand when it is drawn: whoever asks above what is asked, in rows that fit a width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A card's place, in pixels: its left upper corner and its size; ``row`` counts from the top."""

    x: float
    y: float
    width: float
    height: float
    row: int

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height


GAP, MARGIN = 26.0, 34.0
"""Pixels between cards, and around all of them."""
WITH_ARROWS, WITHOUT = 56.0, 22.0
"""Pixels between rows."""


def layers(asks: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The questions in layers: each below all that ask it, but for questions that lead back to themselves.

    Those of one circle are beside each other. In a layer questions are near those that ask them.
    """
    import networkx

    graph = networkx.DiGraph()
    graph.add_nodes_from(asks)
    graph.add_edges_from((one, other) for one, found in asks.items() for other in found if other in asks)
    circles = networkx.condensation(graph)
    depth: dict[int, int] = {}
    for circle in networkx.topological_sort(circles):
        depth[circle] = max((depth[above] + 1 for above in circles.predecessors(circle)), default=0)
    order = {question: number for number, question in enumerate(asks)}
    found: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for circle, level in depth.items():
        found[level] += circles.nodes[circle]["members"]
    position: dict[str, float] = {}
    for level, layer in enumerate(found):

        def pull(question: str) -> tuple[float, int, int]:
            circle = circles.nodes[circles.graph["mapping"][question]]["members"]
            above = [position[asker] for each in circle for asker in graph.predecessors(each) if asker in position]
            first = min(order[each] for each in circle)
            return (sum(above) / len(above) if above else float(first), first, order[question])

        layer.sort(key=pull)
        for number, question in enumerate(layer):
            position[question] = (number + 0.5) / len(layer) * len(found[0]) if level else float(number)
    return found


def places(
    asks: Mapping[str, Sequence[str]], heights: Mapping[str, float], width: float, card: float
) -> tuple[dict[str, Place], float]:
    """Where each card goes on a picture of this width, and how high the picture is."""
    columns = max(1, int((width - 2 * MARGIN + GAP) // (card + GAP)))
    between = WITH_ARROWS if any(asks.values()) else WITHOUT
    found: dict[str, Place] = {}
    y, row = MARGIN, 0
    for layer in layers(asks):
        for start in range(0, len(layer), columns):
            cards = layer[start : start + columns]
            whole = len(cards) * card + (len(cards) - 1) * GAP
            x = (width - whole) / 2
            for question in cards:
                found[question] = Place(x, y, card, heights[question], row)
                x += card + GAP
            y += max(heights[question] for question in cards) + between
            row += 1
    return found, y - between + MARGIN
