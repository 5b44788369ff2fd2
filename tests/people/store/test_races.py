"""People who act in the same moment, each through a connection of their own: nobody waits for what is there already."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from hch.people.store.acting import Receipt
from hch.people.store.database import Database
from hch.people.store.desk import take_this
from hch.people.store.items import CANCELLED, OPEN, Item
from hch.people.store.projects import Rules
from hch.people.store.withdrawing import withdraw
from hch.types import Ask, Outcome, Pass, Reply
from tests.people.store.crew import Crew

PATIENCE = 60.0


def together(*acts: Callable[[], Any], apart: float = 0.0) -> list[Any]:
    """What these return when they begin at the same moment, or each up to so many seconds later."""
    gate, result = threading.Barrier(len(acts)), dict[int, Any]()

    def act(number: int) -> None:
        gate.wait()
        time.sleep(random.uniform(0, apart))
        result[number] = acts[number]()

    threads = [threading.Thread(target=act, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(result) == len(acts), "somebody waits for ever"
    return [result[number] for number in range(len(acts))]


class Deadlocks:
    """Counts transactions that PostgreSQL broke off because they waited for each other."""

    def __init__(self, store: Database) -> None:
        self.count = 0
        event.listen(store.engine, "handle_error", self)

    def __call__(self, context: Any) -> None:
        self.count += getattr(context.original_exception, "sqlstate", "") == "40P01"


def acting(crew: Crew, name: str, item: Item, action: Ask | Reply | Pass) -> Callable[[], Any]:
    return lambda: crew.act(name, item.id, action, known=item)


def taking_back(crew: Crew, name: str, id_: int) -> Callable[[], Any]:
    return lambda: crew.store.write(withdraw, crew.people[name], id_, crew.now)


ROUNDS = 6


def pairs(store: Database, **rules: Any) -> Crew:
    """A crew with two questions for each round: who answers the first, and who asks the same in the second."""
    crew = Crew(store, *(f"{number}?" for number in range(2 * ROUNDS)), people=("ann", "bob", "cy", "dee"))
    crew.begin(Rules(consultations=1, **rules))
    return crew


def held(crew: Crew, name: str, id_: int) -> Item:
    assert crew.store.write(take_this, crew.people[name], id_, crew.now) is None
    return crew.item(id_)


def asked(crew: Crew, name: str, id_: int, text: str) -> Item:
    done = crew.act(name, held(crew, name, id_).id, Ask((text,)))
    assert isinstance(done, Receipt)
    return crew.item(id_)


def test_who_asks_while_the_same_is_being_answered_gets_the_answer(store: Database) -> None:
    crew, broken = pairs(store), Deadlocks(store)
    for number in range(ROUNDS):
        first, second = 2 * number + 1, 2 * number + 2
        asked(crew, "ann", first, f"same {number}?")
        below = crew.item(crew.take("cy") or 0)
        asker = held(crew, "bob", second)
        done = together(
            acting(crew, "cy", below, Reply("so")), acting(crew, "bob", asker, Ask((f"same {number}?",))), apart=0.004
        )
        assert all(isinstance(one, Receipt) for one in done), done
        for id_ in (first, second):
            item = crew.item(id_)
            assert (item.state, [c.answer.text for c in item.workspace.consultations]) == (OPEN, ["so"])
    assert crew.problems() == []
    assert broken.count == 0


def test_the_last_two_answers_of_a_round_at_once_let_h_go_on(store: Database) -> None:
    crew, broken = Crew(store, *(f"{number}?" for number in range(ROUNDS))), Deadlocks(store)
    crew.begin(Rules())
    for number in range(1, ROUNDS + 1):
        crew.act("ann", held(crew, "ann", number).id, Ask((f"one {number}?", f"two {number}?")))
        below = {name: crew.item(crew.take(name) or 0) for name in ("bob", "cy")}
        together(*[acting(crew, name, item, Reply(name)) for name, item in below.items()], apart=0.004)
        item = crew.item(number)
        assert (item.state, len(item.workspace.consultations)) == (OPEN, 2)
    assert crew.problems() == []
    assert broken.count == 0


def test_who_asks_what_another_takes_back_is_answered(store: Database) -> None:
    crew, broken = pairs(store), Deadlocks(store)
    for number in range(ROUNDS):
        first, second = 2 * number + 1, 2 * number + 2
        asked(crew, "ann", first, f"same {number}?")
        asker = held(crew, "bob", second)
        together(
            taking_back(crew, "ann", first),
            acting(crew, "bob", asker, Ask((f"same {number}?",))),
            apart=0.004,
        )
        (below,) = [item for item in [crew.item(crew.take("cy") or 0)] if item.question.text == f"same {number}?"]
        crew.act("cy", below.id, Reply("so"))
        assert crew.item(second).state == OPEN
        crew.act("ann", first, Reply("done"))
    assert crew.problems() == []
    assert broken.count == 0


def test_who_passes_while_the_answer_comes_has_passed_or_has_it(store: Database) -> None:
    crew = pairs(store)
    for number in range(ROUNDS):
        first = 2 * number + 1
        waiting = asked(crew, "ann", first, f"question {number}?")
        below = crew.item(crew.take("cy") or 0)
        passed, answered = together(
            acting(crew, "ann", waiting, Pass("too slow")), acting(crew, "cy", below, Reply("so")), apart=0.004
        )
        assert isinstance(answered, Receipt)
        item = crew.item(first)
        assert item.state == (Outcome.PASSED if isinstance(passed, Receipt) else OPEN)
    assert crew.problems() == []


def test_an_answer_taken_back_while_it_is_built_on_is_not_built_on(store: Database) -> None:
    crew = pairs(store)
    for number in range(ROUNDS):
        first = 2 * number + 1
        asked(crew, "ann", first, f"question {number}?")
        below = crew.take("cy") or 0
        crew.act("cy", below, Reply("wrong"))
        open_again = crew.item(first)
        together(
            taking_back(crew, "cy", below),
            acting(crew, "ann", open_again, Reply("built on wrong")),
            apart=0.004,
        )
        assert crew.problems() == []
        assert crew.item(first).state == "consulting"
        crew.act("cy", below, Reply("right"))
        crew.act("ann", first, Reply("built on right"))
        item = crew.item(first)
        assert [c.answer.text for c in item.workspace.consultations] == ["right"]
    assert crew.problems() == []


def test_whoever_takes_what_is_taken_back_may_end_it(store: Database) -> None:
    crew = pairs(store)
    for number in range(ROUNDS):
        first = 2 * number + 1
        asked(crew, "ann", first, f"question {number}?")
        _, taken = together(
            taking_back(crew, "ann", first),
            lambda: crew.take("cy"),
            apart=0.004,
        )
        assert taken is not None, "there are roots to be had"
        item = crew.item(taken)
        assert item.state != CANCELLED
        assert isinstance(crew.act("cy", taken, Reply("so")), Receipt)
        crew.act("ann", first, Reply("done"))
    assert crew.problems() == []


@pytest.mark.slow
def test_many_threads_at_once_lose_nothing_and_wait_for_nothing(store: Database) -> None:
    names = tuple(f"person {number}" for number in range(8))
    crew = Crew(store, *(f"{number}?" for number in range(30)), people=names)
    crew.begin(Rules(depth=2, consultations=3, lease_seconds=0.2, withdraw_seconds=1e9))
    until = time.monotonic() + 15

    def live(name: str) -> int:
        randomness, acted = random.Random(name), 0
        while time.monotonic() < until:
            crew.now = time.time()
            id_ = crew.take(name)
            if id_ is None:
                continue
            item = crew.item(id_)
            crew.draft(name, id_, item.draft_revision, f"{name} thinks")
            item = crew.item(id_)
            asks: list[Ask | Reply | Pass] = [Ask((f"x{id_ % 5}?",)), Ask(("y?", "z?"))]
            ends: list[Ask | Reply | Pass] = [Reply(name), Reply(name), Pass(name)]
            action = randomness.choice(asks + ends)
            acted += isinstance(crew.act(name, id_, action, known=item), Receipt)
            if randomness.random() < 0.2:
                store.write(withdraw, crew.people[name], id_, crew.now)
        return acted

    acts = together(*[lambda name=name: live(name) for name in names])
    assert min(acts) > 0
    assert crew.problems() == []
