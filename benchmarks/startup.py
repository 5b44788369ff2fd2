"""How long ``import hch`` and ``hch --help`` take as whole processes, and what they load.

Beside them, in turn, a Python that does nothing: what is left to hch is the difference.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import Figure, Note, Times

HEAVY = ("torch", "numpy", "transformers", "ray", "matplotlib", "jinja2", "networkx", "sqlalchemy", "fastapi")

COMMAND = Path(sys.executable).with_name("hch")

COMMANDS = {
    "Python alone": [sys.executable, "-c", "pass"],
    "import hch": [sys.executable, "-c", "import hch"],
    "hch --help": [str(COMMAND), "--help"],
}

LOADING = {
    "import hch": "import hch",
    "hch --help": "from hch.cli import main; main(['--help'])",
}


@dataclass(frozen=True)
class Startup:
    """Each process ``repeats`` times, one after the other in turn."""

    repeats: int = 10

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        times = {name: Times() for name in COMMANDS}
        for repeat in range(self.repeats):
            note(f"{repeat + 1} of {self.repeats}")
            for name, command in COMMANDS.items():
                wall, cpu = time.perf_counter(), cpu_of_children()
                subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
                times[name].walls.append(time.perf_counter() - wall)
                times[name].cpus.append(cpu_of_children() - cpu)
        for name, taken in times.items():
            bar = None if name == "Python alone" else 0.3
            yield Figure(f"{name}: wall", "s", tuple(taken.walls), bar=bar)
            yield Figure(f"{name}: CPU", "s", tuple(taken.cpus))
        for name, code in LOADING.items():
            yield Figure(f"heavy libraries that {name} loads", "", (float(len(loaded(code))),), bar=0.0)


def cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def loaded(code: str) -> list[str]:
    """Which heavy libraries a process has loaded after running some code."""
    asks = f"{code}\nimport sys\nprint(*set({HEAVY!r}).intersection(sys.modules), file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    return ran.stderr.split()


FULL = Startup()
QUICK = Startup(repeats=3)
