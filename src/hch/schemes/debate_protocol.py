"""A debate: two sides hold different answers to a question and make statements in turns. Its protocol is data.

A debater is told what was asked, which side it is on, both answers, and all statements so far; in simultaneous turns,
all but the other's of the same turn. What may be said is given as a function: anything, one of a library of moves, or
one verified quote from the context; a statement that may not be made is not shown. Source for the last two: a comment
on "Outer alignment and imitative amplification".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from hch.protocols import Policy
from hch.text.judgements import FIRST, SECOND, Judged, Kind, judgement_question
from hch.text.quotes import check
from hch.text.words import spell, words
from hch.types import Answer, Context, Question

SIDES = (FIRST, SECOND)

Allowed = Callable[[Context, str], str | None]
"""From a statement to what the judge is shown of it; None where it may not be made."""


def anything(_: Context, statement: str, /) -> str | None:
    """Every statement, as it is."""
    return statement


@dataclass(frozen=True)
class Library:
    """Statements that people have written in advance, and no others."""

    moves: tuple[str, ...]

    def __call__(self, _: Context, statement: str, /) -> str | None:
        """The move that the statement is."""
        return statement if statement in self.moves else None


@dataclass(frozen=True)
class Quoted:
    """One direct quote from one fact: exact, or different in typography only, and then shown as it stands there."""

    def __call__(self, context: Context, statement: str, /) -> str | None:
        """What the source says."""
        for fact in context.facts:
            quote = check(statement, fact)
            if quote.direct:
                return fact[slice(*quote.spans[0])]
        return None


@dataclass(frozen=True)
class Statement:
    """What a debater was asked and what it drew; ``shown`` is what the others see of it, None for nothing."""

    side: str
    prompt: Question
    answer: Answer
    shown: str | None


@dataclass(frozen=True)
class Match:
    """Two different answers to a question, and what has been said about them."""

    question: Question
    answers: tuple[str, str]
    said: tuple[Statement, ...] = ()

    @property
    def judged(self) -> Judged:
        """What the judge is shown, and the debaters too."""
        statements = tuple((statement.side, statement.shown) for statement in self.said if statement.shown is not None)
        return Judged(Kind.CHOOSE, self.question.text, self.answers, None, statements)


Prompt = Callable[[Judged, str], str]
"""From what has been said, and a side, to what its debater is asked."""


def full_prompt(judged: Judged, side: str) -> str:
    """All that the judge sees, and which side to argue for: for debaters who read."""
    return f"argue that the {side} answer is right: make one statement\n{judgement_question(judged)}"


def brief_prompt(judged: Judged, side: str) -> str:
    """The question, the side's own answer, the other's, and the statements, in the words of the task alone.

    For small models, whose every word has a slot of its own: “σ^5(c)? : b ; d : a -> b”.
    """
    ours, theirs = judged.answers if side == FIRST else judged.answers[::-1]
    parts = [*words(judged.question), ":", *words(ours), ";", *words(theirs)]
    for _, statement in judged.statements:
        parts += [":", *words(statement)]
    return spell(parts)


@dataclass(frozen=True)
class Protocol:
    """How a debate goes: ``turns`` statements for each side, ``simultaneous`` or one after the other, the first first.

    A statement of more than ``longest`` words, or one that is not ``allowed``, is not shown.
    """

    turns: int = 1
    """Statements of each side."""
    simultaneous: bool = False
    """Both sides speak at once in each turn, neither having seen the other's statement."""
    longest: int = 100
    """Words of the longest statement that is shown."""
    allowed: Allowed = anything
    prompt: Prompt = field(default=full_prompt)

    async def __call__(self, matches: Sequence[Match], policy: Policy, /) -> list[Match]:
        """The matches with all that was said. Raises nothing where a debater has nothing to say: it is silent."""
        played = list(matches)
        for turn in range(self.turns):
            for sides in [SIDES] if self.simultaneous else [(FIRST,), (SECOND,)]:
                prompts = [
                    Question(self.prompt(match.judged, side), match.question.context, turn)
                    for match in played
                    for side in sides
                ]
                answers = iter(zip(prompts, await policy(prompts) if prompts else [], strict=True))
                played = [
                    replace(
                        match,
                        said=(*match.said, *[self._make_statement(match, side, *next(answers)) for side in sides]),
                    )
                    for match in played
                ]
        return played

    def _make_statement(self, match: Match, side: str, prompt: Question, answer: Answer) -> Statement:
        is_short = answer.answered and 0 < len(answer.text.split()) <= self.longest
        shown = self.allowed(match.question.context, answer.text) if is_short else None
        return Statement(side, prompt, answer, shown)
