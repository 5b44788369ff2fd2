"""What H has before them, as plain values for a page, from the renderer of training rows (hch.text.render).

A page sets these parts out as it likes, but adds no word to them and leaves none out.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from hch.amplify.workspace import add_round
from hch.people.store.items import Item, Pending
from hch.people.store.projects import Rules
from hch.text.render import consultation_text, label_text, workspace_lines
from hch.text.views import View, view_for, visible_facts
from hch.types import Consultation, Workspace

SHORT_LINES, SHORT_LETTERS = 12, 900
"""A fact with more than these is folded."""


class Fact(msgspec.Struct, frozen=True):
    """A fact as it is seen; ``number`` counts from 1, as its lines do."""

    number: int
    text: str

    @property
    def lines(self) -> list[str]:
        """The lines that the renderer knows; there is always one."""
        return self.text.splitlines() or [""]

    @property
    def heading(self) -> str:
        return next((line.strip() for line in self.lines if line.strip()), "")

    @property
    def is_long(self) -> bool:
        return len(self.text) > SHORT_LETTERS or len(self.lines) > SHORT_LINES


class Consulted(msgspec.Struct, frozen=True):
    """A sub-question and what came back: ``mark`` stands between them, and is all there is where no answer came.

    ``reason`` says why none came. Only the person reads it: a training row does not have it.
    """

    number: int
    question: str
    mark: str
    answer: str = ""
    reason: str = ""


class Sight(msgspec.Struct, frozen=True):
    """All that H sees of a workspace. ``facts`` are those seen; the context has ``fact_count`` of them.

    In ``waiting`` is the newest round while some of its answers are not there: of each question its number, its text,
    and what came back so far.
    """

    question: str
    view: View
    facts: list[Fact]
    fact_count: int
    rounds: list[list[Consulted]]
    waiting: list[tuple[int, str, Consulted | None]]
    left: str
    row: str

    @property
    def text(self) -> str:
        """Everything seen, as one text to be written down."""
        facts = [label_text(f"fact {fact.number}", fact.text) for fact in self.facts]
        came = [consulted for _, _, consulted in self.waiting if consulted is not None]
        asked = [label_text(f"waiting {number}", text) for number, text, consulted in self.waiting if consulted is None]
        arrived = [label_text(f"arrived {each.number}", each.question + each.mark + each.answer) for each in came]
        consulted = [each for round_ in self.rounds for each in round_] + came
        reasons = [label_text(f"reason {each.number}", each.reason) for each in consulted if each.reason]
        return "\n".join([*facts, self.row, *asked, *arrived, *reasons])


def sight(item: Item, rules: Rules) -> Sight:
    """What H sees of this workspace under a project's rules."""
    workspace, context = item.workspace, item.question.context
    view = view_for(workspace.budget, rules.view, rules.readers_see_all)
    lines = workspace_lines(workspace)
    has_left = workspace.budget is not None
    return Sight(
        question=item.question.text,
        view=view,
        facts=facts_seen(visible_facts(context, view)),
        fact_count=len(context.facts),
        rounds=_rounds(workspace),
        waiting=_waiting(item),
        left=lines[-1].removeprefix("left:").strip() if has_left else "",
        row="\n".join(lines),
    )


def facts_seen(texts: Iterable[str]) -> list[Fact]:
    """Facts with their numbers."""
    return [Fact(number, text) for number, text in enumerate(texts, 1)]


def consulted(number: int, consultation: Consultation) -> Consulted:
    """A consultation in the parts of its rendered text."""
    question, answer = consultation.question.text, consultation.answer
    text = answer.text if answer.answered else ""
    mark = consultation_text(consultation).removeprefix(question).removesuffix(text)
    return Consulted(number, question, mark, text, answer.reason if not answer.answered else "")


def _rounds(workspace: Workspace) -> list[list[Consulted]]:
    rounds, number = [], 0
    for round_ in workspace.rounds:
        rounds.append([consulted(number + place, each) for place, each in enumerate(round_, 1)])
        number += len(round_)
    return rounds


def _waiting(item: Item) -> list[tuple[int, str, Consulted | None]]:
    number = len(item.workspace.consultations)
    return [
        (number + place, each.question.text, _arrived(item, number + place, each))
        for place, each in enumerate(item.pending, 1)
    ]


def _arrived(item: Item, number: int, pending: Pending) -> Consulted | None:
    """An answer that is there before its whole round is; withheld already if the round will withhold it."""
    if pending.answer is None:
        return None
    alone = Workspace(item.question, (), item.workspace.budget)
    ((consultation,),) = add_round(alone, [pending.question], [pending.answer], 0.0).rounds
    return consulted(number, consultation)
