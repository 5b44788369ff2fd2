"""One round: the human acts, the model is consulted. Whatever goes wrong becomes an outcome with its error's text."""

from __future__ import annotations

from collections.abc import Sequence

from hch.protocols import Answerer, Human
from hch.types import Action, Answer, Fail, Outcome, Question, Workspace
from hch.workspaces import well_formed


async def act(human: Human, workspaces: Sequence[Workspace]) -> list[Action]:
    """One action for each workspace; where the human raises, the error becomes the action in every one of them.

    AssertionError where the human returns another number of actions.
    """
    try:
        actions = await human(workspaces)
    except Exception as error:  # whatever went wrong, every workspace must still come to its end
        return [Fail(f"{type(error).__name__}: {error}")] * len(workspaces)
    assert len(actions) == len(workspaces), f"{human} was shown {len(workspaces)} workspaces and acted {len(actions)}×"
    return [well_formed(action) for action in actions]


async def consult(model: Answerer, questions: list[Question]) -> list[Answer]:
    """The model's answers; where it raises, the error becomes the outcome of every question in the batch.

    AssertionError where it returns another number of answers.
    """
    if not questions:
        return []
    try:
        answers = await model(questions)
    except Exception as error:  # whatever went wrong below, every node above must still come to its end
        return [Answer(outcome=Outcome.FAILED, reason=f"{type(error).__name__}: {error}")] * len(questions)
    return one_each(model, questions, answers)


def one_each(model: Answerer, questions: Sequence[Question], answers: list[Answer]) -> list[Answer]:
    """The answers, if there is one for each question; else AssertionError."""
    assert len(answers) == len(questions), f"{model} was asked {len(questions)} questions and gave {len(answers)}"
    return answers
