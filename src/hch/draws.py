"""How a sampled question's draw reaches what is asked below it.

Two draws of one question must be free to differ, so what H asks while answering draw 1 is not what it asks while
answering draw 0: each level mixes its own draw into those it asks for. Only a few streams are kept apart, so that HCH
stays a graph of few distinct questions; without that, every path through a tree would be a question of its own.
"""

from __future__ import annotations

STREAMS = 8


def drawn_below(parent: int | None, draw: int | None) -> int | None:
    """The draw of a sub-question that H asks for as ``draw`` while answering draw ``parent``; a bijection."""
    if draw is None or parent is None:
        return draw
    whole, part = divmod(draw, STREAMS)
    return whole * STREAMS + (7 * part + 3 * parent + 1) % STREAMS


def as_asked(parent: int | None, draw: int | None) -> int | None:
    """The draw that H asked for, from the one that was made of it: what ``drawn_below`` does, undone."""
    if draw is None or parent is None:
        return draw
    whole, part = divmod(draw, STREAMS)
    return whole * STREAMS + 7 * (part - 3 * parent - 1) % STREAMS
