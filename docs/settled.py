"""Draws where trained debates settle, beside the equilibrium of the same game, for docs/findings.md.

``python -m docs.settled PICTURE.png FOLDER…``, each folder being what ``hch compare remedies`` has left. Prints the
shares of false answers as a table.
"""

from __future__ import annotations

import sys
from pathlib import Path

from docs.comparisons import read_runs
from hch.experiments.remedies import WORLD
from hch.optimum.losses.debate import Debate
from hch.report import Run
from hch.report.plots import SERIES, Line, Panel, ReferenceLine, save_png
from hch.text.files import read_json


def equilibrium(quotes: bool, turns: int) -> float:
    """The share of questions on which the optimum of the exact game is a false answer."""
    false = 0
    for entry in WORLD.entries:
        values = Debate(quotes, turns).compute_values(WORLD, entry.question)
        false += max(values, key=lambda answer: values[answer]) not in entry.right_answers
    return false / len(WORLD.entries)


def false_shares(runs: list[Run]) -> dict[int, list[float]]:
    """For each evaluation the share of questions to which each run's likeliest answer was false."""
    result: dict[int, list[float]] = {}
    for run in runs:
        for row in run.rows:
            shares = [1 - item["model"] for item in row["by_difficulty"].values()]
            result.setdefault(row["step"], []).append(sum(shares) / len(shares))
    return result


def settled(folder: Path) -> tuple[Panel, list[str]]:
    """A comparison's panel, and its rows of the table."""
    lines, levels, rows, title = [], [], [], ""
    for number, (scheme, runs) in enumerate(read_runs(folder).items()):
        turns = 2 * read_json(runs[0].path / "experiment.json")["settings"]["scheme"]["protocol"]["turns"]
        title = f"false answers after {turns} statements"
        exact, shares = equilibrium(scheme == "quoting_debate", turns), false_shares(runs)
        cells = [f"{sum(item) / len(item):.0%} [{min(item):.0%}, {max(item):.0%}]" for item in shares.values()]
        rows.append(f"| `{scheme}`, {turns} statements | {exact:.0%} | {' | '.join(cells)} |\n")
        means = [sum(item) / len(item) for item in shares.values()]
        lines.append(Line(scheme, list(shares), means, SERIES[number]))
        levels.append(ReferenceLine(f"{scheme}, exact", exact))
    return Panel(title, "steps", lines, levels), rows


def main() -> None:
    """Draws the folders named into the picture named, a panel for each."""
    picture, *folders = map(Path, sys.argv[1:])
    result = [settled(folder) for folder in folders]
    save_png([panel for panel, _ in result], str(picture))
    sys.stdout.writelines(row for _, rows in result for row in rows)


if __name__ == "__main__":
    main()
