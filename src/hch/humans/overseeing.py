"""A script that also oversees: it rates answers, and chooses between two, by comparing them with its own.

H works on the judged question first, as on any other, and so consults; only then does it look at the answers. On
ordinary questions it follows the script.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hch.humans.scripted import Script, Scripted, Steps, give_up, reply
from hch.protocols import Human
from hch.text.judgements import FIRST, SECOND, TIE, Kind, read_judgement_question, reply_text
from hch.types import Reply

Same = Callable[[str, str], float]
"""How similar an answer is to H's own, from 0 to 1."""


def exact(own: str, answer: str) -> float:
    """1 if the two are the same text, else 0."""
    return float(own == answer)


@dataclass(frozen=True)
class Overseeing:
    """The script of a human who oversees. Where it would pass on the question, it passes on judging answers to it.

    Where the question has H's own answer, as for closeness, H does not work on it again. Statements in a debate do not
    change its verdict; the flaws in ``humans/flaws/`` do.
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
    """The same human, able to oversee: a script that cannot is wrapped in ``Overseeing``."""
    if isinstance(human, Scripted) and not isinstance(human.script, Overseeing):
        return Scripted(Overseeing(human.script))
    return human
