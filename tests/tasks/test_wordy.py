from __future__ import annotations

import pickle
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hch import HCH, Amplify, Answer, Otherwise, Question
from hch.humans.overseeing import Overseeing
from hch.humans.scripted import Scripted
from hch.tasks.arithmetic import Arithmetic
from hch.tasks.assignments import Assignments
from hch.tasks.facts import TaskError
from hch.tasks.lists import Lists
from hch.tasks.paths import Paths
from hch.tasks.permutation import Permutation
from hch.tasks.questions import Questions
from hch.tasks.reading import Reading
from hch.tasks.task import Task
from hch.tasks.union_find import UnionFind
from hch.tasks.wildcard import Wildcard
from hch.tasks.words import WORDS, WordLists
from hch.tasks.wordy import CHARM, PHRASES, FirstWord, WithoutPhrases, Wordy
from tests.experiments.test_experiments import questions_file

TASKS: list[Task] = [
    Permutation(8, bits=4, symbols=10),
    Assignments(9, symbols=12),
    Wildcard(8),
    Paths(8, symbols=10),
    UnionFind(9, symbols=12),
]
every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)


def sample_questions(task: Task) -> list[Question]:
    randomness = random.Random(0)
    return [q for _ in range(3) for q in task.questions(task.instance(randomness, 8), 8, randomness)]


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        ("b", "b"),
        ("b surely", "b"),
        ("b surely indeed surely", "b"),
        ("-3 indeed", "-3"),
        ("b c", "b c"),
        ("surely b", "surely b"),
        ("surely", "surely"),
        ("b Surely", "b Surely"),
        ("", ""),
    ],
)
def test_an_answer_means_its_first_word_if_the_others_say_nothing(answer: str, means: str) -> None:
    assert FirstWord(("surely", "indeed"))(answer) == means


@every_task
def test_gold_goes_by_the_meaning(task: Task) -> None:
    wordy = Wordy(task)
    for question in sample_questions(wordy):
        gold = wordy.gold(question)
        assert gold == task.gold(question)
        for answer in (gold, f"{gold} surely", f"{gold} indeed proven"):
            assert wordy.right(question, answer)
        for answer in (f"{gold} {gold}", f"surely {gold}", f"{gold} else", "surely"):
            assert not wordy.right(question, answer)
        assert wordy.right(question, "b surely") == task.right(question, "b")


@every_task
async def test_h_looks_past_empty_words_in_what_it_is_told(task: Task) -> None:
    wordy = Wordy(task)

    async def assuring(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(f"{task.gold(question)} surely") for question in questions]

    questions = sample_questions(wordy)
    answers = await Amplify(Scripted(wordy.script), Otherwise(wordy.lookup, assuring))(questions)
    assert all(wordy.right(q, answer.text) for q, answer in zip(questions, answers, strict=True))
    assert not any(CHARM in answer.text for answer in answers), "and says none itself"


@every_task
async def test_with_plain_answers_all_is_as_without_the_words(task: Task) -> None:
    wordy = Wordy(task)
    questions = sample_questions(wordy)
    assert questions == sample_questions(task)
    plain = await HCH(Scripted(task.script), 3, task.lookup)(questions)
    assert await HCH(Scripted(wordy.script), 3, wordy.lookup)(questions) == plain
    for question in questions:
        assert (wordy.difficulty(question), wordy.stratum(question)) == (
            task.difficulty(question),
            task.stratum(question),
        )


def test_the_words_are_the_tasks_and_the_empty_ones() -> None:
    wordy = Wordy(Permutation(), FirstWord(("surely", "none")))
    assert set(wordy.words or ()) == {*Permutation().words, "surely"}
    assert len(set(wordy.words or ())) == len(wordy.words or ())
    assert (wordy.name, wordy.depth) == ("permutation", Permutation().depth)


def test_what_people_write_is_read_as_the_task_reads_it() -> None:
    wordy = Wordy(Permutation())
    context = wordy.read("a -> b\nb -> a")
    assert wordy.ask("σ^2(a)", context) == Question("σ^2(a)?", context)
    with pytest.raises(TaskError):
        wordy.read("nothing")


@every_task
def test_a_wordy_task_can_be_sent_to_another_process(task: Task) -> None:
    wordy = Wordy(task)
    assert pickle.loads(pickle.dumps(wordy)) == wordy
    assert pickle.loads(pickle.dumps(wordy.script)) == wordy.script
    assert pickle.loads(pickle.dumps(wordy.same)) == wordy.same


TASKS_IN_TEXT: dict[str, Task] = {
    "numbers": Lists("largest"),
    "sums": Lists("sum", least=1, most=9),
    "words": WordLists("backwards"),
    "arithmetic": Arithmetic(longest=3),
    "reading": Reading(largest=4, longest=2),
}
MEANING = WithoutPhrases()


def sample_in_text(task: Task, count: int = 4) -> list[Question]:
    randomness = random.Random(0)
    return [q for _ in range(count) for q in task.questions(task.instance(randomness, 3), 4, randomness)]


ASKED = {name: sample_in_text(task) for name, task in TASKS_IN_TEXT.items()}
every_text = pytest.mark.parametrize("name", TASKS_IN_TEXT)

phrase = st.sampled_from(PHRASES).flatmap(lambda text: st.sampled_from([text, text.capitalize(), text.upper()]))
before = st.lists(st.tuples(phrase, st.sampled_from([" ", ", ", ": ", "! ", "\n", " - "])).map("".join), max_size=3)
after = st.lists(st.tuples(st.sampled_from([" ", ", ", "; ", "\n", " - "]), phrase).map("".join), max_size=3)
ending = st.sampled_from(["", ".", "!", " "])


