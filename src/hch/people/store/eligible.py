"""Which workspaces a person may be given: none that they skipped, and none whose question they know from elsewhere."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, not_, or_

from hch.people.store.items import WORK
from hch.people.store.tables import people, skips, worked, workspaces

Person = int | ColumnElement[int]
"""A person's number, or where it will stand in a statement that is made once."""


def may_be_taken(person: Person) -> ColumnElement[bool]:
    """Whether a workspace is for a person, who has not skipped it. Who holds it does not matter here."""
    skipped = exists().where(skips.c.workspace_id == workspaces.c.id, skips.c.person_id == person)
    return and_(not_(skipped), not_(is_not_for(person)))


def is_not_for(person: Person) -> ColumnElement[bool]:
    """Whether a workspace is none that a person may take, for what they have seen of its question elsewhere.

    Who worked on a question, or below it, is no judge of it, and no second answerer of a copy; nor is who has judged
    it. Who asked it does not answer it, unless nobody else is there who could.
    """
    w, other = workspaces.c, workspaces.alias("other")
    mine = and_(worked.c.person_id == person, worked.c.subject == w.subject, worked.c.workspace_id != w.id)
    there = and_(mine, other.c.id == worked.c.workspace_id)
    answered = and_(other.c.subject == w.subject, or_(other.c.question_id != w.question_id, other.c.kind != WORK))
    asked = exists().where(there, other.c.subject != w.subject)
    return or_(
        and_(w.kind != WORK, exists().where(mine).correlate(workspaces)),
        exists().where(there, answered).correlate(workspaces),
        and_(asked.correlate(workspaces), _somebody_else_could(person)),
    )


def _somebody_else_could(person: Person) -> ColumnElement[bool]:
    """Whether another person is there who answers questions, and knows this one from nowhere but here."""
    w, somebody = workspaces.c, people.alias("somebody")
    theirs, passed_over = worked.alias("theirs"), skips.alias("passed_over")
    knows = exists().where(
        theirs.c.person_id == somebody.c.id, theirs.c.subject == w.subject, theirs.c.workspace_id != w.id
    )
    skipped = exists().where(passed_over.c.person_id == somebody.c.id, passed_over.c.workspace_id == w.id)
    return (
        exists()
        .where(
            somebody.c.id != person,
            somebody.c.active,
            somebody.c.role.in_(("answerer", "researcher")),
            not_(knows.correlate(workspaces, somebody)),
            not_(skipped.correlate(workspaces, somebody)),
        )
        .correlate(workspaces)
    )
