"""Lists that H takes apart: a longer one than H can do is asked about by halves, and so on down."""

from __future__ import annotations

import random
from typing import TypeVar

Each = TypeVar("Each")


def halves(whole: tuple[Each, ...]) -> tuple[tuple[Each, ...], tuple[Each, ...]]:
    """The list in two; the first half is the longer one, if one is."""
    middle = (len(whole) + 1) // 2
    return whole[:middle], whole[middle:]


def parts(whole: tuple[Each, ...], count: int, randomness: random.Random) -> list[tuple[Each, ...]]:
    """The whole list first, then parts of it that H would ask about, down to one alone; ``count`` in all."""
    asked = [whole]
    while len(asked) < count:
        part = whole
        for _ in range(randomness.randint(0, max((len(whole) - 1).bit_length(), 1))):
            part = randomness.choice(halves(part)) if len(part) > 1 else part
        asked.append(part)
    return asked[:count]


def halvings(longest: int) -> int:
    """How often a list is halved until two are left."""
    return max((longest - 1).bit_length() - 1, 0)
