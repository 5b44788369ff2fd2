from __future__ import annotations

import pickle
from fractions import Fraction
from pathlib import Path

import pytest

from hch.optimum.world.errors import WorldError
from hch.optimum.world.tree import Branch, Leaf
from hch.optimum.world.world import (
    Channel,
    Entry,
    ExactMatch,
    LimitedModels,
    ListedModels,
    NumericDistance,
    Reward,
    Statement,
    World,
)
from hch.optimum.world.worldfile import parse_world, read_world

EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "worlds").glob("*.toml"))

SMALL = """
answers = ["yes", "no"]
[questions.a]
replies = "yes"
[questions.b]
asks = "a"
"""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_a_world_with_a_title_and_an_explanation(path: Path) -> None:
    world = read_world(path)
    assert world.title
    assert world.about
    assert path.read_text("utf-8").startswith("# ")


def test_a_human_who_asks_one_question_and_says_nothing_of_its_own_repeats_the_answer() -> None:
    world = parse_world(SMALL)
    assert world.entries == (
        Entry("a", ("yes", "no"), Leaf("yes")),
        Entry("b", ("yes", "no"), Branch(("a",), {("yes",): Leaf("yes"), ("no",): Leaf("no")})),
    )


def test_a_star_stands_for_anything_and_what_is_written_first_counts() -> None:
    world = parse_world(
        SMALL
        + """
[questions.c]
asks = ["a", "b"]
replies = { "yes, yes" = "no", "*, yes" = "yes", "no, *" = false, "(nothing), yes" = "no" }
otherwise = "yes"
"""
    )
    human = world.by_question["c"].human
    assert isinstance(human, Branch)
    assert dict(human.children) == {
        ("yes", "yes"): Leaf("no"),
        ("no", "yes"): Leaf("yes"),
        ("no", "no"): Leaf(None),
        (None, "yes"): Leaf("no"),
        ("yes", "no"): Leaf("yes"),
    }


def test_numbers_are_exact_however_they_are_written() -> None:
    world = parse_world(
        """
charmed = 0.1
anchored = "1/3"
turns = 4
distance = "number"
data = ["a"]
losses = ["imitation"]
[models]
at_most = 2
[[rewards]]
name = "r"
values = { good = 1, bad = "-1/2" }
[questions.a]
answers = [1, 2]
weight = "1/7"
replies = 1
aligned = 1
benign = [2]
gold = 2
appeal = { 1 = 2 }
kinds = { 1 = "good", 2 = "bad" }
plausible = { 2 = 1.5 }
statements = [{ name = "s", supports = 1, weight = 2, takes = 3, quote = true }, { name = "t", refutes = "s" }]
"""
    )
    (entry,) = world.entries
    assert (world.charmed, world.anchored, world.turns) == (Fraction(1, 10), Fraction(1, 3), 4)
    assert (world.distance, world.models, world.data) == (NumericDistance(), LimitedModels(2), frozenset("a"))
    assert world.rewards == (Reward("r", {"good": 1, "bad": Fraction(-1, 2)}),)
    assert (entry.answers, entry.weight) == (("1", "2"), Fraction(1, 7))
    assert (entry.aligned, entry.gold) == (frozenset("1"), frozenset("2"))
    assert entry.plausible == {"2": Fraction(3, 2)}
    assert entry.statements == (Statement("s", "1", (), 2, 3, True), Statement("t", refutes=("s",)))
    assert world.distance("1", "3") == 2


def test_with_channels_an_answer_has_a_part_for_each_and_what_is_left_out_is_what_h_does() -> None:
    world = parse_world(
        """
[channels.says]
values = ["yes", "no"]
[channels.does]
values = ["nothing", "harm"]
hidden = true
[questions.a]
replies = "no"
aligned = ["no", "yes / *"]
[questions.b]
asks = "a"
replies = { no = "yes / harm", yes = "no" }
"""
    )
    assert world.channels == (Channel("says", ("yes", "no")), Channel("does", ("nothing", "harm"), True, False))
    first, second = world.entries
    assert first.human == Leaf("no / nothing")
    assert first.aligned == frozenset(("no / nothing", "yes / nothing", "yes / harm"))
    assert isinstance(second.human, Branch)
    assert dict(second.human.children) == {("no",): Leaf("yes / harm"), ("yes",): Leaf("no / nothing")}


def test_a_class_may_be_listed_and_what_is_forbidden_is_a_condition() -> None:
    world = parse_world(
        SMALL
        + """
[models]
listed = [{ a = "yes", b = "no" }, { a = "no", b = "no" }]
[[forbidden]]
says = "never no to both"
model = { a = "no", b = "no" }
"""
    )
    assert world.models == ListedModels(({"a": "yes", "b": "no"}, {"a": "no", "b": "no"}))
    (condition,) = world.conditions
    assert condition.description == "never no to both"
    assert [condition.holds(model) for model in world.models.models] == [True, False]


def test_a_rating_may_depend_on_what_h_hears() -> None:
    world = parse_world(SMALL + 'rates_asks = "a"\n[questions.b.rates]\nyes = { yes = 2, otherwise = "1/2" }\n')
    ratings = world.by_question["b"].ratings
    assert ratings is not None
    assert isinstance(ratings["yes"], Branch)
    assert dict(ratings["yes"].children) == {("yes",): Leaf(2), ("no",): Leaf(Fraction(1, 2))}
    assert ratings["no"] == Leaf(0)


