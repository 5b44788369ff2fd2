"""Search in all of a tree: every node at its first place, whether anybody has looked at it before or not."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec
from sqlalchemy import Connection, select

from hch.people.store.consulted import Given
from hch.people.store.content import portions
from hch.people.store.scanning import Scanned, scan
from hch.people.store.tables import questions
from hch.people.store.whole_trees import WholeTree


class Sought(msgspec.Struct, frozen=True):
    """What is looked for: nodes whose texts have all these words, with this outcome or state, by this answerer.

    What is empty does not matter. Neither does the case of letters.
    """

    text: str = ""
    outcome: str = ""
    by: str = ""

    @property
    def words(self) -> list[str]:
        return self.text.casefold().split()

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.outcome or self.by)


class Hit(msgspec.Struct, frozen=True, order=True):
    """A node that was found: the number of the part ``above`` it (-1: it is the root), and its place there."""

    above: int
    place: int


class Hits(msgspec.Struct, frozen=True):
    """Some of what was found, in the order of the tree, shallowest first; ``total`` is how much there is."""

    total: int
    some: list[Hit]


def search(connection: Connection, tree: WholeTree, sought: Sought, places: range) -> Hits:
    """Looks through the whole tree, and returns those of the hits that are at these places of the list."""
    found: list[Hit] = []
    undecided: list[tuple[Hit, str, str]] = []
    for each in scan(connection, tree.branches[0]):
        number = tree.numbers.get(each.branch)
        if number is None:
            continue
        if _fits(sought, each.state, each.by) and _has(sought, each.question, each.text, each.reason):
            found.append(Hit(tree.above[number], tree.places[number]))
        undecided.extend(_leaves(each, number, sought))
    found.extend(_decided(connection, undecided, sought))
    found.sort()
    return Hits(len(found), found[places.start : places.stop])


def _leaves(each: Scanned, number: int, sought: Sought) -> Iterator[tuple[Hit, str, str]]:
    """What was asked and goes no further, where all but its question fits: with its question's id and its answer."""
    for place, one in enumerate(each.asked):
        if one.below is None and _fits(sought, one.state, one.given.by if one.given else ""):
            yield Hit(number, place), one.question_id, _said(one.given)


def _decided(connection: Connection, undecided: list[tuple[Hit, str, str]], sought: Sought) -> Iterator[Hit]:
    texts = _texts(connection, {question for _, question, _ in undecided}) if sought.words else {}
    return (hit for hit, question, said in undecided if _has(sought, texts.get(question, ""), said))


def _texts(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for those in portions(list(ids)):
        rows = connection.execute(select(questions.c.id, questions.c.text).where(questions.c.id.in_(those)))
        found.update((row.id, row.text) for row in rows)
    return found


def _fits(sought: Sought, state: str, by: str) -> bool:
    return sought.outcome in ("", state) and sought.by in ("", by)


def _has(sought: Sought, *texts: str) -> bool:
    words = sought.words
    if not words:
        return True
    text = "\n".join(texts).casefold()
    return all(word in text for word in words)


def _said(given: Given | None) -> str:
    return "" if given is None else f"{given.text}\n{given.reason}"
