from __future__ import annotations

import functools
import json
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import pytest

from hch.experiments import EXPERIMENTS, load
from hch.humans.language import Prompted
from hch.humans.scripted import Scripted, Steps, reply
from hch.models.endpoint.endpoint import Endpoint, EndpointSettings
from hch.models.endpoint.ledger import Ledger
from hch.people.settings import People
from hch.protocols import Answerer, Policy
from hch.schemes.imitation import Imitation
from hch.schemes.supervised import Supervised
from hch.tasks.permutation import Permutation, power_script
from hch.text.files import RunError, to_json
from hch.training import record as record_module
from hch.training.curriculum import Curriculum
from hch.training.experiment import Experiment
from hch.training.record import FORMAT, MODULES, from_record, to_record, versions
from hch.training.schemes import SCHEMES, fit_to_task
from hch.types import Context, Episode, Question

TINY = load("permutation-tiny")
HERE = sys.modules[__name__]


@dataclass(frozen=True)
class OwnScheme:
    """A scheme that is no part of hch."""

    weights: tuple[float, ...] = (1.0, math.inf)
    by_name: dict[str, int] = field(default_factory=dict)
    listed: list[int] = field(default_factory=list)

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode:
        return Episode([], [])


def own_script(_: str) -> Steps:
    yield from ()
    return reply("b")


class Callable:
    """A part that is no dataclass."""

    def __call__(self) -> None: ...


def again(experiment: Experiment, *sources: ModuleType, **options: Any) -> Experiment:
    return from_record(json.loads(json.dumps(to_record(experiment))), sources, **options)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_under_every_scheme_is_read_back_from_its_record(name: str) -> None:
    for make in SCHEMES.values():
        experiment = fit_to_task(make(load(name)))
        assert again(experiment) == experiment
        record = json.loads(to_json(to_record(experiment)))
        assert from_record(record) == experiment, "as the run's folder writes it"


def test_every_part_that_a_record_may_name_is_there() -> None:
    reader = record_module._Reader((), training=True)
    for name in MODULES:
        assert reader.find(name, None, "").__module__ == MODULES[name]


def test_a_part_is_written_down_with_its_kind_and_all_its_settings() -> None:
    assert to_record(Imitation(by_confidence=False)) == {
        "type": "Imitation",
        "by_confidence": False,
        "name": "imitation",
    }
    script = {"type": "function", "name": "power_script"}
    assert to_record(Scripted(power_script)) == {"type": "Scripted", "script": script}
    assert to_record(Curriculum((2, 4)))["sizes"] == [2, 4]
    assert to_record({1: "one"}) == {"type": "dict", "items": [[1, "one"]]}
    assert to_record(OwnScheme())["module"] == __name__
    assert "gold" in to_record(Supervised())


def test_what_cannot_be_made_again_is_written_down_as_python_shows_it() -> None:
    assert to_record(Callable()) == {"type": "object", "shown": f"<{__name__}.Callable object>"}
    with pytest.raises(RunError, match=r"^human\.script was .*Callable.* which no record can hold: put it"):
        again(replace(TINY, human=Scripted(Callable())))  # type: ignore[arg-type]
    with pytest.raises(RunError, match=r"<lambda> of .*, which is no part of hch"):
        again(replace(TINY, human=Scripted(lambda _: own_script(""))))


def test_settings_of_all_kinds_come_back_as_what_they_were() -> None:
    scheme = OwnScheme(by_name={"a": 1}, listed=[1, 2])
    experiment = replace(TINY, scheme=scheme, people=People(patience=math.inf))
    assert again(experiment, HERE) == experiment
    partial = again(replace(TINY, human=Scripted(functools.partial(own_script, "x"))), HERE)
    assert isinstance(partial.human, Scripted)
    assert isinstance(partial.human.script, functools.partial)
    assert (partial.human.script.func, partial.human.script.args) == (own_script, ("x",))
    known = again(replace(TINY, scheme=Supervised(TINY.task.gold)))
    assert known.scheme.gold(Question("σ^0(a)?", Context(("a -> a",)))) == "a"  # type: ignore[attr-defined]


def test_an_endpoint_is_taken_from_the_experiment_at_hand_and_never_made_of_a_record() -> None:
    endpoint = Endpoint(EndpointSettings(model="a"), Ledger(most_usd=2.0), "H")
    experiment = replace(TINY, human=Prompted(endpoint))
    assert again(replace(experiment, steps=7), base=experiment).human is experiment.human
    with pytest.raises(RunError, match=r"human\.model was Endpoint\(.*, which no record can hold: put it"):
        again(experiment)


