"""What a run writes down so that it can be repeated: every setting, the versions, the commit."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import math
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PACKAGES = ("hch", "torch", "numpy", "msgspec", "safetensors")


def settings_record(value: Any) -> Any:
    """A part and its settings as plain values: dataclasses by field with their type's name, callables by name.

    A number that JSON has no numeral for, such as infinity, is the text that Python spells it with.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: settings_record(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"type": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(key): settings_record(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [settings_record(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return repr(value)


def versions() -> dict[str, str | None]:
    """Of Python, of the packages that results depend on, and the commit of the source where it is a checkout."""
    found: dict[str, str | None] = {"python": platform.python_version(), "commit": _commit()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def _commit() -> str | None:
    try:
        shown = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40"],
            cwd=Path(__file__).parent, capture_output=True, text=True, timeout=5, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return shown.stdout.strip()
