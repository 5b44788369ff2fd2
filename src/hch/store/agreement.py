"""How far people agree who answered the same question unseen by each other, and how often known answers are met."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Hashable, Mapping
from itertools import combinations
from typing import Literal

import msgspec
from sqlalchemy import Connection, select

from hch.store.items import CHOOSE, RATE, WORK
from hch.store.tables import workspaces
from hch.types import Outcome

Ratings = Mapping[Hashable, Mapping[int, str]]
"""What each person said of each thing."""


class Measure(msgspec.Struct, frozen=True):
    """Krippendorff's alpha: 1 is perfect, 0 what chance would give. None where ``reason`` says why.

    ``same`` of ``pairs`` pairs of answers to one thing are the same; ``people`` gave them, to ``things``.
    """

    alpha: float | None
    reason: str
    same: int
    pairs: int
    people: int
    things: int


class Agreement(msgspec.Struct, frozen=True):
    """A project's agreement on answers, ratings and choices, and of each person how many known answers were met."""

    answers: Measure
    ratings: Measure
    choices: Measure
    gold: dict[int, tuple[int, int]]
    """Of each person: right, of so many answered."""


def agreement(connection: Connection, project: int) -> Agreement:
    """How far the people of a project agree."""
    w = workspaces.c
    columns = (w.kind, w.subject, w.person_id, w.text, w.material, w.gold)
    query = select(*columns).where(w.project_id == project, w.state == str(Outcome.ANSWERED), w.person_id.is_not(None))
    said: dict[str, dict[Hashable, dict[int, str]]] = {kind: defaultdict(dict) for kind in (WORK, RATE, CHOOSE)}
    gold: dict[int, tuple[int, int]] = {}
    for row in connection.execute(query.order_by(w.id)):
        thing = row.subject if row.kind == WORK else (row.subject, *row.material["answers"])
        said[row.kind][thing][row.person_id] = row.text if row.kind != WORK else normal(row.text)
        if row.gold is not None:
            right, answered = gold.get(row.person_id, (0, 0))
            gold[row.person_id] = right + (normal(row.gold) == normal(row.text)), answered + 1
    return Agreement(
        measure(said[WORK], "nominal"), measure(said[RATE], "interval"), measure(said[CHOOSE], "nominal"), gold
    )


def normal(text: str) -> str:
    """A text without what does not matter: case, spaces, a full stop at its end."""
    return " ".join(text.casefold().split()).rstrip(".")


def measure(said: Ratings, level: Literal["nominal", "interval"]) -> Measure:
    """Krippendorff's alpha of what people said, over all things of which at least two said something."""
    shared = {thing: by for thing, by in said.items() if len(by) > 1}
    people = sorted({person for by in shared.values() for person in by})
    pairs = [pair for by in shared.values() for pair in combinations(by.values(), 2)]
    same = sum(one == other for one, other in pairs)
    counts = (same, len(pairs), len(people), len(shared))
    if not pairs:
        return Measure(None, "no two people have answered the same", *counts)
    values = sorted({value for by in shared.values() for value in by.values()})
    if len(values) == 1:
        return Measure(None, "all answers are the same, so there is nothing that chance could have got wrong", *counts)
    import krippendorff
    import numpy as np

    number = {value: float(value) if level == "interval" else float(place) for place, value in enumerate(values)}
    table = np.full((len(people), len(shared)), np.nan)
    for column, by in enumerate(shared.values()):
        for person, value in by.items():
            table[people.index(person), column] = number[value]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        alpha = float(krippendorff.alpha(reliability_data=table, level_of_measurement=level))
    return Measure(alpha, "", *counts)
