"""Where people take their time: a pause reaches whoever asked, and in the end it is as if nobody had waited."""

from __future__ import annotations

import pickle
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hch.amplify.amplify import HCH, Amplify, Otherwise
from hch.amplify.rounds import start_anew
from hch.amplify.waiting import MOST_LISTED, Finished, Waiting, find_pending, list_ids
from hch.humans.scripted import Scripted
from hch.models.table import Table
from hch.protocols import Answerer, Human, Recall
from hch.types import UNLIMITED, Action, Answer, Ask, Budget, Outcome, Question, Reply, Wait, Workspace
from tests.desks import Desk
from tests.strategies import Plan, World, worlds

LEAVES = {f"q{number}": f"leaf {number}" for number in range(0, 6, 2)}

limits = st.one_of(st.integers(0, 12), st.just(UNLIMITED))
budgets = st.builds(Budget, depth=st.integers(0, 4), consultations=limits, words=limits)


def ends(answers: Sequence[Answer]) -> list[tuple[Outcome, str]]:
    return [(answer.outcome, answer.text) for answer in answers]


def answer_value(answer: Answer) -> object:
    """An answer and all below it, but for reasons: of several ways around a cycle any may be named."""
    rounds = [] if answer.transcript is None else answer.transcript.rounds
    below = [[(c.question, answer_value(c.answer)) for c in round_] for round_ in rounds]
    return answer.outcome, answer.text, answer.by, answer.confidence, answer.spent, below


def waits(*ids: str) -> Answer:
    return Answer(outcome=Outcome.WAITING, waits_for=ids)


def nest(world: World, humans: Sequence[tuple[Human, Recall]], budget: Budget | None) -> Answerer:
    """Each human consults the one before it, and the first one a table."""
    model: Answerer = Table(LEAVES)
    for human, recall in humans:
        model = Amplify(human, Otherwise(world.lookup, model), budget, recall=recall)
    return model


async def ask_until_there(answerer: Answerer, questions: list[Question], desks: Sequence[Desk]) -> list[Answer]:
    """Asks again and again; every time, what the answers wait for is what somebody has been shown to no effect."""
    for _ in range(1000):
        for desk in desks:
            desk.waiting.clear()
        answers = await answerer(questions)
        waiting = [answer for answer in answers if answer.outcome is Outcome.WAITING]
        assert all((answer.text, answer.transcript, answer.spent) == ("", None, None) for answer in waiting)
        assert all(answer.waits_for for answer in waiting)
        assert all(answer.waits_for == () for answer in answers if answer not in waiting)
        assert {name for answer in waiting for name in answer.waits_for} == set().union(*(d.waiting for d in desks))
        if not waiting:
            return answers
    raise AssertionError("they never came to an end")


# Asked again


@given(worlds(), st.integers(1, 3), st.one_of(st.none(), budgets), st.booleans(), st.integers())
@settings(max_examples=150)
async def test_several_people_who_take_their_time_say_in_the_end_what_those_say_who_do_not(
    world: World, count: int, budget: Budget | None, recalls: bool, seed: int
) -> None:
    human = Scripted(world.script)
    desks = [Desk(human, 0.6, random.Random(f"{seed} {number}")) for number in range(count)]
    answerer = nest(world, [(desk, desk.recall if recalls else start_anew) for desk in desks], budget)
    expected = await nest(world, [(human, start_anew)] * count, budget)(world.questions)
    assert await ask_until_there(answerer, world.questions, desks) == expected


@given(worlds(), st.integers(0, 4), st.one_of(st.none(), budgets), st.integers())
@settings(max_examples=150)
async def test_hch_of_people_who_take_their_time_is_in_the_end_that_of_those_who_do_not(
    world: World, depth: int, budget: Budget | None, seed: int
) -> None:
    desk = Desk(Scripted(world.script), 0.6, random.Random(seed))
    # Without a budget a question is the same at every depth, and what was seen of it there is not.
    answerer = HCH(desk, depth, world.lookup, budget, start_anew if budget is None else desk.recall)
    expected = await HCH(desk.human, depth, world.lookup, budget)(world.questions)
    answers = await ask_until_there(answerer, world.questions, [desk])
    assert list(map(answer_value, answers)) == list(map(answer_value, expected))


