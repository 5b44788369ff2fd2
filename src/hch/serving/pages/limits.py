"""How often somebody may do something: a bucket for each that fills up again with time.

All of it is in memory, and for one process: a restart forgets.
"""

from __future__ import annotations

import threading
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
    """At most ``burst`` at once, and ``per_minute`` in the long run, for each key."""

    burst: float
    per_minute: float
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __call__(self, key: str, now: float | None = None) -> None:
        """Counts one more. Raises TooOftenError."""
        now = time.monotonic() if now is None else now
        with self._turn:
            left, since = self._buckets.pop(key, (self.burst, now))
            left = min(self.burst, left + (now - since) * self.per_minute / 60)
            enough = left >= 1
            self._buckets[key] = (left - 1 if enough else left), now
            while len(self._buckets) > MOST_KEYS:
                self._buckets.popitem(last=False)
        if not enough:
            raise TooOftenError((1 - left) * 60 / self.per_minute)


@dataclass(frozen=True)
class Pace:
    """How often at once, and a minute in the long run, anybody may do what.

    Of sign-in attempts: from one address, and on one name, whoever makes them. Of requests: in one session; that is
    against scripts that run wild, since no person is that quick.
    """

    attempts_by_address: tuple[float, float] = (30, 30)
    attempts_by_name: tuple[float, float] = (8, 4)
    requests: tuple[float, float] = (600, 3600)


class Limits:
    """The limits of an application, and what has been counted against them."""

    def __init__(self, pace: Pace) -> None:
        self._by_address = Limit(*pace.attempts_by_address)
        self._by_name = Limit(*pace.attempts_by_name)
        self._requests = Limit(*pace.requests)

    def attempt(self, address: str, name: str = "") -> None:
        """Counts an attempt to come in, under a name where one is given. Raises TooOftenError."""
        self._by_address(address)
        if name.strip():
            # As the store finds people: however it is spelled, it is one name.
            self._by_name(" ".join(name.split()).casefold())

    def request(self, session: str) -> None:
        """Counts a request. Raises TooOftenError."""
        self._requests(session)
