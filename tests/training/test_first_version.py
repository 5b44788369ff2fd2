"""Runs that the first version made: each can still be asked, resumed and reported on."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path

import pytest

from hch.cli import main
from hch.text.files import RunError, read_json
from hch.training import first_version
from hch.training.experiment import Experiment
from hch.training.first_version import CLASSES, FUNCTIONS, from_first_version, outdated_lines
from hch.training.record import MODULES
from hch.training.run_folder import RunFolder
from hch.training.source import import_source, read_experiment

RUNS = Path(__file__).parents[1] / "fixtures" / "v1"
ANSWERS = read_json(RUNS / "answers.json")
QUESTIONS = {"plain": ("σ^3(a)?", "facts"), "from-file": ("largest of a b c?", "digits")}
TODAY = {
    "from hch.experiment import": "from hch.training.experiment import",
    "from hch.sampling.curriculum import": "from hch.training.curriculum import",
    "from hch.script import": "from hch.humans.scripted import",
    "looked_up": "lookup_answer",
    "def level(": "def difficulty(",
    "self.level(": "self.difficulty(",
}


def copied(name: str, folder: Path) -> Path:
    """A copy of a run, with its file, as its people would bring it up to date, where it was made from one."""
    run = folder / name
    shutil.copytree(RUNS / name, run)
    if name == "from-file":
        text = (RUNS / "largest.py").read_text()
        for then, now in TODAY.items():
            text = text.replace(then, now)
        (run / "source").mkdir()
        (run / "source" / "largest.py").write_text(text)
    return run


@pytest.fixture(autouse=True)
def _beside_the_base_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(RUNS)


@pytest.mark.parametrize("who", ["model", "amplified", "hch"])
@pytest.mark.parametrize("name", ["plain", "imitated", "approval", "from-python", "from-file"])
def test_a_run_answers_as_it_did_then(name: str, who: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question, facts = QUESTIONS.get(name, QUESTIONS["plain"])
    code = main(["ask", str(copied(name, tmp_path)), question, "--context", str(RUNS / facts), "--as", who])
    printed = capsys.readouterr()
    # Then a run that was made from Python could not be asked; its settings and its seed are those of the plain one.
    assert [code, printed.out, printed.err] == ANSWERS[f"{'plain' if name == 'from-python' else name} {who}"]


@pytest.mark.parametrize("name", ["plain", "imitated", "approval", "from-python", "from-file", "language"])
def test_a_run_goes_on_to_its_end_and_is_reported_on(name: str, tmp_path: Path) -> None:
    run = copied(name, tmp_path)
    results = json.loads((run / "results.json").read_text())
    (run / "results.json").unlink()
    record = json.loads((run / "experiment.json").read_text())
    steps = record["settings"]["steps"] = results["steps"] + 2
    (run / "experiment.json").write_text(json.dumps(record))
    assert main(["resume", str(run)]) == 0
    after = json.loads((run / "results.json").read_text())
    assert (after["status"], after["steps"]) == ("done", steps)
    assert main(["report", str(run)]) == 0
    assert results["experiment"] in (run / "report.html").read_text()


def test_a_run_that_is_done_is_reported_on_as_it_is(tmp_path: Path) -> None:
    assert main(["report", str(copied("plain", tmp_path))]) == 0


def test_what_the_first_version_called_otherwise_has_the_value_that_it_had() -> None:
    experiment = read_experiment(RunFolder.existing(RUNS / "imitated"))
    assert experiment.imitated is not None
    assert (experiment.imitated.batch, experiment.imitated.updates, experiment.imitated.most) == (4, 25, 12)
    assert (experiment.learner.ema_horizon, experiment.consults, experiment.reader.width) == (20.0, "ema_model", 16)
    spoken = read_experiment(RunFolder.existing(RUNS / "language"))
    assert (spoken.language_learner.ema_update, spoken.language_learner.ema_horizon) == ("snapshot", 25)
    rated = read_experiment(RunFolder.existing(RUNS / "approval"))
    assert rated.scheme.samples == 4  # type: ignore[attr-defined]


def test_functions_and_scripts_of_one_name_are_told_apart() -> None:
    task = {"type": "WordLists", "what": "x"}
    of_words = from_first_version({"type": "Experiment", "task": task, "human": {"type": "_Script", "what": "x"}})
    assert of_words["human"]["type"] == "words._Script"
    task = {"type": "Lists", "what": "x"}
    of_lists = from_first_version({"type": "Experiment", "task": task, "human": {"type": "_Script", "what": "x"}})
    assert of_lists["human"]["type"] == "lists._Script"
    assert from_first_version("hch.debating.in_brief") == {"type": "function", "name": "brief_prompt"}
    own = {"type": "function", "name": "script", "module": "hch_experiment_mine"}
    assert from_first_version("hch_experiment_mine.script") == own
    assert from_first_version("hch.db is a file") == "hch.db is a file"
    assert from_first_version({"a": [1]}) == {"type": "dict", "items": [["a", [1]]]}


def test_a_run_without_its_file_says_where_to_put_it(tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(RUNS / "from-file", run)
    with pytest.raises(RunError, match=r"made from /studies/largest.py, which is not there: put .* or into .*source/"):
        read_experiment(RunFolder.existing(run))


def test_a_file_of_the_first_version_is_told_what_its_imports_are_now() -> None:
    with pytest.raises(RunError, match="was written for an older hch") as error:
        import_source(RUNS / "largest.py")
    for line in (
        "line 4: Experiment of hch.experiment is now Experiment of hch.training.experiment",
        "line 6: reply of hch.script is now reply of hch.humans.scripted",
        "a task's level is now its difficulty",
        "line 7: looked_up of hch.tasks.facts is now lookup_answer of hch.tasks.facts",
        "line 39: a task's level is now its difficulty",
    ):
        assert line in str(error.value)
    assert "NOT_PRIMITIVE" not in str(error.value)


def test_every_name_that_a_file_is_told_is_there() -> None:
    moves = read_json(Path(first_version.__file__).with_suffix(".json"))
    for module in moves["modules"].values():
        importlib.import_module(f"hch.{module}")
    for name in moves["names"].values():
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(f"hch.{module}"), attribute), name
    assert set(CLASSES.values()) | set(FUNCTIONS.values()) <= set(MODULES)
    assert list(outdated_lines("import hch\nfrom hch.types import Question\nfrom os import path\n")) == []


def test_the_fixtures_are_as_the_first_version_left_them() -> None:
    for name in ("plain", "imitated", "approval", "from-python", "from-file", "language"):
        assert "format" not in read_json(RUNS / name / "experiment.json")
    assert isinstance(read_experiment(RunFolder.existing(RUNS / "from-python")), Experiment)
