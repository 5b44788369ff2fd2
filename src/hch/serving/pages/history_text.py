"""The history of a workspace in words: who did what and when, with the texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from hch.people.store.histories import DRAFT, REFUSED, Step
from hch.people.store.judging import HIGHEST, TIE
from hch.people.store.refusals import NOTHING_WRITTEN, Writing
from hch.serving.pages.differences import Piece, diff_words
from hch.serving.pages.formatting import STATES, Tone, duration, line_of, lines_of, number_of


class StepText(msgspec.Struct, frozen=True):
    """A step in words: its time in UTC, what happened, some details, and texts with their headings.

    ``folded`` is a long text, hidden until the reader opens it. ``changes`` are the parts of a draft, each with its
    changes by word.
    """

    day: str
    time: str
    who: str
    words: str
    more: list[str] = []
    texts: list[tuple[str, str]] = []
    folded: tuple[str, str] | None = None
    changes: list[tuple[str, list[Piece]]] = []
    tone: Tone = ""


PLAIN: dict[str, tuple[str, Tone]] = {
    "taken": ("Took it", ""),
    "shown": ("Was shown the page", ""),
    "paused": ("Paused", ""),
    "resumed": ("Went on", ""),
    "released": ("Put it back for anybody", ""),
    "skipped": ("Skipped it", "warn"),
    "lease expired": ("Gave no sign of life, so the workspace was free again", "warn"),
    "taken away": ("Had it taken away", "warn"),
    "answer came": ("An answer came", ""),
    "withdrawn": ("Took back what was submitted", "warn"),
    "questions withdrawn": ("Took back the questions", "warn"),
    "stale": ("An answer that this was built on was withdrawn", "warn"),
    "cancelled": ("Taken from before its judges, since the answer was withdrawn", "warn"),
    REFUSED: ("A draft was refused: its page did not know of a newer one. The text is kept", "bad"),
    "answered": ("Replied", "good"),
    "passed": ("Passed", "warn"),
}
"""The words and tone of events that need no details."""


def step_text(step: Step, workspace: int, names: Mapping[int, str]) -> StepText:
    """A step of a workspace's history in words. ``names`` are those of people, by number."""
    who = "" if step.person is None else line_of(names.get(step.person, f"person {step.person}"), 80)
    words, tone = _words(step, workspace)
    at = datetime.fromtimestamp(step.at, UTC)
    questions = [("", lines_of(text)) for text in step.questions]
    return StepText(
        day=at.strftime("%Y-%m-%d"),
        time=at.strftime("%H:%M:%S"),
        who=who,
        words=words,
        more=_details(step, names),
        texts=questions + ([("", lines_of(step.said))] if step.said else []) + _texts(step.data),
        folded=None if step.shown is None else ("Exactly what was on the page", lines_of(step.shown)),
        changes=_changes(step),
        tone=tone,
    )


def _words(step: Step, workspace: int) -> tuple[str, Tone]:
    if step.kind in PLAIN:
        return PLAIN[step.kind]
    if step.kind in STATES:
        return f"Ended: {STATES[step.kind].words}", STATES[step.kind].tone
    match step.kind:
        case "posted":
            return _posting_words(step.data), ""
        case "asked":
            return f"Asked {number_of(len(step.questions), 'question')}", ""
        case "consulted":
            return f"All answers of round {int(step.data.get('round', 0)) + 1} were there", ""
        case "judged":
            return _verdict_words(step.data, workspace), ""
        case kind if kind == DRAFT:
            return f"Draft {step.revision}" + ("" if step.draft != NOTHING_WRITTEN else ": empty"), ""
    return line_of(step.kind[:1].upper() + step.kind[1:]), ""


def _posting_words(data: Mapping[str, Any]) -> str:
    if data.get("again"):
        return "Put before people again"
    return "Put before people" if data.get("root") else "Asked for, and put before people"


def _verdict_words(data: Mapping[str, Any], workspace: int) -> str:
    verdict, sources = str(data.get("verdict", "")), data.get("sources", [])
    if len(sources) < 2:
        return f"Rated the answer {line_of(verdict)} of {HIGHEST}"
    if verdict == TIE or not verdict.isdecimal() or int(verdict) >= len(sources):
        return "Saw no difference between this answer and another"
    return "Chose this answer over another" if sources[int(verdict)] == workspace else "Chose another answer over this"


def _details(step: Step, names: Mapping[int, str]) -> list[str]:
    """Details of an event, a few words each."""
    data, details = step.data, list[str]()
    if isinstance(seconds := data.get("active_seconds"), int | float):
        details.append(f"{duration(seconds)} of work so far")
    if isinstance(drafts := data.get("drafts"), int) and drafts:
        details.append(number_of(drafts, "draft"))
    if isinstance(edits := data.get("edits_from_suggestion"), int):
        details.append(
            f"{number_of(edits, 'letter')} changed from the suggestion" if edits else "the suggestion as it was"
        )
    if order := data.get("order"):
        details.append(f"shown in the order {', '.join(str(int(place) + 1) for place in order)}")
    if isinstance(by := data.get("by"), int):
        details.append(f"by {line_of(names.get(by, f'person {by}'), 80)}")
    return details


def _texts(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The texts in the data of an event, with their headings."""
    texts = []
    if isinstance(data.get("answer"), dict) and data["answer"].get("text"):
        texts.append(("The answer was", lines_of(str(data["answer"]["text"]))))
    if data.get("text"):
        texts.append(("What had been said", lines_of(str(data["text"]))))
    if data.get("reason"):
        texts.append(("The reason", lines_of(str(data["reason"]))))
    texts.extend(("Asked", lines_of(str(text))) for text in data.get("texts", ()))
    return texts


def _changes(step: Step) -> list[tuple[str, list[Piece]]]:
    """The changes of a draft by word, for each of its parts."""
    if step.draft is None or step.draft == NOTHING_WRITTEN:
        return []
    before, after = _parts(step.before or NOTHING_WRITTEN), _parts(step.draft)
    return [
        (heading, [Piece(piece.mark, lines_of(piece.text)) for piece in diff_words(before[heading], after[heading])])
        for heading in after
        if before[heading] or after[heading]
    ]


def _parts(writing: Writing) -> dict[str, str]:
    return {"Reply": writing.reply, "Questions": "\n".join(writing.asks), "Reason": writing.reason}
