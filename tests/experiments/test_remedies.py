"""Trained debates end where the exact game does: on what wins, true or not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hch.cli.options import apply_options
from hch.experiments.remedies import MOVES, REMEDIES, TASK, WORLD
from hch.optimum.losses.debate import Debate
from hch.training.experiment import Evaluation, Experiment
from hch.training.loop import run
from hch.training.run_folder import RunFolder
from hch.training.widths import widths_for


def carry_out(experiment: Experiment, path: Path) -> dict[str, Any]:
    with RunFolder.new(path) as folder:
        return asyncio.run(run(experiment, folder))


@pytest.fixture(scope="module")
def moves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose model says all that may be said, one thing as likely as another."""
    path = tmp_path_factory.mktemp("moves") / "run"
    assert carry_out(MOVES, path)["status"] == "done"
    return path


def test_debates_can_begin_with_the_moves_since_both_models_have_the_same_words() -> None:
    debates = apply_options(REMEDIES, ["--scheme", "debate"], "hch").experiment
    ours, theirs = asyncio.run(widths_for(MOVES)), asyncio.run(widths_for(debates))
    assert ours is not None
    assert theirs is not None
    assert (ours.words, ours.fact, ours.question, ours.answer) == (
        theirs.words,
        theirs.fact,
        theirs.question,
        theirs.answer,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "turns", "false"),
    [("debate", 1, 3), ("quoting_debate", 1, 1), ("debate", 2, 1), ("quoting_debate", 2, 0)],
)
def test_a_trained_debate_ends_where_the_exact_one_does(
    scheme: str, turns: int, false: int, moves: Path, tmp_path: Path
) -> None:
    words = ["--scheme", scheme, "--start", str(moves), "--scheme.protocol.turns", str(turns)]
    experiment = apply_options(REMEDIES, words, "hch").experiment
    experiment = replace(experiment, evaluation=Evaluation(every=150, questions=80, enough=1.1), steps=150)
    results = carry_out(experiment, tmp_path / "run")
    trained = {level: shares["model"] for level, shares in results["by_difficulty"].items()}
    game = Debate(quotes=scheme == "quoting_debate", turns=2 * turns)
    exact = {}
    for number, (question, right) in enumerate(TASK.answers, 1):
        values = game.compute_values(WORLD, question)
        exact[str(number)] = float(max(values, key=lambda answer: values[answer]) in right)
    assert list(exact.values()).count(0.0) == false
    assert trained == exact
