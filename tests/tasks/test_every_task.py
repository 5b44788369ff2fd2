"""What holds for every task: texts that a model can spell, files that read back, and a human who works as promised."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hch.amplify.amplify import HCH, Amplify, Otherwise
from hch.humans.scripted import Scripted, Steps
from hch.tasks.assignments import Assignments
from hch.tasks.facts import TaskError
from hch.tasks.paths import Paths
from hch.tasks.permutation import Permutation
from hch.tasks.task import Task
from hch.tasks.union_find import UnionFind
from hch.tasks.wildcard import Wildcard
from hch.text.words import words
from hch.types import Answer, Pass, Question, Reply

EXACT: list[Task] = [Permutation(16, bits=4, symbols=20), Assignments(16, symbols=20), Wildcard(16)]
SAMPLED: list[Task] = [Paths(16, symbols=20), UnionFind(16, symbols=20)]
FULL: list[Task] = [Permutation(), Assignments(), Wildcard(), Paths(), UnionFind()]
SIZES = (2, 3, 4, 5, 8, 13, 16)

every_task = pytest.mark.parametrize("task", EXACT + SAMPLED, ids=lambda task: task.name)
full_size = pytest.mark.parametrize("task", FULL, ids=lambda task: task.name)


def words_of(task: Task) -> tuple[str, ...]:
    assert task.words is not None
    return task.words


def sample(task: Task, size: int, seed: int = 0, count: int = 16, instances: int = 4) -> list[Question]:
    randomness = random.Random(f"{task.name} {size} {seed}")
    contexts = [task.instance(randomness, size) for _ in range(instances)]
    return [question for context in contexts for question in task.questions(context, count, randomness)]


@dataclass
class Perfect:
    """A model that answers from gold, and remembers what it was asked."""

    task: Task
    asked: list[Question] = field(default_factory=list)

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        self.asked.extend(questions)
        return [Answer(self.task.gold(question)) for question in questions]


@dataclass
class Babbling:
    """A model that says any word of the task, as one does that has learned nothing yet."""

    task: Task
    randomness: random.Random

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(self.randomness.choice(words_of(self.task))) for _ in questions]


def spellable(task: Task, text: str) -> bool:
    return set(words(text)) <= set(words_of(task))


def rate(task: Task, answers: list[Answer], questions: list[Question]) -> float:
    right = [a.answered and task.right(q, a.text) for q, a in zip(questions, answers, strict=True)]
    return sum(right) / len(right)


@every_task
@pytest.mark.parametrize("size", SIZES)
async def test_a_human_who_consults_a_perfect_model_is_right(task: Task, size: int) -> None:
    questions = sample(task, size)
    amplified = Amplify(Scripted(task.script), Otherwise(task.lookup, Perfect(task)))
    assert rate(task, await amplified(questions), questions) == 1


@pytest.mark.parametrize("task", EXACT, ids=lambda task: task.name)
@pytest.mark.parametrize("size", SIZES)
async def test_hch_of_the_tasks_depth_is_right_where_the_script_is_exact(task: Task, size: int) -> None:
    questions = sample(task, size)
    hch = HCH(Scripted(task.script), task.depth, task.lookup)
    assert rate(task, await hch(questions), questions) == 1


@pytest.mark.parametrize("task", SAMPLED, ids=lambda task: task.name)
async def test_hch_is_right_more_often_the_deeper_it_is_where_the_script_tries_its_luck(task: Task) -> None:
    questions = sample(task, 8, instances=12)
    human = Scripted(task.script)
    rates = [rate(task, await HCH(human, depth, task.lookup)(questions), questions) for depth in (0, 1, 2, 4)]
    assert rates == sorted(set(rates))
    assert rates[0] < 0.5
    assert rates[-1] > 0.6


@full_size
async def test_all_texts_are_spelled_in_the_tasks_words(task: Task) -> None:
    questions = sample(task, 64, instances=2, count=40) + sample(task, 8, instances=2, count=20)
    answers = await Amplify(Scripted(task.script), Otherwise(task.lookup, Perfect(task)))(questions)
    texts = {fact for question in questions for fact in question.context.facts}
    texts |= {question.text for question in questions}
    for answer in answers:
        assert answer.transcript is not None
        texts |= {text for c in answer.transcript.consultations for text in (c.question.text, c.answer.text)}
        texts.add(answer.text)
    assert [text for text in texts if not spellable(task, text)] == []


@full_size
def test_words_are_different_and_each_is_one_word(task: Task) -> None:
    assert len(set(words_of(task))) == len(words_of(task))
    assert all(words(word) == (word,) for word in words_of(task))


@full_size
def test_a_root_questions_answer_is_one_word(task: Task) -> None:
    assert {len(words(task.gold(question))) for question in sample(task, 64, instances=2)} == {1}


@every_task
async def test_whatever_a_model_says_what_the_human_replies_can_be_learned(task: Task) -> None:
    questions = sample(task, 8, instances=20)
    model = Otherwise(task.lookup, Babbling(task, random.Random(0)))
    answers = await Amplify(Scripted(task.script), model)(questions)
    assert [a.text for a in answers if a.answered and not (spellable(task, a.text) and len(words(a.text)) == 1)] == []
    assert {a.outcome.value for a in answers} == {"answered", "passed"}


@every_task
@pytest.mark.parametrize("size", SIZES)
def test_an_instance_reads_back_from_its_own_facts(task: Task, size: int) -> None:
    context = task.instance(random.Random(size), size)
    assert task.read("\n".join(context.facts)) == context


@every_task
def test_reading_does_not_mind_spacing_comments_and_blank_lines(task: Task) -> None:
    context = task.instance(random.Random(0), 8)
    untidy = [f"\t {fact.replace(' ', '')}   # for a reason" for fact in context.facts]
    wide = [fact.replace(" ", "   ") for fact in context.facts]
    assert task.read("# what follows is an instance\n\n" + "\n\n   # more\n".join(untidy)) == context
    assert task.read("\r\n".join(wide)) == context


@every_task
@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but this\n"])
def test_a_file_without_facts_is_refused(task: Task, text: str) -> None:
    with pytest.raises(TaskError, match="there are no facts here; expected lines like “"):
        task.read(text)


@every_task
def test_a_line_that_is_no_fact_is_named_with_what_was_expected(task: Task) -> None:
    context = task.instance(random.Random(0), 8)
    text = "\n".join(["# a comment", *context.facts[:2], "", "what is this", *context.facts[2:]])
    with pytest.raises(TaskError, match=r"^line 5: expected “X .*”, got “what is this”$"):
        task.read(text)


@every_task
def test_its_own_questions_can_be_asked_in_any_spacing(task: Task) -> None:
    for question in sample(task, 8):
        context = question.context
        assert task.ask(question.text, context) == question
        assert task.ask(f"  {question.text.removesuffix('?').replace(' ', '  ')} ", context) == question
        assert task.ask(question.text.replace("?", " ?"), context) == question


@every_task
@pytest.mark.parametrize("text", ["", "?", "why?", "value of", "distance from a", "σ^2 a", "x" * 500])
def test_a_question_of_no_format_is_told_the_formats(task: Task, text: str) -> None:
    context = task.instance(random.Random(0), 8)
    with pytest.raises(TaskError, match=r"^expected a question like “.*\?”, got “") as caught:
        task.ask(text, context)
    assert len(str(caught.value)) < 250


@every_task
def test_gold_is_right_and_nonsense_is_not(task: Task) -> None:
    for question in sample(task, 8):
        assert task.right(question, task.gold(question))
        assert not any(task.right(question, answer) for answer in ("", "?", "none of these", task.gold(question) + "."))


@every_task
async def test_a_question_of_another_kind_is_no_ones(task: Task) -> None:
    question = Question("who are you?", task.instance(random.Random(0), 8))
    (looked_up,) = await task.lookup([question])
    assert not looked_up.answered
    assert task.difficulty(question) == 0
    with pytest.raises(ValueError, match="not a question of this task: 'who are you"):
        task.gold(question)
    (answer,) = await Amplify(Scripted(task.script), Perfect(task))([question])
    assert answer.outcome.value == "passed"
    assert "not a question about" in answer.reason


@every_task
async def test_the_environment_answers_what_gold_says_and_leaves_the_rest(task: Task) -> None:
    model = Perfect(task)
    questions = sample(task, 8)
    answers = await Amplify(Scripted(task.script), Otherwise(task.lookup, model))(questions)
    consulted = [c for a in answers if a.transcript for c in a.transcript.consultations]
    looked_up = [c for c in consulted if c.answer.by == "lookup"]
    assert looked_up
    assert all(
        task.right(c.question, c.answer.text) and task.right(c.question, task.gold(c.question)) for c in looked_up
    )
    assert model.asked
    assert not any(answer.answered for answer in await task.lookup(model.asked))


@every_task
async def test_a_human_who_is_asked_what_is_primitive_looks_it_up(task: Task) -> None:
    amplified = Amplify(Scripted(task.script), Otherwise(task.lookup, Perfect(task)))
    consulted = [c for a in await amplified(sample(task, 8)) if a.transcript for c in a.transcript.consultations]
    primitive = [c.question for c in consulted if c.answer.by == "lookup"]
    assert rate(task, await amplified(primitive), primitive) == 1


@every_task
def test_the_same_seed_gives_the_same_and_another_seed_another(task: Task) -> None:
    assert sample(task, 8, seed=1) == sample(task, 8, seed=1)
    contexts = {question.context for seed in range(5) for question in sample(task, 8, seed=seed)}
    assert len(contexts) == 20


@every_task
def test_facts_come_in_random_order(task: Task) -> None:
    randomness = random.Random(3)
    contexts = [task.instance(randomness, 8) for _ in range(60)]
    firsts = {context.facts[0].translate(str.maketrans("", "", "-1")) for context in contexts}
    assert len(firsts) == 8 if isinstance(task, Wildcard) else len(firsts) > 12


@pytest.mark.parametrize(
    "task", [task for task in EXACT + SAMPLED if task.name != "wildcard"], ids=lambda task: task.name
)
def test_an_instance_draws_its_names_out_of_all_symbols(task: Task) -> None:
    randomness = random.Random(0)
    contexts = [task.instance(randomness, 4) for _ in range(100)]
    names = [
        {word for fact in context.facts for word in words(fact) if word in words_of(task)[:20]} for context in contexts
    ]
    # "f" is one of the symbols and also the function's name, which stands in all instances of assignments.
    assert all(len(own - {"f"}) <= 4 for own in names)
    assert set().union(*names) == set(words_of(task)[:20])


@every_task
@pytest.mark.parametrize("size", [-1, 0, 1, 17, 64])
def test_a_size_that_no_instance_can_have_is_refused(task: Task, size: int) -> None:
    with pytest.raises(ValueError, match=f"size must be from 2 to 16, got {size}"):
        task.instance(random.Random(0), size)


@full_size
def test_tasks_scripts_and_questions_pickle(task: Task) -> None:
    questions = sample(task, 8)
    assert pickle.loads(pickle.dumps(task)) == task
    assert pickle.loads(pickle.dumps(task.script)) == task.script
    assert pickle.loads(pickle.dumps(questions)) == questions


@every_task
def test_how_hard_a_question_is_is_a_small_number_and_its_kind_a_short_text(task: Task) -> None:
    questions = sample(task, 16, instances=8)
    levels = {task.difficulty(question) for question in questions}
    assert len(levels) > 2
    assert levels <= set(range(17))
    assert 1 <= len({task.stratum(question) for question in questions}) <= 4
    assert all(task.stratum(q) == task.stratum(Question(q.text)) for q in questions), "the text alone tells the kind"


ANYTHING = st.one_of(
    st.none(),
    st.text(max_size=6),
    st.sampled_from(["a", "b", "yes", "no", "none", "infinite", "0", "1", "2", "-1", "-64", "063", "٣", "9" * 30, "²"]),
    st.integers().map(str),
)


def ending(steps: Steps, answers: Callable[[int], list[str | None]]) -> Reply | Pass:
    """How a script ends that gets these answers, whatever it asks; it has eight rounds."""
    try:
        action = next(steps)
        for _ in range(8):
            assert action.texts
            assert len(action.sample_indices) in (0, len(action.texts))
            action = steps.send(answers(len(action.texts)))
    except StopIteration as end:
        value: Reply | Pass = end.value
        return value
    raise AssertionError(f"after 8 rounds the script still asks {action.texts}")


@every_task
@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_script_ends_whatever_it_is_told(task: Task, data: st.DataObject) -> None:
    questions = [question.text for question in sample(task, 4, instances=1, count=6)]
    text = data.draw(st.one_of(st.sampled_from(questions), st.text()))
    end = ending(task.script(text), lambda count: data.draw(st.lists(ANYTHING, min_size=count, max_size=count)))
    assert end.reason if isinstance(end, Pass) else isinstance(end, Reply)


@every_task
def test_no_answer_at_all_makes_the_human_pass(task: Task) -> None:
    for question in sample(task, 8):
        assert isinstance(ending(task.script(question.text), lambda count: [None] * count), Pass)
