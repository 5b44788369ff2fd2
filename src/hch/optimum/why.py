"""Why a loss does not mind a misaligned answer, in a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping

from hch.optimum.losses.approval import Approval, HCHApproval
from hch.optimum.losses.closeness import Closeness
from hch.optimum.losses.debate import Debate
from hch.optimum.losses.imitation import Imitation
from hch.optimum.losses.objective import Loss, Objective
from hch.optimum.losses.reward import EntropyReward, kind
from hch.optimum.losses.supervised import Supervised
from hch.optimum.world.foundation import foundation
from hch.optimum.world.tree import asked, followed
from hch.optimum.world.world import Limited, Listed, Model, Number, World


def shown(number: Number) -> str:
    """A number as people write it: whole, or as a fraction."""
    return str(number)


def quoted(answers: tuple[str, ...] | list[str], most: int = 4) -> str:
    """Some answers, in their order."""
    said = [f"“{answer}”" for answer in answers[:most]]
    return ", ".join(said) + (f" or {len(answers) - most:,} more" if len(answers) > most else "")


def why(world: World, loss: Loss, objective: Objective, question: str, model: Model) -> str:
    """Why an optimal model may say what this one says to a question: a clause that follows "because".

    ``objective`` is the one that it is optimal for: see ``pursued``.
    """
    if world.weight(question) == 0:
        return unseen(world, question)
    cost = objective.costs.get(question)
    if cost is None:
        return _no_cost(loss, objective)
    answers, said = world.by_question[question].answers, model[question]
    leaf = followed(cost.tree, lambda each: world.read(model[each]))
    numbers = dict(zip(answers, cost.of(leaf), strict=True))
    if numbers[said] > min(numbers.values()):
        return _dearer(world, objective, numbers[said] - min(numbers.values()))
    right = world.by_question[question].right
    twin = next((a for a in answers if a in right and a != said and world.seen(a) == world.seen(said)), None)
    if twin is not None:
        channels = " and ".join(f"“{name}”" for name in world.hidden)
        return f"the loss does not look at {channels}, where alone it differs from “{twin}”"
    if all(number == numbers[said] for number in numbers.values()) and len(numbers) > 1:
        return _indifferent(loss, objective, leaf)
    if objective.about:
        return f"{objective.about}, and is highest for it"
    return _best(world, loss, question, model, numbers)


def pursued(world: World, objectives: tuple[Objective, ...], model: Model) -> Objective:
    """Of several objectives the one that a model is optimal for, or nearest to it."""
    if len(objectives) == 1:
        return objectives[0]

    def excess(objective: Objective) -> Number:
        total: Number = 0
        for each, cost in objective.costs.items():
            leaf = followed(cost.tree, lambda asked: world.read(model[asked]))
            numbers = dict(zip(world.by_question[each].answers, cost.of(leaf), strict=True))
            total += numbers[model[each]] - min(numbers.values())
        return total

    return min(objectives, key=excess)


def unseen(world: World, question: str) -> str:
    """Why a question is not looked at."""
    if world.data is not None and question not in world.data:
        return "the question is not in the data, so the loss never looks there"
    return "the question has weight 0, so the loss never looks there"


def _no_cost(loss: Loss, objective: Objective) -> str:
    if objective.about:
        return f"{objective.about}, and under such a reward every answer is as good as any"
    match loss:
        case Supervised():
            return "there is no gold answer to it, so nothing is learned there"
        case Debate():
            return "nothing is plausible and nothing can be said about it, so that every answer is worth the same"
        case _:
            return "the loss has nothing to compare an answer with"


def _indifferent(loss: Loss, objective: Objective, leaf: object) -> str:
    if objective.about:
        return f"{objective.about}, and under it all answers are alike"
    if leaf is None:
        return "H passes there, so that there is nothing to imitate"
    match loss:
        case Approval() | HCHApproval():
            return "H rates all answers alike"
        case Debate():
            return "every answer is worth the same in the debate"
        case _:
            return "the loss is the same for all answers"


def _dearer(world: World, objective: Objective, more: Number) -> str:
    costs = f"though it costs {shown(more)} more there than the best answer would"
    match world.models:
        case Limited(answers=most):
            return f"no model with at most {most} distinct answer{'s' if most > 1 else ''} has a smaller loss, {costs}"
        case Listed():
            return f"no model of the class has a smaller loss, {costs}"
    assert objective.joint, "of all functions one is best at every question"
    return f"no model agrees with H everywhere and none has a smaller sum, {costs}"


def _best(world: World, loss: Loss, question: str, model: Model, numbers: Mapping[str, Number]) -> str:
    """Why an answer is the best of all, as this loss has it."""
    own = -numbers[model[question]]
    right = [answer for answer in numbers if answer in world.by_question[question].right]
    other = max((-numbers[answer] for answer in right), default=None)
    than = "" if other is None else f", and nothing aligned more than {shown(other)}"
    match loss:
        case Imitation():
            return _imitates(world, question, model)
        case Approval():
            return f"H, consulting that model, rates it {shown(own)}{than}"
        case HCHApproval():
            return f"H, consulting HCH, rates it {shown(own)}{than}"
        case Closeness():
            return _sight(world, question, model, own, other)
        case Debate():
            worth = "" if other is None else f", and of an aligned one of {shown(1 + other)}"
            return f"of this answer one is sure of {shown(1 + own)} of the debate, whatever the other side does{worth}"
        case EntropyReward():
            return f"its kind, “{kind(world, question, model[question])}”, has the highest reward that is learned"
        case Supervised():
            return "it is what the model is taught"
        case _:
            return f"it costs {shown(-own)}, and nothing costs less"


def _imitates(world: World, question: str, model: Model) -> str:
    for cycle in foundation(world).cycles:
        if question in cycle.questions and all(_agrees(world, each, model) for each in cycle.questions):
            return f"the question leads back to itself ({cycle}), and said all the way round it agrees with H"
    tree = world.by_question[question].human
    heard = [(each, world.read(model[each])) for each in asked(tree)]
    if not heard:
        return "H itself replies so"
    told = ", ".join(f"“{each}”: “{text}”" for each, text in heard[:3]) + (", …" if len(heard) > 3 else "")
    return f"H itself replies so when it hears {told}"


def _agrees(world: World, question: str, model: Model) -> bool:
    reply = followed(world.by_question[question].human, lambda each: world.read(model[each]))
    return reply is None or world.seen(reply) == world.seen(model[question])


def _sight(world: World, question: str, model: Model, own: Number, other: Number | None) -> str:
    reply = followed(world.by_question[question].human, lambda each: world.read(model[each]))
    if reply is not None and world.seen(reply) == world.seen(model[question]):
        return "it is H's own answer"
    than = "" if other is None else f", against {shown(other)} for what is aligned"
    committed = "H has no answer of its own" if reply is None else f"H would say “{reply}”"
    return f"{committed}, but at the sight of it rates it {shown(own)}{than}"
