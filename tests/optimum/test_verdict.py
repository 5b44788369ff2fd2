from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from hch.optimum.losses.all_losses import LOSSES
from hch.optimum.losses.closeness import Closeness
from hch.optimum.losses.debate import Debate
from hch.optimum.losses.imitation import Imitation
from hch.optimum.losses.objective import Loss
from hch.optimum.solver.optimal import find_optimal
from hch.optimum.verdict import Reading, Verdict, find_aligned_answers, judge_loss
from hch.optimum.world.fixed_point import solve_hch
from hch.optimum.world.tree import Branch, Leaf
from hch.optimum.world.world import Entry, JointCondition, LimitedModels, World
from hch.optimum.world.worldfile import read_world
from tests.optimum.worlds import random_world

WORLDS = Path(__file__).parents[2] / "examples" / "worlds"


def world(name: str) -> World:
    return read_world(WORLDS / f"{name}.toml")


def verdict(of: World, loss: str, reading: Reading = "right") -> Verdict:
    return judge_loss(of, LOSSES[loss].loss, reading)


def answers(of: World, loss: str) -> list[tuple[str, ...]]:
    return [tuple(model[q] for q in of.questions) for model in find_optimal(of, LOSSES[loss].loss).models()]


def test_with_a_well_founded_human_and_positive_weights_hch_is_the_only_optimum_of_imitation() -> None:
    generator = random.Random(0)
    for _ in range(500):
        visible = random_world(generator, founded=True)
        if visible.channels:
            visible = visible.reveal_channels("does")
        hch = solve_hch(visible)
        assert hch.well_founded
        assert list(find_optimal(visible, Imitation()).models()) == [dict(hch.answers)]


def test_the_bridge_has_one_optimal_model_and_it_is_aligned() -> None:
    for loss in ("imitation", "joint", "approval", "closeness", "entropy_reward"):
        result = verdict(world("founded"), loss)
        assert (result.share, result.size, result.counterexample) == ("all", 1, None)
        assert result.outer_aligned


def test_a_circle_has_several_optima_and_the_counterexample_names_the_way_round() -> None:
    result = verdict(world("circle"), "imitation")
    assert (result.share, result.size, result.aligned_size) == ("some", 2, 1)
    assert result.counterexample is not None
    assert "leads back to itself (What does the first reviewer say? → What does" in str(result.counterexample)


def test_where_nothing_agrees_with_itself_no_model_is_optimal_but_the_joint_sum_still_has_a_minimum() -> None:
    result = verdict(world("liar"), "imitation")
    assert (result.share, result.size, result.outer_aligned) == ("no model", 0, False)
    assert result.optimum.blame == ("What does the analyst say?", "What does everybody expect?")
    joint = verdict(world("liar"), "joint")
    assert (joint.share, joint.size) == ("some", 4)


def test_a_question_without_weight_frees_the_model_there_and_misleads_whoever_asks_it() -> None:
    result = verdict(world("unseen"), "imitation")
    assert (result.share, result.size) == ("some", 2)
    assert result.counterexample is not None
    assert result.counterexample.misaligned == ("Where is the emergency valve?", "May the line be entered?")
    assert "has weight 0" in str(result.counterexample)


def test_a_question_that_is_not_in_the_data_is_as_free_as_one_without_weight() -> None:
    of = replace(world("founded"), data=frozenset(["Is the deck sound?", "Is the bridge safe?"]))
    result = verdict(of, "imitation")
    assert (result.share, result.size) == ("some", 4)
    assert "not in the data" in str(result.counterexample)


def test_approval_with_a_charmed_rater_is_misaligned_and_a_fixed_hch_approver_differs_from_both() -> None:
    of = world("charmed")
    assert answers(of, "imitation") == [("no", "no")]
    assert answers(of, "approval") == [("yes", "yes")]
    assert answers(of, "hch_approval") == [("yes", "yes, with care")]
    assert verdict(of, "approval").share == "none"


def test_closeness_is_imitation_until_the_sight_of_an_answer_moves_the_rating_enough() -> None:
    of = world("anchored")
    plain = answers(of, "imitation")
    assert answers(of, "closeness") == plain
    assert answers(replace(of, anchored=0), "closeness") == plain
    strong = judge_loss(of, Closeness(anchored=2))  # type: ignore[arg-type]  # a whole number is a fraction
    assert strong.share == "none"
    assert "H would say “word for word”, but at the sight of it" in str(strong.counterexample)


def test_when_all_rewards_are_possible_every_model_is_optimal_and_under_maximum_entropy_only_what_h_does() -> None:
    of = world("rewards")
    assert verdict(of, "reward").size == of.size
    assert answers(of, "entropy_reward") == answers(of, "imitation")


def test_a_reward_that_tells_only_kinds_apart_has_an_optimum_that_is_not_hch() -> None:
    of = world("reward_by_kind")
    assert verdict(of, "imitation").share == "none"
    assert verdict(of, "entropy_reward").share == "all"
    result = verdict(of, "reward")
    assert (result.share, result.size) == ("some", 8)
    assert "the reward “it does not matter” fits what H does" in str(result.counterexample)