@given(worlds(well_founded=True), st.booleans(), st.integers())
async def test_without_a_depth_too(world: World, recalls: bool, seed: int) -> None:
    desk = Desk(Scripted(world.script), 0.6, random.Random(seed))
    answerer = HCH(desk, None, world.lookup, recall=desk.recall if recalls else start_anew)
    expected = await HCH(desk.human, None, world.lookup)(world.questions)
    assert await ask_until_there(answerer, world.questions, [desk]) == expected


@given(worlds(), st.booleans(), st.integers())
@settings(max_examples=150)
async def test_what_waits_for_itself_fails_as_it_does_where_nobody_waits(
    world: World, recalls: bool, seed: int
) -> None:
    desk = Desk(Scripted(world.script), 0.6, random.Random(seed))
    answerer = HCH(desk, None, world.lookup, recall=desk.recall if recalls else start_anew)
    expected = await HCH(desk.human, None, world.lookup)(world.questions)
    assert ends(await ask_until_there(answerer, world.questions, [desk])) == ends(expected)


async def test_a_workspace_goes_on_with_the_answers_that_were_seen_in_it() -> None:
    said = iter("123456")

    async def fickle(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(next(said)) for _ in questions]

    async def human(workspaces: Sequence[Workspace], /) -> list[Action]:
        return [Reply(w.consultations[0].answer.text) if w.rounds else Ask(("x",)) for w in workspaces]

    desk = Desk(human)
    asked = Amplify(desk, fickle, recall=desk.recall)
    assert [(await asked([Question("q")]))[0].text for _ in range(3)] == ["", "", "1"]
    assert next(said) == "2"


# Pauses


class Slow:
    """The script, but for some questions of which nobody has acted in yet."""

    def __init__(self, world: World, *waiting: str) -> None:
        self.human, self.waiting = Scripted(world.script), waiting

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        actions = await self.human(workspaces)
        texts = [workspace.question.text for workspace in workspaces]
        return [
            Wait((f"id of {text}",)) if text in self.waiting else action
            for text, action in zip(texts, actions, strict=True)
        ]


def asking(**arrows: str) -> World:
    """A world in which H asks, for each question, all of some one-letter questions at once, and replies."""
    return World({q: Plan(((tuple(asked), tuple(asked)),) if asked else ()) for q, asked in arrows.items()})


DEEP = asking(A="BC", B="DX", C="", D="Y", X="", Y="", E="C")


@pytest.mark.parametrize("depth", [None, 3])
async def test_a_pause_far_below_reaches_whoever_asked_and_the_others_of_the_batch_go_on(depth: int | None) -> None:
    answers = await HCH(Slow(DEEP, "X", "Y"), depth)([Question(text) for text in "ABCDE"])
    assert [answer.outcome.value for answer in answers] == ["waiting", "waiting", "answered", "waiting", "answered"]
    # B hears of Y by way of D, which it asked first.
    assert [a.waits_for for a in answers] == [("id of Y", "id of X")] * 2 + [(), ("id of Y",), ()]
    assert answers[0].by == ("HCH" if depth is None else "HCH(3)")
    assert answers[0].reason == "waits for id of Y, id of X"


async def test_in_a_batch_of_an_amplified_human_too() -> None:
    human = Slow(DEEP, "X", "Y")
    two = Amplify(human, Amplify(human, Table({}), name="lowest"), name="low")
    answers = await Amplify(human, Amplify(human, two))([Question(text) for text in "ABCDE"])
    assert [a.waits_for for a in answers] == [("id of Y", "id of X")] * 2 + [(), ("id of Y",), ()]
    assert [answer.by for answer in answers] == ["H"] * 5


