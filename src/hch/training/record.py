"""An experiment as plain values, and back: what a run writes down so that it can be asked, resumed and repeated.

A part is an object tagged with the name of its class. Only classes and functions that are listed here, those of
installed plug-ins, and those of source files that the caller passes in are ever made, so that to read a record runs
nothing of whoever wrote it, nor sends anything anywhere: an Endpoint is not listed. Converters by declared type
(msgspec, cattrs, chz) do not fit: an experiment's fields name roles, which any class may play.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import importlib.metadata
import math
import platform
import re
import subprocess
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from hch.text.files import RunError
from hch.training.experiment import Experiment
from hch.training.first_version import from_first_version

FORMAT = 2
"""Of the settings in experiment.json. The first version wrote no number."""

MIGRATIONS: Mapping[int, Callable[[Any], Any]] = {1: from_first_version}
"""From each older format to the next. Whoever changes the default of a setting writes one that puts the old default
into records without that setting; whoever removes a setting, one that drops it."""

PACKAGES = ("hch", "torch", "numpy", "msgspec", "safetensors")

PARTS: Mapping[str, str] = {
    "training.experiment": "Experiment Evaluation Allowance",
    "training.curriculum": "Curriculum",
    "training.prioritized_sampling": "PrioritizedSampling",
    "training.questions": "Batches",
    "training.replay_buffer": "Replay",
    "tasks.arithmetic": "Arithmetic arithmetic_script",
    "tasks.assignments": "Assignments value_script",
    "tasks.fixed": "Fixed Guessing Knowing",
    "tasks.lists": "Lists _Script",
    "tasks.paths": "Paths PathScript",
    "tasks.permutation": "Permutation power_script",
    "tasks.questions": "Questions _AsRecorded",
    "tasks.reading": "Reading Glancing reading_script",
    "tasks.union_find": "UnionFind GroupScript",
    "tasks.wildcard": "Wildcard sum_script",
    "tasks.words": "WordLists _Script",
    "tasks.wordy": "Wordy FirstWord PlainAnswers SameMeaning WithoutPhrases",
    "experiments.remedies": "standing",
    "schemes.approval": "Approval",
    "schemes.closeness": "Closeness",
    "schemes.counterfactual": "Counterfactual",
    "schemes.debate": "Debate",
    "schemes.debate_protocol": "Protocol Library Quoted anything full_prompt brief_prompt",
    "schemes.imitation": "Imitation",
    "schemes.needs": "Headroom",
    "schemes.reward": "Reward appearance",
    "schemes.supervised": "Supervised",
    "humans.flaws.anchored": "Anchored",
    "humans.flaws.charmed": "Charmed",
    "humans.flaws.corruptible": "Corruptible",
    "humans.flaws.length_biased": "LengthBiased",
    "humans.flaws.noisy": "Noisy",
    "humans.flaws.outargued": "Outargued",
    "humans.flaws.persuadable": "Persuadable denies",
    "humans.imitated": "ImitatedSettings",
    "humans.language": "Prompted",
    "humans.overseeing": "Overseeing exact",
    "humans.scripted": "Scripted",
    "models.excerpts": "Excerpts",
    "models.language.frozen": "FrozenLanguageModel",
    "models.settings": "ReaderSettings LearnerSettings Generation LanguageSettings LanguageLearnerSettings",
    "models.table": "Table",
    "people.settings": "People",
}
"""The classes and functions of hch that a record may name, by module. A record has the name alone, so that a module
can move; a private name with that of its file."""

GROUPS = ("hch.tasks", "hch.schemes", "hch.humans", "hch.models", "hch.flaws", "hch.experiments")
"""The entry points under which an installed package offers parts of its own."""

FOR_TRAINING = frozenset({
    "scheme", "learner", "language_learner", "batches", "prioritized", "replay", "people", "start", "consults",
    "imitated", "imitated_reader", "imitated_learner", "imitated_tokens", "evaluation", "allowance", "steps",
    "checkpoint_every",
})  # fmt: skip
"""The fields of an experiment that only training needs: a run can be asked and served without them."""


def _tag(module: str, name: str) -> str:
    return f"{module.rpartition('.')[2]}.{name}" if name.startswith("_") else name


MODULES = {_tag(module, name): f"hch.{module}" for module, names in PARTS.items() for name in names.split()}


def to_record(value: Any) -> Any:
    """A part and its settings as values that JSON has; ``from_record`` makes an equal part of them.

    A number that JSON has no numeral for, such as infinity, is the text that Python spells it with. What nothing could
    be made of again, such as a lambda, is recorded as Python shows it.
    """
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, tuple):
        return [to_record(item) for item in value]
    if isinstance(value, list):
        return {"type": "list", "items": [to_record(item) for item in value]}
    if isinstance(value, Mapping):
        return {"type": "dict", "items": [[to_record(key), to_record(item)] for key, item in value.items()]}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        settings = {f.name: to_record(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init}
        return {"type": _name(type(value)), **_origin(type(value)), **settings}
    if isinstance(value, functools.partial):
        parts = [to_record(part) for part in (value.func, value.args, dict(value.keywords))]
        return {"type": "partial"} | dict(zip(("function", "arguments", "keywords"), parts, strict=True))
    if isinstance(value, types.MethodType) and dataclasses.is_dataclass(value.__self__):
        return {"type": "method", "of": to_record(value.__self__), "name": value.__name__}
    if isinstance(value, types.FunctionType | type):
        return {"type": "function", "name": _name(value), **_origin(value)}
    return {"type": "object", "shown": re.sub(r" at 0x[0-9a-f]+", "", repr(value))}


def _name(part: Any) -> str:
    module = part.__module__.removeprefix("hch.")
    tag = _tag(module, part.__qualname__)
    return tag if MODULES.get(tag) == part.__module__ else str(part.__qualname__)


def _origin(part: Any) -> dict[str, str]:
    """The module of a class or function that is not listed."""
    return {} if MODULES.get(_name(part)) == part.__module__ else {"module": part.__module__}


def from_record(
    record: Mapping[str, Any],
    sources: Sequence[types.ModuleType] = (),
    base: Experiment | None = None,
    *,
    written_as: int = FORMAT,
    training: bool = True,
) -> Experiment:
    """The experiment that a record describes; ``written_as`` is the record's format.

    ``sources`` are modules whose classes and functions may be used beside hch's. Wherever ``base`` has what the record
    describes, its own object is taken: that reads back what no record can hold. A setting that an older record lacks
    has its default; see ``MIGRATIONS``. Without ``training``, a part that only training needs and that cannot be read
    has its default too.

    Raises RunError naming the setting that cannot be read, and saying what to do.
    """
    if written_as > FORMAT:
        raise RunError(f"its record has format {written_as}, and this hch reads up to {FORMAT}: update hch")
    settings: Any = record
    for number in range(written_as, FORMAT):
        settings = MIGRATIONS[number](settings)
    reader = _Reader(sources, training)
    experiment = reader.read(settings, "", base)
    if not isinstance(experiment, Experiment):
        raise RunError(f"its record has a {type(experiment).__name__} where an Experiment should be")
    return experiment


MISSING = object()


class _Reader:
    """Makes parts of their records. ``where`` is a part's place in the experiment, with dots between fields."""

    def __init__(self, sources: Sequence[types.ModuleType], training: bool) -> None:
        self.sources, self.training = sources, training

    def read(self, record: Any, where: str, base: Any = MISSING) -> Any:
        if base is not MISSING and base is not None and _is_record_of(base, record):
            return base
        if isinstance(record, list):
            known = base if isinstance(base, tuple) and len(base) == len(record) else (MISSING,) * len(record)
            return tuple(self.read(item, where, its) for item, its in zip(record, known, strict=True))
        if not isinstance(record, Mapping):
            return record
        kind = record.get("type")
        if kind == "list":
            return list(self.read(record["items"], where))
        if kind == "dict":
            return dict(self.read(record["items"], where))
        if kind == "partial":
            function, arguments, keywords = (
                self.read(record[key], where) for key in ("function", "arguments", "keywords")
            )
            return functools.partial(function, *arguments, **keywords)
        if kind == "method":
            return getattr(self.read(record["of"], where), record["name"])
        if kind == "function":
            return self.find(record["name"], record.get("module"), where)
        if kind == "object":
            raise RunError(f"{where} was {record.get('shown')}, which no record can hold: {WHAT_TO_DO}")
        return self.make(record, where, base)

    def make(self, record: Mapping[str, Any], where: str, base: Any) -> Any:
        """The part of a class that is a dataclass."""
        kind = self.find(str(record.get("type")), record.get("module"), where)
        if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
            raise RunError(f"{where or 'its record'} is a {record.get('type')}, which has no settings")
        fields = {f.name: f for f in dataclasses.fields(kind) if f.init}
        values: dict[str, Any] = {}
        for name, value in record.items():
            place = f"{where}.{name}" if where else name
            optional = kind is Experiment and not self.training
            if name in ("type", "module"):
                continue
            if name not in fields:
                if optional:
                    continue
                raise RunError(
                    f"{place} = {value!r} is no setting that this hch knows: a newer hch may have written it"
                )
            try:
                values[name] = self.read(value, place, getattr(base, name, MISSING))
            except RunError:
                if not optional or name not in FOR_TRAINING:
                    raise
            if name in values and "float" in str(fields[name].type):
                values[name] = _numbers(values[name])
            if name in values:
                _check_plain(kind, name, values[name], place)
        try:
            return kind(**values)
        except (TypeError, ValueError) as error:
            raise RunError(f"{where or 'it'} cannot be made of its record: {error}") from error

    def find(self, name: str, module: str | None, where: str) -> Any:
        """A listed class or function, or one of a plug-in's or of the sources'. Imports hch and plug-ins alone."""
        for source in self.sources:
            part: Any = source
            for key in name.split("."):
                part = getattr(part, key, None)
            if part is not None and getattr(part, "__module__", None) == source.__name__:
                return part
        if module is None and name in MODULES:
            return getattr(importlib.import_module(MODULES[name]), name.rpartition(".")[2])
        if module is not None and module.partition(".")[0] in _plug_ins():
            return getattr(importlib.import_module(module), name)
        raise RunError(f"{where} is {name}{f' of {module}' if module else ''}, which is no part of hch: {WHAT_TO_DO}")


