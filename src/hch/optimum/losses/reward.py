"""Reward learning: a reward is learned from what H does, then maximised.

Source: the post, "Addressing competitiveness concerns". Demonstrations leave many rewards possible. Taken as a whole,
that set may make every model optimal for some reward; maximum entropy chooses one of them, under which what was done
more often than by chance is better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hch.optimum.losses.entropy import ranked
from hch.optimum.losses.objective import Cost, Objective, looked_at
from hch.optimum.world.errors import NotDefinedError
from hch.optimum.world.foundation import foundation
from hch.optimum.world.tree import Leaf
from hch.optimum.world.world import Number, World


@dataclass(frozen=True)
class FeasibleRewards:
    """Optimal is what is optimal for some reward under which every demonstration is optimal.

    The rewards are those that the world lists. If it lists none they are all functions of question and answer, among
    them the constant ones, for which nothing is better than anything.
    """

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        shown = demonstrations(world)
        if not world.rewards:
            return (Objective({}, about="every reward that is the same for all answers fits what H does"),)
        found = []
        for reward in world.rewards:
            rewarded = {q: _rewards(world, q, reward.values) for q in world.questions if world.weight(q) > 0}
            if all(rewarded[q][h] == max(rewarded[q].values()) for q, h in shown.items()):
                about = f"the reward “{reward.name}” fits what H does"
                found.append(looked_at(world, lambda q, rewarded=rewarded: _cost(world, q, rewarded[q]), about=about))  # type: ignore[misc]
        return tuple(found)


@dataclass(frozen=True)
class EntropyReward:
    """Optimal is what has the highest reward, as maximum entropy learns it from the demonstrations.

    The learned reward is a function of an answer's kind. Where an answer is all that its kind has, what H did is best.
    """

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        shown = demonstrations(world)
        offered = {
            question: {answer: kind(world, question, answer) for answer in world.by_question[question].answers}
            for question in world.questions
            if world.weight(question) > 0
        }
        # A question whose answers share their kind with no other's teaches nothing elsewhere, and needs no model.
        alone = {q for q in shown if world.by_question[q].kinds is None}
        others = {question: kinds for question, kinds in offered.items() if question not in alone}
        chosen = {q: (offered[q][h], world.weight(q)) for q, h in shown.items() if q not in alone}
        best = {q: frozenset((offered[q][shown[q]],)) for q in alone} | ranked(others, chosen)

        def cost(question: str) -> Cost:
            rewards = {answer: int(each in best[question]) for answer, each in offered[question].items()}
            return _cost(world, question, rewards)

        return (looked_at(world, cost),)


def demonstrations(world: World) -> dict[str, str]:
    """What H does, consulting itself, on each question that is looked at and that it does not pass on.

    Raises NotDefinedError where H consulting itself does not come to an end.
    """
    founded = foundation(world)
    found = {}
    for question in world.questions:
        if world.weight(question) > 0:
            if question not in founded.hch:
                raise NotDefinedError(f"H cannot show what it does on “{question}”: {founded.reason(question)}")
            answer = founded.hch[question]
            if answer is not None:
                found[question] = answer
    return found


def kind(world: World, question: str, answer: str) -> str:
    """All that a learned reward can tell of an answer; where the world has no kinds, question and answer."""
    kinds = world.by_question[question].kinds
    face = world.face(answer)
    return (
        f"{question}: {world.seen(answer)}" if kinds is None else kinds.get(face, f"{question}: {world.seen(answer)}")
    )


def _rewards(world: World, question: str, values: Mapping[str, Number]) -> dict[str, Number]:
    return {a: values.get(kind(world, question, a), 0) for a in world.by_question[question].answers}


def _cost(world: World, question: str, rewards: Mapping[str, Number]) -> Cost:
    numbers = tuple(-rewards[answer] for answer in world.by_question[question].answers)
    return Cost(Leaf(numbers), tuple, world.weight(question))
