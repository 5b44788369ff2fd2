"""Data that tests use where it is there, and that is no part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PLACES = (os.environ.get("HCH_TEST_DATA"), Path(__file__).parents[1] / ".." / "shared" / "data")


def shared_data(name: str) -> Path:
    """A file of public data. Skips the test where there is none."""
    for place in PLACES:
        if place is not None and (path := Path(place) / name).is_file():
            return path
    pytest.skip(f"there is no {name}: HCH_TEST_DATA names the folder that has it, else it is ../shared/data")
