"""The questions that projects began with: in pages however many they are, filtered, and how much lies below them."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.forest import plant_roots
from hch.people.store.answers import answer_waiting, waiting_for_model
from hch.people.store.database import Database
from hch.people.store.roots import Filter, Roots, Size, roots, sizes
from hch.people.store.trees import Branch
from hch.people.store.whole_trees import read_whole
from hch.people.store.withdrawing import withdraw
from hch.types import Answer, Ask, Pass, Reply
from tests.people.store.teams import Team
from tests.people.store.test_trees import statements
from tests.people.store.trees import leaf, tree


def listed(store: Database, project: int, **sought: Any) -> list[str]:
    return [row.question for row in store.read(roots, Filter(project, **sought)).rows]


def test_pages_in_both_directions_have_every_root_once(store: Database) -> None:
    project = Team(store).project([f"question {number}" for number in range(23)])
    pages: list[Roots] = [store.read(roots, Filter(project.id), most=5)]
    while pages[-1].older is not None:
        pages.append(store.read(roots, Filter(project.id), before=pages[-1].older, most=5))
    numbers = [row.id for page in pages for row in page.rows]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 23
    assert pages[0].newer is None
    back = [pages[-1]]
    while back[-1].newer is not None:
        back.append(store.read(roots, Filter(project.id), after=back[-1].newer, most=5))
    assert back[-1].rows[0].id == 23
    assert {row.id for page in back for row in page.rows} == set(numbers)


def test_a_page_with_nothing_on_it_leads_nowhere(store: Database) -> None:
    project = Team(store).project(["why?"])
    for page in (store.read(roots, Filter(project.id), before=1), store.read(roots, Filter(project.id), after=1)):
        assert page == Roots([], None, None)


def test_only_a_projects_own_questions_are_listed(store: Database) -> None:
    team = Team(store, judges=1)
    project = team.project(["why?"], judging="rate")
    other = team.project(["what else?"], name="other")
    team.act(1, Ask(("how?",)), project=project.id)
    team.act(2, Reply("so"), project=project.id)
    team.act(1, Reply("because"), project=project.id)
    assert listed(store, project.id) == ["why?"]
    assert listed(store, other.id) == ["what else?"]


def test_roots_are_found_by_state_person_staleness_and_words(store: Database) -> None:
    team = Team(store)
    project = team.project(["alpha 100%", "beta", "gamma_", "delta"], copies=1)
    team.act(1, Reply("an Answer"))
    team.act(2, Pass("my reason"))
    team.act(3, Ask(("how?",)))
    assert listed(store, project.id, state="answered") == ["alpha 100%"]
    assert listed(store, project.id, state="open") == ["delta"]
    assert listed(store, project.id, person=2) == ["beta"]
    assert listed(store, project.id, text="answer") == ["alpha 100%"]
    assert listed(store, project.id, text="REASON") == ["beta"]
    assert listed(store, project.id, text="%") == ["alpha 100%"]
    assert listed(store, project.id, text="_") == ["gamma_"]
    assert listed(store, project.id, text="A", state="answered", person=2) == []
    assert listed(store, project.id, stale=True) == []


def test_a_stale_root_is_told(store: Database) -> None:
    team = Team(store)
    project = team.project(["why?"])
    team.act(1, Ask(("how?",)))
    given = team.act(2, Reply("so"))
    team.act(1, Reply("because"))
    assert store.write(withdraw, 2, given.workspace, team.tick()) is None
    assert listed(store, project.id, stale=True) == ["why?"]
    (row,) = store.read(roots, Filter(project.id)).rows
    assert (row.stale, row.state, row.text) == (True, "consulting", "")


@pytest.mark.parametrize("text", ["\x00", "\ud800", "'; drop table people; --", "\\", "é" * 500])
def test_no_text_that_is_looked_for_breaks_the_list(store: Database, text: str) -> None:
    project = Team(store).project([f"why {text}?", "other"])
    assert listed(store, project.id, text=text) in ([f"why {text}?"], [])
    assert len(listed(store, project.id)) == 2


def test_sizes_count_what_lies_below_people_and_models(store: Database) -> None:
    team = Team(store)
    team.project(["why?", "leaf?"], depth=2, consultations=8)
    team.act(1, Ask(("what?", "how?")))
    team.act(2, Ask(("when?",)))
    assert store.read(sizes, [1, 2]) == {1: Size(3, 2), 2: Size()}
    other = team.project(["why?"], name="with a model", other_side="model", consultations=None)
    receipt = team.act(1, Ask(("how?",)), project=other.id)
    (how,) = store.read(waiting_for_model, other.id)
    given = tree("how?", leaf("x"), tree("y", tree("z"), tree("z")))
    store.write(answer_waiting, how, Answer("so", by="model", transcript=given), team.tick())
    assert store.read(sizes, [receipt.workspace]) == {receipt.workspace: Size(5, 3)}
    told = store.read(read_whole, Branch(workspace=receipt.workspace)).statistics
    assert (told.nodes - 1, told.depth) == (5, 3)


def test_sizes_say_where_they_stop_counting(store: Database) -> None:
    team = Team(store)
    team.project(["why?", "what?"], depth=3, consultations=30)
    team.act(1, Ask(tuple(f"q{number}" for number in range(10))))
    team.act_in(team.take(2), 2, Ask(("deeper",)))
    result = store.read(sizes, [1, 2], most=5)
    assert (result[1].exact, result[2].exact) == (False, True) or not result[1].exact
    assert result[1].nodes <= 11
    shallow = store.read(sizes, [1], deepest=1)
    assert shallow[1] == Size(10, 1, exact=False)
    assert store.read(sizes, [1])[1] == Size(11, 2)


@pytest.mark.slow
def test_a_page_of_very_many_roots_takes_one_statement(store: Database) -> None:
    project = Team(store).project(["the first"])
    store.write(plant_roots, project, 20_000)
    with statements(store) as made:
        page = store.read(roots, Filter(project.id), before=10_000)
    assert len([statement for statement in made if statement.startswith("SELECT")]) == 1
    assert [row.id for row in page.rows] == list(range(9_999, 9_949, -1))
    with statements(store) as made:
        result = store.read(sizes, [row.id for row in page.rows])
    assert set(result.values()) == {Size()}
    assert len(made) <= 5
