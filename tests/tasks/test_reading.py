from __future__ import annotations

import json
import pickle
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.amplify.amplify import HCH, Amplify, Otherwise
from hch.humans.scripted import Scripted
from hch.tasks.facts import TaskError
from hch.tasks.reading import Glancing, Reading, split_quotes
from hch.training.questions import sample_questions
from hch.types import Answer, Context, NoGoldError, Outcome, Question, walk
from tests.shared_data import shared_data

TASK = Reading()
TOWN = Context(
    (
        "Ada\nAda lives in Rome. The sister of Ada is Eve.",
        "Eve\nEve works as a nurse. Eve lives in Oslo. The sister of Eve is Ada.",
    )
)


async def look_up(text: str, context: Context = TOWN, task: Reading = TASK) -> str:
    (answer,) = await task.lookup([Question(text, context)])
    return answer.text if answer.answered else f"{answer.outcome}"


@pytest.mark.parametrize("size", [2, 5, 16])
async def test_hch_of_the_tasks_depth_is_right_and_h_never_reads_more_than_its_words(size: int) -> None:
    questions = sample_questions(TASK, size, 8, 8, random.Random(0), test=False)
    answers = await HCH(Scripted(TASK.script), TASK.depth, TASK.lookup)(questions)
    assert all(TASK.right(q, answer.text) for q, answer in zip(questions, answers, strict=True))
    trees = [transcript for a in answers if a.transcript for _, transcript in walk(a.transcript)]
    assert max(len(c.answer.text.split()) for tree in trees for c in tree.consultations) <= TASK.window


async def test_h_alone_reads_up_one_sentence_and_needs_others_for_more() -> None:
    questions = sample_questions(TASK, 8, 20, 8, random.Random(0), test=False)
    alone = await HCH(Scripted(TASK.script), 0, TASK.lookup)(questions)
    for question, answer in zip(questions, alone, strict=True):
        steps = TASK.difficulty(question) + (not question.text.startswith("Who"))
        assert answer.answered == (steps == 1)


async def test_the_contents_come_in_pages_and_sections_in_stretches() -> None:
    task = Reading(window=12)
    context = Context(tuple(f"Title {n}\n" + " ".join(f"w{k}" for k in range(25)) for n in range(1, 5)))
    assert await look_up("contents?", context, task) == "1 Title 1; 2 Title 2; 3 Title 3; more from 4"
    assert await look_up("contents from 4?", context, task) == "4 Title 4"
    assert await look_up("contents from 9?", context, task) == "no more"
    assert await look_up("section 2?", context, task) == "w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 …"
    assert await look_up("section 2 from word 21?", context, task) == "w20 w21 w22 w23 w24"
    assert await look_up("section 9?", context, task) == "no more"
    assert await look_up("section 2?", Context(("a", "one line")), task) == "one line"


async def test_the_environment_says_whether_a_quote_is_there_and_answers_nothing_else() -> None:
    assert await look_up("is “Eve lives in Oslo.” there?") == "yes, in section 2"
    assert await look_up("is “Eve lives in Rome.” there?") == "no"
    assert await look_up("is “” there?") == "no"
    assert await look_up("Where does Ada live?") == Outcome.PASSED


@given(st.lists(st.text()), st.text())
async def test_any_text_may_be_looked_up_in_any_document(facts: list[str], text: str) -> None:
    context = Context(tuple(facts))
    for asked in (text, "contents?", "contents from 3?", "section 1?", "section 0?", f"is “{text}” there?"):
        assert len((await look_up(asked, context)).split()) <= TASK.window


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("Oslo “Eve lives in Oslo.”", True),
        ("oslo. “Eve lives in Oslo”", True),
        ("Oslo “Eve works as a nurse” “Eve lives in Oslo.”", True),
        ("Oslo", False),
        ("Oslo “”", False),
        ("Oslo “Eve lives there.”", False),
        ("Oslo “Eve lives in Oslo.” “Ada lives in Oslo.”", False),
        ("Rome “Ada lives in Rome.”", False),
        ("“Eve lives in Oslo.”", False),
    ],
)
def test_an_answer_is_right_if_it_says_so_and_all_that_it_quotes_is_there(answer: str, right: bool) -> None:
    assert TASK.right(Question("Where does the sister of Ada live?", TOWN), answer) is right


def test_what_is_said_and_what_is_quoted_are_told_apart() -> None:
    assert split_quotes("Oslo “Eve lives in Oslo.” and “so on”") == ("Oslo and", ["Eve lives in Oslo.", "so on"])
    assert split_quotes("nothing “ ”") == ("nothing", [])


class Says:
    """A model that answers every question alike."""

    def __init__(self, text: str) -> None:
        self.text = text

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(self.text)] * len(questions)


@pytest.mark.parametrize(
    "lie", ["Eve “The sister of Ada is Noah.”", "Eve", "", "Eve “The sister of Ada is Eve.”" + " so" * 50]
)
async def test_what_h_is_told_without_a_quote_that_is_there_or_at_length_does_not_count(lie: str) -> None:
    human = Amplify(Scripted(TASK.script), Otherwise(TASK.lookup, Says(lie)))
    (answer,) = await human([Question("Where does the sister of Ada live?", TOWN)])
    assert answer.outcome is Outcome.PASSED
    assert "with a quote that is there" in answer.reason


