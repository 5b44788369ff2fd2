from __future__ import annotations

import pickle
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.amplify.amplify import HCH
from hch.amplify.workspace import add_round
from hch.humans.scripted import Scripted, Steps, ask, give_up, reply
from hch.types import Action, Answer, Ask, Consultation, Fail, Outcome, Pass, Question, Reply, Round, Workspace
from tests.strategies import Plan, World, next_text, worlds


def echoes(text: str) -> Steps:
    """Asks three questions, each named after the answers so far, and replies with all of them."""
    heard: list[str | None] = []
    for number in range(3):
        heard += yield ask(f"{text}{number}{heard}")
    return reply(str(heard))


async def next_action(human: Scripted, workspace: Workspace) -> Action:
    (action,) = await human([workspace])
    return action


def answer(workspace: Workspace, action: Action, *texts: str | None) -> Workspace:
    """The workspace after these answers to what was asked."""
    assert isinstance(action, Ask)
    asked = [Question(text) for text in action.texts]
    answers = [Answer(outcome=Outcome.PASSED) if text is None else Answer(text) for text in texts]
    return add_round(workspace, asked, answers, 0.0)


def anew(workspace: Workspace) -> Workspace:
    """The same workspace as another process would have it: read from a file, with nothing in its stash."""
    copy: Workspace = pickle.loads(pickle.dumps(workspace))
    assert copy.stash.held is None
    return copy


@given(worlds(), st.lists(st.one_of(st.none(), st.text(max_size=2)), min_size=12, max_size=12))
async def test_a_replay_does_what_a_live_continuation_does(world: World, heard: list[str | None]) -> None:
    human = Scripted(world.script)
    for question in world.questions:
        workspace, answers = Workspace(question), iter(heard)
        while True:
            live = await next_action(human, workspace)
            assert await next_action(human, anew(workspace)) == live
            if not isinstance(live, Ask):
                break
            workspace = answer(workspace, live, *(next(answers) for _ in live.texts))


async def test_a_live_continuation_is_not_begun_anew_each_time() -> None:
    begun: list[str] = []

    def script(text: str) -> Steps:
        begun.append(text)
        return (yield from echoes(text))

    human, workspace = Scripted(script), Workspace(Question("q"))
    for _ in range(3):
        workspace = answer(workspace, await next_action(human, workspace), "x")
    assert isinstance(await next_action(human, workspace), Reply)
    assert begun == ["q"]


async def test_branches_forked_from_one_workspace_do_not_disturb_each_other() -> None:
    human = Scripted(echoes)
    root = Workspace(Question("q"))
    first = await next_action(human, root)
    left, right = answer(root, first, "left"), answer(root, first, "right")
    twin = answer(root, first, "left")
    assert left.stash is right.stash is twin.stash
    for _ in range(2):
        actions = [await next_action(human, w) for w in (left, right, twin)]
        assert actions == [await next_action(human, anew(w)) for w in (left, right, twin)]
        left, right, twin = (answer(w, action, "more") for w, action in zip((left, right, twin), actions, strict=True))
    assert await next_action(human, right) == Reply("['right', 'more', 'more']")
    assert await next_action(human, left) == await next_action(human, twin) == Reply("['left', 'more', 'more']")


async def test_whoever_is_shown_a_workspace_again_does_the_same_again() -> None:
    human, workspace = Scripted(echoes), Workspace(Question("q"))
    for _ in range(3):
        action = await next_action(human, workspace)
        for _ in range(3):
            assert await next_action(human, workspace) == action
        workspace = answer(workspace, action, "x")
    replies = [await next_action(human, workspace) for _ in range(3)]
    assert replies == [Reply("['x', 'x', 'x']")] * 3


async def test_a_fork_below_a_deep_tree_of_answers_works() -> None:
    def counts(text: str) -> Steps:
        if text == "0":
            return reply("0")
        (answer,) = yield ask(str(int(text) - 1))
        return reply(str(int(answer or 0) + 1))

    async def deep_answer() -> Answer:
        (answer,) = await HCH(Scripted(counts), None)([Question("5000")])
        return answer

    human, root = Scripted(echoes), Workspace(Question("q"))
    action = await next_action(human, root)
    assert isinstance(action, Ask)
    branches = [add_round(root, [Question(action.texts[0])], [await deep_answer()], 0.0) for _ in range(2)]
    for _ in range(2):
        seconds = [await next_action(human, workspace) for workspace in branches]
        assert seconds == [Ask(("q1['5000']",))] * 2
        further = [answer(workspace, seconds[0], "x") for workspace in branches]
        assert [await next_action(human, workspace) for workspace in further] == [Ask(("q2['5000', 'x']",))] * 2


