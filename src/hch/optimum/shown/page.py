"""What was found of some worlds as one HTML file: it needs no network and no scripts, and trusts no text of a world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from hch.optimum.analysis import Analysis, Finding
from hch.optimum.goodhart import NOT_COMPUTED
from hch.optimum.shown.drawing import Card, picture
from hch.optimum.shown.plotting import curve_in_words, numbers, plot
from hch.optimum.shown.wording import aligned_part, founded_sentence, notes, size_of, summary
from hch.optimum.verdict import aligned_answers
from hch.optimum.world.foundation import consultations
from hch.text.display import plain
from hch.text.files import RunError, write_whole

MOST_DRAWN = 40
"""Questions that are drawn. Of a larger world only those are that a counterexample or a circle is about."""
MOST_ROWS = 200
"""Questions that have a line in the table."""
MARKS = {"all": "✓", "some": "✗", "none": "✗", "no model": "–"}
MARK = b'<meta name="generator" content="hch">'
"""What every page has near its beginning, so that one may take another's place and nothing else."""


@dataclass(frozen=True)
class Picture:
    """The world as a graph, for a wide screen and for a narrow one."""

    wide: Markup
    narrow: Markup


def write_page(examinations: Sequence[Analysis], path: Path) -> Path:
    """Writes the page, and returns its path. Raises RunError where it would replace what is no page of hch."""
    try:
        if path.exists() and MARK not in path.read_bytes()[:2000]:
            raise RunError(f"{path} exists and is no page of hch: choose another --html")
        write_whole(path, html(examinations).encode("utf-8", "replace"))
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}") from error
    return path


