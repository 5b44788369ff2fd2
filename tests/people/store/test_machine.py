"""Whatever people do in whatever order, the store is as it must be, and nothing that they saved is lost."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
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

from hch.people.store.acting import Receipt
from hch.people.store.answers import answer_waiting, change_rules, waiting_for_model
from hch.people.store.content import get_transcripts
from hch.people.store.database import Database, open_store
from hch.people.store.desk import release, skip, take_away, take_this, touch
from hch.people.store.drafts import Draft
from hch.people.store.items import CHOOSE, CONSULTING, ENDED, OPEN, WORK, Item
from hch.people.store.judging import Judged, Verdict, give_verdict
from hch.people.store.projects import Rules
from hch.people.store.refusals import Refusal
from hch.people.store.tables import drafts, transcripts, workspaces
from hch.people.store.withdrawing import withdraw
from hch.types import Answer, Ask, Pass, Reply, walk
from tests.people.store.crew import Crew

LEASE, TIME_TO_TAKE_BACK = 100.0, 300.0
NAMES = ("ann", "bob", "cy")
RULES = Rules(
    depth=2, copies=2, consultations=6, judging="choose", lease_seconds=LEASE, withdraw_seconds=TIME_TO_TAKE_BACK
)
ACTIONS = (Ask(("a?",)), Ask(("a?", "b?")), Ask(("b?", "b?")), Reply("yes"), Reply("no"), Pass("why not"))

Known = tuple[str, int, Item]
"""What somebody has before them: who, the number of the workspace, and how it was when they looked."""


class Desk(RuleBasedStateMachine):
    """Three people who answer and ask, and one who judges; two questions in two copies, two levels; time passes."""

    seen: Bundle[Known] = Bundle("seen")
    sent: Bundle[tuple[str, int, Any, str, Item, Receipt]] = Bundle("sent")
    judged: Bundle[tuple[int, Verdict, str, Judged]] = Bundle("judged")

    def new_store(self) -> Database:
        self.folder = tempfile.TemporaryDirectory(prefix="desk-")
        return open_store(f"sqlite:///{self.folder.name}/store.db")

    @initialize()
    def begin(self) -> None:
        self.crew = Crew(self.new_store(), "one?", "two?", people=NAMES)
        self.crew.join("jo", "judge")
        self.crew.begin(RULES)
        self.written: set[tuple[int, str]] = set()
        self.transcripts: set[str] = set()
        self.tokens = 0

    def new_token(self) -> str:
        """Each page that is opened has one of its own."""
        self.tokens += 1
        return f"page {self.tokens}"

    def teardown(self) -> None:
        if hasattr(self, "crew"):
            self.crew.store.close()
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def held(self) -> dict[int, tuple[int | None, float | None]]:
        w = workspaces.c
        rows = self.crew.store.read(lambda c: list(c.execute(select(w.id, w.holder_id, w.lease_until))))
        return {row.id: (row.holder_id, row.lease_until) for row in rows}

    def taken_rightly(self, name: str, id_: int, before: dict[int, tuple[int | None, float | None]]) -> None:
        """Nobody else held it, and nobody else's hold on anything has changed."""
        person = self.crew.people[name]
        holder, until = before[id_]
        assert holder in (None, person) or (until is not None and until < self.crew.now)
        after = self.held()
        assert after.pop(id_)[0] == person
        assert after == {one: before[one] for one in after}

    @rule(seconds=st.sampled_from([1.0, 30.0, 90.0, 150.0]))
    def time_passes(self, seconds: float) -> None:
        self.crew.now += seconds

    @rule(target=seen, name=st.sampled_from(NAMES))
    def take(self, name: str) -> Any:
        before = self.held()
        id_ = self.crew.take(name)
        if id_ is None:
            return multiple()
        self.taken_rightly(name, id_, before)
        item = self.crew.item(id_)
        assert (item.state, item.kind) == (OPEN, WORK)
        return name, id_, item

    @rule(target=seen, name=st.sampled_from(NAMES), id_=st.integers(1, 12))
    def take_a_certain_one(self, name: str, id_: int) -> Any:
        before = self.held()
        refused = self.crew.store.write(take_this, self.crew.people[name], id_, self.crew.now)
        if refused is not None:
            assert self.held() == before
            return multiple()
        self.taken_rightly(name, id_, before)
        return name, id_, self.crew.item(id_)

    @rule(target=seen, known=seen)
    def look_again(self, known: Known) -> Known:
        return known[0], known[1], self.crew.item(known[1])

    @rule(known=seen, text=st.text(alphabet="ab\x00", max_size=3))
    def draft(self, known: Known, text: str) -> None:
        name, id_, item = known
        done = self.crew.draft(name, id_, item.draft_revision, text)
        if isinstance(done, Draft):
            assert self.crew.item(id_).draft_revision == done.revision
        else:
            assert done.yours.reply == text
        if text:
            self.written.add((id_, text))

    @rule(target=sent, known=seen, action=st.sampled_from(ACTIONS))
    def act(self, known: Known, action: Any) -> Any:
        name, id_, item = known
        before = self.crew.item(id_)
        token = self.new_token()
        done = self.crew.act(name, id_, action, token, item)
        after = self.crew.item(id_)
        if isinstance(done, Refusal):
            assert (after.state, after.revision, after.text) == (before.state, before.revision, before.text)
            return multiple()
        assert (before.holder, before.revision) == (self.crew.people[name], item.revision)
        assert before.state == OPEN or (before.state == CONSULTING and isinstance(action, Pass))
        assert after.revision == done.revision > before.revision
        if done.transcript is not None:
            self.transcripts.add(done.transcript)
        return name, id_, action, token, item, done

    @rule(known=sent)
    def act_once_more(self, known: tuple[str, int, Any, str, Item, Receipt]) -> None:
        name, id_, action, token, item, done = known
        before = self.crew.item(id_)
        assert self.crew.act(name, id_, action, token, item) == done
        assert self.crew.item(id_) == before

    @rule(known=seen, paused=st.booleans())
    def touch(self, known: Known, paused: bool) -> None:
        name, id_, _ = known
        before = self.crew.item(id_).active_seconds
        active = self.crew.store.write(touch, self.crew.people[name], id_, self.crew.now, paused=paused)
        assert active is None or before <= active <= self.crew.now

    @rule(known=seen)
    def put_back(self, known: Known) -> None:
        self.crew.store.write(release, self.crew.people[known[0]], known[1], self.crew.now)

    @rule(known=seen)
    def take_from(self, known: Known) -> None:
        self.crew.store.write(take_away, known[1], self.crew.people["jo"], self.crew.now)
        assert self.crew.item(known[1]).holder is None

    @rule(known=seen)
    def skip(self, known: Known) -> None:
        self.crew.store.write(skip, self.crew.people[known[0]], known[1], "too hard", self.crew.now)

    @rule(known=sent)
    def take_back(self, known: tuple[str, int, Any, str, Item, Receipt]) -> None:
        name, id_ = known[:2]
        before = self.crew.item(id_)
        refused = self.crew.store.write(withdraw, self.crew.people[name], id_, self.crew.now)
        after = self.crew.item(id_)
        if refused is not None:
            assert after == before
            return
        assert before.state in (*ENDED, CONSULTING)
        assert after.state in (OPEN, CONSULTING)
        assert after.holder is not None
        assert after.revision > before.revision

    @rule(target=judged, choice=st.sampled_from([None, 0, 1]))
    def judge(self, choice: int | None) -> Any:
        id_ = self.crew.take("jo", CHOOSE)
        if id_ is None:
            return multiple()
        said, token = Verdict(choice=choice), self.new_token()
        done = self.crew.store.write(give_verdict, self.crew.people["jo"], id_, said, token, now=self.crew.now)
        assert isinstance(done, Judged)
        return id_, said, token, done

    @rule(known=judged)
    def judge_once_more(self, known: tuple[int, Verdict, str, Judged]) -> None:
        id_, said, token, done = known
        jo = self.crew.people["jo"]
        assert self.crew.store.write(give_verdict, jo, id_, said, token, now=self.crew.now) == done

    @rule(other_side=st.sampled_from(["people", "model"]))
    def rules_change(self, other_side: Any) -> None:
        rules = Rules(**{name: getattr(RULES, name) for name in RULES.__struct_fields__} | {"other_side": other_side})
        self.crew.store.write(change_rules, self.crew.project.id, rules, self.crew.now)

    @rule(most=st.integers(1, 2))
    def model_answers(self, most: int) -> None:
        for waiting in self.crew.store.read(waiting_for_model, self.crew.project.id, most):
            assert self.crew.store.write(answer_waiting, waiting, Answer("m", by="model"), self.crew.now)

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        if hasattr(self, "crew"):
            assert self.crew.problems() == []

    @invariant()
    def nothing_that_was_written_is_lost(self) -> None:
        if hasattr(self, "crew"):
            rows = self.crew.store.read(lambda c: list(c.execute(select(drafts.c.workspace_id, drafts.c.content))))
            assert self.written <= {(row.workspace_id, row.content.get("reply", "")) for row in rows}
            kept = self.crew.store.read(lambda c: set(c.execute(select(transcripts.c.id)).scalars()))
            assert self.transcripts <= kept

    @invariant()
    def every_question_in_a_tree_that_is_over_has_an_outcome(self) -> None:
        if hasattr(self, "crew"):
            w = workspaces.c
            over = select(w.transcript_id).where(w.state.in_(ENDED), w.kind == WORK)
            ids = self.crew.store.read(lambda c: list(c.execute(over).scalars()))
            for tree in self.crew.store.read(get_transcripts, ids).values():
                for _, one in walk(tree):
                    assert one.outcome in ENDED
                    assert all(consultation.answer.outcome in ENDED for consultation in one.consultations)


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=6, stateful_step_count=25, deadline=None)


@pytest.mark.slow
def test_the_same_holds_in_longer_stories() -> None:
    run(Desk, max_examples=100, stateful_step_count=50)


@pytest.mark.slow
def test_the_same_holds_in_postgresql(new_postgres: Callable[[], str]) -> None:
    class InPostgres(Desk):
        def new_store(self) -> Database:
            return open_store(new_postgres())

    run(InPostgres, max_examples=10, stateful_step_count=40)


def run(machine: type[RuleBasedStateMachine], **more: Any) -> None:
    long = settings(deadline=None, suppress_health_check=list(HealthCheck), **more)
    run_state_machine_as_test(machine, settings=long)
