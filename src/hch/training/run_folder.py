"""A run on disk: a folder that one process owns, and that a kill at any moment leaves whole.

``experiment.json`` says how to repeat it, ``metrics.jsonl`` has a line per evaluation, ``checkpoints/`` has what is
needed to go on. A file or checkpoint appears under its name only when it is complete and on the disk.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock
import msgspec

from hch.text.files import RunError, flush_to_disk, read_json, read_rows, to_json, write_whole

CHECKPOINTS_KEPT = 2
LOCK = ".lock"


class RunFolder:
    """A run's folder, open and locked. Use as a context manager; the lock goes with the process, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = filelock.FileLock(path / LOCK, timeout=0)

    @classmethod
    def new(cls, path: Path) -> RunFolder:
        """An empty folder for a new run. Raises RunError where something is there already."""
        if path.exists() and (not path.is_dir() or any(entry.name != LOCK for entry in path.iterdir())):
            if (path / "experiment.json").exists():
                raise RunError(f"{path} holds a run already: choose another --out, or go on with: hch resume {path}")
            raise RunError(f"{path} exists and is not empty: choose another --out")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"{path} cannot be made: {error.strerror}") from error
        return cls(path)

    @classmethod
    def existing(cls, path: Path) -> RunFolder:
        """The folder of an earlier run. Raises RunError where there is none."""
        if not (path / "experiment.json").is_file():
            raise RunError(f"{path} is not a run: it has no experiment.json. A run is what hch train --out makes")
        return cls(path)

    def __enter__(self) -> RunFolder:
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise RunError(f"{self.path} is in use by another process; wait for it, or choose another --out") from None
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def write(self, name: str, value: Any) -> None:
        """Writes a value as strict JSON, readable, whole or not at all."""
        write_whole(self.path / name, msgspec.json.format(to_json(value), indent=2) + b"\n")

    def read(self, name: str) -> Any:
        """What ``write`` wrote. Raises RunError where it is not there or cannot be read."""
        return read_json(self.path / name)

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    def log(self, row: dict[str, Any]) -> None:
        """Adds a line to metrics.jsonl."""
        with self.metrics.open("ab") as file:
            file.write(to_json(row) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def rewind(self, step: int) -> None:
        """Drops what metrics.jsonl says of later steps, since they will be taken again, and a line cut short."""
        if self.metrics.exists():
            kept = [row for row in read_rows(self.metrics) if row["step"] <= step]
            write_whole(self.metrics, b"".join(to_json(row) + b"\n" for row in kept))

    @contextlib.contextmanager
    def checkpoint(self, step: int, imitated_updates: int = 0) -> Iterator[Path]:
        """A folder to write a checkpoint into; it becomes the latest one when the block ends without an error.

        ``imitated_updates`` is how many updates of H′ that belong to the next step are finished. An existing complete
        checkpoint of the same step and update is kept: the state is the same, and so one always exists.
        """
        place = self.path / "checkpoints"
        name = f"step-{step:08d}-update-{imitated_updates:04d}" if imitated_updates else f"step-{step:08d}"
        draft, final = place / "draft", place / name
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        yield draft
        for file in draft.rglob("*"):
            flush_to_disk(file)
        flush_to_disk(draft)
        if final.exists():
            shutil.rmtree(draft)
        else:
            draft.rename(final)
        flush_to_disk(place)
        for old in sorted(place.glob("step-*"))[:-CHECKPOINTS_KEPT]:
            shutil.rmtree(old)

    @property
    def started(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return any((self.path / "checkpoints").glob("step-*"))

    def latest(self) -> Path:
        """The newest checkpoint. Raises RunError where there is none yet."""
        checkpoints = sorted((self.path / "checkpoints").glob("step-*"))
        if not checkpoints:
            raise RunError(f"{self.path} has no checkpoint yet: start it anew with hch train")
        return checkpoints[-1]
