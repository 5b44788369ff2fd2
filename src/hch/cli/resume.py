"""``hch resume``: a run goes on from its last checkpoint, as if it had never stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hch.cli.usage import DONE, Parser
from hch.training.run_folder import RunFolder


def main(words: Sequence[str]) -> int:
    """Goes on with a run, and returns the exit code."""
    parser = Parser("resume", "Goes on with a run from its last checkpoint, with the settings that it has.")
    parser.add_argument("run", metavar="RUN", type=Path, help="the run's folder")
    folder = RunFolder.existing(parser.read(words).run)
    results = folder.path / "results.json"
    if results.exists() and folder.read("results.json").get("status") == "done":
        print(f"{folder.path} is done already; its report: {folder.path / 'report.html'}")
        return DONE
    from hch.cli.carry_out import carry_out
    from hch.cli.rebuild import rebuilt

    return carry_out(rebuilt(folder, training=True), folder, resume=True)
