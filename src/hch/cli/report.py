"""``hch report``: the HTML report of a run, or of several side by side."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from hch.cli.usage import DONE, Parser, UsageError, unknown
from hch.report import COLUMNS, USUAL, read_run, write_report, write_run_report

DESCRIPTION = "Rebuilds a run's report.html and curves.png. Of several runs, makes one page that has them side by side."


def main(words: Sequence[str]) -> int:
    """Writes the report, and prints where it is."""
    parser = Parser("report", DESCRIPTION)
    parser.add_argument("runs", metavar="RUN", nargs="+", type=Path, help="a run's folder")
    parser.add_argument("--out", metavar="FILE", type=Path, help="where the page goes (default: the runs' own folder)")
    parser.add_argument("--columns", metavar="A,B", help="the columns of the table of several runs")
    read = parser.read(words)
    columns = chosen_columns(read.columns, USUAL)
    runs = list(dict.fromkeys(path.resolve() for path in read.runs))
    if len(runs) == 1 and read.out is None:
        print(write_run_report(read.runs[0]))
        return DONE
    out = read.out or Path(os.path.commonpath([run.parent for run in runs])) / "report.html"
    if out.is_dir():
        raise UsageError(f"--out is the page's file, and {out} is a folder")
    print(write_report([read_run(path) for path in runs], out, columns=columns))
    return DONE


def chosen_columns(text: str | None, usual: Sequence[str]) -> list[str]:
    """The columns that a text names, apart by commas. Raises UsageError at one that does not exist."""
    if text is None:
        return list(usual)
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in COLUMNS:
            raise unknown("column", name, COLUMNS, f" There are: {', '.join(COLUMNS)}")
    return names
