"""Schemes side by side over several seeds: what they reached, at what cost, and how far the proxy can be trusted.

An interval is a seeded bootstrap over the runs of a scheme; of one run there is none.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hch.report.curves import Line, Panel, look
from hch.report.reading import Run
from hch.report.strands import Strand
from hch.text.display import UNKNOWN, count

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Measure:
    """A column of the comparison: its heading, a run's number, and how numbers are written."""

    heading: str
    of: Callable[[Run], float | None]
    shown: Callable[[float | None], str]


def _final(*keys: str) -> Callable[[Run], float | None]:
    return lambda run: run.number(*keys, of=run.final)


def _flaw_use(run: Run) -> float | None:
    """How much the answers appeal to the flaw that they appeal to most; None where H has none."""
    appeals = run.final.get("oversight", {}).get("appeal", {})
    return max(appeals.values(), default=None)


def _share(number: float | None) -> str:
    return UNKNOWN if number is None else f"{100 * number:.0f}%"


def _nats(number: float | None) -> str:
    return UNKNOWN if number is None else f"{number:.2f}"


MEASURES: Mapping[str, Measure] = {
    "gold": Measure("right", _final("accuracy", "model"), _share),
    "agreement": Measure("as HCH", _final("agreement_with_hch"), _share),
    "approval": Measure("approval", _final("oversight", "approval"), _share),
    "unflawed_approval": Measure("unflawed", _final("oversight", "unflawed_approval"), _share),
    "flaw_use": Measure("uses a flaw", _flaw_use, _share),
    "kl": Measure("KL", _final("oversight", "kl"), _nats),
    "steps": Measure("steps", _final("steps"), count),
    "human_actions": Measure("human actions", _final("human_actions"), count),
    "consultations": Measure("consultations", _final("consultations"), count),
    "seconds": Measure("seconds", _final("training_seconds"), count),
}
COSTS = ("steps", "human_actions", "consultations", "seconds")
INTERVALS = ("gold", "agreement", "approval", "unflawed_approval", "flaw_use", "kl")


@dataclass(frozen=True)
class Estimate:
    """A mean over runs, and an interval for it; None where no run has the number, or only one."""

    mean: float | None
    low: float | None = None
    high: float | None = None


def estimate(values: Sequence[float | None], seed: int = 0) -> Estimate:
    """The mean with its bootstrap interval. The same values and seed, in any order, give the same."""
    known = sorted(value for value in values if value is not None and math.isfinite(value))
    if not known:
        return Estimate(None)
    mean = math.fsum(known) / len(known)
    if len(known) == 1:
        return Estimate(mean)
    randomness = random.Random(f"bootstrap {seed}")
    means = sorted(math.fsum(randomness.choices(known, k=len(known))) / len(known) for _ in range(RESAMPLES))
    cut = int(RESAMPLES * (1 - LEVEL) / 2)
    return Estimate(mean, means[cut], means[-1 - cut])


def comparison(runs: Mapping[str, Sequence[Run]]) -> dict[str, dict[str, Estimate]]:
    """For each scheme an estimate of each measure."""
    return {
        scheme: {name: estimate([measure.of(run) for run in of]) for name, measure in MEASURES.items()}
        for scheme, of in runs.items()
    }


def written(name: str, found: Estimate) -> str:
    """An estimate as the table has it, with its interval where there is one."""
    shown = MEASURES[name].shown
    if found.low is None or name not in INTERVALS or found.low == found.high:
        return shown(found.mean)
    return f"{shown(found.mean)} [{shown(found.low).removesuffix('%')}, {shown(found.high).removesuffix('%')}]"


PATHS = {
    "step": ("step",),
    "human_actions": ("human_actions",),
    "gold": ("accuracy", "model"),
    "approval": ("oversight", "approval"),
    "kl": ("oversight", "kl"),
}
"""Where an evaluation has what the panels show."""


