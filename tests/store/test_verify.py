"""Every kind of damage to a store is found and named."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from hch.store.database import Database
from hch.store.projects import Rules
from hch.types import Ask, Reply
from tests.store.crew import Crew


@pytest.fixture
def crew(store: Database) -> Crew:
    """A store in which a tree is over, a judge has been, and something still waits."""
    made = Crew(store, "one?", "two?", "three?")
    made.join("jo", "judge")
    made.begin(Rules(judging="rate", consultations=5))
    assert made.take("ann") == 1
    made.act("ann", 1, Ask(("below?",)))
    made.does("bob", Reply("yes it is"))
    made.act("ann", 1, Reply("so"))
    made.draft("bob", made.take("bob") or 0, 0, "half a thought")
    made.take("cy")
    made.act("cy", 3, Ask(("waits?",)))
    return made


def test_what_people_left_is_as_it_must_be(crew: Crew) -> None:
    assert crew.problems() == []


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("UPDATE contexts SET facts = '[\"another\"]'", "contexts .*: its facts have another hash"),
        ("UPDATE questions SET text = 'another?' WHERE text = 'two?'", "questions .*: its text, context and draw"),
        ("UPDATE questions SET subject = 'x' WHERE text = 'two?'", "questions .*: its subject"),
        ("UPDATE transcripts SET text = 'no' WHERE text = 'so'", "transcripts .*: what it holds has another hash"),
        ("UPDATE transcripts SET rounds = '[]' WHERE text = 'so'", "transcripts .*: what it holds has another hash"),
        ("DELETE FROM uses", "uses .*: lacks"),
        ("UPDATE workspaces SET state = 'lost' WHERE id = 1", "workspaces 1: there is no state “lost”"),
        ("UPDATE workspaces SET text = 'no' WHERE id = 1", "workspaces 1: it has ended otherwise than its transcript"),
        ("UPDATE workspaces SET key = 'x' WHERE id = 2", "workspaces 2: its key is that of another question"),
        ("UPDATE workspaces SET subject = 'x' WHERE id = 2", "workspaces 2: its subject"),
        (
            "UPDATE workspaces SET budget = '{\"consultations\": 4}' WHERE id = 3",
            "workspaces 3: .* left, and there should be",
        ),
        (
            "UPDATE workspaces SET rounds = 1 WHERE id = 3",
            "workspaces 3: an answer is missing in round 0",
        ),
        ("UPDATE workspaces SET state = 'open' WHERE id = 3", "workspaces 3: round 0 was asked"),
        ("UPDATE workspaces SET lease_until = NULL WHERE id = 2", "workspaces 2: it is held without an end"),
        ("UPDATE workspaces SET transcript_id = NULL WHERE id = 1", "workspaces 1: it has ended, and its transcript"),
        ("UPDATE workspaces SET draft_revision = 9 WHERE id = 2", "drafts 2: the newest has revision 1"),
        ("DELETE FROM drafts", "drafts 2: the newest has revision 0"),
        ("DELETE FROM events WHERE kind = 'posted'", "workspaces 1: no event says that it was posted"),
        ("DELETE FROM events WHERE kind = 'answered'", "workspaces 1: it is answered, and no event says so"),
        (
            "DELETE FROM consultations WHERE workspace_id = 3",
            "workspaces 3: it waits for answers, and nothing is asked",
        ),
        ("UPDATE consultations SET place = 7 WHERE workspace_id = 1", "workspaces 1: a consultation is missing"),
        (
            "UPDATE consultations SET answer = NULL WHERE workspace_id = 1",
            "workspaces 1: an answer is missing in round 0",
        ),
    ],
)
def test_damage_is_found_and_named(crew: Crew, damage: str, named: str) -> None:
    def spoil(connection: object) -> None:
        connection.execute(text(damage))  # type: ignore[attr-defined]

    crew.store.write(spoil)
    found = crew.problems()
    assert found
    import re

    assert any(re.match(named, problem) for problem in found), found
