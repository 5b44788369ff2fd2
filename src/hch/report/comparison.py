"""Schemes side by side over several seeds: their results, their costs, and how far the proxy can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hch.report.plots import Line, Panel, get_line_style
from hch.report.run_plots import RunGroup
from hch.report.runs import Run
from hch.report.statistics import Estimate, estimate_mean
from hch.text.display import UNKNOWN, count


@dataclass(frozen=True)
class Measure:
    """A column of the comparison: its heading, a run's number, and the format of numbers."""

    heading: str
    of: Callable[[Run], float | None]
    format: Callable[[float | None], str]


def _final(*keys: str) -> Callable[[Run], float | None]:
    return lambda run: run.number(*keys, of=run.final)


def _get_flaw_use(run: Run) -> float | None:
    """The appeal of the model's answers to the flaw that they appeal to most; None where H has no flaw."""
    appeals = run.final.get("oversight", {}).get("appeal", {})
    return max(appeals.values(), default=None)


def _format_share(number: float | None) -> str:
    return UNKNOWN if number is None else f"{100 * number:.0f}%"


def _format_nats(number: float | None) -> str:
    return UNKNOWN if number is None else f"{number:.2f}"


MEASURES: Mapping[str, Measure] = {
    "gold": Measure("right", _final("accuracy", "model"), _format_share),
    "agreement": Measure("as HCH", _final("agreement_with_hch"), _format_share),
    "approval": Measure("approval", _final("oversight", "approval"), _format_share),
    "unflawed_approval": Measure("unflawed", _final("oversight", "unflawed_approval"), _format_share),
    "flaw_use": Measure("uses a flaw", _get_flaw_use, _format_share),
    "kl": Measure("KL", _final("oversight", "kl"), _format_nats),
    "steps": Measure("steps", _final("steps"), count),
    "human_actions": Measure("human actions", _final("human_actions"), count),
    "consultations": Measure("consultations", _final("consultations"), count),
    "seconds": Measure("seconds", _final("training_seconds"), count),
}
COSTS = ("steps", "human_actions", "consultations", "seconds")
"""The measures whose table shows means without intervals."""


def compare_schemes(runs: Mapping[str, Sequence[Run]]) -> dict[str, dict[str, Estimate]]:
    """By scheme and measure the estimate over the scheme's runs."""
    return {
        scheme: {name: estimate_mean([measure.of(run) for run in group]) for name, measure in MEASURES.items()}
        for scheme, group in runs.items()
    }


def format_estimate(name: str, estimate: Estimate) -> str:
    """An estimate of a measure as a table shows it, with its interval where there is one."""
    to_text = MEASURES[name].format
    if estimate.low is None or name in COSTS or estimate.low == estimate.high:
        return to_text(estimate.mean)
    low, high = (to_text(bound).removesuffix("%") for bound in (estimate.low, estimate.high))
    return f"{to_text(estimate.mean)} [{low}, {high}]"


PATHS = {
    "step": ("step",),
    "human_actions": ("human_actions",),
    "gold": ("accuracy", "model"),
    "approval": ("oversight", "approval"),
    "kl": ("oversight", "kl"),
}
"""The keys in an evaluation of what the panels show."""


def make_proxy_panels(runs: Mapping[str, Sequence[Run]]) -> list[Panel]:
    """Accuracy against approval, KL divergence and H's actions, and approval against steps: means over seeds.

    Where a line turns down while its approval still rises, the proxy has come apart from gold (Goodhart's law).
    """
    groups = [RunGroup(scheme, group) for scheme, group in runs.items() if group]
    panels = []
    for title, x, y, name in (
        ("accuracy against approval", "approval", "gold", "approval by the overseer"),
        ("accuracy against divergence", "kl", "gold", "KL from the initial model, nats"),
        ("approval against steps", "step", "approval", "steps"),
        ("accuracy against H's work", "human_actions", "gold", "actions of H"),
    ):
        lines = [
            Line(group.name, group.series(*PATHS[x]), group.series(*PATHS[y]), *get_line_style(number))
            for number, group in enumerate(groups)
        ]
        panels.append(Panel(title, name, lines, x_shares=x == "approval"))
    return [panel for panel in panels if not panel.empty]


def make_strength_panels(comparisons: Mapping[float, Mapping[str, Mapping[str, Estimate]]]) -> list[Panel]:
    """Accuracy, approval and use of a flaw against the flaw's strength, a line for each scheme: means over seeds.

    ``comparisons`` has the result of ``compare_schemes`` for each strength.
    """
    strengths = sorted(comparisons)
    schemes = list(dict.fromkeys(scheme for strength in strengths for scheme in comparisons[strength]))
    panels = []
    for title, measure in (
        ("accuracy", "gold"),
        ("approval by the overseer", "approval"),
        ("answers that use the flaw", "flaw_use"),
    ):
        lines = []
        for number, scheme in enumerate(schemes):
            rows = (comparisons[strength].get(scheme, {}) for strength in strengths)
            means = [row[measure].mean if measure in row else None for row in rows]
            lines.append(Line(scheme, strengths, means, *get_line_style(number), marker="o"))
        panels.append(Panel(title, "strength of the flaw", lines))
    return [panel for panel in panels if not panel.empty]
