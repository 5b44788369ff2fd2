"""Parts by name: those of a plug-in package, those of the user's own file, and flaws."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hch.cli import main
from hch.cli.options import apply_options
from hch.cli.parts import OWN
from hch.experiments import load
from hch.humans.flaws.anchored import Anchored
from hch.humans.flaws.charmed import Charmed
from hch.humans.flaws.corruptible import Corruptible
from hch.humans.flaws.noisy import Noisy
from hch.humans.overseeing import Overseeing
from hch.humans.scripted import Scripted
from hch.tasks.wordy import CHARM, WithoutPhrases, Wordy
from hch.training.experiment import Experiment

SHORT = ["--steps", "2", "--evaluation.every", "2", "--evaluation.questions", "20"]

PLUGIN = '''
"""Parts for hch."""

from dataclasses import dataclass, replace

from hch.experiments import load
from hch.humans.flaws.charmed import Charmed
from hch.humans.scripted import Scripted
from hch.schemes.imitation import Imitation
from hch.tasks.permutation import Permutation
from hch.types import Answer

EXPERIMENT = replace(load("permutation-tiny"), name="guest-tiny", summary="a guest's experiment")


@dataclass(frozen=True)
class Guest(Imitation):
    """Imitation, by a guest."""

    name: str = "guest"


def careful(experiment):
    """Imitation with a low learning rate."""
    learner = replace(experiment.learner, learning_rate=1e-4)
    return replace(experiment, scheme=Guest(name="careful"), learner=learner)


@dataclass(frozen=True)
class SmallPermutation(Permutation):
    """Permutations of four elements."""

    largest: int = 4
    bits: int = 2
    symbols: int = 8


def follower(task):
    """Follows the task's script."""
    return Scripted(task.script)


@dataclass(frozen=True)
class Grumpy(Charmed):
    """A human whom only one word pleases."""

    phrase: str = "please"


class Parrot:
    """Answers with the question."""

    async def __call__(self, questions, /):
        return [Answer(question.text, by="parrot") for question in questions]
