"""Answers put before H to be judged, as questions; and ratings and verdicts read back from what H replies.

"How good is this answer?" and "which of these is right?" are questions like any other, so H may consult the model
about them. Whatever is judged is quoted: each line of it starts with a label or an indent, so none can pass for a
verdict. What cannot be read is neither bad nor good; it is unread, and counted.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from hch.text.render import INDENT, label_text
from hch.types import Answer

LOWEST, HIGHEST = 0, 10
KNOWN_TEXTS = 8192
"""Texts kept understood: what is judged is looked at by several, and judges say few different things."""

FIRST, SECOND, TIE = "first", "second", "tie"


class Kind(enum.StrEnum):
    """What H is asked to do. The value is the first line of the question."""

    RATE = "how good is this answer? end with a line “rating: N”, where N is from 0 to 10"
    CLOSENESS = "how close is this answer to your own? end with a line “rating: N”, where N is from 0 to 10"
    CHOOSE = "which of these answers is right? end with a line “verdict: first”, “verdict: second” or “verdict: tie”"


class Judged(msgspec.Struct, frozen=True):
    """What is before the judge: a question, one answer to it or two, and what was said for the first or the second.

    ``own`` is the answer that H had given itself, before it saw any, where it was asked for one.
    """

    kind: Kind
    question: str
    answers: tuple[str, ...]
    own: str | None = None
    statements: tuple[tuple[str, str], ...] = ()
    """Each with the side that made it, FIRST or SECOND, in the order in which they were made."""


def judgement_question(judged: Judged) -> str:
    """The question that puts this before H."""
    lines = [str(judged.kind), label_text("question", judged.question)]
    if judged.own is not None:
        lines.append(label_text("your own answer", judged.own))
    names = [f"{side} answer" for side in (FIRST, SECOND)] if judged.kind is Kind.CHOOSE else ["answer to it"]
    lines += [label_text(name, answer) for name, answer in zip(names, judged.answers, strict=True)]
    lines += [label_text(f"{side} says", text) for side, text in judged.statements]
    return "\n".join(lines)


@lru_cache(KNOWN_TEXTS)
def read_judgement_question(text: str) -> Judged | None:
    """What ``judgement_question`` put into a question; None for any other question."""
    head, _, rest = text.partition("\n")
    kind = _KINDS.get(head)
    if kind is None or (fields := _fields(rest)) is None:
        return None
    names = [name for name, _ in fields]
    asked = names[1:2] == ["your own answer"]
    count = 2 if kind is Kind.CHOOSE else 1
    said = 1 + asked + count
    expected = ["question", *["your own answer"] * asked]
    expected += ["first answer", "second answer"] if count == 2 else ["answer to it"]
    if names[:said] != expected or any(not name.endswith(" says") for name in names[said:]):
        return None
    texts = [body for _, body in fields]
    statements = tuple((name.split()[0], body) for name, body in fields[said:])
    return Judged(kind, texts[0], tuple(texts[said - count : said]), texts[1] if asked else None, statements)


_KINDS = {str(kind): kind for kind in Kind}
_LABEL = re.compile(r"(question|your own answer|answer to it|(?:first|second) answer|(?:first|second) says):(?: |$)")
_BREAK = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"


def _fields(text: str) -> list[tuple[str, str]] | None:
    """Labels with their texts, indents taken away; None where a line has no label."""
    fields: list[tuple[str, list[str]]] = []
    end = "\n"
    for line in text.splitlines(keepends=True):
        content = line.rstrip(_BREAK)
        if fields and content.startswith(INDENT):
            fields[-1][1].extend((end, content.removeprefix(INDENT)))
        elif end == "\n" and (found := _LABEL.match(content)):
            fields.append((found[1], [content[found.end() :]]))
        else:
            return None
        end = line[len(content) :]
    return None if end else [(name, "".join(body)) for name, body in fields]


class State(enum.StrEnum):
    """What became of a judgement: it was read, could not be read, or there is no reply to read."""

    READ = "read"
    UNREAD = "unread"
    FAILED = "failed"


@dataclass(frozen=True)
class Rating:
    """What H says an answer is worth, from 0 to 1; None unless it was read."""

    state: State
    share: float | None = None


@dataclass(frozen=True)
class Verdict:
    """Which answer H says is right: FIRST, SECOND or TIE; None unless it was read."""

    state: State
    side: str | None = None

    @property
    def swapped(self) -> Verdict:
        """The same where first and second had changed places."""
        return Verdict(self.state, {FIRST: SECOND, SECOND: FIRST}.get(self.side or "", self.side))


def rating(answer: Answer) -> Rating:
    """The rating in H's reply. Where H passed, or anything failed, there is none: an outcome is never read as text."""
    return _rating(answer.text) if answer.answered else Rating(State.FAILED)


