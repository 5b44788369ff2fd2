"""How a scripted human is written down: a generator function that yields questions and returns an outcome.

``answers = yield ask(q1, q2)`` consults; ``return reply(text)`` or ``return give_up(reason)`` ends. An answer that did
not come is None. humans/scripted.py makes a Human of it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from hch.types import Ask, Pass, Reply

Steps = Generator[Ask, list[str | None], Reply | Pass]
Script = Callable[[str], Steps]
"""From a question's text to the steps that H takes on it."""


def ask(*texts: str, draws: tuple[int | None, ...] = ()) -> Ask:
    """One or more sub-questions at once. With ``draws``, one entry for each text: a number asks for a sampled answer.

    Raises ValueError if there is another number of draws than of texts.
    """
    if draws and len(draws) != len(texts):
        raise ValueError(f"expected one draw for each of {len(texts)} texts, got {len(draws)}")
    return Ask(texts, draws)


reply = Reply
"""Ends with an answer: ``return reply("42")``."""

give_up = Pass
"""Ends without an answer, saying why: ``return give_up("the answer to … is not a number")``."""


def told(steps: Steps, hears: Callable[[str | None], str | None]) -> Steps:
    """The same steps, told each answer as ``hears`` makes it out; None where it makes out nothing."""
    try:
        asked = next(steps)
        while True:
            answers = yield asked
            asked = steps.send([hears(each) for each in answers])
    except StopIteration as end:
        said: Reply | Pass = end.value
        return said
