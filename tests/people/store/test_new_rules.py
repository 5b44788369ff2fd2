"""Rules that change while people are at work."""

from __future__ import annotations

from hch.people.store.answers import answer_waiting, change_rules, waiting_for_model
from hch.people.store.database import Database
from hch.people.store.items import CONSULTING, OPEN
from hch.people.store.projects import Rules, get_project
from hch.people.store.withdrawing import withdraw
from hch.types import Answer, Ask, Reply
from tests.people.store.crew import Crew


def rule(crew: Crew, rules: Rules) -> None:
    crew.store.write(change_rules, crew.project.id, rules, crew.now)


def test_what_waits_for_a_model_goes_to_people_when_they_are_the_other_side(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    crew.begin(Rules(other_side="model"))
    crew.does("ann", Ask(("first?", "second?")))
    (first, _) = store.read(waiting_for_model, crew.project.id)
    store.write(answer_waiting, first, Answer("a model says", by="model"), crew.now)
    rule(crew, Rules(other_side="people"))
    assert crew.take("bob") == 3
    crew.act("bob", 3, Reply("a person says"))
    item = crew.item(1)
    assert (item.state, [c.answer.text for c in item.workspace.consultations]) == (
        OPEN,
        ["a model says", "a person says"],
    )
    assert not crew.problems()


def test_what_people_have_said_already_is_there_at_once(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    crew.begin(Rules(consultations=1))
    crew.does("ann", Ask(("same?",)))
    crew.does("bob", Reply("so"))
    rule(crew, Rules(consultations=1, other_side="model"))
    assert crew.take("cy") == 2
    crew.act("cy", 2, Ask(("same?",)))
    assert crew.item(2).state == CONSULTING
    rule(crew, Rules(consultations=1, other_side="people"))
    assert [c.answer.text for c in crew.item(2).workspace.consultations] == ["so"]
    assert not crew.problems()


def test_what_waits_for_people_can_be_answered_by_a_model_once_that_is_the_other_side(store: Database) -> None:
    crew = Crew(store)
    crew.begin(Rules())
    crew.does("ann", Ask(("first?",)))
    rule(crew, Rules(other_side="model"))
    (waiting,) = store.read(waiting_for_model, crew.project.id)
    assert store.write(answer_waiting, waiting, Answer("a model says", by="model"), crew.now)
    assert crew.item(1).state == OPEN
    assert not crew.problems()


def test_rules_hold_for_what_is_done_from_then_on(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    crew.begin(Rules(consultations=2, withdraw_seconds=60, lease_seconds=100))
    crew.does("ann", Reply("so"))
    rule(crew, Rules(consultations=1, withdraw_seconds=5, lease_seconds=10))
    assert store.read(get_project, crew.project.id).rules.consultations == 1
    crew.now += 30
    refused = store.write(withdraw, crew.people["ann"], 1, crew.now)
    assert refused is not None
    assert refused.why == "late"
    crew.take("bob")
    assert crew.item(2).lease_until == crew.now + 10
    budget = crew.item(2).workspace.budget
    assert budget is not None
    assert budget.consultations == 2, "it was begun under the rules of its time"
    assert not crew.problems()
