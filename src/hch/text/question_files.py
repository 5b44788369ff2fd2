"""Questions in a file of JSON lines or CSV, read row by row; a bad row is reported by its line.

A row has a question, and may have a context and the known answer. GSM8K's rows can be read as well: their answer is a
working that ends in ``#### 42``, or people's sub-questions with their answers, which make a transcript of H.
"""

from __future__ import annotations

import csv
import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from hch.types import NO_CONTEXT, Answer, Consultation, Context, Outcome, Question, Transcript

Kind = Literal["jsonl", "csv"]

KINDS: dict[str, Kind] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
"""The format of a file, by its suffix."""

COLUMNS = ("question", "context", "gold", "answer", "id")
"""The columns that a file may have. The id is ignored."""

MOST_LETTERS = 16_000_000
"""The most letters of one row: nobody reads a longer one."""


class FileError(ValueError):
    """The file as a whole cannot be read as questions."""


class Row(msgspec.Struct, frozen=True):
    """A row that can be read, and the line on which it begins.

    ``steps`` are the sub-questions that people asked on the way, each with its answer, where the row tells of them; an
    empty text where a sub-question was left unanswered.
    """

    line: int
    question: Question
    gold: str | None
    letters: int
    steps: tuple[tuple[str, str], ...] = ()

    @property
    def transcript(self) -> Transcript | None:
        """People's actions: one question after the other, and the reply; None where the row has none."""
        if not self.steps or self.gold is None:
            return None
        context = self.question.context
        rounds = tuple((Consultation(Question(asked, context), _people_answer(said)),) for asked, said in self.steps)
        return Transcript(self.question, rounds, Outcome.ANSWERED, self.gold, by=PEOPLE)


PEOPLE = "annotator"
"""The name of H in transcripts from files."""


def _people_answer(text: str) -> Answer:
    return Answer(text, by=PEOPLE) if text else Answer(outcome=Outcome.PASSED, by=PEOPLE)


class BadRow(msgspec.Struct, frozen=True):
    """A row that cannot be read: its first line's number, and what was expected."""

    line: int
    what: str


def read_rows(lines: Iterable[bytes], kind: Kind) -> Iterator[Row | BadRow]:
    """The rows of a file, read as they are used. Its columns are looked at now: FileError is raised here."""
    whole = _without_mark(iter(lines))
    return _read_json(whole) if kind == "jsonl" else _read_csv(whole)


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
        return BadRow(line, f"expected an object with a question, got {_type_name(value)}")
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
            raise FileError(f"the file is empty: its first line should name its columns, of {_column_list()}") from None
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
    # Python's message speaks of how to open the file.
    return "a line ends in CR without LF" if "new-line character" in str(error) else str(error)


# Both

NOT_UTF_8 = "this is not text in UTF-8"


def _row(line: int, values: Mapping[str, Any]) -> Row | BadRow:
    """A row from the values of its columns, or a bad row that says what is wrong."""
    question, context, gold, answer = (values.get(name) for name in COLUMNS[:4])
    if question is not None and not isinstance(question, str):
        return BadRow(line, f"a question is a text, got {_type_name(question)}")
    if not question or not question.strip():
        return BadRow(line, "there is no question, or an empty one")
    if gold is not None and not isinstance(gold, str):
        return BadRow(
            line, f"gold, the known answer, is a text, got {_type_name(gold)}; a number goes in quotation marks"
        )
    facts = context if isinstance(context, list) else [] if context in (None, "") else [context]
    for fact in facts:
        if not isinstance(fact, str):
            return BadRow(line, f"a context is a text or a list of texts, got {_type_name(fact)}")
    letters = len(question) + sum(map(len, facts)) + (len(answer) if isinstance(answer, str) else 0)
    if letters > MOST_LETTERS:
        return BadRow(line, f"longer than {MOST_LETTERS:,} letters")
    known = (gold or "").strip() or None
    if answer is None:
        return Row(line, Question(question.strip(), Context(tuple(facts)) if facts else NO_CONTEXT), known, letters)
    if known is not None:
        return BadRow(line, "both “gold” and “answer”: expected one of them")
    worked = _read_working(answer)
    if isinstance(worked, str):
        return BadRow(line, worked)
    if worked.steps and not facts:
        # Sub-questions are about their question's context, and GSM8K tells the story in the question itself.
        facts = [question.strip()]
    about = Context(tuple(facts)) if facts else NO_CONTEXT
    return Row(line, Question(question.strip(), about), worked.gold, letters, worked.steps)


class _Working(msgspec.Struct, frozen=True):
    """An answer as GSM8K writes it."""

    gold: str
    steps: tuple[tuple[str, str], ...]


def _read_working(answer: object) -> _Working | str:
    """The final answer of a working and its sub-questions; or a text that says what is wrong."""
    if not isinstance(answer, str):
        return f"an answer is a text that ends in a line such as “#### 42”, got {_type_name(answer)}"
    *working, last = answer.rstrip().splitlines() or [""]
    gold = last.removeprefix("####").strip()
    if not last.startswith("####") or not gold:
        return "an answer ends in a line such as “#### 42”; where there is no working, the answer is “gold”"
    steps = [_CALCULATOR.sub("", line).partition(" ** ") for line in working if line.strip()]
    asked = [step for step in steps if step[1]]
    if asked and len(asked) < len(steps):
        return "some lines of the answer are “sub-question ** answer”, and some are not: expected all or none"
    if any(not question.strip() for question, _, _ in asked):
        return "a sub-question is empty; each is a line “sub-question ** answer”"
    return _Working(gold, tuple((question.strip(), said.strip()) for question, _, said in asked))


_CALCULATOR = re.compile(r"<<[^<>]*>>")
"""Calculator annotations within a working, which people did not write."""


def _unknown(name: str) -> str:
    ratios = {known: difflib.SequenceMatcher(None, name.casefold(), known).ratio() for known in COLUMNS}
    nearest = max(ratios, key=lambda known: ratios[known])
    return f"there is no column “{name[:100]}”; did you mean {nearest}? There are {_column_list()}"


def _column_list() -> str:
    return f"{', '.join(COLUMNS[:-1])} and {COLUMNS[-1]}"


def _type_name(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return "null" if value is None else names.get(type(value), "a text")
