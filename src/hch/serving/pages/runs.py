"""Training runs: their curves while they go on, their results, and two side by side. For researchers.

The names of runs come from listing their folder, and nowhere else: no path of a request reaches the file system.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from hch.report import COLUMNS, USUAL, Run, read_run
from hch.serving.pages.charts import Chart, Curve, chart
from hch.serving.pages.sessions import FOR_RESEARCHERS
from hch.serving.pages.templating import page
from hch.text.display import UNKNOWN, percent, plain
from hch.text.files import RunError

router = APIRouter(dependencies=[FOR_RESEARCHERS])

MOST_COMPARED = 2
MOST_NOTES = 20
WHO = (
    ("model", "model", "one"),
    ("amplified", "H + model", "two"),
    ("hch", "HCH", "three"),
    ("alone", "H alone", "four"),
)
AGAINST = {
    "steps": ("step", "steps"),
    "seconds": ("seconds", "seconds of training"),
    "actions": ("human_actions", "actions of H"),
}
"""The quantities of the x axis: the key in a row of metrics, and the words."""

FILES = ("experiment.json", "metrics.jsonl", "results.json")

Stamp = tuple[tuple[int, int] | None, ...]
"""For each of FILES its time of change and its size; None if it is missing."""


class RunFolders:
    """The runs in a folder, by name; none if ``folder`` is None. A run is read again only when its files change."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._read: dict[str, tuple[Stamp, Run | str]] = {}

    def stamps(self) -> dict[str, Stamp]:
        """The names of the runs, newest first, each with a stamp that changes with its files."""
        if self.folder is None or not self.folder.is_dir():
            return {}
        stamps = {path.name: _stamp(path) for path in self.folder.iterdir()}
        runs = [(name, stamp) for name, stamp in stamps.items() if stamp[0] is not None]
        return dict(sorted(runs, key=lambda name_and_stamp: name_and_stamp[1][0] or (0, 0), reverse=True))

    def all(self) -> tuple[dict[str, Run], list[str]]:
        """The runs by name, newest first, and the problems of those that cannot be read."""
        stamps = self.stamps()
        results = {name: self._load(name, stamp) for name, stamp in stamps.items()}
        self._read = {name: (stamps[name], result) for name, result in results.items()}
        problems = [f"{plain(name, 100)}: {result}" for name, result in results.items() if isinstance(result, str)]
        return {name: result for name, result in results.items() if isinstance(result, Run)}, problems

    def _load(self, name: str, stamp: Stamp) -> Run | str:
        """A run, or why it cannot be read."""
        stamp_then, result = self._read.get(name, (None, ""))
        if stamp_then == stamp:
            return result
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
    stamps: list[tuple[int, int] | None] = []
    for name in FILES:
        stamps.append(None)
        with contextlib.suppress(OSError):
            status = (folder / name).stat()
            stamps[-1] = status.st_mtime_ns, status.st_size
    return tuple(stamps)


@router.get("/runs")
def runs(request: Request, with_: Annotated[list[str], Query(alias="with", default_factory=list)]) -> Response:
    """All runs; the selected ones, at most two, in one picture."""
    folders: RunFolders = request.app.state.runs
    by_name, problems = folders.all()
    chosen = [by_name[name] for name in dict.fromkeys(with_) if name in by_name][:MOST_COMPARED]
    both = len(chosen) == MOST_COMPARED
    return page(
        request,
        "runs.html",
        folder=folders.folder is not None,
        rows=[(name, run.status, [COLUMNS[column].of(run) for column in USUAL]) for name, run in by_name.items()],
        headings=[COLUMNS[column].heading for column in USUAL],
        broken=problems,
        chosen=[run.path.name for run in chosen],
        asked=len(with_),
        charts=comparison(chosen) if both else [],
        figures=[(column.heading, [column.of(run) for run in chosen]) for column in COLUMNS.values()] if both else [],
    )


@router.get("/runs/{name}")
def run(request: Request, name: str, against: str = "steps") -> Response:
    """A run: its curves, its results by difficulty, and its notes."""
    folders: RunFolders = request.app.state.runs
    by_name, _ = folders.all()
    if name not in by_name:
        raise HTTPException(404)
    shown = by_name[name]
    against = against if against in AGAINST else "steps"
    return page(
        request,
        "run.html",
        name=name,
        experiment=str(shown.experiment.get("experiment", "")),
        state=shown.status,
        reason=str(shown.results.get("reason") or "") if shown.status == "failed" else "",
        facts=[(column.heading, cell) for column in COLUMNS.values() if (cell := column.of(shown)) != UNKNOWN],
        notes=[(row.get("step"), str(row["note"])) for row in shown.rows if row.get("note")][-MOST_NOTES:],
        charts=curves_of(shown, against),
        against=against,
        ways=[(way, words) for way, (_, words) in AGAINST.items()],
        **by_difficulty(shown),
    )


def by_difficulty(run: Run) -> dict[str, Any]:
    """The share of right answers of each answerer, by difficulty: the headings, and a row for each level."""
    levels = run.final.get("by_difficulty")
    levels = levels if isinstance(levels, dict) else {}
    who = [(key, words) for key, words, _ in WHO if any(key in by for by in levels.values() if isinstance(by, dict))]
    rows = [(level, [percent(run.number(level, key, of=levels)) for key, _ in who]) for level in levels]
    return {"who": [words for _, words in who], "levels": rows}


def curves_of(run: Run, against: str) -> list[Chart]:
    """The curves of one run: right answers of each answerer, agreement with HCH, and the loss."""
    key, x_name = AGAINST[against]
    xs = _series(run, key)
    right = [Curve(words, xs, _series(run, "accuracy", who), look) for who, words, look in WHO]
    charts = (
        chart("Right answers", x_name, right),
        chart("Agreement with HCH", x_name, [Curve("model", xs, _series(run, "agreement_with_hch"), "one")]),
        chart("Loss", x_name, [Curve("loss", xs, _series(run, "loss"), "one")], share=False),
    )
    return [drawing for drawing in charts if drawing is not None]


def comparison(runs: list[Run]) -> list[Chart]:
    """Two runs in one picture: the model's right answers against each quantity; agreement and loss against steps."""

    def both(key: str, *what: str) -> list[Curve]:
        looks = ("one", "two")
        return [
            Curve(run.path.name, _series(run, key), _series(run, *what), look)
            for run, look in zip(runs, looks, strict=True)
        ]

    right = [
        chart("The model’s right answers", words, both(key, "accuracy", "model")) for key, words in AGAINST.values()
    ]
    charts = (
        *right,
        chart("Right answers of H with the model", "steps", both("step", "accuracy", "amplified")),
        chart("Agreement with HCH", "steps", both("step", "agreement_with_hch")),
        chart("Loss", "steps", both("step", "loss"), share=False),
    )
    return [drawing for drawing in charts if drawing is not None]


def _series(run: Run, *keys: str) -> list[float | None]:
    """The numbers under these keys in each row of a run's metrics."""
    return [run.number(*keys, of=row) for row in run.rows]
