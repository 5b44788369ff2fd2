"""A debate that was really held, as a world has it: which of its statements were made, and who wins by them.

So a world whose debates are solved can be trained in too, before the very judge that the solution is for.
"""

from __future__ import annotations

from collections.abc import Sequence

from hch.optimum.losses.debate import EVEN, Judge, weighing
from hch.optimum.world.world import Entry, Number, World
from hch.text.judgements import FIRST, SECOND, Judged


def made(entry: Entry, said: Sequence[tuple[str, str]]) -> frozenset[str]:
    """The names of the statements that were made. ``said`` has sides and texts, in their order.

    One that takes n turns is made where a side says it in n turns of its own in a row, a part in each.
    """
    sides = [[text for side, text in said if side == its] for its in (FIRST, SECOND)]
    return frozenset(
        statement.name
        for statement in entry.statements
        for texts in sides
        for start in range(len(texts) - statement.takes + 1)
        if " ".join(texts[start : start + statement.takes]) == statement.name
    )


def first_share(world: World, judged: Judged, judge: Judge = weighing) -> Number:
    """The share of the first side as the world's judge gives it; half where the question is none of the world's."""
    entry = world.by_question.get(judged.question)
    if entry is None:
        return EVEN
    first, second = judged.answers
    return judge(entry, first, second, made(entry, judged.statements))
