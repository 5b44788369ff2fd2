"""The report as one HTML file: it needs no network and no scripts, and trusts no text of a run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from hch.report.html import STYLE_SHEET, make_templates
from hch.report.plots import Panel, render_heatmap, render_svg
from hch.report.run_plots import (
    ANSWERERS,
    MOST_SEPARATE,
    make_accuracy_panels,
    make_agreement_panel,
    make_curriculum_panel,
    make_difficulty_heatmap,
    make_difficulty_panel,
    make_imitated_panel,
    make_progress_panel,
)
from hch.report.runs import COLUMNS, UNFINISHED, ConsultationRecord, Run, Tree, label_runs
from hch.text.display import count, percent, plain

SAMPLES = 6
"""Transcripts shown of one run."""
MOST_CONSULTATIONS = 40
"""Consultations shown of one transcript."""


@dataclass(frozen=True)
class Plot:
    """A plot, and its description for those who cannot see it."""

    image: Markup
    description: str


@dataclass(frozen=True)
class ShownConsultation:
    """A consultation in a transcript, at its depth; ``above`` if its own consultations are shown already."""

    depth: int
    record: ConsultationRecord
    above: bool = False


@dataclass(frozen=True)
class ShownTranscript:
    """A transcript on the page, with the facts of its context; ``more`` consultations are left out."""

    tree: Tree
    facts: list[str]
    consultations: list[ShownConsultation]
    more: int


def render_report(runs: Sequence[Run], columns: Sequence[str]) -> str:
    """The page for these runs, with these columns in the table of runs."""
    plotter = Plotter()
    return (
        make_templates("hch.report")
        .get_template("page.html")
        .render(
            title=_make_title(runs),
            runs=list(zip(label_runs(runs), runs, map(_prepare_facts, runs), strict=True)),
            css=Markup(STYLE_SHEET.read_text("utf-8")),  # our own file
            answerers=ANSWERERS,
            most_separate=MOST_SEPARATE,
            columns={name: COLUMNS[name] for name in columns},
            curves=[plotter.draw(panel) for panel in make_accuracy_panels(runs)],
            agreement=plotter.draw(make_agreement_panel(runs)),
            by_run=[_prepare_plots(run, plotter) for run in runs],
            difficulties=list(dict.fromkeys(d for run in runs for d in run.final.get("by_difficulty") or {})),
        )
    )


def _make_title(runs: Sequence[Run]) -> str:
    experiments = list(dict.fromkeys(plain(run.experiment.get("experiment", "run"), 60) for run in runs))
    return " and ".join(experiments) if len(runs) == 1 else f"{len(runs)} runs of {' and '.join(experiments)}"


class Plotter:
    """Draws the plots of one page, with unique ids."""

    def __init__(self) -> None:
        self.count = 0

    def draw(self, panel: Panel) -> Plot | None:
        """The panel's plot; None where it is empty."""
        if panel.empty:
            return None
        return Plot(Markup(render_svg(panel, self._next_prefix())), _describe(panel))

    def draw_heatmap(self, run: Run) -> Plot | None:
        """The model's accuracy by difficulty over time; None before there are two evaluations."""
        heatmap = make_difficulty_heatmap(run)
        if len(heatmap.columns) < 2:
            return None
        description = "Accuracy of the model by difficulty and step: light is right, dark is wrong."
        return Plot(Markup(render_heatmap(heatmap, self._next_prefix())), description)

    def _next_prefix(self) -> str:
        self.count += 1
        return f"p{self.count}"


def _describe(panel: Panel) -> str:
    """A panel in words: the first and last value of each line."""
    ends = []
    for line in panel.lines:
        if line.name and (points := line.points()):
            first, last = (percent(y) if panel.shares else count(y) for _, y in (points[0], points[-1]))
            ends.append(f"{line.name} from {first} to {last}")
    return f"{panel.title}: {'; '.join(ends)}" if ends else panel.title


