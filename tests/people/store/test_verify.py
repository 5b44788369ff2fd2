"""Every kind of damage to a store is found and named."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from hch.people.store.acting import submit
from hch.people.store.database import Database, open_store
from hch.people.store.desk import record_shown, take_this
from hch.people.store.items import RATE
from hch.people.store.judging import Verdict, give_verdict
from hch.people.store.projects import Rules
from hch.people.store.refusals import Writing
from hch.people.store.verify import verify
from hch.people.store.withdrawing import withdraw
from hch.types import Ask, Pass, Reply
from tests.people.store.crew import Crew
from tests.people.store.damage import damaged


@pytest.fixture(scope="module")
def lasting(lasting_url: str) -> Iterator[Crew]:
    """A store that every test leaves as it was."""
    with contextlib.closing(open_store(lasting_url)) as store:
        yield at_work(store)


def at_work(store: Database) -> Crew:
    """People who have ended and judged a tree (1), hold one (2), wait in one (3) and have passed one (4)."""
    made = Crew(store, "one?", "two?", "three?", "four?", people=("ann", "bob", "cy", "dee"))
    made.join("jo", "judge")
    made.begin(Rules(judging="rate", consultations=5, depth=1))
    assert made.take("ann") == 1
    made.act("ann", 1, Ask(("below?",)))
    assert made.does("bob", Reply("yes it is")) == 5
    made.act("ann", 1, Reply("so"))
    assert made.take("jo", RATE) == 6
    made.store.write(give_verdict, made.people["jo"], 6, Verdict(rating=3), "t", now=made.now)
    assert made.take("bob") == 2
    made.draft("bob", 2, 0, "half a thought")
    made.draft("bob", 2, 1, "a whole thought")
    assert made.take("cy") == 3
    made.act("cy", 3, Ask(("waits?", "and this?")))
    assert made.take("dee") == 7
    assert made.store.write(take_this, made.people["jo"], 4, made.now) is None
    made.act("jo", 4, Pass("no idea"))
    return made


def problems(crew: Crew, *statements: str) -> list[str]:
    with damaged(crew.store, *statements) as connection:
        return [str(problem) for problem in verify(connection)]


def test_what_people_left_is_as_it_must_be(lasting: Crew) -> None:
    checked = Counter[str]()
    with lasting.store.reading() as connection:
        assert list(verify(connection, checked)) == []
    assert {"workspaces": 8, "consultations": 3, "transcripts": 3, "uses": 1, "contexts": 1}.items() <= checked.items()


def test_what_a_page_showed_is_looked_at_too(store: Database) -> None:
    crew = at_work(store)
    crew.store.write(record_shown, crew.people["bob"], 2, "question: two?", crew.now)
    assert crew.problems() == []
    (result,) = problems(crew, "UPDATE shown SET text = 'question: another?'")
    assert re.match(r"shown [0-9a-f]{32}: its text has another hash", result)


CONTENTS = [
    ("UPDATE contexts SET facts = '[\"another\"]'", "contexts {hash}: its facts have another hash"),
    ("UPDATE contexts SET facts = 'no JSON'", "contexts {hash}: its facts are no list of texts"),
    ("UPDATE contexts SET facts = '[1]'", "contexts {hash}: its facts are no list of texts"),
    ("DELETE FROM contexts", "questions {hash}: its context_id is {hash}, and contexts has no such row"),
    ("UPDATE questions SET text = 'x' WHERE text = 'two?'", "questions {hash}: its text, context and draw have"),
    ("UPDATE questions SET draw = '7' WHERE text = 'two?'", "questions {hash}: its text, context and draw have"),
    ("UPDATE questions SET draw = 'x' WHERE text = 'two?'", "questions {hash}: its text, context and draw have"),
    ("UPDATE questions SET subject = 'x' WHERE text = 'two?'", "questions {hash}: its subject is that of another"),
    ("DELETE FROM questions WHERE text = 'below?'", "transcripts {hash}: the question {hash} that it asked is not"),
    ("UPDATE transcripts SET text = 'no' WHERE text = 'so'", "transcripts {hash}: what it holds has another hash"),
    ("UPDATE transcripts SET rounds = '[]' WHERE text = 'so'", "transcripts {hash}: what it holds has another hash"),
    ("UPDATE transcripts SET rounds = '[' WHERE text = 'so'", "transcripts {hash}: its rounds are no list"),
    ("UPDATE transcripts SET outcome = 'failed' WHERE text = 'so'", "transcripts {hash}: what it holds has another"),
    ("UPDATE transcripts SET by = 'model' WHERE text = 'so'", "transcripts {hash}: what it holds has another hash"),
    ("DELETE FROM transcripts WHERE text = 'yes it is'", "uses {hash} {hash}: its used_id is {hash}, and transcripts"),
    ("DELETE FROM uses", "uses {hash}: lacks {hash}"),
    ("UPDATE uses SET used_id = transcript_id", "uses {hash}: has {hash}, which the transcript does not name"),
]

WORKSPACES = [
    ("UPDATE workspaces SET state = 'lost' WHERE id = 1", "workspaces 1: there is no state “lost”"),
    ("UPDATE workspaces SET kind = 'play' WHERE id = 1", "workspaces 1: there is no kind “play”"),
    ("UPDATE workspaces SET key = 'x' WHERE id = 2", "workspaces 2: its key is that of another question"),
    ("UPDATE workspaces SET key = 'x' WHERE id = 6", "workspaces 6: its key is that of another question"),
    ("UPDATE workspaces SET granted = '{\"words\":2}' WHERE id = 2", "workspaces 2: its key is that of another"),
    ("UPDATE workspaces SET subject = 'x' WHERE id = 2", "workspaces 2: its subject is that of another question"),
    ("UPDATE workspaces SET question_id = 'x' WHERE id = 2", "workspaces 2: its question is not there"),
    ("UPDATE workspaces SET project_id = 9 WHERE id = 2", "workspaces 2: its project_id is 9, and projects has no"),
    ("UPDATE workspaces SET material = '{}' WHERE id = 6", "workspaces 6: it cannot be read: KeyError"),
    ("UPDATE workspaces SET lease_until = NULL WHERE id = 2", "workspaces 2: it is held without an end"),
    ("UPDATE workspaces SET holder_id = NULL WHERE id = 2", "workspaces 2: it has a lease and nobody who holds it"),
    ("UPDATE workspaces SET holder_id = 99 WHERE id = 2", "workspaces 2: its holder_id is 99, and people has no"),
    ("UPDATE workspaces SET holder_id = 1, lease_until = 9 WHERE id = 1", "workspaces 1: it is answered, and still"),
    ("UPDATE workspaces SET person_id = NULL WHERE id = 1", "workspaces 1: it is answered, and nobody did that"),
    ("UPDATE workspaces SET person_id = 3 WHERE id = 1", "workspaces 1: its transcript was made by somebody else"),
    ("UPDATE workspaces SET state = 'open' WHERE id = 1", "workspaces 1: it is not over, and has an ending"),
    ("UPDATE workspaces SET text = 'no' WHERE id = 1", "workspaces 1: it has ended otherwise than its transcript"),
    ("UPDATE workspaces SET reason = 'no' WHERE id = 4", "workspaces 4: it has ended otherwise than its transcript"),
    ("UPDATE workspaces SET transcript_id = NULL WHERE id = 1", "workspaces 1: it has ended, and its transcript is"),
    (
        "UPDATE workspaces SET transcript_id = (SELECT transcript_id FROM workspaces WHERE id = 5) WHERE id = 1",
        "workspaces 1: its transcript is that of another question",
    ),
    ("UPDATE workspaces SET text = '9' WHERE id = 6", "workspaces 6: the event of its ending tells another verdict"),
    ("UPDATE workspaces SET state = 'cancelled' WHERE id = 8", "workspaces 8: it is cancelled, and no event says so"),
    ("UPDATE workspaces SET state = 'cancelled' WHERE id = 8", "workspaces 3: it waits for workspace 8, which is"),
]

ROUNDS = [
    ("UPDATE workspaces SET rounds = 1 WHERE id = 3", "workspaces 3: an answer is missing in round 0, which is over"),
    ("UPDATE workspaces SET rounds = 2 WHERE id = 1", "workspaces 1: round 1 is over, and nothing was asked in it"),
    ("UPDATE workspaces SET rounds = 0 WHERE id = 1", "workspaces 1: round 0 was asked, and the workspace is answered"),
    ("UPDATE workspaces SET state = 'open' WHERE id = 3", "workspaces 3: round 0 was asked, and the workspace is open"),
    ("UPDATE workspaces SET state = 'consulting' WHERE id = 2", "workspaces 2: it waits for answers, and nothing is"),
    ("DELETE FROM consultations WHERE workspace_id = 3", "workspaces 3: it waits for answers, and nothing is asked"),
    ("UPDATE consultations SET place = place + 7 WHERE workspace_id = 1", "workspaces 1: a consultation is missing in"),
    ("UPDATE consultations SET answer = NULL WHERE workspace_id = 1", "workspaces 1: an answer is missing in round 0"),
    (
        'UPDATE consultations SET answer = \'{"text":"yes","outcome":"answered"}\' WHERE workspace_id = 3',
        "workspaces 3: all answers of round 0 are there, and it still waits",
    ),
    (
        'UPDATE consultations SET answer = \'{"text":"no","outcome":"answered"}\' WHERE workspace_id = 1',
        "workspaces 1: its transcript tells of other consultations",
    ),
    ("UPDATE consultations SET key = 'x' WHERE workspace_id = 1", "workspaces 1: the key of what was asked in round 0"),
    (
        "UPDATE consultations SET question_id = (SELECT id FROM questions WHERE text = 'two?') WHERE workspace_id = 1",
        "workspaces 1: its transcript tells of other consultations",
    ),
    ("UPDATE workspaces SET budget = '{\"consultations\":4}' WHERE id = 2", "workspaces 2: inf depth, 4 consultations"),
    ("UPDATE workspaces SET budget = NULL WHERE id = 2", "workspaces 2: no budget left, and there should be 1 depth"),
    ("UPDATE workspaces SET begun = '{\"consultations\":1}' WHERE id = 3", "workspaces 3: round 0 was asked, and"),
    ("UPDATE workspaces SET begun = '{\"words\":-1}' WHERE id = 2", "workspaces 2: it cannot be read: ValueError"),
    ("UPDATE consultations SET granted = '{}' WHERE workspace_id = 3", "workspaces 3: what was asked in round 0"),
]

DRAFTS_AND_EVENTS = [
    ("UPDATE workspaces SET draft_revision = 9 WHERE id = 2", "drafts 2: the newest has revision 2, and should have 9"),
    ("DELETE FROM drafts", "drafts 2: the newest has revision 0, and should have 2"),
    ("DELETE FROM drafts WHERE revision = 1 AND workspace_id = 2", "drafts 2: there are 1 revisions, and should be 2"),
    ("DELETE FROM events WHERE kind = 'posted'", "workspaces 1: no event says that it was posted"),
    ("DELETE FROM events WHERE kind = 'answered'", "workspaces 1: it is answered, and no event says so"),
    ("DELETE FROM events WHERE kind = 'judged'", "workspaces 6: it is answered, and no event says so"),
    ("UPDATE events SET person_id = 3 WHERE kind = 'answered'", "workspaces 1: the event of its ending names another"),
    ("UPDATE events SET data = '{}' WHERE kind = 'answered'", "workspaces 1: the event of its ending names another tr"),
    ("UPDATE submissions SET receipt = '{\"workspace\":7}'", "submissions {hash}: its receipt is not for workspace"),
    ("DELETE FROM transcripts WHERE text = 'so'", "submissions {hash}: its receipt is for the transcript {hash}"),
]


@pytest.mark.parametrize(("done", "named"), CONTENTS + WORKSPACES + ROUNDS + DRAFTS_AND_EVENTS)
def test_damage_is_found_and_named(lasting: Crew, done: str, named: str) -> None:
    result = problems(lasting, done)
    pattern = re.escape(named).replace(r"\{hash\}", "[0-9a-fx]+")
    assert any(re.match(pattern, problem) for problem in result), result


def test_an_answer_that_never_reached_who_waits_for_it_is_found(store: Database) -> None:
    crew = at_work(store)
    crew.act("dee", 7, Reply("here it is"))
    assert crew.problems() == []
    lost = "UPDATE consultations SET answer = NULL, transcript_id = NULL WHERE workspace_id = 3 AND place = 0"
    assert problems(crew, lost) == ["workspaces 3: it waits for workspace 7, which is answered"]


def test_what_is_damaged_beside_much_that_is_not_is_found_alone(lasting: Crew) -> None:
    result = problems(lasting, "UPDATE transcripts SET reason = 'x' WHERE text = 'yes it is'")
    assert len(result) == 2
    assert result[1] == "workspaces 5: it has ended otherwise than its transcript says"


def test_who_passes_before_all_answers_have_come_leaves_the_store_right(store: Database) -> None:
    crew = at_work(store)
    crew.act("cy", 3, Pass("too slow"))
    assert crew.problems() == []
    crew.act("dee", 7, Reply("too late"))
    assert crew.problems() == []
    assert crew.store.write(withdraw, crew.people["cy"], 3, crew.now) is None
    assert crew.problems() == []


def test_a_submission_that_leaves_something_written_keeps_its_revisions_in_order(store: Database) -> None:
    crew = at_work(store)
    item = crew.item(2)
    known = {"revision": item.revision, "draft_revision": item.draft_revision}
    left = Writing(reason="left behind")
    crew.store.write(submit, crew.people["bob"], 2, Reply("two"), "token", now=crew.now, **known, draft=left)
    assert crew.problems() == []
