"""Values as people read them. Text of any origin is made safe: it cannot move a cursor, or hide characters."""

from __future__ import annotations

import math
import unicodedata
from typing import Any

LONGEST = 2000
"""The most characters of a text that are shown."""

HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Unicode's categories of invisible characters: controls, formats, surrogates, separators of lines."""

UNKNOWN = "–"


def plain(text: object, longest: int = LONGEST) -> str:
    """The text on one line, invisible characters spelled out (an escape as ``<U+001B>``), cut after ``longest``."""
    shown = str(text)
    cut = len(shown) > longest
    shown = shown[: longest - 1] if cut else shown
    if not shown.isprintable():
        shown = "".join(map(_visible, shown))
    return shown + "…" if cut else shown


def percent(share: Any) -> str:
    """A share in percent, a dash where it is no number. Only 1 is shown as 100%, and only 0 as 0%."""
    if not _is_number(share):
        return UNKNOWN
    return f"{min(max(100 * share, 0.1), 99.9) if 0 < share < 1 else 100 * share:.1f}%"


def count(number: Any) -> str:
    """A whole number, its thousands apart; a dash where it is no number."""
    return f"{number:,.0f}" if _is_number(number) else UNKNOWN


def duration(seconds: Any) -> str:
    """Seconds, minutes or hours; a dash where it is no number."""
    if not _is_number(seconds):
        return UNKNOWN
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _visible(character: str) -> str:
    if character in "\n\t":
        return " "
    return character if unicodedata.category(character) not in HIDDEN else f"<U+{ord(character):04X}>"
