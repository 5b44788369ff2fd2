"""How H finds a better answer than the model's: from two samples of the model, each checked, and a random neighbour.

Where the model is still wrong, the random neighbour is now and then better, and H's reply teaches it; where it is
right, its own samples are the best candidates. Used by paths.py and union_find.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence

from hch.humans.scripted import ask
from hch.tasks.facts import NONE, YES, is_name
from hch.types import Ask, Context

SAMPLE_INDICES = (0, 1, 0)
"""The two samples, and the neighbour's."""


def candidates(
    consulted: str, neighbour: str, edge: Callable[[str], str], ruled_out: Sequence[str]
) -> Generator[Ask, list[str | None], list[str] | None]:
    """Different candidates, in the order in which they came up; None where the environment knows no neighbour.

    Asks ``consulted`` twice, sampled, and ``neighbour`` once; then ``edge(c)`` for each c that the samples propose,
    which stays only if the answer is yes. An answer that is no name, or that H can rule out, is no candidate.
    """
    first, second, by_chance = yield ask(consulted, consulted, neighbour, sample_indices=SAMPLE_INDICES)
    if by_chance == NONE:
        return None
    proposed = [c for c in dict.fromkeys((first, second)) if is_name(c) and c not in ruled_out]
    if proposed:
        checks = yield ask(*map(edge, proposed))
        proposed = [c for c, check in zip(proposed, checks, strict=True) if check == YES]
    if is_name(by_chance) and by_chance not in proposed:
        proposed.append(by_chance)
    return proposed


def choose(among: Sequence[str], context: Context, text: str, sample_index: int | None) -> str:
    """One of several answers to a question, as if at random: the same for the same sample index, in every process."""
    if len(among) == 1:
        return among[0]
    # No checksum such as CRC: for two sample indices it would differ by a constant, and so would the choices.
    digest = hashlib.blake2b(f"{context.id} {sample_index} {text}".encode(), digest_size=8).digest()
    return among[int.from_bytes(digest, "little") % len(among)]
