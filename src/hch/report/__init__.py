"""The report: what a run was, how it went and what came of it, as a page and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hch.report.columns import COLUMNS, USUAL
from hch.report.reading import Run, read_run
from hch.text.files import RunError, write_whole

__all__ = ["COLUMNS", "USUAL", "Run", "read_run", "write_report", "write_run_report"]

MARK = '<meta name="generator" content="hch">'
"""What every report has near its beginning, so that one may take another's place and nothing else."""


def write_run_report(path: Path) -> Path:
    """Writes report.html and curves.png into a run's folder, and returns the page's path."""
    return write_report([read_run(path)], path / "report.html", path / "curves.png")


def write_report(runs: Sequence[Run], page: Path, picture: Path | None = None, columns: Sequence[str] = USUAL) -> Path:
    """Writes a page about some runs, and a picture of their curves where there is something to draw.

    Raises RunError where the page would take the place of what is no report, or cannot be written.
    """
    # Here, so that whoever only reads runs needs neither plots nor templates.
    from hch.report.curves import save_png
    from hch.report.page import html
    from hch.report.panels import accuracy_panels

    if page.exists() and not _is_report(page):
        raise RunError(f"{page} exists and is no report of hch: choose another --out")
    try:
        write_whole(page, html(runs, columns).encode("utf-8", "replace"))
        panels = accuracy_panels(runs)
        if picture is not None and panels:
            draft = picture.with_name(f".{picture.name}.draft.png")
            save_png(panels, str(draft))
            draft.replace(picture)
    except OSError as error:
        raise RunError(f"{page} cannot be written: {error.strerror}") from error
    return page


def _is_report(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return MARK.encode() in file.read(2000)
    except OSError:
        return False
