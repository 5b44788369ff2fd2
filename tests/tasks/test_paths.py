from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import networkx
import pytest

from hch.amplify.amplify import HCH
from hch.humans.scripted import Scripted, give_up, reply
from hch.tasks.facts import TaskError
from hch.tasks.paths import Paths, PathScript
from hch.types import Ask, Context, Question

TASK = Paths(largest=16)
# a → b, c → d → e → f, and g, which leads to a alone.
CONTEXT = Context(("a -> b", "d -> e", "a -> c", "b -> d", "c -> d", "e -> f", "g -> a"))


def about(text: str, sample_index: int | None = None, context: Context = CONTEXT) -> Question:
    return Question(text, context, sample_index)


def test_an_instance_has_two_edges_for_each_vertex_and_no_edge_twice() -> None:
    for size, edges in ((2, 2), (3, 6), (4, 8), (8, 16), (16, 32)):
        pairs = [tuple(fact.split(" -> ")) for fact in TASK.instance(random.Random(size), size).facts]
        assert len(set(pairs)) == len(pairs) == edges
        assert all(a != b for a, b in pairs)
        assert len({x for pair in pairs for x in pair}) <= size


def test_every_edge_is_equally_likely() -> None:
    randomness = random.Random(0)
    task = Paths(largest=4, symbols=4)
    counts = Counter(fact for _ in range(600) for fact in task.instance(randomness, 4).facts)
    assert len(counts) == 12
    assert all(340 < count < 460 for count in counts.values()), counts


def test_gold_is_what_networkx_finds() -> None:
    randomness = random.Random(1)
    for _ in range(8):
        context = TASK.instance(randomness, 12)
        graph = networkx.DiGraph(fact.split(" -> ") for fact in context.facts)
        for question in TASK.questions(context, 30, randomness):
            kind, _, a, _, b = question.text.removesuffix("?").split()
            if not networkx.has_path(graph, a, b):
                assert TASK.gold(question) == {"distance": "infinite", "step": "none"}[kind]
                assert TASK.difficulty(question) == TASK.cap + 1
                assert not any(TASK.right(question, answer) for answer in (*graph, "1", "11"))
                continue
            ways = list(networkx.all_shortest_paths(graph, a, b))
            distance = len(ways[0]) - 1
            assert TASK.difficulty(question) == distance
            if kind == "distance":
                assert TASK.gold(question) == str(distance)
                assert [n for n in range(20) if TASK.right(question, str(n))] == [distance]
            else:
                assert TASK.gold(question) in {way[1] for way in ways}
                assert {c for c in graph if TASK.right(question, c)} == {way[1] for way in ways}
                assert not TASK.right(question, "none")


def test_a_vertex_is_at_no_distance_from_itself() -> None:
    assert TASK.gold(about("distance from a to a?")) == "0"
    assert TASK.gold(about("step from a to a?")) == "none"
    assert TASK.difficulty(about("step from a to a?")) == 0


def test_distances_beyond_the_cap_are_infinite_and_the_step_is_none_where_no_neighbour_is_within_it() -> None:
    task = Paths(largest=16, farthest=2)
    golds = {
        a: (task.gold(about(f"distance from {a} to f?")), task.gold(about(f"step from {a} to f?"))) for a in "gabde"
    }
    assert golds == {
        "e": ("1", "f"),
        "d": ("2", "e"),
        "b": ("infinite", "d"),
        "a": ("infinite", "none"),
        "g": ("infinite", "none"),
    }
    assert [task.difficulty(about(f"step from {a} to f?")) for a in "edbag"] == [1, 2, 3, 3, 3]
    # A true step stays a right answer, though nobody is asked to know it.
    assert task.right(about("step from a to f?"), "c")
    assert task.right(about("step from a to f?"), "none")
    assert not task.right(about("step from b to f?"), "none")


def test_the_cap_is_no_more_than_there_can_be() -> None:
    assert Paths(largest=8).cap == 7
    assert Paths(largest=64).cap == 12
    assert "12" in Paths().words
    assert "13" not in Paths().words
    with pytest.raises(ValueError, match="the farthest distance must be at least 1, got 0"):
        Paths(farthest=0)


