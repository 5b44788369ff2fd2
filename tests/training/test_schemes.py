from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from hch.cli.options import apply_options
from hch.experiments import load
from hch.humans.flaws.charmed import Charmed
from hch.humans.overseeing import Overseeing
from hch.humans.scripted import Scripted
from hch.schemes.debate_protocol import Quoted
from hch.schemes.imitation import Imitation
from hch.schemes.needs import RATED, Headroom, Needs, needs_of
from hch.tasks.wordy import Wordy
from hch.training.experiment import Experiment
from hch.training.schemes import SCHEMES, schemes_for, with_scheme

RIVALS = [name for name in SCHEMES if name not in ("imitation", "supervised")]


def under(name: str, scheme: str, *words: str) -> Experiment:
    return apply_options(load(name), ["--scheme", scheme, *words], "hch").experiment


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_scheme_is_called_what_the_command_line_calls_it(scheme: str) -> None:
    made: Any = under("permutation-tiny", scheme).scheme
    assert made.name == scheme


@pytest.mark.parametrize("scheme", RIVALS)
def test_a_rival_comes_with_an_h_who_can_judge_and_a_learner_that_is_bounded(scheme: str) -> None:
    experiment = under("permutation-tiny", scheme)
    assert experiment.human == Scripted(Overseeing(experiment.task.script))
    assert experiment.learner.kl > 0
    assert experiment.learner.clip
    assert experiment.replay.batches == 0
    assert experiment.consults == ("initial_model" if scheme.startswith("hch_") else "ema_model")


def test_what_a_scheme_brings_can_be_changed_by_options() -> None:
    experiment = under("permutation-tiny", "approval", "--learner.kl", "0.5", "--scheme.samples", "3")
    made: Any = experiment.scheme
    assert (experiment.learner.kl, made.samples) == (0.5, 3)


def test_debates_have_room_and_quoting_ones_quote() -> None:
    made: Any = under("permutation-tiny", "quoting_debate").scheme
    assert made.protocol.allowed == Quoted()
    assert under("permutation-tiny", "debate").headroom.question > 0


def test_h_oversees_by_the_script_of_the_task_as_the_options_make_it() -> None:
    experiment = under("union-find-tiny", "approval", "--task.largest", "8")
    assert experiment.human == Scripted(Overseeing(experiment.task.script))
    assert experiment.task.script != load("union-find-tiny").task.script


def test_the_flaws_around_h_stay_and_their_strength_is_an_option() -> None:
    experiment = under("permutation-charmed", "approval", "--human.strength", "0.25")
    assert isinstance(experiment.human, Charmed)
    assert isinstance(experiment.task, Wordy)
    assert experiment.human.strength == 0.25
    assert experiment.human.human == Scripted(Overseeing(experiment.task.script, experiment.task.same))


@dataclass(frozen=True)
class OwnScheme(Imitation):
    """A scheme of one's own, which says what it needs and is called what one likes."""

    name: str = "mine"
    needs = Needs(rated=True, kl=0.5, clip=0.1, consults="initial_model", headroom=Headroom(question=3, words=("!",)))


def test_a_scheme_of_one_s_own_gets_what_it_says_that_it_needs() -> None:
    experiment = with_scheme(load("permutation-tiny"), OwnScheme())
    assert experiment.human == Scripted(Overseeing(experiment.task.script))
    assert (experiment.learner.kl, experiment.learner.clip, experiment.replay.batches) == (0.5, 0.1, 0)
    assert (experiment.consults, experiment.headroom) == ("initial_model", OwnScheme.needs.headroom)
    assert with_scheme(load("permutation-tiny"), OwnScheme(), Needs()).human is None


def test_what_a_scheme_needs_is_told_without_a_look_at_its_name() -> None:
    tiny = load("permutation-tiny")
    under = {name: scheme(tiny) for name, scheme in SCHEMES.items()}
    assert needs_of(under["imitation"].scheme) == Needs()
    assert needs_of(under["approval"].scheme) == RATED
    assert under["hch_debate"].consults == "initial_model"
    assert under["debate"].headroom.question > 0
    own = replace(tiny, scheme=OwnScheme())
    assert list(schemes_for(own)) == [*SCHEMES, "mine"]
    assert schemes_for(own)["mine"](own) is own
    assert Headroom(1, 5, ("a",)).plus(Headroom(2, 0, ("b", "a"))) == Headroom(2, 5, ("a", "b"))
