"""A run ends once it has used what it may use of H, and no later than a step after."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.cli import main
from hch.experiments import load
from hch.humans.imitated import ImitatedSettings
from hch.models.settings import ReaderSettings
from hch.text.files import read_json, read_rows
from hch.training.experiment import Allowance, Evaluation, Experiment
from hch.training.loop import run
from hch.training.questions import Batches
from hch.training.run_folder import RunFolder

SMALL_READER = ReaderSettings(width=16, fact_layers=1, question_layers=1, heads=2)
SMALL = replace(
    load("permutation-tiny"),
    reader=SMALL_READER,
    batches=Batches(instances=4, questions=4),
    evaluation=Evaluation(every=1, questions=20, enough=1.1),
    steps=12,
)


def carried_out(experiment: Experiment, path: Path, resume: bool = False) -> dict[str, Any]:
    with RunFolder.existing(path) if resume else RunFolder.new(path) as folder:
        return asyncio.run(run(experiment, folder, resume=resume))


@given(st.integers(1, 100), st.integers(0, 200), st.integers(1, 100), st.integers(0, 200))
def test_it_is_used_up_where_either_is(actions: int, taken: int, consultations: int, asked: int) -> None:
    allowance = Allowance(actions, consultations)
    assert bool(allowance.used_up(taken, asked)) == (taken >= actions or asked >= consultations)
    assert not Allowance().used_up(taken, asked)


@pytest.mark.parametrize("name", ["human_actions", "consultations"])
def test_nothing_can_be_done_for_nothing(name: str) -> None:
    with pytest.raises(ValueError, match=f"allowance.{name} must be at least 1, got 0"):
        Allowance(**{name: 0})


@pytest.mark.parametrize("name", ["human_actions", "consultations"])
def test_a_run_ends_with_the_step_that_uses_it_up(name: str, tmp_path: Path) -> None:
    free = carried_out(SMALL, tmp_path / "free")
    taken = [row[name] for row in read_rows(tmp_path / "free" / "metrics.jsonl")]
    assert free["steps"] == len(taken) == SMALL.steps
    # Between the fourth step and the fifth: so the fifth is the last.
    allowed = replace(SMALL, allowance=Allowance(**{name: taken[3] + 1}))
    ended = carried_out(allowed, tmp_path / "ended")
    assert (ended["status"], ended["steps"], ended[name]) == ("done", 5, taken[4])
    assert f"{taken[4]:,} of the {taken[3] + 1:,} " in ended["reason"]
    again = carried_out(allowed, tmp_path / "ended", resume=True)
    assert (again["status"], again["steps"], again["reason"]) == ("done", 5, ended["reason"])


def test_lessons_of_the_imitated_human_end_with_it_too(tmp_path: Path) -> None:
    learning = replace(
        SMALL,
        steps=2,
        imitated=ImitatedSettings(batch=4, updates=1, most=40, trust_at=0.0, window=16),
        imitated_reader=SMALL_READER,
    )
    all_of_it = carried_out(learning, tmp_path / "all")
    less = carried_out(replace(learning, allowance=Allowance(human_actions=20)), tmp_path / "less")
    assert all_of_it["human_transcripts"] == 40
    # A lesson has 4 transcripts of few actions each.
    assert 20 <= less["human_actions"] < 50


def test_a_comparison_is_matched_by_what_it_takes_of_h(tmp_path: Path) -> None:
    words = (
        "compare permutation-tiny --schemes imitation,approval,counterfactual --seeds 1 --warm-up 1 "
        "--allowance.human-actions 300 --evaluation.every 1 --evaluation.questions 20 --evaluation.judged 10 "
        "--reader.width 16 --reader.heads 2 --reader.fact-layers 1 --reader.question-layers 1 --batches.instances 4 "
        "--batches.questions 4"
    )
    assert main([*words.split(), "--out", str(tmp_path / "matched")]) == 0
    for scheme in ("imitation", "approval", "counterfactual"):
        rows = read_rows(tmp_path / "matched" / scheme / "metrics.jsonl")
        assert rows[-1]["human_actions"] >= 300, scheme
        assert len(rows) < 2 or rows[-2]["human_actions"] < 300, scheme
    steps = {s: read_json(tmp_path / "matched" / s / "results.json")["steps"] for s in ("approval", "counterfactual")}
    assert steps["approval"] < steps["counterfactual"]
