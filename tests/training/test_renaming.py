from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.amplify.amplify import HCH, Amplify, Otherwise
from hch.humans.scripted import Scripted
from hch.tasks.assignments import Assignments
from hch.tasks.facts import SYMBOLS, TaskError
from hch.tasks.paths import Paths
from hch.tasks.permutation import Permutation
from hch.tasks.task import Task
from hch.tasks.union_find import UnionFind
from hch.tasks.wildcard import Wildcard
from hch.training.renaming import Forms, RenamingModel, invert, new_names, translate
from hch.types import Answer, Context, Outcome, Question

TASKS: list[tuple[Task, int]] = [
    (Permutation(largest=8, bits=4, symbols=12), 8),
    (Assignments(largest=9, symbols=12, values=8), 9),
    (Wildcard(largest=8), 8),
    (Paths(largest=8, symbols=12), 8),
    (UnionFind(largest=9, symbols=12, values=8), 9),
]
every_task = pytest.mark.parametrize(("task", "size"), TASKS, ids=lambda item: getattr(item, "name", ""))

PEOPLE = ["alice", "bob", "carol", "dave", "Erika", "françois", "Ωmega", "李", "ivan", "z", "judy", "ken"]


def forms(task: Task, size: int) -> Forms:
    return Forms.of([task.instance(random.Random(i), size) for i in range(200)])


def reserved(task: Task) -> set[str]:
    return {word for word in task.words or () if word.isalpha()}.difference(SYMBOLS)


@dataclass
class Strict:
    """A model that knows the task's words and no others, and answers from gold."""

    task: Task

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        for question in questions:
            for text in (question.text, *question.context.facts):
                strange = set(text.replace("?", " ").replace("^", " ").replace("(", " ").split()) & set(PEOPLE)
                assert not strange, text
        return [Answer(self.task.gold(question), by="oracle") for question in questions]


def as_people_write(task: Task, context: Context) -> tuple[Context, dict[str, str]]:
    """The same instance with people's names for symbols (and, in a function's table, for values)."""
    words = sorted(
        {w for fact in context.facts for w in fact.replace("(", " ").replace(",", " ").replace(")", " ").split()}
    )
    symbols = [word for word in words if word in SYMBOLS and word != "f"] if task.name != "wildcard" else []
    names = dict(zip(symbols, PEOPLE, strict=False))
    return Context(tuple(translate(fact, names) for fact in context.facts)), names


@every_task
async def test_a_model_answers_about_names_that_it_does_not_know(task: Task, size: int) -> None:
    known = frozenset(task.words or ())
    for seed in range(5):
        context = task.instance(random.Random(f"test {seed}"), size)
        theirs, names = as_people_write(task, context)
        read = task.read("\n".join(theirs.facts))
        assert read == theirs
        renamed = RenamingModel(Strict(task), theirs, new_names(theirs, forms(task, size), reserved(task)), known)
        asked = [task.ask(translate(q.text, names), theirs) for q in task.questions(context, 10, random.Random(seed))]
        answers = await renamed(asked)
        assert all(task.right(q, a.text) for q, a in zip(asked, answers, strict=True))
        assert {a.by for a in answers} == {"model"}


@every_task
async def test_a_human_consults_such_a_model_in_people_s_own_names(task: Task, size: int) -> None:
    context, _ = as_people_write(task, task.instance(random.Random("amplified"), size))
    model = RenamingModel(
        Strict(task), context, new_names(context, forms(task, size), reserved(task)), frozenset(task.words or ())
    )
    human = Scripted(task.script)
    asked = task.questions(context, 10, random.Random(0))
    for question, answer in zip(asked, await Amplify(human, Otherwise(task.lookup, model))(asked), strict=True):
        assert answer.answered, answer
        assert task.right(question, answer.text)
        assert answer.transcript is not None
        assert {c.answer.by for c in answer.transcript.consultations} <= {"lookup", "model"}


@every_task
def test_names_that_the_model_knows_already_stay(task: Task, size: int) -> None:
    context = task.instance(random.Random("own"), size)
    assert new_names(context, forms(task, size), reserved(task)) == {}


