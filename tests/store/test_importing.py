from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from hch.store import importing
from hch.store.content import get_questions
from hch.store.database import Database, open_store
from hch.store.importing import BadRow, FileError, Imported, Kind, Row, import_questions, read_rows
from hch.store.info import store_info
from hch.store.projects import Project, Rules, make_project
from hch.store.tables import workspaces
from hch.types import Context, Question


def project_of(store: Database, **rules: Any) -> Project:
    return store.write(make_project, "demo", Rules(**rules), 0.0)


def read(content: str | bytes, kind: Kind) -> list[Row | BadRow]:
    return list(read_rows(io.BytesIO(content.encode() if isinstance(content, str) else content), kind))


def good(rows: list[Row | BadRow]) -> list[tuple[int, Question, str | None]]:
    assert not [row for row in rows if isinstance(row, BadRow)]
    return [(row.line, row.question, row.gold) for row in rows if isinstance(row, Row)]


def bad(rows: list[Row | BadRow]) -> list[tuple[int, str]]:
    return [(row.line, row.what) for row in rows if isinstance(row, BadRow)]


def inside(store: Database) -> list[tuple[Question, str | None]]:
    """The questions of all workspaces, with what is known of them."""
    rows = store.read(lambda c: c.execute(select(workspaces).order_by(workspaces.c.id)).all())
    questions = store.read(get_questions, {row.question_id for row in rows})
    return [(questions[row.question_id], row.gold) for row in rows]


# JSON lines


def test_json_lines_have_a_question_and_perhaps_more() -> None:
    text = "\n".join(
        [
            '{"question": "Why?"}',
            '{"question": " How? ", "context": "one text", "gold": " so ", "id": 7}',
            "",
            '{"question": "Who?", "context": ["a", "b"], "gold": null}',
            '{"question": "When?", "context": [], "gold": ""}',
        ]
    )
    assert good(read(text, "jsonl")) == [
        (1, Question("Why?"), None),
        (2, Question("How?", Context(("one text",))), "so"),
        (4, Question("Who?", Context(("a", "b"))), None),
        (5, Question("When?"), None),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("nonsense", "no JSON: Expecting value at letter 1; expected an object"),
        ('{"question": "Why?"', "no JSON: Expecting ',' delimiter at letter 20"),
        ('["Why?"]', "expected an object with a question, got a list"),
        ("null", "expected an object with a question, got null"),
        ("{}", "there is no question, or an empty one"),
        ('{"question": "  "}', "there is no question, or an empty one"),
        ('{"question": null}', "there is no question, or an empty one"),
        ('{"question": 3}', "a question is a text, got a number"),
        ('{"question": ["Why?"]}', "a question is a text, got a list"),
        ('{"question": "Why?", "context": 0}', "a context is a text or a list of texts, got a number"),
        ('{"question": "Why?", "context": {}}', "a context is a text or a list of texts, got an object"),
        ('{"question": "Why?", "context": ["a", null]}', "a context is a text or a list of texts, got null"),
        ('{"question": "Why?", "gold": true}', "gold, the known answer, is a text, got true or false"),
        ('{"question": "Why?", "gold": 3}', "a number goes in quotation marks"),
        ('{"qestion": "Why?"}', "there is no column “qestion”; did you mean question?"),
        ('{"question": "Why?", "Contxt": "x"}', "did you mean context?"),
        ("[" * 100_000, "nested"),
        ('{"id": ' + "9" * 5000 + "}", "digits"),
        (b'{"question": "\xff"}', "not text in UTF-8"),
    ],
)
def test_a_bad_line_says_what_was_expected_and_the_others_are_read(line: str | bytes, expected: str) -> None:
    encoded = line.encode() if isinstance(line, str) else line
    rows = read(b'{"question": "first"}\r\n' + encoded + b'\r\n{"question": "last"}', "jsonl")
    ((number, what),) = bad(rows)
    assert number == 2
    assert expected in what
    assert [row.question.text for row in rows if isinstance(row, Row)] == ["first", "last"]


# CSV


