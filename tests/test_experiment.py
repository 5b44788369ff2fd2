from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from hch import Answer, Episode, Outcome, Question, Sample
from hch.experiment import Evaluation, Experiment, Moment, run
from hch.experiments import load
from hch.humans.imitated import Apprenticeship
from hch.models.reader import ReaderSettings
from hch.models.table import Table
from hch.protocols import Answerer, Policy
from hch.runs import RunFolder, read_json, read_rows
from hch.sampling.curriculum import Curriculum
from hch.sampling.focus import Focus
from hch.sampling.replay import Replay
from hch.sampling.source import Batches
from hch.schemes.imitation import Imitation
from hch.tasks.permutation import Permutation

PLAIN = replace(
    load("permutation-tiny"),
    reader=ReaderSettings(width=16, fact_layers=1, question_layers=1, heads=2),
    batches=Batches(instances=4, questions=4),
    evaluation=Evaluation(every=2, questions=40),
    checkpoint_every=3,
    steps=10,
)
EVERYTHING = replace(
    PLAIN,
    task=Permutation(largest=5, bits=3, symbols=8),
    curriculum=Curriculum(sizes=(3, 4, 5), window=2, raise_at=0.05, lower_at=0.01),
    batches=Batches(instances=4, questions=4, subquestions=0.5),
    replay=Replay(batches=2, horizon=4),
    focus=Focus(choices=3),
)
IMITATED = replace(
    PLAIN,
    imitated=Apprenticeship(lesson=4, studies=2, window=4, most=12, check_every=2, trust_at=1.0, doubt_at=1.0),
    imitated_reader=ReaderSettings(width=16, fact_layers=1, question_layers=1, heads=2),
)


def carried_out(experiment: Experiment, path: Path, resume: bool = False, **watching: Any) -> dict[str, Any]:
    with RunFolder.existing(path) if resume else RunFolder.new(path) as folder:
        return asyncio.run(run(experiment, folder, resume=resume, **watching))


def interrupt_after(step: int) -> Any:
    def watch(moment: Moment) -> None:
        if moment.step == step:
            signal.raise_signal(signal.SIGINT)

    return watch


def untimed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: untimed(item) for key, item in value.items() if "seconds" not in key}
    return value


def assert_same_run(first: Path, second: Path) -> None:
    """Every tensor, every row, every count: bit for bit."""
    ends = [RunFolder(path).latest() for path in (first, second)]
    assert ends[0].name == ends[1].name
    for file in ends[0].glob("*.safetensors"):
        one, other = load_file(file), load_file(ends[1] / file.name)
        assert one.keys() == other.keys()
        for name, tensor in one.items():
            assert torch.equal(tensor, other[name]), name
    assert untimed(read_json(ends[0] / "state.json")) == untimed(read_json(ends[1] / "state.json"))
    rows = [[untimed(row) for row in read_rows(path / "metrics.jsonl")] for path in (first, second)]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("experiment", [PLAIN, EVERYTHING, IMITATED], ids=["plain", "everything", "imitated"])
