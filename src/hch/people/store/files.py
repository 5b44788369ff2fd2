"""Rows in files: JSON lines and Parquet, a few rows in memory at a time. A file is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from hch.people.store.database import StoreError

ROWS_IN_GROUP = 2000
LETTERS_IN_GROUP = 16_000_000
"""A group of rows is written once it has so many: it is held in memory until then."""


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to be written, which appears under its name when the block ends without an error.

    StoreError where there is something of that name already, or nothing can be written.
    """
    if path.exists() or path.is_symlink():
        raise _error_taken(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _appear(draft, path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)


def write_json_lines(file: BinaryIO, rows: Iterable[dict[str, Any]]) -> None:
    """One row a line, as strict JSON in UTF-8."""
    encoder = msgspec.json.Encoder()
    for row in rows:
        try:
            line = encoder.encode(row)
        except UnicodeEncodeError:
            line = encoder.encode(readable(row))
        for break_, escaped in LINE_BREAKS.items():
            line = line.replace(break_, escaped)
        file.write(line + b"\n")


LINE_BREAKS = {mark.encode(): f"\\u{ord(mark):04x}".encode() for mark in "\x85\u2028\u2029"}
"""Characters that JSON allows within a text, and that some readers take for the end of a line."""


def write_parquet(file: BinaryIO, rows: Iterable[dict[str, Any]]) -> None:
    """The rows of transcripts (see ``rows.transcript_row``) as a Parquet file."""
    import pyarrow
    from pyarrow import parquet

    schema = _schema()
    # Its writer asks where in the file it is, which a pipe does not know.
    with tempfile.TemporaryFile() as draft:
        with parquet.ParquetWriter(draft, schema, compression="zstd") as writer:
            for group in _groups(rows):
                try:
                    table = pyarrow.Table.from_pylist(group, schema)
                except UnicodeEncodeError:
                    table = pyarrow.Table.from_pylist(readable(group), schema)
                writer.write_table(table)
        draft.seek(0)
        shutil.copyfileobj(draft, file)


def readable(value: Any) -> Any:
    """Plain values as others can read them: halves of surrogate pairs, which UTF-8 does not have, become U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {key: readable(inner) for key, inner in value.items()}
    return [readable(inner) for inner in value] if isinstance(value, list) else value


def _schema() -> Any:
    """The columns of ``rows.transcript_row``. Lists and structs are Parquet's own, so no reader has to parse a text."""
    import pyarrow as pa

    text, texts, seconds, whole = pa.string(), pa.list_(pa.string()), pa.float64(), pa.int64()
    consultation = pa.struct(
        {
            "question": text, "draw": text, "outcome": text, "answer": text, "reason": text, "by": text,
            "confidence": pa.float64(), "seed": text, "transcript": text,
        }
    )  # fmt: skip
    budget = pa.struct(dict.fromkeys(("depth", "consultations", "words", "seconds", "usd"), pa.float64()))
    return pa.schema(
        {
            "id": text, "question": text, "context": texts, "context_id": text, "draw": text,
            "rounds": pa.list_(pa.list_(consultation)), "outcome": text, "answer": text, "reason": text, "by": text,
            "stored_at": seconds, "project": text, "workspace": whole, "root": pa.bool_(), "begun": budget,
            "person": whole, "created_at": seconds, "shown_at": seconds, "ended_at": seconds,
            "active_seconds": seconds, "drafts": whole, "suggestion": text, "edits_from_suggestion": whole,
        }
    )  # fmt: skip


def _groups(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    letters = 0
    for row in rows:
        group.append(row)
        letters += sum(map(len, row["context"])) + len(row["question"]) + len(row["answer"])
        if len(group) == ROWS_IN_GROUP or letters >= LETTERS_IN_GROUP:
            yield group
            group, letters = [], 0
    if group:
        yield group


def _appear(draft: Path, path: Path) -> None:
    """Gives the file its name, unless something has taken that meanwhile."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise _error_taken(path) from None
    except OSError:  # a file system without links
        draft.rename(path)


def _error_taken(path: Path) -> StoreError:
    return StoreError(f"{path} is there already, and nothing is overwritten: choose another --out")
