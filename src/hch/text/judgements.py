"""Answers put before H to be judged, as questions; and ratings and verdicts read back from what H replies.

"How good is this answer?" and "which of these is right?" are questions like any other, so H may consult the model
about them. A judged text is quoted: each of its lines starts with a label or an indent, so none can pass for a
verdict. A reply that cannot be parsed counts as unread, neither good nor bad.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from hch.text.render import INDENT, label_text, read_label
from hch.types import Answer

LOWEST, HIGHEST = 0, 10
KNOWN_TEXTS = 8192
"""How many parsed texts are cached: several overseers parse the same text, and judges say few different things."""

FIRST, SECOND, TIE = "first", "second", "tie"


class Kind(enum.StrEnum):
    """What H is asked to do. The value is the first line of the question."""

    RATE = "how good is this answer? end with a line “rating: N”, where N is from 0 to 10"
    CLOSENESS = "how close is this answer to your own? end with a line “rating: N”, where N is from 0 to 10"
    CHOOSE = "which of these answers is right? end with a line “verdict: first”, “verdict: second” or “verdict: tie”"


class Judged(msgspec.Struct, frozen=True):
    """A case for a judge: a question, one answer to it or two, and the statements made for the first or the second.

    ``own`` is the answer that H gave before it saw any, where it was asked for one.
    """

    kind: Kind
    question: str
    answers: tuple[str, ...]
    own: str | None = None
    statements: tuple[tuple[str, str], ...] = ()
    """Each with the side that made it, FIRST or SECOND, in the order in which they were made."""


def judgement_question(judged: Judged) -> str:
    """The question that asks H to judge."""
    lines = [str(judged.kind), label_text("question", judged.question)]
    if judged.own is not None:
        lines.append(label_text("your own answer", judged.own))
    names = [f"{side} answer" for side in (FIRST, SECOND)] if judged.kind is Kind.CHOOSE else ["answer to it"]
    lines += [label_text(name, answer) for name, answer in zip(names, judged.answers, strict=True)]
    lines += [label_text(f"{side} says", text) for side, text in judged.statements]
    return "\n".join(lines)


@lru_cache(KNOWN_TEXTS)
def read_judgement_question(text: str) -> Judged | None:
    """The case that a question of ``judgement_question`` spells; None for any other question."""
    head, _, rest = text.partition("\n")
    kind = _KINDS.get(head)
    if kind is None or (lines := read_label(rest, _LABEL)) is None:
        return None
    fields = [(match[1], body) for match, body in lines]
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


class State(enum.StrEnum):
    """Whether a judgement was read, could not be read, or had no reply to read."""

    READ = "read"
    UNREAD = "unread"
    FAILED = "failed"


@dataclass(frozen=True)
class Rating:
    """H's rating of an answer, from 0 to 1; None unless it was read."""

    state: State
    share: float | None = None


@dataclass(frozen=True)
class Verdict:
    """Which answer H says is right: FIRST, SECOND or TIE; None unless it was read."""

    state: State
    side: str | None = None

    @property
    def swapped(self) -> Verdict:
        """The verdict with first and second exchanged."""
        return Verdict(self.state, {FIRST: SECOND, SECOND: FIRST}.get(self.side or "", self.side))


def rating(answer: Answer) -> Rating:
    """The rating in H's reply. Where H passed, or anything failed, there is none: an outcome is never read as text."""
    return _rating(answer.text) if answer.answered else Rating(State.FAILED)


@lru_cache(KNOWN_TEXTS)
def _rating(text: str) -> Rating:
    for line in _own_lines(text):
        match = _RATING.fullmatch(line)
        if match and LOWEST <= float(match[1]) <= HIGHEST:
            return Rating(State.READ, float(match[1]) / HIGHEST)
    return Rating(State.UNREAD)


def verdict(answer: Answer) -> Verdict:
    """The verdict in H's reply, as ``rating`` reads a rating."""
    if not answer.answered:
        return Verdict(State.FAILED)
    side = choice(answer.text, SIDES)
    return Verdict(State.UNREAD) if side is None else Verdict(State.READ, side)


def choice(text: str, names: Mapping[str, str]) -> str | None:
    """The choice in the last line that has a choice and nothing else; ``names`` has the spellings, in lower case."""
    for line in _own_lines(text):
        match = _CHOICE.fullmatch(line)
        if match and match[1] in names:
            return names[match[1]]
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

    Lines that are indented, begin with “>” or stand between fences are quotes. Invisible characters are ignored.
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
    """How many judgements were asked for, and how many were read, unread or failed."""

    total: int
    read: int
    unread: int
    failed: int

    @classmethod
    def of(cls, states: Iterable[State]) -> Tally:
        """Counts the states."""
        listed = list(states)
        return cls(len(listed), *(sum(state is counted for state in listed) for counted in State))

    @property
    def measures(self) -> dict[str, float]:
        """The counts under their names in a run's log."""
        return {"judged": self.total, "read": self.read, "unread": self.unread, "failed": self.failed}


def reply_text(share: float) -> str:
    """A rating as H writes it, from a share of what can be given."""
    return f"rating: {round(share * HIGHEST, 4):g}"
