"""However many transcripts there are, an export holds a few of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from hch.people.store.database import Database, open_store
from hch.people.store.verify import verify
from tests.people.store.filled import fill

COMMAND = """
import resource, sys
from hch.cli import main
code = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
sys.exit(code)
"""


def peak(store: Path, to: str) -> int:
    """The most memory, in MiB, of a process that exports a store."""
    out = store.with_suffix(f".{to}")
    command = [sys.executable, "-c", COMMAND, "export", "--store", str(store), "--to", to, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def peaks(folder: Path, numbers: Sequence[int], kinds: Sequence[str]) -> dict[str, list[int]]:
    """For each kind of export, the most memory that it takes to export so many transcripts."""
    for number in numbers:
        opened = open_store(str(folder / f"{number}.db"))
        fill(opened, number)
        opened.close()
    return {to: [peak(folder / f"{number}.db", to) for number in numbers] for to in kinds}


ALLOWED_MIB = 48
"""SQLite's own cache of a store takes up to 32. All that is exported would take hundreds."""


def test_20_000_transcripts_take_no_more_memory_than_2_000(tmp_path: Path) -> None:
    for to, (small, large) in peaks(tmp_path, (2_000, 20_000), ("jsonl",)).items():
        assert large < small + ALLOWED_MIB, f"{to}: {small} MiB for 2,000 and {large} MiB for 20,000"


@pytest.mark.slow
def test_100_000_transcripts_take_no_more_memory_than_10_000(tmp_path: Path) -> None:
    for to, (small, large) in peaks(tmp_path, (10_000, 100_000), ("chat", "jsonl", "parquet")).items():
        assert large < small + ALLOWED_MIB, f"{to}: {small} MiB for 10,000 and {large} MiB for 100,000"


def test_a_filled_store_is_as_right_as_one_that_people_have_filled(store: Database) -> None:
    fill(store, 30)
    assert store.read(lambda connection: list(verify(connection))) == []
