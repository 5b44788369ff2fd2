"""Questions from a file into a project. What can be read goes in, what cannot is listed by line, and nothing twice.

A file is JSON lines or CSV, of any length: a few rows are in memory at a time.
"""

from __future__ import annotations

import csv
import difflib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, select

from hch.store.content import MOST_AT_ONCE, subject
from hch.store.database import Database, StoreError
from hch.store.posting import post_roots
from hch.store.projects import Project
from hch.store.tables import workspaces
from hch.types import NO_CONTEXT, Context, Question

Kind = Literal["jsonl", "csv"]

COLUMNS = ("question", "context", "gold", "id")
"""What a file may have. An id is a file's own affair, and is not looked at."""

MOST_LETTERS = 16_000_000
"""Of one row. What is longer was hardly meant to be read by people."""
LETTERS_AT_ONCE = 8_000_000
"""Rows are written together until they have so many letters, or are MOST_AT_ONCE."""


class FileError(StoreError):
    """A file cannot be read as questions at all, whatever its rows are."""


class Row(msgspec.Struct, frozen=True):
    """A row that can be read, and the line on which it begins."""

    line: int
    question: Question
    gold: str | None
    letters: int


class BadRow(msgspec.Struct, frozen=True):
    """A row that cannot be read: the line on which it begins, and what was expected."""

    line: int
    what: str


class Imported(msgspec.Struct, frozen=True):
    """How many questions are new, how many the project had already, and the rows that could not be read."""

    new: int
    known: int
    bad: list[BadRow]


def unwatched(rows: int) -> None:
    """Nobody wants to know how far it is."""


def import_questions(
    database: Database,
    project: Project,
    lines: Iterable[bytes],
    kind: Kind,
    watch: Callable[[int], object] = unwatched,
) -> Imported:
    """Puts the questions of a file into a project, in several transactions, so that nobody waits long.

    ``lines`` is a file opened for bytes, or its lines. ``watch`` is told how many rows have been read. Raises FileError
    before anything is written where the file as a whole cannot be read: an unknown column, another encoding.
    """
    return import_rows(database, project, read_rows(lines, kind), watch)


def import_rows(
    database: Database,
    project: Project,
    rows: Iterable[Row | BadRow],
    watch: Callable[[int], object] = unwatched,
) -> Imported:
    """As ``import_questions``, of rows that ``read_rows`` reads."""
    new = known = number = letters = 0
    bad: list[BadRow] = []
    waiting: list[Row] = []

    def write() -> None:
        nonlocal new, known, letters
        added = database.write(_put, project, waiting, time.time())
        new, known = new + added, known + len(waiting) - added
        letters = 0
        waiting.clear()

    for number, row in enumerate(rows, 1):
        if isinstance(row, BadRow):
            bad.append(row)
        else:
            waiting.append(row)
            letters += row.letters
            if len(waiting) == MOST_AT_ONCE or letters > LETTERS_AT_ONCE:
                write()
        watch(number)
    if waiting:
        write()
    return Imported(new, known, bad)


def read_rows(lines: Iterable[bytes], kind: Kind) -> Iterator[Row | BadRow]:
    """The rows of a file, read as they are used. Its columns are looked at now: FileError is raised here."""
    whole = _without_mark(iter(lines))
    return _read_json(whole) if kind == "jsonl" else _read_csv(whole)


def _put(connection: Connection, project: Project, rows: list[Row], now: float) -> int:
    """Posts questions, and returns how many of them the project did not have."""
    known: dict[Question, str | None] = {}
    for row in rows:
        known[row.question] = known.get(row.question) or row.gold
    subjects = {subject(question) for question in known}
    w = workspaces.c
    query = select(w.subject).where(w.project_id == project.id, w.root, w.subject.in_(subjects))
    there = set(connection.execute(query).scalars())
    post_roots(connection, project, list(known), now, list(known.values()))
    return len(subjects - there)


