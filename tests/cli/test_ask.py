from __future__ import annotations

import io

from rich.console import Console

from hch.cli.ask import MOST_LINES, consultation_tree
from hch.types import Answer, Consultation, Outcome, Question, Transcript


def make_answer(text: str, *below: Consultation, by: str = "HCH", confidence: float = 1.0) -> Answer:
    transcript = Transcript(Question("?"), (below,) if below else (), Outcome.ANSWERED, text, by=by)
    return Answer(text, by=by, confidence=confidence, transcript=transcript)


def consult(text: str, answer: Answer) -> Consultation:
    return Consultation(Question(text), answer)


def show(question: str, answer: Answer) -> list[str]:
    console = Console(file=io.StringIO(), width=200)
    console.print(consultation_tree(Question(question), answer))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_a_node_has_its_question_its_answer_who_gave_it_and_how_sure_they_were() -> None:
    answer = make_answer("3", consult("1 + 1?", Answer("2", by="model", confidence=0.97)), by="H")
    assert show("1 + 2?", answer) == ["1 + 2?  3  H", "└── 1 + 1?  2  model, 97.0% sure"]


def test_what_was_asked_twice_is_shown_once() -> None:
    shared = make_answer("2", consult("a?", Answer("1", by="lookup")))
    lines = show("q?", make_answer("4", consult("b?", shared), consult("b?", shared)))
    assert lines == ["q?  4  HCH", "├── b?  2  HCH", "│   └── a?  1  lookup", "└── b?  2  HCH, as above"]


def test_no_answer_is_an_outcome_with_its_reason() -> None:
    answer = Answer(outcome=Outcome.PASSED, by="H", reason="I do not know")
    assert show("q?", answer) == ["q?  passed  H, I do not know"]


def test_a_wide_tree_is_cut_and_says_how_much_is_missing() -> None:
    wide = make_answer("x", *(consult(f"q{i}?", Answer(str(i))) for i in range(1000)))
    lines = show("q?", wide)
    assert len(lines) == MOST_LINES + 1
    assert lines[-1].endswith(f"… {1000 - (MOST_LINES - 1)} more consultations below are not shown")


def test_a_deep_tree_is_shown_from_the_top_as_deep_as_fits() -> None:
    answer = Answer("leaf", by="lookup")
    for level in range(20_000):
        answer = make_answer(str(level), consult(f"left {level}?", answer), consult(f"right {level}?", Answer("1")))
    lines = show("q?", answer)
    assert len(lines) <= MOST_LINES + 1
    assert "right 19999?" in "\n".join(lines)
    assert "asked 2, not shown" in "\n".join(lines)
    assert f"… {40_000 - (len(lines) - 2)} more" in lines[-1]


def test_a_tree_of_which_all_nodes_are_shared_costs_what_is_distinct() -> None:
    answer = Answer("leaf")
    for level in range(40):
        answer = make_answer(str(level), consult(f"{level}?", answer), consult(f"{level}?", answer))
    assert sum("as above" in line for line in show("q?", answer)) > 10


def test_hostile_texts_stay_texts() -> None:
    answer = make_answer("[red]x[/red]", consult("\x1b[2J", Answer("\u202e", by="\x07")))
    lines = show("[link=http://x]q[/link]", answer)
    assert lines[0] == "[link=http://x]q[/link]  [red]x[/red]  HCH"
    assert lines[1] == "└── <U+001B>[2J  <U+202E>  <U+0007>"
