"""What the first version wrote, in today's terms: the settings of its runs, and the imports of its users' files."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

CLASSES = {
    "Apprenticeship": "ImitatedSettings",
    "Focus": "PrioritizedSampling",
    "Room": "Headroom",
    "_AsRecorded": "questions._AsRecorded",
    "Spoken": "FrozenLanguageModel",
}

DRAWS = {"draws": "samples"}
FIELDS: Mapping[str, Mapping[str, str]] = {
    "Experiment": {"focus": "prioritized", "room": "headroom"},
    "Approval": DRAWS,
    "Closeness": DRAWS,
    "Counterfactual": DRAWS,
    "Debate": DRAWS,
    "Reward": DRAWS,
    "Apprenticeship": {"lesson": "batch", "studies": "updates"},
    "LearnerSettings": {"teacher_horizon": "ema_horizon"},
    "LanguageLearnerSettings": {"teacher": "ema_update", "teacher_horizon": "ema_horizon"},
}
"""Settings by their class and their name then."""

DROPPED = {("Experiment", "backend"), ("Supervised", "gold")}
"""What there was one choice of, and what a run takes from its task."""

FUNCTIONS = {"in_full": "full_prompt", "in_brief": "brief_prompt"}
CONSULTS = {"teacher": "ema_model", "start": "initial_model"}

CALLABLE = re.compile(r"(hch|hch_experiment_\w+)(\.[\w<>]+)+")
"""How the first version wrote a function or a method: its module and its name."""


def from_first_version(record: Any, task: str = "") -> Any:
    """The settings of a run of the first version, as format 2 has them; ``task`` is the class of the run's task.

    They have the names of classes alone, which are still their tags, and functions as text.
    """
    if isinstance(record, list):
        return [from_first_version(item, task) for item in record]
    if isinstance(record, str) and CALLABLE.fullmatch(record):
        return _function(record)
    if not isinstance(record, Mapping):
        return record
    if "type" not in record:
        return {"type": "dict", "items": [[key, from_first_version(value, task)] for key, value in record.items()]}
    kind = record["type"]
    task = record["task"].get("type", "") if kind == "Experiment" else task
    renamed = FIELDS.get(kind, {})
    settings = {
        renamed.get(name, name): from_first_version(value, task)
        for name, value in record.items()
        if name != "type" and (kind, name) not in DROPPED
    }
    if kind == "Experiment" and record.get("consults") in CONSULTS:
        settings["consults"] = CONSULTS[record["consults"]]
    if kind == "_Script":  # two tasks had one of this name
        kind = "words._Script" if task == "WordLists" else "lists._Script"
    return {"type": CLASSES.get(kind, kind)} | settings


def _function(text: str) -> dict[str, str]:
    """A function by its name; one of a user's file by its module too."""
    module, _, name = text.rpartition(".")
    if text.startswith("hch_experiment_"):
        module, _, name = text.partition(".")
        return {"type": "function", "name": name, "module": module}
    return {"type": "function", "name": FUNCTIONS.get(name, name)}


METHODS = {"level": "difficulty"}
"""Members of a task that were renamed."""


def outdated_lines(text: str) -> Iterator[str]:
    """For each of hch's names that a Python file has from the first version: the line, and what it is now."""
    moves = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name in METHODS and ast.unparse(node.args).startswith("self"):
            yield f"line {node.lineno}: a task's {node.name} is now its {METHODS[node.name]}"
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("hch."):
            continue
        module = (node.module or "").removeprefix("hch.")
        for alias in node.names:
            same = f"{moves['modules'].get(module, module)}.{alias.name}"
            place, _, name = moves["names"].get(f"{module}.{alias.name}", same).rpartition(".")
            if (place, name) != (module, alias.name):
                yield f"line {node.lineno}: {alias.name} of hch.{module} is now {name} of hch.{place}"
