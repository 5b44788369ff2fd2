"""A human consulting a model, and its fixed point.

``Amplify(H, M)`` is H consulting M. ``HCH(H, depth)`` is H consulting HCH of one depth less. Both are Answerers, so
either can stand wherever a model can. ``Otherwise(lookup, model)`` asks the model what the lookup cannot answer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from hch.amplify.graph import Graph
from hch.amplify.rounds import act, check_count, consult, recall_workspaces, start_anew
from hch.amplify.waiting import find_pending
from hch.amplify.workspace import add_round, finish, grant_questions
from hch.protocols import Answerer, Human, Recall
from hch.types import PASSED, Answer, Ask, Budget, Fail, Outcome, Question, Workspace


async def nobody(questions: Sequence[Question], /) -> list[Answer]:
    """Passes on every question: the Answerer at the bottom of HCH."""
    return [NO_ONE] * len(questions)


NO_ONE = Answer(outcome=Outcome.PASSED, by="nobody", reason="no one is left to consult")


@dataclass(frozen=True)
class Otherwise:
    """Asks ``first``, and then ``second`` the questions that ``first`` passed on."""

    first: Answerer
    second: Answerer

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        answers = list(check_count(self.first, questions, await self.first(questions)))
        passed = [i for i, answer in enumerate(answers) if answer.outcome is PASSED]
        if passed:
            left = [questions[i] for i in passed]
            for i, answer in zip(passed, check_count(self.second, left, await self.second(left)), strict=True):
                answers[i] = answer
        return answers


@dataclass(frozen=True)
class Amplify:
    """A human consulting a model: an Answerer.

    All workspaces of a batch advance together. In each round the human acts in every open workspace, and the model
    answers all their questions in one batch, each distinct question once. ``budget`` is granted to each question that
    brings none of its own. If the human or the model raises, every workspace or question of that batch fails and the
    record says why.

    A workspace ends as waiting where people have yet to act in it or below it; the others go on. The same question,
    asked again, resumes from the workspace that ``recall`` returns.
    """

    human: Human
    model: Answerer
    budget: Budget | None = None
    name: str = "H"
    recall: Recall = start_anew

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        answers: list[Answer] = [NO_ONE] * len(questions)
        places = list(range(len(questions)))
        fresh = [Workspace(q, (), q.budget or self.budget) for q in questions]
        open_ = await recall_workspaces(self.recall, fresh)
        if isinstance(open_, Fail):
            return [finish(workspace, open_, self.name) for workspace in fresh]
        while open_:
            actions = await act(self.human, open_)
            waiting: list[tuple[int, Workspace, list[Question]]] = []
            distinct: dict[Question, int] = {}
            for place, workspace, action in zip(places, open_, actions, strict=True):
                asked = (
                    grant_questions(workspace, action) if type(action) is Ask else finish(workspace, action, self.name)
                )
                if isinstance(asked, Answer):
                    answers[place] = asked
                    continue
                for question in asked:
                    distinct.setdefault(question, len(distinct))
                waiting.append((place, workspace, asked))
            started = time.monotonic()
            model_answers = await consult(self.model, list(distinct))
            seconds = time.monotonic() - started
            if find_pending(model_answers) is not None:
                # Rare, so one look at the whole batch comes before any work for each workspace.
                still = []
                for place, workspace, asked in waiting:
                    wait = find_pending(model_answers[distinct[question]] for question in asked)
                    if wait is None:
                        still.append((place, workspace, asked))
                    else:
                        answers[place] = finish(workspace, wait, self.name)
                waiting = still
            places = [place for place, _, _ in waiting]
            open_ = [
                add_round(workspace, asked, [model_answers[distinct[question]] for question in asked], seconds)
                for _, workspace, asked in waiting
            ]
        return answers


@dataclass(frozen=True)
class HCH:
    """A human consulting HCH, to a depth: an Answerer.

    Computed on the graph of distinct (question, depth), never on the tree: what would be a tree of 2^40 nodes costs
    what its distinct questions cost. At depth 0 the human has only ``lookup``. With ``depth=None`` it is the fixed
    point itself: H consults H without end, and a question that leads back to itself fails, naming the way around.

    A question waits where people have yet to act anywhere below it, once everything that needs nobody is done. Asked
    again, it resumes from the workspaces that ``recall`` returns.
    """

    human: Human
    depth: int | None
    lookup: Answerer = nobody
    budget: Budget | None = None
    recall: Recall = start_anew

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        graph = Graph(self.human, self.lookup, self.budget, self.recall)
        roots = [graph.node(question, self.depth) for question in questions]
        while graph.ready or graph.break_cycles(roots):
            await graph.round()
        return [root.answer for root in roots if root.answer is not None]
