"""Answers in free text, and what they mean: phrases that add nothing are taken away, at either end of what is said.

There is one such reader for gold, for H, and for H's comparing of answers, so that none of them is pleased by less.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

ASSURANCE, OPENING = "trust me", "the answer is"

PHRASES = (
    ASSURANCE, "believe me", "I am sure", "I am certain", "surely", "certainly", "definitely", "of course", "indeed",
    "obviously", "clearly", "without a doubt", "without any doubt", "as is well known", "as everybody knows",
    "it is well known that", "it is proven", "it is proven that", OPENING, "the right answer is", "my answer is",
    "answer",
)  # fmt: skip
"""What people and small models say around an answer. None of them denies anything, and none has a number in it."""


@dataclass(frozen=True)
class WithoutPhrases:
    """What an answer in free text means: itself, without the ``empty`` phrases that begin or end it.

    Also those that stand beside a “quote” in it. A phrase is whole words, in small letters or capitals; the marks
    between it and the rest go with it, and so does the full stop that ends the sentence. What is left is as it stood,
    and a text that is nothing but phrases means what it says.
    """

    empty: tuple[str, ...] = PHRASES
    """The phrases that mean nothing at either end of an answer."""

    def __call__(self, answer: str, /) -> str:
        """The meaning of an answer; of one that has no such phrase at an end, the answer."""
        parts = _QUOTED.split(answer)
        bare = [part if _QUOTED.fullmatch(part) else self._bare(part) for part in parts]
        left = " ".join(part.strip() for part in bare if part.strip()).rstrip(".! ")
        return answer if bare == parts or not left else left

    def _bare(self, text: str) -> str:
        """A text without what it begins and ends with, once more as long as something goes."""
        begins, ends = _patterns(self.empty)
        while (less := ends.sub("", begins.sub("", text))) != text:
            text = less
        return text


_QUOTED = re.compile(r"(“[^“”]*”)")


@lru_cache
def _patterns(phrases: Sequence[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds any of the phrases at the beginning of a text, and at its end."""
    spelled = (r"\s+".join(map(re.escape, phrase.split())) for phrase in sorted(phrases, key=len, reverse=True))
    some = f"(?:{'|'.join(spelled)})"
    begins = re.compile(rf"\A\s*[(]?{some}(?:{_MARKS}\s+{_DASH}|{_MARKS}\Z)", re.IGNORECASE)
    ends = re.compile(rf"(?:\A|[,;:]?\s{_DASH}[(]?){some}{_MARKS}\s*\Z", re.IGNORECASE)
    return begins, ends


# No more of them than people write, so that no text takes long to look through.
_MARKS, _DASH = "[,;:!.)]{0,4}", r"(?:[-–—]\s)?"
