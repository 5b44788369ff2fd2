"""A chat message as a question: the context first, an empty line, and the question as the last paragraph.

This is what ``models.chat.question_text`` writes, read back, so a question goes through a chat unchanged: from an
endpoint of this project to a run that this project serves, for one.
"""

from __future__ import annotations

from hch.tasks.task import Task
from hch.types import Context, Question

GAP = "\n\n"


def parts(text: str) -> tuple[str, str]:
    """What a message says of the context, and its question; without an empty line, all of it is the question."""
    context, _, question = text.replace("\r\n", "\n").strip("\n").rpartition(GAP)
    return context, question


def task_question(task: Task, text: str) -> Question:
    """The question in the task's own spelling, about facts in the task's own format.

    Raises TaskError naming what was expected, where either is not.
    """
    facts, question = parts(text)
    return task.ask(question, task.read(facts))


def plain_question(text: str) -> Question:
    """Any text as a question for a model that reads any text: what it is shown is this very text.

    Paragraphs are facts where one of them has several lines, as they are then written; else the lines of the only
    paragraph are. What ``question_text`` would write in neither way is one fact.
    """
    body, question = parts(text)
    if not body:
        return Question(question)
    facts = body.split(GAP)
    if len(facts) == 1:
        facts = body.split("\n")
    elif not any("\n" in fact for fact in facts):
        facts = [body]
    return Question(question, Context(tuple(facts)))
