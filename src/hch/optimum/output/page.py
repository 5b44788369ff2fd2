"""Analyses of worlds as one HTML file: it needs no network and no scripts, and trusts no text of a world."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from hch.optimum.analysis import Analysis, LossResult
from hch.optimum.goodhart import NOT_COMPUTED, GoodhartCurve
from hch.optimum.output.pictures import Card, draw_curve, draw_graph
from hch.optimum.output.sentences import (
    describe_curve,
    describe_hch,
    describe_world,
    format_aligned_share,
    format_size,
    list_notes,
    tabulate_curve,
)
from hch.optimum.verdict import find_aligned_answers
from hch.report.html import STYLE_SHEET, make_templates, write_page
from hch.text.display import plain

MOST_DRAWN = 40
"""Questions in a picture. Of a larger world, only those of counterexamples and cycles are drawn."""
MOST_ROWS = 200
"""Questions in the table."""
MARKS = {"all": "✓", "some": "✗", "none": "✗", "no model": "–"}


@dataclass(frozen=True)
class Picture:
    """The world as a graph, for a wide screen and for a narrow one."""

    wide: Markup
    narrow: Markup


def write_analyses(analyses: Sequence[Analysis], path: Path) -> Path:
    """Writes the page, and returns its path. Raises RunError where it would replace a file that is no page of hch."""
    return write_page(path, render_page(analyses), "--html")


def render_page(analyses: Sequence[Analysis]) -> str:
    """The page that shows these analyses, one below the other."""
    style_sheets = (STYLE_SHEET, Path(__file__).with_name("page.css"))
    titles = [plain(analysis.world.title or "A world", 120) for analysis in analyses]
    template = make_templates("hch.optimum.output").get_template("page.html")
    return template.render(
        title=titles[0] if len(titles) == 1 else "What is optimal, and is it aligned?",
        css=Markup("\n".join(style_sheet.read_text("utf-8") for style_sheet in style_sheets)),
        worlds=[_prepare_world(analysis, f"w{number}") for number, analysis in enumerate(analyses)],
        not_computed=NOT_COMPUTED,
    )


def _prepare_world(analysis: Analysis, name: str) -> dict[str, Any]:
    """Everything that the template needs of one world."""
    world, results = analysis.world, analysis.results
    questions = choose_questions(analysis)
    groups = list(_prepare_groups(analysis, questions, name))
    left_out = len(world.entries) - len(questions)
    return {
        "title": plain(world.title or "A world", 120),
        "about": plain(" ".join(world.about.split())),
        "summary": plain(describe_world(world)),
        "hch": plain(describe_hch(analysis)),
        "reading": analysis.reading,
        "rows": [_prepare_verdict(result) for result in results],
        "groups": groups,
        "has_pictures": any(group["picture"] for group in groups),
        "has_arrows": any(world.subquestions.values()),
        "has_cycles": bool(analysis.hch.cycles),
        "has_unseen": any(world.weight(question) == 0 for question in world.questions),
        "left_out": f"{left_out:,} questions in no counterexample and no cycle are not drawn." if left_out else "",
        "questions": list(_prepare_questions(analysis)),
        "more_questions": max(0, len(world.entries) - MOST_ROWS),
        "curves": list(_prepare_curves(results)),
        "no_curves": list(dict.fromkeys(plain(f"{r.name}: {r.no_curve}.") for r in results if r.no_curve)),
    }


def _prepare_verdict(result: LossResult) -> dict[str, str]:
    """A loss in the table of verdicts."""
    share = "" if result.verdict is None else result.verdict.share
    return {
        "name": result.name,
        "summary": result.summary,
        "size": format_size(result),
        "kind": share.replace(" ", "-"),
        "mark": MARKS.get(share, ""),
        "aligned": format_aligned_share(result),
    }


def choose_questions(analysis: Analysis) -> list[str]:
    """The questions to draw: all of them, or as many as fit of counterexamples, cycles and what those ask."""
    world = analysis.world
    if len(world.entries) <= MOST_DRAWN:
        return world.questions
    chosen: dict[str, None] = {}
    for result in analysis.results:
        if result.verdict and result.verdict.counterexample:
            chosen.update(dict.fromkeys(result.verdict.counterexample.misaligned[:5]))
    for cycle in analysis.hch.cycles:
        chosen.update(dict.fromkeys(cycle.path[:10]))
    for question in list(chosen):
        chosen.update(dict.fromkeys(world.subquestions[question][:5]))
    kept = set(list(chosen)[:MOST_DRAWN])
    return [question for question in world.questions if question in kept]


def _prepare_groups(analysis: Analysis, questions: Sequence[str], name: str) -> Iterator[dict[str, Any]]:
    """The losses in groups with the same optimal answers, each with one picture and its notes."""
    groups: dict[Hashable, list[LossResult]] = {}
    for result in analysis.results:
        key: Hashable = result.reason or result.name
        if result.verdict is not None:
            key = tuple(result.verdict.optimum.possible_answers(question) for question in questions)
        groups.setdefault(key, []).append(result)
    for number, results in enumerate(groups.values()):
        names_by_note: dict[str, list[str]] = {}
        for result in results:
            for note in list_notes(result):
                names_by_note.setdefault(plain(note[:1].upper() + note[1:]), []).append(result.name)
        yield {
            "names": [result.name for result in results],
            "notes": [
                {"names": ", ".join(names) if len(names) < len(results) else "", "text": note}
                for note, names in names_by_note.items()
            ],
            "picture": _draw_result(analysis, results[0], questions, f"{name}g{number}"),
        }


def _draw_result(analysis: Analysis, result: LossResult, questions: Sequence[str], name: str) -> Picture | None:
    """The world with the optimal answers for a loss; None where there is no verdict."""
    if result.verdict is None or not questions:
        return None
    world, optimum = analysis.world, result.verdict.optimum
    aligned = find_aligned_answers(world, analysis.reading, analysis.hch)
    cyclic = {question for cycle in analysis.hch.cycles for question in cycle.questions}
    cards = []
    for question in questions:
        all_aligned = aligned[question].issuperset(world.by_question[question].answers)
        unseen = world.weight(question) == 0
        cards.append(
            Card(
                question=question,
                answers=[
                    (a, None if all_aligned else a in aligned[question]) for a in optimum.possible_answers(question)
                ],
                asks=[other for other in world.subquestions[question] if other in questions],
                note="weight 0: never looked at" if unseen else "",
                cyclic=question in cyclic,
                unseen=unseen,
            )
        )
    return Picture(Markup(draw_graph(cards, name, narrow=False)), Markup(draw_graph(cards, f"{name}n", narrow=True)))


def _prepare_questions(analysis: Analysis) -> Iterator[dict[str, str]]:
    """The questions as rows of a table."""
    world, hch = analysis.world, analysis.hch
    aligned = find_aligned_answers(world, analysis.reading, hch)
    for entry in world.entries[:MOST_ROWS]:
        answer = hch.answers.get(entry.question, "never ends")
        answers = [a for a in entry.answers if a in aligned[entry.question]]
        yield {
            "question": plain(entry.question, 200),
            "asks": plain("; ".join(world.subquestions[entry.question]) or "nothing", 300),
            "hch": plain("passes" if answer is None else answer, 80),
            "aligned": "any answer" if len(answers) == len(entry.answers) else plain(", ".join(answers)),
            "weight": plain(world.weight(entry.question)),
        }


def _prepare_curves(results: Sequence[LossResult]) -> Iterator[dict[str, Any]]:
    """Goodhart's curves, each once with all losses that have it."""
    names_by_curve: dict[GoodhartCurve, list[str]] = {}
    for result in results:
        if result.curve is not None:
            names_by_curve.setdefault(result.curve, []).append(result.name)
    for curve, names in names_by_curve.items():
        yield {
            "names": ", ".join(names),
            "method": "exact" if curve.samples is None else f"estimated from {curve.samples:,} random models",
            "plot": Markup(draw_curve(curve)),
            "ends": describe_curve(curve),
            "rows": tabulate_curve(curve),
        }