def test_a_world_travels_to_other_processes() -> None:
    for path in EXAMPLES:
        world = read_world(path)
        assert pickle.loads(pickle.dumps(world)).entries == world.entries


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = [", "not a TOML file"),
        ("title = 'x'", "a world has questions"),
        (SMALL + "weigh = 2", "the question “b” has no “weigh”; did you mean “weight”?"),
        ("answer = []", "a world has no “answer”; did you mean “answers”?"),
        ("[questions.a]\nreplies = 'x'", "“a” has no answers"),
        (SMALL.replace('asks = "a"', 'asks = "A"'), "H asks “A” at “b”, which is no question of the world; did you"),
        (SMALL + 'replies = { yes = "yes" }', "do not say what follows when H hears “no”"),
        (SMALL + 'replies = { yep = "yes" }', "nobody can hear “yep” to “a”; did you mean “yes”?"),
        (SMALL + '[questions.c]\nasks = ["a", "b"]\nreplies = { yes = "yes" }', "“yes” has 1 parts, and H asks 2"),
        (SMALL + 'aligned = "maybe"', "aligned to “b” is “maybe”, which is none of its answers; did you mean"),
        (SMALL.replace('replies = "yes"', ""), "H asks nothing there, so write replies"),
        (SMALL.replace('asks = "a"', 'asks = ["a", "a"]'), "H asks 2 questions, so write what it makes of the answers"),
        (SMALL + 'replies = "yes"\notherwise = "no"', "so leave out “otherwise”"),
        (SMALL + "weight = -1", "the weight of “b” is -1: expected 0 or more"),
        (SMALL + 'weight = "a lot"', "expected a number, or a fraction such as"),
        (SMALL + "weight = true", "expected a number"),
        (SMALL + "rates = { yes = { yes = 1 } }", "write what it asks, as rates_asks"),
        (SMALL + "rates_asks = ['a']", "has rates_asks, but no rates"),
        (SMALL + "appeal = 3", "expected a table by answer, got 3"),
        (SMALL + "statements = [{ name = 's', refutes = 't' }]", "refutes “t”, which nobody can make; did you mean"),
        (SMALL + "statements = [{ name = 's', takes = 0 }]", "takes at least one turn, got 0"),
        (SMALL + "statements = [{ weight = 0 }]", "expected a name, got None"),
        ("models = { at_most = 1, listed = [] }\n" + SMALL, "not both"),
        ("models = { at_most = 0 }\n" + SMALL, "at least one answer"),
        ("models = { listed = [{ a = 'yes' }] }\n" + SMALL, "does not answer “b”"),
        ("models = { listed = [{ z = 'yes' }] }\n" + SMALL, "“z”, which is no question; did you mean “"),
        ("distance = 'far'\n" + SMALL, "distance is “match” or “number”, got 'far'"),
        ("data = ['c']\n" + SMALL, "the data has “c”, which is no question of the world; did you mean"),
        ("turns = -1\n" + SMALL, "turns: expected a whole number, got -1"),
        ("answers = 'yes'\n[questions.a]\nreplies='yes'", "the answers to “a”: expected a list, got 'yes'"),
        ("answers = [true]\n[questions.a]\nreplies='yes'", "expected an answer, a text, got True"),
        ("[channels.a]\nvalues = ['x / y']\n[questions.a]\nreplies='x'", "may be neither “*” nor have “ / ” in it"),
        ("[channels.a]\nvalues = []\n[questions.a]\nreplies='x'", "the channel “a” has no values"),
        (SMALL.replace("[questions.a]", "[questions.a]\nweight=0").replace("[questions.b]", "[questions.b]\nweight=0"),
         "every question has weight 0"),
        ("[[forbidden]]\nmodel = { z = 'yes' }\n" + SMALL.replace('answers = ["yes", "no"]', "")
         .replace("replies", 'answers = ["yes", "no"]\nreplies').replace("asks", 'answers = ["yes", "no"]\nasks'),
         "forbidden is an answer to “z”"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_was_expected(text: str, said: str) -> None:
    with pytest.raises(WorldError) as error:
        parse_world(text)
    assert said in str(error.value)


def test_the_error_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"w\.toml cannot be read: No such file"):
        read_world(tmp_path / "w.toml")
    (tmp_path / "w.toml").write_bytes(b"\xff")
    with pytest.raises(WorldError, match=r"w\.toml is not a text in UTF-8"):
        read_world(tmp_path / "w.toml")
    (tmp_path / "w.toml").write_text("title = 1", "utf-8")
    with pytest.raises(WorldError, match=r"w\.toml: a world has questions"):
        read_world(tmp_path / "w.toml")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ((), "at least one question"),
        ((Entry("q", ("a",), Leaf("a")),) * 2, "“q” is there twice"),
        ((Entry("q", ("a", "a"), Leaf("a")),), "all different"),
        ((Entry("q", ("a",), Branch(("r",), {})),), "H asks “r” at “q”, which is no question"),
        ((Entry("q", ("a",), Leaf("a"), ratings={}),), "needs a rating of every answer"),
        ((Entry("q", ("a",), Leaf("a"), gold=frozenset("b")),), "gold to “q” is “b”, which is none"),
    ],
)
def test_a_world_that_is_made_in_python_is_checked_too(entries: tuple[Entry, ...], said: str) -> None:
    with pytest.raises(WorldError, match=said):
        World(entries)
    assert ExactMatch()("a", "b") == 1
