"""How often somebody may do something: a bucket for each that fills up again with time."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field

MOST_KEYS = 10_000


class TooOftenError(Exception):
    """Somebody does something too often; ``seconds`` until they may again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} seconds")
        self.seconds = seconds


@dataclass
class Limit:
    """At most ``burst`` at once, and ``per_minute`` in the long run, for each key. In memory: a restart forgets."""

    burst: float
    per_minute: float
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def __call__(self, key: str, now: float | None = None) -> None:
        """Counts one more. Raises TooOftenError."""
        now = time.monotonic() if now is None else now
        left, since = self._buckets.pop(key, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.per_minute / 60)
        if left < 1:
            self._buckets[key] = left, now
            raise TooOftenError((1 - left) * 60 / self.per_minute)
        self._buckets[key] = left - 1, now
        while len(self._buckets) > MOST_KEYS:
            self._buckets.popitem(last=False)
