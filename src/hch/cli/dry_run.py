"""``hch train … --dry-run``: what a run would take, found out by trying a little of it."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from hch.cli.usage import DONE, UsageError
from hch.text.display import duration
from hch.training.experiment import Experiment
from hch.training.forecast import Forecast, Use, forecast
from hch.training.run_folder import RunFolder

COLUMNS = {
    "consultations": "consultations",
    "human_actions": "human actions",
    "tokens_read": "tokens read",
    "tokens_written": "tokens written",
    "calls": "calls",
    "usd": "US dollars",
}
"""What is shown beside the time, where there is any of it."""


def dry_run(experiment: Experiment) -> int:
    """Tries the run out, prints what it would take, and returns the exit code. Leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="hch-dry-run-") as place:
        folder = RunFolder.new(Path(place) / "tried")
        with folder:
            try:
                cost = asyncio.run(forecast(experiment, folder))
            except ValueError as error:
                raise UsageError(str(error)) from error
    Console(highlight=False).print(table(cost))
    for line in remarks(cost):
        print(f"hch: {line}", file=sys.stderr)
    return DONE


def table(cost: Forecast) -> Table:
    """What each part of the run takes."""
    steps = cost.experiment.steps
    rows: list[tuple[str, Use]] = [
        ("before the first step", cost.before),
        ("a step", cost.step),
        (f"a round of {cost.steps:,} steps", cost.round),
        (f"a run of {steps:,} steps", cost.whole),
    ]
    shown = [name for name in COLUMNS if getattr(cost.whole, name)]
    made = Table(box=box.SIMPLE, title="what the run would take", title_justify="left")
    made.add_column("")
    for heading in ("time", *(COLUMNS[name] for name in shown)):
        made.add_column(heading, justify="right")
    for what, use in rows:
        made.add_row(what, show_time(use.seconds), *(amount(name, getattr(use, name)) for name in shown))
    return made


def show_time(seconds: float) -> str:
    """A time, short ones too."""
    return f"{1000 * seconds:.0f} ms" if 0 < seconds < 0.1 else duration(seconds)


def amount(name: str, value: float) -> str:
    """A number as the table has it: to the cent, or in whole things; a small one not as nothing."""
    if name == "usd":
        return f"{value:,.2f}" if value >= 1 else f"{value:.2g}"
    return f"{value:,.0f}" if value >= 10 or not value else f"{value:.2g}"


def remarks(cost: Forecast) -> list[str]:
    """What to know of the numbers: how they were found, what that cost, and in what they may err."""
    sampled = "1 step" if cost.sampled == 1 else f"{cost.sampled} steps"
    lines = ["a round ends with an evaluation; a run may end before all of its steps are done"]
    lines.append(f"measured in {duration(cost.sample.seconds)}, by {sampled} and a small evaluation; no run was begun")
    if cost.sample.usd:
        lines.append(f"the calls of this trial have cost ${cost.sample.usd:.2g}")
    if cost.sample.failed_calls:
        lines.append(f"{cost.sample.failed_calls:.0f} of its {cost.sample.calls:.0f} calls failed, so it may be more")
    if cost.experiment.people is not None:
        by = "the task's script" if cost.experiment.human is None else "the human of the evaluations"
        stood = f"people answer in this run, and here {by} stood in for them"
        lines.append(f"{stood}: the actions are those of people who work as it does, and none of the time is theirs")
    sizes = cost.experiment.curriculum.sizes
    if len(sizes) > 1:
        lines.append(f"measured at size {sizes[0]}, with which the run begins; up to size {max(sizes)} it takes more")
    if cost.experiment.imitated is not None:
        lines.append("before the first step, H′ learns: that is for all the transcripts that it may need")
    return lines