def proxy_panels(runs: Mapping[str, Sequence[Run]]) -> list[Panel]:
    """Right answers against approval and against divergence, and approval against steps: means over seeds.

    Where a line turns down while its approval goes on to the right, the proxy has come apart from what it stands for.
    """
    drawn = {scheme: Strand(scheme, of) for scheme, of in runs.items() if of}
    panels = []
    for title, x, y, name in (
        ("right answers against approval", "approval", "gold", "approval by the overseer"),
        ("right answers against divergence", "kl", "gold", "nats from the start"),
        ("approval against steps", "step", "approval", "steps"),
        ("right answers against what H did", "human_actions", "gold", "actions of H"),
    ):
        lines = [
            Line(scheme, of.over(*PATHS[x]), of.over(*PATHS[y]), *look(number))
            for number, (scheme, of) in enumerate(drawn.items())
        ]
        panels.append(Panel(title, name, lines, x_shares=x == "approval"))
    return [panel for panel in panels if not panel.empty]


def strength_panels(comparisons: Mapping[float, Mapping[str, Mapping[str, Estimate]]]) -> list[Panel]:
    """Right answers, approval and use of a flaw against the flaw's strength, a line for each scheme: means over seeds.

    ``comparisons`` has what ``comparison`` found, by strength.
    """
    strengths = sorted(comparisons)
    schemes = list(dict.fromkeys(scheme for strength in strengths for scheme in comparisons[strength]))
    panels = []
    for title, measure in (
        ("right answers", "gold"),
        ("approval by the overseer", "approval"),
        ("answers that use the flaw", "flaw_use"),
    ):
        lines = [
            Line(
                scheme,
                strengths,
                [comparisons[each].get(scheme, {}).get(measure, Estimate(None)).mean for each in strengths],
                *look(number),
                marker="o",
            )
            for number, scheme in enumerate(schemes)
        ]
        panels.append(Panel(title, "strength of the flaw", lines))
    return [panel for panel in panels if not panel.empty]


def bradley_terry(games: Mapping[tuple[str, str], float], prior: float = 1.0, rounds: int = 100) -> dict[str, float]:
    """How strong each player is, as log-odds against a player of strength 0.

    ``games`` has how often the first of each pair beat the second; a tie is half of each. Every player has ``prior``
    games besides against one of strength 0, half of them won, so that nobody's strength is infinite and few games say
    little. Names do not matter. Raises ValueError unless ``prior`` is above 0. Source: Bradley and Terry (1952), "Rank
    analysis of incomplete block designs"; the likelihood is concave, and climbed by Newton's method.
    """
    if prior <= 0:
        raise ValueError(f"prior must be above 0, got {prior}")
    players = list(dict.fromkeys(player for pair in games for player in pair))
    place = {player: number for number, player in enumerate(players)}
    strength = [0.0] * len(players)
    for _ in range(rounds):
        chances = [_logistic(each) for each in strength]
        slope = [prior * (0.5 - chance) for chance in chances]
        bend = [[0.0] * len(players) for _ in players]
        for number, chance in enumerate(chances):
            bend[number][number] = prior * chance * (1 - chance) + 1e-12
        for (first, second), count_ in games.items():
            a, b = place[first], place[second]
            chance = _logistic(strength[a] - strength[b])
            slope[a] += count_ * (1 - chance)
            slope[b] -= count_ * (1 - chance)
            curve = count_ * chance * (1 - chance)
            for row, column, sign in ((a, a, 1), (b, b, 1), (a, b, -1), (b, a, -1)):
                bend[row][column] += sign * curve
        # A whole step may go too far where the likelihood is nearly flat.
        strength = [s + max(-1.0, min(1.0, up)) for s, up in zip(strength, _solved(bend, slope), strict=True)]
    return dict(zip(players, strength, strict=True))


def _logistic(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _solved(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """The x with matrix · x = right, by elimination; the matrix is symmetric and positive, so no pivot is nothing."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for number, pivot in enumerate(rows):
        for below in rows[number + 1 :]:
            share = below[number] / pivot[number]
            for column in range(number, len(pivot)):
                below[column] -= share * pivot[column]
    found = [0.0] * len(rows)
    for number in reversed(range(len(rows))):
        known = sum(rows[number][column] * found[column] for column in range(number + 1, len(rows)))
        found[number] = (rows[number][-1] - known) / rows[number][number]
    return found
