"""Contexts that this process has read lately: they never change, and a long one takes long to read again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from hch.types import Context

MOST_LETTERS = 20_000_000


class KnownContexts:
    """Contexts by their ids, those used last. Ids are hashes of what is in them, so one serves all stores."""

    def __init__(self, most_letters: int = MOST_LETTERS) -> None:
        self.most_letters = most_letters
        self._letters = 0
        self._known: OrderedDict[str, Context] = OrderedDict()
        self._lock = threading.Lock()

    def among(self, ids: Iterable[str]) -> dict[str, Context]:
        """Those of the ids that are known, with their contexts."""
        with self._lock:
            found = {id_: self._known[id_] for id_ in ids if id_ in self._known}
            for id_ in found:
                self._known.move_to_end(id_)
            return found

    def add(self, found: Mapping[str, Context]) -> None:
        """Remembers contexts, and forgets those that have not been used for longest."""
        with self._lock:
            for id_, context in found.items():
                if id_ not in self._known:
                    self._known[id_] = context
                    self._letters += _letters(context)
            while self._letters > self.most_letters:
                _, oldest = self._known.popitem(last=False)
                self._letters -= _letters(oldest)


def _letters(context: Context) -> int:
    # Each fact takes some room beside its letters, and so does the context.
    return 100 + sum(100 + len(fact) for fact in context.facts)
