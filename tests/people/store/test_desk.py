"""Who is given which workspace, and for how long."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, text

from hch.people.store import desk
from hch.people.store.acting import Receipt
from hch.people.store.database import Database
from hch.people.store.desk import has_work, items_held_by, release, skip, take, take_away, take_this, touch
from hch.people.store.items import OPEN, WORK
from hch.people.store.people import change_person
from hch.people.store.posting import post, post_roots
from hch.people.store.projects import Rules, make_project
from hch.people.store.refusals import Refusal
from hch.types import Ask, Question, Reply
from tests.people.store.crew import TOWN, Crew


def test_what_somebody_waits_for_comes_first_and_one_s_own_before_that(store: Database) -> None:
    crew = Crew(store, "one?", "two?", "three?")
    crew.begin(Rules(lease_seconds=100))
    assert crew.does("ann", Ask(("below?",))) == 1
    assert crew.take("bob") == 4
    assert crew.does("bob", Reply("so")) == 4
    assert crew.take("bob") == 2
    crew.now += 200
    assert crew.take("ann") == 1, "ann has asked here, and gets it back though her lease has run out"


def test_a_higher_priority_comes_first(store: Database) -> None:
    crew = Crew(store, "one?")
    crew.begin(Rules())
    urgent = store.write(post, crew.project, [Question("urgent?", TOWN)], crew.now, priority=5).ids
    assert [crew.take("ann")] == urgent


def test_one_project_can_be_worked_on_alone(store: Database) -> None:
    crew = Crew(store)
    crew.begin(Rules())
    other = store.write(make_project, "other", Rules(), now=crew.now)
    there = store.write(post_roots, other, [Question("Why not?", TOWN)], crew.now).ids
    assert [store.write(take, crew.people["ann"], [WORK], crew.now, other.id)] == there
    assert store.write(take, crew.people["bob"], [WORK], crew.now, other.id) is None


def test_who_asked_may_answer_only_when_nobody_else_could(store: Database) -> None:
    crew = Crew(store, people=("ann", "bob"))
    crew.begin(Rules())
    crew.does("ann", Ask(("below?",)))
    assert crew.take("ann") is None
    below = crew.take("bob")
    assert below is not None
    store.write(release, crew.people["bob"], below, crew.now)
    assert crew.take("ann") is None, "bob has seen it, and may well answer it"
    crew.take("bob")
    store.write(skip, crew.people["bob"], below, "not my field", crew.now)
    assert crew.take("ann") == below, "bob has skipped it"


def test_who_has_left_could_not_answer(store: Database) -> None:
    crew = Crew(store, people=("ann", "bob"))
    crew.begin(Rules())
    crew.does("ann", Ask(("below?",)))
    store.write(change_person, crew.people["bob"], crew.now, active=False)
    assert crew.take("ann") == 2


def test_the_same_question_with_another_budget_may_be_answered_again(store: Database) -> None:
    crew = Crew(store, "one?", "two?", people=("ann", "bob", "cy"))
    crew.begin(Rules(consultations=4))
    for name, id_, asked in (("ann", 1, ("same?",)), ("bob", 2, ("same?", "more?"))):
        store.write(take_this, crew.people[name], id_, crew.now)
        assert isinstance(crew.act(name, id_, Ask(asked)), Receipt)
    given = [crew.does("cy", Reply("so")) for _ in range(3)]
    assert len(set(given)) == 3
    assert crew.item(1).state == crew.item(2).state == OPEN


def test_waiting_work_is_told_of_and_not_taken(store: Database) -> None:
    crew = Crew(store)
    crew.begin(Rules())
    assert store.read(has_work, crew.people["ann"], [WORK], crew.now)
    assert crew.item(1).holder is None
    crew.take("ann")
    assert store.read(has_work, crew.people["ann"], [WORK], crew.now), "what one holds is waiting for one"
    assert not store.read(has_work, crew.people["bob"], [WORK], crew.now)


def test_whoever_holds_what_is_seen_and_a_researcher_may_take_it_away(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    crew.begin(Rules())
    crew.does("ann", Ask(("below?",)))
    assert crew.take("ann") == 2
    assert [item.id for item in store.read(items_held_by, crew.people["ann"])] == [1, 2]
    store.write(take_away, 2, crew.people["dee"], crew.now)
    assert [item.id for item in store.read(items_held_by, crew.people["ann"])] == [1]
    assert store.write(touch, crew.people["ann"], 2, crew.now) is None
    refused = crew.act("ann", 2, Reply("so"))
    assert isinstance(refused, Refusal)
    assert (refused.why, refused.yours.reply) == ("held", "so")


def test_time_of_a_lease_that_ran_out_is_not_counted_for_who_takes_over(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules(lease_seconds=100))
    crew.take("ann")
    for _ in range(3):
        crew.now += 10
        store.write(touch, crew.people["ann"], id_, crew.now)
    crew.now += 1000
    crew.take("bob")
    crew.now += 7
    assert store.write(touch, crew.people["bob"], id_, crew.now) == 37


def test_who_waits_for_answers_keeps_the_workspace_however_long_that_takes(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules(lease_seconds=100))
    crew.does("ann", Ask(("below?",)))
    crew.now += 10_000
    refused = store.write(take_this, crew.people["bob"], 1, crew.now)
    assert refused is None or refused.why == "held"
    crew.does("cy", Reply("so"))
    item = crew.item(id_)
    assert (item.state, item.lease_until) == (OPEN, crew.now + 100)


def together(*acts: Callable[[], Any]) -> list[Any]:
    """What these return when they are done at the same moment."""
    gate, result = threading.Barrier(len(acts)), dict[int, Any]()

    def act(number: int) -> None:
        gate.wait()
        result[number] = acts[number]()

    threads = [threading.Thread(target=act, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [result[number] for number in range(len(acts))]


def test_who_takes_twice_at_once_gets_one_copy_and_not_two(store: Database) -> None:
    crew = Crew(store)
    crew.begin(Rules(copies=2))
    for _ in range(10):
        first, second = together(*[lambda: crew.take("ann")] * 2)
        assert first == second
        store.write(release, crew.people["ann"], first, crew.now)


def test_many_who_take_at_once_get_one_each(store: Database) -> None:
    names = [f"person {number}" for number in range(8)]
    crew = Crew(store, *(f"{number}?" for number in range(8)), people=names)
    crew.begin(Rules())
    assert sorted(together(*[lambda name=name: crew.take(name) for name in names])) == list(range(1, 9))


def test_what_is_next_is_found_by_an_index_however_much_waits(store: Database) -> None:
    crew = Crew(store)
    crew.begin(Rules())
    store.write(post_roots, crew.project, [Question(f"{number}?", TOWN) for number in range(1500)], crew.now)
    if not store.is_sqlite:
        store.write(lambda connection: connection.execute(text("ANALYZE")))
    ways = (
        (desk.query_held, "ix_workspaces_holder"),
        (desk.again_query, "ix_workspaces_person"),
        (desk.next_query, "ix_workspaces_next"),
    )
    for query, index in ways:
        for everywhere in (True, False):
            plan = plan_of(store, query(everywhere, False), project=crew.project.id)
            assert re.search(rf"{index} on workspaces |SEARCH workspaces USING INDEX {index}", plan), plan
            assert not re.search("Seq Scan on workspaces |SCAN workspaces", plan), plan
            assert query is not desk.next_query or not re.search("Sort|TEMP B-TREE", plan), plan


def plan_of(store: Database, query: Select[Any], project: int) -> str:
    values = {"person": 1, "now": 0.0, "kinds": [WORK], "kind": WORK, "project": project}
    plain = str(query.params(**values).compile(store.engine, compile_kwargs={"literal_binds": True}))
    how = "EXPLAIN QUERY PLAN " if store.is_sqlite else "EXPLAIN "
    with store.reading() as connection:
        return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(how + plain))
