"""What a judge tends to, whoever is right: a place, and whoever says more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hch.text.judgements import FIRST, SECOND, Judged, Verdict


@dataclass(frozen=True)
class Game:
    """Two answers before a judge, and what came of it."""

    judged: Judged
    verdict: Verdict

    @property
    def longer_by(self) -> int:
        """How many words more the first side has said than the second: its answer, and its statements."""
        return _words(self.judged, FIRST) - _words(self.judged, SECOND)


def judge_bias(games: Sequence[Game], turned: Sequence[Game] = ()) -> dict[str, float]:
    """Shares of verdicts, and a slope; what no verdict tells of is left out.

    ``turned`` are the same games with places changed, in the same order. ``first``: of the games that one side won, it
    had the first place. ``flipped``: of those judged in both orders, ties among them, the verdict changed with it.
    ``longer``: of those won by a side that had said more or less than the other, it had said more; ``length_slope``: by
    how much the log-odds of winning rise with each word more, in nats.
    """
    decided = [game for game in (*games, *turned) if game.verdict.side in (FIRST, SECOND)]
    result: dict[str, float] = {}
    if decided:
        result["first"] = sum(game.verdict.side == FIRST for game in decided) / len(decided)
    both = [(a.verdict, b.verdict.swapped) for a, b in zip(games, turned, strict=False)]
    both = [(a, b) for a, b in both if a.side and b.side]
    if both:
        result["flipped"] = sum(a.side != b.side for a, b in both) / len(both)
    won = [game.longer_by * (1 if game.verdict.side == FIRST else -1) for game in decided if game.longer_by]
    if won:
        result["longer"] = sum(more > 0 for more in won) / len(won)
        result["length_slope"] = slope(won)
    return result


def slope(won: Sequence[int], prior: float = 0.1, rounds: int = 50) -> float:
    """The logistic slope of winning in words, from how many words more each winner had than its loser.

    With a Gaussian prior of precision ``prior``, so that it is finite where the longer always wins. Climbs the concave
    likelihood by Newton's method, one nat at a time at most.
    """
    result = 0.0
    for _ in range(rounds):
        losing = [1 / (1 + math.exp(min(result * more, 700.0))) for more in won]
        up = math.fsum(more * p for more, p in zip(won, losing, strict=True)) - prior * result
        bend = math.fsum(more * more * p * (1 - p) for more, p in zip(won, losing, strict=True)) + prior
        step = max(-1.0, min(1.0, up / bend))
        result += step
        if abs(step) < 1e-12:
            break
    return result


def _words(judged: Judged, side: str) -> int:
    answer = judged.answers[0 if side == FIRST else 1]
    return len(answer.split()) + sum(len(text.split()) for who, text in judged.statements if who == side)