async def test_a_script_that_glances_is_told_no_long_answer() -> None:
    human = Amplify(Scripted(Glancing(TASK.script, 3)), Otherwise(TASK.lookup, Says("x")))
    (answer,) = await human([Question("Where does Ada live?", TOWN)])
    assert answer.outcome is Outcome.PASSED


async def test_a_person_who_is_not_in_the_document_is_a_pass() -> None:
    (answer,) = await HCH(Scripted(TASK.script), 3, TASK.lookup)([Question("Where does Zoe live?", TOWN)])
    assert (answer.outcome, answer.reason) == (Outcome.PASSED, "there is no section on Zoe")
    (answer,) = await HCH(Scripted(TASK.script), 3, TASK.lookup)([Question("What does Ada work as?", TOWN)])
    assert answer.reason == "the section on Ada does not say"


def test_sections_are_read_apart_by_empty_lines() -> None:
    assert TASK.read("\n\n".join(TOWN.facts)) == TOWN
    with pytest.raises(TaskError, match="nothing to read here"):
        TASK.read(" \n")
    assert TASK.ask(" Where does Ada live? ", TOWN) == Question("Where does Ada live?", TOWN)
    with pytest.raises(TaskError, match="needs some words"):
        TASK.ask("", TOWN)


def test_settings_and_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="from 2 to 24 people, got 100"):
        Reading(largest=100)
    with pytest.raises(ValueError, match="at least 12 words"):
        Reading(window=3)
    with pytest.raises(ValueError, match="from 2 to 16 people, got 1"):
        TASK.instance(random.Random(0), 1)
    with pytest.raises(ValueError, match="not a question of this task"):
        TASK.gold(Question("why?", TOWN))


def test_it_pickles() -> None:
    assert pickle.loads(pickle.dumps(TASK)) == TASK
    assert pickle.loads(pickle.dumps(TASK.script)) == TASK.script


# Documents from a file


def from_file(folder: Path, rows: Sequence[object]) -> Reading:
    path = folder / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return Reading(path=str(path))


def towers(n: int) -> dict[str, object]:
    return {
        "question": f"When was the tower of Town{n} built?",
        "context": [f"Village{n}\nIt has a mill.", f"Town{n}\nThe river is wide. The tower was built in {1000 + n}."],
        "gold": str(1000 + n),
    }


async def test_in_a_file_h_goes_by_titles_and_the_one_who_reads_a_section_quotes_its_likeliest_sentence(
    tmp_path: Path,
) -> None:
    task = from_file(tmp_path, [towers(n) for n in range(30)])
    questions = [row.question for row in task.file.rows]
    answers = await HCH(Scripted(task.script), task.depth, task.lookup)(questions)
    assert answers[3].text == "The tower was built in 1003. “The tower was built in 1003.”"
    assert all(task.right(q, answer.text) for q, answer in zip(questions, answers, strict=True))
    assert answers[3].transcript is not None
    asked = [c.question.text for c in answers[3].transcript.consultations]
    assert asked[:2] == ["contents?", "in section 2: When was the tower of Town3 built?"]


def test_questions_of_a_file_are_asked_about_their_own_documents(tmp_path: Path) -> None:
    task = from_file(tmp_path, [towers(n) for n in range(40)])
    for test in (True, False):
        questions = sample_questions(task, 1, 4, 3, random.Random(0), test=test)
        assert all(task.gold(question) for question in questions)
        assert {task.difficulty(question) for question in questions} == {2}
    assert task.ask("When was the tower of Town7 built?", TOWN).context.facts[0].startswith("Village7")
    with pytest.raises(NoGoldError):
        task.gold(Question("Why?", TOWN))


def test_a_question_with_nothing_to_read_is_named_by_its_line(tmp_path: Path) -> None:
    task = from_file(tmp_path, [*(towers(n) for n in range(30)), {"question": "Why?"}])
    with pytest.raises(TaskError, match=r"rows\.jsonl, line 31: the question has no context"):
        task.instance(random.Random(0), 1)


async def test_two_paragraph_questions_are_read(tmp_path: Path) -> None:
    rows = []
    for line in shared_data("multihop_100.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        own = [(row["title_a"], row["para_a"]), (row["title_b"], row["para_b"])]
        sections = [*own, *((title, said) for title, said, _ in row["distractors"])]
        facts = [f"{title}\n{''.join(said).strip()}" for title, said in sections if "".join(said).strip()]
        rows.append({"question": row["question"], "context": facts, "gold": row["answer"]})
    task = from_file(tmp_path, rows)
    questions = [row.question for row in task.file.rows]
    assert len(questions) == 100
    answers = await HCH(Scripted(task.script), task.depth, task.lookup)(questions)
    trees = [transcript for a in answers if a.transcript for _, transcript in walk(a.transcript)]
    assert max(len(c.answer.text.split()) for tree in trees for c in tree.consultations) <= task.window
    assert sum(answer.answered for answer in answers) == 100
    assert sum(task.right(q, answer.text) for q, answer in zip(questions, answers, strict=True)) == 1
    assert all(split_quotes(answer.text)[1] for answer in answers if answer.answered)
    # What is true and quotes the document is right, in any of these documents.
    first = [question.context.facts[0].partition("\n")[2].split()[:6] for question in questions]
    golds = [f"{task.gold(question)} “{' '.join(words)}”" for question, words in zip(questions, first, strict=True)]
    assert sum(task.right(q, gold) for q, gold in zip(questions, golds, strict=True)) > 95
