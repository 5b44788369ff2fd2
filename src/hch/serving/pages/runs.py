"""Training runs: their curves while they go on, what they have come to, and two side by side. For researchers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from hch.report import COLUMNS, USUAL, Run
from hch.serving.pages.curves import Chart, Curve, chart
from hch.serving.pages.pages import page
from hch.serving.pages.run_folders import RunFolders
from hch.serving.pages.sessions import FOR_RESEARCHERS
from hch.text.display import UNKNOWN, percent

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
"""What curves are drawn against: its name in a row of metrics, and in words."""


@router.get("/runs")
def runs(request: Request, with_: Annotated[list[str], Query(alias="with", default_factory=list)]) -> Response:
    """All runs; those that are chosen, at most two, in one picture."""
    folders: RunFolders = request.app.state.runs
    found, broken = folders.all()
    chosen = [found[name] for name in dict.fromkeys(with_) if name in found][:MOST_COMPARED]
    both = len(chosen) == MOST_COMPARED
    return page(
        request,
        "runs.html",
        folder=folders.folder is not None,
        rows=[(name, run.status, [COLUMNS[column].of(run) for column in USUAL]) for name, run in found.items()],
        headings=[COLUMNS[column].heading for column in USUAL],
        broken=broken,
        chosen=[run.path.name for run in chosen],
        asked=len(with_),
        charts=comparison(chosen) if both else [],
        figures=[(column.heading, [column.of(run) for run in chosen]) for column in COLUMNS.values()] if both else [],
    )


@router.get("/runs/{name}")
def run(request: Request, name: str, against: str = "steps") -> Response:
    """A run: its curves, what it has come to by difficulty, and what it noted."""
    folders: RunFolders = request.app.state.runs
    found, _ = folders.all()
    if name not in found:
        raise HTTPException(404)
    shown = found[name]
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
    """Who was right how often, by difficulty: the headings, and a row for each level."""
    levels = run.final.get("by_difficulty")
    levels = levels if isinstance(levels, dict) else {}
    who = [(key, said) for key, said, _ in WHO if any(key in by for by in levels.values() if isinstance(by, dict))]
    rows = [(level, [percent(run.number(level, key, of=levels)) for key, _ in who]) for level in levels]
    return {"who": [said for _, said in who], "levels": rows}


def curves_of(run: Run, against: str) -> list[Chart]:
    """The curves of one run: right answers by who answers, agreement with HCH, and the loss."""
    key, x_name = AGAINST[against]
    xs = _over(run, key)
    right = [Curve(said, xs, _over(run, "accuracy", who), look) for who, said, look in WHO]
    made = (
        chart("Right answers", x_name, right),
        chart("Answers that are HCH’s", x_name, [Curve("model", xs, _over(run, "agreement_with_hch"), "one")]),
        chart("Loss", x_name, [Curve("loss", xs, _over(run, "loss"), "one")], share=False),
    )
    return [each for each in made if each is not None]


def comparison(runs: list[Run]) -> list[Chart]:
    """Two runs in one picture: the model's right answers against each thing; agreement and loss against steps."""

    def both(key: str, *what: str) -> list[Curve]:
        looks = ("one", "two")
        return [
            Curve(run.path.name, _over(run, key), _over(run, *what), look)
            for run, look in zip(runs, looks, strict=True)
        ]

    right = [
        chart("The model’s right answers", words, both(key, "accuracy", "model")) for key, words in AGAINST.values()
    ]
    made = (
        *right,
        chart("Right answers of H with the model", "steps", both("step", "accuracy", "amplified")),
        chart("Answers that are HCH’s", "steps", both("step", "agreement_with_hch")),
        chart("Loss", "steps", both("step", "loss"), share=False),
    )
    return [each for each in made if each is not None]


def _over(run: Run, *keys: str) -> list[float | None]:
    """What a run has under these keys in each row of its metrics."""
    return [run.number(*keys, of=row) for row in run.rows]
