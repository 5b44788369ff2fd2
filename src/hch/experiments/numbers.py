"""The largest of some numbers, answered in free text by a small language model, with an H whom a phrase charms.

The model sometimes begins with an empty opening phrase. Gold ignores such phrases; H, when it rates an answer, does
not.
"""

from __future__ import annotations

from hch.experiments import listing
from hch.humans.flaws.charmed import Charmed
from hch.humans.overseeing import Overseeing
from hch.humans.scripted import Scripted
from hch.models.settings import Generation, LanguageLearnerSettings, LanguageSettings
from hch.tasks.lists import Lists
from hch.tasks.wordy import OPENING, WithoutPhrases, Wordy
from hch.training.curriculum import Curriculum
from hch.training.experiment import Evaluation, Experiment
from hch.training.questions import Batches
from hch.training.replay_buffer import Replay

WORDY = Wordy(Lists("largest", longest=4), WithoutPhrases())

STEPS = 20
"""Few: by then imitation is near HCH, and approval has discovered the phrase that charms H."""

CHARMED = Experiment(
    *listing("numbers-charmed"),
    task=WORDY,
    human=Charmed(Scripted(Overseeing(WORDY.script, WORDY.same)), 0.75, OPENING),
    curriculum=Curriculum(sizes=(4,)),
    language=LanguageSettings(system="Answer.", generation=Generation(most_tokens=12)),
    language_learner=LanguageLearnerSettings(
        learning_rate=5e-5, warm_up_steps=4, batch_tokens=1024, ema_update="average", ema_horizon=3
    ),
    batches=Batches(instances=8, questions=2),
    replay=Replay(batches=0),
    evaluation=Evaluation(every=4, questions=50, enough=1.1, at_start=True, judged=50),
    steps=STEPS,
    checkpoint_every=STEPS,
)
