from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.text import question_files
from hch.text.question_files import BadRow, FileError, Kind, Row, read_rows
from hch.types import Answer, Ask, Consultation, Context, Outcome, Question, Reply, Transcript
from tests.shared_data import shared_data


def read(content: str | bytes, kind: Kind) -> list[Row | BadRow]:
    return list(read_rows(io.BytesIO(content.encode() if isinstance(content, str) else content), kind))


def good(rows: list[Row | BadRow]) -> list[tuple[int, Question, str | None]]:
    assert not [row for row in rows if isinstance(row, BadRow)]
    return [(row.line, row.question, row.gold) for row in rows if isinstance(row, Row)]


def bad(rows: list[Row | BadRow]) -> list[tuple[int, str]]:
    return [(row.line, row.what) for row in rows if isinstance(row, BadRow)]


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
        ("question,answers\nWhy?,x", "there is no column “answers”; did you mean"),
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
def test_a_file_that_cannot_be_read_as_a_whole_is_an_error_before_any_row(content: str | bytes, expected: str) -> None:
    encoded = content.encode() if isinstance(content, str) else content
    with pytest.raises(FileError, match=re.escape(expected)):
        read_rows(io.BytesIO(encoded), "csv")


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
    monkeypatch.setattr(question_files, "MOST_LETTERS", 300_000)

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


# GSM8K's rows


STORY = "A farmer has 3 hens. Each lays 2 eggs. How many eggs are there?"
SOCRATIC = "How many hens are there? ** 3 hens.\nHow many eggs? ** There are 3*2=<<3*2=6>>6 eggs.\n#### 6"


def row(answer: object, **more: object) -> Row | BadRow:
    (parsed,) = read(json.dumps({"question": STORY, "answer": answer, **more}), "jsonl")
    return parsed


def test_a_working_ends_in_the_answer() -> None:
    parsed = row("There are 3*2=<<3*2=6>>6 eggs.\n#### 6")
    assert isinstance(parsed, Row)
    assert (parsed.question, parsed.gold, parsed.steps, parsed.transcript) == (Question(STORY), "6", (), None)


def test_sub_questions_in_a_working_are_a_transcript_of_the_people_who_asked_them() -> None:
    parsed = row(SOCRATIC)
    assert isinstance(parsed, Row)
    about = Context((STORY,))
    asked = [("How many hens are there?", "3 hens."), ("How many eggs?", "There are 3*2=6 eggs.")]
    assert parsed.transcript == Transcript(
        Question(STORY, about),
        tuple((Consultation(Question(text, about), Answer(said, by="annotator")),) for text, said in asked),
        Outcome.ANSWERED,
        "6",
        by="annotator",
    )
    assert [action for _, action in parsed.transcript.steps()] == [
        Ask(("How many hens are there?",)), Ask(("How many eggs?",)), Reply("6"),
    ]  # fmt: skip


def test_a_sub_question_that_was_left_unanswered_is_a_pass() -> None:
    parsed = row("How many hens? ** \nHow many eggs? ** 6\n#### 6")
    assert isinstance(parsed, Row)
    assert parsed.transcript is not None
    assert [c.answer.outcome for c in parsed.transcript.consultations] == [Outcome.PASSED, Outcome.ANSWERED]


def test_sub_questions_are_about_the_context_where_the_row_has_one() -> None:
    parsed = row(SOCRATIC, context=["a", "b"])
    assert isinstance(parsed, Row)
    assert parsed.question == Question(STORY, Context(("a", "b")))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("6", "ends in a line such as “#### 42”; where there is no working, the answer is “gold”"),
        ("", "ends in a line such as “#### 42”"),
        ("so\n####", "ends in a line such as “#### 42”"),
        (6, "an answer is a text that ends in a line such as “#### 42”, got a number"),
        ("Why? ** so\nand so on\n#### 6", "some lines of the answer are “sub-question ** answer”, and some are not"),
        (" ** so\n#### 6", "a sub-question is empty; each is a line “sub-question ** answer”"),
    ],
)
def test_an_answer_that_is_no_working_says_what_was_expected(answer: object, expected: str) -> None:
    parsed = row(answer)
    assert isinstance(parsed, BadRow)
    assert expected in parsed.what


def test_gold_and_a_working_at_once_are_one_too_many() -> None:
    parsed = row(SOCRATIC, gold="6")
    assert parsed == BadRow(1, "both “gold” and “answer”: expected one of them")


def test_a_working_may_stand_in_a_csv_file() -> None:
    (parsed,) = read(f'question,answer\n"{STORY}","{SOCRATIC}"\n', "csv")
    assert isinstance(parsed, Row)
    assert len(parsed.steps) == 2


@given(st.text())
def test_any_answer_is_read_or_said_to_be_bad(answer: str) -> None:
    parsed = row(answer)
    assert isinstance(parsed, BadRow) or parsed.gold


@pytest.mark.parametrize("name", ["gsm8k_test.jsonl", "gsm8k_test_socratic.jsonl"])
def test_all_of_gsm8k_is_read(name: str) -> None:
    rows = read(shared_data(name).read_bytes(), "jsonl")
    assert not bad(rows)
    assert len(rows) == 1319
    steps = sum(len(each.steps) for each in rows if isinstance(each, Row))
    assert steps == (4821 if "socratic" in name else 0)
