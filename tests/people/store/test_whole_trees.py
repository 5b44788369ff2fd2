"""Trees read whole: how much there is of what, where each part comes first, and what is found in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from benchmarks.forest import plant_bush, plant_chain, plant_fan
from hch.people.store.answers import answer_waiting, waiting_for_model
from hch.people.store.content import put_transcript
from hch.people.store.database import Database
from hch.people.store.tables import consultations, workspaces
from hch.people.store.trees import Branch
from hch.people.store.whole_trees import COUNTLESS, Hit, Search, WholeTree, WholeTrees, read_parts, read_whole, search
from hch.types import Answer, Ask, Outcome, Pass, Reply, Transcript
from tests.people.store.teams import Team
from tests.people.store.trees import consulted, leaf, tree, with_rounds


def whole(store: Database, root: Transcript) -> WholeTree:
    return store.read(read_whole, Branch(store.write(put_transcript, root, 5.0)))


def result(store: Database, read: WholeTree, **sought: str) -> list[tuple[int, ...]]:
    """The ways to what is found."""
    hits = store.read(search, read, Search(**sought), range(100))
    return [(*read.way(hit.above, 99)[1], hit.place) if hit.above >= 0 else () for hit in hits.some]


def test_a_tree_is_counted_with_its_leaves(store: Database) -> None:
    failed = tree("c", outcome=Outcome.FAILED, reason="stumbled")
    read = whole(store, tree("root", tree("a", leaf("x", by="lookup"), tree("b")), failed, by="person 1"))
    told = read.statistics
    assert (told.nodes, told.distinct, told.depth) == (5, 5, 2)
    assert told.outcomes == {"answered": 4, "failed": 1}
    assert told.by == {"model": 3, "person 1": 1, "lookup": 1}
    assert (told.complete, told.circular) == (True, False)


def test_what_comes_twice_is_two_nodes_and_one_distinct_one(store: Database) -> None:
    shared = tree("shared", leaf("x"))
    told = whole(store, tree("root", tree("a", shared), tree("b", shared), shared)).statistics
    assert (told.nodes, told.distinct, told.depth) == (9, 5, 3)


def test_a_tree_that_nobody_could_walk_is_counted_as_far_as_it_is_worth_it(store: Database) -> None:
    root = tree("0")
    for number in range(1, 80):
        root = tree(str(number), root, root)
    told = whole(store, root).statistics
    assert (told.nodes, told.distinct, told.depth) == (COUNTLESS, 80, 79)


def test_the_first_place_of_a_part_is_the_one_with_the_shortest_way(store: Database) -> None:
    shared = tree("shared")
    read = whole(store, tree("root", tree("a", tree("b", shared)), leaf("x"), tree("c", leaf("y"), shared)))
    number = next(n for n, branch in enumerate(read.branches) if branch == Branch(store.write(put_transcript, shared)))
    assert read.way(number, 99) == (0, (2, 1))
    assert read.levels[number] == 2


def test_a_long_way_begins_at_most_so_many_levels_above(store: Database) -> None:
    root = tree("9")
    for number in reversed(range(9)):
        root = tree(str(number), leaf("beside"), root)
    read = whole(store, root)
    begin, places = read.way(9, 4)
    assert (read.levels[begin], places) == (5, (1, 1, 1, 1))


@st.composite
def shapes(draw: st.DrawFn) -> list[list[int]]:
    """What each node asks: leaves (-1), and nodes that come later."""
    size = draw(st.integers(1, 7))
    return [draw(st.lists(st.sampled_from([-1, *range(number + 1, size)]), max_size=3)) for number in range(size)]


@given(shape=shapes())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_tree_is_counted_as_by_walking_it(store: Database, shape: list[list[int]]) -> None:
    made: dict[int, Transcript] = {}
    for number in reversed(range(len(shape))):
        made[number] = tree(str(number), *(leaf("leaf") if item < 0 else made[item] for item in shape[number]))

    def count(number: int) -> tuple[int, int]:
        below = [(1, 0) if item < 0 else count(item) for item in shape[number]]
        return 1 + sum(nodes for nodes, _ in below), max((1 + depth for _, depth in below), default=0)

    def reached(number: int) -> set[int]:
        return {number}.union(*(reached(item) for item in shape[number] if item >= 0))

    told = whole(store, made[0]).statistics
    leaves = sum(shape[number].count(-1) for number in reached(0))
    assert ((told.nodes, told.depth), told.distinct) == (count(0), len(reached(0)) + leaves)


def test_a_live_tree_has_what_people_have_not_answered_yet(store: Database) -> None:
    team = Team(store)
    team.project(["why?", "another root"], depth=2, consultations=8)
    team.act(1, Ask(("what?", "how?")))
    team.act(2, Ask(("when?",)))
    team.act(3, Pass("no idea"))
    read = store.read(read_whole, Branch(workspace=1))
    told = read.statistics
    assert (told.nodes, told.distinct, told.depth) == (4, 4, 2)
    assert told.outcomes["consulting"] == 2
    assert sum(told.outcomes.values()) == 4
    assert {item.person for item in told.worked} == {1, 2, 3}
    assert result(store, read, text="when")
    assert [len(way) for way in result(store, read, outcome="consulting")] == [0, 1]


def test_a_live_tree_goes_on_in_what_a_model_answered(store: Database) -> None:
    team = Team(store)
    project = team.project(["why?"], other_side="model", consultations=None)
    team.act(1, Ask(("how?", "when?")))
    how = store.read(waiting_for_model, project.id)[0]
    given_ = tree("how?", leaf("x", "needle"), tree("deeper", tree("deepest")), text="so")
    store.write(answer_waiting, how, Answer("so", by="model", transcript=given_), team.tick())
    read = store.read(read_whole, Branch(workspace=1))
    assert (read.statistics.nodes, read.statistics.depth) == (6, 3)
    assert read.statistics.outcomes == {"answered": 4, "consulting": 1, "waiting": 1}
    assert result(store, read, text="needle") == [(0, 0)]
    assert result(store, read, text="deepest") == [(0, 1, 0)]
    assert result(store, read, outcome="waiting") == [(1,)]


def test_a_transcript_that_a_persons_answer_came_with_is_not_counted_beside_their_workspace(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    team.act(1, Ask(("how?",)))
    team.act(2, Reply("so"))
    told = store.read(read_whole, Branch(workspace=1)).statistics
    assert (told.nodes, told.distinct) == (2, 2)
    assert all(
        part.branch.workspace
        for parts in store.read(lambda c: list(read_parts(c, Branch(workspace=1))))
        for part in parts
    )


def test_time_is_told_by_person_who_worked_longest_first(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    receipt = team.act(1, Ask(("how?",)))
    team.now += 20
    team.act(2, Reply("so"))
    team.now += 10
    team.act(1, Reply("because"))
    live = store.read(read_whole, Branch(workspace=receipt.workspace)).statistics.worked
    assert [item.person for item in live] == [1, 2]
    assert live[0].active_seconds > live[1].active_seconds > 0
    ended = store.read(
        lambda c: c.execute(select(workspaces.c.transcript_id).order_by(workspaces.c.id)).scalars().first()
    )
    assert store.read(read_whole, Branch(str(ended))).statistics.worked == live


def test_what_waits_for_itself_is_told_and_does_not_hang(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])

    def tie(connection: Connection) -> None:
        row = connection.execute(select(workspaces)).one()
        asked = {"workspace_id": row.id, "round": 0, "place": 0, "question_id": row.question_id, "key": row.key}
        connection.execute(insert(consultations), asked)

    store.write(tie)
    told = store.read(read_whole, Branch(workspace=1)).statistics
    assert (told.circular, told.nodes, told.depth) == (True, 2, 1)


def test_of_a_tree_that_is_too_large_the_first_part_is_read(store: Database) -> None:
    root = Branch(store.write(plant_bush, 100))
    told = store.read(read_whole, root, 10).statistics
    assert not told.complete
    assert 10 <= told.nodes <= 100
    assert store.read(read_whole, root).statistics.complete


def test_what_a_transcript_holds_is_read_once_and_a_live_tree_until_it_changes(store: Database) -> None:
    team, trees = Team(store), WholeTrees()
    team.project(["why?"])
    receipt = team.act(1, Ask(("how?",)))
    live, fixed = Branch(workspace=receipt.workspace), Branch(store.write(put_transcript, tree("root", leaf("x"))))
    before = store.read(trees, live), store.read(trees, fixed)
    assert (store.read(trees, live), store.read(trees, fixed)) == before
    assert store.read(trees, live) is before[0]
    team.act(2, Reply("so"))
    assert store.read(trees, live) is not before[0]
    assert store.read(trees, fixed) is before[1]


def test_only_so_much_is_remembered(store: Database) -> None:
    trees = WholeTrees(most=5)
    roots = [Branch(store.write(put_transcript, tree(f"root {number}", tree(f"a {number}")))) for number in range(4)]
    first = store.read(trees, roots[0])
    for root in roots[1:]:
        store.read(trees, root)
    assert store.read(trees, roots[0]) is not first
    assert store.read(trees, roots[0]) is store.read(trees, roots[0])


SEARCHED = with_rounds(
    tree("Why do Lists keep order?", text="by INSERTION", by="person 1"),
    (tree("a list", leaf("an Äpfel", "grün"), tree("tuple", text="never changes")), leaf("a set", "no order")),
    (tree("passes", outcome=Outcome.PASSED, reason="I know only lists"), leaf("a list", "again", by="person 1")),
)


@pytest.mark.parametrize(
    ("sought", "ways"),
    [
        ({"text": "list"}, [(), (0,), (2,), (3,)]),
        ({"text": "LISTS"}, [(), (2,)]),
        ({"text": "äPFEL grün"}, [(0, 0)]),
        ({"text": "order no"}, [(1,)]),
        ({"text": "nothing of the kind"}, []),
        ({"outcome": "passed"}, [(2,)]),
        ({"by": "person 1"}, [(), (3,)]),
        ({"by": "person 1", "text": "again"}, [(3,)]),
        ({"outcome": "passed", "by": "person 1"}, []),
        ({"text": "%"}, []),
    ],
)
def test_search_finds_words_outcomes_and_people_at_any_depth(
    store: Database, sought: dict[str, str], ways: list[tuple[int, ...]]
) -> None:
    assert result(store, whole(store, SEARCHED), **sought) == ways


def test_what_comes_several_times_is_found_once_where_it_comes_first(store: Database) -> None:
    shared = tree("shared", leaf("needle"))
    read = whole(store, tree("root", tree("a", shared), shared, shared))
    assert result(store, read, text="shared") == [(1,)]
    assert result(store, read, text="needle") == [(1, 0)]


def test_hits_come_in_pages_and_the_total_is_told(store: Database) -> None:
    read = whole(store, tree("root", *(leaf(f"needle {number}") for number in range(25))))
    hits = store.read(search, read, Search("needle"), range(10, 20))
    assert (hits.total, hits.some) == (25, [Hit(0, place) for place in range(10, 20)])
    assert store.read(search, read, Search("needle"), range(30, 40)) == type(hits)(25, [])


def test_hostile_texts_are_searched_as_what_they_are(store: Database) -> None:
    read = whole(store, tree("root", leaf("nul \x00 needle", "half \ud800"), tree("needle \ud800", text="\x02")))
    assert result(store, read, text="needle") == [(0,), (1,)]
    assert result(store, read, text="\ud800") == [(0,), (1,)]
    assert result(store, read, text='\x00 "') == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "nodes", "depth"), [(plant_chain, 100_000, 99_999), (plant_fan, 20_000, 1), (plant_bush, 20_000, 5)]
)
def test_large_trees_are_read_and_searched_whole_however_deep_or_wide(
    store: Database, plant: Callable[[Connection, int], str], nodes: int, depth: int
) -> None:
    read = store.read(read_whole, Branch(store.write(plant, nodes)))
    assert (read.statistics.distinct, read.statistics.nodes, read.statistics.depth) == (nodes, nodes, depth)
    assert read.levels[-1] == depth
    assert Counter(read.statistics.outcomes) == {"answered": nodes}
    hits = store.read(search, read, Search("answer 31"), range(5))
    assert (hits.total, len(hits.some)) == (sum("31" in str(number) for number in range(nodes)), 5)


def test_consultations_are_the_same_whether_the_tree_is_told_or_made(store: Database) -> None:
    made = tree("a", leaf("x"))
    assert consulted(made).answer.transcript is made
    assert store.write(put_transcript, made) == store.write(put_transcript, tree("a", leaf("x")))
