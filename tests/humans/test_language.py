from __future__ import annotations

import pickle
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.amplify.amplify import Amplify
from hch.humans.language import INSTRUCTIONS, REPAIR, UNREAD, Prompted, examples_from, read_loosely
from hch.models.table import Table
from hch.text.render import action_text
from hch.types import (
    Action,
    Answer,
    Ask,
    Consultation,
    Context,
    Fail,
    Outcome,
    Pass,
    Question,
    Reply,
    Transcript,
    Workspace,
)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("ask: what is x?", Ask(("what is x?",))),
        ("Ask: what is x?\nASK: what is y?", Ask(("what is x?", "what is y?"))),
        ("- **ask:** what is x?\n- **ask:** what is y?", Ask(("what is x?", "what is y?"))),
        ("1. ask: what is x?\n2) ask: what is y?", Ask(("what is x?", "what is y?"))),
        ("```\nask: what is x?\n```", Ask(("what is x?",))),
        ("ask: what is x?\n1: what is x? -> 5\nreply: 5", Ask(("what is x?",))),
        ("ask: what is x?\nreply: 5", Ask(("what is x?",))),
        ("reply: 5", Reply("5")),
        ("**Reply:** 5", Reply("5")),
        ("**Reply: 5**", Reply("5")),
        ("`reply: 5`", Reply("5")),
        ("> reply : 5", Reply("5")),
        ("reply: two\nlines", Reply("two\nlines")),
        ("reply: 5\nask: more?", Reply("5")),
        ("pass: no idea", Pass("no idea")),
        ("Pass:", Pass("")),
        ("ask #3: what is x?", Ask(("what is x?",))),
    ],
)
def test_what_sloppy_models_write_is_read(text: str, action: Action) -> None:
    assert read_loosely(text) == action


@pytest.mark.parametrize(
    "text",
    ["", "5", "I think the reply: 5", "The answer is 5.\nreply: 5", "ask:", "reply:", "replying: 5", "ask what is x?"],
)
def test_nothing_is_guessed(text: str) -> None:
    assert read_loosely(text) is None


@given(st.text())
def test_any_text_is_read_or_not_and_never_raises(text: str) -> None:
    assert read_loosely(text) is None or isinstance(read_loosely(text), Ask | Reply | Pass)


@given(st.lists(st.text(alphabet="abc def?", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=3))
def test_a_model_that_writes_as_it_is_shown_is_read_exactly(texts: list[str]) -> None:
    for action in (Ask(tuple(texts)), Reply(texts[0]), Pass(texts[0])):
        assert read_loosely(action_text(action)) == action


class Says:
    """A model that says one thing after the other, and remembers what it was asked."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.asked = list(texts), list[Question]()

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        self.asked.extend(questions)
        return [Answer(self.texts.pop(0)) for _ in questions]


async def test_a_prompted_model_consults_another() -> None:
    human = Prompted(Says("ask: what is x?", "reply: x is 5"))
    (answer,) = await Amplify(human, Table({"what is x?": "5"}))([Question("tell me of x")])
    assert answer.text == "x is 5"
    assert answer.transcript is not None
    assert [c.answer.text for c in answer.transcript.consultations] == ["5"]


async def test_what_cannot_be_read_is_asked_for_once_more() -> None:
    model = Says("hmm, five?", "reply: 5")
    assert await Prompted(model)([Workspace(Question("q"))]) == [Reply("5")]
    assert model.asked[1].text.endswith(REPAIR)
    assert "hmm, five?" in model.asked[1].text


async def test_what_is_still_unread_fails_and_says_so() -> None:
    (action,) = await Prompted(Says("hmm", "well"))([Workspace(Question("q"))])
    assert isinstance(action, Fail)
    assert action.reason.startswith(UNREAD)
    assert "well" in action.reason


async def test_a_model_that_gives_no_answer_is_no_unread_action() -> None:
    async def breaks(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(outcome=Outcome.FAILED, reason="out of memory") for _ in questions]

    assert await Prompted(breaks)([Workspace(Question("q"))]) == [Fail("failed: out of memory")]


async def test_it_sees_the_workspace_and_of_the_context_what_its_view_shows() -> None:
    model = Says("reply: a", "reply: b")
    context = Context(("title one\ntext", "title two\ntext"))
    workspace = Workspace(Question("q", context), ((Consultation(Question("sub"), Answer("found")),),))
    await Prompted(model)([workspace])
    await Prompted(model, view=lambda c: [fact.splitlines()[0] for fact in c.facts])([workspace])
    assert model.asked[0].context.facts == ()
    assert model.asked[1].context.facts == ("title one", "title two")
    assert model.asked[0].text == f"{INSTRUCTIONS}\n\nquestion: q\n1: sub -> found"


def test_examples_are_short_steps_of_each_kind() -> None:
    consultation = Consultation(Question("sub"), Answer("5"))
    transcripts = [
        Transcript(Question("q"), ((consultation,),), Outcome.ANSWERED, "5"),
        Transcript(Question("a much longer question"), ((consultation,),), Outcome.ANSWERED, "a longer answer"),
        Transcript(Question("hard"), (), Outcome.PASSED, reason="too hard"),
        Transcript(Question("broken"), (), Outcome.FAILED, reason="error"),
    ]
    assert examples_from(transcripts, 3) == (
        ("question: q", "ask: sub"),
        ("question: hard", "pass: too hard"),
        ("question: q\n1: sub -> 5", "reply: 5"),
    )
    assert len(examples_from(transcripts, 100)) == 5


async def test_examples_stand_before_the_workspace() -> None:
    model = Says("reply: a")
    await Prompted(model, "Do:", (("question: q", "reply: r"),))([Workspace(Question("new"))])
    assert model.asked[0].text == "Do:\n\nquestion: q\nreply: r\n\nquestion: new"


def test_it_pickles() -> None:
    human = Prompted(Table({"a": "b"}))
    assert pickle.loads(pickle.dumps(human)) == human
