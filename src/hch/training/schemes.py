"""What a scheme, or a flaw of H, changes of an experiment beside itself; the schemes by name, for the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from hch.humans.flaws.flaw import Flaw
from hch.humans.flaws.length_biased import LengthBiased
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
from hch.tasks.phrases import WithoutPhrases
from hch.tasks.task import Task
from hch.tasks.wordy import CHARM, FirstWord, Wordy
from hch.training.replay_buffer import Replay
from hch.training.widths import Headroom

if TYPE_CHECKING:
    from hch.training.experiment import Experiment

KL, CLIP = 0.02, 0.2
"""The bounds of a learner under a scheme that weighs the model's own answers, where the experiment has none."""

DEBATE_ROOM = Headroom(question=12, answer=2, words=(":", ";"))
"""Enough for both answers and two statements of a fact's length."""


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


def with_debate(experiment: Experiment, scheme: Debate, consults_start: bool = False) -> Experiment:
    """The same for debates, with room for what debaters are asked and for what they say.

    A language model has room for any text, and gets the longer prompt.
    """
    prompt = brief_prompt if experiment.language is None else full_prompt
    scheme = replace(scheme, protocol=replace(scheme.protocol, prompt=prompt))
    return with_reward(replace(experiment, headroom=DEBATE_ROOM), scheme, consults_start)


# The schemes by name. The first line of each docstring is what `hch list schemes` says of it.


def imitation(experiment: Experiment) -> Experiment:
    """Learn what H answered while consulting the model."""
    return replace(experiment, scheme=Imitation())


def with_gold(experiment: Experiment) -> Experiment:
    """Learn the true answers: the upper bound, where they are known."""
    return replace(experiment, scheme=Supervised(experiment.task.gold))


def approval(experiment: Experiment) -> Experiment:
    """Maximise how H, consulting the model, rates the answer."""
    return with_reward(experiment, Approval())


def closeness(experiment: Experiment) -> Experiment:
    """Maximise how close H says the answer is to its own, given before."""
    return with_reward(experiment, Closeness())


def counterfactual(experiment: Experiment) -> Experiment:
    """Match what H answers when the model's answer was erased."""
    return with_reward(experiment, Counterfactual())


def debate(experiment: Experiment) -> Experiment:
    """Win a debate against a copy of oneself, with H as the judge."""
    return with_debate(experiment, Debate())


def quoting_debate(experiment: Experiment) -> Experiment:
    """The same debate, in which only quotes from the facts may be said."""
    return with_debate(experiment, Debate(protocol=Protocol(allowed=Quoted()), name="quoting_debate"))


def reward(experiment: Experiment) -> Experiment:
    """Maximise a reward that is inferred from what H did."""
    return with_reward(experiment, Reward())


def hch_approval(experiment: Experiment) -> Experiment:
    """Approval by an H who consults the model that the run began with."""
    return with_reward(experiment, Approval(name="hch_approval"), consults_start=True)


def hch_debate(experiment: Experiment) -> Experiment:
    """Debate before an H who consults the model that the run began with."""
    return with_debate(experiment, Debate(name="hch_debate"), consults_start=True)


SCHEMES: Mapping[str, Callable[[Experiment], Experiment]] = {
    "imitation": imitation,
    "supervised": with_gold,
    "approval": approval,
    "closeness": closeness,
    "counterfactual": counterfactual,
    "debate": debate,
    "quoting_debate": quoting_debate,
    "reward": reward,
    "hch_approval": hch_approval,
    "hch_debate": hch_debate,
}
"""From an experiment to the same under a scheme, with what the scheme needs beside itself."""


def scheme_name(scheme: Scheme) -> str:
    """What a scheme is called."""
    return str(getattr(scheme, "name", type(scheme).__name__))


# Flaws of H


def with_flaw(experiment: Experiment, flaw: Callable[..., Human], **settings: Any) -> Experiment:
    """The experiment, its H made able to judge and then flawed: ``flaw(human, **settings)``.

    A flaw that goes by phrases or by length needs answers that can say more than they mean, so its task becomes a
    ``Wordy`` one, in which gold and H look past the phrase. Raises ValueError where a setting cannot be.
    """
    if "phrase" in getattr(flaw, "__dataclass_fields__", ()):
        settings = {"phrase": CHARM} | settings
    human = flaw(overseeing(experiment.human or Scripted(experiment.task.script)), **settings)
    flawed = replace(experiment, human=human)
    # Whatever text a flaw is set to is what it looks for, or says itself.
    phrases = [value for name, value in vars(human).items() if isinstance(value, str) and name != "name"]
    if phrases or isinstance(human, LengthBiased):
        longest = max([2, *(len(phrase.split()) for phrase in phrases)])
        headroom = replace(experiment.headroom, answer=max(experiment.headroom.answer, longest))
        flawed = replace(flawed, task=_wordy(experiment, phrases), headroom=headroom)
    return fit_to_task(flawed, experiment.task)


def _wordy(experiment: Experiment, phrases: list[str]) -> Wordy:
    """The task, with answers that may have these phrases beside what they mean."""
    task = experiment.task
    if not isinstance(task, Wordy):
        task = Wordy(task, FirstWord() if experiment.language is None else WithoutPhrases())
    meaning = task.meaning
    # A first word is followed by single words, a phrase in free text is found as a whole.
    wanted = [
        word for phrase in phrases for word in ([phrase] if isinstance(meaning, WithoutPhrases) else phrase.split())
    ]
    known = {word.casefold() for word in meaning.empty}
    missing = tuple(word for word in dict.fromkeys(wanted) if word.casefold() not in known)
    if missing and isinstance(meaning, FirstWord | WithoutPhrases):
        meaning = replace(meaning, empty=(*meaning.empty, *missing))
    return replace(task, meaning=meaning)


def fit_to_task(experiment: Experiment, before: Task) -> Experiment:
    """The experiment, its scheme and H given what they had of the task ``before`` from the task that there is now."""
    task = experiment.task
    if experiment.human is not None:
        experiment = replace(experiment, human=_fit_human(experiment.human, before, task))
    if isinstance(experiment.scheme, Supervised):
        return replace(experiment, scheme=replace(experiment.scheme, gold=task.gold))
    return experiment


def _fit_human(human: Human, before: Task, task: Task) -> Human:
    """The same human, with the task's script wherever it followed the script of the task before."""
    if isinstance(human, Flaw):
        flawed: Any = human
        return cast("Human", replace(flawed, human=_fit_human(human.human, before, task)))
    if not isinstance(human, Scripted):
        return human
    script: Any = human.script
    if isinstance(script, Overseeing) and script.script == before.script:
        same = task.same if isinstance(task, Wordy) else script.same
        return replace(human, script=replace(script, script=task.script, same=same))
    return replace(human, script=task.script) if script == before.script else human
