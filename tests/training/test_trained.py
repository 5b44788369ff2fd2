from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hch.cli import main

PEOPLE = "alice -> bob\nbob -> carol  # a comment\ncarol -> alice\ndave -> dave\n"

EXPERIMENT = """
from hch.training.experiment import Evaluation, Experiment
from hch.models.settings import ReaderSettings
from hch.training.curriculum import Curriculum
from hch.training.questions import Batches
from hch.tasks.{module} import {task}

EXPERIMENT = Experiment(
    name="{module}-test",
    summary="a test",
    task={task}(largest={largest}),
    curriculum=Curriculum(sizes=({largest},)),
    reader=ReaderSettings(width=8, fact_layers=1, question_layers=1),
    batches=Batches(instances=2, questions=2),
    evaluation=Evaluation(every=2, questions=10),
    steps=2,
)
"""

FILES = {
    "permutation": ("Permutation", 4, PEOPLE, "σ^5(alice)?", "carol"),
    "assignments": (
        "Assignments",
        4,
        "x = red\ny = blue\nsum := f(x, y)\nf(red, blue) = blue\n",
        "value of sum?",
        "blue",
    ),
    "wildcard": ("Wildcard", 4, "aa = 1\nab = -1\nba = 1\nbb = 1\n", "sum over **?", "2"),
    "paths": ("Paths", 4, "home -> park\npark -> school\nschool -> home\n", "next step from home to school?", "park"),
    "union_find": ("UnionFind", 4, "anna = ben\nben = 3\ncleo = anna\n", "value of cleo?", "3"),
}


@pytest.fixture
def people(tmp_path: Path) -> str:
    path = tmp_path / "people.txt"
    path.write_text(PEOPLE)
    return str(path)


