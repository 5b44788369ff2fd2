"""The map on this machine: everything at once, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Local:
    """Awaits the function on all items together."""

    async def __call__(self, function: Callable[[T], Awaitable[R]], items: Sequence[T], /) -> list[R]:
        return list(await asyncio.gather(*(function(item) for item in items)))
