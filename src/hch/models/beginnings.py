"""What prompts have in common from their first token on, such as one document, so that it is read once for all of them.

A prompt is one of a group where it has at least half of its tokens in common with the next one, in the order of their
tokens: two documents are apart, although both come after the same system prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """The places of some prompts, and how many of their first tokens are the same and are not the last of any."""

    places: list[int]
    length: int


def groups(prompts: Sequence[Sequence[int]]) -> list[Group]:
    """The prompts that begin alike. Each prompt is in one group; alone, it shares nothing."""
    order = sorted(range(len(prompts)), key=lambda place: list(prompts[place]))
    found: list[Group] = []
    for place in order:
        mine = prompts[place]
        if found:
            last = found[-1].places[-1]
            same = _same(prompts[last], mine)
            if 2 * same >= min(len(prompts[last]), len(mine)):
                before = found[-1].length if len(found[-1].places) > 1 else same
                found[-1] = Group([*found[-1].places, place], min(before, same))
                continue
        found.append(Group([place], 0))
    return found


def _same(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens are the same; one is left, as a model says what comes after the last token that it is shown."""
    most = min(len(one), len(other)) - 1
    return next((place for place in range(most) if one[place] != other[place]), max(0, most))
