"""What is written is kept: every revision, what came too late, and what was written by who lost the workspace."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import select, update

from hch.people.store.acting import Receipt, submit
from hch.people.store.database import Database
from hch.people.store.desk import release
from hch.people.store.drafts import Draft, draft_history, latest_draft, save_draft
from hch.people.store.projects import Rules
from hch.people.store.refusals import Refusal, Writing
from hch.people.store.tables import drafts, events, submissions, workspaces
from hch.types import Ask, Reply
from tests.people.store.crew import Crew


def written(store: Database, refused: bool) -> list[str]:
    query = select(drafts.c.content).where(drafts.c.refused.is_(refused)).order_by(drafts.c.id)
    return store.read(lambda c: [content.get("reply", "") for content in c.execute(query).scalars()])


def test_whoever_has_lost_a_workspace_loses_no_word(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules(lease_seconds=100))
    crew.take("ann")
    crew.draft("ann", id_, 0, "first half")
    crew.now += 1000
    assert crew.take("bob") == id_
    for text in ("first half, second half", "first half, second half"):
        refused = crew.draft("ann", id_, 1, text)
        assert isinstance(refused, Refusal)
        assert (refused.why, refused.current.reply, refused.yours.reply) == ("held", "first half", text)
    assert written(store, refused=True) == ["first half, second half"], "sent twice, kept once"
    kinds = store.read(lambda c: list(c.execute(select(events.c.kind)).scalars()))
    assert kinds.count("draft refused") == 1


def test_who_gets_it_back_goes_on_from_their_own_draft(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.take("ann")
    crew.draft("ann", id_, 0, "ann 1")
    crew.draft("ann", id_, 1, "ann 2")
    store.write(release, crew.people["ann"], id_, crew.now)
    crew.take("bob")
    crew.draft("bob", id_, crew.item(id_).draft_revision, "bob 1")
    store.write(release, crew.people["bob"], id_, crew.now)
    assert crew.take("ann") == id_
    again = crew.draft("ann", id_, crew.item(id_).draft_revision, "ann 2")
    assert again == Draft(3, Writing("ann 2"), crew.now), "unchanged, on the newest revision of all"
    saved = crew.draft("ann", id_, 3, "ann 3")
    assert isinstance(saved, Draft)
    assert saved.revision == 4
    history = store.read(draft_history, crew.people["ann"], id_)
    assert [(draft.revision, draft.content.reply) for draft in history] == [(1, "ann 1"), (2, "ann 2"), (4, "ann 3")]


def test_undo_is_a_new_revision_and_forgets_nothing(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.take("ann")
    for revision, text in enumerate(("a", "ab", "a")):
        assert isinstance(crew.draft("ann", id_, revision, text), Draft)
    assert written(store, refused=False) == ["a", "ab", "a"]


def test_all_that_was_written_comes_back_whatever_it_is(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.take("ann")
    content = Writing("reply \x00", ("one \ud800", "", "\x02two"), "\u202ereason")
    store.write(save_draft, crew.people["ann"], id_, 0, content, now=crew.now)
    result = store.read(latest_draft, crew.people["ann"], id_)
    assert result is not None
    assert result.content == content


def test_what_is_refused_for_want_of_budget_is_kept(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules(words=3))
    crew.take("ann")
    refused = crew.act("ann", id_, Reply("these are too many words"))
    assert isinstance(refused, Refusal)
    assert (refused.why, refused.yours.reply) == ("budget", "these are too many words")
    assert written(store, refused=True) == ["these are too many words"]
    assert isinstance(crew.act("ann", id_, Reply("just three words")), Receipt), "the last permitted one counts"


def test_a_submission_empties_the_draft_or_leaves_what_the_page_keeps(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    crew.begin(Rules(other_side="model"))
    ann = crew.people["ann"]
    crew.take("ann")
    crew.draft("ann", 1, 0, "half a reply")
    known = {"revision": 0, "draft_revision": 1}
    left = Writing("half a reply")
    done = store.write(submit, ann, 1, Ask(("a?",)), "t", now=crew.now, **known, draft=left)
    assert isinstance(done, Receipt)
    kept = store.read(latest_draft, ann, 1)
    assert kept == Draft(2, left, crew.now)
    crew.take("ann")
    crew.draft("ann", 2, 0, "whole")
    crew.act("ann", 2, Reply("whole"))
    assert store.read(latest_draft, ann, 2) == Draft(2, Writing(), crew.now)


def test_the_event_of_an_act_tells_how_much_work_it_was(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.take("ann")
    for revision, text in enumerate(("a", "ab", "abc")):
        crew.now += 10
        crew.draft("ann", id_, revision, text)
    crew.act("ann", id_, Reply("abc"))
    (data,) = store.read(lambda c: list(c.execute(select(events.c.data).where(events.c.kind == "answered")).scalars()))
    assert (data["drafts"], data["active_seconds"]) == (3, 30)
    assert "edits_from_suggestion" not in data


def test_how_far_an_answer_is_from_the_suggestion_is_told(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    crew.begin(Rules(other_side="model", suggest=True))
    for id_, text in ((1, "It is old"), (2, "")):
        suggested = update(workspaces).where(workspaces.c.id == id_).values(suggestion=text)
        store.write(lambda c, suggested: c.execute(suggested), suggested)
        crew.does("ann", Reply("It is cold."))
    query = select(events.c.data).where(events.c.kind == "answered").order_by(events.c.workspace_id)
    first, second = store.read(lambda c: list(c.execute(query).scalars()))
    assert first["edits_from_suggestion"] == 2
    assert "edits_from_suggestion" not in second, "nothing was suggested"


def test_sent_twice_at_the_same_moment_it_is_done_once_and_both_are_told_so(store: Database) -> None:
    crew = Crew(store, *(f"{number}?" for number in range(5)))
    crew.begin(Rules(other_side="model"))
    for _ in crew.questions:
        id_ = crew.take("ann")
        assert id_ is not None
        known = crew.item(id_)
        gate, result = threading.Barrier(2), list[Any]()

        def send(id_: int = id_, known: Any = known, gate: Any = gate, result: Any = result) -> None:
            gate.wait()
            result.append(crew.act("ann", id_, Reply("so"), "the same", known))

        threads = [threading.Thread(target=send) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert isinstance(result[0], Receipt)
        assert result[0] == result[1]
    assert store.read(lambda c: len(list(c.execute(select(submissions.c.id))))) == 5
    assert written(store, refused=True) == []


def test_any_token_will_do(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.take("ann")
    known = crew.item(id_)
    token = "\x00\ud800" + "x" * 10_000
    done = crew.act("ann", id_, Reply("so"), token, known)
    assert isinstance(done, Receipt)
    assert crew.act("ann", id_, Reply("so"), token, known) == done


def test_a_token_gives_nobody_else_and_nowhere_else_a_receipt(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    crew.begin(Rules())
    crew.take("ann")
    crew.act("ann", 1, Reply("secret"), "token")
    refused = crew.act("bob", 1, Reply("mine"), "token")
    assert isinstance(refused, Refusal)
    elsewhere = crew.act("ann", 2, Reply("mine"), "token")
    assert isinstance(elsewhere, Refusal)
    assert elsewhere.why == "held"
