from __future__ import annotations

import random
from collections import Counter
from fnmatch import fnmatchcase

import pytest

from hch.amplify.amplify import HCH
from hch.humans.scripted import Scripted, give_up, reply
from hch.tasks.facts import TaskError
from hch.tasks.wildcard import Wildcard, sum_script
from hch.types import Ask, Context, Question

TASK = Wildcard(largest=16)
CONTEXT = Context(("b a = 1", "a a = 1", "b b = 1", "a b = -1"))


def about(pattern: str, context: Context = CONTEXT) -> Question:
    return Question(f"sum over {pattern}?", context)


@pytest.mark.parametrize(("size", "strings"), [(2, 2), (3, 2), (4, 4), (7, 4), (8, 8), (15, 8), (16, 16)])
def test_an_instance_has_every_string_of_one_length(size: int, strings: int) -> None:
    pairs = [fact.split(" = ") for fact in TASK.instance(random.Random(size), size).facts]
    assert len({string for string, _ in pairs}) == len(pairs) == strings
    assert all(
        set(string.split()) <= {"a", "b"} and len(string.split()) == strings.bit_length() - 1 for string, _ in pairs
    )
    assert {value for _, value in pairs} <= {"1", "-1"}


def test_values_are_a_fair_coin_for_each_string() -> None:
    randomness = random.Random(0)
    values = Counter(fact for _ in range(400) for fact in TASK.instance(randomness, 4).facts)
    assert len(values) == 8
    assert all(150 < count < 250 for count in values.values()), values


@pytest.mark.parametrize(
    ("pattern", "total"),
    [("a a", "1"), ("a b", "-1"), ("a *", "0"), ("* a", "2"), ("* b", "0"), ("* *", "2"), ("*", "none")],
)
def test_gold_is_the_sum_over_what_fits(pattern: str, total: str) -> None:
    assert TASK.gold(about(pattern)) == total
    assert [n for n in map(str, range(-4, 5)) if TASK.right(about(pattern), n)] == ([] if total == "none" else [total])


def test_gold_is_what_matching_one_by_one_would_give() -> None:
    randomness = random.Random(1)
    for _ in range(10):
        context = TASK.instance(randomness, 16)
        values = {fact.split(" = ")[0]: int(fact.split(" = ")[1]) for fact in context.facts}
        for question in TASK.questions(context, 20, randomness):
            # In file name patterns * stands for any run of letters and ? for one.
            pattern = question.text.removeprefix("sum over ").removesuffix("?").replace("*", "?")
            assert TASK.gold(question) == str(sum(v for s, v in values.items() if fnmatchcase(s, pattern)))


def test_patterns_have_each_number_of_wildcards_equally_often_in_all_places() -> None:
    context = TASK.instance(random.Random(0), 16)
    questions = TASK.questions(context, 4000, random.Random(0))
    counts = Counter(TASK.difficulty(question) for question in questions)
    assert set(counts) == {1, 2, 3, 4}
    assert all(900 < count < 1100 for count in counts.values()), counts
    assert len({question.text for question in questions}) == 3**4 - 2**4
    assert {TASK.stratum(question) for question in questions} == {"1", "2", "3", "4"}


async def test_patterns_without_a_wildcard_are_primitive() -> None:
    answers = await TASK.lookup([about("a b"), about("b b"), about("a b a"), about("a *")])
    assert [answer.text if answer.answered else None for answer in answers] == ["-1", "1", "none", None]


def test_the_script_sets_the_first_wildcard_to_each_letter_at_once() -> None:
    steps = sum_script("sum over b * a *?")
    assert next(steps) == Ask(("sum over b a a *?", "sum over b b a *?"))
    with pytest.raises(StopIteration) as end:
        steps.send(["2", "-2"])
    assert end.value.value == reply("0")


@pytest.mark.parametrize(
    ("text", "answers", "ending"),
    [
        ("sum over a b?", ["-1"], reply("-1")),
        ("sum over a *?", ["1", "1"], reply("2")),
        ("sum over a *?", ["1", None], give_up("an answer is not a sum over 1 strings")),
        ("sum over a *?", ["1", "a"], give_up("an answer is not a sum over 1 strings")),
        ("sum over a *?", ["1", "2"], give_up("an answer is not a sum over 1 strings")),
        ("sum over * *?", ["-2", "-2"], reply("-4")),
        ("sum over * *?", ["-3", "0"], give_up("an answer is not a sum over 2 strings")),
        ("sum over a b?", ["none"], give_up("an answer is not a sum over 1 strings")),
    ],
)
def test_how_the_script_ends(text: str, answers: list[str | None], ending: object) -> None:
    steps = sum_script(text)
    next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(answers)
    assert end.value.value == ending


async def test_all_wildcards_need_the_whole_depth() -> None:
    context = TASK.instance(random.Random(0), 16)
    question = about("* * * *", context)
    human = Scripted(TASK.script)
    (deep,) = await HCH(human, TASK.depth, TASK.lookup)([question])
    (shallow,) = await HCH(human, TASK.depth - 1, TASK.lookup)([question])
    assert deep.text == TASK.gold(question)
    assert not shallow.answered


@pytest.mark.parametrize("text", ["sum over a *?", "sum over a*", "SUM over  a  *", " sum over a *  ?"])
def test_a_pattern_may_be_spaced_or_not(text: str) -> None:
    assert TASK.ask(text, CONTEXT) == about("a *")


def test_a_file_may_space_its_strings_or_not_and_sign_its_values() -> None:
    text = "ba = +1\na a = 1\nb  b=1  # all that is left\nab = −1"
    assert TASK.read(text) == CONTEXT


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("aa = 1\nab = 1\nca = 1", "line 3: strings are of the letters a and b only, got “c” in ca"),
        ("aa = 1\nab = 2", "line 2: a string's value must be 1 or -1, got 2"),
        ("aa = 1\nab = b", "line 2: a string's value must be 1 or -1, got b"),
        ("aa = 1\nab = 1\n\na a = -1", "line 4: aa has a value already, in line 1"),
        (
            "aa = 1\naba = 1",
            "line 2: aba has 3 letters, and aa in line 1 has 2: all strings must have the same length",
        ),
        ("aa = 1\nab = 1\nbb = 1", "no line gives the value of ba: add “ba = 1” or “ba = -1”"),
        ("a* = 1", "line 1: “a*” is no name: a name is letters only"),
        ("ab 1", "line 1: expected “X = V”, got “ab 1”"),
    ],
)
def test_what_is_wrong_with_a_file(text: str, complaint: str) -> None:
    with pytest.raises(TaskError) as caught:
        TASK.read(text)
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("sum over ab*?", "a pattern here has 2 letters, each a, b or *; got “ab*”"),
        ("sum over ac?", "a pattern here has 2 letters, each a, b or *; got “ac”"),
        ("sum of ab?", "expected a question like “sum over P?”, got “sum of ab?”"),
    ],
)
def test_what_is_wrong_with_a_question(text: str, complaint: str) -> None:
    with pytest.raises(TaskError) as caught:
        TASK.ask(text, CONTEXT)
    assert str(caught.value) == complaint


def test_too_many_strings_are_refused() -> None:
    with pytest.raises(ValueError, match="there are from 2 to 65536 strings, got 1"):
        Wildcard(largest=1)
