"""A script that also oversees: it rates answers and chooses between two, by what it would have said itself.

H works on the judged question first, as on any other, and so consults; only then does it look at the answers. What it
does on ordinary questions is the script's, action by action.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hch.humans.scripted import Script, Scripted, Steps, give_up, reply
from hch.protocols import Human
from hch.text.judgements import FIRST, SECOND, TIE, Kind, read_judgement_question, reply_text
from hch.types import Reply

Same = Callable[[str, str], float]
"""How much of H's own answer an answer has: a share from 0 to 1."""


def exact(own: str, answer: str) -> float:
    """All, if the two are the same text; else nothing."""
    return float(own == answer)


@dataclass(frozen=True)
class Overseeing:
    """The script of a human who oversees. Where it would pass on the question, it passes on judging answers to it.

    Where it has given its own answer before, as for closeness, it does not work on the question again. Statements in a
    debate do not move it: whoever is moved by them is one of ``overseers/``.
    """

    script: Script
    same: Same = exact

    def __call__(self, text: str) -> Steps:
        """The steps that H takes on a question, judging or any other."""
        judged = read_judgement_question(text)
        if judged is None:
            return (yield from self.script(text))
        if judged.own is not None:
            own = judged.own
        else:
            end = yield from self.script(judged.question)
            if not isinstance(end, Reply):
                return give_up(f"I cannot answer the question myself: {end.reason}")
            own = end.text
        shares = [self.same(own, answer) for answer in judged.answers]
        if judged.kind is not Kind.CHOOSE:
            return reply(f"my answer: {own}\n{reply_text(shares[0])}")
        side = TIE if shares[0] == shares[1] else FIRST if shares[0] > shares[1] else SECOND
        return reply(f"my answer: {own}\nverdict: {side}")


def overseeing(human: Human) -> Human:
    """The same human, who also oversees if it follows a script that does not."""
    if isinstance(human, Scripted) and not isinstance(human.script, Overseeing):
        return Scripted(Overseeing(human.script))
    return human