def test_csv_names_its_columns_in_any_order_and_quotes_may_hold_lines() -> None:
    text = 'id,gold, context ,question\r\n1,,,Why?\r\n2,so,"a\r\nb, ""c""",How?\r\n\r\n3,,x," Who? "\r\n'
    assert good(read(text, "csv")) == [
        (2, Question("Why?"), None),
        (3, Question("How?", Context(('a\r\nb, "c"',))), "so"),
        (6, Question("Who?", Context(("x",))), None),
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a,b,c", "expected 2 columns (question, context), got 3"),
        ("alone", "expected 2 columns (question, context), got 1"),
        (",x", "there is no question, or an empty one"),
        ('"a"b,x', "no CSV"),
        (b"\xe4,x", "not text in UTF-8"),
        (b'"a\n\xe4\nb",x', "not text in UTF-8"),
        ("a\rb,x", "CR without LF"),
    ],
)
def test_a_bad_row_of_csv_says_what_was_expected_and_the_others_are_read(row: str | bytes, expected: str) -> None:
    encoded = row.encode() if isinstance(row, str) else row
    rows = read(b'question,context\n"fi\nrst",x\n' + encoded + b"\nlast,y", "csv")
    ((number, what),) = bad(rows)
    assert number == 4
    assert expected in what
    assert [row.question.text for row in rows if isinstance(row, Row)] == ["fi\nrst", "last"]


