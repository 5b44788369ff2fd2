from __future__ import annotations

import random
from collections import Counter

import pytest

from hch.amplify.amplify import HCH
from hch.humans.scripted import Scripted, give_up, reply
from hch.tasks.facts import TaskError
from hch.tasks.permutation import Permutation, power, power_script
from hch.types import Ask, Context, Question

TASK = Permutation(largest=8, bits=4)
CYCLE = Context(("a -> b", "b -> c", "c -> d", "d -> a", "e -> e"))


def test_an_instance_is_a_permutation_of_its_size() -> None:
    for size in range(2, 9):
        pairs = [fact.split(" -> ") for fact in TASK.instance(random.Random(size), size).facts]
        assert len(pairs) == size
        assert {x for x, _ in pairs} == {y for _, y in pairs}
        assert len({x for x, _ in pairs}) == size


def test_instances_are_not_all_alike() -> None:
    randomness = random.Random(0)
    fixed = [sum(x == y for x, y in (f.split(" -> ") for f in TASK.instance(randomness, 8).facts)) for _ in range(200)]
    assert set(fixed) > {0, 1, 2}, "a random permutation has one fixed point on average"
    assert 0.7 < sum(fixed) / len(fixed) < 1.3


@pytest.mark.parametrize(
    ("exponent", "x", "image"),
    [(0, "a", "a"), (1, "a", "b"), (4, "b", "b"), (7, "c", "b"), (10**9 - 1, "a", "d"), (5, "e", "e")],
)
def test_gold_is_the_power(exponent: int, x: str, image: str) -> None:
    assert TASK.gold(power(exponent, x, CYCLE)) == image
    assert [y for y in "abcde" if TASK.right(power(exponent, x, CYCLE), y)] == [image]


def test_gold_is_what_step_by_step_would_give() -> None:
    randomness = random.Random(5)
    for _ in range(20):
        context = TASK.instance(randomness, 8)
        images = dict(fact.split(" -> ") for fact in context.facts)
        for question in TASK.questions(context, 10, randomness):
            exponent = int(question.text[2:].split("(")[0]) if "^" in question.text else 1
            x = question.text.split("(")[1][0]
            for _ in range(exponent):
                x = images[x]
            assert TASK.gold(question) == x


def test_exponents_have_each_number_of_bits_equally_often_and_each_exponent_occurs() -> None:
    questions = TASK.questions(CYCLE, 4000, random.Random(0))
    counts = Counter(TASK.difficulty(question) for question in questions)
    assert set(counts) == {1, 2, 3, 4}
    assert all(900 < count < 1100 for count in counts.values()), counts
    assert {question.text.split("(")[0] for question in questions} == {"σ"} | {f"σ^{k}" for k in range(2, 16)}
    assert {question.text[-3] for question in questions} == set("abcde")


async def test_powers_0_and_1_are_primitive() -> None:
    texts = ["σ^0(c)?", "σ(c)?", "σ^1(c)?", "σ(z)?", "σ^0(z)?", "σ^2(c)?"]
    answers = await TASK.lookup([Question(text, CYCLE) for text in texts])
    assert [answer.text if answer.answered else None for answer in answers] == ["c", "d", "d", "none", "none", None]
    assert {answer.by for answer in answers} == {"lookup"}


def test_the_script_halves_the_exponent() -> None:
    steps = power_script("σ^5(a)?")
    assert next(steps) == Ask(("σ^2(a)?",))
    assert steps.send(["c"]) == Ask(("σ^2(c)?",))
    assert steps.send(["a"]) == Ask(("σ(a)?",))
    with pytest.raises(StopIteration) as end:
        steps.send(["b"])
    assert end.value.value == reply("b")


@pytest.mark.parametrize("answer", [None, "7", "none", "", "a b", "?"])
def test_the_script_passes_where_no_element_comes_back(answer: str | None) -> None:
    for text, reason in (("σ^5(a)?", "σ^2(a) is not an element"), ("σ(a)?", "σ(a) is not an element")):
        steps = power_script(text)
        next(steps)
        with pytest.raises(StopIteration) as end:
            steps.send([answer])
        assert end.value.value == give_up(reason)


async def test_the_depth_is_no_larger_than_it_must_be_for_the_longest_exponent() -> None:
    questions = [power(15, x, CYCLE) for x in "abcd"]
    human = Scripted(TASK.script)
    assert all(answer.answered for answer in await HCH(human, TASK.depth, TASK.lookup)(questions))
    assert not any(answer.answered for answer in await HCH(human, TASK.depth - 1, TASK.lookup)(questions))
    assert Permutation(bits=1).depth == 0


async def test_names_of_people_work_throughout() -> None:
    context = TASK.read("alice -> bob\nbob -> Chloé  # she is back\nChloé -> alice")
    question = TASK.ask("sigma^5( alice )", context)
    assert question == TASK.ask(" Sigma ^ 5(alice)?", context) == power(5, "alice", context)
    assert TASK.gold(question) == "Chloé"
    (answer,) = await HCH(Scripted(TASK.script), TASK.depth, TASK.lookup)([question])
    assert answer.text == "Chloé"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a -> b\nb -> a\n\na -> b", "line 4: a has an image already: a -> b in line 1"),
        ("a -> b\n# c\nc -> b", "line 3: b is the image of a already, in line 1"),
        ("a -> b\nb -> c", "line 2: c is the image of b, and no line says where c goes: add “c -> …”"),
        ("a -> b\nb > a", "line 2: expected “X -> Y”, got “b > a”"),
        ("a -> b\nb -> 1", "line 2: “1” is no name: a name is letters only"),
    ],
)
def test_what_is_wrong_with_a_file(text: str, complaint: str) -> None:
    with pytest.raises(TaskError) as caught:
        TASK.read(text)
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("σ^2(z)?", "“z” is no element here; there are a b c d e"),
        ("σ^x(a)?", "the exponent must be a whole number, got “x”"),
        ("σ^-2(a)?", "the exponent must be a whole number, got “-2”"),
        ("σ^2 a", "expected a question like “σ^K(X)?” or “σ(X)?”, got “σ^2 a”"),
    ],
)
def test_what_is_wrong_with_a_question(text: str, complaint: str) -> None:
    with pytest.raises(TaskError) as caught:
        TASK.ask(text, CYCLE)
    assert str(caught.value) == complaint


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="got largest 20 and symbols 10"):
        Permutation(largest=20, symbols=10)
    with pytest.raises(ValueError, match="got largest 64 and symbols 65"):
        Permutation(symbols=65)
    with pytest.raises(ValueError, match="from 1 to 16 bits, got 0"):
        Permutation(bits=0)
