from __future__ import annotations

import json
import pickle
import random
from pathlib import Path

import pytest

from hch.amplify.amplify import HCH, Amplify
from hch.humans.language import examples_from
from hch.humans.scripted import Scripted
from hch.models.table import Table
from hch.tasks.facts import TaskError
from hch.tasks.questions import Questions, row_instance
from hch.tasks.task import is_held_out
from hch.training.questions import sample_questions
from hch.types import Context, NoGoldError, Outcome, Question
from tests.shared_data import shared_data

STORY = "Each of {n} hens lays 2 eggs, and {n} eggs break. How many are left?"


def write_file(folder: Path, *rows: object, name: str = "questions.jsonl") -> Questions:
    path = folder / name
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return Questions(str(path))


def hens(n: int) -> dict[str, str]:
    """A question as people took it apart."""
    steps = [
        f"How many eggs do {n} hens lay? ** {n}*2=<<{n}*2={2 * n}>>{2 * n} eggs",
        f"How many of {2 * n}, {n} less? ** {n} eggs",
    ]
    return {"question": STORY.format(n=n), "answer": "\n".join([*steps, f"#### {n}"])}


def plain(n: int) -> dict[str, object]:
    return {"question": f"Question {n}?", "context": [f"It is {n}."], **({"gold": str(n)} if n % 2 else {})}


@pytest.fixture
def task(tmp_path: Path) -> Questions:
    return write_file(tmp_path, *map(hens, range(2, 60)), *map(plain, range(60)))


async def test_h_does_as_people_did_and_replies_what_the_last_answer_comes_to(task: Questions) -> None:
    question = task.ask(STORY.format(n=5), Context())
    known = {"How many eggs do 5 hens lay?": "10 eggs", "How many of 10, 5 less?": "That is 6."}
    (answer,) = await Amplify(Scripted(task.script), Table(known))([question])
    assert answer.text == "6", "H replies what it was told, and not what the file knows"
    assert answer.transcript is not None
    assert [c.question for c in answer.transcript.consultations] == [Question(text, question.context) for text in known]


async def test_people_who_consult_each_other_are_hch(task: Questions) -> None:
    questions = [task.ask(STORY.format(n=n), Context()) for n in range(2, 60)]
    alone = await HCH(Scripted(task.script), 0)(questions)
    assert {answer.outcome for answer in alone} == {Outcome.PASSED}
    hch = await HCH(Scripted(task.script), task.depth)(questions)
    assert all(task.right(q, answer.text) for q, answer in zip(questions, hch, strict=True))


async def test_what_people_answered_differently_h_cannot_tell_from_its_text(tmp_path: Path) -> None:
    rows = [{"question": f"Q{n}?", "answer": f"How many? ** {n}\n#### {n}"} for n in range(30)]
    task = write_file(tmp_path, *rows)
    (answer,) = await Amplify(Scripted(task.script), Table({}))([Question("How many?")])
    assert answer.outcome is Outcome.PASSED


async def test_of_a_question_that_nobody_took_apart_h_knows_nothing(task: Questions) -> None:
    (answer,) = await Amplify(Scripted(task.script), Table({}))([task.ask("Question 3?", Context())])
    assert (answer.outcome, answer.reason) == (Outcome.PASSED, "nobody has shown how this question is taken apart")


def test_an_instance_is_a_question_and_those_beside_it_are_kept_on_the_same_side(task: Questions) -> None:
    for test in (True, False):
        questions = sample_questions(task, 1, 6, 5, random.Random(0), test=test)
        assert {is_held_out(row_instance(question)) for question in questions} == {test}
        assert len(questions) == 30
        assert set(questions) <= {row.question for row in task.rows}
        assert len({*questions}) > 5


def test_gold_is_what_the_file_knows_and_where_it_knows_nothing_that_is_said(task: Questions) -> None:
    known = Question("Question 3?", Context(("It is 3.",)))
    assert task.gold(known) == "3"
    assert task.right(known, "That is 3.")
    with pytest.raises(NoGoldError, match="nobody knows the answer to: Question 4"):
        task.gold(Question("Question 4?", Context(("It is 4.",))))
    with pytest.raises(NoGoldError):
        task.gold(Question("Question 3?"))


def test_the_level_is_the_number_of_sub_questions(task: Questions) -> None:
    assert task.difficulty(task.ask(STORY.format(n=5), Context())) == 2
    assert task.difficulty(Question("anything?")) == 1


