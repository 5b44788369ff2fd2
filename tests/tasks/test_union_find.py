from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import networkx
import pytest

from hch.amplify.amplify import HCH
from hch.humans.scripted import Scripted, give_up, reply
from hch.tasks.facts import TaskError
from hch.tasks.union_find import GroupScript, UnionFind
from hch.types import Ask, Context, Question

TASK = UnionFind(largest=16)
# b is given in the tree a - b - c - d, with e beside c; f is alone.
CONTEXT = Context(("a = b", "d = c", "b = 7", "c = b", "c = e", "f = 0"))


def about(text: str, sample_index: int | None = None, context: Context = CONTEXT) -> Question:
    return Question(text, context, sample_index)


def test_an_instance_is_a_forest_with_one_value_for_each_tree() -> None:
    for size, groups in ((2, 1), (4, 2), (8, 3), (16, 4)):
        facts = [fact.split(" = ") for fact in TASK.instance(random.Random(size), size).facts]
        given = [(x, y) for x, y in facts if y.isdigit()]
        links = [(x, y) for x, y in facts if not y.isdigit()]
        forest = networkx.Graph(links)
        forest.add_nodes_from(x for x, _ in given)
        assert forest.number_of_nodes() == size
        assert networkx.is_forest(forest)
        trees = list(networkx.connected_components(forest))
        assert len(trees) == groups
        assert [sum(x in tree for x, _ in given) for tree in trees] == [1] * groups
        assert len({value for _, value in given}) == groups
        assert {value for _, value in given} <= set(map(str, range(16)))


def test_values_links_and_given_members_vary() -> None:
    randomness = random.Random(0)
    facts = [fact for _ in range(300) for fact in UnionFind(largest=4, symbols=4).instance(randomness, 4).facts]
    assert set(facts) == {f"{x} = {y}" for x in "abcd" for y in [*"abcd", *map(str, range(16))] if x != y}


def test_neither_order_nor_side_tells_where_a_variable_is_in_its_tree() -> None:
    randomness = random.Random(0)
    instances = [[fact.split(" = ") for fact in TASK.instance(randomness, 16).facts] for _ in range(300)]
    assert {instance[0][1].isdigit() for instance in instances} == {True, False}
    left, right, given, others = [], [], [], []
    for facts in instances:
        links = [(x, y) for x, y in facts if not y.isdigit()]
        forest = networkx.Graph(links)
        forest.add_nodes_from(x for x, y in facts if y.isdigit())
        left += [forest.degree[x] for x, _ in links]
        right += [forest.degree[y] for _, y in links]
        given += [forest.degree[x] for x, y in facts if y.isdigit()]
        # What the given members' degrees would be on average, each drawn from its tree.
        others += [2 - 2 / len(tree) for tree in networkx.connected_components(forest)]
    assert abs(sum(left) - sum(right)) < 0.05 * sum(left)
    assert abs(sum(given) - sum(others)) < 0.08 * sum(others)


def test_the_depth_of_the_longest_chain_has_a_word() -> None:
    chain = "\n".join(f"{x} = {y}" for x, y in pairwise("abcdefghijklmnopqrst"))
    task = UnionFind(largest=20)
    question = task.ask("depth of t?", task.read(f"a = 0\n{chain}"))
    assert task.gold(question) == "19"
    assert "19" in task.words


def test_gold_is_what_networkx_finds() -> None:
    randomness = random.Random(1)
    for _ in range(8):
        context = TASK.instance(randomness, 16)
        facts = [fact.split(" = ") for fact in context.facts]
        forest = networkx.Graph([pair for pair in facts if not pair[1].isdigit()])
        values = {x: value for x, value in facts if value.isdigit()}
        forest.add_nodes_from(values)
        for question in TASK.questions(context, 30, randomness):
            kind, x = question.text[0], question.text[-2]
            way = next(networkx.shortest_path(forest, x, top) for top in values if networkx.has_path(forest, x, top))
            expected = {"v": values[way[-1]], "p": way[min(1, len(way) - 1)], "d": str(len(way) - 1)}[kind]
            assert TASK.gold(question) == expected
            assert [word for word in TASK.words if TASK.right(question, word)] == [expected]
            assert TASK.difficulty(question) == len(way) - 1


