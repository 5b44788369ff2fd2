"""Works out anew all that follows from something else in a store, and says where what is stored is not that.

Everything is streamed, so a store of any size can be verified in little memory. Nothing is changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from hch.people.store.problems import Checked, Problem
from hch.people.store.verify_contents import contents_of_contexts, contents_of_questions, contents_of_shown
from hch.people.store.verify_references import references
from hch.people.store.verify_transcripts import contents_of_transcripts, uses_of_transcripts
from hch.people.store.verify_workspaces import all_workspaces, receipts

CHECKS: dict[str, Callable[[Connection, Checked], Iterator[Problem]]] = {
    "contexts": contents_of_contexts,
    "questions": contents_of_questions,
    "shown": contents_of_shown,
    "transcripts": contents_of_transcripts,
    "uses": uses_of_transcripts,
    "workspaces": all_workspaces,
    "submissions": receipts,
    "references": references,
}
"""Each for the rows of one table; the last for what they all refer to."""


def verify(connection: Connection, checked: Checked | None = None) -> Iterator[Problem]:
    """Everything in a store that is not as it must be; counts by table what it has looked at in ``checked``."""
    counted: Checked = Counter() if checked is None else checked
    for table, check in CHECKS.items():
        try:
            yield from check(connection, counted)
        except (ValueError, TypeError, LookupError, AttributeError, msgspec.MsgspecError, DBAPIError) as error:
            what = f"a row cannot be read at all, and those after it were not looked at: {error!r}"
            yield Problem(table, f"after {counted[table]} rows", what)
