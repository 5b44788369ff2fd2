"""However many transcripts there are, an export holds a few of them."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from hch.store.database import Database, open_store
from hch.store.export import Exported, current_transcripts
from hch.store.files import write_json_lines, write_parquet
from hch.store.rows import action_chats, transcript_row
from tests.store.filled import fill

MIB = 2**20


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('filled')}/store.db")
    fill(opened, 20_000)
    yield opened
    opened.close()


class Nowhere(io.RawIOBase):
    """Takes everything, and keeps nothing."""

    def write(self, content: Any) -> int:
        return len(content)


def chats(found: Iterator[Exported]) -> Iterator[dict[str, Any]]:
    for exported in found:
        yield from action_chats(exported, lambda workspace, rules: workspace.question.context.facts)


def rows(found: Iterator[Exported]) -> Iterator[dict[str, Any]]:
    return map(transcript_row, found)


@pytest.mark.parametrize(("made", "write"), [(chats, write_json_lines), (rows, write_json_lines), (rows, write_parquet)])
def test_memory_stays_flat_while_20_000_transcripts_go_out(
    filled: Database,
    made: Callable[[Iterator[Exported]], Iterator[dict[str, Any]]],
    write: Callable[[BinaryIO, Iterator[dict[str, Any]]], None],
) -> None:
    peaks = []

    def watched(found: Iterator[Exported]) -> Iterator[Exported]:
        for number, exported in enumerate(found, 1):
            yield exported
            if number % 5000 == 0:
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.reset_peak()

    with filled.reading() as connection:
        tracemalloc.start()
        try:
            write(Nowhere(), made(watched(current_transcripts(connection))))  # type: ignore[arg-type]
        finally:
            tracemalloc.stop()
    assert len(peaks) == 4
    assert max(peaks[1:]) < peaks[0] + 4 * MIB


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


@pytest.mark.slow
def test_100_000_transcripts_take_no_more_memory_than_10_000(tmp_path: Path) -> None:
    for number in (10_000, 100_000):
        opened = open_store(str(tmp_path / f"{number}.db"))
        fill(opened, number)
        opened.close()
    for to in ("chat", "jsonl", "parquet"):
        small, large = (peak(tmp_path / f"{number}.db", to) for number in (10_000, 100_000))
        # The larger store has 190 MB; SQLite's own cache of it takes up to 32 MB.
        assert large < small + 48, f"{to}: {small} MiB for 10,000 and {large} MiB for 100,000"