def test_a_new_name_is_none_that_is_in_use() -> None:
    task = Permutation(largest=4, bits=3, symbols=8)
    context = task.read("alice -> a\na -> b\nb -> alice")
    names = new_names(context, forms(task, 4), reserved(task))
    assert names == {"alice": "c"}


def test_values_that_people_give_names_become_numbers_and_variables_become_symbols() -> None:
    task = Assignments(largest=4, symbols=8, values=8)
    text = "x = red\ny = blue\nz := f(x, y)\n" + "\n".join(
        f"f({u}, {v}) = {u}" for u in ("red", "blue") for v in ("red", "blue")
    )
    names = new_names(task.read(text), forms(task, 4), reserved(task))
    assert all(names[variable] in SYMBOLS for variable in "xyz")
    assert names["red"].isdigit()
    assert names["blue"].isdigit()
    assert "f" not in names


def test_numbers_are_not_renamed() -> None:
    task = UnionFind(largest=4, symbols=8, values=8)
    with pytest.raises(TaskError, match="the number 99"):
        new_names(task.read("x = 99"), forms(task, 4), reserved(task))


def test_more_names_than_symbols_are_refused_with_their_number() -> None:
    task = Permutation(largest=4, bits=3, symbols=4)
    text = "\n".join(f"{a} -> {b}" for a, b in zip(PEOPLE[:5], [*PEOPLE[1:5], PEOPLE[0]], strict=True))
    with pytest.raises(TaskError, match="the model knows 4, and all are in use"):
        new_names(task.read(text), forms(task, 4), reserved(task))


def test_a_name_may_not_be_a_word_of_the_questions() -> None:
    task = Paths(largest=4, symbols=8)
    with pytest.raises(TaskError, match="“to” is a word of this task's questions"):
        new_names(task.read("to -> from"), forms(task, 4), reserved(task))


def test_facts_of_a_form_that_the_model_has_not_met_are_refused_with_one_that_it_has() -> None:
    task = Wildcard(largest=4)
    longer = Wildcard(largest=8).instance(random.Random(0), 8)
    with pytest.raises(TaskError, match="“a a = -1”"):
        new_names(longer, forms(task, 4), reserved(task))


async def test_a_question_with_a_word_that_was_not_learned_is_passed_on_and_the_others_are_answered() -> None:
    task = Permutation(largest=4, bits=2, symbols=8)
    context = task.read("alice -> bob\nbob -> alice")
    names = new_names(context, forms(task, 4), reserved(task))
    model = RenamingModel(Strict(task), context, names, frozenset(task.words or ()))
    strange, fine = await model([task.ask("σ^9(alice)", context), task.ask("σ^3(alice)", context)])
    assert strange.outcome is Outcome.PASSED
    assert "“9”" in strange.reason
    assert fine.text == "bob"


async def test_a_sampled_question_keeps_its_draw() -> None:
    asked: list[Question] = []

    async def model(questions: Sequence[Question], /) -> list[Answer]:
        asked.extend(questions)
        return [Answer("a")] * len(questions)

    context = Context(("alice -> alice",))
    await RenamingModel(model, context, {"alice": "a"}, {"a", "σ", "(", ")", "?"})(
        [Question("σ(alice)?", context, sample_index=4)]
    )
    assert asked == [Question("σ(a)?", Context(("a -> a",)), sample_index=4)]


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("cdefghij"), max_size=8))
def test_the_way_back_never_makes_one_word_of_two(names: dict[str, str]) -> None:
    if len(set(names.values())) < len(names):
        return
    back = invert(names)
    assert all(back.get(new, new) == old for old, new in names.items())
    assert sorted(back.get(word, word) for word in "abcdefghij") == sorted("abcdefghij")


async def test_hch_needs_no_names_at_all() -> None:
    task = Permutation(largest=4, bits=3, symbols=4)
    context = task.read("\n".join(f"{a} -> {a}" for a in PEOPLE))
    (answer,) = await HCH(Scripted(task.script), task.depth, task.lookup)([task.ask("σ^5(alice)", context)])
    assert answer.text == "alice"
