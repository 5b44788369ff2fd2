"""Exports as plain rows: transcripts with all that is known of them, or chats that a model can learn from.

A chat has the messages that fine-tuning libraries take: ``{"messages": [{"role": …, "content": …}, …]}``. The same as
prompt and completion, and pairs of answers of which judges chose one, have the columns that these libraries take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hch.people.store.export import Exported, Work
from hch.people.store.preferences import Preference
from hch.people.store.projects import Rules
from hch.text.render import action_text, label_text, workspace_text
from hch.types import UNLIMITED, Budget, Consultation, Question, Workspace

INSTRUCTIONS = """\
You answer a question, and may first ask others simpler ones about the same facts. You see what you may see of the \
facts, the question, what was asked so far and what came back, and what is left to spend. Write what you do next, and \
nothing else:
ask: a question for the others (several such lines ask several at once; “ask #1:” asks for another possible answer)
reply: the answer to the question
pass: why you cannot answer
Where a text has several lines, those after the first begin with four spaces."""
"""The system message of every chat of actions: how an action is written."""

Row = dict[str, Any]
Seen = Callable[[Workspace, Rules], Sequence[str]]
"""The facts that H sees in a workspace, under a project's rules."""


def transcript_row(exported: Exported) -> Row:
    """A transcript with its question, its facts, its rounds and its outcome, and how people made it.

    All rows have the same columns. Unknown values are `None`, and so is all about work where no workspace of people
    has this transcript now. Numbers that may be of any length are texts.
    """
    transcript, work = exported.transcript, exported.work
    question = transcript.question
    return {
        "id": exported.id,
        "question": question.text,
        "context": list(question.context.facts),
        "context_id": question.context.id,
        "draw": _digits(question.sample_index),
        "rounds": [
            [_consultation(c, below) for c, below in zip(round_, ids, strict=True)]
            for round_, ids in zip(transcript.rounds, exported.below, strict=True)
        ],
        "outcome": str(transcript.outcome),
        "answer": transcript.text,
        "reason": transcript.reason,
        "by": transcript.by,
        "stored_at": exported.stored_at,
        **_work(work),
    }


def action_chats(exported: Exported, seen: Seen) -> Iterator[Row]:
    """A chat for each action of H: the workspace that H saw, and the action.

    The workspace is written as in ``hch.text.render``, below the facts that were ``seen``.
    """
    work = exported.work
    for workspace, action in exported.steps():
        facts = [] if work is None else seen(workspace, work.rules)
        shown = [
            *(label_text(f"fact {number}", fact) for number, fact in enumerate(facts, 1)),
            workspace_text(workspace),
        ]
        yield _chat(("system", INSTRUCTIONS), ("user", "\n".join(shown)), ("assistant", action_text(action)))


def answer_chats(exported: Exported, asked: Callable[[Question], str]) -> Iterator[Row]:
    """A chat of the question, as ``asked`` puts it to a model, and the answer. No chat where there is no answer."""
    if exported.transcript.outcome == "answered":
        yield _chat(("user", asked(exported.transcript.question)), ("assistant", exported.transcript.text))


def completion_row(chat: Row) -> Row:
    """A chat as a prompt and its completion: libraries then learn the completion alone."""
    *prompt, completion = chat["messages"]
    return {"prompt": prompt, "completion": [completion]}


def preference_row(preference: Preference, asked: Callable[[Question], str]) -> Row:
    """Two answers to a question, as ``asked`` puts it to a model: the one that judges chose, and the other."""
    (prompt,) = _chat(("user", asked(preference.question)))["messages"]
    chosen, rejected = (_chat(("assistant", text))["messages"] for text in (preference.chosen, preference.rejected))
    return {"prompt": [prompt], "chosen": chosen, "rejected": rejected}


def _chat(*messages: tuple[str, str]) -> Row:
    return {"messages": [{"role": role, "content": content} for role, content in messages]}


def _consultation(consultation: Consultation, transcript: str | None) -> Row:
    answer = consultation.answer
    return {
        "question": consultation.question.text,
        "draw": _digits(consultation.question.sample_index),
        "outcome": str(answer.outcome),
        "answer": answer.text,
        "reason": answer.reason,
        "by": answer.by,
        "confidence": answer.confidence,
        "seed": _digits(answer.seed),
        "transcript": transcript,
    }


def _work(work: Work | None) -> Row:
    names = [name for name in Work.__struct_fields__ if name != "rules"]
    row = {name: None if work is None else getattr(work, name) for name in names}
    return {**row, "begun": None if work is None else _budget(work.begun)}


def _budget(budget: Budget | None) -> Row | None:
    """Amounts, `None` where there is no limit."""
    if budget is None:
        return None
    amounts = {name: getattr(budget, name) for name in budget.__struct_fields__}
    return {name: None if amount == UNLIMITED else float(amount) for name, amount in amounts.items()}


def _digits(number: int | None) -> str | None:
    return None if number is None else str(number)
