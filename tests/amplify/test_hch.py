"""HCH, which amplify.py computes on a graph, compared with the recursion that defines it."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hch.amplify.amplify import HCH, Amplify, Otherwise, nobody
from hch.amplify.graph import Node, cycles
from hch.humans.scripted import Scripted, Steps, ask, give_up, reply
from hch.models.table import Table
from hch.text.transcripts import tree_record
from hch.types import Answer, Budget, Outcome, Question, walk
from tests.strategies import Plan, Watched, World, brute_force, solve_fixed_point, worlds


def ends(answers: list[Answer]) -> list[tuple[Outcome, str]]:
    return [(answer.outcome, answer.text) for answer in answers]


def asking(**arrows: str) -> World:
    """A world in which H asks, for each question, all of some one-letter questions at once, and replies."""
    return World({q: Plan(((tuple(asked), tuple(asked)),) if asked else ()) for q, asked in arrows.items()})


@given(worlds(), st.integers(0, 4))
@settings(max_examples=200)
async def test_hch_is_the_recursion_that_defines_it(world: World, depth: int) -> None:
    answers = await HCH(Scripted(world.script), depth, world.lookup)(world.questions)
    assert ends(answers) == [brute_force(world, question.text, depth) for question in world.questions]


@given(worlds(), st.integers(0, 3))
async def test_hch_is_amplification_of_hch_of_one_depth_less(world: World, depth: int) -> None:
    human = Scripted(world.script)
    below = HCH(human, depth, world.lookup)
    amplified = Amplify(human, Otherwise(world.lookup, below))
    assert ends(await HCH(human, depth + 1, world.lookup)(world.questions)) == ends(await amplified(world.questions))


@given(worlds())
async def test_at_depth_0_h_has_lookups_only(world: World) -> None:
    alone = Amplify(Scripted(world.script), Otherwise(world.lookup, nobody))
    assert ends(await HCH(Scripted(world.script), 0, world.lookup)(world.questions)) == ends(
        await alone(world.questions)
    )


@given(worlds(well_founded=True))
async def test_without_a_depth_hch_is_the_limit_of_its_depths(world: World) -> None:
    human = Scripted(world.script)
    limit = await HCH(human, None, world.lookup)(world.questions)
    assert ends(limit) == [brute_force(world, question.text, len(world.plans)) for question in world.questions]
    assert ends(limit) == ends(await HCH(human, len(world.plans), world.lookup)(world.questions))


@given(worlds())
@settings(max_examples=200)
async def test_without_a_depth_what_waits_for_itself_fails_and_all_else_ends(world: World) -> None:
    answers = await HCH(Scripted(world.script), None, world.lookup)(world.questions)
    expected = solve_fixed_point(world)
    assert ends(answers) == [expected[question.text] for question in world.questions]


@given(worlds(), st.one_of(st.none(), st.integers(0, 4)))
async def test_a_batch_gives_what_its_questions_give_one_at_a_time(world: World, depth: int | None) -> None:
    computed = HCH(Scripted(world.script), depth, world.lookup)
    questions = world.questions * 2
    together = await computed(questions)
    assert ends(together) == [ends(await computed([question]))[0] for question in questions]
    assert together[: len(world.questions)] == together[len(world.questions) :]


@given(worlds(), st.integers(0, 4))
async def test_every_distinct_question_and_depth_is_worked_on_once(world: World, depth: int) -> None:
    human = Watched(Scripted(world.script))
    await HCH(human, depth, world.lookup)(world.questions)
    rounds = max(len(plan.rounds) for plan in world.plans.values())
    assert len(human.seen) <= len(world.plans) * (depth + 1) * (rounds + 1)


async def test_a_tree_of_2_to_the_40_nodes_over_few_questions_is_computed_at_once() -> None:
    def doubles(text: str) -> Steps:
        if text == "0":
            return reply("1")
        left, right = yield ask(*[str(int(text) - 1)] * 2)
        return reply(str(int(left or 0) + int(right or 0)))

    for depth in (40, None):
        human = Watched(Scripted(doubles))
        (answer,) = await HCH(human, depth)([Question("40")])
        assert answer.text == str(2**40)
        assert len(human.seen) == 2 * 40 + 1
        assert answer.transcript is not None
        assert len(list(walk(answer.transcript))) == 41
        assert len(tree_record(answer.transcript)["transcripts"]) == 41
    human = Watched(Scripted(doubles))
    (answer,) = await HCH(human, None, budget=Budget(consultations=2**42))([Question("40")])
    assert answer.text == str(2**40)
    assert answer.spent is not None
    assert answer.spent.consultations == 2**41 - 2
    assert len(human.seen) < 500


@pytest.mark.parametrize(
    ("world", "failing", "way"),
    [
        (asking(A="A"), "A", "A → A"),
        (asking(A="B", B="A"), "AB", "A → B → A"),
        (asking(A="B", B="C", C="D", D="A"), "ABCD", "A → B → C → D → A"),
        (asking(X="Y", Y="A", A="B", B="A"), "AB", "A → B → A"),
    ],
    ids=["a question asks itself", "two ask each other", "four in a ring", "a ring reached from outside"],
)
async def test_a_cycle_is_found_and_the_way_round_is_named(world: World, failing: str, way: str) -> None:
    names = way.split(" → ")[:-1]
    rings = {" → ".join([*names[i:], *names[: i + 1]]) for i in range(len(names))}
    for question in world.questions:
        answers = await HCH(Scripted(world.script), None)([question])
        assert answers[0].transcript is not None
        for _, transcript in walk(answers[0].transcript):
            if transcript.question.text not in failing:
                assert transcript.outcome is Outcome.ANSWERED
        (answer,) = answers
        if question.text in failing:
            assert answer.outcome is Outcome.FAILED
            assert answer.transcript is not None
            assert answer.transcript.reason == answer.reason
            reason, named = answer.reason.split(": ")
            assert reason == "the question leads back to itself"
            assert named in rings


async def test_two_cycles_that_overlap_both_fail_and_what_stands_beside_them_does_not() -> None:
    world = asking(A="B", B="AC", C="B", D="AE", E="", F="E")
    answers = dict(zip("ABCDEF", await HCH(Scripted(world.script), None)(world.questions), strict=True))
    assert {name for name, answer in answers.items() if answer.outcome is Outcome.FAILED} == set("ABC")
    for name in "ABC":
        way = answers[name].reason.removeprefix("the question leads back to itself: ").split(" → ")
        assert way[0] == way[-1]
        assert all(b in world.plans[a].rounds[0][0] for a, b in itertools.pairwise(way)), "a way that exists"
    assert answers["D"].outcome is answers["E"].outcome is answers["F"].outcome is Outcome.ANSWERED


async def test_who_asks_a_cycle_hears_nothing_and_goes_on() -> None:
    world = asking(X="A", A="B", B="A")
    (answer,) = await HCH(Scripted(world.script), None)([Question("X")])
    assert ends([answer]) == [solve_fixed_point(world)["X"]]
    assert answer.transcript is not None
    (consultation,) = answer.transcript.consultations
    assert consultation.answer.outcome is Outcome.FAILED
    assert "A → B → A" in consultation.answer.reason or "B → A → B" in consultation.answer.reason


async def test_a_cycle_that_appears_after_another_was_broken_is_found_too() -> None:
    world = World(
        {
            "A": Plan(((("A",), ("A",)),)),
            "X": Plan(((("A",), ("A",)), (("Y",), ("Y",)))),
            "Y": Plan(((("X",), ("X",)),)),
        }
    )
    answers = await HCH(Scripted(world.script), None)(world.questions)
    assert [answer.outcome for answer in answers] == [Outcome.FAILED] * 3
    assert "X → Y → X" in answers[1].reason or "Y → X → Y" in answers[1].reason


async def test_what_fails_does_not_depend_on_what_else_is_asked() -> None:
    # D asks B once it has heard nothing of A. Whoever asks B too has it wait for itself long before that, and yet B
    # has not failed by then: it also asked D, which leads back to it.
    world = World(
        {
            "A": Plan(((("A",), ("A",)),)),
            "B": Plan(((("B", "D"), ("B", "D")),)),
            "D": Plan(((("A",), ("A",)), (("B",), ("B",)))),
        }
    )
    for asked in ("D", "BD", "DB", "BDA"):
        answers = await HCH(Scripted(world.script), None)([Question(name) for name in asked])
        assert {answer.outcome for answer in answers} == {Outcome.FAILED}, asked


async def test_cycles_that_lead_into_each_other_are_broken_together(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each of many questions asks itself and the next one. Were they found one after the other, it would take for ever.
    world = World({str(i): Plan((((str(i), str(i + 1)),) * 2,)) for i in range(3000)} | {"3000": Plan()})
    searches: list[int] = []

    def count_calls(waits: Mapping[Node, Sequence[Node]]) -> list[tuple[list[Node], list[Node]]]:
        searches.append(len(waits))
        return cycles(waits)

    monkeypatch.setattr("hch.amplify.graph.cycles", count_calls)
    answers = await HCH(Scripted(world.script), None)(world.questions)
    assert [answer.outcome for answer in answers] == [Outcome.FAILED] * 3000 + [Outcome.ANSWERED]
    assert searches == [3000]


async def test_a_long_way_round_is_shortened_in_the_report() -> None:
    world = World({str(i): Plan((((str((i + 1) % 1000),),) * 2,)) for i in range(1000)})
    (answer,) = await HCH(Scripted(world.script), None)([Question("0")])
    assert answer.outcome is Outcome.FAILED
    named = answer.reason.split(" → ")
    assert len(named) == 12
    assert named[0] == "the question leads back to itself: " + named[-1]
    assert named[-2] == "… 990 more …"


def gives_up_on_nothing(text: str) -> Steps:
    (answer,) = yield ask({"A": "B", "B": "A", "S": "S"}[text])
    return give_up("nothing came") if answer is None else reply(answer)


@pytest.mark.parametrize(("depth", "text", "way"), [(1, "A", "A → B → A"), (4, "B", "A → B → A"), (0, "S", "S → S")])
async def test_at_a_finite_depth_the_reason_says_that_the_question_leads_back_to_itself(
    depth: int, text: str, way: str
) -> None:
    (answer,) = await HCH(Scripted(gives_up_on_nothing), depth)([Question(text)])
    assert answer.outcome is Outcome.PASSED
    assert answer.transcript is not None
    (*_, (at, lowest)) = walk(answer.transcript)
    assert at == depth
    (consultation,) = lowest.consultations
    assert consultation.answer.outcome is Outcome.PASSED
    assert consultation.answer.reason.startswith("no depth is left, and the question leads back to itself: ")
    named = consultation.answer.reason.split(": ")[1]
    assert named in (way, "B → A → B")


async def test_at_a_finite_depth_the_reason_says_that_none_is_left_where_there_is_no_cycle() -> None:
    (answer,) = await HCH(Scripted(asking(A="B", B="C", C="").script), 1)([Question("A")])
    assert answer.transcript is not None
    (*_, (_, lowest)) = walk(answer.transcript)
    assert [c.answer.reason for c in lowest.consultations] == ["no depth is left"]


def counts_down(text: str) -> Steps:
    if text == "0":
        return reply("0")
    (answer,) = yield ask(str(int(text) - 1))
    return give_up("?") if answer is None else reply(str(int(answer) + 1))


async def the_chain(length: int, depth: int | None, budget: Budget | None = None) -> Answer:
    """A chain's answer, when all that can be looked at in it was."""
    (answer,) = await HCH(Scripted(counts_down), depth, budget=budget)([Question(str(length))])
    assert answer.text == str(length)
    assert answer.transcript is not None
    assert max(at for at, _ in walk(answer.transcript)) == length
    record = tree_record(answer.transcript)
    assert len(record["transcripts"]) == length + 1
    assert record["transcripts"][-1]["rounds"] == []
    return answer