'''

ENTRY_POINTS = """\
[hch.experiments]
guest-tiny = guest_parts:EXPERIMENT

[hch.schemes]
guest = guest_parts:Guest
careful = guest_parts:careful
broken = guest_parts_that_are_missing:Scheme
imitation = guest_parts:Guest

[hch.tasks]
small-permutation = guest_parts:SmallPermutation

[hch.humans]
follower = guest_parts:follower

[hch.flaws]
grumpy = guest_parts:Grumpy

[hch.models]
parrot = guest_parts:Parrot
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with a part of each kind, as an installer leaves it: a module, and the folder that describes it."""
    site = tmp_path / "site"
    info = site / "guest_parts-1.5.dist-info"
    info.mkdir(parents=True)
    (site / "guest_parts.py").write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guest-parts\nVersion: 1.5\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(site)
    monkeypatch.delitem(sys.modules, "guest_parts", raising=False)
    return "guest-parts 1.5"


def list_parts(kind: str, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    assert main(["list", kind]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    return dict(lines)


@pytest.mark.parametrize("kind", OWN)
def test_what_comes_with_hch_is_listed_with_a_line_each(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = list_parts(kind, capsys)
    assert set(OWN[kind]) <= lines.keys()
    assert all(len(about.split()) > 2 and "cannot be imported" not in about for about in lines.values())
    assert not any("`" in about for about in lines.values())


@pytest.mark.parametrize(
    ("kind", "name", "about"),
    [
        ("experiments", "guest-tiny", "a guest's experiment"),
        ("schemes", "guest", "Imitation, by a guest"),
        ("schemes", "careful", "Imitation with a low learning rate"),
        ("tasks", "small-permutation", "Permutations of four elements"),
        ("humans", "follower", "Follows the task's script"),
        ("flaws", "grumpy", "A human whom only one word pleases"),
        ("models", "parrot", "Answers with the question"),
    ],
)
def test_what_a_package_brings_is_listed_with_the_package(
    kind: str, name: str, about: str, plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list_parts(kind, capsys)[name] == f"{about}  [{plugin}]"


def test_a_part_that_cannot_be_imported_is_shown_with_its_error_and_hides_no_other(
    plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = list_parts("schemes", capsys)
    error = "ModuleNotFoundError: No module named 'guest_parts_that_are_missing'"
    assert lines["broken"] == f"cannot be imported: {error}  [{plugin}]"
    assert lines["imitation"] == "Learn what H answered while consulting the model", "hch's own names come first"
    assert main(["train", "permutation-tiny", "--scheme", "broken"]) == 1
    said = capsys.readouterr().err
    assert f"the scheme broken of {plugin} cannot be imported: {error}" in said
    assert "Traceback" not in said


def test_nothing_of_a_package_is_imported_until_it_is_named(plugin: str, tmp_path: Path) -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1])\nfrom hch.cli import main\n"
    code += "main(['list', 'tasks'] if sys.argv[2] == 'tasks' else ['train', 'permutation-tiny', '--zzz'])\n"
    code += "print('guest_parts' in sys.modules)"
    for word, is_imported in (("tasks", "True"), ("train", "False")):
        command = [sys.executable, "-c", code, str(tmp_path / "site"), word]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stdout.splitlines()[-1] == is_imported, done.stderr


@pytest.mark.usefixtures("plugin")
def test_a_run_is_made_of_a_package_s_parts_and_made_again_from_its_record(tmp_path: Path) -> None:
    run = tmp_path / "run"
    words = ["--scheme", "guest", "--task", "small-permutation", "--human", "follower", "--flaw", "grumpy:0.25"]
    assert main(["train", "guest-tiny", *words, *SHORT, "--out", str(run)]) == 0
    record = json.loads((run / "experiment.json").read_text())
    settings = record["settings"]
    assert (record["experiment"], settings["scheme"]["name"]) == ("guest-tiny", "guest")
    assert settings["task"]["task"]["type"] == "SmallPermutation"
    assert (settings["human"]["type"], settings["human"]["strength"]) == ("Grumpy", 0.25)
    assert main(["ask", str(run), "nonsense"]) == 2, "the question is wrong, and the run was read"


@pytest.mark.usefixtures("plugin")
def test_schemes_of_a_package_are_compared_with_hch_s_own(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["compare", "permutation-tiny", "--schemes", "imitation,guest,careful", *SHORT, "--out", str(out)]) == 0
    schemes = {name: json.loads((out / name / "results.json").read_text())["scheme"] for name in ("guest", "careful")}
    assert schemes == {"guest": "guest", "careful": "careful"}
    settings = json.loads((out / "careful" / "experiment.json").read_text())["settings"]
    assert settings["learner"]["learning_rate"] == 1e-4


OWN_FILE = """
from dataclasses import dataclass, replace
from hch.experiments import load
from hch.schemes.imitation import Imitation

EXPERIMENT = replace(load("permutation-tiny"), name="mine", summary="of my own")

@dataclass(frozen=True)
class Mine(Imitation):
    name: str = "mine"
    factor: float = 1.0

SCHEMES = {"mine": Mine(factor=0.5), "plain": lambda experiment: replace(experiment, scheme=Imitation(), steps=1)}
"""


def test_schemes_of_the_user_s_own_file_are_trained_and_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "mine.py", tmp_path / "out"
    file.write_text(OWN_FILE)
    words = ["train", str(file), "--scheme", "mine", "--scheme.factor", "0.25", *SHORT]
    assert main([*words, "--out", str(tmp_path / "run")]) == 0
    scheme = json.loads((tmp_path / "run" / "experiment.json").read_text())["settings"]["scheme"]
    assert (scheme["type"], scheme["factor"]) == ("Mine", 0.25)
    assert main(["resume", str(tmp_path / "run")]) == 0
    assert main(["compare", str(file), "--schemes", "mine,imitation", *SHORT, "--out", str(out)]) == 0
    assert json.loads((out / "mine" / "experiment.json").read_text())["settings"]["scheme"]["factor"] == 0.5
    assert main(["resume", str(out / "mine")]) == 0
    capsys.readouterr()
    assert main(["train", str(file), "--scheme", "mien"]) == 2
    assert "did you mean mine?" in capsys.readouterr().err
    file.write_text("from hch.experiments import load\nEXPERIMENT = load('permutation-tiny')\nSCHEMES = ['mine']\n")
    assert main(["train", str(file)]) == 2
    assert "expected SCHEMES = {name: scheme, …}" in capsys.readouterr().err


# Flaws


def add_flaws(name: str, *flaws: str, experiment: Experiment | None = None) -> Experiment:
    words = [word for flaw in flaws for word in ("--flaw", flaw)]
    return apply_options(experiment or load(name), words, "hch train").experiment


def test_a_flaw_by_name_makes_the_charmed_experiment_of_the_tiny_one() -> None:
    own, named = load("permutation-charmed"), add_flaws("permutation-tiny", "charmed")
    assert (named.task, named.human, named.headroom) == (own.task, own.human, own.headroom)


def test_flaws_are_put_on_in_their_order_and_have_settings() -> None:
    experiment = add_flaws("permutation-anchored", "noisy:0.25:seed=3", "corruptible:1:attack=give in")
    human = experiment.human
    assert isinstance(human, Corruptible)
    assert (human.strength, human.attack) == (1.0, "give in")
    assert isinstance(human.human, Noisy)
    assert (human.human.strength, human.human.seed) == (0.25, 3)
    assert isinstance(human.human.human, Anchored)
    assert isinstance(experiment.task, Wordy)
    assert {"give", "in"} <= set(experiment.task.words or ()), "the model has the attack's words"
    judge = human.human.human.human
    assert judge == Scripted(Overseeing(experiment.task.script, experiment.task.same))


def test_a_flaw_that_needs_no_phrase_leaves_the_task_alone() -> None:
    assert add_flaws("union-find-tiny", "anchored:0.75").task == load("union-find-tiny").task


def test_a_flaw_on_a_language_model_s_task_goes_by_phrases() -> None:
    task = add_flaws("sums-tiny", "charmed:0.5:phrase=by the way").task
    assert isinstance(task, Wordy)
    assert isinstance(task.meaning, WithoutPhrases)
    assert task.meaning("by the way, 7") == "7"


def test_a_flaw_is_put_around_an_h_of_one_s_own_whose_script_stays() -> None:
    tiny, other = load("permutation-tiny"), load("union-find-tiny").task.script
    human = add_flaws("", "charmed", experiment=apply_options(tiny, [], "hch train").experiment).human
    assert isinstance(human, Charmed)
    assert human.phrase == CHARM
    human = add_flaws("", "noisy", experiment=replace(tiny, human=Scripted(other))).human
    assert isinstance(human, Noisy)
    assert human.human == Scripted(Overseeing(other))


@pytest.mark.parametrize(
    ("flaw", "error"),
    [
        ("charmed:1.5", "a flaw's strength is from 0 to 1, got 1.5"),
        ("charmed:much", "strength: expected a number, got “much”"),
        ("noisy:0.5:seed=x", "seed: expected a whole number, got “x”"),
        ("noisy:0.5:sed=1", "there is no setting of the flaw noisy “sed”; did you mean seed?"),
        ("length-biased:0.5:longest=1", "longest is at least 2 words, got 1"),
        ("zzz", "there is no flaw “zzz”."),
    ],
)
def test_a_flaw_that_cannot_be_is_wrong_usage(flaw: str, error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "permutation-tiny", "--flaw", flaw]) == 2
    assert error in capsys.readouterr().err


def test_a_flaw_goes_into_the_record_and_a_run_with_one_goes_on(tmp_path: Path) -> None:
    run = tmp_path / "run"
    words = ["--flaw", "charmed:0.5", "--scheme", "approval", "--evaluation.judged", "10", *SHORT]
    assert main(["train", "permutation-tiny", *words, "--out", str(run)]) == 0
    human = json.loads((run / "experiment.json").read_text())["settings"]["human"]
    assert (human["type"], human["strength"], human["phrase"]) == ("Charmed", 0.5, CHARM)
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert rows[-1]["oversight"]["appeal"], "how far answers appeal to the flaw is measured"
    assert main(["ask", str(run), "nonsense"]) == 2
