"""A tree of consultations on a terminal: what is the same is shown once, and what is too long is cut, saying so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from rich.text import Text
from rich.tree import Tree

from hch.text.display import percent, plain
from hch.types import Answer, Question, walk

MOST_LINES = 60
SURE = 0.9995
"""What is this sure, rounds to 100%."""


class Row(NamedTuple):
    """A question in the tree at its depth. What it asked may be shown further ``above``, or be ``hidden`` (so many)."""

    depth: int
    question: Question
    answer: Answer
    above: bool = False
    hidden: int = 0


def consultation_tree(question: Question, answer: Answer) -> Tree:
    """The tree as deep as it fits into MOST_LINES."""
    shown, limit = list(islice(rows(question, answer, 1), MOST_LINES + 1)), 1
    while len(shown) <= MOST_LINES and any(row.hidden for row in shown):
        limit += 1
        deeper = list(islice(rows(question, answer, limit), MOST_LINES + 1))
        if len(deeper) > MOST_LINES:
            break
        shown = deeper
    del shown[MOST_LINES:]
    root = Tree(_label(shown[0]))
    open_ = [root]
    for row in shown[1:]:
        del open_[row.depth :]
        open_.append(open_[-1].add(_label(row)))
    if more := total(answer) - (len(shown) - 1):
        root.add(Text(f"… {more} more consultation{'s' * (more != 1)} below are not shown", "dim"))
    return root


def rows(question: Question, answer: Answer, limit: int) -> Iterator[Row]:
    """The tree from top to bottom down to a depth; the consultations of one transcript come once."""
    opened: set[int] = set()
    waiting = [(0, question, answer)]
    while waiting:
        depth, asked, given = waiting.pop()
        below = given.transcript.consultations if given.transcript is not None else []
        if below and id(given.transcript) in opened:
            yield Row(depth, asked, given, above=True)
        elif depth >= limit:
            yield Row(depth, asked, given, hidden=len(below))
        else:
            opened.add(id(given.transcript))
            yield Row(depth, asked, given)
            waiting.extend((depth + 1, c.question, c.answer) for c in reversed(below))


def total(answer: Answer) -> int:
    """How many consultations there are in all, those of one transcript counted once."""
    if answer.transcript is None:
        return 0
    return sum(len(transcript.consultations) for _, transcript in walk(answer.transcript))


def _label(row: Row) -> Text:
    answer = row.answer
    label = Text(plain(row.question.text) + "  ")
    if answer.answered:
        label.append(plain(answer.text), "bold")
    else:
        label.append(str(answer.outcome), "bold red")
    details = [plain(answer.by)] if answer.by else []
    if answer.confidence < SURE:
        details.append(f"{percent(answer.confidence)} sure")
    if not answer.answered and answer.reason:
        details.append(plain(answer.reason, 300))
    if row.above:
        details.append("as above")
    if row.hidden:
        details.append(f"asked {row.hidden}, not shown")
    return label.append(f"  {', '.join(details)}", "dim")
