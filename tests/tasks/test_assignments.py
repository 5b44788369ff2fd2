from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest

from hch.amplify.amplify import HCH
from hch.humans.scripted import Scripted, give_up, reply
from hch.tasks.assignments import Assignments, value_script
from hch.tasks.facts import TaskError
from hch.types import Ask, Context, Question

TASK = Assignments(largest=16)
CONTEXT = Context(
    ("c := f(b, a)", "f(0, 3) = 3", "a = 3", "f(3, 0) = 0", "b = 0", "d := f(c, c)", "f(0, 0) = 3", "f(3, 3) = 0")
)


def about(text: str) -> Question:
    return Question(text, CONTEXT)


def test_an_instance_has_given_variables_definitions_and_a_whole_function() -> None:
    for size, values in ((2, 1), (4, 2), (8, 3), (16, 4)):
        facts = TASK.instance(random.Random(size), size).facts
        definitions = [fact for fact in facts if ":=" in fact]
        function = {fact.split(" = ")[0]: fact.split(" = ")[1] for fact in facts if fact.startswith("f(")}
        given = [fact for fact in facts if fact not in definitions and not fact.startswith("f(")]
        assert (len(given), len(definitions), len(function)) == (values, size - values, values**2)
        domain = {key[2:].split(", ")[0] for key in function}
        assert len(domain) == values
        assert set(function.values()) | {fact.split(" = ")[1] for fact in given} <= domain <= set(map(str, range(16)))
        assert len({fact.split()[0] for fact in given + definitions}) == size


def test_values_are_drawn_anew_for_every_instance() -> None:
    randomness = random.Random(0)
    drawn = [{f.split(" = ")[1] for f in TASK.instance(randomness, 4).facts if ":=" not in f} for _ in range(100)]
    assert set().union(*drawn) == set(map(str, range(16)))
    assert len({frozenset(values) for values in drawn}) > 50


def test_facts_of_all_kinds_are_mixed() -> None:
    randomness = random.Random(0)
    firsts = [TASK.instance(randomness, 8).facts[0] for _ in range(100)]
    assert {"f(" if fact.startswith("f(") else fact.split()[1] for fact in firsts} == {"f(", "=", ":="}


def test_functions_are_arbitrary() -> None:
    randomness = random.Random(0)
    tables: Counter[tuple[int, ...]] = Counter()
    for _ in range(200):
        values = [f.split(" = ")[1] for f in sorted(TASK.instance(randomness, 4).facts) if f.startswith("f(")]
        tables[tuple(sorted(set(values)).index(value) for value in values)] += 1
    assert len(tables) >= 12


def test_gold_follows_the_definitions() -> None:
    assert [TASK.gold(about(f"value of {x}?")) for x in "abcdz"] == ["3", "0", "3", "0", "none"]
    assert [TASK.difficulty(about(f"value of {x}?")) for x in "abcdz"] == [0, 0, 1, 2, 0]
    assert [v for v in ("0", "3", "c", "none") if TASK.right(about("value of c?"), v)] == ["3"]


async def test_what_is_primitive() -> None:
    names = {
        "first of c?": "b",
        "second of c?": "a",
        "first of a?": "3",
        "second of a?": "none",
        "first of z?": "none",
        "f(3, 0)?": "0",
        "f(0, 3)?": "3",
        "f(0, 7)?": "none",
    }
    answers = await TASK.lookup([about(text) for text in names])
    assert [answer.text for answer in answers] == list(names.values())
    assert [TASK.gold(about(text)) for text in names] == list(names.values())
    assert not (await TASK.lookup([about("value of a?")]))[0].answered


def test_questions_are_about_all_variables() -> None:
    counts = Counter(question.text for question in TASK.questions(CONTEXT, 400, random.Random(0)))
    assert set(counts) == {f"value of {x}?" for x in "abcd"}
    assert all(70 < count < 130 for count in counts.values()), counts


def test_the_script_asks_for_both_operands_at_once_and_then_for_both_values() -> None:
    steps = value_script("value of d?")
    assert next(steps) == Ask(("first of d?", "second of d?"))
    assert steps.send(["c", "b"]) == Ask(("value of c?", "value of b?"))
    assert steps.send(["3", "0"]) == Ask(("f(3, 0)?",))
    with pytest.raises(StopIteration) as end:
        steps.send(["0"])
    assert end.value.value == reply("0")