async def test_a_workspace_that_waits_is_not_shown_the_answers_that_are_there() -> None:
    shown: list[Workspace] = []
    slow = Slow(DEEP, "X")

    async def human(workspaces: Sequence[Workspace], /) -> list[Action]:
        shown.extend(workspaces)
        return await slow(workspaces)

    for answerer in (HCH(human, None), Amplify(human, Amplify(human, Amplify(human, Table({}))))):
        shown.clear()
        await answerer([Question("B")])
        assert [len(w.rounds) for w in shown if w.question.text == "B"] == [0]
        assert "Y" in {w.question.text for w in shown}, "all else is done meanwhile"


async def test_a_pause_at_the_end_of_a_chain_of_50_000_reaches_its_beginning() -> None:
    acted = False

    async def human(workspaces: Sequence[Workspace], /) -> list[Action]:
        actions: list[Action] = []
        for workspace in workspaces:
            number = int(workspace.question.text)
            if number == 0:
                actions.append(Reply("0") if acted else Wait(("the last",)))
            elif workspace.rounds:
                actions.append(Reply(str(int(workspace.consultations[0].answer.text) + 1)))
            else:
                actions.append(Ask((str(number - 1),)))
        return actions

    (answer,) = await HCH(human, None)([Question("50000")])
    assert (answer.outcome, answer.waits_for) == (Outcome.WAITING, ("the last",))
    acted = True
    (answer,) = await HCH(human, None)([Question("50000")])
    assert answer.text == "50000"


@pytest.mark.parametrize(
    ("world", "waiting", "failed"),
    [
        # A cycle beside somebody who waits, one that waits itself, and one above that.
        (asking(R="AP", A="B", B="A", P=""), "RP", "AB"),
        (asking(A="B", B="AP", P=""), "ABP", ""),
        (asking(C="D", D="CA", A="B", B="AP", P="", E="E"), "CDABP", "E"),
        (asking(A="B", B="AC", C="D", D="C", P=""), "P", "ABCD"),
        (asking(A="B", B="AZ", Z="P", P=""), "ABZP", ""),
    ],
)
async def test_a_cycle_waits_where_it_waits_for_people_and_fails_where_it_does_not(
    world: World, waiting: str, failed: str
) -> None:
    questions = [Question(text) for text in world.plans]
    answers = dict(zip(world.plans, await HCH(Slow(world, "P"), None)(questions), strict=True))
    assert "".join(text for text, answer in answers.items() if answer.outcome is Outcome.WAITING) == "".join(
        text for text in world.plans if text in waiting
    )
    assert {text for text, answer in answers.items() if answer.outcome is Outcome.FAILED} == set(failed)
    assert {answer.waits_for for answer in answers.values() if answer.outcome is Outcome.WAITING} <= {("id of P",)}


async def test_what_is_waited_for_is_not_asked_of_anybody_else() -> None:
    async def first(questions: Sequence[Question], /) -> list[Answer]:
        return [waits("17")] * len(questions)

    assert await Otherwise(first, Table({"q": "a"}))([Question("q")]) == [waits("17")]


@given(st.lists(st.lists(st.sampled_from("abcde"), max_size=3), max_size=4))
def test_what_is_waited_for_is_named_once_and_in_order(ids: list[list[str]]) -> None:
    answers = [Answer("there"), *(waits(*names) for names in ids), Answer(outcome=Outcome.PASSED, waits_for=("z",))]
    wait = find_pending(answers)
    if not ids:
        assert wait is None
    else:
        assert wait is not None
        assert list(wait.waits_for) == list(dict.fromkeys(name for names in ids for name in names))


def test_of_many_workspaces_the_first_are_listed() -> None:
    ids = [str(number) for number in range(17, 17 + MOST_LISTED)]
    assert list_ids(ids[:2]) == "17, 18"
    assert list_ids(ids) == ", ".join(ids)
    assert list_ids([*ids, "99"]) == f"{', '.join(ids)} …"


