"""One round: the human acts, the model is consulted. An exception becomes an outcome with the error's text."""

from __future__ import annotations

from collections.abc import Sequence

from hch.amplify.waiting import Waiting
from hch.amplify.workspace import check_action
from hch.protocols import Answerer, Human, Recall
from hch.types import Action, Answer, Fail, Outcome, Question, Workspace


async def start_anew(workspaces: Sequence[Workspace], /) -> list[Workspace]:
    """The Recall of humans who act at once, and so leave nothing unfinished: every workspace as it is."""
    return list(workspaces)


async def recall_workspaces(recall: Recall, workspaces: Sequence[Workspace]) -> list[Workspace] | Fail:
    """Each fresh workspace where it was left; where recalling raises, the error, which ends all of them.

    AssertionError where another number of workspaces comes back.
    """
    if not workspaces:
        return []
    try:
        left = await recall(workspaces)
    except Exception as error:  # every workspace must still end, whatever the error
        return Fail(f"{type(error).__name__}: {error}")
    assert len(left) == len(workspaces), f"{recall} was given {len(workspaces)} workspaces and gave {len(left)}"
    return left


async def act(human: Human, workspaces: Sequence[Workspace]) -> list[Action]:
    """One action for each workspace; where the human raises, the error becomes the action in every one of them.

    Only Waiting, which is no error, goes through. AssertionError where the human returns another number of actions.
    """
    if not workspaces:
        return []
    try:
        actions = await human(workspaces)
    except Waiting:
        raise
    except Exception as error:  # every workspace must still end, whatever the error
        return [Fail(f"{type(error).__name__}: {error}")] * len(workspaces)
    assert len(actions) == len(workspaces), f"{human} was shown {len(workspaces)} workspaces and acted {len(actions)}×"
    return [check_action(action) for action in actions]


async def consult(model: Answerer, questions: list[Question]) -> list[Answer]:
    """The model's answers; where it raises, the error becomes the outcome of every question in the batch.

    Only Waiting, which is no error, goes through. AssertionError where it returns another number of answers.
    """
    if not questions:
        return []
    try:
        answers = await model(questions)
    except Waiting:
        raise
    except Exception as error:  # every workspace above must still end, whatever the error
        return [Answer(outcome=Outcome.FAILED, reason=f"{type(error).__name__}: {error}")] * len(questions)
    return check_count(model, questions, answers)


def check_count(model: Answerer, questions: Sequence[Question], answers: list[Answer]) -> list[Answer]:
    """The answers, if there is one for each question; else AssertionError."""
    assert len(answers) == len(questions), f"{model} was asked {len(questions)} questions and gave {len(answers)}"
    return answers