async def test_a_script_gets_texts_and_none_for_what_was_not_answered() -> None:
    heard: list[str | None] = []

    def script(text: str) -> Steps:
        heard.extend((yield ask("a", "b", "c", "d")))
        return give_up("enough")

    outcomes = [Answer("1"), Answer(outcome=Outcome.PASSED), Answer(outcome=Outcome.OUT_OF_BUDGET), Answer("")]
    round_: Round = tuple(map(Consultation, map(Question, "abcd"), outcomes))
    assert await next_action(Scripted(script), Workspace(Question("q"), (round_,))) == Pass("enough")
    assert heard == ["1", None, None, ""]


def raises(text: str) -> Steps:
    if text:
        raise LookupError(f"nothing known of {text}")
    yield ask()
    return reply("")


def raises_later(text: str) -> Steps:
    yield ask("a")
    if not text:
        return reply("")
    raise LookupError(f"nothing known of {text}")


def stops(text: str) -> Steps:
    first: str = next(iter(()), text) if not text else next(iter([]))
    yield ask("a")
    return reply(first)


def returns_nothing(text: str) -> Steps:  # type: ignore[return]
    yield ask("a")


def returns_a_text(text: str) -> Generator[Ask, list[str | None], str]:
    yield ask("a")
    return "42"


def yields_a_text(text: str) -> Generator[str, list[str | None], Reply]:
    yield "a"
    return reply("b")


def is_no_generator(text: str) -> Reply:
    return reply("b")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (raises, "LookupError: nothing known of q"),
        (raises_later, "LookupError: nothing known of q"),
        (stops, "RuntimeError: generator raised StopIteration"),
        (returns_nothing, "a script yields ask(…) and returns reply(…) or give_up(…), got None"),
        (returns_a_text, "a script yields ask(…) and returns reply(…) or give_up(…), got '42'"),
        (yields_a_text, "a script yields ask(…) and returns reply(…) or give_up(…), got 'a'"),
        (is_no_generator, "TypeError: 'Reply' object is not an iterator"),
    ],
)
async def test_a_faulty_script_fails_and_says_why_live_and_replayed(script: object, reason: str) -> None:
    human = Scripted(script)  # type: ignore[arg-type]
    workspace = Workspace(Question("q"))
    action = await next_action(human, workspace)
    if isinstance(action, Ask):
        workspace = answer(workspace, action, "x")
        action = await next_action(human, workspace)
    assert action == Fail(reason)
    assert await next_action(human, workspace) == action
    assert await next_action(human, anew(workspace)) == action


async def test_one_faulty_script_spoils_no_other_workspace() -> None:
    def script(text: str) -> Steps:
        return (yield from raises(text)) if text == "bad" else (yield from echoes(text))

    bad, good = await Scripted(script)([Workspace(Question("bad")), Workspace(Question("good"))])
    assert bad == Fail("LookupError: nothing known of bad")
    assert good == Ask(("good0[]",))


def test_a_scripted_human_is_pickled() -> None:
    human = Scripted(echoes)
    assert pickle.loads(pickle.dumps(human)) == human


async def test_a_script_with_settings_is_pickled_and_works() -> None:
    human = Scripted(World({"q": Plan()}).script)
    copy: Scripted = pickle.loads(pickle.dumps(human))
    assert await next_action(copy, Workspace(Question("q"))) == Reply(next_text("q", ()))


def test_a_script_says_what_it_does_in_one_word() -> None:
    assert ask("a", "b") == Ask(("a", "b"))
    assert ask("a", "b", sample_indices=(None, 2)) == Ask(("a", "b"), (None, 2))
    assert reply("c") == Reply("c")
    assert give_up("no") == Pass("no")


@pytest.mark.parametrize("sample_indices", [(1,), (1, 2, 3)])
def test_sample_indices_come_one_for_each_text(sample_indices: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=f"expected one sample index for each of 2 texts, got {len(sample_indices)}"):
        ask("a", "b", sample_indices=sample_indices)