def _without_mark(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines without a byte order mark. FileError where the mark, or a NUL, says that this is not UTF-8."""
    first = next(lines, b"")
    if first.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in first[:100]:
        raise FileError("this is no text in UTF-8, but perhaps in UTF-16: save it as UTF-8 (“CSV UTF-8” in a table)")

    def rest() -> Iterator[bytes]:
        if first:
            yield first.removeprefix(b"\xef\xbb\xbf")
        yield from lines

    return rest()


# JSON lines


def _read_json(lines: Iterator[bytes]) -> Iterator[Row | BadRow]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _from_json(number, line)


def _from_json(line: int, text: bytes) -> Row | BadRow:
    try:
        value = json.loads(text.decode().rstrip("\r\n"))
    except UnicodeDecodeError:
        return BadRow(line, NOT_UTF_8)
    except json.JSONDecodeError as error:
        why = f"no JSON: {error.msg} at letter {error.colno}"
        return BadRow(line, why + '; expected an object such as {"question": "…"}')
    except (ValueError, RecursionError):
        return BadRow(line, "no JSON that can be read here: a number has thousands of digits, or lists are nested so")
    if not isinstance(value, dict):
        return BadRow(line, f"expected an object with a question, got {_called(value)}")
    for name in value:
        if name not in COLUMNS:
            return BadRow(line, _unknown(name))
    return _row(line, value)


# CSV


def _read_csv(lines: Iterator[bytes]) -> Iterator[Row | BadRow]:
    # Python's own limit is 131,072 letters, and one for the whole process. It is only ever raised.
    csv.field_size_limit(2**31 - 1)
    # Bytes that are no UTF-8 come as halves of surrogate pairs, which nothing else can, so they are found in any field.
    reader = csv.reader((line.decode("utf-8", "surrogateescape") for line in lines), strict=True)
    columns: list[str] = []
    while not columns:
        try:
            columns = [name.strip() for name in next(reader)]
        except StopIteration:
            raise FileError(f"the file is empty: its first line should name its columns, of {_listed()}") from None
        except csv.Error as error:
            raise FileError(f"the first line, which names the columns, is no CSV: {_plainly(error)}") from None
    _check(columns)
    return _csv_rows(reader, columns)


def _check(columns: list[str]) -> None:
    """Raises FileError where the columns are not those of questions."""
    if len(columns) == 1 and (other := next((mark for mark in ";\t|" if mark in columns[0]), None)):
        name = {"\t": "tabs"}.get(other, f"“{other}”")
        raise FileError(f"the columns are apart by {name}, and a CSV file has commas there: save it with commas")
    for name in columns:
        if name not in COLUMNS:
            raise FileError(_unknown(name))
        if columns.count(name) > 1:
            raise FileError(f"the column “{name}” is there twice")
    if "question" not in columns:
        raise FileError("there is no column “question”: the first line names the columns, and this one must be there")


def _csv_rows(reader: Any, columns: list[str]) -> Iterator[Row | BadRow]:
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error):
                yield BadRow(line, "a quotation mark opens here and never closes, so all from here on is lost")
            else:
                yield BadRow(line, f"no CSV: {_plainly(error)}")
            continue
        if not fields:
            continue
        if len(fields) != len(columns):
            yield BadRow(line, f"expected {len(columns)} columns ({', '.join(columns)}), got {len(fields)}")
        elif not all(map(_is_utf_8, fields)):
            yield BadRow(line, NOT_UTF_8)
        else:
            yield _row(line, {name: field or None for name, field in zip(columns, fields, strict=True)})


def _is_utf_8(field: str) -> bool:
    try:
        field.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plainly(error: csv.Error) -> str:
    # Python's words are for whoever opened the file.
    return "a line ends in CR without LF" if "new-line character" in str(error) else str(error)


# Both

NOT_UTF_8 = "this is not text in UTF-8"


def _row(line: int, values: Mapping[str, Any]) -> Row | BadRow:
    """A row from the values of its columns, or what is wrong with them."""
    question, context, gold = (values.get(name) for name in COLUMNS[:3])
    if question is not None and not isinstance(question, str):
        return BadRow(line, f"a question is a text, got {_called(question)}")
    if not question or not question.strip():
        return BadRow(line, "there is no question, or an empty one")
    if gold is not None and not isinstance(gold, str):
        return BadRow(line, f"gold, the known answer, is a text, got {_called(gold)}; a number goes in quotation marks")
    facts = context if isinstance(context, list) else [] if context in (None, "") else [context]
    for fact in facts:
        if not isinstance(fact, str):
            return BadRow(line, f"a context is a text or a list of texts, got {_called(fact)}")
    letters = len(question) + sum(map(len, facts))
    if letters > MOST_LETTERS:
        return BadRow(line, f"longer than {MOST_LETTERS:,} letters")
    known = (gold or "").strip() or None
    about = Context(tuple(facts)) if facts else NO_CONTEXT
    return Row(line, Question(question.strip(), about), known, letters)


def _unknown(name: str) -> str:
    ratios = {known: difflib.SequenceMatcher(None, name.casefold(), known).ratio() for known in COLUMNS}
    nearest = max(ratios, key=lambda known: ratios[known])
    return f"there is no column “{name[:100]}”; did you mean {nearest}? There are {_listed()}"


def _listed() -> str:
    return f"{', '.join(COLUMNS[:-1])} and {COLUMNS[-1]}"


def _called(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return "null" if value is None else names.get(type(value), "a text")