def _prepare_plots(run: Run, plotter: Plotter) -> dict[str, Any]:
    """The plots and transcripts of one run."""
    sizes = run.final.get("by_size") or {}
    has_curriculum = len(sizes) > 1 or len({row.get("size") for row in run.rows}) > 1
    return {
        "difficulty": plotter.draw(make_difficulty_panel(run)),
        "heatmap": plotter.draw_heatmap(run),
        "progress": plotter.draw(make_progress_panel(run)),
        "curriculum": plotter.draw(make_curriculum_panel(run)) if has_curriculum else None,
        "imitated": plotter.draw(make_imitated_panel(run)),
        "transcripts": list(_choose_transcripts(run.trees)),
    }


def _prepare_facts(run: Run) -> dict[str, Any]:
    """A run's settings and state as the page prints them."""
    record = run.experiment
    command = [shlex.quote(plain(word)) for word in record.get("command") or []]
    last = run.rows[-1] if run.rows else {}
    return {
        "command": " ".join(["hch", *command]) if command else "",
        "versions": {name: _shorten_commit(version) for name, version in (record.get("versions") or {}).items()},
        "settings": list(_flatten({k: v for k, v in (record.get("settings") or {}).items() if k != "type"})),
        "ending": _describe_ending(run),
        "imitated": last.get("imitated") or {},
        "note": last.get("note") or "",
    }


def _shorten_commit(version: object) -> str:
    """A version, with a commit's forty digits cut to twelve."""
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28}\b", r"\1", str(version or "none"))


def _describe_ending(run: Run) -> str:
    """How the run ended, to follow its status."""
    step = count(run.number("steps", of=run.results) if run.status != UNFINISHED else run.number("step"))
    reason = plain(run.results.get("reason") or "")
    resume = f"The run is still going on, or it was killed and hch resume {plain(run.path)} continues it"
    match run.status:
        case "done":
            return f"after {step} steps"
        case "stopped":
            return reason or f"after {step} steps"
        case "failed":
            return f"after {step} steps: {reason or 'the record does not say why'}"
        case _ if run.rows:
            return f"The last evaluation was at step {step}. {resume}"
        case _:
            return f"There is no evaluation yet, so there is nothing to show. {resume}"


def _flatten(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each setting by its dotted name; the name of a part has its type."""
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield name, str(value.get("type", ""))
            yield from _flatten({k: v for k, v in value.items() if k != "type"}, f"{name}.")
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _choose_transcripts(trees: Sequence[Tree]) -> Iterator[ShownTranscript]:
    """Some transcripts, taken in turn from groups that differ in outcome and number of consultations."""
    groups: dict[tuple[str, int], list[Tree]] = {}
    for tree in trees:
        if tree.transcripts:
            root = tree.transcripts[0]
            groups.setdefault((root.outcome, len(root.consultations())), []).append(tree)
    chosen: list[Tree] = []
    queues = [groups[key] for key in sorted(groups)]
    while len(chosen) < SAMPLES and any(queues):
        chosen += [queue.pop(0) for queue in queues if queue][: SAMPLES - len(chosen)]
    for tree in chosen:
        shown = list(_walk_consultations(tree))
        facts = tree.contexts.get(tree.transcripts[0].context, [])
        yield ShownTranscript(tree, facts, shown[:MOST_CONSULTATIONS], max(0, len(shown) - MOST_CONSULTATIONS))


def _walk_consultations(tree: Tree) -> Iterator[ShownConsultation]:
    """All consultations of a tree in depth-first order, each transcript's only once."""
    visited = {0}
    stack = [(0, consultation) for consultation in reversed(tree.transcripts[0].consultations())]
    while stack:
        depth, consultation = stack.pop()
        below = consultation.transcript
        if below is None or not 0 <= below < len(tree.transcripts):
            yield ShownConsultation(depth, consultation)
            continue
        yield ShownConsultation(depth, consultation, above=below in visited)
        if below not in visited:
            visited.add(below)
            stack += [(depth + 1, other) for other in reversed(tree.transcripts[below].consultations())]
