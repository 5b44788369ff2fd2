"""The report as one HTML file: it needs no network and no scripts, and trusts no text that a run has in it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from hch.report.columns import COLUMNS
from hch.report.curves import Panel, heat_svg, svg
from hch.report.panels import (
    WHO,
    accuracy_panels,
    agreement_panel,
    curriculum_panel,
    difficulty_over_time,
    difficulty_panel,
    imitated_panel,
    rounds_panel,
)
from hch.report.reading import UNFINISHED, ConsultationRecord, Run, Tree, labels
from hch.report.strands import MOST
from hch.text.display import count, duration, percent, plain

SAMPLES = 6
MOST_CONSULTATIONS = 40
"""Consultations shown of one sample."""


@dataclass(frozen=True)
class Plot:
    """A plot, and what it shows for those who cannot see it."""

    image: Markup
    says: str


@dataclass(frozen=True)
class Consulted:
    """A consultation in a sample, at its depth; ``above`` where its own consultations are shown already."""

    depth: int
    record: ConsultationRecord
    above: bool = False


@dataclass(frozen=True)
class Sample:
    """A transcript as the page shows it."""

    tree: Tree
    facts: list[str]
    consultations: list[Consulted]
    more: int


def html(runs: Sequence[Run], columns: Sequence[str]) -> str:
    """The page for these runs."""
    loader = jinja2.PackageLoader("hch.report", "")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(plain=plain, percent=percent, count=count, duration=duration)
    names = labels(runs)
    plots = Plots()
    return environment.get_template("page.html").render(
        title=title(runs),
        runs=list(zip(names, runs, map(view, runs), strict=True)),
        css=Markup((Path(__file__).parent / "page.css").read_text("utf-8")),  # our own file
        who=WHO,
        most=MOST,
        columns={name: COLUMNS[name] for name in columns},
        curves=[plots(panel) for panel in accuracy_panels(runs)],
        agreement=plots(agreement_panel(runs)),
        by_run=[details(run, plots) for run in runs],
        levels=list(dict.fromkeys(level for run in runs for level in run.final.get("by_difficulty") or {})),
    )


def title(runs: Sequence[Run]) -> str:
    """The page's title."""
    experiments = list(dict.fromkeys(plain(run.experiment.get("experiment", "run"), 60) for run in runs))
    return " and ".join(experiments) if len(runs) == 1 else f"{len(runs)} runs of {' and '.join(experiments)}"


class Plots:
    """Draws panels for one page, each with ids of its own."""

    def __init__(self) -> None:
        self.drawn = 0

    def __call__(self, panel: Panel) -> Plot | None:
        """The panel's plot; None where there is nothing to draw."""
        if panel.empty:
            return None
        return Plot(Markup(svg(panel, self.prefix())), says(panel))

    def heat(self, run: Run) -> Plot | None:
        """The model's right answers by difficulty over time; None before there are two evaluations."""
        levels, steps, shares = difficulty_over_time(run)
        if len(steps) < 2:
            return None
        about = "Share of right answers of the model, by difficulty and step: light is right, dark is wrong."
        return Plot(Markup(heat_svg(levels, steps, shares, self.prefix())), about)

    def prefix(self) -> str:
        """The next plot's own."""
        self.drawn += 1
        return f"p{self.drawn}"


def says(panel: Panel) -> str:
    """A panel in words: where each line begins and ends."""
    ends = []
    for line in panel.lines:
        if line.name and (points := line.points()):
            first, last = (percent(p[1]) if panel.shares else count(p[1]) for p in (points[0], points[-1]))
            ends.append(f"{line.name} from {first} to {last}")
    return f"{panel.title}: {'; '.join(ends)}" if ends else panel.title


def details(run: Run, plots: Plots) -> dict[str, Any]:
    """What the page shows of one run alone."""
    sizes = run.final.get("by_size") or {}
    moved = len(sizes) > 1 or len({row.get("size") for row in run.rows}) > 1
    return {
        "difficulty": plots(difficulty_panel(run)),
        "heat": plots.heat(run),
        "rounds": plots(rounds_panel(run)),
        "curriculum": plots(curriculum_panel(run)) if moved else None,
        "imitated": plots(imitated_panel(run)),
        "samples": list(samples(run.trees)),
    }


def view(run: Run) -> dict[str, Any]:
    """A run's facts as the page prints them."""
    record = run.experiment
    command = record.get("command") or []
    return {
        "command": "hch " + " ".join(map(quoted, command)) if command else "",
        "versions": {name: short(version) for name, version in (record.get("versions") or {}).items()},
        "settings": list(flat({k: v for k, v in (record.get("settings") or {}).items() if k != "type"})),
        "sentence": sentence(run),
        "imitated": (run.rows[-1].get("imitated") if run.rows else None) or {},
        "note": (run.rows[-1].get("note") if run.rows else None) or "",
    }


def short(version: object) -> str:
    """A version, a commit's forty digits cut to twelve."""
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28}\b", r"\1", str(version or "none"))


def quoted(word: object) -> str:
    """A word as a shell takes it."""
    return shlex.quote(plain(word))


def sentence(run: Run) -> str:
    """How the run ended, in a sentence that follows its status."""
    step = count(run.number("steps", of=run.results) if run.status != UNFINISHED else run.number("step"))
    reason = plain(run.results.get("reason") or "")
    go_on = f"Either it goes on now, or it was cut off and hch resume {plain(run.path)} goes on with it"
    match run.status:
        case "done":
            return f"after {step} steps"
        case "stopped":
            return reason or f"after {step} steps"
        case "failed":
            return f"after {step} steps: {reason or 'the record does not say why'}"
        case _ if run.rows:
            return f"The last evaluation was at step {step}. {go_on}"
        case _:
            return f"There is no evaluation yet, so there is nothing to show. {go_on}"


def flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each setting by its dotted name; a part's own name is that of its type."""
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield name, str(value.get("type", ""))
            yield from flat({k: v for k, v in value.items() if k != "type"}, f"{name}.")
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def samples(trees: Sequence[Tree]) -> Iterator[Sample]:
    """Some transcripts that differ in how they ended and in how much was asked."""
    kinds: dict[tuple[str, int], list[Tree]] = {}
    for tree in trees:
        if tree.transcripts:
            root = tree.transcripts[0]
            kinds.setdefault((root.outcome, sum(map(len, root.rounds))), []).append(tree)
    chosen: list[Tree] = []
    groups = [kinds[key] for key in sorted(kinds)]
    while len(chosen) < SAMPLES and any(groups):
        chosen += [group.pop(0) for group in groups if group][: SAMPLES - len(chosen)]
    for tree in chosen:
        shown = list(consultations(tree))
        facts = tree.contexts.get(tree.transcripts[0].context, [])
        yield Sample(tree, facts, shown[:MOST_CONSULTATIONS], max(0, len(shown) - MOST_CONSULTATIONS))


def consultations(tree: Tree) -> Iterator[Consulted]:
    """All consultations of a tree from the top, each transcript's only once."""
    opened = {0}
    waiting = [(0, c) for c in reversed([c for r in tree.transcripts[0].rounds for c in r])]
    while waiting:
        depth, consultation = waiting.pop()
        below = consultation.transcript
        if below is None or not 0 <= below < len(tree.transcripts):
            yield Consulted(depth, consultation)
            continue
        yield Consulted(depth, consultation, above=below in opened)
        if below not in opened:
            opened.add(below)
            waiting += [(depth + 1, c) for c in reversed([c for r in tree.transcripts[below].rounds for c in r])]