def test_a_quotation_mark_that_never_closes_is_found_where_it_opens() -> None:
    rows = read('question\nfirst\n"second\nthird\nfourth', "csv")
    assert [row.question.text for row in rows if isinstance(row, Row)] == ["first"]
    ((line, what),) = bad(rows)
    assert line == 3
    assert "never closes" in what


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("qestion,context\nWhy?,x", "there is no column “qestion”; did you mean question? There are question, context"),
        ("question,answer\nWhy?,x", "there is no column “answer”; did you mean"),
        ("context\nx", "there is no column “question”"),
        ("question,question\nWhy?,x", "“question” is there twice"),
        ("question;context\nWhy?;x", "apart by “;”, and a CSV file has commas"),
        ("question\tcontext\nWhy?\tx", "apart by tabs"),
        ("", "the file is empty: its first line should name its columns"),
        ("\n\r\n", "the file is empty"),
        ("question,context\r" * 3, "the first line, which names the columns, is no CSV"),
        ("question,context\nWhy?,x".encode("utf-16"), "UTF-16: save it as UTF-8"),
        ("question,context\nWhy?,x".encode("utf-16-le"), "UTF-16: save it as UTF-8"),
        (b"\xff,question\n", "there is no column"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_is_an_error_before_anything_is_written(
    store: Database, content: str | bytes, expected: str
) -> None:
    encoded = content.encode() if isinstance(content, str) else content
    with pytest.raises(FileError, match=re.escape(expected)):
        import_questions(store, project_of(store), io.BytesIO(encoded), "csv")
    assert inside(store) == []


def test_json_lines_in_another_encoding_are_an_error_too() -> None:
    with pytest.raises(FileError, match="UTF-16"):
        read('{"question": "Why?"}'.encode("utf-16"), "jsonl")


# Both


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(kind: Kind) -> None:
    content = "question\nWhy?\n" if kind == "csv" else '{"question": "Why?"}\n'
    assert [q for _, q, _ in good(read(content.encode("utf-8-sig"), kind))] == [Question("Why?")]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_huge_field_is_read_and_one_too_huge_is_a_bad_row(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_LETTERS", 300_000)

    def file(letters: int) -> str:
        fields = {"question": "Why?", "context": "x" * letters}
        return f"question,context\nWhy?,{'x' * letters}" if kind == "csv" else json.dumps(fields)

    assert len(good(read(file(200_000), kind))) == 1
    assert "longer than 300,000 letters" in bad(read(file(300_000), kind))[0][1]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
QUESTION = TEXT.map(lambda text: text.strip()).filter(bool)


@given(st.lists(st.tuples(QUESTION, TEXT, TEXT.map(str.strip)), max_size=5))
def test_whatever_a_program_writes_as_csv_is_read_as_it_was(rows: list[tuple[str, str, str]]) -> None:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["question", "context", "gold"])
    writer.writerows(rows)
    assert [(q, gold) for _, q, gold in good(read(file.getvalue(), "csv"))] == [
        (Question(text, Context((context,) if context else ())), gold or None) for text, context, gold in rows
    ]


@given(st.lists(st.tuples(QUESTION, st.lists(st.text(), max_size=3)), max_size=5))
def test_whatever_a_program_writes_as_json_lines_is_read_as_it_was(rows: list[tuple[str, list[str]]]) -> None:
    file = "".join(json.dumps({"question": text, "context": facts}) + "\n" for text, facts in rows)
    assert [q for _, q, _ in good(read(file, "jsonl"))] == [
        Question(text, Context(tuple(facts))) for text, facts in rows
    ]


@given(st.binary(max_size=200), st.sampled_from(["csv", "jsonl"]))
def test_no_bytes_break_the_reader(content: bytes, kind: Kind) -> None:
    try:
        rows = read(content if kind == "jsonl" else b"question,gold\n" + content, kind)
    except FileError:
        return
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    assert all(row.what for row in rows if isinstance(row, BadRow))


# Into a project


FILE = b"""\
{"question": "Why?", "context": ["a", "b"], "gold": "so"}
{"question": ""}
{"question": "How?"}
{"question": "Why?", "context": ["a", "b"]}
"""


def test_what_is_good_goes_in_and_the_same_file_twice_adds_nothing(store: Database) -> None:
    project = project_of(store)
    expected = [BadRow(2, "there is no question, or an empty one")]
    assert import_questions(store, project, io.BytesIO(FILE), "jsonl") == Imported(2, 1, expected)
    assert inside(store) == [(Question("Why?", Context(("a", "b"))), "so"), (Question("How?"), None)]
    before = store_info(store)
    assert import_questions(store, project, FILE.splitlines(), "jsonl") == Imported(0, 3, expected)
    assert store_info(store) == before


def test_each_question_is_counted_once_however_many_copies_the_rules_want(store: Database) -> None:
    project = project_of(store, copies=3)
    assert import_questions(store, project, io.BytesIO(FILE), "jsonl").new == 2
    assert [question.draw for question, _ in inside(store)] == [0, 1, 2, 0, 1, 2]
    again = import_questions(store, project, io.BytesIO(FILE), "jsonl")
    assert (again.new, again.known, len(inside(store))) == (0, 3, 6)


def test_the_same_questions_are_new_in_another_project(store: Database) -> None:
    import_questions(store, project_of(store), io.BytesIO(FILE), "jsonl")
    other = store.write(make_project, "other", Rules(), 0.0)
    assert import_questions(store, other, io.BytesIO(FILE), "jsonl").new == 2


@pytest.mark.parametrize(("rows", "letters"), [(3, 10**6), (500, 30)])
def test_batches_are_small_in_number_and_in_size_and_lose_nothing(
    store: Database, monkeypatch: pytest.MonkeyPatch, rows: int, letters: int
) -> None:
    monkeypatch.setattr(importing, "MOST_AT_ONCE", rows)
    monkeypatch.setattr(importing, "LETTERS_AT_ONCE", letters)
    read: list[int] = []
    lines = [f'{{"question": "Why {number}?"}}\n'.encode() for number in range(20)]
    done = import_questions(store, project_of(store), lines, "jsonl", read.append)
    assert done == Imported(20, 0, [])
    assert read == list(range(1, 21))
    assert [question.text for question, _ in inside(store)] == [f"Why {number}?" for number in range(20)]


def test_rows_are_read_as_they_are_written_and_never_all_at_once(store: Database) -> None:
    there: list[int] = []

    def lines() -> Iterator[bytes]:
        for number in range(2000):
            if number % 500 == 499:
                there.append(len(inside(store)))
            yield f'{{"question": "Why {number}?"}}\n'.encode()

    import_questions(store, project_of(store), lines(), "jsonl")
    assert there == [0, 500, 1000, 1500]


def test_others_read_and_write_meanwhile_and_nobody_finds_the_database_locked(store: Database) -> None:
    projects = [store.write(make_project, name, Rules(), 0.0) for name in ("a", "b", "c")]
    others = [store, open_store(str(store.engine.url)), open_store(str(store.engine.url))]
    errors: list[Exception] = []

    def work(database: Database, project: Project) -> None:
        lines = [f'{{"question": "{project.name} {number}"}}\n'.encode() for number in range(1500)]
        try:
            assert import_questions(database, project, lines, "jsonl").new == 1500
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(others, projects, strict=True)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        try:
            store_info(store)
        except sqlite3.Error as error:
            errors.append(error)
    for database in others[1:]:
        database.close()
    assert errors == []
    assert len(inside(store)) == 4500


@pytest.mark.slow
def test_a_file_of_100_000_rows_goes_in_and_in_again(store: Database) -> None:
    project = project_of(store)

    def lines() -> Iterator[bytes]:
        yield b"question,context\n"
        for number in range(100_000):
            yield f"Why {number}?,document {number // 100}\n".encode()

    assert import_questions(store, project, lines(), "csv") == Imported(100_000, 0, [])
    assert import_questions(store, project, lines(), "csv") == Imported(0, 100_000, [])
