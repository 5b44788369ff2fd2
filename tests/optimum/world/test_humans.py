from __future__ import annotations

import asyncio
import pickle
import random
from collections.abc import Sequence

import pytest

from hch.amplify.amplify import HCH, Amplify
from hch.humans.scripted import Scripted, Steps, ask, give_up, reply
from hch.models.table import Table
from hch.optimum.losses.imitation import Imitation
from hch.optimum.solver.optimal import find_optimal
from hch.optimum.world.errors import WorldError
from hch.optimum.world.fixed_point import solve_hch
from hch.optimum.world.humans import WorldHuman, expand_human
from hch.optimum.world.tree import Branch, Leaf, follow
from hch.optimum.world.world import Entry, World
from hch.types import Action, Fail, Question, Workspace
from tests.optimum import brute
from tests.optimum.worlds import random_world

DIGITS = tuple("0123")


def adding(text: str) -> Steps:
    """n is one more than n - 1, asked for first; 0 is 0; and 3 is checked by asking for 1 as well."""
    if text == "0":
        return reply("0")
    (below,) = yield ask(str(int(text) - 1))
    if below is None:
        return give_up("nobody knows what comes before")
    if text == "3":
        (one,) = yield ask("1")
        if one != "1":
            return give_up("1 is not 1")
    return reply(str((int(below) + 1) % 4))


def test_a_script_is_written_out_for_all_that_it_may_hear() -> None:
    trees = asyncio.run(expand_human(Scripted(adding), dict.fromkeys(DIGITS, DIGITS)))
    assert trees["0"] == Leaf("0")
    assert follow(trees["2"], lambda _: "3") == "0"
    assert isinstance(trees["3"], Branch)
    assert follow(trees["3"], {"2": "2", "1": "1"}.__getitem__) == "3"
    assert follow(trees["3"], {"2": "2", "1": "0"}.__getitem__) is None


def test_a_script_and_its_world_have_the_same_hch() -> None:
    trees = asyncio.run(expand_human(Scripted(adding), dict.fromkeys(DIGITS, DIGITS)))
    world = World(tuple(Entry(question, DIGITS, tree) for question, tree in trees.items()))
    hch = solve_hch(world)
    answers = asyncio.run(HCH(Scripted(adding), None)([Question(digit) for digit in DIGITS]))
    assert [answer.text for answer in answers] == [hch.answers[digit] for digit in DIGITS]
    assert list(find_optimal(world, Imitation()).models()) == [dict(hch.answers)]


def test_what_the_environment_answers_is_no_question_of_the_world() -> None:
    def looks(text: str) -> Steps:
        red, other = yield ask("is it red?", "b" if text == "a" else "is it red?")
        return reply("yes" if red == other else "no")

    lookup = Table({"is it red?": "yes"})
    trees = asyncio.run(expand_human(Scripted(looks), dict.fromkeys("ab", ("yes", "no")), lookup))
    assert trees == {"a": Branch(("b",), {("yes",): Leaf("yes"), ("no",): Leaf("no")}), "b": Leaf("yes")}
    with pytest.raises(WorldError, match="H asks “is it red\\?” at “a”"):
        asyncio.run(expand_human(Scripted(looks), dict.fromkeys("ab", ("yes", "no"))))


def test_where_h_may_pass_whoever_asks_may_hear_nothing() -> None:
    def hears(text: str) -> Steps:
        if text == "a":
            return give_up("no idea")
        (heard,) = yield ask("a")
        return reply("no" if heard is None else heard)

    trees = asyncio.run(expand_human(Scripted(hears), dict.fromkeys("ab", ("yes", "no"))))
    assert trees["b"] == Branch(("a",), {("yes",): Leaf("yes"), ("no",): Leaf("no"), (None,): Leaf("no")})
    world = World(tuple(Entry(question, ("yes", "no"), tree) for question, tree in trees.items()))
    assert solve_hch(world).answers == {"a": None, "b": "no"}


def test_a_human_who_fails_or_asks_for_samples_is_no_human_of_a_world() -> None:
    async def failing(workspaces: Sequence[Workspace], /) -> list[Action]:
        return [Fail("tired")] * len(workspaces)

    def sampling(text: str) -> Steps:
        yield ask(text, sample_indices=(1,))
        return reply("yes")

    with pytest.raises(WorldError, match="H fails at “a”: tired"):
        asyncio.run(expand_human(failing, {"a": ("yes",)}))
    with pytest.raises(WorldError, match="asks for a sampled answer"):
        asyncio.run(expand_human(Scripted(sampling), {"a": ("yes",)}))


def test_the_human_of_a_world_plays_as_the_world_says_when_amplified() -> None:
    generator = random.Random(0)
    for _ in range(100):
        world = random_world(generator)
        human = WorldHuman(world)
        for model in list(brute.every_model(world))[:10]:
            answers = asyncio.run(Amplify(human, Table(model))([Question(text) for text in world.questions]))
            said = [answer.text if answer.answered else None for answer in answers]
            assert said == [brute.reply(world, question, model) for question in world.questions]


def test_a_world_written_out_from_its_own_human_is_the_same_world() -> None:
    generator = random.Random(1)
    for _ in range(60):
        world = random_world(generator)
        if world.channels:
            continue
        trees = asyncio.run(expand_human(WorldHuman(world), {e.question: e.answers for e in world.entries}))
        again = World(tuple(Entry(q, world.by_question[q].answers, tree) for q, tree in trees.items()))
        for model in brute.every_model(again):
            for question in world.questions:
                assert brute.reply(again, question, model) == brute.reply(world, question, model)


def test_the_human_of_a_world_passes_on_what_is_not_of_it() -> None:
    world = World((Entry("a", ("x",), Branch(("b",), {("x",): Leaf("x")})), Entry("b", ("x",), Leaf("x"))))
    human = pickle.loads(pickle.dumps(WorldHuman(world)))
    odd, strange = asyncio.run(Amplify(human, Table({"b": "?"}))([Question("a"), Question("z")]))
    assert (odd.answered, odd.reason) == (False, "an answer that is none of this world's")
    assert (strange.answered, strange.reason) == (False, "not a question of this world")
