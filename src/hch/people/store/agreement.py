"""How far people agree who answered the same question unseen by each other, and how often known answers are met."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from hch.people.store.items import CHOOSE, RATE, WORK
from hch.people.store.tables import workspaces
from hch.types import Outcome

Level = Literal["nominal", "interval"]
"""Whether values are the same or not, or are numbers that may be more or less far apart."""


class Measure(msgspec.Struct, frozen=True):
    """Krippendorff's alpha: 1 is perfect, 0 what chance would give. None where ``reason`` says why.

    ``same`` of ``pairs`` pairs of answers to one thing are the same; ``people`` gave them, to ``things``. What only one
    person answered does not count.
    """

    alpha: float | None
    reason: str
    same: int
    pairs: int
    people: int
    things: int

    @property
    def share(self) -> float | None:
        """The share of pairs that are the same; None where there are none."""
        return self.same / self.pairs if self.pairs else None


class Met(NamedTuple):
    """Of the questions whose answer is known, how many somebody answered rightly, and how many at all."""

    right: int
    answered: int


class Agreement(msgspec.Struct, frozen=True):
    """A project's agreement on answers, ratings and choices, and of each person how many known answers they met."""

    answers: Measure
    ratings: Measure
    choices: Measure
    gold: dict[int, Met]


def agreement(connection: Connection, project: int) -> Agreement:
    """How far the people of a project agree: on answers and choices as they are, on ratings as numbers."""
    w = workspaces.c
    columns = (w.kind, w.subject, w.person_id, w.text, w.material, w.gold)
    query = select(*columns).where(w.project_id == project, w.state == str(Outcome.ANSWERED), w.person_id.is_not(None))
    said: dict[str, dict[Hashable, dict[int, str]]] = {kind: defaultdict(dict) for kind in (WORK, RATE, CHOOSE)}
    gold: dict[int, Met] = {}
    for row in connection.execute(query.order_by(w.id)):
        thing = row.subject if row.kind == WORK else (row.subject, *row.material["answers"])
        said[row.kind][thing][row.person_id] = row.text if row.kind != WORK else normal(row.text)
        if row.gold is not None:
            right, answered = gold.get(row.person_id, (0, 0))
            gold[row.person_id] = Met(right + (normal(row.gold) == normal(row.text)), answered + 1)
    return Agreement(
        measure(said[WORK].values(), "nominal"),
        measure(said[RATE].values(), "interval"),
        measure(said[CHOOSE].values(), "nominal"),
        gold,
    )


def normal(text: str) -> str:
    """A text without what does not matter: case, spaces, how an accent is encoded, a full stop at its end."""
    return unicodedata.normalize("NFC", " ".join(text.casefold().split())).rstrip(".")


def measure(said: Iterable[Mapping[int, str]], level: Level) -> Measure:
    """Krippendorff's alpha of what each person said about each thing, over the things that at least two answered."""
    shared = [by for by in said if len(by) > 1]
    counts = [Counter(by.values()) for by in shared]
    people = {person for by in shared for person in by}
    same = sum(_pairs(number) for count in counts for number in count.values())
    pairs = sum(_pairs(count.total()) for count in counts)
    figures = (same, pairs, len(people), len(shared))
    if not pairs:
        return Measure(None, "no two people have answered the same", *figures)
    if len({value for count in counts for value in count}) == 1:
        return Measure(None, "all answers are the same, so there is nothing that chance could have got wrong", *figures)
    return Measure(_alpha(counts, level), "", *figures)


def _alpha(counts: Sequence[Counter[str]], level: Level) -> float:
    """Krippendorff's alpha, 1 − observed / expected disagreement, from how far the values of each thing are spread.

    The usual table of values by values would, for free text, soon take gigabytes. K. Krippendorff, "Computing
    Krippendorff's alpha-reliability", 2011.
    """
    total = Counter[str]()
    for count in counts:
        total.update(count)
    within = sum(_spread(count, level) / (count.total() - 1) for count in counts)
    return 1 - within / (_spread(total, level) / (total.total() - 1))


def _spread(count: Counter[str], level: Level) -> float:
    """The sum over all pairs of values, in both orders, of how far they are apart."""
    if level == "nominal":
        return count.total() ** 2 - sum(number**2 for number in count.values())
    numbers = {float(value): number for value, number in count.items()}
    squares = sum(number * value**2 for value, number in numbers.items())
    return 2 * (count.total() * squares - sum(number * value for value, number in numbers.items()) ** 2)


def _pairs(number: int) -> int:
    return number * (number - 1) // 2