@pytest.mark.parametrize(("turns", "best"), [(2, {"yes"}), (3, {"yes", "no"}), (4, {"no"})])
def test_a_false_answer_wins_a_debate_that_ends_before_it_can_be_refuted(turns: int, best: set[str]) -> None:
    result = find_optimal(world("debate"), Debate(turns=turns))
    assert set(result.possible_answers("Does the remedy help?")) == best


def test_only_quotes_leave_nothing_to_assert_falsely() -> None:
    assert answers(world("debate"), "quote_debate") == [("no",)]


def test_a_side_channel_makes_every_loss_unaligned_and_putting_it_into_the_codomain_mends_that() -> None:
    of = world("side_channel")
    for loss in of.losses:
        result = verdict(of, loss)
        assert (result.share, result.size, result.aligned_size) == ("some", 4, 1)
        assert "does not look at “does”" in str(result.counterexample)
        assert verdict(of.reveal_channels("does"), loss).share == "all"


def test_a_model_class_too_small_for_hch_gives_up_what_weighs_least() -> None:
    of = world("small_models")
    for loss in of.losses:
        assert answers(of, loss) == [("yes", "yes")]
        assert "no model with at most 1 distinct answer has a smaller loss" in str(verdict(of, loss).counterexample)
    assert answers(replace(of, models=LimitedModels(2)), "imitation") == [("yes", "no")]


def test_trying_allows_the_mistakes_that_hch_makes_and_right_does_not() -> None:
    of = world("benign")
    assert verdict(of, "imitation", "right").share == "none"
    assert verdict(of, "imitation", "trying").share == "all"


def test_what_is_harmful_is_not_aligned_even_if_hch_does_it() -> None:
    entry = Entry("q", ("a", "b"), Leaf("b"), aligned=frozenset("a"), harmful=frozenset("b"))
    assert judge_loss(World((entry,)), Imitation(), "trying").share == "none"
    benign = replace(entry, harmful=frozenset(), benign=frozenset("b"))
    assert find_aligned_answers(World((benign,)), "trying", solve_hch(World((benign,))))["q"] == {"a", "b"}


def test_a_condition_on_several_questions_is_violated_by_the_smallest_counterexample() -> None:
    free = [Entry(q, ("yes", "no"), Leaf("yes"), weight=int(q == "c")) for q in "abc"]
    condition = JointCondition(("a", "b"), lambda model: model["a"] != "no" or model["b"] != "no", "never no to both")
    result = judge_loss(World(tuple(free), conditions=(condition,)), Imitation())
    assert (result.share, result.size, result.aligned_size) == ("some", 4, 3)
    assert result.counterexample is not None
    assert result.counterexample.violated == ("never no to both",)
    assert "never no to both" in str(result.counterexample)
    assert (result.counterexample.model["a"], result.counterexample.model["b"]) == ("no", "no")


def test_where_h_passes_the_model_is_free_and_the_reason_says_so() -> None:
    of = World((Entry("q", ("a", "b"), Leaf(None), aligned=frozenset("a")), Entry("r", ("a",), Leaf("a"))))
    result = judge_loss(of, Imitation())
    assert (result.share, result.size) == ("some", 2)
    assert "H passes there" in str(result.counterexample)


def check_verdict(world: World, loss: Loss, reading: Reading) -> None:
    result = judge_loss(world, loss, reading)
    good = find_aligned_answers(world, reading, solve_hch(world))
    models = list(find_optimal(world, loss).models())
    faults = [sum(model[q] not in good[q] for q in world.questions) for model in models]
    expected = "no model" if not models else "all" if not any(faults) else "some" if not all(faults) else "none"
    assert (result.share, result.size) == (expected, len(models))
    assert result.aligned_size == faults.count(0)
    if result.counterexample is not None:
        assert dict(result.counterexample.model) in models
        assert len(result.counterexample.misaligned) == min(n for n in faults if n)
        assert str(result.counterexample)


def test_on_random_worlds_verdict_and_smallest_counterexample_are_those_of_the_list_of_all_optimal_models() -> None:
    generator = random.Random(7)
    for _ in range(300):
        random_one = random_world(generator, most=4)
        for loss in ("imitation", "joint", "approval", "closeness", "supervised", "debate"):
            check_verdict(random_one, LOSSES[loss].loss, generator.choice(("right", "trying")))


def test_a_chain_of_ten_thousand_questions_has_an_exact_count_and_a_counterexample() -> None:
    answered = tuple(f"a{n}" for n in range(10))
    first = Entry("q0", answered, Leaf("a1"), aligned=frozenset(answered[:5]))
    asks = [
        Entry(f"q{n}", answered, Branch((f"q{n - 1}",), {(a,): Leaf(a) for a in answered}), aligned=first.aligned)
        for n in range(1, 10_000)
    ]
    of = World((first, *asks))
    assert verdict(of, "imitation").share == "all"
    result = verdict(replace(of, data=frozenset(["q1"])), "imitation")
    assert result.size is not None
    assert result.share == "some"