def test_half_the_questions_are_distances_and_no_question_is_about_one_vertex() -> None:
    questions = TASK.questions(CONTEXT, 2000, random.Random(0))
    counts = Counter(TASK.stratum(question) for question in questions)
    assert set(counts) == {"distance", "step"}
    assert 900 < counts["step"] < 1100
    assert len({question.text for question in questions}) == 2 * 7 * 6


async def test_edges_and_neighbours_are_primitive() -> None:
    texts = [
        "a -> b?",
        "b -> a?",
        "a -> z?",
        "z -> a?",
        "g -> a?",
        "neighbour of f?",
        "neighbour of z?",
        "neighbour of g?",
    ]
    answers = await TASK.lookup([about(text) for text in texts])
    assert [answer.text for answer in answers] == ["yes", "no", "no", "no", "yes", "none", "none", "a"]
    passed = await TASK.lookup([about("distance from a to b?"), about("step from a to b?")])
    assert not any(answer.answered for answer in passed)


async def test_neighbours_come_by_chance_the_same_for_the_same_draw() -> None:
    draws = [*range(200), None]
    answers = await TASK.lookup([about("neighbour of a?", sample_index) for sample_index in draws])
    assert answers == await TASK.lookup([about("neighbour of a?", sample_index) for sample_index in draws])
    counts = Counter(answer.text for answer in answers)
    assert set(counts) == {"b", "c"}
    assert min(counts.values()) > 70
    assert TASK.right(about("neighbour of a?"), "b")
    assert TASK.right(about("neighbour of a?"), "c")
    assert not TASK.right(about("neighbour of a?"), "d")


def play(text: str, *rounds: Sequence[str | None]) -> tuple[list[Ask], object]:
    """What the script asks, and how it ends, when it gets these answers round by round."""
    steps = PathScript(cap=5)(text)
    actions: list[Ask] = []
    try:
        action = next(steps)
        for answers in rounds:
            actions.append(action)
            action = steps.send(list(answers))
    except StopIteration as end:
        return actions, end.value
    return actions, None


@pytest.mark.parametrize(
    ("answers", "ending"),
    [
        (["yes"], reply("1")),
        ([None], give_up("whether there is an edge from a to z is unknown")),
        (["no", "c", "3"], reply("4")),
        (["no", "c", "4"], reply("5")),
        (["no", "c", "5"], reply("infinite")),
        (["no", "c", "99"], reply("infinite")),
        (["no", "c", "infinite"], reply("infinite")),
        (["no", "none"], reply("infinite")),
        (["no", None], give_up("the step from a to z is not a vertex on the way")),
        (["no", "4"], give_up("the step from a to z is not a vertex on the way")),
        (["no", "z"], give_up("the step from a to z is not a vertex on the way")),
        (["no", "a"], give_up("the step from a to z is not a vertex on the way")),
        (["no", "c", "0"], give_up("the distance from c to z is not a distance")),
        (["no", "c", "b"], give_up("the distance from c to z is not a distance")),
        (["no", "c", None], give_up("the distance from c to z is not a distance")),
    ],
)
def test_how_the_script_measures_a_distance(answers: list[str | None], ending: object) -> None:
    actions, end = play("distance from a to z?", *([answer] for answer in answers))
    assert end == ending
    assert (
        actions == [Ask((text,)) for text in ("a -> z?", "step from a to z?", "distance from c to z?")][: len(actions)]
    )
    assert len(actions) == len(answers)