@pytest.mark.parametrize(
    ("rounds", "ending"),
    [
        ([["3", "none"]], reply("3")),
        ([["none", "none"]], give_up("what d is made of is unknown")),
        ([["3", "7"]], give_up("what d is made of is unknown")),
        ([[None, None]], give_up("what d is made of is unknown")),
        ([["c", "b"], ["3", None]], give_up("the value of c or of b is not a value")),
        ([["c", "b"], ["3", ":="]], give_up("the value of c or of b is not a value")),
        ([["c", "b"], ["none", "0"]], give_up("the value of c or of b is not a value")),
        ([["c", "b"], ["3", "a"], ["none"]], give_up("f(3, a) is unknown")),
        ([["c", "b"], ["3", "0"], [None]], give_up("f(3, 0) is unknown")),
    ],
)
def test_how_the_script_ends(rounds: list[list[str | None]], ending: object) -> None:
    steps = value_script("value of d?")
    next(steps)
    for answers in rounds[:-1]:
        steps.send(answers)
    with pytest.raises(StopIteration) as end:
        steps.send(rounds[-1])
    assert end.value.value == ending


async def test_the_longest_chain_needs_the_whole_depth() -> None:
    task = Assignments(largest=8, symbols=8)
    names = "abcdefgh"
    chain = [f"{y} := f({x}, a)" for x, y in pairwise(names[2:])]
    context = task.read("\n".join(["a = 1", "b = 1", "c = 0", *chain, "f(0, 1) = 1", "f(1, 1) = 0"]))
    question = task.ask("value of h", context)
    assert task.difficulty(question) == task.depth == 5
    human = Scripted(task.script)
    (deep,) = await HCH(human, task.depth, task.lookup)([question])
    (shallow,) = await HCH(human, task.depth - 1, task.lookup)([question])
    assert deep.text == task.gold(question) == "1"
    assert not shallow.answered


async def test_names_of_people_work_throughout_and_only_needed_results_are_asked_for() -> None:
    made = "mix := f(sky, sun)\nall := f(mix, mix)\n"
    context = TASK.read(f"{made}sky = blue\nsun = yellow\nf(blue, yellow) = green\nf(green,green)=green")
    question = TASK.ask("Value of  all", context)
    (answer,) = await HCH(Scripted(TASK.script), TASK.depth, TASK.lookup)([question])
    assert answer.text == TASK.gold(question) == "green"


def test_a_chain_may_be_longer_than_pythons_stack() -> None:
    names = ["".join("abcdefghij"[int(digit)] for digit in str(i)) for i in range(3000)]
    lines = [f"{y} := f({x}, {x})" for x, y in pairwise(names)]
    context = TASK.read("\n".join([*reversed(lines), f"{names[0]} = 1", "f(1, 1) = 1"]))
    assert TASK.difficulty(TASK.ask(f"value of {names[-1]}?", context)) == 2999


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a = 1\nb = 2\na = 2", "line 3: a is given already, in line 1"),
        ("a = 1\na := f(a, a)", "line 2: a is given already, in line 1"),
        ("a = 1\nf(1, 1) = 1\nf( 1,1 ) = 2", "line 3: f(1, 1) is given already, in line 2"),
        ("a = 1\n\nb := f(a, c)", "line 3: c is nowhere given a value: add “c = …” or “c := f(…, …)”"),
        ("a = 1\nb := f(a, c)\nc := f(d, a)\nd := f(b, b)", "line 2: b is made of itself: b → c → d → b"),
        ("a = 1\nb := f(b, a)", "line 2: b is made of itself: b → b"),
        (
            "a = 1\nb := f(a, a)\nf(1, 2) = 1",
            "line 2: the value of b is f(1, 1), which no line gives: add “f(1, 1) = …”",
        ),
        ("a = 1\nb = a", "line 2: the value of b is to be a value, and a is a variable"),
        ("f(1, 1) = 1", "there are no variables here; expected lines like “X = V” or “X := f(Y, Z)”"),
        ("a = 1\nb := g(a, a)", "line 2: expected “X = V” or “X := f(Y, Z)” or “f(U, V) = W”, got “b := g(a, a)”"),
        ("a = 1\nb := f(a, 1)", "line 2: “1” is no name: a name is letters only"),
        ("a = 1.5", "line 1: “1.5” is no value: a value is letters only, or a whole number"),
        ("a = none", "line 1: “none” cannot be a name: as an answer it says that there is nothing to name"),
    ],
)
def test_what_is_wrong_with_a_file(text: str, complaint: str) -> None:
    with pytest.raises(TaskError) as caught:
        TASK.read(text)
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("value of z?", "“z” is no variable here; there are c a b d"),
        ("first of a?", "expected a question like “value of X?”, got “first of a?”"),
    ],
)
def test_what_is_wrong_with_a_question(text: str, complaint: str) -> None:
    with pytest.raises(TaskError) as caught:
        TASK.ask(text, CONTEXT)
    assert str(caught.value) == complaint


def test_too_few_values_are_refused() -> None:
    assert Assignments(largest=64, values=8).values == 8
    with pytest.raises(ValueError, match="64 variables have 8 values, and a choice of 7 is too small"):
        Assignments(largest=64, values=7)
