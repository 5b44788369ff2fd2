from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hch.cli import main
from hch.cli.display import Display
from hch.cli.usage import COMMANDS, nearest
from hch.experiments import EXPERIMENTS, load
from hch.humans.scripted import Scripted
from hch.people.settings import People, Present
from hch.training.loop import Moment
from hch.training.run_folder import RunFolder
from tests.desks import Desk

SHORT = ["--steps", "6", "--evaluation.every", "3", "--evaluation.questions", "50", "--checkpoint-every", "2"]

HEAVY = {"torch", "numpy", "matplotlib", "jinja2", "networkx", "rich", "sqlalchemy", "pyarrow"}


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def stderr(capsys: pytest.CaptureFixture[str]) -> str:
    """What went to stderr."""
    return capsys.readouterr().err


# What costs nothing


@pytest.mark.parametrize(
    "command", ["import hch", "from hch.cli import main; main(['--help'])", "from hch.cli import main; main(['list'])"]
)
def test_help_the_list_and_importing_hch_load_nothing_heavy(command: str) -> None:
    done = python(f"{command}\nimport sys\nprint(sorted({HEAVY!r} & set(sys.modules)))")
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


@pytest.mark.parametrize(
    "words",
    [
        *([command, "--help"] for command in COMMANDS),
        ["train", "permutation-tny"],
        ["train", "permutation-tiny", "--help"],
        ["train", "words-tiny", "--scheme", "debate", "--help"],
        ["train", "permutation-tiny", "--zzz"],
        ["list", "schemes"],
        ["list", "flaws"],
    ],
)
def test_what_needs_no_tensors_is_said_without_loading_them(words: list[str]) -> None:
    done = python(
        f"import sys\nfrom hch.cli import main\ntry:\n    main({words!r})\nexcept SystemExit:\n    pass\n"
        "print(sorted({'torch', 'numpy', 'matplotlib'} & set(sys.modules)))"
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"hch {command}" in shown for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code: object = main([command, "--help"])
    except SystemExit as end:
        code = end.code
    assert code == 0
    assert f"hch {command}" in capsys.readouterr().out


def test_the_list_says_what_the_experiments_say_of_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    for name, entry in EXPERIMENTS.items():
        experiment = load(name)
        assert (experiment.name, experiment.summary) == (name, entry.summary)
        assert name in listed
        assert entry.summary in listed


# What is wrong, and the nearest that is right


@pytest.mark.parametrize(
    ("words", "right"),
    [
        (["trainn", "permutation-tiny"], "train"),
        (["sevre"], "serve"),
        (["exprot"], "export"),
        (["store", "inf"], "info"),
        (["store", "compact", "--stroe", "x"], "--store"),
        (["--verison"], "--version"),
        (["train", "permutation-tny"], "permutation-tiny"),
        (["train", "permutation-tiny", "--sed", "3"], "--seed"),
        (["train", "permutation-tiny", "--bits", "3"], "--task.bits"),
        (["train", "permutation-tiny", "--reader.widh=3"], "--reader.width"),
        (["train", "permutation-tiny", "--task.name", "x"], "--task."),
        (["train", "permutation-tiny", "--scheme", "imitate"], "imitation"),
        (["compare", "permutation-tiny", "--schemes", "imitation,supervized"], "supervised"),
        (["compare", "permutation-tiny", "--columns", "modl"], "model"),
        (["report", "x", "--colums", "model"], "--columns"),
        (["ask", "x", "y", "--dept", "1"], "--depth"),
        (["list", "flawz"], "flaws"),
        (["train", "permutation-tiny", "--flaw", "charmd"], "charmed"),
        (["train", "permutation-tiny", "--flaw", "charmed:0.5:phras=x"], "phrase"),
        (["train", "permutation-tiny", "--task", "wildcrad"], "wildcard"),
        (["train", "permutation-tiny", "--human", "scriptde"], "scripted"),
    ],
)
def test_a_wrong_word_is_wrong_usage_and_names_the_nearest_right_one(
    words: list[str], right: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    error = stderr(capsys)
    assert f"did you mean {right}" in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--steps", "many"], "--steps"),
        (["--steps"], "--steps"),
        (["--task.bits", "99"], "from 1 to 16 bits, got 99"),
        (["--reader.width", "33"], "multiple of heads"),
        (["--curriculum.sizes", "9"], "from 2 to 4, got 9"),
        (["--device", "abacus"], "abacus"),
        (["--no-imitated", "--imitated.most", "3"], "contradict"),
        (["stray"], "stray"),
    ],
)
def test_a_value_that_cannot_be_is_wrong_usage_and_leaves_nothing_behind(
    options: list[str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code: object = main(["train", "permutation-tiny", *options])
    except SystemExit as end:
        code = end.code
    assert code == 2
    error = " ".join(stderr(capsys).replace("│", " ").split())
    assert expected in error
    assert "Traceback" not in error
    assert not any(tmp_path.iterdir())


def test_a_terminal_that_has_not_all_letters_gets_them_spelled_out() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from hch.cli import main; main(['--help'])"],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == 0
    assert "\\u2026" in done.stdout


def test_no_words_at_all_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "hch train" in stderr(capsys)


def test_the_nearest_option_is_first_of_all_the_one_that_ends_in_the_same_word() -> None:
    assert nearest("--most", ["--imitated.most", "--steps", "--moist"]) == "--imitated.most"
    assert nearest("--mots", ["--imitated.most", "--steps", "--bits"]) == "--imitated.most"


@pytest.mark.parametrize(
    "words", [["train", "permutation-tiny", "--zzz"], ["zzz"], ["list", "qqq"], ["train", "zzz"], ["resume", "--qqq"]]
)
def test_a_word_like_none_that_is_known_gets_no_suggestion(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert "did you mean" not in stderr(capsys)


def test_what_is_not_installed_is_said_with_the_command_that_installs_it() -> None:
    done = python(
        "import sys; sys.modules['torch'] = None\n"
        "from hch.cli import main; sys.exit(main(['train', 'permutation-tiny']))"
    )
    assert done.returncode == 1
    assert "pip install 'hch[train]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_is_finished_where_no_report_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("hch.report")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["train", "permutation-tiny", *SHORT, "--out", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run" / "results.json").exists()
    assert "pip install 'hch[report]'" in stderr(capsys)


# Training


def test_a_finished_run_has_all_that_a_run_has(tiny_run: Path) -> None:
    for name in ("experiment.json", "metrics.jsonl", "results.json", "report.html", "curves.png", "transcripts.jsonl"):
        assert (tiny_run / name).stat().st_size > 0
    results = json.loads((tiny_run / "results.json").read_text())
    assert (results["status"], results["steps"], results["seed"]) == ("done", 20, 3)
    record = json.loads((tiny_run / "experiment.json").read_text())
    assert record["command"][:2] == ["train", "permutation-tiny"]


def test_each_run_without_a_name_gets_the_next_free_folder_and_what_it_found_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in (1, 2):
        assert main(["train", "permutation-tiny", *SHORT]) == 0
        shown = capsys.readouterr()
        assert f"runs/permutation-tiny-{number}/report.html" in shown.out
        assert all(word in shown.out for word in ("difficulty", "H alone", "H + model", "HCH", "%"))
        assert "step 6 of 6" in shown.err
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["permutation-tiny-1", "permutation-tiny-2"]


def test_no_run_overwrites_another(tiny_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (tiny_run / "experiment.json").read_bytes()
    assert main(["train", "permutation-tiny", *SHORT, "--out", str(tiny_run)]) == 1
    assert "holds a run already" in stderr(capsys)
    assert (tiny_run / "experiment.json").read_bytes() == before


def test_an_experiment_may_be_a_file_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(
        "import dataclasses\n"
        "from hch.experiments import load\n"
        "EXPERIMENT = dataclasses.replace(load('permutation-tiny'), name='mine', summary='of my own')\n"
    )
    monkeypatch.chdir(tmp_path)
    assert main(["train", "mine.py", *SHORT]) == 0
    assert (tmp_path / "runs" / "mine-1" / "report.html").exists()
    # From another folder, too, the run's record leads back to the file.
    monkeypatch.chdir(tmp_path / "runs")
    assert main(["ask", "mine-1", "nonsense"]) == 2
    assert "expected a question like" in stderr(capsys)


@pytest.mark.parametrize(
    ("text", "expected"), [("x = 1", "defines no EXPERIMENT"), ("EXPERIMENT = 3", "defines no EXPERIMENT")]
)
def test_a_file_without_an_experiment_is_wrong_usage(
    text: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    assert main(["train", str(path)]) == 2
    assert expected in stderr(capsys)
    assert main(["train", str(tmp_path / "none.py")]) == 2
    assert "there is no file" in stderr(capsys)


def test_a_run_that_fails_exits_with_1_and_says_why(
    tmp_path: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = json.loads((tiny_run / "results.json").read_text())
    run = tmp_path / "run"

    async def failing(*_: Any) -> dict[str, Any]:
        shutil.copytree(tiny_run, run, dirs_exist_ok=True)
        return {**results, "status": "failed", "reason": "loss was \x1b[31mnot finite"}

    monkeypatch.setattr("hch.training.loop.run", failing)
    assert main(["train", "permutation-tiny", "--out", str(run)]) == 1
    error = stderr(capsys)
    assert "failed: loss was" in error
    assert "\x1b" not in error


# Interrupting, and going on


def stop_run(path: Path, monkeypatch: pytest.MonkeyPatch, at: int = 3) -> int:
    """Trains, with Ctrl-C pressed after a step, and returns the exit code."""

    def press(_: object, moment: Moment) -> None:
        if moment.step == at:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(Display, "__call__", press)
        return main(["train", "permutation-tiny", *SHORT, "--out", str(path)])


def test_an_interrupted_run_is_saved_and_goes_on_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert stop_run(run, monkeypatch) == 130
    assert f"hch resume {run}" in stderr(capsys)
    assert json.loads((run / "results.json").read_text())["status"] == "stopped"
    assert "stopped" in (run / "report.html").read_text()
    assert main(["resume", str(run)]) == 0
    results = json.loads((run / "results.json").read_text())
    assert (results["status"], results["steps"]) == ("done", 6)
    assert [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()] == [3, 6]


def test_a_run_that_waits_for_people_ends_well_and_goes_on_when_they_have_acted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(Scripted(load("permutation-tiny").task.script))
    monkeypatch.setattr(People, "__call__", lambda *_: Present(desk, desk.recall))
    run, few = tmp_path / "run", ("--batches.instances", "2", "--batches.questions", "2")
    people = ("--people.patience", "0", "--people.poll", "inf")
    assert main(["train", "permutation-tiny", *SHORT, "--steps", "2", *few, *people, "--out", str(run)]) == 0
    error = stderr(capsys)
    results = json.loads((run / "results.json").read_text())
    waiting = f"waiting for people in {len(results['waiting'])} workspaces ({', '.join(results['waiting'])})"
    assert (results["status"], results["reason"]) == ("stopped", f"{waiting}; go on with: hch resume {run}")
    assert f"hch: stopped: {waiting}; go on with: hch resume {run}" in error
    assert waiting in (run / "report.html").read_text()
    while results["status"] != "done":
        assert main(["resume", str(run)]) == 0
        results = json.loads((run / "results.json").read_text())
    assert (results["steps"], results["human_transcripts"]) == (2, 8)
    assert "waiting" not in results


def test_a_run_goes_on_with_the_settings_of_its_own_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    stop_run(run, monkeypatch)
    record = json.loads((run / "experiment.json").read_text())
    record["experiment"], record["command"] = "gone", ["train", "gone"]
    record["settings"]["steps"] = 7
    (run / "experiment.json").write_text(json.dumps(record))
    assert main(["resume", str(run)]) == 0
    assert json.loads((run / "results.json").read_text())["steps"] == 7
    (run / "results.json").unlink()
    record["settings"]["learner"]["charm"] = 0.5
    (run / "experiment.json").write_text(json.dumps(record))
    capsys.readouterr()
    assert main(["resume", str(run)]) == 1
    assert "learner.charm = 0.5" in stderr(capsys)


def test_what_an_experiment_is_called_does_not_keep_a_run_from_going_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    stop_run(run, monkeypatch)
    record = json.loads((run / "experiment.json").read_text())
    record["settings"]["summary"] = "in other words"
    (run / "experiment.json").write_text(json.dumps(record))
    assert main(["resume", str(run)]) == 0


def test_a_run_in_use_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    stop_run(run, monkeypatch)
    capsys.readouterr()
    with RunFolder.existing(run):
        assert main(["resume", str(run)]) == 1
    assert "in use" in stderr(capsys)


def test_a_run_that_is_done_has_nothing_to_go_on_with(tiny_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume", str(tiny_run)]) == 0
    assert "done already" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["resume"], ["report"], ["ask", "σ(a)?"]])
def test_what_is_no_run_is_said_to_be_none(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command[0], str(tmp_path), *command[1:]]) == 1
    assert "is not a run" in stderr(capsys)


# Comparing


def test_a_comparison_has_one_run_for_each_scheme_and_one_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        main(
            [
                "compare",
                "permutation-tiny",
                "--schemes",
                "supervised,imitation",
                "--columns",
                "scheme,human_actions",
                *SHORT,
            ]
        )
        == 0
    )
    shown = capsys.readouterr().out
    folder = Path("runs/compare-permutation-tiny-1")
    assert str(folder / "report.html") in shown
    assert "human actions" in shown
    assert "HCH" not in shown
    page = (folder / "report.html").read_text()
    for scheme in ("imitation", "supervised"):
        assert scheme in shown
        assert scheme in page
        assert json.loads((folder / scheme / "results.json").read_text())["scheme"] == scheme
    assert (folder / "curves.png").stat().st_size > 0
    accuracy = {
        scheme: json.loads((folder / scheme / "results.json").read_text())["accuracy"]
        for scheme in ("imitation", "supervised")
    }
    assert accuracy["imitation"]["supervised"] == accuracy["supervised"]["model"]
    assert "supervised" not in accuracy["supervised"]
    # Each is a run like any other.
    assert main(["ask", str(folder / "supervised"), "nonsense"]) == 2


def test_a_comparison_does_not_mix_with_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["compare", "permutation-tiny", *SHORT, "--out", str(tmp_path)]) == 1
    assert "not empty" in stderr(capsys)