def test_what_is_not_hch_s_own_is_made_only_of_modules_that_are_passed_in() -> None:
    experiment = replace(TINY, scheme=OwnScheme())
    assert again(experiment, HERE) == experiment
    with pytest.raises(RunError, match=f"scheme is OwnScheme of {__name__}, which is no part of hch: put it"):
        again(experiment)
    for part in (
        {"type": "Popen", "module": "subprocess", "args": "true"},
        {"type": "function", "name": "system", "module": "os"},
        {"type": "function", "name": "main", "module": "hch.cli"},
        {"type": "loop.run"},
        {"type": "function", "name": "__class__"},
    ):
        with pytest.raises(RunError, match="which is no part of hch"):
            from_record(to_record(TINY) | {"scheme": part}, [HERE])


def test_what_only_training_needs_does_not_keep_a_run_from_being_asked() -> None:
    record = to_record(replace(TINY, scheme=OwnScheme())) | {"later": 1, "steps": {"type": "Later"}}
    read = from_record(record, training=False)
    assert (read.task, read.reader, read.scheme, read.steps) == (TINY.task, TINY.reader, Imitation(), 2000)
    with pytest.raises(RunError, match="task is Later, which is no part of hch"):
        from_record(record | {"task": {"type": "Later"}}, training=False)


def test_the_parts_of_an_experiment_at_hand_are_taken_where_they_are_the_same() -> None:
    human = Scripted(functools.partial(own_script))
    base = replace(TINY, human=human, scheme=OwnScheme())
    read = again(replace(base, steps=7), base=base)
    assert read.human is human
    assert (read.scheme, read.steps) == (base.scheme, 7)


def test_a_setting_that_a_record_lacks_has_its_default_and_one_that_nobody_knows_is_refused() -> None:
    record = to_record(TINY)
    del record["learner"]["clip"], record["headroom"]
    assert from_record(record) == TINY
    with pytest.raises(RunError, match=r"^learner\.charm = 3 is no setting that this hch knows"):
        from_record(record | {"learner": record["learner"] | {"charm": 3}})
    with pytest.raises(RunError, match=r"^task cannot be made of its record: .*symbols"):
        from_record(record | {"task": record["task"] | {"largest": 100}})
    with pytest.raises(RunError, match="an Experiment should be"):
        from_record(record["learner"])


@pytest.mark.parametrize(
    ("part", "name", "value", "expected"),
    [
        ("reader", "width", "wide", "expected `int`, got `str`"),
        ("evaluation", "at_start", 7, "expected `bool`, got `int`"),
        ("learner", "kl", "much", "expected `float`, got `str`"),
        ("curriculum", "sizes", 4, "expected `array`, got `int`"),
    ],
)
def test_a_setting_of_another_type_is_refused_by_its_name(part: str, name: str, value: object, expected: str) -> None:
    record = json.loads(json.dumps(to_record(load("permutation-tiny"))))
    record[part][name] = value
    with pytest.raises(RunError, match=re.escape(f"{part}.{name} = {value!r} cannot be: {expected}")):
        from_record(record)


def test_a_record_of_a_later_format_is_refused_and_an_older_one_migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunError, match=f"format {FORMAT + 1}, and this hch reads up to {FORMAT}: update hch"):
        again(TINY, written_as=FORMAT + 1)
    later = {**record_module.MIGRATIONS, FORMAT: lambda settings: settings | {"steps": 7}}
    monkeypatch.setattr(record_module, "MIGRATIONS", later)
    monkeypatch.setattr(record_module, "FORMAT", FORMAT + 1)
    assert again(TINY, written_as=FORMAT) == replace(TINY, steps=7)


def test_an_experiment_s_record_is_strict_json_and_tells_every_change() -> None:
    first, second = TINY, load("permutation-small")
    record = json.loads(to_json(to_record(first)))
    assert record["task"]["type"] == "Permutation"
    assert record["learner"]["learning_rate"] == first.learner.learning_rate
    assert record != json.loads(to_json(to_record(second)))
    assert to_record(Permutation) == {"type": "function", "name": "Permutation"}


def test_a_number_without_a_numeral_is_written_down_as_text() -> None:
    record = to_record((math.inf, -math.inf, math.nan, 0.5))
    assert json.loads(to_json(record)) == record == ["inf", "-inf", "nan", 0.5]


def test_versions_name_python_and_what_results_depend_on() -> None:
    result = versions()
    assert {"python", "commit", "hch", "torch", "numpy", "msgspec", "safetensors"} == set(result)
    assert result["torch"]
    assert result["commit"] is None or re.match("[0-9a-f]{40}", result["commit"])
