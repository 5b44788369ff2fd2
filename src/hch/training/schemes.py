"""What an experiment becomes under a scheme, or with a flaw of H; the schemes by name, for the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MethodType
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
from hch.schemes.needs import Headroom, Needs, needs_of
from hch.schemes.reward import Reward
from hch.schemes.supervised import Supervised
from hch.tasks.task import Task
from hch.tasks.wordy import CHARM, FirstWord, WithoutPhrases, Wordy
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


def put_to_debate(experiment: Experiment, scheme: Debate, needs: Needs | None = None) -> Experiment:
    """The same for debates: who reads any text is asked in full, and a small model in the words of the task alone."""
    prompt = full_prompt if experiment.reads_any_text else brief_prompt
    return with_scheme(experiment, replace(scheme, protocol=replace(scheme.protocol, prompt=prompt)), needs)


def _of_hch(scheme: Scheme) -> Needs:
    return replace(needs_of(scheme), consults="initial_model")


# The schemes by name. The first line of each docstring is what `hch list schemes` says of it.


def imitation(experiment: Experiment) -> Experiment:
    """Learn what H answered while consulting the model."""
    return with_scheme(experiment, Imitation())


def with_gold(experiment: Experiment) -> Experiment:
    """Learn the true answers: the upper bound, where they are known."""
    return with_scheme(experiment, Supervised())


def approval(experiment: Experiment) -> Experiment:
    """Maximise how H, consulting the model, rates the answer."""
    return with_scheme(experiment, Approval())


def closeness(experiment: Experiment) -> Experiment:
    """Maximise how close H says the answer is to its own, given before."""
    return with_scheme(experiment, Closeness())


def counterfactual(experiment: Experiment) -> Experiment:
    """Match what H answers when the model's answer was erased."""
    return with_scheme(experiment, Counterfactual())


def debate(experiment: Experiment) -> Experiment:
    """Win a debate against a copy of oneself, with H as the judge."""
    return put_to_debate(experiment, Debate())


def quoting_debate(experiment: Experiment) -> Experiment:
    """The same debate, in which only quotes from the facts may be said."""
    return put_to_debate(experiment, Debate(protocol=Protocol(allowed=Quoted()), name="quoting_debate"))


def reward(experiment: Experiment) -> Experiment:
    """Maximise a reward that is inferred from what H did."""
    return with_scheme(experiment, Reward())


def hch_approval(experiment: Experiment) -> Experiment:
    """Approval by an H who consults the model that the run began with, trained by imitation to be like HCH."""
    scheme = Approval(name="hch_approval")
    return with_scheme(experiment, scheme, _of_hch(scheme))


def hch_debate(experiment: Experiment) -> Experiment:
    """Debate before an H who consults the model that the run began with, trained by imitation to be like HCH."""
    scheme = Debate(name="hch_debate")
    return put_to_debate(experiment, scheme, _of_hch(scheme))


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


def schemes_for(experiment: Experiment) -> dict[str, Callable[[Experiment], Experiment]]:
    """The schemes that an experiment can be compared under: those above, and its own, with which it stays as it is."""
    return {**SCHEMES, scheme_name(experiment.scheme): lambda own: own}


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
        task = Wordy(task, WithoutPhrases() if experiment.reads_any_text else FirstWord())
    meaning = task.meaning
    # A first word is followed by single words; in free text a phrase is found as a whole.
    wanted = phrases if isinstance(meaning, WithoutPhrases) else " ".join(phrases).split()
    known = {word.casefold() for word in meaning.empty}
    missing = tuple(word for word in dict.fromkeys(wanted) if word.casefold() not in known)
    if missing and isinstance(meaning, FirstWord | WithoutPhrases):
        meaning = replace(meaning, empty=(*meaning.empty, *missing))
    return replace(task, meaning=meaning)


def fit_to_task(experiment: Experiment, before: Task | None = None) -> Experiment:
    """The experiment, its H given what it had of the task ``before`` from the task that the experiment has now."""
    if experiment.human is not None:
        human = _fit_human(experiment.human, before or experiment.task, experiment.task)
        experiment = replace(experiment, human=human)
    return experiment


def _fit_human(human: Human, before: Task, task: Task) -> Human:
    """The same human, with the task's script wherever it followed the script of the task before."""
    if isinstance(human, Flaw):
        flawed: Any = human
        return cast("Human", replace(flawed, human=_fit_human(human.human, before, task)))
    if not isinstance(human, Scripted):
        return human
    script: Any = human.script
    if isinstance(script, Overseeing) and _is_same(script.script, before.script):
        same = task.same if isinstance(task, Wordy) else script.same
        return replace(human, script=replace(script, script=task.script, same=same))
    return replace(human, script=task.script) if _is_same(script, before.script) else human


def _is_same(script: Any, other: Any) -> bool:
    """Whether two scripts are the same; methods are, where they are methods of equal objects."""
    if isinstance(script, MethodType) and isinstance(other, MethodType):
        return script.__func__ is other.__func__ and script.__self__ == other.__self__
    return bool(script == other)
