"""Reward learning: a reward is learned from H's behaviour, then maximised.

Source: the post, "Addressing competitiveness concerns". Demonstrations leave many rewards possible (inverse
reinforcement learning is underdetermined: Ng and Russell 2000). The whole feasible set may make every model optimal for
some reward; maximum entropy selects one of them (Ziebart et al. 2008).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hch.optimum.losses.max_entropy import find_best_kinds
from hch.optimum.losses.objective import Cost, Objective, build_objective
from hch.optimum.world.errors import NotDefinedError
from hch.optimum.world.fixed_point import solve_hch
from hch.optimum.world.tree import Leaf
from hch.optimum.world.world import Number, World


@dataclass(frozen=True)
class FeasibleRewards:
    """Optimal is a model that is optimal for some reward under which every demonstration is optimal.

    The candidates are the rewards that the world lists. If it lists none they are all functions of question and answer,
    among them the constant ones, under which every model is optimal.
    """

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        demonstrations = collect_demonstrations(world)
        if not world.rewards:
            return (Objective({}, description="every reward that is the same for all answers fits what H does"),)
        objectives = []
        for reward in world.rewards:
            rewards = {
                question: _apply_reward(world, question, reward.values)
                for question in world.questions
                if world.weight(question) > 0
            }
            if all(rewards[q][answer] == max(rewards[q].values()) for q, answer in demonstrations.items()):
                costs = {question: _make_cost(world, question, by_answer) for question, by_answer in rewards.items()}
                objectives.append(Objective(costs, description=f"the reward “{reward.name}” fits what H does"))
        return tuple(objectives)


@dataclass(frozen=True)
class MaxEntropyReward:
    """Optimal is a model with the highest reward, as maximum entropy learns it from the demonstrations.

    The learned reward is a function of an answer's kind. Where every answer has a kind of its own, H's choice is best.
    """

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        demonstrations = collect_demonstrations(world)
        kinds = {
            question: {answer: get_kind(world, question, answer) for answer in world.by_question[question].answers}
            for question in world.questions
            if world.weight(question) > 0
        }
        # Answers without kinds share nothing with other questions, so H's choice is best there and no fit is needed.
        separate = {q for q in demonstrations if world.by_question[q].kinds is None}
        chosen = {q: (kinds[q][a], world.weight(q)) for q, a in demonstrations.items() if q not in separate}
        best = find_best_kinds({q: by_answer for q, by_answer in kinds.items() if q not in separate}, chosen)
        best |= {question: frozenset((kinds[question][demonstrations[question]],)) for question in separate}

        def make_cost(question: str) -> Cost:
            rewards = {answer: int(kind in best[question]) for answer, kind in kinds[question].items()}
            return _make_cost(world, question, rewards)

        return (build_objective(world, make_cost),)


def collect_demonstrations(world: World) -> dict[str, str]:
    """HCH's answer to each question of positive weight on which it does not pass.

    Raises NotDefinedError where HCH is not defined on one of them.
    """
    hch = solve_hch(world)
    demonstrations = {}
    for question in world.questions:
        if world.weight(question) > 0:
            if question not in hch.answers:
                reason = hch.explain_missing(question)
                raise NotDefinedError(f"H cannot show what it does on “{question}”: {reason}")
            answer = hch.answers[question]
            if answer is not None:
                demonstrations[question] = answer
    return demonstrations


def get_kind(world: World, question: str, answer: str) -> str:
    """All that a learned reward can see of an answer; without kinds, the question and what the loss sees."""
    own_kind = f"{question}: {world.loss_view(answer)}"
    kinds = world.by_question[question].kinds
    return own_kind if kinds is None else kinds.get(world.representative(answer), own_kind)


def _apply_reward(world: World, question: str, values: Mapping[str, Number]) -> dict[str, Number]:
    return {a: values.get(get_kind(world, question, a), 0) for a in world.by_question[question].answers}


def _make_cost(world: World, question: str, rewards: Mapping[str, Number]) -> Cost:
    costs = tuple(-rewards[answer] for answer in world.by_question[question].answers)
    return Cost(Leaf(costs), tuple, world.weight(question))
