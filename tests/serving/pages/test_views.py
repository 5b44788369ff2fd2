from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.people.store.items import CONSULTING, OPEN, WORK, Item, Pending
from hch.people.store.projects import Rules
from hch.serving.pages.views import Fact, check_quotes, consultation_view, workspace_view
from hch.text.quotes import Grade
from hch.text.render import workspace_lines
from hch.types import Answer, Budget, Consultation, Context, Outcome, Question, Workspace

FACTS = ["The cat did not steal.", "Sales rose by 15% - more than ever."]
BOOK = Context(("Lists\nThey keep their order.", "Sets\nThey do not."))
ANSWERS = st.builds(Answer, st.text(max_size=20)) | st.builds(
    Answer, outcome=st.sampled_from([Outcome.PASSED, Outcome.FAILED, Outcome.OUT_OF_BUDGET]), reason=st.text(max_size=9)
)
CONSULTATIONS = st.builds(Consultation, st.builds(Question, st.text(max_size=20)), ANSWERS)


def item(workspace: Workspace, pending: tuple[Pending, ...] = ()) -> Item:
    return Item(
        id=1, project=1, key="", kind=WORK, root=True, state=CONSULTING if pending else OPEN, workspace=workspace,
        pending=pending, begun=workspace.budget, revision=0, draft_revision=0, person=None, holder=None,
        lease_until=None, stale=False, text="", reason="", transcript=None, suggestion=None, material=None, gold=None,
        subject="", created_at=0.0, shown_at=None, asked_at=None, ended_at=None, active_seconds=0.0,
    )  # fmt: skip


@given(CONSULTATIONS)
def test_the_parts_of_a_consultation_are_its_rendered_text(consultation: Consultation) -> None:
    parts = consultation_view(1, consultation)
    rendered = workspace_lines(Workspace(Question("q"), ((consultation,),)))[1]
    text = parts.question + parts.mark + parts.answer
    assert "".join(text.split()) == "".join(rendered.removeprefix("1:").split())
    assert parts.answer == consultation.answer.text


@given(st.lists(st.lists(CONSULTATIONS, min_size=1, max_size=3), max_size=3))
def test_consultations_are_numbered_through_all_rounds(rounds: list[list[Consultation]]) -> None:
    view = workspace_view(item(Workspace(Question("q", BOOK), tuple(map(tuple, rounds)))), Rules())
    numbers = [consultation.number for round_ in view.rounds for consultation in round_]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [len(round_) for round_ in view.rounds] == [len(round_) for round_ in rounds]


def test_all_that_is_seen_is_one_text() -> None:
    budget = Budget(depth=1, consultations=4)
    before = (
        Consultation(Question("a?"), Answer("1")),
        Consultation(Question("b?"), Answer(outcome=Outcome.PASSED, reason="no")),
    )
    pending = (
        Pending(Question("c?", budget=Budget(0, 1)), "", 0, Answer("3")),
        Pending(Question("d?", budget=Budget(0, 1)), "", 1),
    )
    view = workspace_view(item(Workspace(Question("Why?", BOOK), (before,), budget), pending), Rules(view="contents"))
    assert view.text.splitlines() == [
        "fact 1: Lists",
        "fact 2: Sets",
        "question: Why?",
        "1: a? -> 1",
        "2: b?: no answer",
        "left: 1 depth, 4 consultations",
        "waiting 4: d?",
        "arrived 3: c? -> 3",
        "reason 2: no",
    ]
    assert view.left == "1 depth, 4 consultations"


def test_an_answer_that_its_round_will_withhold_is_withheld_at_once() -> None:
    granted = Question("c?", budget=Budget(depth=0, words=2))
    pending = (Pending(granted, "", 0, Answer("three words here")), Pending(granted, "", 1))
    view = workspace_view(item(Workspace(Question("Why?"), (), Budget(depth=1, words=4)), pending), Rules())
    _, _, came = view.waiting[0]
    assert came is not None
    assert came.answer == ""
    assert came.mark == ": no answer"
    assert "cost more than was granted" in came.reason


@pytest.mark.parametrize(("text", "lines"), [("", [""]), ("a", ["a"]), ("a\nb\u2028c\r\nd", ["a", "b", "c", "d"])])
def test_lines_break_where_the_renderer_breaks_them(text: str, lines: list[str]) -> None:
    assert Fact(1, text).lines == lines


def test_a_fact_is_known_by_its_first_line_with_words() -> None:
    assert Fact(1, "\n  \n  Lists \nand more").heading == "Lists"
    assert Fact(1, "").heading == ""


def test_long_facts_are_known_as_long() -> None:
    assert not Fact(1, "a\n" * 12).is_long
    assert Fact(1, "a\n" * 13).is_long
    assert Fact(1, "a" * 901).is_long


@pytest.mark.parametrize(
    ("answer", "grade", "fact"),
    [
        ("“did not steal”", Grade.EXACT, 1),
        ('"15% \u2014 more"', Grade.TYPOGRAPHIC, 2),
        ("«The cat … steal»", Grade.ELIDED, 1),
        ("„did steal“", Grade.ABSENT, None),
        ("“1.5%”", Grade.ABSENT, None),
    ],
)
def test_a_quote_has_its_grade_and_its_fact(answer: str, grade: Grade, fact: int | None) -> None:
    (quote,) = check_quotes(f"It says {answer}.", FACTS)
    assert (quote.grade, quote.fact) == (grade, fact)


def test_quotes_come_once_in_order_and_apostrophes_are_none() -> None:
    quotes = check_quotes("It's “b” and “a”, “b” again; don't 'c'. An inch is 5\".", FACTS)
    assert [quote.text for quote in quotes] == ["b", "a"]


def test_no_context_has_a_quote() -> None:
    assert [quote.grade for quote in check_quotes("“a”", [])] == [Grade.ABSENT]
