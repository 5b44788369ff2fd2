"""Whatever people do, in whatever order: nothing is lost, nothing is doubled, nobody holds what another holds."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from hch.store.database import Database, open_store
from hch.store.desk import release, skip, touch
from hch.store.drafts import Draft
from hch.store.items import OPEN, Item
from hch.store.projects import Rules
from hch.store.refusals import Refusal
from hch.store.tables import drafts, workspaces
from hch.store.withdrawing import withdraw
from hch.types import Ask, Outcome, Pass, Reply
from tests.store.crew import Crew

LEASE = 100.0
NAMES = ("ann", "bob", "cy")


class Desk(RuleBasedStateMachine):
    """Three people, two questions in two copies, two levels, and time that passes."""

    seen: Bundle[tuple[str, int, Item]] = Bundle("seen")
    sent: Bundle[tuple[str, int, Any, str, Item, Any]] = Bundle("sent")

    def new_store(self) -> Database:
        self.folder = tempfile.TemporaryDirectory(prefix="desk-")
        return open_store(f"sqlite:///{self.folder.name}/store.db")

    @initialize()
    def begin(self) -> None:
        self.crew = Crew(self.new_store(), "one?", "two?", people=NAMES)
        self.crew.begin(Rules(depth=2, copies=2, consultations=6, lease_seconds=LEASE, withdraw_seconds=300))
        self.saved: set[tuple[int, str]] = set()

    def teardown(self) -> None:
        if hasattr(self, "crew"):
            self.crew.store.close()
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(seconds=st.sampled_from([1.0, 30.0, 90.0, 150.0]))
    def time_passes(self, seconds: float) -> None:
        self.crew.now += seconds

    @rule(target=seen, name=st.sampled_from(NAMES))
    def take(self, name: str) -> Any:
        id_ = self.crew.take(name)
        if id_ is None:
            return multiple()
        item = self.crew.item(id_)
        assert item.state == OPEN
        assert item.holder == self.crew.people[name]
        return name, id_, item

    @rule(target=seen, known=seen)
    def look_again(self, known: tuple[str, int, Item]) -> tuple[str, int, Item]:
        return known[0], known[1], self.crew.item(known[1])

    @rule(known=seen, text=st.text(alphabet="ab\x00", max_size=3))
    def draft(self, known: tuple[str, int, Item], text: str) -> None:
        name, id_, item = known
        done = self.crew.draft(name, id_, item.draft_revision, text)
        if isinstance(done, Draft) and text:
            self.saved.add((id_, text))
        elif isinstance(done, Refusal):
            assert done.yours.reply == text
            self.saved.add((id_, text))

    @rule(
        target=sent,
        known=seen,
        action=st.sampled_from([Ask(("a?",)), Ask(("a?", "b?")), Reply("yes"), Reply("no"), Pass("why not")]),
        number=st.integers(0, 10**9),
    )
    def act(self, known: tuple[str, int, Item], action: Any, number: int) -> Any:
        name, id_, item = known
        before = self.crew.item(id_)
        token = f"{name} {id_} {number}"
        done = self.crew.act(name, id_, action, token, item)
        after = self.crew.item(id_)
        if isinstance(done, Refusal):
            assert (after.state, after.revision, after.text) == (before.state, before.revision, before.text)
            return multiple()
        assert (before.state, before.holder, before.revision) == (OPEN, self.crew.people[name], item.revision)
        assert after.revision > before.revision
        return name, id_, action, token, item, done

    @rule(known=sent)
    def act_once_more(self, known: tuple[str, int, Any, str, Item, Any]) -> None:
        name, id_, action, token, item, done = known
        before = self.crew.item(id_)
        assert self.crew.act(name, id_, action, token, item) == done
        assert self.crew.item(id_) == before

    @rule(known=seen, paused=st.booleans())
    def touch(self, known: tuple[str, int, Item], paused: bool) -> None:
        name, id_, _ = known
        before = self.crew.item(id_).active_seconds
        active = self.crew.store.write(touch, self.crew.people[name], id_, self.crew.now, paused=paused)
        assert active is None or before <= active <= self.crew.now

    @rule(known=seen)
    def put_back(self, known: tuple[str, int, Item]) -> None:
        self.crew.store.write(release, self.crew.people[known[0]], known[1], self.crew.now)

    @rule(known=seen)
    def skip(self, known: tuple[str, int, Item]) -> None:
        self.crew.store.write(skip, self.crew.people[known[0]], known[1], "too hard", self.crew.now)

    @rule(known=sent)
    def take_back(self, known: tuple[str, int, Any, str, Item, Any]) -> None:
        name, id_ = known[:2]
        refused = self.crew.store.write(withdraw, self.crew.people[name], id_, self.crew.now)
        if refused is None:
            item = self.crew.item(id_)
            assert (item.state, item.holder) == (OPEN, self.crew.people[name])

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        if hasattr(self, "crew"):
            assert self.crew.problems() == []

    @invariant()
    def nothing_that_was_written_is_lost(self) -> None:
        if hasattr(self, "crew"):
            rows = self.crew.store.read(lambda c: list(c.execute(select(drafts.c.workspace_id, drafts.c.content))))
            kept = {(row.workspace_id, row.content.get("reply", "")) for row in rows}
            assert self.saved <= kept

    @invariant()
    def what_has_ended_has_a_transcript_and_no_holder(self) -> None:
        if hasattr(self, "crew"):
            w = workspaces.c
            ended = select(w.holder_id, w.transcript_id).where(
                w.state.in_([str(Outcome.ANSWERED), str(Outcome.PASSED)])
            )
            for holder, transcript in self.crew.store.read(lambda c: list(c.execute(ended))):
                assert holder is None
                assert transcript is not None


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)


@pytest.mark.slow
def test_the_same_holds_in_postgresql(new_postgres: Any) -> None:
    class InPostgres(Desk):
        def new_store(self) -> Database:
            return open_store(new_postgres())

    quick = settings(max_examples=3, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(InPostgres, settings=quick)
