"""What a run will take, before it is begun: from some steps and a small evaluation of the very run that would start.

All of it is done in a folder that is thrown away. What is paid for on the way is paid, so little is done where calls
cost something, and it is told.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from hch.humans.scripted import Scripted
from hch.models.device import prepare
from hch.models.endpoint.ledger import Ledger
from hch.protocols import Trainable
from hch.training.evaluation import make_eval_set
from hch.training.experiment import Experiment
from hch.training.loop import Loop, begin
from hch.training.process import rare_collections
from hch.training.run_folder import RunFolder
from hch.training.state import Counts, State
from hch.training.widths import widths_for

ENOUGH_SECONDS, ENOUGH_STEPS = 10.0, 20
"""The sample ends after so long or so many steps, whatever comes first, and after one step that cost money."""
EXAMINED = 40
"""Questions of the sample's evaluation."""


@dataclass(frozen=True)
class Use:
    """What something takes. Consultations and human actions are those of training, as in a run's counts.

    Tokens are those that language models read and write to answer, and those of endpoints; ``calls`` is how often an
    endpoint is called.
    """

    seconds: float = 0.0
    consultations: float = 0.0
    human_actions: float = 0.0
    tokens_read: float = 0.0
    tokens_written: float = 0.0
    calls: float = 0.0
    failed_calls: float = 0.0
    usd: float = 0.0

    def plus(self, other: Use) -> Use:
        """Both together."""
        return Use(**{name: getattr(self, name) + getattr(other, name) for name in NAMES})

    def times(self, factor: float) -> Use:
        """So many times as much."""
        return Use(**{name: getattr(self, name) * factor for name in NAMES})


NAMES = tuple(field.name for field in fields(Use))


@dataclass(frozen=True)
class Forecast:
    """What the parts of a run take.

    ``step`` is one step of training, ``imitated_batches`` all that H′ may need to learn before it is trusted,
    ``setting`` what looking at the task and making the evaluation take once, and ``evaluation`` what that takes each
    time. ``sample`` is what was used to find it out, over ``sampled`` steps.
    """

    experiment: Experiment
    step: Use
    imitated_batches: Use
    setting: Use
    evaluation: Use
    sample: Use
    sampled: int

    @property
    def steps(self) -> int:
        """The steps of a round: from one evaluation to the next."""
        return min(self.experiment.evaluation.every, self.experiment.steps)

    @property
    def before(self) -> Use:
        """What is done once, before the first step."""
        return self.imitated_batches.plus(self.setting)

    @property
    def round(self) -> Use:
        """The steps of a round, and its evaluation."""
        return self.step.times(self.steps).plus(self.evaluation)

    @property
    def whole(self) -> Use:
        """The run, if it does not end early: with the evaluation that ends it."""
        steps, every = self.experiment.steps, self.experiment.evaluation.every
        evaluations = steps // every + bool(steps % every) + 1
        return self.before.plus(self.step.times(steps)).plus(self.evaluation.times(evaluations))


class Meter:
    """What has been used so far of all that a run uses."""

    def __init__(self, experiment: Experiment) -> None:
        self.counts, self.learners = Counts(), list[Trainable]()
        self.ledgers = list({id(item): item for item in ledgers(experiment)}.values())

    def attend(self, state: State) -> None:
        """Counts what this state's models and people do, too."""
        self.counts = state.counts
        self.learners = [learner for _, learner in state.learners]

    def read(self) -> Use:
        """Everything up to now; a difference of two of these is what was used between them."""
        tokens = [learner.tokens for learner in self.learners]
        accounts = [account for ledger in self.ledgers for account in ledger.accounts.values()]
        return Use(
            time.perf_counter(),
            self.counts.consultations,
            self.counts.human_actions,
            sum(read for read, _ in tokens) + sum(a.tokens_read for a in accounts),
            sum(written for _, written in tokens) + sum(a.tokens_written for a in accounts),
            sum(account.calls for account in accounts),
            sum(account.failed for account in accounts),
            sum(account.usd for account in accounts),
        )

    def since(self, before: Use) -> Use:
        """What was used since."""
        return self.read().plus(before.times(-1))


async def forecast(experiment: Experiment, folder: RunFolder) -> Forecast:
    """Tries a run out in a folder that is nobody's, and says what it would take.

    Where people answer, the human of the evaluations stands in for them: nobody is asked anything, and what their time
    is stays open.
    """
    prepare(experiment.threads, experiment.device)
    tried = _shorten(experiment)
    human = tried.human or Scripted(tried.task.script)
    meter = Meter(tried)
    began = meter.read()
    widths = await widths_for(tried)
    survey = meter.since(began)
    state = State.new(tried, widths)
    begin(tried, folder, state)
    state.save(folder)
    meter.attend(state)
    loop = Loop(tried, folder, state, human, lambda _: None)
    with rare_collections():
        imitated_batch = await _update_imitated(loop, meter)
        steps = await _steps(loop, meter)
        before = meter.read()
        eval_set = await make_eval_set(tried, human)
        setting, before = meter.since(before), meter.read()
        await eval_set.scores(state.ema_model, loop.amplified)
        evaluation = meter.since(before)
    kept = steps[1:] if len(steps) > 2 else steps  # the first one warms up
    total = Use()
    for use in kept:
        total = total.plus(use)
    larger = _count_questions(experiment) / len(eval_set.questions)
    imitated_batches = 0.0
    if experiment.imitated is not None and tried.imitated is not None:
        imitated_batches = experiment.imitated.most / tried.imitated.most
    return Forecast(
        experiment,
        total.times(1 / len(kept)),
        imitated_batch.times(imitated_batches),
        survey.plus(setting.times(larger)),
        evaluation.times(larger),
        meter.since(began),
        len(steps),
    )


def ledgers(part: Any) -> Iterator[Ledger]:
    """Every ledger that is anywhere in a part: those of its endpoints."""
    ledger = getattr(part, "ledger", None)
    if isinstance(ledger, Ledger):
        yield ledger
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        for field in fields(part):
            yield from ledgers(getattr(part, field.name))
    elif isinstance(part, Mapping):
        for item in part.values():
            yield from ledgers(item)
    elif isinstance(part, list | tuple):
        for item in part:
            yield from ledgers(item)


def _shorten(experiment: Experiment) -> Experiment:
    """The same run with a small evaluation, one lesson for H′, and no people."""
    evaluation = replace(experiment.evaluation, questions=min(experiment.evaluation.questions, EXAMINED), judged=0)
    imitated = experiment.imitated
    if imitated is not None:
        imitated = replace(imitated, most=min(imitated.most, imitated.batch))
    return replace(experiment, evaluation=evaluation, imitated=imitated, people=None)


def _count_questions(experiment: Experiment) -> int:
    """How many questions an evaluation has: see evaluation.make_eval_set."""
    count, sizes = experiment.evaluation.questions, experiment.curriculum.sizes
    return sum(10 * max(1, (count if size == max(sizes) else count // 5) // 10) for size in sizes)


async def _update_imitated(loop: Loop, meter: Meter) -> Use:
    before = meter.read()
    if loop.state.imitated is not None:
        await loop.warm_up_imitated(loop.state.imitated)
    return meter.since(before)


async def _steps(loop: Loop, meter: Meter) -> list[Use]:
    """What each of some steps took."""
    began, steps = time.perf_counter(), list[Use]()
    while len(steps) < min(ENOUGH_STEPS, loop.experiment.steps):
        before = meter.read()
        await loop.step()
        steps.append(meter.since(before))
        if steps[-1].usd or time.perf_counter() - began > ENOUGH_SECONDS:
            break
    return steps
