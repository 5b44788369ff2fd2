"""Training runs: their curves while they go on, what they have come to, and two side by side. For researchers.

A run is named by its folder's name, and found by looking through the folder of runs: no path comes from a request.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from hch.report import USUAL, Run, read_run
from hch.report.columns import COLUMNS
from hch.runs import RunError
from hch.web.curves import Chart, Curve, chart
from hch.web.pages import page
from hch.web.sessions import Researcher
from hch.web.settings import Settings

router = APIRouter()

MOST_COMPARED = 2
WHO = (
    ("model", "model", "one"),
    ("amplified", "H + model", "two"),
    ("hch", "HCH", "three"),
    ("alone", "H alone", "four"),
)


@router.get("/runs")
def runs(
    request: Request,
    person: Researcher,  # noqa: ARG001 - whoever may come
    with_: Annotated[list[str], Query(alias="with", default_factory=list)],
) -> Response:
    """All runs; those that are chosen, at most two, in one picture."""
    settings: Settings = request.app.state.settings
    found, broken = _all(settings.runs)
    chosen = [name for name in dict.fromkeys(with_) if name in found][:MOST_COMPARED]
    charts = comparison([found[name] for name in chosen]) if len(chosen) == MOST_COMPARED else []
    rows = [(name, [COLUMNS[column].of(run) for column in USUAL]) for name, run in found.items()]
    headings = [COLUMNS[column].heading for column in USUAL]
    values: dict[str, Any] = {"rows": rows, "headings": headings, "broken": broken, "chosen": chosen, "charts": charts}
    return page(request, "runs.html", folder=settings.runs is not None, asked=len(with_), **values)


@router.get("/runs/{name}")
def run(request: Request, name: str, person: Researcher) -> Response:  # noqa: ARG001
    """A run: its curves, what it has come to by difficulty, and what it noted."""
    settings: Settings = request.app.state.settings
    found, _ = _all(settings.runs)
    if name not in found:
        raise HTTPException(404)
    shown = found[name]
    facts = [(COLUMNS[column].heading, COLUMNS[column].of(shown)) for column in COLUMNS]
    notes = [(row["step"], row["note"]) for row in shown.rows if row.get("note")]
    levels = shown.final.get("by_difficulty") or {}
    return page(
        request,
        "run.html",
        name=name,
        summary=str(shown.experiment.get("experiment", "")),
        state=shown.status,
        reason=str(shown.results.get("reason", "")) if shown.status != "unfinished" else "",
        facts=facts,
        notes=notes[-20:],
        charts=curves_of(shown),
        levels=[(level, [_share(by.get(who)) for who, _, _ in WHO]) for level, by in levels.items()],
        who=[said for _, said, _ in WHO],
    )


def curves_of(run: Run) -> list[Chart]:
    """The curves of one run: right answers by who answers, agreement with HCH, and the loss."""
    steps = [run.number("step", of=row) for row in run.rows]

    def over(*keys: str) -> list[float | None]:
        return [run.number(*keys, of=row) for row in run.rows]

    right = [Curve(said, steps, over("accuracy", who), look) for who, said, look in WHO]
    as_hch = [Curve("agreement", steps, over("agreement_with_hch"), "three")]
    loss = [Curve("loss", steps, over("loss"), "one")]
    made = (
        chart("Right answers", "steps", right),
        chart("The model’s answer is HCH’s", "steps", as_hch),
        chart("Loss", "steps", loss, share=False),
    )
    return [each for each in made if each is not None]


def comparison(runs: list[Run]) -> list[Chart]:
    """Two runs in one picture: the model's right answers against steps, against seconds, and against H's actions."""
    made = []
    for key, name in (("step", "steps"), ("seconds", "seconds of training"), ("human_actions", "actions of H")):
        curves = [
            Curve(
                run.path.name,
                [run.number(key, of=row) for row in run.rows],
                [run.number("accuracy", "model", of=row) for row in run.rows],
                look,
            )
            for run, look in zip(runs, ("one", "two"), strict=True)
        ]
        made.append(chart("The model’s right answers", name, curves))
    return [each for each in made if each is not None]


def _all(folder: Path | None) -> tuple[dict[str, Run], list[str]]:
    """The runs in a folder by name, newest first, and what is wrong with those that cannot be read."""
    if folder is None or not folder.is_dir():
        return {}, []
    found: dict[str, Run] = {}
    broken = []
    places = [path for path in folder.iterdir() if (path / "experiment.json").is_file()]
    for path in sorted(places, key=lambda each: -(each / "experiment.json").stat().st_mtime):
        try:
            found[path.name] = read_run(path)
        except RunError as error:
            broken.append(f"{path.name}: {str(error).replace(str(folder), '…')}")
    return found, broken


def _share(value: Any) -> str:
    return f"{value:.1%}" if isinstance(value, int | float) else "–"
