"""Judges: who may be one, what they see in which order, and what becomes of it."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from hch.people.store.acting import Receipt
from hch.people.store.database import Database
from hch.people.store.desk import release, take_this
from hch.people.store.items import CHOOSE, RATE, WORK
from hch.people.store.judging import TIE, Judged, Verdict, give_verdict
from hch.people.store.projects import Rules
from hch.people.store.refusals import Refusal
from hch.people.store.tables import events
from hch.types import Ask, Pass, Reply
from tests.people.store.crew import Crew


def verdict(crew: Crew, name: str, id_: int, said: Verdict, token: str = "t") -> Judged | Refusal:
    return crew.store.write(give_verdict, crew.people[name], id_, said, token, now=crew.now)


def test_nobody_judges_who_had_any_of_it_before_them_even_if_another_ended_it(store: Database) -> None:
    crew = Crew(store, people=("ann", "bob", "cy", "dee", "eve"))
    crew.begin(Rules(judging="rate", depth=2, lease_seconds=100))
    crew.does("ann", Ask(("middle?",)))
    middle = crew.does("bob", Ask(("deep?",)))
    deep = crew.take("cy")
    assert deep is not None
    crew.draft("cy", deep, 0, "cy has thought about it")
    crew.store.write(release, crew.people["cy"], deep, crew.now)
    crew.does("dee", Reply("deep"))
    crew.act("bob", middle, Reply("middle"))
    crew.does("ann", Reply("so"))
    assert [crew.take(name, RATE) for name in ("ann", "bob", "cy", "dee")] == [None] * 4
    judged = crew.take("eve", RATE)
    assert judged is not None
    refused = store.write(take_this, crew.people["cy"], judged, crew.now)
    assert isinstance(refused, Refusal)
    assert refused.why == "held"


def test_who_has_judged_a_question_answers_no_copy_of_it(store: Database) -> None:
    crew = Crew(store)
    first, second = crew.begin(Rules(judging="rate", copies=2))
    crew.join("eve", "researcher")
    crew.does("ann", Reply("so"))
    assert crew.take("eve", RATE) is not None
    assert crew.take("eve") is None
    assert crew.take("bob") == second
    assert first != second


def test_each_of_several_judges_gets_one_and_no_judge_two(store: Database) -> None:
    crew = Crew(store)
    crew.begin(Rules(judging="rate", judges=2))
    crew.does("ann", Reply("so"))
    first = crew.take("bob", RATE)
    assert first is not None
    assert isinstance(verdict(crew, "bob", first, Verdict(rating=5)), Judged)
    assert crew.take("bob", RATE) is None
    assert crew.take("cy", RATE) not in (None, first)
    assert crew.take("dee", RATE) is None


def test_only_roots_that_were_answered_are_judged(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    crew.begin(Rules(judging="rate"))
    crew.does("ann", Ask(("below?",)))
    crew.does("bob", Reply("so"))
    assert crew.take("dee", RATE) is None
    crew.does("ann", Pass("no idea"))
    assert crew.take("dee", RATE) is None


def test_equal_answers_are_nothing_to_choose_from(store: Database) -> None:
    crew = Crew(store)
    crew.begin(Rules(judging="choose", copies=3))
    crew.does("ann", Reply("same"))
    crew.does("bob", Reply("same"))
    assert crew.take("dee", CHOOSE) is None
    crew.does("cy", Reply("other"))
    id_ = crew.take("dee", CHOOSE)
    assert id_ is not None
    material = crew.item(id_).material
    assert material is not None
    assert material["answers"] == ["same", "other"]


def test_the_order_is_drawn_for_each_judge_and_written_down_with_who_had_it(store: Database) -> None:
    crew = Crew(store, *(f"{number}?" for number in range(8)))
    crew.begin(Rules(judging="choose", copies=2, judges=2))
    for name, text in (("ann", "first"), ("bob", "second")):
        for _ in crew.questions:
            crew.does(name, Reply(text))
    drawn: dict[str, list[list[int]]] = {"cy": [], "dee": []}
    for name, orders in drawn.items():
        for _ in crew.questions:
            id_ = crew.take(name, CHOOSE)
            assert id_ is not None
            material = crew.item(id_).material
            assert material is not None
            orders.append(material["order"])
            verdict(crew, name, id_, Verdict(choice=None), f"t {id_}")
    assert drawn["cy"] != drawn["dee"]
    query = select(events.c.person_id, events.c.data).where(events.c.kind == "taken").order_by(events.c.id)
    kept: dict[str, list[list[int]]] = {"cy": [], "dee": []}
    names = {number: name for name, number in crew.people.items()}
    for row in store.read(lambda connection: list(connection.execute(query))):
        if "order" in row.data:
            kept[names[row.person_id]].append(row.data["order"])
    assert kept == drawn


@given(st.sampled_from([None, 0, 1]), st.booleans())
def test_the_order_of_the_page_undone_twice_is_the_order_of_the_page(choice: int | None, swapped: bool) -> None:
    order = [1, 0] if swapped else [0, 1]
    stored = TIE if choice is None else str(order[choice])
    back = None if stored == TIE else order.index(int(stored))
    assert back == choice


@pytest.mark.parametrize("rating", [None, -1, 11])
def test_what_is_no_rating_is_refused_and_may_be_given_again(store: Database, rating: int | None) -> None:
    crew = Crew(store)
    crew.begin(Rules(judging="rate"))
    crew.does("ann", Reply("so"))
    id_ = crew.take("bob", RATE)
    assert id_ is not None
    refused = verdict(crew, "bob", id_, Verdict(rating=rating))
    assert isinstance(refused, Refusal)
    assert verdict(crew, "bob", id_, Verdict(rating=10)) == Judged(id_, "10")


def test_a_verdict_counts_once_and_only_of_who_has_it(store: Database) -> None:
    crew = Crew(store)
    crew.begin(Rules(judging="rate"))
    crew.does("ann", Reply("so"))
    id_ = crew.take("bob", RATE)
    assert id_ is not None
    refused = verdict(crew, "cy", id_, Verdict(rating=1))
    assert isinstance(refused, Refusal)
    assert refused.why == "held"
    done = verdict(crew, "bob", id_, Verdict(rating=2))
    assert verdict(crew, "bob", id_, Verdict(rating=2)) == done
    refused = verdict(crew, "bob", id_, Verdict(rating=2), "another token")
    assert isinstance(refused, Refusal)
    assert refused.why == "ended"
    assert isinstance(verdict(crew, "bob", 1, Verdict(rating=2)), Refusal), "a workspace is nothing to judge"


def test_nobody_answers_what_is_for_a_judge(store: Database) -> None:
    crew = Crew(store)
    crew.begin(Rules(judging="rate"))
    crew.does("ann", Reply("so"))
    assert crew.take("bob", WORK) is None
    id_ = crew.take("bob", RATE)
    assert id_ is not None
    refused = crew.act("bob", id_, Reply("so it is"))
    assert isinstance(refused, Refusal)
    assert refused.why == "ended"


def test_two_answered_at_the_same_moment_are_put_before_a_judge(store: Database) -> None:
    crew = Crew(store, *(f"{number}?" for number in range(6)))
    crew.begin(Rules(judging="choose", copies=2))
    for _ in crew.questions:
        held = {name: crew.take(name) for name in ("ann", "bob")}
        known = {name: crew.item(id_) for name, id_ in held.items() if id_ is not None}
        together = threading.Barrier(2)

        def answer(name: str, known=known, together=together) -> None:  # type: ignore[no-untyped-def]
            together.wait()
            assert isinstance(crew.act(name, known[name].id, Reply(name), known=known[name]), Receipt)

        threads = [threading.Thread(target=answer, args=(name,)) for name in held]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    judged = []
    while (id_ := crew.take("dee", CHOOSE)) is not None:
        judged.append(verdict(crew, "dee", id_, Verdict(choice=0), f"t {id_}"))
    assert len(judged) == len(crew.questions)
    assert not crew.problems()