def test_a_third_of_the_questions_are_of_each_kind_about_every_variable() -> None:
    questions = TASK.questions(CONTEXT, 3000, random.Random(0))
    counts = Counter(TASK.stratum(question) for question in questions)
    assert set(counts) == {"value", "parent", "depth"}
    assert all(900 < count < 1100 for count in counts.values()), counts
    assert len({question.text for question in questions}) == 3 * 6


async def test_given_values_links_and_neighbours_are_primitive() -> None:
    parents = {
        "given value of b?": "7",
        "given value of a?": "none",
        "given value of z?": "none",
        "a = b?": "yes",
        "b = a?": "yes",
        "a = c?": "no",
        "a = z?": "no",
        "z = a?": "no",
        "neighbour of a?": "b",
        "neighbour of f?": "none",
        "neighbour of z?": "none",
    }
    answers = await TASK.lookup([about(text) for text in parents])
    assert [answer.text for answer in answers] == list(parents.values())
    passed = await TASK.lookup([about(f"{kind} of a?") for kind in ("value", "parent", "depth")])
    assert not any(answer.answered for answer in passed)


async def test_neighbours_come_by_chance_the_same_for_the_same_draw() -> None:
    draws = [*range(300), None]
    answers = await TASK.lookup([about("neighbour of c?", sample_index) for sample_index in draws])
    assert answers == await TASK.lookup([about("neighbour of c?", sample_index) for sample_index in draws])
    counts = Counter(answer.text for answer in answers)
    assert set(counts) == {"b", "d", "e"}
    assert min(counts.values()) > 70
    assert [x for x in "abcdef" if TASK.right(about("neighbour of c?"), x)] == ["b", "d", "e"]


def play(text: str, *rounds: Sequence[str | None]) -> tuple[list[Ask], object]:
    """What the script asks, and how it ends, when it gets these answers round by round."""
    steps = GroupScript(deepest=9)(text)
    actions: list[Ask] = []
    try:
        action = next(steps)
        for answers in rounds:
            actions.append(action)
            action = steps.send(list(answers))
    except StopIteration as end:
        return actions, end.value
    return actions, None


@pytest.mark.parametrize(
    ("kind", "answers", "ending"),
    [
        ("value", ["0"], reply("0")),
        ("depth", ["12"], reply("0")),
        ("parent", ["12"], reply("x")),
        ("value", [None], give_up("whether the value of x is given is unknown")),
        ("parent", ["a"], give_up("whether the value of x is given is unknown")),
        ("value", ["none", "p", "3"], reply("3")),
        ("depth", ["none", "p", "0"], reply("1")),
        ("depth", ["none", "p", "8"], reply("9")),
        ("depth", ["none", "p", "9"], give_up("x would be deeper than any variable is")),
        ("depth", ["none", "p", "-1"], give_up("the depth of p is not a number")),
        ("value", ["none", "p", "q"], give_up("the value of p is not a number")),
        ("value", ["none", "p", None], give_up("the value of p is not a number")),
        ("value", ["none", "x"], give_up("the parent of x is not another variable")),
        ("value", ["none", "3"], give_up("the parent of x is not another variable")),
        ("depth", ["none", None], give_up("the parent of x is not another variable")),
    ],
)
def test_how_the_script_goes_up(kind: str, answers: list[str | None], ending: object) -> None:
    actions, end = play(f"{kind} of x?", *([answer] for answer in answers))
    assert end == ending
    assert actions == [Ask((t,)) for t in ("given value of x?", "parent of x?", f"{kind} of p?")][: len(actions)]
    assert len(actions) == len(answers)


