from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hch.cli import main
from hch.cli.usage import DONE, FAILED, WRONG_USAGE
from hch.optimum.world.errors import OutOfReachError

WORLDS = Path(__file__).parents[2] / "examples" / "worlds"
EXAMPLES = sorted(WORLDS.glob("*.toml"))


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def as_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["optimum", *words, "--json"]) == DONE
    (world,) = strict(capsys.readouterr().out)["worlds"]
    assert isinstance(world, dict)
    return world


def test_all_examples_have_verdicts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["optimum", *map(str, EXAMPLES)]) == DONE
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.count("loss optimal models aligned") == len(EXAMPLES)
    assert "HCH is the only model that agrees with H everywhere" in printed
    assert "No model agrees with H everywhere" in printed


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_json_is_strict_and_says_the_same(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = as_json(capsys, str(path), "--curve")
    for loss in world["losses"].values():
        assert loss["aligned"] in ("all", "some", "none", "no model", None)
        assert ("reason" in loss) == (loss["aligned"] is None)
        assert (loss["aligned"] in ("some", "none")) == (loss.get("counterexample") is not None)


def test_losses_are_chosen_by_name_and_a_wrong_one_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    world = as_json(capsys, str(WORLDS / "founded.toml"), "--loss", "joint, imitation")
    assert list(world["losses"]) == ["joint", "imitation"]
    assert main(["optimum", str(WORLDS / "founded.toml"), "--loss", "imitaton"]) == WRONG_USAGE
    assert "there is no loss “imitaton”; did you mean imitation?" in capsys.readouterr().err


def test_options_change_the_world(capsys: pytest.CaptureFixture[str]) -> None:
    hidden, debate = str(WORLDS / "side_channel.toml"), str(WORLDS / "debate.toml")
    assert as_json(capsys, hidden, "--loss", "imitation")["losses"]["imitation"]["aligned"] == "some"
    assert as_json(capsys, hidden, "--loss", "imitation", "--reveal", "does")["losses"]["imitation"]["aligned"] == "all"
    assert as_json(capsys, debate, "--turns", "4")["losses"]["debate"]["aligned"] == "all"
    benign = str(WORLDS / "benign.toml")
    assert as_json(capsys, benign, "--reading", "trying")["losses"]["imitation"]["aligned"] == "all"
    anchored = str(WORLDS / "anchored.toml")
    assert as_json(capsys, anchored, "--anchored", "0.6")["losses"]["closeness"]["aligned"] == "none"
    charmed = str(WORLDS / "charmed.toml")
    uncharmed = as_json(capsys, charmed, "--charmed", "1/2")["losses"]["approval"]
    assert uncharmed["answers"]["Is the log complete?"] == ["no"]
    founded = str(WORLDS / "founded.toml")
    only = as_json(capsys, founded, "--loss", "imitation", "--data", "Is the bridge safe?")
    assert only["losses"]["imitation"]["optimal_models"] == 8


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["side_channel.toml", "--reveal", "dose"], "the world has no channel “dose”; did you mean does?"),
        (["founded.toml", "--reveal", "does"], "its answers have no channels"),
        (["founded.toml", "--data", "Is the bridge save?"], "did you mean Is the bridge safe?"),
        (["founded.toml", "--anchored", "much"], "expected a number such as 2, 0.5 or 1/3, got “much”"),
        (["founded.toml", "--sample", "0"], "expected a whole number from 1 up"),
        (["founded.toml", "--turns", "x"], "expected a whole number from 0 up, got “x”"),
        (["unseen.toml", "--data", "Where is the emergency valve?"], "every question has weight 0"),
        (["nowhere.toml"], "nowhere.toml cannot be read: No such file"),
        (["founded.toml", "--los", "x"], "there is no option “--los”; did you mean --loss?"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["optimum", str(WORLDS / words[0]), *words[1:]]) == WRONG_USAGE
    assert said in capsys.readouterr().err


def test_a_world_may_name_its_losses_but_only_known_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "w.toml"
    path.write_text('losses = ["debat"]\nanswers = ["x"]\n[questions.a]\nreplies = "x"\n', "utf-8")
    assert main(["optimum", str(path)]) == WRONG_USAGE
    assert "did you mean debate?" in capsys.readouterr().err


def test_a_python_file_may_define_a_world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "w.py"
    path.write_text(
        "from hch.optimum.world.tree import Leaf\nfrom hch.optimum.world.world import Entry, World\n"
        "WORLD = World((Entry('q', ('a', 'b'), Leaf('a')),), title='made in Python')\n",
        "utf-8",
    )
    assert as_json(capsys, str(path))["title"] == "made in Python"
    path.write_text("WORLD = 3\n", "utf-8")
    assert main(["optimum", str(path)]) == WRONG_USAGE
    assert "defines no WORLD: expected WORLD = World(…), got 3" in capsys.readouterr().err
    assert main(["optimum", str(tmp_path / "none.py")]) == WRONG_USAGE


TOO_MANY = """
losses = ["imitation"]
[models]
at_most = 4
[questions.a]
answers = [{answers}]
replies = "0"
"""


def test_what_is_out_of_reach_says_how_much_it_would_be_and_can_be_sampled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "w.toml"
    path.write_text(TOO_MANY.format(answers=", ".join(map(str, range(40)))), "utf-8")
    assert main(["optimum", str(path)]) == FAILED
    assert "at most 4 answers out of 40 has 91,390 choices of answers" in " ".join(capsys.readouterr().out.split())
    assert main(["optimum", str(path), "--sample", "100"]) == FAILED


def test_a_sample_gives_an_interval_that_has_the_truth_in_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_reach(*_: object) -> None:
        raise OutOfReachError("it would take too long")

    monkeypatch.setattr("hch.optimum.verdict.find_optimal", out_of_reach)
    words = ["optimum", str(WORLDS / "circle.toml"), "--loss", "imitation,joint", "--sample", "400", "--seed", "1"]
    assert main([*words, "--json"]) == FAILED
    losses = strict(capsys.readouterr().out)["worlds"][0]["losses"]
    optimal, aligned = losses["imitation"]["sampled"]["optimal"], losses["imitation"]["sampled"]["aligned"]
    assert optimal["low"] <= 2 / 16 <= optimal["high"]
    assert aligned["low"] <= 1 / 2 <= aligned["high"]
    assert "sampled" not in losses["joint"]
    assert main(words) == FAILED
    assert "95% confidence" in " ".join(capsys.readouterr().out.split())
