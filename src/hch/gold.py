"""A true answer may be one that nobody knows."""

from __future__ import annotations


class NoGoldError(LookupError):
    """Nobody knows a true answer to this question: it can be asked and learned from, and counts in no accuracy."""
