"""All signals in text: a language model that has learned nothing is trained under each, and all are compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from hch import Context, Question
from hch.cli import main
from hch.cli.options import apply_options
from hch.experiments import load
from hch.models.checkpoint import EMA_MODULE
from hch.models.language.learner import LanguageLearner
from hch.models.language.model import LanguagePolicy, token_log_probs
from hch.models.settings import LanguageLearnerSettings
from hch.schemes.debate_protocol import brief_prompt, full_prompt
from hch.text.files import read_json, read_rows
from hch.training.comparison import STEPS, lighten
from hch.training.run_folder import RunFolder
from hch.training.schemes import SCHEMES
from hch.types import Sample
from tests.languages import language_folder, tiny_language

SETTINGS = {
    "--steps": 3,
    "--checkpoint-every": 3,
    "--batches.instances": 3,
    "--batches.questions": 2,
    "--language.precision": "float32",
    "--language.generation.most-tokens": 4,
    "--language-learner.learning-rate": 0.005,
    "--evaluation.every": 40,
    "--evaluation.questions": 10,
    "--evaluation.judged": 10,
}
QUICK = [str(word) for option in SETTINGS.items() for word in option]
NUMBERS = ("--task.task.least", "1", "--task.task.most", "2")
"""Few enough to be learned by heart."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(language_folder(tmp_path_factory.mktemp("models") / "tiny"))


def compare(name: str, model: str, out: Path, *words: str) -> int:
    return main(["compare", name, "--language.path", model, "--seeds", "1", "--out", str(out), *QUICK, *words])


@pytest.fixture(scope="module")
def compared(model: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("compared") / "all"
    assert compare("numbers-charmed", model, out, "--warm-up", "40", *NUMBERS) == 0
    return out


def test_every_signal_trains_a_language_model_from_one_start(compared: Path) -> None:
    taught = load_file(RunFolder(compared / "start").latest() / "model.safetensors")
    for name in SCHEMES:
        results = read_json(compared / name / "results.json")
        assert (results["status"], results["steps"], results["scheme"]) == ("done", 3, name)
        begun = load_file(compared / name / "start.safetensors")
        assert all(part.startswith(f"{EMA_MODULE}.") for part in begun), "what begins a run is one model, and no more"
        if not name.startswith("hch_"):
            assert all(begun[part].equal(taught[part]) for part in begun)
    kept = read_json(compared / "comparison.json")
    assert set(kept["schemes"]) == set(SCHEMES)
    assert (compared / "proxy.png").stat().st_size > 0


@pytest.mark.parametrize("name", ["approval", "closeness", "debate", "reward"])
def test_what_it_has_said_itself_is_weighed(name: str, compared: Path) -> None:
    rows = read_rows(compared / name / "metrics.jsonl")
    signal = rows[-1]["signal"]
    assert signal.get("read", signal.get("demonstrations")) > 0
    assert signal["kl"] >= 0
    assert rows[-1]["oversight"]["kl"] > 0


def test_a_comparison_in_text_has_as_many_steps_and_questions_as_the_experiment_says(compared: Path) -> None:
    own = load("numbers-charmed")
    assert lighten(load("permutation-charmed")).steps == STEPS
    result = lighten(own)
    assert replace(result, evaluation=own.evaluation) == own
    assert (result.evaluation.enough, result.evaluation.questions) == (1.1, own.evaluation.questions)
    assert result.evaluation.judged > 0
    assert read_json(compared / "approval" / "experiment.json")["settings"]["evaluation"]["enough"] == 1.1


@pytest.mark.parametrize("scheme", ["debate", "quoting_debate", "hch_debate"])
def test_debaters_who_read_are_asked_in_full(scheme: str) -> None:
    def prompt(name: str) -> Any:
        made: Any = apply_options(load(name), ["--scheme", scheme], "hch").experiment.scheme
        return made.protocol.prompt

    assert prompt("numbers-charmed") is full_prompt
    assert prompt("permutation-charmed") is brief_prompt


@pytest.mark.parametrize("name", ["reading-tiny", "words-tiny"])
def test_debates_about_other_texts_run_too(name: str, model: str, tmp_path: Path) -> None:
    assert compare(name, model, tmp_path / "out", "--schemes", "quoting_debate", "--warm-up", "0") == 0
    assert read_json(tmp_path / "out" / "quoting_debate" / "results.json")["status"] == "done"


def learner(adapter: str, keeps_start: bool = True) -> LanguageLearner:
    language = tiny_language()
    language.settings = replace(language.settings, adapter=adapter)  # type: ignore[arg-type]
    settings = LanguageLearnerSettings(learning_rate=1e-2, warm_up_steps=1, ema_horizon=1)
    return LanguageLearner(language, settings, keeps_start)


@pytest.mark.parametrize("adapter", ["full", "lora"])
def test_a_run_that_begins_here_begins_with_what_the_ema_model_is(adapter: str) -> None:
    taught, fresh = learner("full"), learner(adapter)
    for _ in range(3):
        taught([Sample(Question("one"), "uno")])
    fresh.ema_model.model.load_state_dict(taught.ema_model.model.state_dict())
    fresh.begin_here()
    row = fresh.language.chat.row(Question("one"), "uno")
    result = [token_log_probs(part, [row], 0).log_likelihoods.item() for part in (fresh.language.model, fresh.start)]
    expected = token_log_probs(taught.language.model, [row], 0).log_likelihoods.item()
    assert result == pytest.approx([expected] * 2, rel=1e-4)


async def test_divergence_from_the_start_is_measured_also_where_nothing_bounds_it() -> None:
    made = learner("full")
    policy, start = LanguagePolicy(made.language), LanguagePolicy(tiny_language())
    start.language.model = made.start
    asked = [Question(f"q{number}", Context(), 0) for number in range(20)]
    before = await policy.divergence_from(start, asked)
    assert before is None or before == pytest.approx(0, abs=1e-5)
    for _ in range(5):
        step = made([Sample(Question("q1"), "a"), Sample(Question("q2"), "b")])
        assert step.divergence is None, "it is measured at evaluations, and costs nothing in between"
    after = await policy.divergence_from(start, asked)
    assert after is not None
    assert after > 0.1
    assert learner("full", keeps_start=False).start is None
