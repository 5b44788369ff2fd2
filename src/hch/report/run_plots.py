"""The panels of a report, from the numbers of its runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hch.report.plots import SERIES, Heatmap, Line, Panel, ReferenceLine, get_line_style
from hch.report.runs import Run, label_runs
from hch.report.statistics import compute_mean
from hch.text.display import plain

MODEL, AMPLIFIED, HCH, ALONE = "model", "H + model", "HCH", "H alone"
ANSWERERS = {"alone": ALONE, "model": MODEL, "amplified": AMPLIFIED, "hch": HCH}
"""Whose answers are evaluated, in the order of tables, by the key in results."""

COLOURS = {"model": SERIES[0], "amplified": SERIES[1], "hch": SERIES[2], "alone": SERIES[3]}
DASHES = {"model": "-", "amplified": "--", "hch": ":", "alone": "-."}
MARKERS = {"model": "o", "amplified": "s", "hch": "^", "alone": "D"}

MOST_SEPARATE = len(SERIES)
"""Runs with a line each: H consulting the model is dashed in the same colour, so each run needs a colour of its own."""

MOST_DIFFICULTIES = 3
"""Difficulties that can be told apart in one panel."""

PROGRESS = {"step": "steps", "seconds": "seconds of training", "human_actions": "human actions"}
"""The x axes of accuracy."""


@dataclass(frozen=True)
class RunGroup:
    """Runs that share one line of a panel, and its name."""

    name: str
    runs: Sequence[Run]

    def series(self, *keys: str) -> list[float | None]:
        """The means under these keys at the steps at which every run of the group has an evaluation."""
        by_step = [{run.number("step", of=row): row for row in run.rows} for run in self.runs]
        shared = [step for step in by_step[0] if all(step in rows for rows in by_step)]
        return [
            compute_mean([run.number(*keys, of=rows[step]) for run, rows in zip(self.runs, by_step, strict=True)])
            for step in shared
        ]

    def last(self, *keys: str) -> float | None:
        """The mean under these keys over each run's last evaluation."""
        return compute_mean([run.number(*keys) for run in self.runs])


def group_runs(runs: Sequence[Run]) -> list[RunGroup]:
    """A group for each run, or for each scheme where there are more than MOST_SEPARATE runs."""
    if len(runs) <= MOST_SEPARATE:
        return [RunGroup(plain(label, 24), [run]) for run, label in zip(runs, label_runs(runs), strict=True)]
    schemes = dict.fromkeys(run.scheme for run in runs)
    return [RunGroup(plain(scheme, 24), [run for run in runs if run.scheme == scheme]) for scheme in schemes]


def make_accuracy_panels(runs: Sequence[Run]) -> list[Panel]:
    """Accuracy against steps, seconds and human actions, with HCH and H alone for reference.

    A run that asks no human has no place on the third axis: its final accuracy is a reference line there. Of many runs
    the panels show means by scheme, and leave out H consulting the model.
    """
    panels = []
    groups = group_runs(runs)
    separate, single = len(groups) == len(runs), len(runs) == 1
    for key, x_name in PROGRESS.items():
        lines, references = [], _make_references(runs, separate)
        for number, group in enumerate(groups):
            xs = group.series(key)
            if key == "human_actions" and not any(xs):
                if (accuracy := group.last("accuracy", "model")) is not None:
                    references.append(ReferenceLine(group.name, accuracy, "--"))
                continue
            colour, dashes = get_line_style(number)
            name = MODEL if single else group.name
            lines.append(Line(name, xs, group.series("accuracy", "model"), colour, dashes))
            if separate:
                colour = COLOURS["amplified"] if single else colour
                ys = group.series("accuracy", "amplified")
                lines.append(Line(AMPLIFIED if single else "", xs, ys, colour, "--"))
        title = f"accuracy against {x_name}{'' if separate else ' (means)'}"
        panels.append(Panel(title, x_name, lines, references))
    return [panel for panel in panels if not panel.empty]


