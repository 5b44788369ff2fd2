"""Runs in which the model's own answers are weighed: what they begin with, whom H consults, and what is logged."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from hch import Episode, Question, Sample
from hch.experiments import load
from hch.models.checkpoint import EMA_MODULE
from hch.models.settings import ReaderSettings
from hch.protocols import Answerer, Policy
from hch.schemes.needs import Headroom
from hch.text.files import RunError, read_rows
from hch.training.experiment import Evaluation, Experiment
from hch.training.questions import Batches
from hch.training.replay_buffer import Replay
from hch.training.run_folder import RunFolder
from hch.training.schemes import SCHEMES
from hch.training.widths import measure_widths
from tests.training.test_experiment import assert_same_run, carried_out, interrupt_after

SMALL = ReaderSettings(width=16, fact_layers=1, question_layers=1, heads=2)
CHARMED = replace(
    load("permutation-charmed"),
    reader=SMALL,
    batches=Batches(instances=4, questions=4),
    evaluation=replace(load("permutation-charmed").evaluation, every=2, questions=40, judged=20),
    checkpoint_every=3,
    steps=8,
)
NAMES = [name for name in SCHEMES if name not in ("supervised", "imitation")]


def under(name: str, **changes: Any) -> Experiment:
    return replace(SCHEMES[name](CHARMED), **changes)


def rows(path: Path) -> list[dict[str, Any]]:
    return read_rows(path / "metrics.jsonl")


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "start"
    carried_out(replace(CHARMED, steps=20, headroom=SCHEMES["debate"](CHARMED).headroom), path)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_a_run_under_any_signal_that_stopped_and_goes_on_is_the_same_bit_for_bit(
    name: str, start: Path, tmp_path: Path
) -> None:
    experiment = under(name, start=str(start), headroom=SCHEMES["debate"](CHARMED).headroom, replay=Replay(batches=1))
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert carried_out(experiment, whole)["status"] == "done"
    assert carried_out(experiment, parts, watch=interrupt_after(4))["status"] == "stopped"
    assert carried_out(experiment, parts, resume=True)["status"] == "done"
    assert_same_run(whole, parts)
    assert rows(whole)[-1]["unread"] == 0, "there is a word and a place for all that the scheme has the model say"


def test_a_run_begins_with_what_another_has_learned_and_needs_it_no_more(start: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    shutil.copytree(start, gone)
    experiment = replace(CHARMED, start=str(gone), headroom=SCHEMES["debate"](CHARMED).headroom, steps=2)
    carried_out(experiment, tmp_path / "run")
    shutil.rmtree(gone)
    taught = load_file(RunFolder(start).latest() / "model.safetensors")
    (first,) = sorted((tmp_path / "run" / "checkpoints").glob("*0000"))
    begun = load_file(first / "model.safetensors")
    for name in (name for name in taught if name.startswith(f"{EMA_MODULE}.")):
        assert begun[name].equal(taught[name])
        assert begun[f"reader.{name.removeprefix(f'{EMA_MODULE}.')}"].equal(taught[name])
    assert begun["steps"] == 0
    assert carried_out(replace(experiment, steps=4), tmp_path / "run", resume=True)["steps"] == 4


def test_a_start_of_another_shape_or_none_is_refused(start: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"cannot start from .*start: .* has .*, this"):
        carried_out(replace(CHARMED, start=str(start)), tmp_path / "shape")
    with pytest.raises(RunError, match="is not a run"):
        carried_out(replace(CHARMED, start=str(tmp_path / "nowhere")), tmp_path / "none")
    with pytest.raises(RunError, match="--start RUN"):
        carried_out(under("hch_approval"), tmp_path / "nobody")
    assert not (tmp_path / "nobody" / "experiment.json").exists()


@dataclass
class Listening:
    """A scheme that notes who told H what."""

    told: set[str] = field(default_factory=set)
    name: str = "listening"

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, _policy: Policy, /) -> Episode:
        answers = await overseer(questions)
        transcripts = [answer.transcript for answer in answers if answer.transcript is not None]
        self.told |= {c.answer.by for transcript in transcripts for c in transcript.consultations}
        return Episode([Sample(question, "a") for question in questions], transcripts, {"asked": len(questions)})


@pytest.mark.parametrize("consults", ["ema_model", "initial_model"])
def test_h_consults_whom_the_experiment_says(consults: Any, start: Path, tmp_path: Path) -> None:
    scheme, headroom = Listening(), SCHEMES["debate"](CHARMED).headroom
    experiment = replace(CHARMED, scheme=scheme, consults=consults, start=str(start), headroom=headroom, steps=3)
    carried_out(experiment, tmp_path / "run")
    assert scheme.told == {"lookup", {"ema_model": "EMA model", "initial_model": "initial model"}[consults]}


def test_what_was_measured_is_logged_as_a_mean_since_the_last_examination(tmp_path: Path) -> None:
    carried_out(replace(CHARMED, scheme=Listening()), tmp_path / "plain")
    assert [row["signal"] for row in rows(tmp_path / "plain")] == [{"asked": 16}] * 4
    carried_out(under("approval"), tmp_path / "approval")
    (signal, *_) = [row["signal"] for row in rows(tmp_path / "approval")]
    assert {"judged", "read", "unread", "failed", "reward", "kl", "kl_held"} == signal.keys()
    assert signal["judged"] == signal["read"] + signal["unread"] + signal["failed"]


def test_what_overseers_make_of_the_answers_is_in_the_rows_and_the_results(tmp_path: Path) -> None:
    results = carried_out(under("approval"), tmp_path / "run")
    assert [row["oversight"].keys() for row in rows(tmp_path / "run")] == [results["oversight"].keys()] * 4
    assert results["oversight"]["kl"] > 0
    assert results["oversight"].keys() >= {"approval", "unflawed_approval", "appeal"}


def test_one_reply_to_nearly_every_question_is_noted(tmp_path: Path) -> None:
    experiment = replace(CHARMED, scheme=Listening(), steps=60, evaluation=Evaluation(every=30, questions=40))
    carried_out(experiment, tmp_path / "run")
    last = rows(tmp_path / "run")[-1]
    assert last["most_common"] >= 0.9
    assert "one reply to" in last["alarm"]
    assert "note" not in last, "what went wrong is not pushed aside"


def test_a_ceiling_on_divergence_holds_and_says_when_it_did(tmp_path: Path) -> None:
    free = under("approval", steps=40, evaluation=replace(CHARMED.evaluation, every=10))
    held = replace(free, learner=replace(free.learner, kl_ceiling=0.05, kl=0.02))
    carried_out(free, tmp_path / "free")
    carried_out(held, tmp_path / "held")
    assert max(row["signal"]["kl_held"] for row in rows(tmp_path / "held")) > 0
    assert all(row["signal"]["kl_held"] == 0 for row in rows(tmp_path / "free"))
    assert rows(tmp_path / "held")[-1]["signal"]["kl"] < 0.6 * rows(tmp_path / "free")[-1]["signal"]["kl"]


async def test_room_is_added_to_what_the_survey_found() -> None:
    widths = await measure_widths(CHARMED.task, CHARMED.human, 4)  # type: ignore[arg-type]  # there is a human
    more = widths.extend(Headroom(question=3, answer=2, words=("new", widths.words[0])))
    assert (more.question, more.answer) == (widths.question + 3, widths.answer + 2)
    assert more.words == (*widths.words, "new")
    assert (more.fact, more.line, more.action) == (widths.fact, widths.line, widths.action)
    with pytest.raises(ValueError, match="room is a number of words"):
        Headroom(answer=-1)