async def test_a_chain_of_50_000_works() -> None:
    await the_chain(50_000, None)


async def test_a_chain_of_any_depth_works_within_its_budget() -> None:
    answer = await the_chain(10_000, 10_000, Budget(10_000, consultations=10_000))
    assert answer.spent is not None
    assert (answer.spent.depth, answer.spent.consultations) == (10_000, 10_000)


async def test_an_answer_with_a_deep_or_a_huge_tree_can_be_kept_in_a_set() -> None:
    def doubles(text: str) -> Steps:
        if text == "0":
            return reply("0")
        yield ask(*[str(int(text) - 1)] * 2)
        return reply(text)

    for script, text in ((counts_down, "20000"), (doubles, "60")):
        (answer,) = await HCH(Scripted(script), None)([Question(text)])
        assert answer.transcript is not None
        assert len({answer, answer.transcript}) == 2


async def test_a_chain_that_is_too_long_passes_at_the_bottom() -> None:
    (answer,) = await HCH(Scripted(counts_down), 10_000)([Question("20000")])
    assert answer.outcome is Outcome.PASSED


async def test_a_ring_of_10_000_is_found() -> None:
    def around(text: str) -> Steps:
        (answer,) = yield ask(str((int(text) + 1) % 10_000))
        return reply(str(answer))

    (answer,) = await HCH(Scripted(around), None)([Question("7")])
    assert answer.outcome is Outcome.FAILED
    assert "more …" in answer.reason


def test_a_long_chain_is_freed_without_a_crash() -> None:
    code = """
import asyncio, gc
from hch import HCH, Question
from hch.humans.scripted import Scripted
from tests.amplify.test_hch import counts_down
(answer,) = asyncio.run(HCH(Scripted(counts_down), None)([Question("50000")]))
print(answer.text)
del answer
gc.collect()
print("freed")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.split(), ended.stderr) == (0, ["50000", "freed"], "")


async def test_lookups_come_first_and_their_answers_are_recorded_as_theirs() -> None:
    world = World({"q": Plan(((("f", "q2"), ("f", "q2")),)), "q2": Plan()}, {"f": "fact"})
    (answer,) = await HCH(Scripted(world.script), 1, world.lookup)([Question("q")])
    assert answer.by == "HCH(1)"
    assert answer.transcript is not None
    assert [c.answer.by for c in answer.transcript.consultations] == ["lookup", "HCH(0)"]
    (answer,) = await HCH(Scripted(world.script), None, Table({}))([Question("q2")])
    assert answer.by == "HCH"
