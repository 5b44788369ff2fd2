from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from hch.cli import main
from hch.cli.dry_run import remarks
from hch.experiments import load
from hch.humans.language import Prompted
from hch.models.endpoint.endpoint import Endpoint, EndpointSettings
from hch.models.endpoint.ledger import Ledger, Prices
from hch.people.settings import People
from hch.training.experiment import Experiment
from hch.training.forecast import Forecast, Use, forecast
from hch.training.questions import Batches
from hch.training.run_folder import RunFolder
from tests.languages import tiny_language
from tests.servers import completion, completions
from tests.serving.api.runs import SPEAKING

PRICES = Prices(usd_per_million_read=1_000.0, usd_per_million_written=2_000.0)


def tiny() -> Experiment:
    made = load("permutation-tiny")
    return replace(made, steps=60, evaluation=replace(made.evaluation, every=20, questions=100, enough=2.0))


async def tried(experiment: Experiment, place: Path) -> Forecast:
    with RunFolder.new(place) as folder:
        return await forecast(experiment, folder)


def test_what_it_says_of_a_run_is_what_the_run_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--steps", "60", "--evaluation.every", "20", "--evaluation.questions", "100", "--evaluation.enough", "2"]
    assert main(["train", "permutation-tiny", *options, "--dry-run", "--out", str(tmp_path / "run")]) == 0
    shown = capsys.readouterr()
    assert not list(tmp_path.iterdir())
    assert "no run was begun" in shown.err
    row = next(line for line in shown.out.splitlines() if "a run of 60 steps" in line)
    consultations, actions = (int(item.replace(",", "")) for item in re.findall(r"[\d,]+", row)[-2:])
    assert main(["train", "permutation-tiny", *options, "--out", str(tmp_path / "run")]) == 0
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert consultations == pytest.approx(results["consultations"], rel=0.2)
    assert actions == pytest.approx(results["human_actions"], rel=0.2)


async def test_a_round_is_its_steps_and_an_examination(tmp_path: Path) -> None:
    result = await tried(tiny(), tmp_path / "tried")
    assert result.steps == 20
    assert result.round == result.step.times(20).plus(result.evaluation)
    assert result.whole.consultations == pytest.approx(60 * result.step.consultations)
    assert 0 < result.step.seconds < result.round.seconds < result.whole.seconds
    # A hundred questions are asked, and forty were tried.
    assert result.whole.seconds > result.setting.seconds + 4 * result.evaluation.seconds


async def test_what_an_imitated_human_may_need_to_learn_comes_before_the_first_step(tmp_path: Path) -> None:
    without = await tried(tiny(), tmp_path / "without")
    assert without.imitated_batches == Use()
    experiment = tiny()
    imitated = load("permutation-paper").imitated
    assert imitated is not None
    few = replace(imitated, batch=5, most=50, updates=2)
    result = await tried(replace(experiment, imitated=few), tmp_path / "with")
    # Ten times what the one lesson took.
    assert result.before.human_actions >= 50
    assert result.step.human_actions == 0


async def test_tokens_of_a_language_model_are_counted(tmp_path: Path) -> None:
    tiny_language().save(tmp_path / "tiny")
    file = tmp_path / "speaking.py"
    file.write_text(SPEAKING.format(path=tmp_path / "tiny", steps=50))
    from hch.cli.parts import read_experiment

    experiment, _ = read_experiment(file)
    result = await tried(replace(experiment, curriculum=replace(experiment.curriculum, sizes=(4,))), tmp_path / "tried")
    # Each of four questions has two halves that the EMA model is asked about.
    assert result.step.consultations == 8
    assert 0 < result.step.tokens_read < 8 * 50
    assert 0 < result.step.tokens_written <= 8 * 4
    assert result.sample.tokens_read > 5 * result.sample.tokens_written


def priced(url: str, ledger: Ledger, deadline_seconds: float = 5.0) -> Experiment:
    """Where an endpoint plays H, on a task with so many questions that few are asked twice."""
    settings = EndpointSettings(url=url, deadline_seconds=deadline_seconds, longest_wait_seconds=0.1, prices=PRICES)
    made = load("permutation-small")
    return replace(
        made,
        human=Prompted(Endpoint(settings, ledger, "H")),
        curriculum=replace(made.curriculum, sizes=(8,)),
        batches=Batches(instances=1, questions=4),
        evaluation=replace(made.evaluation, every=20, questions=20),
        steps=60,
    )


async def test_an_endpoints_tokens_and_dollars_are_counted_and_little_of_it_is_tried(tmp_path: Path) -> None:
    with completions(lambda *_: completion("reply: a")) as server:
        ledger = Ledger()
        result = await tried(priced(server.url, ledger), tmp_path / "tried")
    assert result.sampled <= 2
    assert result.sample.usd == pytest.approx(ledger.usd)
    assert result.sample.calls == len(server.bodies)
    # H replies at once to each of at least four questions; each call reads 10 tokens and writes 5.
    assert 1 <= result.step.calls <= 4 * 3
    assert result.step.tokens_read == 10 * result.step.calls
    assert result.step.usd == pytest.approx(result.step.calls * PRICES.cost(10, 5))
    # What a run asks to learn of its task's words is paid for as well.
    assert result.before.usd > 0
    assert result.whole.usd == pytest.approx(result.before.usd + 60 * result.step.usd + 4 * result.evaluation.usd)


async def test_calls_that_fail_are_told(tmp_path: Path) -> None:
    result = await tried(priced("http://127.0.0.1:9/v1", Ledger(), 0.1), tmp_path / "tried")
    assert result.sample.failed_calls > 0
    assert any("calls failed" in line for line in remarks(result))


async def test_where_people_answer_the_script_stands_in_and_no_store_is_made(tmp_path: Path) -> None:
    store = tmp_path / "people.db"
    people = People(store=f"sqlite:///{store}", patience=0.0)
    result = await tried(replace(tiny(), people=people), tmp_path / "tried")
    assert not store.exists()
    alone = await tried(tiny(), tmp_path / "alone")
    assert 0 < result.step.human_actions == pytest.approx(alone.step.human_actions, rel=0.2)
    said = " ".join(remarks(result))
    assert "people answer in this run, and here the task's script stood in for them" in said
    assert "people" not in " ".join(remarks(alone))
