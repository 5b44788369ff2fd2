from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hch.cli import main
from hch.experiments import load
from hch.text.files import RunError
from hch.training.experiment import Evaluation
from hch.training.loop import run
from hch.training.questions import Batches
from hch.training.run_folder import RunFolder
from hch.training.source import read_experiment

FACTS = "a -> b\nb -> c\nc -> d\nd -> a\n"

OWN = """
from dataclasses import dataclass, replace

from hch.experiments import load
from hch.humans.scripted import Scripted
from hch.schemes.imitation import Imitation
from hch.training.experiment import Evaluation
from hch.training.questions import Batches


@dataclass(frozen=True)
class Own(Imitation):
    weight: float = 1.0
    name: str = "own"


def closure():
    script = load("permutation-tiny").task.script
    return lambda text: script(text)


EXPERIMENT = replace(
    load("permutation-tiny"),
    name="mine",
    scheme=Own(),
    human=Scripted(closure()),
    batches=Batches(instances=2, questions=2),
    evaluation=Evaluation(every=2, questions=10),
    steps=2,
)
"""

FROM_MAIN = """
import asyncio, sys
from dataclasses import dataclass, replace
from pathlib import Path

from hch.experiments import load
from hch.humans.scripted import Scripted, reply
from hch.training.experiment import Evaluation
from hch.training.loop import run
from hch.training.questions import Batches
from hch.training.run_folder import RunFolder


@dataclass(frozen=True)
class Always:
    said: str = "b"

    def __call__(self, text):
        yield from ()
        return reply(self.said)


few = dict(batches=Batches(instances=2, questions=2), evaluation=Evaluation(every=2, questions=10), steps=2)
EXPERIMENT = replace(load("permutation-tiny"), name="mine", human=Scripted(Always()), **few)
if __name__ == "__main__":
    asyncio.run(run(EXPERIMENT, RunFolder.new(Path(sys.argv[1]))))
"""


@pytest.fixture
def facts(tmp_path: Path) -> str:
    (tmp_path / "facts").write_text(FACTS)
    return str(tmp_path / "facts")


def test_a_run_of_a_file_keeps_a_copy_and_is_asked_and_resumed_when_the_file_is_gone(
    tmp_path: Path, facts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file, path = tmp_path / "mine.py", tmp_path / "run"
    file.write_text(OWN)
    assert main(["train", str(file), "--scheme.weight", "0.5", "--out", str(path)]) == 0
    assert (path / "source" / "mine.py").read_text() == OWN
    record = json.loads((path / "experiment.json").read_text())
    assert (record["format"], record["source"]) == (2, "source/mine.py")
    file.unlink()
    moved = tmp_path / "elsewhere"
    shutil.move(path, moved)
    experiment = read_experiment(RunFolder.existing(moved))
    assert experiment.scheme.weight == 0.5  # type: ignore[attr-defined]
    assert experiment.name == "mine"
    assert main(["ask", str(moved), "σ^3(a)?", "--context", facts, "--as", "hch"]) == 0
    assert capsys.readouterr().out.endswith("\nd\n")
    (moved / "results.json").unlink()
    assert main(["resume", str(moved)]) == 0


def test_the_copy_is_what_counts_when_the_file_was_changed(tmp_path: Path) -> None:
    file, path = tmp_path / "mine.py", tmp_path / "run"
    file.write_text(OWN)
    assert main(["train", str(file), "--out", str(path)]) == 0
    file.write_text("raise AssertionError('this file is another one now')")
    assert read_experiment(RunFolder.existing(path)).steps == 2
    (path / "source" / "other.py").write_text("")
    with pytest.raises(RunError, match="several Python files"):
        read_experiment(RunFolder.existing(path))


def test_a_run_made_from_python_is_asked_and_resumed(
    tmp_path: Path, facts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    few = Batches(instances=2, questions=2)
    experiment = load("permutation-tiny")
    experiment = type(experiment)(
        "from-python", "", experiment.task, experiment.curriculum, batches=few, evaluation=Evaluation(2, 10), steps=2
    )
    path = tmp_path / "run"
    asyncio.run(run(experiment, RunFolder.new(path)))
    assert read_experiment(RunFolder.existing(path)) == experiment
    assert main(["ask", str(path), "σ^3(a)?", "--context", facts, "--as", "hch"]) == 0
    assert capsys.readouterr().out == "d\n"
    (path / "results.json").unlink()
    assert main(["resume", str(path)]) == 0
    assert not (path / "source").exists()


def test_a_run_of_classes_from_main_says_what_is_needed_and_then_has_it(
    tmp_path: Path, facts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    script, path = tmp_path / "script.py", tmp_path / "run"
    script.write_text(FROM_MAIN)
    subprocess.run([sys.executable, str(script), str(path)], check=True)
    asking = ["ask", str(path), "σ^3(a)?", "--context", facts, "--as", "hch"]
    assert main(asking) == 1
    error = " ".join(capsys.readouterr().err.split())
    assert "human.script is Always of __main__, which is no part of hch: put it, and an EXPERIMENT" in error
    assert "into the run's folder source/" in error
    (path / "source").mkdir()
    shutil.copy(script, path / "source")
    assert main(asking) == 0
    assert capsys.readouterr().out == "b\n"


def test_what_is_no_record_of_a_run_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "experiment.json").write_text('{"experiment": "x", "settings": []}')
    with pytest.raises(RunError, match="has no settings: it is not the record of a run"):
        read_experiment(RunFolder.existing(tmp_path))