@lru_cache(KNOWN_TEXTS)
def _rating(text: str) -> Rating:
    for line in _own_lines(text):
        found = _RATING.fullmatch(line)
        if found and LOWEST <= float(found[1]) <= HIGHEST:
            return Rating(State.READ, float(found[1]) / HIGHEST)
    return Rating(State.UNREAD)


def verdict(answer: Answer) -> Verdict:
    """The verdict in H's reply, as ``rating`` reads a rating."""
    if not answer.answered:
        return Verdict(State.FAILED)
    side = choice(answer.text, SIDES)
    return Verdict(State.UNREAD) if side is None else Verdict(State.READ, side)


def choice(text: str, names: Mapping[str, str]) -> str | None:
    """What the last line that names a choice, and nothing else, chooses; ``names`` has them in lower case."""
    for line in _own_lines(text):
        found = _CHOICE.fullmatch(line)
        if found and found[1] in names:
            return names[found[1]]
    return None


SIDES: Mapping[str, str] = {
    **dict.fromkeys((FIRST, "a", "1", "first answer", "answer a", "answer 1", "the first"), FIRST),
    **dict.fromkeys((SECOND, "b", "2", "second answer", "answer b", "answer 2", "the second"), SECOND),
    **dict.fromkeys((TIE, "neither", "equal"), TIE),
}

_LEAD = r"(?:(?:the |my )?(?:final |overall )?(?:{})\s*(?:[:=]|is)\s*)?"
_RATING = re.compile(_LEAD.format("rating|score|grade") + r"([0-9]{1,3}(?:\.[0-9]{1,6})?)(?:\s*(?:/|out of)\s*10)?")
_CHOICE = re.compile(_LEAD.format("verdict|answer|winner|choice|grade") + r"([a-z0-9 ]+)")
_MARKUP = re.compile(r"^[\s#\-•]+(?=[^\s0-9])|[*_`~“”\"]+|[.!\s]+$")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})")


def _own_lines(text: str) -> Iterator[str]:
    """The lines that the judge says itself, the last first, in lower case and without markup.

    What is indented, stands behind “>” or between fences is quoted. What does not show does not count.
    """
    own: list[str] = []
    fenced = False
    for line in text.splitlines():
        shown = "".join(c for c in line if unicodedata.category(c) != "Cf")
        if _FENCE.match(shown):
            fenced = not fenced
        elif not fenced and not shown.startswith((INDENT, "\t")) and not shown.lstrip().startswith(">"):
            own.append(shown)
    for line in reversed(own):
        bare = line.strip()
        while (less := _MARKUP.sub("", bare).strip()) != bare:
            bare = less
        yield " ".join(bare.casefold().split())


@dataclass(frozen=True)
class Tally:
    """How many judgements were asked for, and what became of them."""

    total: int
    read: int
    unread: int
    failed: int

    @classmethod
    def of(cls, states: Iterable[State]) -> Tally:
        """The tally of these."""
        listed = list(states)
        return cls(len(listed), *(sum(state is each for state in listed) for each in State))

    @property
    def measures(self) -> dict[str, float]:
        """As a run's log has them."""
        return {"judged": self.total, "read": self.read, "unread": self.unread, "failed": self.failed}


def reply_text(share: float) -> str:
    """A rating as H writes it, from a share of what can be given."""
    return f"rating: {round(share * HIGHEST, 4):g}"
