"""Why an optimal model may give a misaligned answer, in a clause for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hch.optimum.losses.approval import Approval, HCHApproval
from hch.optimum.losses.closeness import Closeness
from hch.optimum.losses.debate import Debate
from hch.optimum.losses.imitation import Imitation
from hch.optimum.losses.objective import Loss, Objective
from hch.optimum.losses.reward import MaxEntropyReward, get_kind
from hch.optimum.losses.supervised import Supervised
from hch.optimum.world.fixed_point import solve_hch
from hch.optimum.world.tree import collect_questions, follow
from hch.optimum.world.world import LimitedModels, ListedModels, Model, Number, World


def quote_answers(answers: Sequence[str], most: int = 4) -> str:
    """The first few answers in quotation marks, and the number of the others."""
    quoted = ", ".join(f"“{answer}”" for answer in answers[:most])
    return quoted + (f" or {len(answers) - most:,} more" if len(answers) > most else "")


def explain_answer(world: World, loss: Loss, objective: Objective, question: str, model: Model) -> str:
    """Why an optimal model may answer a question as ``model`` does: a clause that follows "because".

    ``objective`` is the one that the model is optimal for: see ``select_objective``.
    """
    if world.weight(question) == 0:
        if world.data is not None and question not in world.data:
            return "the question is not in the data, so the loss never looks there"
        return "the question has weight 0, so the loss never looks there"
    cost = objective.costs.get(question)
    if cost is None:
        return _explain_no_cost(loss, objective)
    costs, answer = cost.evaluate(world, question, model), model[question]
    excess = costs[answer] - min(costs.values())
    if excess > 0:
        return _explain_excess(world, objective, excess)
    right = world.by_question[question].right_answers
    view = world.loss_view(answer)
    twin = next((a for a in costs if a in right and a != answer and world.loss_view(a) == view), None)
    if twin is not None:
        channels = " and ".join(f"“{name}”" for name in world.hidden_channels)
        return f"the loss does not look at {channels}, where alone it differs from “{twin}”"
    if len(costs) > 1 and len(set(costs.values())) == 1:
        return _explain_ties(loss, objective, cost.find_leaf(world, model))
    if objective.description:
        return f"{objective.description}, and is highest for it"
    return _explain_best(world, loss, question, model, costs)


def select_objective(world: World, objectives: tuple[Objective, ...], model: Model) -> Objective:
    """The objective that a model is optimal for, or nearest to it."""
    if len(objectives) == 1:
        return objectives[0]

    def compute_excess(objective: Objective) -> Number:
        total: Number = 0
        for question, cost in objective.costs.items():
            costs = cost.evaluate(world, question, model)
            total += costs[model[question]] - min(costs.values())
        return total

    return min(objectives, key=compute_excess)


def _explain_no_cost(loss: Loss, objective: Objective) -> str:
    if objective.description:
        return f"{objective.description}, and under such a reward every answer is as good as any"
    match loss:
        case Supervised():
            return "there is no gold answer to it, so nothing is learned there"
        case Debate():
            return "no answer is plausible and no statement exists, so that all have the same value in a debate"
        case _:
            return "the loss has nothing to compare an answer with"


def _explain_ties(loss: Loss, objective: Objective, leaf: object) -> str:
    if objective.description:
        return f"{objective.description}, and under it all answers are alike"
    if leaf is None:
        return "H passes there, so that there is nothing to imitate"
    match loss:
        case Approval() | HCHApproval():
            return "H rates all answers alike"
        case Debate():
            return "every answer has the same value in the debate"
        case _:
            return "the loss is the same for all answers"


def _explain_excess(world: World, objective: Objective, excess: Number) -> str:
    """Why an optimal model's answer costs more than the cheapest one."""
    costs = f"though it costs {excess} more there than the best answer would"
    match world.models:
        case LimitedModels(answers=most):
            return f"no model with at most {most} distinct answer{'s' if most > 1 else ''} has a smaller loss, {costs}"
        case ListedModels():
            return f"no model of the class has a smaller loss, {costs}"
    assert objective.joint, "of all functions one is best at every question"
    return f"no model agrees with H everywhere and none has a smaller sum, {costs}"


def _explain_best(world: World, loss: Loss, question: str, model: Model, costs: Mapping[str, Number]) -> str:
    """Why an answer is better than others for this loss."""
    value = -costs[model[question]]
    right = [-costs[answer] for answer in costs if answer in world.by_question[question].right_answers]
    best_right = max(right, default=None)
    comparison = "" if best_right is None else f", and nothing aligned more than {best_right}"
    match loss:
        case Imitation():
            return _explain_imitation(world, question, model)
        case Approval():
            return f"H, consulting that model, rates it {value}{comparison}"
        case HCHApproval():
            return f"H, consulting HCH, rates it {value}{comparison}"
        case Closeness():
            return _explain_closeness(world, question, model, value, best_right)
        case Debate():
            other = "" if best_right is None else f", and an aligned answer only {1 + best_right}"
            return f"in the debate it guarantees a share of {1 + value} against any opponent{other}"
        case MaxEntropyReward():
            return f"its kind, “{get_kind(world, question, model[question])}”, has the highest learned reward"
        case Supervised():
            return "it is a gold answer"
        case _:
            return f"it costs {-value}, and nothing costs less"


def _explain_imitation(world: World, question: str, model: Model) -> str:
    for cycle in solve_hch(world).cycles:
        if question in cycle.questions and all(_agrees_with_h(world, other, model) for other in cycle.questions):
            return f"the question leads back to itself ({cycle}), and this answer all the way round agrees with H"
    heard = [(other, world.human_view(model[other])) for other in collect_questions(world.by_question[question].human)]
    if not heard:
        return "H itself replies so"
    texts = ", ".join(f"“{other}”: “{text}”" for other, text in heard[:3]) + (", …" if len(heard) > 3 else "")
    return f"H itself replies so when it hears {texts}"


def _find_reply(world: World, question: str, model: Model) -> str | None:
    """H's reply when it consults the model."""
    return follow(world.by_question[question].human, lambda other: world.human_view(model[other]))


def _agrees_with_h(world: World, question: str, model: Model) -> bool:
    reply = _find_reply(world, question, model)
    return reply is None or world.loss_view(reply) == world.loss_view(model[question])


def _explain_closeness(world: World, question: str, model: Model, value: Number, best_right: Number | None) -> str:
    reply = _find_reply(world, question, model)
    if reply is not None and world.loss_view(reply) == world.loss_view(model[question]):
        return "it is H's own answer"
    comparison = "" if best_right is None else f", against {best_right} for what is aligned"
    own = "H has no answer of its own" if reply is None else f"H would say “{reply}”"
    return f"{own}, but at the sight of it rates it {value}{comparison}"
