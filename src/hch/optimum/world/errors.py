"""The errors of this chapter, each written for the author of the world, and how they write large numbers."""

from __future__ import annotations


class WorldError(Exception):
    """A world is malformed, or a loss does not apply to it. Says what is wrong, what was expected, and what to do."""


class NotDefinedError(WorldError):
    """A loss has no meaning on this world, such as one that consults HCH where HCH is not defined. Says why."""


class OutOfReachError(WorldError):
    """An exact answer would take too much work; says how much."""


def format_integer(number: int) -> str:
    """A whole number with thousands separators, or as a power of ten where it has over nine digits."""
    digits = str(number) if number.bit_length() < 10_000 else ""
    if digits and len(digits) <= 9:
        return f"{number:,}"
    if digits:
        return f"{digits[0]}.{digits[1]} × 10^{len(digits) - 1}"
    # Python refuses to write out very long integers, so the power comes from the number of bits.
    return f"about 10^{round(number.bit_length() * 0.30103)}"
