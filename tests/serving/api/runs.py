"""Runs to be served: a reader's, and one of a tiny language model that has learned little."""

from __future__ import annotations

from pathlib import Path

from hch.cli import main
from tests.languages import tiny_language

SPEAKING = """
from hch.training.experiment import Evaluation, Experiment
from hch.models.language.generation import Generation
from hch.models.language.model import LanguageSettings
from hch.training.curriculum import Curriculum
from hch.training.questions import Batches
from hch.tasks.lists import Lists
from hch.models.language.learner import LanguageLearnerSettings

EXPERIMENT = Experiment(
    name="speaking",
    summary="a test",
    task=Lists(longest=8, least=1, most=9),
    curriculum=Curriculum(sizes=(2,)),
    language=LanguageSettings(path="{path}", precision="float32", system="", generation=Generation(most_tokens=4)),
    language_learner=LanguageLearnerSettings(learning_rate=1e-2, warm_up_steps=1, ema_horizon=1),
    batches=Batches(instances=4, questions=1),
    evaluation=Evaluation(every=100, questions=10),
    steps={steps},
)
"""


def speaking_run(folder: Path, steps: int = 40) -> Path:
    """A run of a language model, made by the command line."""
    tiny_language().save(folder / "tiny")
    (folder / "speaking.py").write_text(SPEAKING.format(path=folder / "tiny", steps=steps))
    assert main(["train", str(folder / "speaking.py"), "--out", str(folder / "run")]) == 0
    return folder / "run"
