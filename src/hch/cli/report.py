"""``hch report``: the HTML report of a run, or of several side by side."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hch.cli.usage import DONE, Parser, UsageError, split_names
from hch.report import COLUMNS, USUAL, read_run, write_report, write_run_report

DESCRIPTION = "Rebuilds a run's report.html and curves.png. Of several runs, makes one page that has them side by side."


def main(words: Sequence[str]) -> int:
    """Writes the report, and prints where it is."""
    parser = Parser("report", DESCRIPTION)
    parser.add_argument("runs", metavar="RUN", nargs="+", type=Path, help="a run's folder")
    parser.add_argument("--out", metavar="FILE", type=Path, help="where the page goes (default: the runs' own folder)")
    add_columns(parser)
    read = parser.read(words)
    columns = split_columns(read.columns)
    runs = list(dict.fromkeys(path.resolve() for path in read.runs))
    if len(runs) == 1 and read.out is None:
        print(write_run_report(read.runs[0]))
        return DONE
    out = read.out or Path(os.path.commonpath([run.parent for run in runs])) / "report.html"
    if out.is_dir():
        raise UsageError(f"--out is the page's file, and {out} is a folder")
    print(write_report([read_run(path) for path in runs], out, columns=columns))
    return DONE


def add_columns(parser: argparse._ActionsContainer, **default: Any) -> None:
    """Adds --columns, which names the columns of a table of several runs."""
    about = f"the columns of the table of runs, of {', '.join(COLUMNS)} (default: {','.join(USUAL)})"
    parser.add_argument("--columns", metavar="A,B", help=about, **default)


def split_columns(text: str | None) -> list[str]:
    """The columns that a text names, separated by commas; the usual ones for None. UsageError at an unknown one."""
    return list(USUAL) if text is None else split_names(text, "column", COLUMNS)
