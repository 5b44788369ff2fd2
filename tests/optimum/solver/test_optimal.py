from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hch.optimum.losses.approval import Approval, HCHApproval
from hch.optimum.losses.closeness import Closeness
from hch.optimum.losses.debate import Debate
from hch.optimum.losses.imitation import Imitation
from hch.optimum.losses.objective import Loss
from hch.optimum.losses.reward import FeasibleRewards, MaxEntropyReward, get_kind
from hch.optimum.losses.supervised import Supervised
from hch.optimum.solver.optimal import OptimalSet, find_optimal
from hch.optimum.world.fixed_point import solve_hch
from hch.optimum.world.world import World
from hch.optimum.world.worldfile import read_world
from tests.optimum import brute
from tests.optimum.brute import Cost, Row
from tests.optimum.worlds import random_world

EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "worlds").glob("*.toml"))

WORLDS = 250
"""Random worlds of one seed that each loss is tried on, besides those that hypothesis makes."""

BY_MODEL: dict[str, tuple[Loss, Cost]] = {
    "imitation": (Imitation(), brute.imitation),
    "approval": (Approval(), brute.approval),
    "closeness": (Closeness(), brute.closeness),
    "supervised": (Supervised(), brute.measure_supervision),
}


def rows(world: World, optimum: OptimalSet) -> set[Row]:
    models = [tuple(model[question] for question in world.questions) for model in optimum.models()]
    assert len(models) == len(set(models)) == optimum.size
    assert optimum.exists == bool(models)
    for place, question in enumerate(world.questions):
        assert set(optimum.possible_answers(question)) == {row[place] for row in models}
    return set(models)


def check_by_model(world: World, name: str) -> None:
    loss, cost = BY_MODEL[name]
    assert rows(world, find_optimal(world, loss)) == brute.equilibria(world, cost)


def check_joint(world: World) -> None:
    assert rows(world, find_optimal(world, Imitation(joint=True))) == brute.jointly(world, brute.imitation)


def check_hch(world: World) -> None:
    known = brute.hch(world)
    hch = solve_hch(world)
    assert hch.well_founded == (known is not None)
    if known is None:
        return
    assert hch.answers == known
    if any(answer is None for answer in known.values()):
        return
    consulted = {question: answer for question, answer in known.items() if answer is not None}

    def cost(world: World, question: str, answer: str, _: object) -> Fraction:
        return Fraction(brute.approval(world, question, answer, consulted))

    assert rows(world, find_optimal(world, HCHApproval())) == brute.jointly(world, cost)


def check_debate(world: World, quotes: bool) -> None:
    values = (
        {
            (entry.question, answer): brute.debate_value(entry, answer, world.turns, quotes)
            for entry in world.entries
            for answer in {brute.face(world, answer) for answer in entry.answers}
        }
        if not world.channels
        else {}
    )
    if world.channels:
        return

    def cost(world: World, question: str, answer: str, _: object) -> Fraction:
        return 1 - values[question, answer]

    assert rows(world, find_optimal(world, Debate(quotes=quotes))) == brute.jointly(world, cost)


def check_rewards(world: World) -> None:
    known = brute.hch(world)
    if known is None:
        return
    weighted = [question for question in world.questions if world.weight(question)]
    expected: set[Row] = set()
    for reward in world.rewards:

        def worth(question: str, answer: str, reward=reward) -> Fraction:  # type: ignore[no-untyped-def]
            return Fraction(reward.values.get(get_kind(world, question, answer), 0))

        fits = all(
            worth(question, answer) >= worth(question, other)
            for question in weighted
            if (answer := known[question]) is not None
            for other in world.by_question[question].answers
        )
        if fits:
            expected |= brute.jointly(world, lambda _, question, answer, __: -worth(question, answer))
    if not world.rewards:
        expected = {tuple(model.values()) for model in brute.every_model(world)}
    assert rows(world, find_optimal(world, FeasibleRewards())) == expected


def check_everything(world: World) -> None:
    for name in BY_MODEL:
        check_by_model(world, name)
    check_joint(world)
    check_hch(world)
    check_debate(world, quotes=False)
    check_debate(world, quotes=True)
    check_rewards(world)


@pytest.mark.parametrize("seed", range(5))
def test_on_random_worlds_the_optimal_models_are_those_found_by_looking_at_every_model(seed: int) -> None:
    generator = random.Random(seed)
    for _ in range(WORLDS):
        check_everything(random_world(generator, most=3))


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_on_any_small_world_the_optimal_models_are_those_found_by_looking_at_every_model(
    generator: random.Random,
) -> None:
    check_everything(random_world(generator, most=4))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_optimal_models_of_the_examples_are_those_found_by_looking_at_every_model(path: Path) -> None:
    world = read_world(path)
    if world.size <= 300:
        check_everything(world)
    else:
        # Too many to be compared with one another, but each answers for itself, so that a part shows all.
        check_everything(replace(world, entries=world.entries[2:6]))


def test_a_reward_that_can_tell_all_answers_apart_is_learned_to_what_hch_does() -> None:
    generator = random.Random(8)
    for _ in range(300):
        world = random_world(generator, founded=True)
        if world.channels:
            continue  # what H reads and the loss does not see may make imitation's target another one
        world = replace(world, entries=tuple(replace(entry, kinds=None) for entry in world.entries))
        assert rows(world, find_optimal(world, MaxEntropyReward())) == rows(world, find_optimal(world, Imitation()))
