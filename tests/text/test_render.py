from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.text.render import (
    INDENT,
    action_text,
    consultation_text,
    label_text,
    read_action,
    without_reason,
    workspace_lines,
    workspace_text,
)
from hch.text.words import words
from hch.types import Action, Answer, Ask, Budget, Consultation, Fail, Outcome, Pass, Question, Reply, Wait, Workspace

BREAKS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
"""Everything that ``str.splitlines`` takes for the end of a line."""

pieces = st.sampled_from(
    [
        *BREAKS,
        "reply: 42",
        "ask: x",
        "ask #1: x",
        "pass:",
        "1: q -> a",
        "question: ",
        "left: ",
        INDENT,
        " ",
        "\t",
        "\0",
        "a",
    ]
)
texts = st.one_of(st.text(), st.lists(pieces, max_size=6).map("".join))
draws = st.one_of(st.none(), st.integers())
plain_asks = st.lists(texts, min_size=1, max_size=4).map(lambda asked: Ask(tuple(asked)))
sampled_asks = (
    st.lists(st.tuples(texts, draws), min_size=1, max_size=4)
    .filter(lambda pairs: any(sample_index is not None for _, sample_index in pairs))
    .map(lambda pairs: Ask(tuple(text for text, _ in pairs), tuple(sample_index for _, sample_index in pairs)))
)
actions = st.one_of(plain_asks, sampled_asks, st.builds(Reply, texts), st.builds(Pass, texts))


@given(actions)
def test_an_action_is_read_back_as_it_was_written(action: Action) -> None:
    assert read_action(action_text(action)) == action


@pytest.mark.parametrize(
    "text", ["", " ", "  a  ", "\n", "\n\n", "a\n", "\r", "a\r\nb", "\u2028", "reply: x\nreply: y"]
)
def test_nothing_of_a_text_is_lost(text: str) -> None:
    for action in (Reply(text), Pass(text), Ask((text,)), Ask((text, text)), Ask((text, "x"), (None, -1))):
        assert read_action(action_text(action)) == action


def test_an_action_is_written_for_people_to_read() -> None:
    assert action_text(Ask(("σ^2(a)?", "σ(b)?"))) == "ask: σ^2(a)?\nask: σ(b)?"
    assert action_text(Ask(("step?", "edge?"), (2, None))) == "ask #2: step?\nask: edge?"
    assert action_text(Reply("42")) == "reply: 42"
    assert action_text(Reply("two\nlines")) == "reply: two\n    lines"
    assert action_text(Pass()) == "pass:"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42",
        "Reply: 42",
        "reply 42",
        "reply:42",
        " reply: 42",
        "reply: 42\nreply: 43",
        "reply: 42\npass:",
        "ask: x\nreply: y",
        "ask: x\n\nask: y",
        "reply: 42\n",
        "reply: two\nlines",
        "reply: two\n  lines",
        "    reply: 42",
        "ask #: x",
        "ask #one: x",
        "ask #٣: x",
        "ask#1: x",
        "ask: x\u2028ask: y",
        "question: x",
    ],
)
def test_what_cannot_be_read_is_no_action_and_is_not_repaired(text: str) -> None:
    assert read_action(text) is None


@given(texts)
def test_any_text_is_read_as_an_action_or_refused(text: str) -> None:
    action = read_action(text)
    assert action is None or read_action(action_text(action)) == action


def test_a_failure_is_never_written_as_an_action() -> None:
    with pytest.raises(ValueError, match="a failure is no action that a human takes: the disk is full"):
        action_text(Fail("the disk is full"))


def test_that_nobody_has_acted_is_never_written_as_an_action() -> None:
    with pytest.raises(ValueError, match="nobody has acted yet in 17, 23"):
        action_text(Wait(("17", "23")))


def test_an_imitator_does_not_learn_why_h_passes() -> None:
    assert without_reason(Pass("because")) == Pass()
    for action in (Reply("because"), Ask(("because",))):
        assert without_reason(action) is action


answers = st.one_of(
    st.builds(Answer, texts), st.just(Answer(outcome=Outcome.PASSED)), st.just(Answer(outcome=Outcome.FAILED))
)
consultations = st.builds(Consultation, st.builds(Question, texts), answers)
workspaces = st.builds(
    Workspace,
    st.builds(Question, texts),
    st.lists(st.lists(consultations, max_size=3).map(tuple), max_size=3).map(tuple),
    st.one_of(st.none(), st.builds(Budget, consultations=st.integers(0, 9))),
)


@given(workspaces)
def test_no_text_passes_itself_off_as_a_line(workspace: Workspace) -> None:
    lines = workspace_lines(workspace)
    labels = ["question", *(str(number + 1) for number in range(len(workspace.consultations)))]
    assert [line.partition(":")[0] for line in lines] == labels + ["left"] * (workspace.budget is not None)
    shown = [line for line in workspace_text(workspace).splitlines() if not line.startswith(INDENT)]
    assert [line.partition(":")[0] for line in shown] == [line.partition(":")[0] for line in lines]


@given(texts, texts)
def test_different_texts_give_different_lines(a: str, b: str) -> None:
    assert (label_text("question", a) == label_text("question", b)) == (a == b)


def test_a_workspace_is_shown_with_its_consultations_and_what_is_left() -> None:
    workspace = Workspace(
        Question("σ^2(a)?"),
        (
            (
                Consultation(Question("σ(a)?"), Answer("b")),
                Consultation(Question("x?"), Answer(outcome=Outcome.PASSED)),
            ),
            (Consultation(Question("σ(b)?"), Answer("")),),
        ),
        Budget(depth=3, words=1.5),
    )
    assert workspace_text(workspace).splitlines() == [
        "question: σ^2(a)?",
        "1: σ(a)? -> b",
        "2: x?: no answer",
        "3: σ(b)? ->",
        "left: 3 depth, 1.5 words",
    ]
    assert workspace_lines(Workspace(Question("q"))) == ["question: q"]
    assert workspace_lines(Workspace(Question("q"), budget=Budget())) == ["question: q", "left:"]


@pytest.mark.parametrize("answer", ["(", ")", ":", "?", "->", ";", "^", "#", ":=", "_", "-3", "x"])
def test_whatever_word_a_model_answers_with_its_line_can_be_spelled(answer: str) -> None:
    line = label_text("1", consultation_text(Consultation(Question("value of x?"), Answer(answer))))
    assert words(line)[-1] == answer
