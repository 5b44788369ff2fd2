"""What became of a question, as pages show it: in a word or two, with a shape and a tone. Never in colour alone."""

from __future__ import annotations

from typing import Literal

import msgspec

from hch.people.store.items import CANCELLED, CONSULTING, OPEN
from hch.people.store.trees import WAITING

Tone = Literal["good", "warn", "bad", ""]


class Shown(msgspec.Struct, frozen=True):
    """A state as it is shown; ``shape`` names a symbol of templates/explore_shapes.html."""

    words: str
    shape: str
    tone: Tone = ""


STATES = {
    "answered": Shown("answered", "disc", "good"),
    "passed": Shown("passed", "bar", "warn"),
    "out of budget": Shown("out of budget", "diamond", "warn"),
    "failed": Shown("failed", "cross", "bad"),
    OPEN: Shown("open", "ring"),
    CONSULTING: Shown("waits for answers", "half"),
    WAITING: Shown("waits for the model", "dots"),
    CANCELLED: Shown("no longer asked", "slash"),
}
"""All states that a node can have, in the order in which they are offered."""


def shown(state: str) -> Shown:
    """A state as it is shown; one that is not known here, by its own name."""
    return STATES.get(state) or Shown(state, "ring")
