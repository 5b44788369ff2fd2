"""What can be wrong with a world, or with what is asked of it: said for the people who wrote it."""

from __future__ import annotations


class WorldError(Exception):
    """A world, or a loss on it, is not as it should be; says what is wrong, what was expected, and what to do."""


class NotDefinedError(WorldError):
    """A loss has no meaning on this world, such as one that asks HCH where H never comes to an answer. Says why."""


class OutOfReachError(WorldError):
    """An exact answer would take too much work; says how much it would be."""


def amount(number: int) -> str:
    """A whole number as people read it: its thousands apart, and a power of ten beside what has over nine digits."""
    digits = str(number) if number.bit_length() < 10_000 else ""
    if digits and len(digits) <= 9:
        return f"{number:,}"
    power = len(digits) - 1 if digits else round(number.bit_length() * 0.30103)
    leading = f"{digits[0]}.{digits[1]}" if digits else ""
    return f"{leading} × 10^{power}".strip(" ×") if leading else f"about 10^{power}"
