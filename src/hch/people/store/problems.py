"""What is wrong in a store, in words that name the row."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec

Checked = Counter[str]
"""How many rows of each table have been looked at."""

UNREADABLE = object()
"""Stands for what should be JSON and is none."""


class Problem(msgspec.Struct, frozen=True):
    """What is not right: in which table, under which key, and what."""

    table: str
    key: str
    what: str

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.what}"


def read_json(stored: str) -> Any:
    """The JSON that is stored as this text; UNREADABLE where it is none."""
    try:
        return json.loads(stored)
    except (TypeError, ValueError):
        return UNREADABLE