def _make_references(runs: Sequence[Run], separate: bool) -> list[ReferenceLine]:
    """HCH, H alone and the supervised model: one line per distinct value, or of means only without the last."""
    references: list[ReferenceLine] = []
    for name, dashes, values in (
        (HCH, ":", [run.number("accuracy", "hch") for run in runs]),
        (ALONE, "-.", [run.number("accuracy", "alone") for run in runs]),
        ("supervised", "--", [run.number("accuracy", "supervised", of=run.final) for run in runs if separate]),
    ):
        levels = list(dict.fromkeys(values)) if separate else [compute_mean(values)]
        references += [ReferenceLine(name, level, dashes) for level in levels if level is not None]
    return references


def make_agreement_panel(runs: Sequence[Run]) -> Panel:
    """The model's agreement with HCH against steps."""
    groups = group_runs(runs)
    lines = []
    for number, group in enumerate(groups):
        name = MODEL if len(runs) == 1 else group.name
        lines.append(Line(name, group.series("step"), group.series("agreement_with_hch"), *get_line_style(number)))
    return Panel(f"agreement with HCH{'' if len(groups) == len(runs) else ' (means)'}", "steps", lines)


def make_curriculum_panel(run: Run) -> Panel:
    """The size of the instances that the curriculum had reached."""
    lines = [Line("", run.series("step"), run.series("size"), COLOURS["model"])]
    return Panel("size of the instances", "steps", lines, shares=False)


def make_imitated_panel(run: Run) -> Panel:
    """The error of H′ in predicting H's actions, on transcripts that it was not trained on."""
    lines = [Line("H′", run.series("step"), run.series("imitated", "error"), COLOURS["amplified"])]
    return Panel("transcripts on which H′ errs", "steps", lines)


def make_difficulty_panel(run: Run) -> Panel:
    """Final accuracy by difficulty, and that of the untrained model."""
    difficulties = list(run.final.get("by_difficulty", {}))
    xs = range(len(difficulties))

    def list_shares(answerer: str, row: dict[str, object]) -> list[float | None]:
        return [run.number("by_difficulty", difficulty, answerer, of=row) for difficulty in difficulties]

    lines = [
        Line(name, xs, list_shares(key, run.final), COLOURS[key], DASHES[key], MARKERS[key])
        for key, name in ANSWERERS.items()
    ]
    if _starts_untrained(run):
        lines.append(Line("untrained", xs, list_shares("model", run.rows[0]), SERIES[4], "-", "x"))
    names = [plain(difficulty, 12) for difficulty in difficulties]
    return Panel("final accuracy by difficulty", "difficulty", lines, categories=names)


def make_progress_panel(run: Run) -> Panel:
    """Accuracy on the hardest questions from the first step to the last: the model, and dashed H consulting it.

    Empty where the model was not evaluated before its first step.
    """
    difficulties, lines = list(run.final.get("by_difficulty", {})) if _starts_untrained(run) else [], []
    steps = run.series("step")
    for colour, difficulty in zip(SERIES, difficulties[-MOST_DIFFICULTIES:], strict=False):
        lines.append(Line(plain(difficulty, 12), steps, run.series("by_difficulty", difficulty, "model"), colour))
        lines.append(Line("", steps, run.series("by_difficulty", difficulty, "amplified"), colour, "--"))
    return Panel("by difficulty: the model, and H + model (dashed)", "steps", lines)


def _starts_untrained(run: Run) -> bool:
    """Whether the model was evaluated before its first step."""
    return bool(run.rows) and run.number("step", of=run.rows[0]) == 0


def make_difficulty_heatmap(run: Run) -> Heatmap:
    """The model's accuracy by difficulty and step."""
    rows = [row for row in run.rows if isinstance(row.get("by_difficulty"), dict) and row.get("step") is not None]
    difficulties = list(dict.fromkeys(difficulty for row in rows for difficulty in row["by_difficulty"]))
    shares = [[run.number("by_difficulty", difficulty, "model", of=row) for row in rows] for difficulty in difficulties]
    return Heatmap([plain(difficulty, 12) for difficulty in difficulties], [row["step"] for row in rows], shares)
