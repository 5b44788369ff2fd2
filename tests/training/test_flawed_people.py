"""The test mode: people judge as they do, and the run learns as if they had the flaws of the experiment's H."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hch.cli import main
from hch.experiments import load
from hch.humans.flaws.charmed import Charmed
from hch.humans.flaws.flaw import copy_flaws, list_flaws, remove_flaws
from hch.humans.flaws.noisy import Noisy
from hch.humans.overseeing import Overseeing
from hch.humans.scripted import Scripted
from hch.models.settings import ReaderSettings
from hch.tasks.wordy import CHARM
from hch.text.judgements import rating, read_judgement_question
from hch.training.experiment import Evaluation, Experiment
from hch.training.loop import run
from hch.training.questions import Batches
from hch.training.run_folder import RunFolder
from hch.training.schemes import SCHEMES
from hch.types import Answer, Reply
from tests.desks import Desk, people_at

FLAWED = replace(
    SCHEMES["approval"](load("permutation-charmed")),
    reader=ReaderSettings(width=16, fact_layers=1, question_layers=1, heads=2),
    batches=Batches(instances=3, questions=4),
    evaluation=Evaluation(every=3, questions=20, enough=1.1),
    steps=3,
)
SCRIPT = FLAWED.task.script


def honest() -> Desk:
    return Desk(Scripted(Overseeing(SCRIPT, FLAWED.task.same)))  # type: ignore[attr-defined]


def weights(experiment: Experiment, path: Path) -> bytes:
    """The model after a run, each time gone on with until it is done."""

    async def whole(resume: bool) -> dict[str, Any]:
        with RunFolder.existing(path) if resume else RunFolder.new(path) as folder:
            return await run(experiment, folder, resume=resume)

    resume = False
    while asyncio.run(whole(resume))["status"] != "done":
        resume = True
    return (RunFolder(path).latest() / "model.safetensors").read_bytes()


def test_honest_people_are_as_flawed_as_h_and_only_in_this_mode(tmp_path: Path) -> None:
    desk, other = honest(), honest()
    scripted = weights(FLAWED, tmp_path / "scripted")
    flawed = weights(replace(FLAWED, people=replace(people_at(desk), flawed=True)), tmp_path / "flawed")
    plain = weights(replace(FLAWED, people=people_at(other)), tmp_path / "plain")
    assert flawed == scripted
    assert plain != scripted
    charmed = [
        rating(Answer(action.text)).share
        for workspace, action in desk.actions.items()
        if isinstance(action, Reply)
        and (judged := read_judgement_question(workspace.question.text)) is not None
        and CHARM in judged.answers[0]
    ]
    assert charmed
    assert set(charmed) <= {0.0, 1.0}, "what people said themselves is as they said it"


def test_flaws_are_lent_in_their_order() -> None:
    first, second = Scripted(SCRIPT), Scripted(Overseeing(SCRIPT))
    other = Charmed(Noisy(second, 0.25, 3), 0.75, CHARM)
    lent = copy_flaws(first, other)
    assert remove_flaws(lent) is first
    assert [(type(flaw), flaw.strength) for flaw in list_flaws(lent)] == [(Charmed, 0.75), (Noisy, 0.25)]
    assert copy_flaws(first, second) is first


def test_an_h_without_flaws_has_none_to_lend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "permutation-tiny", "--people.store", f"sqlite:///{tmp_path}/s.db", "--people.flawed"]
    assert main([*words, "--out", str(tmp_path / "run")]) == 2
    assert "H has none in permutation-tiny" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