def test_a_question_of_the_file_is_asked_about_its_own_facts_and_any_other_about_those_given(task: Questions) -> None:
    facts = task.read("one fact\nanother\n")
    assert facts == Context(("one fact", "another"))
    assert task.read("one\nfact\n\nanother") == Context(("one\nfact", "another"))
    assert task.ask(" Question 3? ", facts) == Question("Question 3?", Context(("It is 3.",)))
    assert task.ask("Why?", facts) == Question("Why?", facts)
    with pytest.raises(TaskError, match="needs some words"):
        task.ask(" ", facts)


async def test_a_text_that_stands_for_several_questions_names_none_of_them(tmp_path: Path) -> None:
    rows = [{"question": "How many?", "context": [f"{n} hens."], "answer": f"So? ** {n}\n#### {n}"} for n in range(40)]
    task = write_file(tmp_path, *rows)
    assert task.ask("How many?", Context(("my hens",))) == Question("How many?", Context(("my hens",)))
    (answer,) = await HCH(Scripted(task.script), 1)([task.rows[0].question])
    assert answer.outcome is Outcome.PASSED


def test_bad_rows_are_listed_by_line(tmp_path: Path) -> None:
    task = write_file(tmp_path, plain(1), {"question": ""}, plain(2), {"qestion": "Why?"})
    with pytest.raises(TaskError) as caught:
        _ = task.rows
    assert "questions.jsonl has rows that cannot be read; mend or remove them: line 2: there is no question" in str(
        caught.value
    )
    assert "line 4: there is no column “qestion”; did you mean question?" in str(caught.value)
    many = write_file(tmp_path, *[{"question": ""}] * 50)
    with pytest.raises(TaskError, match="and 40 more"):
        _ = many.rows


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("none.jsonl", None, "none.jsonl cannot be read: No such file"),
        ("rows.txt", b"x", "should end in .jsonl or .csv"),
        ("rows.csv", b"qestion\nWhy?", "there is no column “qestion”"),
        ("rows.jsonl", '{"question": "Why?"}'.encode("utf-16"), "perhaps in UTF-16"),
        ("rows.jsonl", b'{"question": "Why?"}', "of the 1 questions in .* none is kept for tests.*: add some"),
        ("rows.jsonl", b"", "of the 0 questions"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_why(
    tmp_path: Path, name: str, content: bytes | None, expected: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(TaskError, match=expected):
        Questions(str(tmp_path / name)).instance(random.Random(0), 1)


def test_without_a_file_it_says_which_option_names_one() -> None:
    with pytest.raises(TaskError, match=r"--task\.path FILE\.jsonl"):
        Questions().instance(random.Random(0), 1)


def test_a_file_that_was_mended_is_read_again(tmp_path: Path) -> None:
    task = write_file(tmp_path, *map(plain, range(40)), {"question": ""})
    with pytest.raises(TaskError):
        _ = task.rows
    write_file(tmp_path, *map(plain, range(41)))
    assert len(task.rows) == 41


def test_what_people_did_is_there_as_examples(task: Questions) -> None:
    assert len(task.transcripts) == 58
    shown = examples_from(task.transcripts, 2)
    assert shown[0][1].startswith("ask: How many eggs do ")
    assert shown[1][1].startswith("reply: ")


def test_it_pickles(task: Questions) -> None:
    assert pickle.loads(pickle.dumps(task)) == task
    assert pickle.loads(pickle.dumps(task.script)) == task.script


async def test_people_who_wrote_gsm8ks_sub_questions_are_nearly_always_right_as_hch() -> None:
    task = Questions(str(shared_data("gsm8k_test_socratic.jsonl")))
    questions = [row.question for row in task.rows]
    answers = await HCH(Scripted(task.script), task.depth)(questions)
    given = [(q, answer.text) for q, answer in zip(questions, answers, strict=True) if answer.answered]
    assert len(given) == 1024, "some sub-questions are worded alike in several problems, and answered differently"
    assert sum(task.right(q, text) for q, text in given) == 992


def test_gsm8ks_plain_rows_are_questions_with_gold() -> None:
    task = Questions(str(shared_data("gsm8k_test.jsonl")))
    assert task.gold(task.rows[0].question) == "18"
    assert task.transcripts == []