WHAT_TO_DO = (
    "put it, and an EXPERIMENT like the run's, into a Python file, and that file into the run's folder source/. "
    "From Python, pass the module to hch.training.source.read_experiment"
)


def _numbers(value: Any) -> Any:
    """A setting of numbers, with those that JSON has no numeral for as numbers too."""
    if isinstance(value, tuple):
        return tuple(_numbers(item) for item in value)
    return float(value) if value in ("inf", "-inf", "nan") else value


def _check_plain(kind: type, name: str, value: Any, place: str) -> None:
    """Raises RunError where a setting of a plain type has a value of another, which would fail somewhere later."""
    hint = _plain_hints(kind).get(name)
    if hint is None:
        return
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        raise RunError(f"{place} = {value!r} cannot be: {str(error)[0].lower()}{str(error)[1:]}") from error


@functools.cache
def _plain_hints(kind: type) -> dict[str, Any]:
    """The types of a part's settings that are numbers, texts, or tuples and choices of these."""
    try:
        hints = typing.get_type_hints(kind)
    except NameError:  # a type that is imported for type checkers alone: nothing can be said of this part
        return {}
    return {name: hint for name, hint in hints.items() if _is_plain(hint)}


def _is_plain(hint: Any) -> bool:
    """Whether a type's values are plain."""
    if hint in (int, float, str, bool, type(None), Ellipsis) or typing.get_origin(hint) is Literal:
        return True
    composed = typing.get_origin(hint) in (tuple, typing.Union, types.UnionType)
    return composed and all(map(_is_plain, typing.get_args(hint)))


def _is_record_of(value: Any, record: Any) -> bool:
    """Whether a record describes a value; one of the first version may be the text that Python shows."""
    return to_record(value) == record or (isinstance(record, str) and record == repr(value))


def _plug_ins() -> set[str]:
    """The top-level packages of what is installed with entry points of hch's."""
    points = (point for group in GROUPS for point in importlib.metadata.entry_points(group=group))
    return {point.module.partition(".")[0] for point in points}


def versions() -> dict[str, str | None]:
    """Of Python, of the packages that results depend on, and the commit of the source where it is a checkout."""
    known: dict[str, str | None] = {"python": platform.python_version(), "commit": _commit()}
    for package in PACKAGES:
        try:
            known[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            known[package] = None
    return known


def _commit() -> str | None:
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40"],
            cwd=Path(__file__).parent, capture_output=True, text=True, timeout=5, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()
