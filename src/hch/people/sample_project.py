"""A sample project: questions about the documentation in every Python, of which H sees the contents.

Two projects with the same questions: in one, what H asks goes to other people, in the other to a model.
"""

from __future__ import annotations

import time

from sqlalchemy import Connection

from hch.people.store.posting import post_roots
from hch.people.store.projects import Rules, find_project, make_project
from hch.types import Context, Question

DOCUMENTS: dict[str, tuple[str, ...]] = {
    "statements": (
        "assert", "assignment", "augassign", "break", "class", "continue", "del", "for", "function", "global", "if",
        "import", "nonlocal", "pass", "raise", "return", "try", "while", "with", "yield",
    ),
    "operators": (
        "attribute-references", "await", "binary", "bitwise", "booleans", "calls", "comparisons", "conversions", "in",
        "lambda", "operator-summary", "power", "sequence-types", "shifting", "slicings", "subscriptions", "unary",
    ),
    "objects": (
        "attribute-access", "callable-types", "context-managers", "customization", "execmodel", "naming",
        "numeric-types", "objects", "specialattrs", "truth", "typesmethods", "typesmodules",
    ),
}  # fmt: skip
"""Documents made of topics of Python's documentation, by their names in ``pydoc_data.topics``."""

QUESTIONS: tuple[tuple[str, str, str | None], ...] = (
    ("statements", "An exception is on its way and a finally clause runs into a return. What becomes of it?", None),
    ("statements", "A with statement has two items, and entering the second one fails. Is the first one left?", None),
    ("statements", "How often is the default value of a parameter worked out: once, or at each call?", "once"),
    ("statements", "After a loop over an empty list, does the loop's variable exist? (yes or no)", "no"),
    ("statements", "Which statement makes a loop end without running its else clause?", "break"),
    ("statements", "What is the difference between x += y and x = x + y where x is a list?", None),
    ("operators", "In a < b < c, how many times is b worked out? (once or twice)", "once"),
    ("operators", "Which binds tighter, the power operator or a minus sign to its left?", None),
    ("operators", "What do you get from a list slice whose bounds lie outside of the list?", None),
    ("operators", "Can “not” stand before an operand of any type, and what does it give?", None),
    ("objects", "A class defines how its objects are equal, and nothing on hashes. Can they be keys of a dict?", None),
    ("objects", "When is __getattr__ called, given that every attribute goes through __getattribute__?", None),
    ("objects", "An object defines neither __bool__ nor __len__. Is it true or false?", "true"),
    (
        "objects",
        "Does a class body see the local variables of the function around it? And its methods, the class's?",
        None,
    ),
)
"""Which document, the question, and the answer where one word says it."""

WITH_PEOPLE, WITH_MODEL = "python-with-people", "python-with-a-model"


def sample_context(document: str) -> Context:
    """A document: one fact for each topic, whose first line is its title. Topics that are lacking here are left out."""
    from pydoc_data.topics import topics

    return Context(tuple(_section(topics[name]) for name in DOCUMENTS[document] if name in topics))


def sample_questions() -> tuple[list[Question], list[str | None]]:
    """The questions, and the answers that are known."""
    contexts = {name: sample_context(name) for name in DOCUMENTS}
    asked = [Question(text, contexts[document]) for document, text, _ in QUESTIONS]
    return asked, [gold for _, _, gold in QUESTIONS]


def put_sample(connection: Connection) -> bool:
    """Puts the two projects into a store, unless they are there. Returns whether anything was new."""
    now = time.time()
    about = "Questions about how Python works. You see the contents of a document, and ask about its sections."
    asked, gold = sample_questions()
    new = False
    for name, rules in {
        WITH_PEOPLE: Rules("Python, read by people", about, view="contents", depth=1),
        WITH_MODEL: Rules("Python, read by a model", about, other_side="model", view="contents", depth=1),
    }.items():
        if find_project(connection, name) is None:
            post_roots(connection, make_project(connection, name, rules, now), asked, now, gold=gold)
            new = True
    return new


def _section(text: str) -> str:
    """A topic with its title as the first line, and without the line of stars beneath it."""
    lines = text.strip().splitlines()
    title = lines[0].replace('"', "").strip()
    rest = lines[2:] if len(lines) > 1 and set(lines[1].strip()) <= {"*", "="} else lines[1:]
    return "\n".join([title, *rest]).strip()
