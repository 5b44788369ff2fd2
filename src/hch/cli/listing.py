"""``hch list``: the experiments with a line each."""

from __future__ import annotations

from collections.abc import Sequence

from hch.cli.usage import DONE, Parser
from hch.experiments import EXPERIMENTS


def main(words: Sequence[str]) -> int:
    """Prints the list."""
    Parser(
        "list", "Lists the experiments that come with hch. A file that defines EXPERIMENT is as good as these."
    ).read(words)
    widest = max(map(len, EXPERIMENTS))
    for name, listed in EXPERIMENTS.items():
        print(f"{name:{widest}}  {listed.summary}")
    return DONE
