"""The schemes by name, and what an experiment becomes under each. Only the command line looks anything up by name."""

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
from hch.schemes.needs import Headroom, Needs, needs_of
from hch.schemes.reward import Reward
from hch.schemes.supervised import Supervised
from hch.tasks.task import Task
from hch.tasks.wordy import Wordy
from hch.training.replay_buffer import Replay

if TYPE_CHECKING:
    from hch.training.experiment import Experiment


def with_scheme(experiment: Experiment, scheme: Scheme, needs: Needs | None = None) -> Experiment:
    """The experiment under a scheme, with what that needs; ``needs`` where they are others than the scheme says."""
    needs = needs or needs_of(scheme)
    experiment = replace(experiment, scheme=scheme)
    if needs.consults != "ema_model":
        experiment = replace(experiment, consults=needs.consults)
    if needs.headroom != Headroom():
        experiment = replace(experiment, headroom=needs.headroom)
    if not needs.rated:
        return experiment
    learner, language_learner = experiment.learner, experiment.language_learner
    return replace(
        experiment,
        human=overseeing(experiment.human or Scripted(experiment.task.script)),
        replay=Replay(batches=0),
        learner=replace(learner, kl=learner.kl or needs.kl, clip=learner.clip or needs.clip),
        language_learner=replace(
            language_learner, kl=language_learner.kl or needs.kl, clip=language_learner.clip or needs.clip
        ),
    )


def _debating(experiment: Experiment, scheme: Debate, needs: Needs | None = None) -> Experiment:
    """The same for debates: who reads any text is asked in full, and a small model in the words of the task alone."""
    prompt = full_prompt if experiment.model_family.reads_any_text else brief_prompt
    return with_scheme(experiment, replace(scheme, protocol=replace(scheme.protocol, prompt=prompt)), needs)


QUOTING = Debate(protocol=Protocol(allowed=Quoted()), name="quoting_debate")
HCH_APPROVAL, HCH_DEBATE = Approval(name="hch_approval"), Debate(name="hch_debate")
"""Schemes in which H consults the initial model, which imitation has trained to be like HCH."""

SCHEMES: Mapping[str, Callable[[Experiment], Experiment]] = {
    "imitation": lambda experiment: with_scheme(experiment, Imitation()),
    "supervised": lambda experiment: with_scheme(experiment, Supervised()),
    "approval": lambda experiment: with_scheme(experiment, Approval()),
    "closeness": lambda experiment: with_scheme(experiment, Closeness()),
    "counterfactual": lambda experiment: with_scheme(experiment, Counterfactual()),
    "debate": lambda experiment: _debating(experiment, Debate()),
    "quoting_debate": lambda experiment: _debating(experiment, QUOTING),
    "reward": lambda experiment: with_scheme(experiment, Reward()),
    "hch_approval": lambda experiment: with_scheme(experiment, HCH_APPROVAL, _of_hch(HCH_APPROVAL)),
    "hch_debate": lambda experiment: _debating(experiment, HCH_DEBATE, _of_hch(HCH_DEBATE)),
}
"""From an experiment to the same under a scheme, with what the scheme needs beside itself."""


def _of_hch(scheme: Scheme) -> Needs:
    return replace(needs_of(scheme), consults="initial_model")


def schemes_for(experiment: Experiment) -> dict[str, Callable[[Experiment], Experiment]]:
    """The schemes that an experiment can be compared under: those above, and its own, with which it stays as it is."""
    return {**SCHEMES, scheme_name(experiment.scheme): lambda own: own}


def needs_under(experiment: Experiment, name: str) -> Needs:
    """What the scheme of this name needs of an experiment, read off what the experiment becomes under it."""
    under = schemes_for(experiment)[name](experiment)
    return replace(needs_of(under.scheme), consults=under.consults)


def scheme_name(scheme: Scheme) -> str:
    """What a scheme is called."""
    return str(getattr(scheme, "name", type(scheme).__name__))


def fit_to_task(experiment: Experiment) -> Experiment:
    """The experiment, its H given what it needs of the task that the experiment has now."""
    if experiment.human is None:
        return experiment
    return replace(experiment, human=_fit_human(experiment.human, experiment.task))


def _fit_human(human: Human, task: Task) -> Human:
    """The same human, with the task's script wherever it follows one and oversees."""
    if isinstance(human, Flaw):
        flawed: Any = human
        return cast("Human", replace(flawed, human=_fit_human(human.human, task)))
    if isinstance(human, Scripted) and isinstance(human.script, Overseeing):
        same = task.same if isinstance(task, Wordy) else human.script.same
        return replace(human, script=replace(human.script, script=task.script, same=same))
    return human
