from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import Any

import pytest

from hch.cli.options import apply_options, field_docs, is_part, name_parts, settings, words_between
from hch.cli.usage import UsageError
from hch.experiments import EXPERIMENTS, load
from hch.humans.imitated import ImitatedSettings
from hch.humans.language import Prompted
from hch.models.endpoint.endpoint import Endpoint, EndpointSettings
from hch.models.settings import LanguageSettings
from hch.people.settings import People
from hch.schemes.imitation import Imitation
from hch.schemes.supervised import Supervised
from hch.tasks.permutation import Permutation
from hch.training.experiment import Experiment
from hch.training.schemes import SCHEMES

SWITCHED = {"language": LanguageSettings, "people": People, "imitated": ImitatedSettings}


def tiny(*words: str, experiment: Experiment | None = None) -> Experiment:
    return apply_options(experiment or load("permutation-tiny"), words, "hch train permutation-tiny").experiment


def test_without_options_an_experiment_stays_as_it_is() -> None:
    assert tiny() == load("permutation-tiny")


def test_options_reach_what_is_nested_and_keep_its_class() -> None:
    experiment = tiny("--task.bits", "4", "--learner.learning-rate=0.1", "--curriculum.sizes", "2", "3", "--seed", "7")
    assert isinstance(experiment.task, Permutation)
    assert experiment.task.bits == 4
    assert experiment.task.symbols == load("permutation-tiny").task.symbols  # type: ignore[attr-defined]
    assert experiment.learner.learning_rate == 0.1
    assert experiment.curriculum.sizes == (2, 3)
    assert experiment.seed == 7
    assert type(experiment) is Experiment


def test_underscores_are_as_good_as_dashes() -> None:
    assert tiny("--learner.learning_rate", "0.1") == tiny("--learner.learning-rate", "0.1")


def test_the_supervised_scheme_has_no_gold_of_its_own_so_that_a_run_gives_it_the_task_s() -> None:
    assert tiny("--scheme", "supervised", "--task.bits", "5").scheme == Supervised()


def test_a_scheme_s_own_settings_are_options() -> None:
    assert tiny("--scheme.no-by-confidence").scheme == Imitation(by_confidence=False)
    with pytest.raises(UsageError, match=r"--scheme\.by-confidence"):
        tiny("--scheme", "supervised", "--scheme.by-confidence")


def test_the_imitated_human_is_there_when_asked_for_or_set() -> None:
    assert tiny().imitated is None
    assert tiny("--imitated").imitated == ImitatedSettings()
    assert tiny("--imitated.most", "300").imitated == ImitatedSettings(most=300)
    with_one = dataclasses.replace(load("permutation-tiny"), imitated=ImitatedSettings(most=7))
    assert tiny(experiment=with_one).imitated == ImitatedSettings(most=7)
    assert tiny("--no-imitated", experiment=with_one).imitated is None


def test_people_are_there_when_asked_for_or_set() -> None:
    assert tiny().people is None
    assert tiny("--people").people == People()
    assert tiny("--people.store", "sqlite:///x.db").people == People(store="sqlite:///x.db")
    with_some = dataclasses.replace(load("permutation-tiny"), people=People(patience=0.0))
    assert tiny("--people.patience", "inf", experiment=with_some).people == People(patience=math.inf)
    assert tiny("--no-people", experiment=with_some).people is None


@pytest.mark.parametrize(("name", "seconds"), [("patience", "-1"), ("poll", "-0.5"), ("patience", "nan")])
def test_nobody_waits_for_less_than_no_time(name: str, seconds: str) -> None:
    with pytest.raises(UsageError, match="people need patience ≥ 0 and poll ≥ 0"):
        tiny(f"--people.{name}", seconds)


def test_help_shows_each_setting_with_what_the_experiment_has(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        tiny("--help")
    assert end.value.code == 0
    shown = capsys.readouterr().out
    steps = load("permutation-tiny").steps
    for text in ("--task.bits", f"(default: {steps})", "--scheme", "imitation", "--imitated.most", "--out RUN"):
        assert text in shown
    for hidden in ("--name", "--summary", "--family", "--scheme.gold"):
        assert f"{hidden} " not in shown


def test_what_is_no_option_stays_the_very_object() -> None:
    endpoint = Endpoint(EndpointSettings(url="http://nowhere/v1"), role="H")
    experiment = dataclasses.replace(load("permutation-tiny"), human=Prompted(endpoint))
    human = apply_options(experiment, ["--seed", "3"], "hch train").experiment.human
    assert isinstance(human, Prompted)
    assert human.model is endpoint


def all_parts(part: Any) -> Iterator[Any]:
    yield part
    for _, _, value in settings(part):
        if is_part(value):
            yield from all_parts(value)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_option_of_every_experiment_has_a_sentence_of_its_own(name: str) -> None:
    for scheme in SCHEMES:
        experiment: Any = SCHEMES[scheme](load(name))
        whole = dataclasses.replace(
            experiment,
            **{part: kind() for part, kind in SWITCHED.items() if getattr(experiment, part) is None},
        )
        for part in all_parts(whole):
            sentences = field_docs(type(part))
            for setting, hint, value in settings(part):
                if hint is not None and not is_part(value):
                    sentence = sentences.get(setting, "")
                    assert len(sentence.split()) > 2, f"{type(part).__name__}.{setting} has no sentence below it"
                    assert "`" not in sentence


@pytest.mark.parametrize("name", ["permutation-charmed", "words-tiny", "reading-tiny-imitated"])
def test_help_has_no_markup_and_a_sentence_with_each_option(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        apply_options(load(name), ["--help"], f"hch train {name}")
    assert end.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert not any("`" in line for line in lines)
    for option, below in itertools.pairwise(lines):
        if option.startswith("  --"):
            assert below.startswith("          ")
            assert not below.strip().startswith("(default"), option


@pytest.mark.parametrize("name", ["permutation-charmed", "remedies", "words-tiny-imitated", "numbers-charmed"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_options_between_two_experiments_make_one_of_the_other(name: str, scheme: str) -> None:
    words = ["--scheme", scheme, "--seed", "3", "--curriculum.review", "0.125", "--imitated", "--people.poll", "2"]
    changed = apply_options(load(name), words, "hch train").experiment
    before = name_parts(load(name), words[:2], {}, "train")
    between = list(words_between(before, changed))
    assert apply_options(load(name), [*words[:2], *between], "hch train").experiment == changed
    assert not list(words_between(changed, changed))
