"""The runs in a folder, by name. A run is read again only where its files have changed.

Names come from listing the folder, and nowhere else: no path that is asked for reaches the file system.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from hch.report import Run, read_run
from hch.text.display import plain
from hch.text.files import RunError

FILES = ("experiment.json", "metrics.jsonl", "results.json")

Stamp = tuple[tuple[int, int] | None, ...]
"""Of each of FILES when it was changed and how large it is, None where it is not there."""


class RunFolders:
    """A folder of runs, or of none where ``folder`` is None."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._read: dict[str, tuple[Stamp, Run | str]] = {}

    def stamps(self) -> dict[str, Stamp]:
        """The runs that are there, newest first, each with a stamp that is another whenever a file of it is."""
        if self.folder is None or not self.folder.is_dir():
            return {}
        found = {path.name: _stamp(path) for path in self.folder.iterdir()}
        runs = [(name, stamp) for name, stamp in found.items() if stamp[0] is not None]
        return dict(sorted(runs, key=lambda each: each[1][0] or (0, 0), reverse=True))

    def all(self) -> tuple[dict[str, Run], list[str]]:
        """The runs by name, newest first, and what is wrong with those that cannot be read."""
        stamps = self.stamps()
        read = {name: self._there(name, stamp) for name, stamp in stamps.items()}
        self._read = {name: (stamps[name], run) for name, run in read.items()}
        wrong = [f"{plain(name, 100)}: {run}" for name, run in read.items() if isinstance(run, str)]
        return {name: run for name, run in read.items() if isinstance(run, Run)}, wrong

    def _there(self, name: str, stamp: Stamp) -> Run | str:
        """A run, or why it cannot be read."""
        before = self._read.get(name)
        if before is not None and before[0] == stamp:
            return before[1]
        assert self.folder is not None
        try:
            name.encode()
            return read_run(self.folder / name, trees=False)
        except UnicodeEncodeError:
            return "its name is no text in UTF-8, so no address leads to it"
        except RunError as error:
            return str(error).replace(f"{self.folder}/", "")
        except OSError as error:
            return f"it cannot be read: {error.strerror}"


def _stamp(folder: Path) -> Stamp:
    found: list[tuple[int, int] | None] = []
    for name in FILES:
        found.append(None)
        with contextlib.suppress(OSError):
            at = (folder / name).stat()
            found[-1] = at.st_mtime_ns, at.st_size
    return tuple(found)
