"""The report: a run's settings, its course and its results, as a page and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hch.report.runs import COLUMNS, USUAL, Run, read_run
from hch.text.files import RunError

__all__ = ["COLUMNS", "USUAL", "Run", "read_run", "write_report", "write_run_report"]


def write_run_report(path: Path) -> Path:
    """Writes report.html and curves.png into a run's folder, and returns the page's path."""
    return write_report([read_run(path)], path / "report.html", path / "curves.png")


def write_report(runs: Sequence[Run], page: Path, picture: Path | None = None, columns: Sequence[str] = USUAL) -> Path:
    """Writes a page about some runs, and a picture of their curves if they have any.

    Raises RunError where the page would replace a file that is no report, or cannot be written.
    """
    # Imported here, so that reading runs needs neither matplotlib nor Jinja.
    from hch.report.html import write_page
    from hch.report.page import render_report
    from hch.report.plots import save_png
    from hch.report.run_plots import make_accuracy_panels

    write_page(page, render_report(runs, columns), "--out")
    panels = make_accuracy_panels(runs)
    if picture is not None and panels:
        draft = picture.with_name(f".{picture.name}.draft.png")
        try:
            save_png(panels, str(draft))
            draft.replace(picture)
        except OSError as error:
            raise RunError(f"{picture} cannot be written: {error.strerror}") from error
    return page
