from __future__ import annotations

import functools
import json
import math
import re

from hch.amplify.amplify import nobody
from hch.experiments import load
from hch.humans.scripted import Scripted
from hch.schemes.imitation import Imitation
from hch.tasks.permutation import Permutation, power_script
from hch.text.files import to_json
from hch.training.curriculum import Curriculum
from hch.training.record import settings_record, versions
from hch.types import Budget


class Callable:
    """A part that is no dataclass."""

    def __call__(self) -> None: ...


def test_a_part_is_written_down_with_its_kind_and_all_its_settings() -> None:
    assert settings_record(Imitation(by_confidence=False)) == {
        "type": "Imitation",
        "by_confidence": False,
        "name": "imitation",
    }
    assert settings_record(Scripted(power_script)) == {
        "type": "Scripted",
        "script": "hch.tasks.permutation.power_script",
    }
    assert settings_record(Curriculum((2, 4)))["sizes"] == [2, 4]
    assert settings_record({1: nobody, "none": None}) == {"1": "hch.amplify.amplify.nobody", "none": None}


def test_what_has_no_name_is_written_down_as_python_shows_it() -> None:
    assert settings_record(functools.partial(int, base=2)) == "functools.partial(<class 'int'>, base=2)"
    assert settings_record(Callable()).startswith("<tests.training.test_record.Callable object")
    assert settings_record(Budget(words=3)) == repr(Budget(words=3))
    assert settings_record(Permutation) == "hch.tasks.permutation.Permutation"


def test_an_experiment_s_record_is_strict_json_and_tells_every_change() -> None:
    first, second = load("permutation-tiny"), load("permutation-small")
    record = json.loads(to_json(settings_record(first)))
    assert record["task"]["type"] == "Permutation"
    assert record["learner"]["learning_rate"] == first.learner.learning_rate
    assert record != json.loads(to_json(settings_record(second)))


def test_a_number_without_a_numeral_is_written_down_as_text_and_so_is_the_same_when_it_is_read() -> None:
    record = settings_record([math.inf, -math.inf, math.nan, 0.5])
    assert json.loads(to_json(record)) == record == ["inf", "-inf", "nan", 0.5]


def test_versions_name_python_and_what_results_depend_on() -> None:
    found = versions()
    assert {"python", "commit", "hch", "torch", "numpy", "msgspec", "safetensors"} == set(found)
    assert found["torch"]
    assert found["commit"] is None or re.match("[0-9a-f]{40}", found["commit"])