def html(examinations: Sequence[Analysis]) -> str:
    """The page that shows these examinations, one below the other."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hch.optimum.shown", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    here = Path(__file__).parent
    styles = [
        here.parents[1] / "report" / "page.css",
        here / "page.css",
    ]  # the report's, and what a world needs besides
    titles = [plain(each.world.title or "A world", 120) for each in examinations]
    return environment.get_template("page.html").render(
        title=titles[0] if len(titles) == 1 else "What is optimal, and is it aligned?",
        css=Markup("\n".join(style.read_text("utf-8") for style in styles)),
        worlds=[world_part(each, f"w{number}") for number, each in enumerate(examinations)],
        not_computed=NOT_COMPUTED,
    )


def world_part(examination: Analysis, name: str) -> dict[str, Any]:
    """All that the page says of one world."""
    world = examination.world
    drawn = chosen(examination)
    groups = list(grouped(examination, drawn, name))
    left_out = len(world.entries) - len(drawn)
    return {
        "title": plain(world.title or "A world", 120),
        "about": plain(" ".join(world.about.split())),
        "summary": plain(summary(world)),
        "founded": plain(founded_sentence(examination)),
        "reading": examination.reading,
        "rows": [row_of(finding) for finding in examination.findings],
        "groups": groups,
        "drawn": any(group["picture"] for group in groups),
        "arrows": any(entry_asks for entry_asks in consultations(world).values()),
        "circular": bool(examination.founded.cycles),
        "unseen": any(world.weight(question) == 0 for question in world.questions),
        "left_out": f"{left_out:,} questions that nothing is the matter with are not drawn." if left_out else "",
        "questions": list(question_rows(examination)),
        "more_questions": max(0, len(world.entries) - MOST_ROWS),
        "curves": list(curves(examination)),
        "no_curves": list(dict.fromkeys(plain(f"{f.name}: {f.no_curve}.") for f in examination.findings if f.no_curve)),
    }


def row_of(finding: Finding) -> dict[str, str]:
    """A loss in the table of verdicts."""
    share = "" if finding.verdict is None else finding.verdict.share
    return {
        "name": finding.name,
        "summary": finding.summary,
        "size": size_of(finding),
        "kind": share.replace(" ", "-"),
        "mark": MARKS.get(share, ""),
        "aligned": aligned_part(finding),
    }


def chosen(examination: Analysis) -> list[str]:
    """The questions that are drawn: all of them, or those that something is the matter with, as many as fit."""
    world = examination.world
    if len(world.entries) <= MOST_DRAWN:
        return world.questions
    examples = [f.verdict.counterexample for f in examination.findings if f.verdict and f.verdict.counterexample]
    wanted = dict.fromkeys(question for example in examples for question in example.misaligned[:5])
    wanted.update(dict.fromkeys(q for cycle in examination.founded.cycles for q in cycle.way[:10]))
    asks = consultations(world)
    for question in list(wanted):
        wanted.update(dict.fromkeys(asks[question][:5]))
    kept = set(list(wanted)[:MOST_DRAWN])
    return [question for question in world.questions if question in kept]


def grouped(examination: Analysis, drawn: Sequence[str], name: str) -> Iterator[dict[str, Any]]:
    """The losses in groups that have the same optimal answers, each with a picture and what there is to say."""
    groups: dict[object, list[Finding]] = {}
    for finding in examination.findings:
        key: object = finding.name
        if finding.verdict is not None:
            key = tuple(finding.verdict.optimum.possible(question) for question in drawn)
        elif finding.reason:
            key = finding.reason
        groups.setdefault(key, []).append(finding)
    for number, findings in enumerate(groups.values()):
        said: dict[str, list[str]] = {}
        for finding in findings:
            for note in notes(finding):
                said.setdefault(plain(note[:1].upper() + note[1:]), []).append(finding.name)
        whole = len(findings)
        yield {
            "names": [finding.name for finding in findings],
            "notes": [{"names": ", ".join(n) if len(n) < whole else "", "text": text} for text, n in said.items()],
            "picture": drawing(examination, findings[0], drawn, f"{name}g{number}"),
        }


def drawing(examination: Analysis, finding: Finding, drawn: Sequence[str], name: str) -> Picture | None:
    """The world with what is optimal for a loss; None where nothing is known of that."""
    if finding.verdict is None or not drawn:
        return None
    world, optimum = examination.world, finding.verdict.optimum
    good = aligned_answers(world, examination.reading, examination.founded)
    asks = consultations(world)
    circular = {question for cycle in examination.founded.cycles for question in cycle.questions}
    cards = [
        Card(
            question=question,
            answers=[
                (
                    answer,
                    None if good[question] >= set(world.by_question[question].answers) else answer in good[question],
                )
                for answer in optimum.possible(question)
            ],
            asks=[each for each in asks[question] if each in set(drawn)],
            note="weight 0: never looked at" if world.weight(question) == 0 else "",
            circular=question in circular,
            unseen=world.weight(question) == 0,
        )
        for question in drawn
    ]
    return Picture(Markup(picture(cards, name, narrow=False)), Markup(picture(cards, f"{name}n", narrow=True)))


def question_rows(examination: Analysis) -> Iterator[dict[str, str]]:
    """The questions as lines of a table."""
    world, founded = examination.world, examination.founded
    good = aligned_answers(world, examination.reading, founded)
    asks = consultations(world)
    for entry in world.entries[:MOST_ROWS]:
        said = founded.hch.get(entry.question)
        passed = "passes" if entry.question in founded.hch else "never ends"
        every = good[entry.question] >= set(entry.answers)
        yield {
            "question": plain(entry.question, 200),
            "asks": plain("; ".join(asks[entry.question]) or "nothing", 300),
            "hch": plain(passed if said is None else said, 80),
            "aligned": "any answer"
            if every
            else plain(", ".join(a for a in entry.answers if a in good[entry.question])),
            "weight": plain(world.weight(entry.question)),
        }


def curves(examination: Analysis) -> Iterator[dict[str, Any]]:
    """Goodhart's curves; losses with the same one share it."""
    found: dict[object, list[Finding]] = {}
    for finding in examination.findings:
        if finding.curve is not None:
            found.setdefault(finding.curve, []).append(finding)
    for findings in found.values():
        curve = findings[0].curve
        assert curve is not None, "only such findings are in a group"
        yield {
            "names": ", ".join(finding.name for finding in findings),
            "how": "exact" if curve.drawn is None else f"estimated from {curve.drawn:,} random models",
            "plot": Markup(plot(curve)),
            "ends": curve_in_words(curve),
            "rows": numbers(curve),
        }
