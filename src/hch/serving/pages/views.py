"""What H sees of a workspace, as plain values for a page, from the renderer of training rows (hch.text.render).

A page lays these parts out as it likes, but adds no word to them and leaves none out. The exact text that each person
was shown is recorded as an event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from hch.amplify.workspace import add_round
from hch.people.store.content import answer_from, content_hash, get_questions, question_id
from hch.people.store.desk import record_shown
from hch.people.store.items import Item, Pending
from hch.people.store.projects import Rules
from hch.people.store.tables import events
from hch.text.quotes import Grade, check
from hch.text.render import consultation_text, label_text, workspace_lines
from hch.text.views import View, view_for, visible_facts
from hch.types import Answer, Consultation, Workspace

SHORT_LINES, SHORT_LETTERS = 12, 900
"""A fact with more lines or characters is folded."""
MOST_QUOTES = 50
"""Quotes of one answer that are looked up."""


class Fact(msgspec.Struct, frozen=True):
    """A visible fact; ``number`` counts from 1, as do its lines."""

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


class ConsultationView(msgspec.Struct, frozen=True):
    """A sub-question and its answer: ``mark`` stands between them, and alone if no answer came.

    ``reason`` says why none came. Only the person reads it: a training row does not have it.
    """

    number: int
    question: str
    mark: str
    answer: str = ""
    reason: str = ""


class WorkspaceView(msgspec.Struct, frozen=True):
    """All that H sees of a workspace. ``facts`` are the visible ones of ``fact_count``.

    ``waiting`` is the newest round while answers are missing: the number and text of each question, and its answer so
    far. ``row`` is the text of the training row.
    """

    question: str
    view: View
    facts: list[Fact]
    fact_count: int
    rounds: list[list[ConsultationView]]
    waiting: list[tuple[int, str, ConsultationView | None]]
    left: str
    row: str

    @property
    def text(self) -> str:
        """All that is visible, as one text to be recorded."""
        facts = [label_text(f"fact {fact.number}", fact.text) for fact in self.facts]
        arrived = [view for _, _, view in self.waiting if view is not None]
        missing = [label_text(f"waiting {number}", text) for number, text, view in self.waiting if view is None]
        arrivals = [label_text(f"arrived {view.number}", view.question + view.mark + view.answer) for view in arrived]
        views = [view for round_ in self.rounds for view in round_] + arrived
        reasons = [label_text(f"reason {view.number}", view.reason) for view in views if view.reason]
        return "\n".join([*facts, self.row, *missing, *arrivals, *reasons])


def workspace_view(item: Item, rules: Rules) -> WorkspaceView:
    """What H sees of a workspace under a project's rules."""
    workspace, context = item.workspace, item.question.context
    view = view_for(workspace.budget, rules.view, rules.readers_see_all)
    lines = workspace_lines(workspace)
    return WorkspaceView(
        question=item.question.text,
        view=view,
        facts=number_facts(visible_facts(context, view)),
        fact_count=len(context.facts),
        rounds=_round_views(workspace),
        waiting=[
            (number, pending.question.text, _arrival(item, number, pending))
            for number, pending in enumerate(item.pending, len(workspace.consultations) + 1)
        ],
        left="" if workspace.budget is None else lines[-1].removeprefix("left:").strip(),
        row="\n".join(lines),
    )


def number_facts(texts: Iterable[str]) -> list[Fact]:
    """Facts with their numbers."""
    return [Fact(number, text) for number, text in enumerate(texts, 1)]


def consultation_view(number: int, consultation: Consultation) -> ConsultationView:
    """A consultation in the parts of its rendered text."""
    question, answer = consultation.question.text, consultation.answer
    text = answer.text if answer.answered else ""
    mark = consultation_text(consultation).removeprefix(question).removesuffix(text)
    return ConsultationView(number, question, mark, text, answer.reason if not answer.answered else "")


def _round_views(workspace: Workspace) -> list[list[ConsultationView]]:
    rounds, number = [], 1
    for round_ in workspace.rounds:
        rounds.append([consultation_view(number + place, consultation) for place, consultation in enumerate(round_)])
        number += len(round_)
    return rounds


def _arrival(item: Item, number: int, pending: Pending) -> ConsultationView | None:
    """An answer that came before its round is complete; already withheld if the round will withhold it."""
    if pending.answer is None:
        return None
    alone = Workspace(item.question, (), item.workspace.budget)
    ((consultation,),) = add_round(alone, [pending.question], [pending.answer], 0.0).rounds
    return consultation_view(number, consultation)


