"""How much lies below some roots, for a list of them: level by level for all at once, and no further than it may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select, true

from hch.people.store.consulted import read_rounds
from hch.people.store.content import portions
from hch.people.store.exploring import Branch, roots_too, rounds_as_text
from hch.people.store.tables import consultations, transcripts, workspaces

MOST_COUNTED, DEEPEST = 20_000, 30
"""Consultations that are gone through for one list, and levels."""

_Below = dict[Branch, tuple[int, list[Branch]]]


class Size(msgspec.Struct, frozen=True):
    """How many consultations lie below a root, each counted once, and how deep: at least so many unless ``exact``."""

    nodes: int = 0
    depth: int = 0
    exact: bool = True


def sizes(
    connection: Connection, project: int, ids: Sequence[int], most: int = MOST_COUNTED, deepest: int = DEEPEST
) -> dict[int, Size]:
    """What lies below these root workspaces of a project."""
    found = dict.fromkeys(ids, Size())
    seen = {(root, Branch(workspace=root)) for root in ids}
    level, left = set(seen), most
    for depth in range(1, deepest + 1):
        below = _below(connection, project, {branch for _, branch in level}, left)
        further: set[tuple[int, Branch]] = set()
        for root, branch in level:
            count, branches = below.get(branch, (0, []))
            if count:
                found[root] = Size(found[root].nodes + count, depth)
                further |= {(root, each) for each in branches}
            left -= count
        if left <= 0:
            break
        level = further - seen
        if not level:
            break
        seen |= level
    return found | {root: msgspec.structs.replace(found[root], exact=False) for root, _ in level}


def _below(connection: Connection, project: int, branches: Iterable[Branch], most: int) -> _Below:
    """How much was asked in each of these, and where it goes on; at most so much in all."""
    wanted = sorted(branches)
    by_people = _in_workspaces(connection, project, [each.workspace for each in wanted if each.workspace], most)
    return by_people | _in_transcripts(connection, [each.transcript for each in wanted if each.transcript])


def _in_workspaces(connection: Connection, project: int, ids: Sequence[int], most: int) -> _Below:
    c, w = consultations.c, workspaces.c
    rows: list[Any] = []
    for those in portions(ids):
        query = select(c.workspace_id, c.key, c.transcript_id).where(c.workspace_id.in_(those))
        rows.extend(connection.execute(query.limit(most)))
    linked = true() if rows and roots_too(connection, project) else ~w.root
    people: dict[str, int] = {}
    for keys in portions(sorted({row.key for row in rows})):
        query = select(w.key, w.id).where(w.project_id == project, w.key.in_(keys), linked)
        people.update((row.key, row.id) for row in connection.execute(query))
    found: _Below = {}
    for row in rows:
        count, below = found.get(Branch(workspace=row.workspace_id), (0, []))
        if row.key in people:
            below.append(Branch(workspace=people[row.key]))
        elif row.transcript_id:
            below.append(Branch(row.transcript_id))
        found[Branch(workspace=row.workspace_id)] = count + 1, below
    return found


def _in_transcripts(connection: Connection, ids: Sequence[str]) -> _Below:
    found: _Below = {}
    for those in portions(ids):
        query = select(transcripts.c.id, rounds_as_text()).where(transcripts.c.id.in_(those))
        for row in connection.execute(query):
            flat = [each for round_ in read_rounds(row.rounds) for each in round_]
            found[Branch(row.id)] = len(flat), [Branch(each.transcript) for each in flat if each.transcript]
    return found