@pytest.mark.parametrize("module", FILES)
def test_hch_and_the_model_answer_about_a_file_that_a_person_wrote_for_any_task(
    module: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task, largest, facts, question, right = FILES[module]
    (tmp_path / "mine.py").write_text(EXPERIMENT.format(module=module, task=task, largest=largest))
    (tmp_path / "facts.txt").write_text(facts)
    run = str(tmp_path / "run")
    assert main(["train", str(tmp_path / "mine.py"), "--out", run]) == 0
    capsys.readouterr()
    asked = ["ask", run, question, "--context", str(tmp_path / "facts.txt")]
    assert main([*asked, "--as", "hch"]) == 0
    assert capsys.readouterr().out == f"{right}\n"
    # A model of two steps may say anything, but it can be asked, and names who answered.
    assert main(asked) == 0
    shown = capsys.readouterr()
    assert len(shown.out.split()) >= 1
    assert "answered by model" in shown.err
    assert main([*asked, "--as", "amplified", "--tree"]) in (0, 1)
    assert question.removeprefix("next ").rstrip("?").replace("**", "* *") in capsys.readouterr().out


def test_a_tree_shows_each_consultation_in_the_asker_s_own_names(
    tiny_run: Path, people: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["ask", str(tiny_run), "sigma^5(alice)", "--context", people, "--tree"]
    assert main([*asked, "--as", "hch"]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("σ^5(alice)?  carol  HCH")
    assert main([*asked, "--as", "amplified"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("├── σ^2(alice)?")
    assert "model" in lines[1]
    assert "% sure" in lines[1]
    assert "lookup" in lines[3]


def test_amplification_to_a_depth_has_humans_consult_humans(
    tiny_run: Path, people: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["ask", str(tiny_run), "σ^5(alice)", "--context", people, "--tree", "--as", "amplified", "--depth", "2"]
    # Twice amplified, only lookups are left of σ^5, so the answer is right whatever the model has learned.
    assert main(asked) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("σ^5(alice)?  carol  H\n")
    assert "model" not in shown


def test_hch_of_too_little_depth_has_no_answer_and_says_why(
    tiny_run: Path, people: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["ask", str(tiny_run), "σ^20(alice)", "--context", people, "--as", "hch"]
    assert main(asked) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("passed: ")
    assert "--depth" in shown.err
    assert main([*asked, "--depth", "6"]) == 0
    assert capsys.readouterr().out == "carol\n"


def test_a_model_asked_for_what_it_never_learned_has_no_answer(
    tiny_run: Path, people: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", str(tiny_run), "σ^9(alice)", "--context", people]) == 1
    assert "passed: " in (shown := capsys.readouterr().out)
    assert "“9”" in shown


def test_without_a_file_a_held_out_instance_is_shown_and_it_is_always_the_same(
    tiny_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["ask", str(tiny_run), "nonsense"])
    first = capsys.readouterr().err
    facts = [line.split() for line in first.splitlines() if " -> " in line]
    assert len(facts) == 4
    assert main(["ask", str(tiny_run), f"σ({facts[0][0]})", "--as", "hch"]) == 0
    shown = capsys.readouterr()
    assert shown.out.strip() == facts[0][2]
    assert shown.err.splitlines()[1:5] == first.splitlines()[1:5]


def test_more_facts_than_the_model_was_trained_on_are_worth_a_warning(
    tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "large.txt").write_text("\n".join(f"{x} -> {x}" for x in ("alice", "bob", "carol", "dave", "eve")))
    assert main(["ask", str(tiny_run), "σ^2(eve)", "--context", str(tmp_path / "large.txt")]) in (0, 1)
    assert "5 facts, and the model was trained on instances of up to 4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("facts", "question", "expected"),
    [
        ("alice -> bob\nbob => alice\n", "σ(alice)", "line 2: expected “X -> Y”, got “bob => alice”"),
        ("alice -> bob\n", "σ(alice)", "line 1: bob is the image of alice"),
        ("", "σ(alice)", "no facts here"),
        (PEOPLE, "σ(eve)", "“eve” is no element here"),
        (PEOPLE, "what is σ(alice)", "expected a question like “σ^K(X)?”"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage_and_says_where_and_what_was_expected(  # noqa: PLR0917  # three are cases
    facts: str, question: str, expected: str, tiny_run: Path, people: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(people).write_text(facts)
    assert main(["ask", str(tiny_run), question, "--context", people]) == 2
    error = capsys.readouterr().err
    assert expected in error
    assert "Traceback" not in error


def test_a_file_that_is_no_text_is_wrong_usage(
    tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for content in (b"\xff\xfe\x00a", None):
        path = tmp_path / "facts.bin"
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        assert main(["ask", str(tiny_run), "σ(a)", "--context", str(path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--depth", "1"], ["--as", "hch", "--depth", "-1"], ["--as", "nobody"]])
def test_options_that_make_no_sense_are_wrong_usage(options: list[str], tiny_run: Path) -> None:
    assert main(["ask", str(tiny_run), "σ(a)", *options]) == 2


def test_hostile_facts_reach_the_terminal_spelled_out(
    tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "facts.txt").write_text("\x1b[2J -> b\n[red]x[/red] -> y\n")
    assert main(["ask", str(tiny_run), "σ(a)", "--context", str(tmp_path / "facts.txt")]) == 2
    error = capsys.readouterr().err
    assert "\x1b" not in error
    assert "<U+001B>" in error


def test_a_run_without_a_checkpoint_cannot_be_asked_and_says_so(
    tiny_run: Path, tmp_path: Path, people: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(tiny_run, run)
    shutil.rmtree(run / "checkpoints")
    assert main(["ask", str(run), "σ(alice)", "--context", people]) == 1
    assert "no checkpoint" in capsys.readouterr().err


def test_a_run_whose_experiment_is_no_longer_there_is_asked_by_its_record(
    tiny_run: Path, tmp_path: Path, people: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(tiny_run, run)
    record = json.loads((run / "experiment.json").read_text())
    record["experiment"] = record["command"][1] = "gone"
    (run / "experiment.json").write_text(json.dumps(record))
    assert main(["ask", str(run), "σ(alice)", "--context", people, "--as", "hch"]) == 0
    assert capsys.readouterr().out == "bob\n"
