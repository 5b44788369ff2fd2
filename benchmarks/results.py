"""What was measured, as strict JSON: figures with bars and aims, settings, machine, versions and commit."""

from __future__ import annotations

import math
import os
import platform
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.harness import Figure
from hch.text.files import read_json, to_json, write_whole


def record(figure: Figure) -> dict[str, Any]:
    """A figure as plain values, judged; what is infinite becomes null."""
    return {
        "name": figure.name,
        "unit": figure.unit,
        "min": min(figure.values),
        "median": figure.median,
        "max": max(figure.values),
        "bar": figure.bar,
        "aim": figure.aim,
        "at_least": figure.at_least,
        "judged": figure.judged,
        "verdict": figure.verdict,
        "values": list(figure.values),
    }


def figure_of(kept: dict[str, Any]) -> Figure:
    """The figure that ``record`` wrote down."""
    values = tuple(math.inf if value is None else float(value) for value in kept["values"])
    return Figure(kept["name"], kept["unit"], values, kept["bar"], kept["aim"], kept["at_least"], kept["judged"])


def read_results(path: Path) -> dict[str, dict[str, Any]]:
    """What was measured earlier, by benchmark; nothing where there is no file. Raises RunError where it is not JSON."""
    if not path.exists():
        return {}
    result: dict[str, dict[str, Any]] = read_json(path)
    return result


def write_results(path: Path, results: dict[str, dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, msgspec.json.format(to_json(results), indent=2) + b"\n")


def machine() -> dict[str, Any]:
    """What it ran on, and how busy that was just then."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
