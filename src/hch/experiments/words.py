"""Words put backwards by a small language model, in rounds: tiny (8 words), small (32), and what format alone is worth.

The first round has two words, which H can do alone; each further round has twice as many, and H asks about both
halves. The EMA model is the model at the beginning of the round.
"""

from __future__ import annotations

from dataclasses import replace

from hch.experiments import listing
from hch.experiments.variants import IMITATED_IN_TEXT, replace_human, variant
from hch.models.settings import Generation, LanguageLearnerSettings, LanguageSettings
from hch.tasks.words import WordLists
from hch.training.curriculum import Curriculum
from hch.training.experiment import Evaluation, Experiment
from hch.training.questions import Batches
from hch.training.replay_buffer import Replay

ROUND = 50
"""How many steps a round has."""

MODEL = LanguageSettings(system="Answer.", generation=Generation(most_tokens=16))
"""The small model that comes in a package."""

TINY = Experiment(
    *listing("words-tiny"),
    task=WordLists("backwards", longest=8),
    # It is enough that the model has learned something: the next round begins when this one is over.
    curriculum=Curriculum(sizes=(2, 4, 8), raise_at=0.05, lower_at=0.0, window=ROUND, review=0.0),
    language=MODEL,
    language_learner=LanguageLearnerSettings(learning_rate=2e-4, warm_up_steps=4, ema_horizon=ROUND),
    batches=Batches(instances=8, questions=2),
    replay=Replay(batches=0),
    evaluation=Evaluation(every=ROUND, questions=160, enough=1.1, at_start=True),
    steps=3 * ROUND,
)

TINY_PRIMITIVE = variant(
    TINY,
    "words-tiny-primitive",
    # Agreement is never above 1, so the words stay two.
    curriculum=replace(TINY.curriculum, raise_at=1.0),
)

TINY_IMITATED = replace_human(TINY, IMITATED_IN_TEXT)

SMALL = variant(
    TINY,
    "words-small",
    task=WordLists("backwards", longest=32),
    curriculum=Curriculum(sizes=(2, 4, 8, 16, 32), raise_at=0.8, window=20),
    language=replace(MODEL, generation=Generation(most_tokens=64)),
    language_learner=replace(TINY.language_learner, ema_horizon=20),
    evaluation=replace(TINY.evaluation, every=100, questions=400),
    steps=1500,
)