@pytest.mark.parametrize(
    ("samples", "edges", "distances", "ending"),
    [
        # The nearest of three, and of those whose edge is confirmed.
        (["c", "d", "e"], {"c": "yes", "d": "yes"}, {"c": "3", "d": "2", "e": "4"}, reply("d")),
        (["c", "d", "e"], {"c": "yes", "d": "no"}, {"c": "3", "e": "4"}, reply("c")),
        # Of equally near ones the first that came up: distances are compared with distances, never with vertices.
        (["d", "c", "e"], {"d": "yes", "c": "yes"}, {"d": "2", "c": "2", "e": "2"}, reply("d")),
        (["e", "7", "e"], {"e": "yes"}, {"e": "2"}, reply("e")),
        (["none", None, "e"], {}, {"e": "2"}, reply("e")),
        # Neither end can be the step, so there is nothing to confirm.
        (["z", "a", "e"], {}, {"e": "2"}, reply("e")),
        (["none", "none", "e"], {}, {"e": "infinite"}, reply("none")),
        (["none", "none", "e"], {}, {"e": "6"}, reply("none")),
        (["c", "c", "e"], {"c": "yes"}, {"c": "infinite", "e": "5"}, reply("e")),
        (["c", "c", "none"], {}, {}, reply("none")),
        # An answer that did not come takes nothing from the others, but without it there may still be a way.
        (["c", "c", "e"], {"c": "yes"}, {"c": None, "e": "3"}, reply("e")),
        (["c", "c", "e"], {"c": "yes"}, {"c": None, "e": "infinite"}, give_up("how far it is to z is unknown")),
        ([None, None, None], {}, {}, give_up("no neighbour of a came up")),
        (["e", "e", "e"], {"e": "yes"}, {"e": "b"}, give_up("the distance from e to z is not a distance")),
    ],
)
def test_how_the_script_finds_a_step(
    samples: list[str | None], edges: dict[str, str | None], distances: dict[str, str | None], ending: object
) -> None:
    rounds: list[list[str | None]] = [["no"], samples, [*edges.values()], [*distances.values()]]
    actions, end = play("step from a to z?", *(answers for answers in rounds if answers))
    assert end == ending
    sampled = Ask(("step from a to z?", "step from a to z?", "neighbour of a?"), (0, 1, 0))
    checks = Ask(tuple(f"a -> {c}?" for c in edges))
    consulted = Ask(tuple(f"distance from {c} to z?" for c in distances))
    assert actions == [Ask(("a -> z?",)), sampled, *(action for action in (checks, consulted) if action.texts)]


def test_where_there_is_an_edge_the_step_takes_it() -> None:
    assert play("step from a to z?", ["yes"])[1] == reply("z")
    assert play("step from a to z?", ["maybe"])[1] == give_up("whether there is an edge from a to z is unknown")


def test_to_go_nowhere_no_question_is_needed() -> None:
    assert play("distance from a to a?") == ([], reply("0"))
    assert play("step from a to a?") == ([], reply("none"))


async def test_names_of_people_work_throughout() -> None:
    context = TASK.read("home -> park\npark->school # through the gate\nschool -> home")
    question = TASK.ask("Next step from home to school", context)
    assert question.text == "step from home to school?"
    human = Scripted(TASK.script)
    (step, far) = await HCH(human, 4, TASK.lookup)([question, TASK.ask("distance from home to school?", context)])
    assert (step.text, far.text) == ("park", "2")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a -> b\n# c\na  ->  b", "line 3: a -> b is there already, in line 1"),
        ("a -> b\nb -> b", "line 2: an edge from b to itself is on no shortest path: leave it out"),
        ("a -> b\nb", "line 2: expected “X -> Y”, got “b”"),
        ("a -> infinite", "line 1: “infinite” cannot be a name: as an answer it says that there is nothing to name"),
        ("a -> 4", "line 1: “4” is no name: a name is letters only"),
    ],
)
def test_what_is_wrong_with_a_file(text: str, complaint: str) -> None:
    with pytest.raises(TaskError) as caught:
        TASK.read(text)
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("distance from a to z?", "“z” is no vertex here; there are a b d e c f g"),
        ("step from y to a?", "“y” is no vertex here; there are a b d e c f g"),
        (
            "way from a to b?",
            "expected a question like “distance from X to Y?” or “step from X to Y?”, got “way from a to b?”",
        ),
    ],
)
def test_what_is_wrong_with_a_question(text: str, complaint: str) -> None:
    with pytest.raises(TaskError) as caught:
        TASK.ask(text, CONTEXT)
    assert str(caught.value) == complaint
