"""Trees as they are read, a node at a time: of transcripts, and live, with what people are still at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event

from benchmarks.forest import plant_chain, plant_fan
from hch.people.store.acting import submit
from hch.people.store.answers import answer_waiting, waiting_for_model
from hch.people.store.content import put_transcript
from hch.people.store.database import Database
from hch.people.store.desk import take_this
from hch.people.store.items import CONSULTING, OPEN, load_item, person_number
from hch.people.store.trees import (
    WAITING,
    Below,
    Branch,
    Node,
    find_shared_branches,
    links_roots,
    read_below,
    read_facts,
    read_top,
)
from hch.people.store.withdrawing import withdraw
from hch.types import Answer, Ask, Budget, Outcome, Pass, Question, Reply, Transcript
from tests.people.store.teams import BOOK, Team
from tests.people.store.trees import NOTES, leaf, tree, with_rounds


def stored(store: Database, root: Transcript) -> Branch:
    return Branch(store.write(put_transcript, root, 5.0))


def asked_in(store: Database, branch: Branch, places: range = range(100)) -> tuple[Node, ...]:
    return store.read(read_below, {branch: places})[branch].nodes


@contextmanager
def statements(store: Database) -> Iterator[list[str]]:
    """The queries that are made meanwhile."""
    made: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        made.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield made
    event.remove(store.engine, "before_cursor_execute", note)


def test_a_transcript_is_a_node_with_what_came_of_it(store: Database) -> None:
    branch = stored(store, tree("why?", leaf("a"), leaf("b"), text="because", by="person 3"))
    node = store.read(read_top, branch)
    assert node is not None
    assert (node.question, node.state, node.text, node.by, node.worked_by) == (
        "why?",
        "answered",
        "because",
        "person 3",
        3,
    )
    assert (node.below, node.asked, node.at, node.transcript) == (branch, 2, 5.0, branch.transcript)
    assert store.read(read_facts, node.context) == list(NOTES.facts)


@pytest.mark.parametrize("branch", [Branch("0" * 32), Branch(workspace=77)])
def test_what_is_not_there_has_no_node(store: Database, branch: Branch) -> None:
    assert store.read(read_top, branch) is None
    assert store.read(read_below, {branch: range(3)}) == {branch: Below()}


def test_what_was_asked_comes_in_order_through_all_rounds(store: Database) -> None:
    passed = tree("c", outcome=Outcome.PASSED, reason="too hard")
    branch = stored(store, with_rounds(tree("root"), (tree("a", leaf("x")), leaf("b", "2")), (passed,)))
    a, b, c = asked_in(store, branch)
    assert [(node.question, node.round, node.place, node.asked) for node in (a, b, c)] == [
        ("a", 0, 0, 1),
        ("b", 0, 1, 0),
        ("c", 1, 2, 0),
    ]
    assert (b.below, b.by, b.text) == (None, "lookup", "2")
    assert (c.state, c.text, c.reason) == ("passed", "", "too hard")
    assert a.below == Branch(a.transcript or "")


def test_only_the_places_that_are_wanted_are_read_and_the_total_is_told(store: Database) -> None:
    branch = stored(store, tree("root", *(leaf(f"q{number}", str(number)) for number in range(10))))
    result = store.read(read_below, {branch: range(8, 20)})[branch]
    assert (result.total, [node.place for node in result.nodes]) == (10, [8, 9])
    assert [node.place for node in asked_in(store, branch, range(3, 5))] == [3, 4]
    assert store.read(read_below, {branch: range(50, 60)})[branch].total == 10


def test_several_branches_are_read_at_once_in_as_many_statements_as_one(store: Database) -> None:
    branches = [stored(store, tree(f"root {number}", tree(f"below {number}"))) for number in range(20)]
    with statements(store) as one:
        store.read(read_below, {branches[0]: range(5)})
    with statements(store) as all_of_them:
        result = store.read(read_below, dict.fromkeys(branches, range(5)))
    assert len(all_of_them) == len(one) < 10
    assert [result[branch].nodes[0].question for branch in branches] == [f"below {number}" for number in range(20)]


def test_a_text_that_looks_like_a_key_counts_for_no_question(store: Database) -> None:
    hostile = 'a","question":"b" \\"question\\": {"question":'
    branch = stored(store, tree("root", tree("a", leaf(hostile, hostile), leaf("question", '"question":'))))
    (node,) = asked_in(store, branch)
    assert node.asked == 2


@pytest.mark.parametrize("text", ["nul \x00", "half \ud800", "\x02", "\u202e turned", "<b>\"'&", "é" * 5000])
def test_any_text_is_read_as_it_was_written(store: Database, text: str) -> None:
    branch = stored(store, tree(text, leaf(text, text), tree(f"{text}!", text=text), text=text))
    first, second = asked_in(store, branch)
    node = store.read(read_top, branch)
    assert node is not None
    assert {node.question, node.text, first.question, first.text, second.text} == {text}


def test_what_is_asked_for_in_several_places_is_told_apart_from_what_is_not(store: Database) -> None:
    twice, once = tree("twice"), tree("once")
    stored(store, tree("root", tree("left", twice), tree("right", twice, once)))
    ids = {entry: stored(store, entry) for entry in (twice, once)}
    assert store.read(find_shared_branches, list(ids.values())) == {ids[twice]}


def test_people_answer_what_was_asked_in_workspaces_of_their_own(store: Database) -> None:
    team = Team(store)
    project = team.project(["why?"], depth=2, consultations=8)
    team.act(1, Ask(("what is a list?", "what is a tuple?")))
    team.act(2, Ask(("what is an order?",)))
    team.act(3, Reply("an array"))
    root = Branch(workspace=1)
    node = store.read(read_top, root)
    assert node is not None
    assert (node.state, node.worked_by, node.asked, node.made_in) == (CONSULTING, 1, 2, 1)
    assert (node.granted, node.at) == (project.rules.budget, None)
    first, second = asked_in(store, root)
    assert (first.question, first.state, first.asked) == ("what is a list?", CONSULTING, 1)
    assert (second.state, second.text, second.worked_by, second.by) == ("answered", "an array", 3, "person 3")
    assert first.below == Branch(workspace=first.made_in or 0)
    assert first.below is not None
    (pending,) = asked_in(store, first.below)
    assert (pending.question, pending.state, pending.worked_by, pending.ended) == (
        "what is an order?",
        OPEN,
        None,
        False,
    )
    assert pending.granted == Budget(depth=0, consultations=2)
    store.write(take_this, 4, pending.made_in or 0, team.tick())
    (held,) = asked_in(store, first.below)
    assert held.holder == 4


def test_a_pass_of_a_person_has_their_reason(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    team.act(1, Ask(("how?",)))
    team.act(2, Pass("not my field"))
    (node,) = asked_in(store, Branch(workspace=1))
    assert (node.state, node.text, node.reason) == ("passed", "", "not my field")
    team.act(1, Reply("for no reason"))
    root = store.read(read_top, Branch(workspace=1))
    assert root is not None
    assert (root.text, root.ended) == ("for no reason", True)


def test_what_a_person_ended_with_is_a_transcript_that_knows_its_workspace(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    receipt = team.act(1, Reply("because"))
    node = store.read(read_top, Branch(receipt.transcript or ""))
    assert node is not None
    assert (node.made_in, node.worked_by, node.at) == (1, 1, team.now)


def test_what_a_model_answered_goes_on_in_its_transcript_or_waits(store: Database) -> None:
    team = Team(store)
    project = team.project(["why?"], other_side="model", consultations=None)
    team.act(1, Ask(("how?", "when?")))
    how = store.read(waiting_for_model, project.id)[0]
    given = tree("how?", leaf("x"), text="like this")
    spent = Budget(1, 1, 2, 0, 0)
    store.write(
        answer_waiting, how, Answer("like this", by="model", confidence=0.5, spent=spent, transcript=given), 9.0
    )
    answered, waiting = asked_in(store, Branch(workspace=1))
    assert (answered.below, answered.asked, answered.confidence) == (stored(store, given), 1, 0.5)
    assert (answered.by, answered.spent, answered.granted) == ("model", spent, how.question.budget)
    assert (waiting.state, waiting.below, waiting.question) == (WAITING, None, "when?")


def test_a_root_that_happens_to_ask_the_same_is_no_part_of_a_models_tree(store: Database) -> None:
    team = Team(store)
    project = team.project(["why?"], other_side="model")
    assert not store.read(links_roots, project.id)
    team.act(1, Ask(("why?",)))
    (node,) = asked_in(store, Branch(workspace=1))
    assert (node.below, node.state) == (None, WAITING)


def test_what_cost_too_much_is_withheld_and_still_told_to_who_explores(store: Database) -> None:
    team = Team(store)
    project = team.project(["why?"], other_side="model", words=4)
    team.act(1, Ask(("how?",)))
    (how,) = store.read(waiting_for_model, project.id)
    long = tree("how?", text="with very many words indeed")
    store.write(answer_waiting, how, Answer(long.text, by="model", transcript=long), 9.0)
    (node,) = asked_in(store, Branch(workspace=1))
    assert (node.state, node.text, node.withheld) == ("out of budget", "", long.text)


def test_a_withdrawn_answer_is_waited_for_again(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    team.act(1, Ask(("how?",)))
    below_it = team.act(2, Reply("so"))
    team.act(1, Reply("therefore"))
    assert store.write(withdraw, 2, below_it.workspace, team.tick()) is None
    root = store.read(read_top, Branch(workspace=1))
    assert root is not None
    assert (root.state, root.stale, root.text) == (CONSULTING, True, "")
    (node,) = asked_in(store, Branch(workspace=1))
    assert (node.state, node.text) == (OPEN, "")


def test_draws_of_one_question_are_nodes_of_their_own(store: Database) -> None:
    team = Team(store)
    team.project([Question("why?", BOOK)], copies=2)
    first, second = (store.read(read_top, Branch(workspace=number)) for number in (1, 2))
    assert first is not None
    assert second is not None
    assert (first.sample_index, second.sample_index) == ("0", "1")
    assert first.subject == second.subject
    assert first.question_id != second.question_id


@pytest.mark.parametrize(
    ("by", "number"),
    [("person 12", 12), ("person 0x1", None), ("person ", None), ("a person 3", None), ("model", None)],
)
def test_only_what_names_a_person_is_taken_for_one(by: str, number: int | None) -> None:
    assert person_number(by) == number


@pytest.mark.slow
@pytest.mark.parametrize("plant", [plant_chain, plant_fan])
def test_the_first_of_very_many_nodes_are_read_without_the_rest(
    store: Database, plant: Callable[[Connection, int], str]
) -> None:
    branch = Branch(store.write(plant, 20_000))
    with statements(store) as made:
        node = store.read(read_top, branch)
        nodes = asked_in(store, branch, range(200))
    assert node is not None
    assert len(nodes) == min(node.asked, 200)
    assert len(made) <= 10
    assert not any("RECURSIVE" in statement for statement in made)


def test_what_a_judge_has_before_them_is_a_node_of_its_own_kind(store: Database) -> None:
    team = Team(store, judges=1)
    team.project(["why?"], judging="rate")
    team.act(1, Reply("because"))
    node = store.read(read_top, Branch(workspace=2))
    assert node is not None
    assert (node.kind, node.question, node.state) == ("rate", "why?", OPEN)


def test_asking_the_same_below_two_roots_shares_one_workspace(store: Database) -> None:
    team = Team(store)
    team.project(["why?", "what for?"], consultations=5)
    one = team.act(1, Ask(("how?",)))
    (node,) = asked_in(store, Branch(workspace=one.workspace))
    assert node.below is not None
    assert store.read(find_shared_branches, [node.below, Branch(workspace=1)]) == set()
    store.write(take_this, 2, 2, team.tick())
    other = store.read(load_item, 2)
    assert other is not None
    team.act_in(other, 2, Ask(("how?",)))
    assert store.read(find_shared_branches, [node.below, Branch(workspace=1)]) == {node.below}


def test_submissions_go_on_as_usual_beside_readers(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    item = team.take(1)
    with store.reading() as connection:
        assert read_top(connection, Branch(workspace=item.id)) is not None
        store.write(submit, 1, item.id, Reply("because"), "token", now=team.tick(), revision=0, draft_revision=0)
        before = read_top(connection, Branch(workspace=item.id))
    after = store.read(read_top, Branch(workspace=item.id))
    assert before is not None
    assert after is not None
    assert (before.state, after.state) == (OPEN, "answered")