@pytest.mark.parametrize(
    ("samples", "edges", "depths", "ending"),
    [
        # The least deep of three, and of those whose link is confirmed; of equally deep ones the first that came up.
        (["p", "q", "r"], {"p": "yes", "q": "yes"}, {"p": "2", "q": "1", "r": "3"}, reply("q")),
        (["p", "q", "r"], {"p": "yes", "q": "no"}, {"p": "2", "r": "1"}, reply("r")),
        (["q", "p", "r"], {"q": "yes", "p": "yes"}, {"q": "1", "p": "1", "r": "1"}, reply("q")),
        (["x", "7", "r"], {}, {"r": "4"}, reply("r")),
        (["p", None, "r"], {"p": "yes"}, {"p": None, "r": "4"}, reply("r")),
        ([None, None, "r"], {}, {"r": None}, give_up("how deep the neighbours of x are is unknown")),
        ([None, None, "r"], {}, {"r": "r"}, give_up("the depth of r is not a number")),
        ([None, None, None], {}, {}, give_up("no neighbour of x came up")),
        (["p", "p", "none"], {}, {}, give_up("no neighbour of x came up")),
    ],
)
def test_how_the_script_finds_a_parent(
    samples: list[str | None], edges: dict[str, str | None], depths: dict[str, str | None], ending: object
) -> None:
    rounds: list[list[str | None]] = [["none"], samples, [*edges.values()], [*depths.values()]]
    actions, end = play("parent of x?", *(answers for answers in rounds if answers))
    assert end == ending
    sampled = Ask(("parent of x?", "parent of x?", "neighbour of x?"), (0, 1, 0))
    checks = Ask(tuple(f"x = {y}?" for y in edges))
    consulted = Ask(tuple(f"depth of {y}?" for y in depths))
    assert actions == [
        Ask(("given value of x?",)),
        sampled,
        *(action for action in (checks, consulted) if action.texts),
    ]


async def test_names_of_people_work_throughout() -> None:
    context = TASK.read("ann = 30\nbob = ann  # twins\nbob = cleo")
    human = Scripted(TASK.script)
    texts = ("Value of ann", "parent of bob?", "depth of bob", "value of bob?")
    questions = [TASK.ask(text, context) for text in texts]
    assert [TASK.gold(question) for question in questions] == ["30", "ann", "1", "30"]
    given, *_ = await HCH(human, 4, TASK.lookup)(questions)
    assert given.text == "30"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a = 1\nb = a\n\na = b", "line 4: a and b are in one group without this line: a group's links form a tree"),
        (
            "a = 1\nb = a\nc = b\na = c",
            "line 4: a and c are in one group without this line: a group's links form a tree",
        ),
        ("a = a\na = 1", "line 1: a and a are in one group without this line: a group's links form a tree"),
        ("a = 1\na = 2", "line 2: the group of a has a value already: a = 1 in line 1"),
        ("a = 1\nb = 1\na = b", "line 2: the group of b has a value already: a = 1 in line 1"),
        ("a = 1\nb = c", "line 2: no line gives a value in the group of b: add “b = …”, with a whole number"),
        ("a = -1", "line 1: a value must be a whole number from 0 up, got -1"),
        ("a = 1\nb == a", "line 2: expected “X = Y” or “X = V”, got “b == a”"),
        ("a1 = 1", "line 1: “a1” is no name: a name is letters only"),
    ],
)
def test_what_is_wrong_with_a_file(text: str, complaint: str) -> None:
    with pytest.raises(TaskError) as caught:
        TASK.read(text)
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("value of z?", "“z” is no variable here; there are a b d c e f"),
        ("child of a?", "expected a question like “value of X?” or “parent of X?” or “depth of X?”, got “child of a?”"),
    ],
)
def test_what_is_wrong_with_a_question(text: str, complaint: str) -> None:
    with pytest.raises(TaskError) as caught:
        TASK.ask(text, CONTEXT)
    assert str(caught.value) == complaint


def test_too_few_values_are_refused() -> None:
    with pytest.raises(ValueError, match="64 variables have 8 values, and a choice of 7 is too small"):
        UnionFind(largest=64, values=7)
