"""``hch compare``: one experiment under several schemes, in one table, one plot and one report."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from hch.cli.rebuild import named
from hch.cli.report import chosen_columns
from hch.cli.schemes import SCHEMES
from hch.cli.train import check, next_free
from hch.cli.usage import DONE, EXIT_CODES, INTERRUPTED, UsageError, unknown
from hch.plain import plain
from hch.report import COLUMNS, USUAL, Run, read_run, write_report

HELP = f"""usage: hch compare NAME|FILE.py [--schemes A,B] [--columns A,B] [--out FOLDER] [--any.nested.option VALUE …]

Trains the same experiment once for each scheme, everything else being equal, and puts the runs side by side. Each is a
run folder of its own in FOLDER (default: the next free runs/compare-NAME-1), beside the report.html of them all.

  --schemes   {", ".join(SCHEMES)} (default: all)
  --columns   {", ".join(COLUMNS)}
              (default: {", ".join(USUAL)})

All other options are those of hch train NAME --help.

{EXIT_CODES}"""


def main(words: Sequence[str]) -> int:
    """Trains and compares, and returns the worst of the runs' exit codes."""
    if words and words[0] in ("-h", "--help"):
        print(HELP)
        return DONE
    name, experiment = named(words, "compare")
    from hch.cli.carry_out import exit_code, trained
    from hch.cli.options import changed
    from hch.runs import RunError, RunFolder

    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for option in ("--schemes", "--columns", "--out"):
        own.add_argument(option)
    try:
        read, options = own.parse_known_args(words[1:])
    except SystemExit:
        raise UsageError("--schemes, --columns and --out each need a value: hch compare --help") from None
    schemes = chosen_schemes(read.schemes)
    columns = chosen_columns(read.columns, USUAL)
    if any(word.partition("=")[0] == "--scheme" for word in options):
        raise UsageError("compare takes several schemes: --schemes A,B")
    if "--help" in options or "-h" in options:
        print(HELP)
        return DONE
    experiments = {s: changed(experiment, [*options, "--scheme", s], "hch train NAME").experiment for s in schemes}
    for each in experiments.values():
        check(each)
    folder = Path(read.out) if read.out else next_free(f"compare-{experiment.name}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder} exists and is not empty: choose another --out")
    codes = []
    for scheme, each in experiments.items():
        path = folder / scheme
        command = ["train", name, *options, "--scheme", scheme, "--out", str(path)]
        codes.append(exit_code(trained(each, RunFolder.new(path), False, command)))
        if INTERRUPTED in codes:
            break
    note_baseline([folder / scheme for scheme in list(schemes)[: len(codes)]])
    runs = [read_run(folder / scheme) for scheme in list(schemes)[: len(codes)]]
    Console(highlight=False).print(runs_table(runs, columns))
    print(f"report: {write_report(runs, folder / 'report.html', folder / 'curves.png', columns)}")
    return INTERRUPTED if INTERRUPTED in codes else max(codes)


def note_baseline(paths: Sequence[Path]) -> None:
    """Adds the supervised run's accuracy to the results of the runs beside it, as the upper bound that it is."""
    from hch.runs import RunFolder

    results = {path: RunFolder(path).read("results.json") for path in paths}
    for baseline in (found for found in results.values() if found["scheme"] == "supervised"):
        for path, found in results.items():
            if found is not baseline:
                found["accuracy"]["supervised"] = baseline["accuracy"]["model"]
                RunFolder(path).write("results.json", found)


def chosen_schemes(text: str | None) -> list[str]:
    """The schemes that a text names, apart by commas; all, if it is None. Raises UsageError at an unknown one."""
    names = list(SCHEMES) if text is None else [name.strip() for name in text.split(",")]
    for name in names:
        if name not in SCHEMES:
            raise unknown("scheme", name, SCHEMES, f" There are: {', '.join(SCHEMES)}")
    return list(dict.fromkeys(names))


def runs_table(runs: Sequence[Run], columns: Sequence[str]) -> Table:
    """The runs, a row each."""
    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    for name in columns:
        text = name in ("scheme", "status")
        table.add_column(COLUMNS[name].heading, justify="left" if text else "right", no_wrap=text)
    for run in runs:
        table.add_row(*(plain(COLUMNS[name].of(run), 40) for name in columns))
    return table
