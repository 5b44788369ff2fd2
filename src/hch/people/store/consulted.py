"""Consultations as a transcript's row has them, read quickly and by themselves: trees are large."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec


class Given(msgspec.Struct, frozen=True, gc=False):
    """What was answered (see ``content.answer_record``)."""

    text: str
    outcome: str
    by: str = ""
    reason: str = ""
    confidence: float = 1.0
    seed: int | None = None
    spent: dict[str, float] | None = None


class Consulted(msgspec.Struct, frozen=True, gc=False):
    """A question by its id, what was answered, and the hash of the transcript behind it, where there is one."""

    question: str
    answer: Given
    transcript: str | None = None


_ROUNDS = msgspec.json.Decoder(list[list[Consulted]])


def read_rounds(stored: str) -> list[list[Consulted]]:
    """The rounds of a transcript from the JSON that is stored of them."""
    try:
        return _ROUNDS.decode(stored)
    except msgspec.DecodeError:
        # Half of a surrogate pair is a text to Python's reader, and to the store, but not to this faster one.
        return msgspec.convert(json.loads(stored), list[list[Consulted]])


def read_given(record: Mapping[str, Any]) -> Given:
    """An answer from its record."""
    return msgspec.convert(record, Given)