class Change(msgspec.Struct, frozen=True):
    """An answer that was withdrawn after H had read it: its question, the answer before and after.

    ``after`` is None until a new answer comes. ``dropped`` are the questions that H asked after having read it, which
    are no longer asked. ``reopened`` says that H had ended the workspace, which is open again.
    """

    question: str
    before: str
    after: str | None
    dropped: list[str]
    reopened: bool


ACTIONS = ("asked", "answered", "passed", "questions withdrawn")
"""The events in which H acts. H knew of any change before the last of them."""


def list_changes(connection: Connection, item: Item) -> list[Change]:
    """What has changed in a workspace since H last acted in it, oldest first; empty if it is not stale."""
    if not item.stale:
        return []
    kinds = events.c.kind.in_(("stale", *ACTIONS))
    query = select(events).where(events.c.workspace_id == item.id, kinds).order_by(events.c.id)
    since: list[Mapping[str, Any]] = []
    for row in connection.execute(query):
        since = [*since, row.data] if row.kind == "stale" else []
    return [_change(connection, item, data) for data in since]


def answer_text(answer: Answer) -> str:
    """An answer as a person reads it."""
    if answer.answered:
        return answer.text
    return f"no answer ({answer.reason})" if answer.reason else "no answer"


def _change(connection: Connection, item: Item, data: Mapping[str, Any]) -> Change:
    changed, *dropped = [data["question"], *(entry["question"] for entry in data["dropped"])]
    questions = get_questions(connection, {changed, *dropped})
    before = answer_text(answer_from(data["answer"])) if data["answer"] else ""
    after = _present_answer(item, data["round"], changed)
    return Change(
        question=questions[changed].text,
        before=before,
        after=None if after is None else answer_text(after),
        dropped=[questions[id_].text for id_ in dropped],
        reopened=bool(data["text"]),
    )


def _present_answer(item: Item, round_number: int, id_: str) -> Answer | None:
    """The answer that a question of a round has now, if any."""
    rounds = item.workspace.rounds
    entries: Sequence[Consultation | Pending] = rounds[round_number] if round_number < len(rounds) else item.pending
    return next((entry.answer for entry in entries if question_id(entry.question) == id_), None)


def is_new_to(connection: Connection, person: int, id_: int, text: str) -> bool:
    """Whether this is another text than the person was last shown in the workspace."""
    views = (events.c.workspace_id == id_, events.c.person_id == person, events.c.kind == "shown")
    data = connection.execute(select(events.c.data).where(*views).order_by(events.c.id.desc()).limit(1)).scalar()
    return data is None or data["shown"] != content_hash("shown", text)


def record_view(connection: Connection, person: int, id_: int, text: str, now: float) -> None:
    """Records that the person is shown this text in the workspace, once for each change of it."""
    if is_new_to(connection, person, id_, text):
        record_shown(connection, person, id_, text, now)


_QUOTE = re.compile(r'“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|(?<!\w)"([^"]+)"')
_GRADE_WORDS = {
    Grade.EXACT: "in the context word for word",
    Grade.TYPOGRAPHIC: "in the context, but for quotation marks, dashes and spaces",
    Grade.ELIDED: "in the context, with words left out at “…”",
    Grade.ABSENT: "not in the context",
}
"""The grades from the best to the worst, as a page words them."""


class CheckedQuote(msgspec.Struct, frozen=True):
    """A quote without its marks, how far the context agrees with it, and the number of the fact, from 1."""

    text: str
    grade: Grade
    fact: int | None

    @property
    def words(self) -> str:
        """The grade in words."""
        return _GRADE_WORDS[self.grade]


def check_quotes(answer: str, facts: Sequence[str]) -> list[CheckedQuote]:
    """The distinct quotes of an answer, in order, each with its best grade among the facts.

    Only double quotation marks count: single ones are as often apostrophes.
    """
    texts = dict.fromkeys(next(filter(None, match.groups())) for match in _QUOTE.finditer(answer))
    quotes, order = [], list(_GRADE_WORDS)
    for text in list(texts)[:MOST_QUOTES]:
        grades = [check(text, fact).grade for fact in facts]
        best = min(grades, key=order.index, default=Grade.ABSENT)
        quotes.append(CheckedQuote(text, best, None if best is Grade.ABSENT else grades.index(best) + 1))
    return quotes