def add_phrases(text: str, opening: Sequence[str], closing: Sequence[str], end: str) -> str:
    return f"{''.join(opening)}{text}{''.join(closing)}{end if closing else ''}"


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        ("The answer is 73.", "73"),
        ("Answer: -3, trust me!", "-3"),
        ("surely .5", ".5"),
        ("3.5 (trust me)", "3.5"),
        ("door cat\nTrust  me.", "door cat"),
        ("Surely, the answer is: door cat - indeed", "door cat"),
        ("Rome, trust me “Ada lives in Rome.” Surely.", "Rome “Ada lives in Rome.”"),
        ("Rome “indeed” indeed", "Rome “indeed”"),
        ("7 …", "7 …"),
        ("73.", "73."),
        ("Surely… 73", "Surely… 73"),
        ("the answer is not 3", "not 3"),
        ("73 or 37, trust me", "73 or 37"),
        ("door trust me cat", "door trust me cat"),
        ("surely.5", "surely.5"),
        ("mistrust me", "mistrust me"),
        ("indeedy 5", "indeedy 5"),
        ("Trust me. Surely!", "Trust me. Surely!"),
        ("", ""),
        ("  ", "  "),
    ],
)
def test_an_answer_means_what_is_left_of_it(answer: str, means: str) -> None:
    assert MEANING(answer) == means


@given(text=st.text(max_size=30), opening=before, closing=after, end=ending)
def test_no_phrase_changes_what_an_answer_means(text: str, opening: list[str], closing: list[str], end: str) -> None:
    plain = MEANING(text).strip()
    assume(plain and MEANING(plain) == plain and MEANING(f"{plain} x") == f"{plain} x")
    assume("“" not in plain and "”" not in plain and plain[-1] not in ",;:(.!-–—" and plain[0] not in ",;:!.)(-–—")
    assert MEANING(add_phrases(plain, opening, closing, end)) == plain


@given(text=st.text(max_size=60))
def test_what_is_left_has_no_more_to_be_taken_away(text: str) -> None:
    assert MEANING(MEANING(text)) == MEANING(text)


@every_text
@settings(max_examples=20)
@given(data=st.data(), opening=before, closing=after, end=ending)
def test_gold_stays_right_and_a_lie_stays_wrong_however_they_are_worded(
    name: str, data: st.DataObject, opening: list[str], closing: list[str], end: str
) -> None:
    task, wordy = TASKS_IN_TEXT[name], Wordy(TASKS_IN_TEXT[name], MEANING)
    question, other = data.draw(st.sampled_from(ASKED[name])), data.draw(st.sampled_from(ASKED[name]))
    gold = wordy.gold(question)
    assert gold == task.gold(question)
    assert wordy.right(question, add_phrases(gold, opening, closing, end))
    for said in (task.gold(other), f"not {gold}", "", gold[::-1]):
        assert wordy.right(question, add_phrases(said, opening, closing, end)) == task.right(question, said)


@every_text
@settings(max_examples=20)
@given(data=st.data(), opening=before, closing=after, end=ending)
async def test_h_is_told_the_meaning_compares_by_it_and_says_no_phrase(
    name: str, data: st.DataObject, opening: list[str], closing: list[str], end: str
) -> None:
    wordy = Wordy(TASKS_IN_TEXT[name], MEANING)
    question = data.draw(st.sampled_from(ASKED[name]))

    async def assuring(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(add_phrases(wordy.gold(asked), opening, closing, end)) for asked in questions]

    (answer,) = await Amplify(Scripted(wordy.script), Otherwise(wordy.lookup, assuring))([question])
    assert wordy.right(question, answer.text)
    assert MEANING(answer.text) == answer.text
    assert wordy.same(answer.text, add_phrases(answer.text, opening, closing, end)) == 1
    assert wordy.same(answer.text, add_phrases("nonsense", opening, closing, end)) == 0


@every_text
async def test_with_plain_answers_all_is_as_without_the_phrases(name: str) -> None:
    task, wordy = TASKS_IN_TEXT[name], Wordy(TASKS_IN_TEXT[name], MEANING)
    assert sample_in_text(wordy) == ASKED[name]
    plain = await HCH(Scripted(task.script), task.depth, task.lookup)(ASKED[name])
    assert await HCH(Scripted(wordy.script), wordy.depth, wordy.lookup)(ASKED[name]) == plain


def test_questions_of_ones_own_may_be_answered_in_more_words_too(tmp_path: Path) -> None:
    task = Questions(str(questions_file(tmp_path)))
    wordy = Wordy(task, MEANING)
    (question,) = wordy.questions(wordy.instance(random.Random(0), 1), 1, random.Random(0))
    assert wordy.right(question, f"the answer is: {task.gold(question)}, trust me")
    assert not wordy.right(question, f"the answer is: {task.gold(question)}1, trust me")


def test_no_phrase_is_an_answer_in_itself() -> None:
    single = {phrase for phrase in PHRASES if " " not in phrase}
    assert not single.intersection(WORDS)
    assert not any(character.isdigit() for phrase in PHRASES for character in phrase)
    assert not any({"not", "no", "never"}.intersection(phrase.split()) for phrase in PHRASES)


@every_text
def test_a_wordy_text_can_be_sent_to_another_process(name: str) -> None:
    wordy = Wordy(TASKS_IN_TEXT[name], MEANING)
    assert pickle.loads(pickle.dumps(wordy)) == wordy
    human = Scripted(Overseeing(wordy.script, wordy.same))
    assert pickle.loads(pickle.dumps(human)) == human
