"""Draws what ``hch compare`` has left, for docs/findings.md.

``python -m docs.comparisons PICTURE.png FOLDER`` draws right answers against approval and against divergence;
with several folders, comparisons of one experiment that differ in the strength of H's flaw are drawn against that.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hch.report import Run, read_run
from hch.report.comparison import make_proxy_panels, make_strength_panels
from hch.report.plots import save_png
from hch.report.statistics import Estimate
from hch.text.files import read_json

Comparison = dict[str, dict[str, Estimate]]


def read_comparison(folder: Path) -> tuple[float, Comparison]:
    """The strength of the flaw that H had in a comparison, and what was found."""
    kept = read_json(folder / "comparison.json")
    settings = read_json(next(folder.glob("*/experiment.json")))["settings"]
    result = {
        scheme: {measure: Estimate(**item) for measure, item in row.items()} for scheme, row in kept["schemes"].items()
    }
    return float(settings["human"]["strength"]), result


def read_runs(folder: Path) -> dict[str, list[Run]]:
    """The runs of a comparison, by scheme."""
    kept = read_json(folder / "comparison.json")
    seeds = kept["seeds"] if len(kept["seeds"]) > 1 else []
    return {
        scheme: [read_run(folder / f"{scheme}-{seed}") for seed in seeds] or [read_run(folder / scheme)]
        for scheme in kept["schemes"]
    }


def main() -> None:
    """Draws the folders named into the picture named."""
    picture, *folders = map(Path, sys.argv[1:])
    # A page of text has room for two panels beside each other, not for all.
    panels = (
        make_proxy_panels(read_runs(folders[0]))[:2]
        if len(folders) == 1
        else make_strength_panels(dict(map(read_comparison, folders)))
    )
    save_png(panels, str(picture))


if __name__ == "__main__":
    main()
