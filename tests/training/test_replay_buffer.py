from __future__ import annotations

import random

from hch import Question, Sample
from hch.training.replay_buffer import Replay, ReplayBuffer


def step(number: int) -> list[Sample]:
    return [Sample(Question(f"{number}.{i}"), "x") for i in range(3)]


def test_a_step_learns_from_its_own_samples_and_from_those_of_some_recent_steps() -> None:
    memory = ReplayBuffer(Replay(batches=2, horizon=4))
    for number in range(10):
        mixed = memory.mix(step(number), random.Random(number))
        assert mixed[:3] == step(number)
        replayed = {int(sample.question.text.split(".")[0]) for sample in mixed[3:]}
        assert len(replayed) == min(number, 2)
        assert replayed <= set(range(max(0, number - 4), number))
    assert memory.steps == [step(number) for number in range(6, 10)]


def test_without_replay_nothing_is_remembered() -> None:
    memory = ReplayBuffer(Replay(batches=0))
    assert memory.mix(step(0), random.Random(0)) == step(0)
    assert memory.mix(step(1), random.Random(0)) == step(1)
    assert memory.steps == []


def test_a_step_that_went_wrong_is_not_learned_from_again() -> None:
    memory = ReplayBuffer(Replay(batches=1, horizon=4))
    memory.mix(step(0), random.Random(0))
    memory.mix(step(1), random.Random(0))
    memory.forget()
    assert memory.steps == [step(0)]
    ReplayBuffer(Replay()).forget()


def test_what_is_replayed_depends_on_the_seed_alone() -> None:
    def replayed(seed: int) -> list[Sample]:
        memory = ReplayBuffer(Replay(batches=2, horizon=8), [step(number) for number in range(8)])
        return memory.mix(step(9), random.Random(seed))

    assert replayed(1) == replayed(1)
    assert len({tuple(replayed(seed)) for seed in range(10)}) > 1
