from __future__ import annotations

import asyncio
import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from hch import Amplify, Episode, Otherwise, Question, Sample
from hch.amplify.rounds import start_anew
from hch.experiments import load
from hch.humans.imitated import Imitated, ImitatedSettings
from hch.humans.scripted import Scripted, Steps, reply
from hch.models.reader.policy import ReaderPolicy
from hch.models.settings import LearnerSettings, ReaderSettings
from hch.people.settings import Present
from hch.protocols import Answerer, Human, Policy
from hch.schemes.imitation import Imitation
from hch.tasks.permutation import Permutation, power_script
from hch.text.files import read_json, read_rows
from hch.training.curriculum import Curriculum, Progress
from hch.training.experiment import Evaluation, Experiment
from hch.training.loop import Loop, Moment, run
from hch.training.prioritized_sampling import PrioritizedSampling
from hch.training.questions import Batches
from hch.training.replay_buffer import Replay
from hch.training.run_folder import RunFolder
from hch.training.state import State
from hch.training.widths import measure_widths
from hch.types import Action, Fail, Workspace
from tests.desks import Desk, PeopleAt, people_at

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
    prioritized=PrioritizedSampling(choices=3),
)
IMITATED = replace(
    PLAIN,
    imitated=ImitatedSettings(batch=4, updates=2, window=4, most=12, check_every=2, trust_at=1.0, doubt_at=1.0),
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
from hch.training.run_folder import RunFolder
from hch.training.loop import run
from tests.training.test_experiment import EVERYTHING
with RunFolder.new(Path(sys.argv[1])) as folder:
    asyncio.run(run(EVERYTHING, folder, watch=lambda moment: print(moment.step, flush=True)))
"""


@pytest.mark.slow
@pytest.mark.parametrize("last", [1, 3, 6])
def test_a_run_that_is_killed_loses_nothing_and_does_nothing_twice(last: int, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    carried_out(EVERYTHING, whole)
    root = Path(__file__).parents[2]
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


def test_a_run_may_be_examined_before_its_first_step_too_and_once_only(tmp_path: Path) -> None:
    early = replace(PLAIN, evaluation=replace(PLAIN.evaluation, at_start=True))
    carried_out(early, tmp_path / "run", watch=interrupt_after(1))
    carried_out(early, tmp_path / "run", resume=True)
    carried_out(replace(early, steps=0), tmp_path / "killed")
    carried_out(early, tmp_path / "killed", resume=True)
    for name in ("run", "killed"):
        rows = read_rows(tmp_path / name / "metrics.jsonl")
        assert [row["step"] for row in rows] == [0, 2, 4, 6, 8, 10]
        assert rows[0]["questions_seen"] == 0
        assert rows[0]["accuracy"]["hch"] == 1
        assert rows[0]["accuracy"]["amplified"] < 1


class Counting(Scripted):
    """A scripted human, and how many workspaces it was shown."""

    shown = 0

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        type(self).shown += len(workspaces)
        return await super().__call__(workspaces)


def test_what_was_just_examined_is_not_examined_again_at_the_end(tmp_path: Path) -> None:
    evaluation = replace(PLAIN.evaluation, questions=300)
    short = replace(PLAIN, human=Counting(PLAIN.task.script), steps=1, evaluation=evaluation)
    amplified: list[int] = []
    results = carried_out(short, tmp_path / "run", watch=lambda _: amplified.append(Counting.shown))
    assert amplified[-1] > 300
    assert Counting.shown - amplified[-1] < 300, "only the transcripts that are written out are made after it"
    (row,) = read_rows(tmp_path / "run" / "metrics.jsonl")
    for name in ("accuracy", "by_difficulty", "by_size", "agreement_with_hch"):
        assert results[name] == row[name]


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_anew(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    carried_out(PLAIN, whole)
    carried_out(replace(PLAIN, steps=0), killed)
    shutil.rmtree(killed / "checkpoints")
    carried_out(PLAIN, killed, resume=True)
    assert_same_run(whole, killed)


def test_a_line_that_was_cut_short_is_written_again(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    carried_out(PLAIN, whole)
    carried_out(PLAIN, cut, watch=interrupt_after(4))
    with (cut / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": 6, "seconds": 0.1, "accu')
    carried_out(PLAIN, cut, resume=True)
    assert_same_run(whole, cut)


def test_a_run_that_is_done_stays_as_it_is_when_it_is_gone_on_with(tmp_path: Path) -> None:
    carried_out(EVERYTHING, tmp_path / "run")
    shutil.copytree(tmp_path / "run", tmp_path / "again")
    carried_out(EVERYTHING, tmp_path / "again", resume=True)
    assert_same_run(tmp_path / "run", tmp_path / "again")
    first, again = (untimed(read_json(tmp_path / name / "results.json")) for name in ("run", "again"))
    assert first == again


AGAIN = """
import asyncio, sys
from pathlib import Path
from hch.training.run_folder import RunFolder
from hch.training.loop import run
from tests.training.test_experiment import OFTEN_WRITTEN
path = Path(sys.argv[1])
resume = (path / "experiment.json").exists()
with RunFolder.existing(path) if resume else RunFolder.new(path) as folder:
    print("started", flush=True)
    asyncio.run(run(OFTEN_WRITTEN, folder, lambda moment: print(moment.step, flush=True), resume=resume))
"""
OFTEN_WRITTEN = replace(EVERYTHING, evaluation=Evaluation(every=1, questions=20), checkpoint_every=1, steps=30)


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    carried_out(OFTEN_WRITTEN, whole)
    root = Path(__file__).parents[2]
    randomness = random.Random(1)
    for attempt in range(6):
        command = [sys.executable, "-c", AGAIN, str(killed)]
        with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline() == b"started\n", process.stderr.read()
            if attempt % 2:
                process.stdout.readline()
            time.sleep(randomness.uniform(0.0, 0.1))
            process.kill()
    resume = (killed / "experiment.json").exists()
    carried_out(OFTEN_WRITTEN, killed, resume=resume)
    assert_same_run(whole, killed)
    lines = (killed / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line, parse_constant=pytest.fail)["step"] for line in lines] == list(range(1, 31))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_saves_all_and_says_how_to_go_on(number: signal.Signals, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED, str(tmp_path / "run")]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        process.send_signal(number)
        _, errors = process.communicate()
    assert (process.returncode, errors) == (0, b"")
    results = read_json(tmp_path / "run" / "results.json")
    assert results["status"] == "stopped"
    assert results["reason"].endswith(f"go on with: hch resume {tmp_path / 'run'}")
    assert RunFolder(tmp_path / "run").latest().name == f"step-{results['steps']:08d}"
    carried_out(EVERYTHING, tmp_path / "whole")
    carried_out(EVERYTHING, tmp_path / "run", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "run")


@dataclass
class Poisoning:
    """Imitation, but at some steps some weights become no numbers: the model's, the EMA model's, or those of H′."""

    whose: str
    at: tuple[int, ...]
    steps: int = 0

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode:
        self.steps += 1
        assert isinstance(overseer, Amplify)
        assert isinstance(overseer.model, Otherwise)
        policies = {"the model": policy, "the EMA model": overseer.model.second}
        if isinstance(overseer.human, Imitated):
            policies["H′"] = overseer.human.policy
        poisoned = policies[self.whose]
        assert isinstance(poisoned, ReaderPolicy)
        if self.steps in self.at:
            with torch.no_grad():
                poisoned.reader.fact_words.words[3] = math.nan
            poisoned.reader.version += 1
        return await Imitation()(questions, overseer, policy)


def saved_weights_are_numbers(path: Path) -> bool:
    files = list((path / "checkpoints").rglob("*.safetensors"))
    assert files
    return all(bool(tensor.isfinite().all()) for file in files for tensor in load_file(file).values())


@pytest.mark.parametrize("at", [1, 5, 6, 10], ids="at step {}".format)
@pytest.mark.parametrize("whose", ["the model", "the EMA model", "H′"])
def test_weights_that_become_no_numbers_are_replaced_by_the_last_good_ones(whose: str, at: int, tmp_path: Path) -> None:
    experiment = replace(IMITATED if whose == "H′" else PLAIN, scheme=Poisoning(whose, (at,)))
    results = carried_out(experiment, tmp_path / "run")
    assert (results["status"], results["steps"]) == ("done", 10)
    assert results["restored"] >= 1
    assert saved_weights_are_numbers(tmp_path / "run")
    for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)
    json.loads((tmp_path / "run" / "results.json").read_text(), parse_constant=pytest.fail)


def test_an_imitated_human_whose_loss_is_no_number_is_brought_back_at_once_and_the_row_says_so(tmp_path: Path) -> None:
    carried_out(replace(IMITATED, scheme=Poisoning("H′", (1,))), tmp_path / "run")
    notes = [row["note"] for row in read_rows(tmp_path / "run" / "metrics.jsonl")]
    assert "step 2: loss or gradient of H′ not finite; the last good weights are back" in notes


def test_weights_that_become_no_numbers_again_and_again_end_the_run(tmp_path: Path) -> None:
    experiment = replace(PLAIN, scheme=Poisoning("the model", tuple(range(4, 100))), steps=100)
    results = carried_out(experiment, tmp_path / "run")
    assert results["status"] == "failed"
    assert results["reason"] == "loss or gradient were not finite 6 times in a row"
    assert results["steps"] == 9
    assert saved_weights_are_numbers(tmp_path / "run")
    assert json.loads((tmp_path / "run" / "results.json").read_text(), parse_constant=pytest.fail)["restored"] == 6


@dataclass(frozen=True)
class Unheard:
    """Imitation, with one sample at each step whose answer has a word that no model here knows."""

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode:
        episode = await Imitation()(questions, overseer, policy)
        return Episode([*episode.samples, Sample(questions[0], "unheard")], episode.transcripts)


def test_a_sample_that_the_model_cannot_say_is_left_out_and_counted(tmp_path: Path) -> None:
    # Each step replays those of one earlier step too, once there is one.
    results = carried_out(replace(PLAIN, scheme=Unheard(), steps=4), tmp_path / "run")
    assert (results["status"], results["unread"]) == ("done", 4 + 3)


@dataclass
class Noting(Progress):
    """A curriculum's progress that remembers how many questions it was told of."""

    told: list[int] = field(default_factory=list)

    def observe(self, size: int, agreed: Any, asked: int) -> None:
        self.told.append(asked)
        super().observe(size, agreed, asked)


async def test_agreement_is_over_the_questions_that_were_asked_and_no_others(tmp_path: Path) -> None:
    # Of the sub-questions there are fewer than there is room for: nobody asks anything about a power of 1 but itself.
    task = Permutation(largest=3, bits=1, symbols=4)
    batches = Batches(instances=4, questions=8, subquestions=0.5)
    experiment = replace(PLAIN, task=task, curriculum=Curriculum((3,)), batches=batches)
    human = Scripted(task.script)
    state = State.new(experiment, await measure_widths(task, human, 3))
    state.progress = progress = Noting(experiment.curriculum)
    with RunFolder.new(tmp_path / "run") as folder:
        await Loop(experiment, folder, state, human, lambda _: None).step()
    assert progress.told == [state.counts.questions_seen]
    assert progress.told[0] < 4 * 8


@dataclass
class Fickle:
    """A script that one day replies to everything alike."""

    invalidate: bool = False

    def __call__(self, text: str) -> Steps:
        if self.invalidate:
            return reply("none")
        return (yield from power_script(text))


@pytest.mark.slow
def test_an_imitated_human_takes_over_is_checked_and_is_doubted_when_h_changes(tmp_path: Path) -> None:
    settings = ImitatedSettings(batch=10, updates=15, window=20, most=120, check_every=1)
    script = Fickle()
    experiment = replace(
        PLAIN,
        task=Permutation(largest=3, bits=2, symbols=4),
        curriculum=Curriculum((3,)),
        human=Scripted(script),
        imitated=settings,
        imitated_reader=ReaderSettings(width=32, fact_layers=1, question_layers=1, heads=4),
        imitated_learner=LearnerSettings(learning_rate=5e-3),
        evaluation=Evaluation(every=1, questions=20, enough=2.0),
        steps=12,
    )

    def watch(moment: Moment) -> None:
        script.invalidate = moment.step >= 4

    results = carried_out(experiment, tmp_path / "run", watch=watch)
    rows = read_rows(tmp_path / "run" / "metrics.jsonl")
    learned = rows[0]["human_transcripts"]
    assert settings.window <= learned < settings.most - 10, "trusted after a window of transcripts and some lessons"
    early, late = rows[:4], rows[-1]
    assert all(row["imitated"]["trusted"] and row["imitated"]["error"] <= settings.trust_at for row in early)
    assert [row["human_transcripts"] for row in early] == list(range(learned, learned + 4)), "one check at each step"
    assert any(row["imitated"]["error"] > settings.doubt_at for row in rows[4:])
    assert late["human_transcripts"] == results["human_transcripts"] <= settings.most, "then the real H is left alone"
    assert late["human_transcripts"] - learned > 20, "a doubted H′ takes lessons again"


# People

FEW = {"steps": 4, "checkpoint_every": 3}
TAUGHT = replace(EVERYTHING, batches=Batches(instances=3, questions=2, subquestions=0.5), **FEW)  # type: ignore[arg-type]
CHECKED = replace(IMITATED, batches=Batches(instances=3, questions=2), **FEW)  # type: ignore[arg-type]
assert CHECKED.imitated is not None
LESSONS = replace(CHECKED, imitated=replace(CHECKED.imitated, trust_at=0.0, window=40))
BY_PEOPLE = pytest.mark.parametrize("experiment", [TAUGHT, CHECKED, LESSONS], ids=["taught", "checked", "lessons"])


def by_people(
    experiment: Experiment, human: Human | None = None, patience: float = 0.0, poll: float = 0.0
) -> Experiment:
    """The experiment with people in training: at a desk, or at once where no human is given."""
    if isinstance(human, Desk):
        return replace(experiment, people=people_at(human, patience, poll))
    return replace(experiment, people=PeopleAt(present=Present(human or Scripted(experiment.task.script), start_anew)))


def gone_on_with(experiment: Experiment, path: Path) -> list[dict[str, Any]]:
    """The results each time that the run ended, until it was done."""
    results = [carried_out(experiment, path)]
    while results[-1]["status"] != "done":
        results.append(carried_out(experiment, path, resume=True))
        assert len(results) < 200
    return results


@BY_PEOPLE
def test_a_run_that_ends_wherever_it_waits_for_people_is_in_the_end_as_if_it_never_had(
    experiment: Experiment, tmp_path: Path
) -> None:
    desk = Desk(Scripted(experiment.task.script))
    whole = carried_out(by_people(experiment), tmp_path / "whole")
    results = gone_on_with(by_people(experiment, desk), tmp_path / "parts")
    assert len(results) > 5
    for waiting in results[:-1]:
        assert waiting["status"] == "stopped"
        assert len(waiting["waiting"]) == len(set(waiting["waiting"])) >= 1
        assert waiting["reason"].startswith(f"waiting for people in {len(waiting['waiting'])} workspace")
        assert waiting["reason"].endswith(f"; go on with: hch resume {tmp_path / 'parts'}")
        assert waiting["unanswered"] <= whole["unanswered"]
    assert "waiting" not in results[-1]
    assert untimed(results[-1]) == untimed(whole)
    assert_same_run(tmp_path / "whole", tmp_path / "parts")


@BY_PEOPLE
def test_so_is_one_that_waits_as_long_as_it_takes_whoever_acts_first(experiment: Experiment, tmp_path: Path) -> None:
    # In another order the EMA model answers other questions beside each other, which its last bit of confidence may
    # show.
    equal = replace(experiment, scheme=Imitation(by_confidence=False), prioritized=PrioritizedSampling())
    desk = Desk(Scripted(experiment.task.script), 0.3, random.Random(5))
    moments: list[Moment] = []
    whole = carried_out(by_people(equal), tmp_path / "whole")
    results = carried_out(by_people(equal, desk, math.inf), tmp_path / "run", watch=moments.append)
    assert untimed(results) == untimed(whole)
    assert_same_run(tmp_path / "whole", tmp_path / "run")
    assert any(
        moment.waiting and re.fullmatch(r"waiting for people: \d+ workspaces?", moment.note) for moment in moments
    )
    assert [moment.step for moment in moments] == sorted(moment.step for moment in moments)


def test_lessons_that_are_over_stay_so_when_people_are_waited_for(tmp_path: Path) -> None:
    waits = by_people(LESSONS, Desk(Scripted(LESSONS.task.script)))
    names, learned = list[str](), list[int]()
    results = carried_out(waits, tmp_path / "run")
    while results["status"] != "done":
        results = carried_out(waits, tmp_path / "run", resume=True)
        names.append(RunFolder(tmp_path / "run").latest().name)
        learned.append(results["human_transcripts"])
    assert set(names) == {"step-00000000", "step-00000000-update-0001", "step-00000000-update-0002", "step-00000004"}
    assert names == sorted(names)
    assert [*dict.fromkeys(learned)] == [0, 4, 8, 12]


def never(experiment: Experiment) -> Desk:
    return Desk(Scripted(experiment.task.script), chance=0.0)


def test_without_patience_a_run_ends_the_first_time_that_nobody_has_acted(tmp_path: Path) -> None:
    desk = never(TAUGHT)
    results = carried_out(by_people(TAUGHT, desk), tmp_path / "run")
    assert (results["status"], results["steps"], desk.calls) == ("stopped", 0, 1)
    assert results["waiting"] == list(desk.ids.values())
    counts = ("questions_seen", "human_actions", "human_transcripts", "consultations", "unanswered", "unread")
    assert {results[name] for name in counts} == {0}
    assert results["training_seconds"] == 0.0
    assert results["accuracy"]["hch"] == 1.0, "the evaluation asks no people"


def test_with_some_patience_a_run_looks_now_and_then_and_that_time_is_no_training(tmp_path: Path) -> None:
    desk = never(TAUGHT)
    results = carried_out(by_people(TAUGHT, desk, patience=0.5, poll=0.1), tmp_path / "run")
    assert results["status"] == "stopped"
    assert 2 <= desk.calls <= 7
    assert results["training_seconds"] == 0.0
    assert results["wall_seconds"] > 0.5


def test_a_run_that_waits_for_people_can_be_interrupted(tmp_path: Path) -> None:
    def watch(moment: Moment) -> None:
        if moment.waiting:
            signal.raise_signal(signal.SIGINT)

    desk = Desk(Scripted(TAUGHT.task.script))
    waits = by_people(TAUGHT, desk, math.inf, poll=3600.0)
    results = carried_out(waits, tmp_path / "run", watch=watch)
    assert results["status"] == "stopped"
    assert results["reason"].startswith("interrupted after step 0;")
    assert "waiting" not in results
    gone_on = carried_out(by_people(TAUGHT, desk, math.inf), tmp_path / "run", resume=True)
    carried_out(by_people(TAUGHT), tmp_path / "whole")
    assert gone_on["status"] == "done"
    assert_same_run(tmp_path / "whole", tmp_path / "run")


def test_what_goes_wrong_with_people_is_a_failure_and_nothing_that_is_waited_for(tmp_path: Path) -> None:
    async def gone(workspaces: Sequence[Workspace], /) -> list[Action]:
        return [Fail("the account was closed")] * len(workspaces)

    results = carried_out(by_people(TAUGHT, gone), tmp_path / "run")
    assert (results["status"], results["steps"]) == ("done", 4)
    assert results["unanswered"] == results["questions_seen"] > 0


async def test_a_stratum_s_reliability_is_a_share_whatever_its_samples_weigh(tmp_path: Path) -> None:
    # A scheme's weights may be negative or large, as advantages are; how reliable H is goes from 0 to 1.
    human = Scripted(EVERYTHING.task.script)
    state = State.new(EVERYTHING, await measure_widths(EVERYTHING.task, human, 5))
    loop = Loop(EVERYTHING, RunFolder.new(tmp_path / "run"), state, human, lambda _: None)
    questions = [Question(f"σ^{exponent}(a)?") for exponent in (0, 1, 2, 4)]
    strata = [EVERYTHING.task.stratum(question) for question in questions]
    assert len(set(strata)) == 4
    weights = (0.25, -0.5, 3.0)
    loop.update_priorities(
        questions, [Sample(q, "b", w) for q, w in zip(questions, weights, strict=False)], [0.5, 0.25, 1.0]
    )
    assert [state.priorities.strata[stratum] for stratum in strata] == [
        (0.25, 0.5),
        (0.5, 0.25),
        (1.0, 1.0),
        (0.0, 0.0),
    ]
