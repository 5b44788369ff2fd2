"""How one action moves a workspace: it asks within its budget, adds the answers, or ends with an outcome.

The budget is enforced here. A workspace pays one consultation for each question that it asks, divides the rest among
these questions, and gets back what they did not spend.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hch.amplify.waiting import list_ids
from hch.types import (
    ANSWERED,
    NOTHING,
    PASSED,
    SUMS,
    UNLIMITED,
    Action,
    Answer,
    Ask,
    Budget,
    Consultation,
    Fail,
    Outcome,
    Pass,
    Question,
    Reply,
    Transcript,
    Wait,
    Workspace,
    mix_sample_index,
)

ONLY_TEXTS = {str}


def check_action(action: Action) -> Action:
    """The action, or a failure that says what is wrong with it: it may come from anybody's code."""
    if type(action) is Ask:
        texts, sample_indices = action.texts, action.sample_indices
        if type(texts) is not tuple or set(map(type, texts)) != ONLY_TEXTS:
            return Fail(f"a human asks one or more texts, got {texts!r}")
        if sample_indices and len(sample_indices) != len(texts):
            return Fail(f"expected one sample index for each of {len(texts)} texts, got {len(sample_indices)}")
    elif type(action) is Reply:
        if type(action.text) is not str:
            return Fail(f"a human replies with a text, got {action.text!r}")
    elif type(action) is Wait:
        if type(action.waits_for) is not tuple or not set(map(type, action.waits_for)) <= ONLY_TEXTS:
            return Fail(f"a human waits for workspaces, each named by a text, got {action.waits_for!r}")
    elif type(action) not in (Pass, Fail):
        return Fail(f"a human asks, replies or passes, got {action!r}")
    return action


def grant_questions(workspace: Workspace, ask: Ask) -> list[Question] | Answer:
    """The questions of an action, each with its share of the budget; or the workspace's end, if it cannot pay."""
    context, count, sample_indices = workspace.question.context, len(ask.texts), ask.sample_indices
    if sample_indices:
        sample_indices = tuple(
            mix_sample_index(workspace.question.sample_index, sample_index) for sample_index in sample_indices
        )
    if workspace.budget is None:
        if sample_indices:
            return [
                Question(text, context, sample_index)
                for text, sample_index in zip(ask.texts, sample_indices, strict=True)
            ]
        return [Question(text, context) for text in ask.texts]
    if workspace.budget.depth < 1:
        return _out_of_budget(workspace, "depth")
    left = workspace.budget.after(Budget(0, count, 0, 0, 0))
    if left is None:
        return _out_of_budget(workspace, "consultations")
    if left.seconds <= 0:
        return _out_of_budget(workspace, "seconds")
    shares = left.shares(count) if count else []
    sample_indices = sample_indices or (None,) * count
    return [Question(*fields) for fields in zip(ask.texts, [context] * count, sample_indices, shares, strict=True)]


def add_round(workspace: Workspace, asked: Sequence[Question], answers: Sequence[Answer], seconds: float) -> Workspace:
    """The workspace with one more round of consultations, and their cost taken from its budget."""
    if workspace.budget is None:
        round_ = tuple(map(Consultation, asked, answers))
        return Workspace(workspace.question, (*workspace.rounds, round_), None, workspace.stash)
    # Without a limit on seconds none are counted, so that the same questions always cost the same.
    waited = seconds if workspace.budget.seconds != UNLIMITED else 0.0
    answers = [_within(question, answer, waited) for question, answer in zip(asked, answers, strict=True)]
    cost = Budget(0, len(asked), 0, 0, 0)
    for answer in answers:
        cost = cost.plus(answer.spent or NOTHING)
    cost = Budget(cost.depth, cost.consultations, cost.words, waited, cost.usd).at_most(workspace.budget)
    left = workspace.budget.after(cost)
    assert left is not None, "a round cost more than was granted"
    round_ = tuple(Consultation(question, answer) for question, answer in zip(asked, answers, strict=True))
    return Workspace(workspace.question, (*workspace.rounds, round_), left, workspace.stash)


def finish(workspace: Workspace, action: Action, name: str) -> Answer:
    """The answer that an action ends a workspace with, and the transcript that led to it.

    Where people have yet to act there is no transcript, as nothing is finished, and nothing is spent for good.
    """
    outcome, text, reason = ANSWERED, "", ""
    if type(action) is Reply:
        text = action.text
    elif type(action) is Pass:
        outcome, reason = PASSED, action.reason
    elif type(action) is Wait:
        reason = f"waits for {list_ids(action.waits_for) or 'people'}"
        return Answer(outcome=Outcome.WAITING, by=name, reason=reason, waits_for=action.waits_for)
    else:
        outcome, reason = Outcome.FAILED, getattr(action, "reason", f"not an action: {action!r}")
    confidence = 1.0
    for round_ in workspace.rounds:
        for consultation in round_:
            confidence *= consultation.answer.confidence
    question, rounds = workspace.question, workspace.rounds
    spent = None
    if workspace.budget is not None:
        spent = _spent(workspace, text)
        if workspace.budget.words < len(text.split()):
            return _out_of_budget(workspace, "words")
    transcript = Transcript(question, rounds, outcome, text, reason, name)
    return Answer(text, outcome, name, reason, confidence, spent, None, transcript)


def _out_of_budget(workspace: Workspace, what: str) -> Answer:
    reason = f"no {what} left in the budget"
    transcript = Transcript(workspace.question, workspace.rounds, Outcome.OUT_OF_BUDGET, reason=reason)
    spent = _spent(workspace, "")
    return Answer(outcome=Outcome.OUT_OF_BUDGET, by="budget", reason=reason, spent=spent, transcript=transcript)


def _within(question: Question, answer: Answer, waited: float) -> Answer:
    """The answer with its cost. One that cost more than its grant is withheld, its cost capped at the grant."""
    spent = answer.spent or Budget(0, 0, len(answer.text.split()), waited, 0)
    grant = question.budget
    if grant is None or grant.after(Budget(0, spent.consultations, spent.words, 0, spent.usd)) is not None:
        return msgspec.structs.replace(answer, spent=spent)
    over = [name for name in SUMS if getattr(spent, name) > getattr(grant, name)]
    costs = ", ".join(f"{getattr(spent, name):g} {name} of {getattr(grant, name):g}" for name in over)
    reason = f"the answer cost more than was granted: {costs}"
    return Answer(outcome=Outcome.OUT_OF_BUDGET, by=answer.by, reason=reason, spent=spent.at_most(grant))


def _spent(workspace: Workspace, reply: str) -> Budget:
    spent = Budget(0, 0, len(reply.split()), 0, 0)
    for round_ in workspace.rounds:
        below = Budget(0, len(round_), 0, 0, 0)
        for consultation in round_:
            below = below.plus(consultation.answer.spent or NOTHING)
        spent = Budget(
            max(spent.depth, below.depth + 1),
            spent.consultations + below.consultations,
            spent.words + below.words,
            spent.seconds + below.seconds,
            spent.usd + below.usd,
        )
    return spent
