"""JSON and JSON lines, written atomically: to the disk under another name first, then renamed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec


class RunError(Exception):
    """A run folder cannot be used as asked; says why, and what to do."""


def to_json(value: Any) -> bytes:
    """Strict JSON: NaN and infinity become null."""
    return msgspec.json.encode(value, enc_hook=str)


def read_json(path: Path) -> Any:
    """A JSON file's value. Raises RunError where it is not there or is not JSON."""
    try:
        return msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise RunError(f"{path} is not JSON: {error}") from error


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines; a last line that was cut short is left out."""
    whole = path.read_bytes().split(b"\n")[:-1]
    return [msgspec.json.decode(line, type=dict[str, Any]) for line in whole]


def write_whole(path: Path, content: bytes) -> None:
    """Replaces a file by new content in one move."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(content)
    flush_to_disk(draft)
    draft.replace(path)
    flush_to_disk(path.parent)


def flush_to_disk(path: Path) -> None:
    """Waits until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