def test_a_run_that_stopped_and_goes_on_is_the_same_bit_for_bit(experiment: Experiment, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert carried_out(experiment, whole)["status"] == "done"
    assert carried_out(experiment, parts, watch=interrupt_after(4))["status"] == "stopped"
    assert carried_out(experiment, parts, resume=True)["status"] == "done"
    assert_same_run(whole, parts)


def test_two_seeds_are_two_runs(tmp_path: Path) -> None:
    for seed in (0, 1):
        carried_out(replace(PLAIN, seed=seed, steps=2), tmp_path / str(seed))
    one, other = (load_file(RunFolder(tmp_path / str(seed)).latest() / "model.safetensors") for seed in (0, 1))
    assert not torch.equal(one["reader.said.weight"], other["reader.said.weight"])


KILLED = """
import asyncio, sys
from pathlib import Path
from hch.runs import RunFolder
from hch.experiment import run
from tests.test_experiment import EVERYTHING
with RunFolder.new(Path(sys.argv[1])) as folder:
    asyncio.run(run(EVERYTHING, folder, watch=lambda moment: print(moment.step, flush=True)))
"""


@pytest.mark.slow
@pytest.mark.parametrize("last", [1, 3, 6])
def test_a_run_that_is_killed_loses_nothing_and_does_nothing_twice(last: int, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    carried_out(EVERYTHING, whole)
    root = Path(__file__).parent.parent
    command = [sys.executable, "-c", KILLED, str(killed)]
    paths = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, env=paths) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == last:
                time.sleep(random.Random(last).random() * 0.05)
                process.kill()
    carried_out(EVERYTHING, killed, resume=True)
    assert_same_run(whole, killed)
    lines = (killed / "metrics.jsonl").read_text().splitlines()
    steps = [json.loads(line, parse_constant=pytest.fail)["step"] for line in lines]
    assert steps == [2, 4, 6, 8, 10]


@dataclass(frozen=True)
class Spoiled:
    """Imitation, but at some steps a weight is no number."""

    at: tuple[int, ...]
    seen: list[int]

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode:
        episode = await Imitation()(questions, overseer, policy)
        self.seen.append(len(self.seen) + 1)
        if self.seen[-1] not in self.at:
            return episode
        return Episode([Sample(s.question, s.answer, float("nan")) for s in episode.samples], episode.transcripts)


def test_a_run_says_so_where_it_goes_on_with_an_imitated_human_that_is_not_trusted(tmp_path: Path) -> None:
    assert IMITATED.imitated is not None
    hard = replace(IMITATED, imitated=replace(IMITATED.imitated, trust_at=0.0, window=40, most=8), steps=4)
    results = carried_out(hard, tmp_path / "run")
    assert results["human_transcripts"] == 8
    (row, *_) = read_rows(tmp_path / "run" / "metrics.jsonl")
    assert "untrusted" in row["note"]
    assert row["imitated"] == {"error": 1.0, "trusted": False, "transcripts": 8}


def test_where_a_loss_is_no_number_the_last_good_weights_come_back(tmp_path: Path) -> None:
    results = carried_out(replace(PLAIN, scheme=Spoiled((5,), [])), tmp_path / "run")
    assert (results["status"], results["restored"]) == ("done", 1)
    rows = read_rows(tmp_path / "run" / "metrics.jsonl")
    assert any("last good weights are back" in row.get("note", "") for row in rows)
    tensors = load_file(RunFolder(tmp_path / "run").latest() / "model.safetensors")
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())


def test_where_no_loss_is_a_number_any_more_the_run_fails_and_says_so(tmp_path: Path) -> None:
    results = carried_out(replace(PLAIN, scheme=Spoiled(tuple(range(3, 100)), []), steps=50), tmp_path / "run")
    assert results["status"] == "failed"
    assert "not finite" in results["reason"]


def test_a_run_ends_when_the_model_agrees_with_the_amplified_human_often_enough(tmp_path: Path) -> None:
    easy = replace(PLAIN, evaluation=Evaluation(every=2, questions=40, enough=0.0, in_a_row=2))
    assert carried_out(easy, tmp_path / "easy")["steps"] == 4
    never = replace(easy, evaluation=replace(easy.evaluation, enough=1.1))
    assert carried_out(never, tmp_path / "never")["steps"] == PLAIN.steps


@dataclass(frozen=True)
class NoGold(Permutation):
    """A task that tells nobody the truth."""

    def gold(self, question: Question) -> str:
        raise AssertionError(f"gold was asked for: {question.text}")


async def test_a_scheme_other_than_supervised_learns_without_gold() -> None:
    task = NoGold(largest=4, bits=3, symbols=8)
    questions = task.questions(task.instance(random.Random(0), 4), 8, random.Random(0))

    async def overseer(asked: Sequence[Question]) -> list[Answer]:
        return [Answer(q.text[-3]) if i else Answer(outcome=Outcome.PASSED) for i, q in enumerate(asked)]

    episode = await Imitation()(questions, overseer, Table({}))
    assert len(episode.samples) == len(questions) - 1
    assert all(sample.weight > 0 for sample in episode.samples)
