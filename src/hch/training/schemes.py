"""The schemes by name. Only the command line looks anything up by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from hch.humans.flaws.flaw import Flaw
from hch.humans.overseeing import Overseeing, overseeing
from hch.humans.scripted import Scripted
from hch.protocols import Human, Scheme
from hch.schemes.approval import Approval
from hch.schemes.closeness import Closeness
from hch.schemes.counterfactual import Counterfactual
from hch.schemes.debate import Debate
from hch.schemes.debate_protocol import Protocol, Quoted, brief_prompt, full_prompt
from hch.schemes.imitation import Imitation
from hch.schemes.reward import Reward
from hch.schemes.supervised import Supervised
from hch.tasks.task import Task
from hch.tasks.wordy import Wordy
from hch.training.replay_buffer import Replay
from hch.training.widths import Headroom

if TYPE_CHECKING:
    from hch.training.experiment import Experiment


def with_reward(experiment: Experiment, scheme: Scheme, consults_start: bool = False) -> Experiment:
    """The experiment under a scheme that weighs the model's own answers: bounded, nothing replayed, H able to judge."""
    settings, language = experiment.learner, experiment.language_learner
    return replace(
        experiment,
        scheme=scheme,
        human=overseeing(experiment.human or Scripted(experiment.task.script)),
        replay=Replay(batches=0),
        learner=replace(settings, kl=settings.kl or KL, clip=settings.clip or CLIP),
        language_learner=replace(language, kl=language.kl or KL, clip=language.clip or CLIP),
        consults="initial_model" if consults_start else experiment.consults,
    )


KL, CLIP = 0.02, 0.2


def with_debate(experiment: Experiment, scheme: Debate, consults_start: bool = False) -> Experiment:
    """The same for debates: there has to be room for what debaters are asked, and for what they say.

    A language model reads, and is asked in full; it has room for any text.
    """
    prompt = brief_prompt if experiment.language is None else full_prompt
    scheme = replace(scheme, protocol=replace(scheme.protocol, prompt=prompt))
    return with_reward(replace(experiment, headroom=DEBATE_ROOM), scheme, consults_start)


DEBATE_ROOM = Headroom(question=12, answer=2, words=(":", ";"))
"""Enough for both answers and two statements of a fact's length."""

SCHEMES: Mapping[str, Callable[[Experiment], Experiment]] = {
    "imitation": lambda experiment: replace(experiment, scheme=Imitation()),
    "supervised": lambda experiment: replace(experiment, scheme=Supervised(experiment.task.gold)),
    "approval": lambda experiment: with_reward(experiment, Approval()),
    "closeness": lambda experiment: with_reward(experiment, Closeness()),
    "counterfactual": lambda experiment: with_reward(experiment, Counterfactual()),
    "debate": lambda experiment: with_debate(experiment, Debate()),
    "quoting_debate": lambda experiment: with_debate(
        experiment, Debate(protocol=Protocol(allowed=Quoted()), name="quoting_debate")
    ),
    "reward": lambda experiment: with_reward(experiment, Reward()),
    "hch_approval": lambda experiment: with_reward(experiment, Approval(name="hch_approval"), consults_start=True),
    "hch_debate": lambda experiment: with_debate(experiment, Debate(name="hch_debate"), consults_start=True),
}
"""From an experiment to the same under a scheme, with what the scheme needs beside itself."""


def scheme_name(scheme: Scheme) -> str:
    """What a scheme is called."""
    return str(getattr(scheme, "name", type(scheme).__name__))


def fit_to_task(experiment: Experiment) -> Experiment:
    """The experiment, its scheme and H given what they need of the task that the experiment has now."""
    if experiment.human is not None:
        experiment = replace(experiment, human=_fit_human(experiment.human, experiment.task))
    if isinstance(experiment.scheme, Supervised):
        return replace(experiment, scheme=replace(experiment.scheme, gold=experiment.task.gold))
    return experiment


def _fit_human(human: Human, task: Task) -> Human:
    """The same human, with the task's script wherever it follows one and oversees."""
    if isinstance(human, Flaw):
        flawed: Any = human
        return cast("Human", replace(flawed, human=_fit_human(human.human, task)))
    if isinstance(human, Scripted) and isinstance(human.script, Overseeing):
        same = task.same if isinstance(task, Wordy) else human.script.same
        return replace(human, script=replace(human.script, script=task.script, same=same))
    return human
