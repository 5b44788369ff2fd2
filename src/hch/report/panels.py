"""Which panels a report has, from the numbers of its runs."""

from __future__ import annotations

from collections.abc import Sequence

from hch.report.curves import SERIES, Level, Line, Panel, look
from hch.report.reading import Run
from hch.report.strands import mean, strands
from hch.text.display import plain

MODEL, AMPLIFIED, HCH, ALONE = "model", "H + model", "HCH", "H alone"
WHO = {"alone": ALONE, "model": MODEL, "amplified": AMPLIFIED, "hch": HCH}
"""Who answers, in the order of tables."""

COLOURS = {"model": SERIES[0], "amplified": SERIES[1], "hch": SERIES[2], "alone": SERIES[3]}
DASHES = {"model": "-", "amplified": "--", "hch": ":", "alone": "-."}
MARKERS = {"model": "o", "amplified": "s", "hch": "^", "alone": "D"}

MOST_LEVELS = 3
"""Lines of one kind that can be told apart in a panel."""

PROGRESS = {"step": "steps", "seconds": "seconds of training", "human_actions": "human actions"}
"""What accuracy is shown against."""


def accuracy_panels(runs: Sequence[Run]) -> list[Panel]:
    """Accuracy against steps, seconds and human actions, with what HCH and H alone reach as levels.

    A run that asks no human has no place on the third: what it reached is a level there. Where there are many runs,
    there is a line for each scheme, and none for H consulting the model.
    """
    panels = []
    drawn = strands(runs)
    few, one = len(drawn) == len(runs), len(runs) == 1
    for key, name in PROGRESS.items():
        lines, levels = [], reference_levels(runs, one_each=not few)
        for number, strand in enumerate(drawn):
            xs = strand.over(key)
            if key == "human_actions" and not any(xs):
                if (reached := strand.last("accuracy", "model")) is not None:
                    levels.append(Level(strand.name, reached, "--"))
                continue
            colour, dashes = look(number)
            lines.append(Line(MODEL if one else strand.name, xs, strand.over("accuracy", "model"), colour, dashes))
            if few:
                second = COLOURS["amplified"] if one else colour
                amplified = strand.over("accuracy", "amplified")
                lines.append(Line(AMPLIFIED if one else "", xs, amplified, second, "--"))
        panels.append(Panel(f"right answers against {name}{'' if few else ' (means)'}", name, lines, levels))
    return [panel for panel in panels if not panel.empty]


def reference_levels(runs: Sequence[Run], one_each: bool = False) -> list[Level]:
    """HCH, H alone and the supervised model, once for each different value that the runs have, or only their means."""
    found: list[Level] = []
    supervised = [run.number("accuracy", "supervised", of=run.final) for run in runs]
    for name, dashes, values in (
        (HCH, ":", [run.number("accuracy", "hch") for run in runs]),
        (ALONE, "-.", [run.number("accuracy", "alone") for run in runs]),
        ("supervised", "--", [] if one_each else supervised),
    ):
        known = [mean(values)] if one_each else list(dict.fromkeys(values))
        found += [Level(name, value, dashes) for value in known if value is not None]
    return found


def over_time(run: Run, *keys: str) -> list[float | None]:
    """What the evaluations found under these keys, from first to last."""
    return [run.number(*keys, of=row) for row in run.rows]


def agreement_panel(runs: Sequence[Run]) -> Panel:
    """How often the model gives HCH's answer."""
    drawn = strands(runs)
    lines = []
    for number, strand in enumerate(drawn):
        name = MODEL if len(runs) == 1 else strand.name
        lines.append(Line(name, strand.over("step"), strand.over("agreement_with_hch"), *look(number)))
    few = len(drawn) == len(runs)
    return Panel(f"same answers as HCH{'' if few else ' (means)'}", "steps", lines)


def curriculum_panel(run: Run) -> Panel:
    """The size of the instances that the run was at."""
    steps, sizes = over_time(run, "step"), over_time(run, "size")
    return Panel("size of the instances", "steps", [Line("", steps, sizes, COLOURS["model"])], shares=False)


def imitated_panel(run: Run) -> Panel:
    """How often H′ would have acted otherwise than H, on transcripts that it had not seen."""
    steps, errors = over_time(run, "step"), over_time(run, "imitated", "error")
    return Panel("transcripts on which H′ errs", "steps", [Line("H′", steps, errors, COLOURS["amplified"])])


def difficulty_panel(run: Run) -> Panel:
    """What each of the four answers correctly in the end, by difficulty; and the model before its first step."""
    levels = list(run.final.get("by_difficulty", {}))
    lines = []
    for who, name in WHO.items():
        shares = [run.number("by_difficulty", level, who, of=run.final) for level in levels]
        lines.append(Line(name, range(len(levels)), shares, COLOURS[who], DASHES[who], MARKERS[who]))
    if from_start(run):
        shares = [run.number("by_difficulty", level, "model", of=run.rows[0]) for level in levels]
        lines.append(Line("untrained", range(len(levels)), shares, SERIES[4], "-", "x"))
    names = [plain(level, 12) for level in levels]
    return Panel("right answers in the end, by difficulty", "difficulty", lines, categories=names)


def rounds_panel(run: Run) -> Panel:
    """The hardest questions from the first step to the last: the model, and dashed H consulting it.

    Empty where the model was not evaluated before its first step.
    """
    levels, lines = list(run.final.get("by_difficulty", {})) if from_start(run) else [], []
    for colour, level in zip(SERIES, levels[-MOST_LEVELS:], strict=False):
        steps = over_time(run, "step")
        lines.append(Line(plain(level, 12), steps, over_time(run, "by_difficulty", level, "model"), colour))
        lines.append(Line("", steps, over_time(run, "by_difficulty", level, "amplified"), colour, "--"))
    return Panel("by difficulty: the model, and H + model (dashed)", "steps", lines)


def from_start(run: Run) -> bool:
    """Whether the model was evaluated before its first step."""
    return bool(run.rows) and run.number("step", of=run.rows[0]) == 0


def difficulty_over_time(run: Run) -> tuple[list[str], list[float], list[list[float | None]]]:
    """The model's share of right answers: the levels, the steps, and for each level a share for each step."""
    rows = [row for row in run.rows if isinstance(row.get("by_difficulty"), dict) and row.get("step") is not None]
    levels = list(dict.fromkeys(level for row in rows for level in row["by_difficulty"]))
    shares = [[run.number("by_difficulty", level, "model", of=row) for row in rows] for level in levels]
    return [plain(level, 12) for level in levels], [row["step"] for row in rows], shares