async def test_whoever_does_not_say_what_is_waited_for_waits_all_the_same() -> None:
    async def human(workspaces: Sequence[Workspace], /) -> list[Action]:
        return [Wait() for _ in workspaces]

    (answer,) = await Amplify(human, Table({}))([Question("q")])
    assert (answer.outcome, answer.waits_for, answer.reason) == (Outcome.WAITING, (), "waits for people")
    with pytest.raises(Waiting):
        await Finished(Amplify(human, Table({})))([Question("q")])


# Recall


async def test_all_that_is_fresh_is_recalled_together_and_nothing_else() -> None:
    batches: list[list[Workspace]] = []

    async def recall(workspaces: Sequence[Workspace], /) -> list[Workspace]:
        batches.append(list(workspaces))
        return list(workspaces)

    human = Scripted(DEEP.script)
    await Amplify(human, Table({}), recall=recall)([Question("A"), Question("C")])
    assert [[w.question.text for w in batch] for batch in batches] == [["A", "C"]]
    batches.clear()
    await HCH(human, None, recall=recall)([Question("A"), Question("E")])
    assert [sorted(w.question.text for w in batch) for batch in batches] == [["A", "E"], ["B", "C"], ["D", "X"], ["Y"]]
    assert all(workspace.rounds == () for batch in batches for workspace in batch)


async def test_where_nothing_can_be_recalled_every_workspace_fails_and_says_why() -> None:
    async def recall(workspaces: Sequence[Workspace], /) -> list[Workspace]:
        if any(workspace.question.text == "X" for workspace in workspaces):
            raise OSError("the disk is gone")
        return list(workspaces)

    human = Scripted(DEEP.script)
    for answerer in (Amplify(human, Table({}), recall=recall), HCH(human, None, recall=recall)):
        for answer in await answerer([Question("X"), Question("Y")]):
            assert (answer.outcome, answer.reason) == (Outcome.FAILED, "OSError: the disk is gone")
            assert answer.transcript is not None
    (answer,) = await HCH(human, None, recall=recall)([Question("B")])
    assert answer.outcome is Outcome.ANSWERED
    assert answer.transcript is not None
    assert {c.question.text: c.answer.outcome for c in answer.transcript.consultations} == {
        "D": Outcome.FAILED,
        "X": Outcome.FAILED,
    }


async def test_a_recall_that_loses_workspaces_is_told_what_was_expected() -> None:
    async def recall(workspaces: Sequence[Workspace], /) -> list[Workspace]:
        return []

    human = Scripted(DEEP.script)
    for answerer in (Amplify(human, Table({}), recall=recall), HCH(human, None, recall=recall)):
        with pytest.raises(AssertionError, match="was given 2 workspaces and gave 0"):
            await answerer([Question("X"), Question("Y")])


# All or none


async def test_all_answers_come_or_none_does() -> None:
    answerer = Finished(HCH(Slow(DEEP, "X", "Y"), None))
    assert [answer.outcome for answer in await answerer([Question("C"), Question("E")])] == [Outcome.ANSWERED] * 2
    with pytest.raises(Waiting, match="waits for id of Y, id of X") as waiting:
        await answerer([Question("C"), Question("D"), Question("A")])
    assert waiting.value.waits_for == ("id of Y", "id of X")
    again = pickle.loads(pickle.dumps(waiting.value))
    assert (type(again), again.waits_for) == (Waiting, waiting.value.waits_for)


async def test_whoever_consults_them_waits_and_does_not_fail() -> None:
    finished = Finished(HCH(Slow(DEEP, "X"), None))
    for answerer in (Amplify(Scripted(DEEP.script), finished), HCH(Scripted(DEEP.script), 1, finished)):
        with pytest.raises(Waiting):
            await answerer([Question("B")])
