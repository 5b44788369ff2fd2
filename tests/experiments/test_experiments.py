from __future__ import annotations

import asyncio
import importlib
import json
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hch.experiments import EXPERIMENTS, load
from hch.humans.flaws.flaw import list_flaws
from hch.models.settings import ReaderSettings
from hch.tasks.fixed import Fixed
from hch.tasks.questions import Questions
from hch.training.experiment import Evaluation, Experiment
from hch.training.loop import run
from hch.training.run_folder import RunFolder
from tests.languages import language_folder


def in_text(experiment: Experiment, folder: Path) -> Experiment:
    """The experiment with a language model that has learned nothing, and questions where it needs a file of them."""
    assert experiment.language is not None
    task = experiment.task
    if isinstance(task, Questions):
        task = replace(task, path=str(questions_file(folder)))
    generation = replace(experiment.language.generation, most_tokens=4)
    language = replace(experiment.language, path=str(folder / "language"), precision="float32", generation=generation)
    return replace(experiment, task=task, language=language, imitated_tokens=4)


def questions_file(folder: Path) -> Path:
    """Some questions that people took apart."""
    path = folder / "questions.jsonl"
    rows = [
        {
            "question": f"Each of {n} hens lays 2 eggs. How many?",
            "answer": f"Hens of {n}? ** {n}\nEggs? ** {2 * n}\n#### {2 * n}",
        }
        for n in range(2, 40)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a language model."""
    folder = tmp_path_factory.mktemp("furnished")
    language_folder(folder / "language")
    return folder


def shorten(experiment: Experiment, steps: int, folder: Path) -> Experiment:
    """The experiment in few steps, on this machine, with a batch that a paper's task can be tried at."""
    sizes = experiment.curriculum.sizes
    if experiment.language is not None:
        experiment = in_text(experiment, folder)
    imitated = experiment.imitated and replace(experiment.imitated, batch=4, updates=1, window=4, most=8)
    return replace(
        experiment,
        steps=steps,
        checkpoint_every=1,
        device="cpu",
        batches=replace(experiment.batches, instances=2, questions=4),
        evaluation=Evaluation(every=1, questions=20),
        imitated=imitated,
        imitated_reader=ReaderSettings(width=16, heads=2),
        curriculum=replace(experiment.curriculum, sizes=sizes[:3]),
        learner=replace(experiment.learner, compile=False),
        imitated_learner=replace(experiment.imitated_learner, compile=False),
    )


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_is_what_the_list_says(name: str) -> None:
    experiment = load(name)
    assert (experiment.name, experiment.summary) == (name, EXPERIMENTS[name].summary)
    assert pickle.loads(pickle.dumps(experiment)) == experiment


def test_every_experiment_in_a_file_is_listed() -> None:
    modules = {importlib.import_module(f"hch.experiments.{listed.module}") for listed in EXPERIMENTS.values()}
    written = {value.name for module in modules for value in vars(module).values() if isinstance(value, Experiment)}
    assert written == {*EXPERIMENTS}


def test_the_list_is_read_without_the_experiments() -> None:
    code = "import sys, hch.experiments; print([m for m in sys.modules if m == 'torch' or m.startswith('hch.tr')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_runs_for_two_steps_and_goes_on(name: str, tmp_path: Path, furnished: Path) -> None:
    for steps in (2, 3):
        folder = RunFolder.new(tmp_path) if steps == 2 else RunFolder.existing(tmp_path)
        with folder:
            results = asyncio.run(run(shorten(load(name), steps, furnished), folder, resume=steps == 3))
        assert (results["status"], results["steps"]) == ("done", steps)
        assert 0 <= results["accuracy"]["model"] <= 1


def test_every_task_has_a_tiny_a_small_and_a_paper_experiment_and_one_with_an_imitated_human() -> None:
    experiments = [listed for listed in map(load, EXPERIMENTS) if not isinstance(listed.task, Fixed)]
    # An experiment with a flawed H is a comparison of signals, whatever the task; it needs no other sizes.
    plain = [
        experiment for experiment in experiments if experiment.human is None or not any(list_flaws(experiment.human))
    ]
    for task in {experiment.task.name for experiment in plain}:
        own = [experiment for experiment in experiments if experiment.task.name == task]
        sizes = {experiment.name.rsplit("-", 1)[1] for experiment in own}
        assert {"tiny", "small"} <= sizes
        assert "paper" in sizes or all(experiment.language for experiment in own), "no paper has the tasks in text"
        assert any(experiment.imitated for experiment in own if not experiment.name.endswith("-paper"))
