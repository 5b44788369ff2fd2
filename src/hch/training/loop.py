"""The outer loop: questions are asked, H answers them while consulting the EMA model, the model learns H's answers.

``run`` carries an Experiment out in a run folder. All that changes on the way is in state.py, so a run can stop at any
moment and go on as if it had not.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from hch.amplify.amplify import Amplify, Otherwise
from hch.amplify.waiting import Finished, Waiting
from hch.humans.flaws.flaw import copy_flaws
from hch.humans.imitated import Imitated
from hch.humans.overseeing import overseeing
from hch.humans.scripted import Scripted
from hch.models.device import prepare
from hch.people.settings import Patience, People
from hch.protocols import Answerer, Human, Scheme
from hch.schemes.needs import needs_of
from hch.text.files import RunError, read_rows, write_whole
from hch.text.transcripts import write_transcripts
from hch.training.evaluation import EvalSet, Scores, make_eval_set
from hch.training.experiment import Experiment
from hch.training.oversight import Oversight, is_gamed
from hch.training.process import interrupts, rare_collections
from hch.training.questions import sample_questions, sample_subquestions
from hch.training.record import FORMAT, to_record, versions
from hch.training.run_folder import RunFolder
from hch.training.source import keep_source
from hch.training.state import State
from hch.training.widths import widths_for
from hch.types import Episode, Outcome, Question, Sample, Transcript


@dataclass(frozen=True)
class Moment:
    """What a watcher is told after every step, and while people are waited for.

    ``row`` is the last line of metrics.jsonl.
    """

    step: int
    steps: int
    note: str
    row: dict[str, Any]
    waiting: bool = False


Watcher = Callable[[Moment], None]


async def run(
    experiment: Experiment,
    folder: RunFolder,
    watch: Watcher = lambda _: None,
    resume: bool = False,
    command: Sequence[str] = (),
) -> dict[str, Any]:
    """Carries out an experiment in an open run folder, or goes on with it, and returns what results.json holds.

    ``command`` is what was typed after ``hch``, where somebody typed it; it is written down, and makes the experiment
    again.

    The status is "done"; "stopped", when all is saved, after an interrupt (Ctrl-C) or where people take longer than the
    run is to wait, and then ``waiting`` has the ids of the workspaces that wait; or "failed", saying why.
    """
    prepare(experiment.threads, experiment.device)
    human = experiment.human or Scripted(experiment.task.script)
    widths = await widths_for(experiment)
    state = State.new(experiment, widths)
    if not resume and (folder.path / "experiment.json").exists():
        raise RunError(f"{folder.path} holds a run already")
    begin(experiment, folder, state)
    if not resume:
        record = {"format": FORMAT, "experiment": experiment.name, "seed": experiment.seed, "command": list(command)}
        record |= {"source": keep_source(folder, command), "versions": versions(), "settings": to_record(experiment)}
        folder.write("experiment.json", record)
    if resume and folder.started:
        state.load(folder.latest())
    else:
        state.save(folder)
    folder.rewind(state.step)
    loop = Loop(experiment, folder, state, human, watch)
    with interrupts() as interrupted, rare_collections():
        return await loop.run(interrupted)


def begin(experiment: Experiment, folder: RunFolder, state: State) -> None:
    """Starts with what another run has learned, where the experiment says so; the folder keeps a copy of that.

    Raises RunError where there is no such run, where its model is of another shape, or where nobody names a run that H
    is to consult.
    """
    start = experiment.start
    if start is None:
        if experiment.consults == "initial_model":
            raise RunError("H is to consult the model that the run starts with: say whose that is, --start RUN")
        return
    kept = folder.path / "start.safetensors"
    if not kept.exists():
        write_whole(kept, state.learner.ema_weights(RunFolder.existing(Path(start)).latest() / "model.safetensors"))
    try:
        state.learner.begin_from(kept)
    except ValueError as error:
        raise RunError(f"this run cannot start from {start}: {error}") from error


class Loop:
    """One run in progress: the experiment, what has become of it so far, and who is told."""

    def __init__(self, experiment: Experiment, folder: RunFolder, state: State, human: Human, watch: Watcher) -> None:
        self.experiment, self.folder, self.state, self.watch = experiment, folder, state, watch
        scheme: Any = experiment.scheme
        if needs_of(scheme).gold and scheme.gold is None:
            scheme = replace(scheme, gold=experiment.task.gold)
        self.scheme: Scheme = scheme
        consulted = Otherwise(experiment.task.lookup, state.ema_model)
        self.amplified = Amplify(human, consulted)
        self.by_human: Answerer = self.amplified
        if experiment.consults == "initial_model" and state.start is not None:
            consulted = Otherwise(experiment.task.lookup, state.start)
            self.by_human = Amplify(human, consulted)
        if experiment.people is not None:
            present = experiment.people(folder.path.resolve().name, experiment.summary)
            people = copy_flaws(present.human, human) if experiment.people.flawed else present.human
            self.by_human = Finished(Amplify(people, consulted, recall=present.recall))
        self.patience = Patience(experiment.people or People())
        self.began = time.perf_counter()
        self.overseer = Amplify(state.imitated, consulted, name="H′") if state.imitated else self.by_human
        self.human = human
        self.oversight: Oversight | None = None
        limit, log = experiment.evaluation.stop_when_gamed, folder.metrics
        self.gamed = limit > 0 and log.exists() and is_gamed(read_rows(log), limit)
        self.row: dict[str, Any] = {}
        self.scores: Scores | None = None
        self.failures = 0

    async def run(self, interrupted: Callable[[], bool]) -> dict[str, Any]:
        """Step after step, until the model is good enough, the steps are done, or somebody interrupts."""
        experiment, state, evaluation = self.experiment, self.state, self.experiment.evaluation
        started = time.perf_counter()
        eval_set = await make_eval_set(experiment, self.human)
        if evaluation.judged:
            self.oversight = Oversight(
                eval_set.largest[: evaluation.judged], overseeing(self.human), self.amplified.model
            )
        if evaluation.at_start and state.step == 0:
            self.folder.rewind(-1)  # a run that was killed in its first steps has done this before
            await self.evaluate(eval_set)
        ending: dict[str, Any] | None = None
        while state.step < experiment.steps and state.streak < evaluation.in_a_row:
            if (ending := self.check_ending(interrupted())) is not None:
                break
            if not await self.try_step():
                await self.patience.pause(interrupted)
                continue
            if state.step % evaluation.every == 0 or state.step == experiment.steps:
                await self.evaluate(eval_set)
            if state.step % experiment.checkpoint_every == 0:
                self.save()
            self.watch(Moment(state.step, experiment.steps, state.note, self.row))
            await asyncio.sleep(0)
        self.save()
        return await self.finish(eval_set, ending or {"status": "done"}, time.perf_counter() - started)

    def check_ending(self, interrupted: bool) -> dict[str, Any] | None:
        """Why the run has to end before its time, as results.json has it; None where it can go on."""
        go_on = f"go on with: hch resume {self.folder.path}"
        if interrupted:
            return {"status": "stopped", "reason": f"interrupted after step {self.state.step}; {go_on}"}
        if self.patience.is_over:
            waiting = self.patience
            return {"status": "stopped", "reason": f"{waiting.reason}; {go_on}", "waiting": list(waiting.waits_for)}
        if self.gamed:
            return {"status": "done", "reason": f"at step {self.state.step}: gold has been falling while approval rose"}
        if used := self.allowance_used:
            return {"status": "done", "reason": f"at step {self.state.step}: {used}"}
        if self.failures > MOST_FAILURES:
            return {"status": "failed", "reason": f"loss or gradient were not finite {self.failures} times in a row"}
        return None

    @property
    def allowance_used(self) -> str:
        """What the run has used up of its allowance; empty where nothing."""
        counts = self.state.counts
        return self.experiment.allowance.used_up(counts.human_actions, counts.consultations)

    async def try_step(self) -> bool:
        """Takes a step, if people have done their part of it; False where they are waited for.

        An attempt that has to wait changes nothing but H′'s finished updates: the step can be taken again, here or from
        a checkpoint.
        """
        state = self.state
        if self.experiment.people is not None:
            state.forget()  # what an earlier attempt has computed, a run that goes on from a checkpoint does not have
        self.began = time.perf_counter()
        try:
            await self.step()
        except Waiting as waiting:
            self.patience.begin(waiting.waits_for)
            self.watch(Moment(state.step, self.experiment.steps, self.patience.note, self.row, waiting=True))
            return False
        self.record_time()
        return True

    def record_time(self) -> None:
        """Counts the time of a finished step or update of H′; the time spent waiting for people is not counted."""
        now = time.perf_counter()
        self.state.seconds += now - self.began
        self.began = now
        self.patience.end()

    async def step(self) -> None:
        """Asks questions, has them answered, and learns from the answers and from some of those of earlier steps."""
        state, experiment = self.state, self.experiment
        self.scores = None
        if state.imitated is not None:
            await self.warm_up_imitated(state.imitated)
        size = state.progress.size_for(state.randomness("size").random())
        batches = experiment.batches
        own = batches.questions - round(batches.questions * batches.subquestions)
        questions = self.sample(size, own)
        episode = await self.episode(questions)
        if own < batches.questions:
            count = batches.instances * (batches.questions - own)
            subquestions = sample_subquestions(episode.transcripts, count, state.randomness("sub-questions"))
            more = await self.episode(subquestions)
            questions = [*questions, *subquestions]
            transcripts = [*episode.transcripts, *more.transcripts]
            episode = Episode([*episode.samples, *more.samples], transcripts, episode.measures)
        # Only from here on does anything change: people may be waited for until now, and then all is asked again.
        state.counts.questions_seen += len(questions)
        self.count(episode.transcripts, real=self.overseer is self.by_human)
        state.add_measures(episode.measures)
        samples = state.replay_buffer.mix(episode.samples, state.randomness("replay"))
        finite, likelihoods = True, list[float]()
        if samples:
            update = state.learner(samples)
            finite, likelihoods = update.finite, update.likelihoods[: len(episode.samples)]
            state.loss = update.loss
            state.counts.unread += update.unread
            state.add_measures(update.measures)
            self.failures = 0 if finite else self.failures + 1
        if finite:
            state.progress.observe(size, (p > 0.5 for p in likelihoods), len(questions))
            self.update_priorities(questions, episode.samples, likelihoods)
        else:
            state.replay_buffer.forget()
            self.restore("loss or gradient not finite")
        state.step, state.imitated_updates = state.step + 1, 0

    def sample(self, size: int, count: int) -> list[Question]:
        """Questions about fresh instances of a size, ``count`` about each."""
        task, state, instances = self.experiment.task, self.state, self.experiment.batches.instances
        choices = self.experiment.prioritized.choices
        sampled = sample_questions(task, size, instances, count * choices, state.randomness("questions"), test=False)
        if choices == 1:
            return sampled
        randomness = state.randomness("focus")
        pools = (sampled[start : start + count * choices] for start in range(0, len(sampled), count * choices))
        return [q for pool in pools for q in state.priorities.choose(pool, count, task.stratum, randomness)]

    def update_priorities(
        self, questions: Sequence[Question], samples: Sequence[Sample], likelihoods: Sequence[float]
    ) -> None:
        """Tells the stratum priorities how reliable the answers were, and how likely the model found them."""
        if self.experiment.prioritized.choices == 1:
            return
        stratum = self.experiment.task.stratum
        answered = {sample.question for sample in samples}
        learned = [(stratum(s.question), min(abs(s.weight), 1.0), p) for s, p in zip(samples, likelihoods, strict=True)]
        self.state.priorities.observe([*learned, *((stratum(q), 0.0, 0.0) for q in questions if q not in answered)])

    def save(self) -> None:
        """Writes a checkpoint; never one of weights that are no numbers."""
        if not self.state.finite:
            self.restore("weights not finite")
        self.state.save(self.folder)

    def restore(self, why: str) -> None:
        """Brings the last good weights back, and notes that."""
        self.state.restore(self.folder.latest())
        self.scores = None
        self.state.note = f"step {self.state.step}: {why}; the last good weights are back"

    async def episode(self, questions: list[Question]) -> Episode:
        """What the scheme makes of these questions. Raises Waiting where people have yet to act."""
        if not questions:
            return Episode([], [])
        return await self.scheme(questions, self.overseer, self.state.model)

    def count(self, transcripts: Sequence[Transcript], real: bool) -> None:
        """Adds transcripts to the counts; ``real`` where the real H made them."""
        counts = self.state.counts
        for transcript in transcripts:
            counts.consultations += sum(map(len, transcript.rounds))
            counts.unanswered += transcript.outcome is not Outcome.ANSWERED
            if real:
                counts.human_actions += transcript.actions
        if real:
            counts.human_transcripts += len(transcripts)

    async def warm_up_imitated(self, imitated: Imitated) -> None:
        """Has H′ learn from the real H until it is trusted, and checked now and then once it is.

        Raises Waiting where people have yet to act; updates that are finished stay.
        """
        settings, state = imitated.settings, self.state
        while not imitated.exhausted and not self.allowance_used:
            if imitated.trusted and (state.imitated_updates or state.step % settings.check_every):
                return
            wanted = 1 if imitated.trusted else settings.batch
            randomness = state.randomness(f"lesson {state.imitated_updates}")
            questions = sample_questions(self.experiment.task, state.progress.size, wanted, 1, randomness, test=False)
            answers = await self.by_human(questions[: settings.most - imitated.transcripts])
            transcripts = [answer.transcript for answer in answers if answer.transcript is not None]
            self.count(transcripts, real=True)
            checked = imitated.trusted
            await imitated.observe(transcripts)
            state.note = f"H′ errs on {imitated.error:.0%} of {imitated.transcripts} transcripts"
            if not (checked and imitated.trusted and not imitated.mistaken[-1]) and not imitated.update(randomness):
                self.restore("loss or gradient of H′ not finite")
            state.imitated_updates += 1
            self.record_time()
            self.watch(Moment(state.step, self.experiment.steps, state.note, self.row))
        if not imitated.trusted and imitated.exhausted:
            state.note = (
                f"H gave all of {settings.most} transcripts; H′ goes on untrusted, erring on {imitated.error:.0%}"
            )

    async def evaluate(self, eval_set: EvalSet) -> None:
        """Evaluates the EMA model, alone and consulted by H, and logs the scores."""
        state = self.state
        scores = self.scores = await eval_set.scores(state.ema_model, self.amplified)
        enough = scores.agreement_with_amplified >= self.experiment.evaluation.enough
        state.streak = state.streak + 1 if enough else 0
        self.row = {
            "step": state.step,
            "seconds": state.seconds,
            "size": state.progress.size,
            "loss": state.loss,
            **asdict(state.counts),
            **asdict(scores),
        }
        if state.imitated is not None:
            imitated = state.imitated
            self.row["imitated"] = {
                "error": imitated.error,
                "trusted": imitated.trusted,
                "transcripts": imitated.transcripts,
            }
        if state.signal:
            self.row["signal"] = {name: total / steps for name, (total, steps) in state.signal.items()}
            state.signal = {}
        if scores.most_common >= ALARMING:
            self.row["alarm"] = f"the model gives one reply to {scores.most_common:.0%} of all questions"
        if self.oversight is not None:
            self.row["oversight"] = await self.oversight(state.ema_model, state.start)
        if state.note:
            self.row["note"] = state.note
        self.folder.log(self.row)
        limit = self.experiment.evaluation.stop_when_gamed
        self.gamed = limit > 0 and is_gamed(read_rows(self.folder.metrics), limit)

    async def finish(self, eval_set: EvalSet, ending: dict[str, Any], wall_seconds: float) -> dict[str, Any]:
        """Writes results.json and some transcripts to read."""
        state, experiment = self.state, self.experiment
        # The last evaluation is reused if nothing was learned since: for a language model it takes as long as some
        # steps.
        scores = self.scores or await eval_set.scores(state.ema_model, self.amplified)
        counts = asdict(state.counts)
        results = {
            "experiment": experiment.name,
            "scheme": getattr(experiment.scheme, "name", type(experiment.scheme).__name__),
            "seed": experiment.seed,
            **ending,
            "wall_seconds": wall_seconds,
            "training_seconds": state.seconds,
            "steps": state.step,
            **counts,
            **asdict(scores),
        }
        if self.oversight is not None:
            results["oversight"] = await self.oversight(state.ema_model, state.start)
        self.folder.write("results.json", results)
        state.learner.export(self.folder.path / "model")
        write_transcripts(self.folder.path / "transcripts.jsonl", await self.amplified(eval_set.largest[:SHOWN]))
        return results


MOST_FAILURES = 5


ALARMING = 0.9
"""A reply to so many of the questions is no answer to them."""


SHOWN = 40
"""Transcripts written out for people to read."""
