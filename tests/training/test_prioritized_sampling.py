from __future__ import annotations

import random
from collections import Counter

import pytest

from hch import Question
from hch.training.prioritized_sampling import PrioritizedSampling, StratumPriorities

QUESTIONS = [Question(f"{kind} {number}?") for kind in ("known", "ready", "early") for number in range(20)]


def kind(question: Question) -> str:
    return question.text.split()[0]


def experienced(least: float = 0.1) -> StratumPriorities:
    priorities = StratumPriorities(PrioritizedSampling(choices=3, least=least))
    for _ in range(50):
        priorities.observe([("known", 1.0, 1.0), ("ready", 1.0, 0.2), ("early", 0.1, 0.2)])
    return priorities


def test_what_can_be_learned_now_is_asked_most() -> None:
    priorities, counts = experienced(), Counter[str]()
    for seed in range(200):
        chosen = priorities.choose(QUESTIONS, 20, kind, random.Random(seed))
        assert len(chosen) == len(set(chosen)) == 20
        counts.update(map(kind, chosen))
    assert counts["ready"] > 2 * counts["early"] > 0
    assert counts["ready"] > 2 * counts["known"] > 0, "every kind keeps a chance"


def test_a_kind_that_was_never_seen_weighs_as_much_as_any_can() -> None:
    assert experienced().weight("new") == 1.0
    assert experienced().weight("known") == pytest.approx(0.1, abs=0.01)


def test_the_choice_depends_on_the_seed_alone() -> None:
    chosen = [experienced().choose(QUESTIONS, 10, kind, random.Random(7)) for _ in range(2)]
    assert chosen[0] == chosen[1]
    assert chosen[0] != experienced().choose(QUESTIONS, 10, kind, random.Random(8))


@pytest.mark.parametrize("settings", [{"choices": 0}, {"least": 0.0}, {"horizon": 0.5}])
def test_settings_that_cannot_be_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="focus needs"):
        PrioritizedSampling(**settings)  # type: ignore[arg-type]
