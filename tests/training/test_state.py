from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import torch

from hch.humans.scripted import Scripted
from hch.models.reader.learner import ReaderLearner
from hch.training.experiment import Experiment
from hch.training.run_folder import RunFolder
from hch.training.state import State
from hch.training.widths import measure_widths
from hch.types import Question, Sample, Workspace
from tests.training.test_experiment import IMITATED


async def fresh(experiment: Experiment = IMITATED) -> State:
    return State.new(experiment, await measure_widths(experiment.task, Scripted(experiment.task.script), 4))


def samples(experiment: Experiment = IMITATED) -> list[Sample]:
    task = experiment.task
    questions = task.questions(task.instance(random.Random(0), 4), 4, random.Random(0))
    return [Sample(question, task.gold(question), 1 / 3) for question in questions]


async def test_the_random_numbers_of_a_step_are_the_same_whenever_they_are_asked_for() -> None:
    state, same = await fresh(), await fresh()
    assert state.randomness("size").random() == same.randomness("size").random() == state.randomness("size").random()
    assert state.randomness("size").random() != state.randomness("questions").random()
    same.step = 1
    assert state.randomness("size").random() != same.randomness("size").random()
    other = await fresh(replace(IMITATED, seed=1))
    assert state.randomness("size").random() != other.randomness("size").random()


async def test_all_that_a_run_has_come_to_is_saved_and_loaded(tmp_path: Path) -> None:
    state, loaded = await fresh(), await fresh(replace(IMITATED, seed=5))
    assert state.imitated is not None
    assert loaded.imitated is not None
    state.learner(samples())
    state.replay_buffer.mix(samples(), random.Random(0))
    state.step, state.seconds, state.streak, state.loss, state.note = 7, 1.5, 1, 0.1, "note"
    state.counts.consultations, state.counts.unread = 9, 2
    state.progress.place, state.progress.agreements = 0, [0.1, 1 / 3]
    state.priorities.strata = {"1": (0.5, 0.25)}
    state.imitated.samples = [Sample(Question("what next?"), "reply: a")]
    state.imitated.mistaken, state.imitated.transcripts, state.imitated.trusted = [True, False], 12, True
    state.imitated_updates = 3
    with RunFolder.new(tmp_path / "run") as folder:
        state.save(folder)
        loaded.load(folder.latest())
    for name in ("step", "imitated_updates", "seconds", "streak", "loss", "note", "counts"):
        assert getattr(loaded, name) == getattr(state, name), name
    assert loaded.replay_buffer.steps == state.replay_buffer.steps == [samples()]
    assert loaded.progress.agreements == state.progress.agreements
    assert loaded.priorities.strata == state.priorities.strata
    for name in ("samples", "mistaken", "transcripts", "trusted"):
        assert getattr(loaded.imitated, name) == getattr(state.imitated, name), name
    for (_, one), (_, other) in zip(state.learners, loaded.learners, strict=True):
        assert isinstance(one, ReaderLearner)
        assert isinstance(other, ReaderLearner)
        assert one.trained.keys() == other.trained.keys()
        for name, parameter in one.trained.items():
            assert torch.equal(parameter, other.trained[name])
    questions = [sample.question for sample in samples()]
    assert await loaded.model(questions) == await state.model(questions)
    # Sampled answers and a run's draws come from the seed, which belongs to the experiment.
    assert loaded.seed == 5


def versions(state: State) -> list[int]:
    """How often the weights have changed, as those who remember what was computed from them are told."""
    readers = [
        reader
        for _, learner in state.learners
        if isinstance(learner, ReaderLearner)
        for reader in (learner.reader, learner.ema_model)
    ]
    assert readers
    return [reader.version for reader in readers]


async def test_a_loss_that_was_no_number_does_not_keep_a_run_from_going_on(tmp_path: Path) -> None:
    state = await fresh()
    state.loss = float("nan")
    with RunFolder.new(tmp_path / "run") as folder:
        state.save(folder)
        state.load(folder.latest())
    assert state.loss is None


async def test_after_a_checkpoint_nothing_is_remembered_that_it_does_not_hold(tmp_path: Path) -> None:
    state = await fresh()
    assert state.imitated is not None
    before = versions(state)
    await state.imitated([Workspace(samples()[0].question)])
    assert state.imitated._known
    with RunFolder.new(tmp_path / "run") as folder:
        state.save(folder)
    assert not state.imitated._known
    assert all(after > earlier for after, earlier in zip(versions(state), before, strict=True))


async def test_the_last_good_weights_come_back_and_nothing_else_does(tmp_path: Path) -> None:
    state = await fresh()
    assert isinstance(state.learner, ReaderLearner)
    with RunFolder.new(tmp_path / "run") as folder:
        state.save(folder)
        good = [parameter.detach().clone() for parameter in state.learner.trained.values()]
        state.learner(samples())
        state.step = 3
        state.restore(folder.latest())
    assert all(torch.equal(a, b) for a, b in zip(good, state.learner.trained.values(), strict=True))
    assert (state.step, state.counts.restored) == (3, 1)
