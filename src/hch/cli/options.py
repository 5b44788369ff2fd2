"""An experiment changed by options: every setting with a plain value is one, whatever the experiment is made of.

tyro makes the options from a type. A field that names a role, such as a task, gets the type of what the experiment has
there, so that its settings show; what has no spelling on a command line, such as a person, is no option.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import tyro

from hch.cli.usage import EXIT_CODES, UsageError, check_options, unknown
from hch.training.experiment import Experiment
from hch.training.schemes import SCHEMES, fit_to_task, scheme_name

FIXED = ("name", "summary")
"""What a part is called is no setting of it."""

PLAIN = (int, float, str, bool)


class Chosen(NamedTuple):
    """An experiment as the options make it, and where it is to run (None: nobody said)."""

    experiment: Experiment
    out: Path | None


def changed(experiment: Experiment, words: Sequence[str], program: str) -> Chosen:
    """The experiment with the options in ``words``.

    Raises UsageError at an option that does not exist. Prints the help and exits with 0 at --help; says what was
    expected and exits with 2 at a value that cannot be.
    """
    experiment = _with_scheme(experiment, words)
    switches = _switches(experiment)
    present = {name: getattr(experiment, name) is not None for name in switches}
    filled = {name: getattr(experiment, name) or default for name, default in switches.items()}
    base = dataclasses.replace(experiment, **filled)
    own = ["--scheme", "--out", *(f"--{no}{spelled(name)}" for name in switches for no in ("", "no-"))]
    check_options(words, [*(f"--{name}" for name in names(base)), *own], program)
    for name in switches:
        present[name] |= _asked_for(name, words)
    parsed: Any = tyro.cli(
        _options(base, present),
        prog=program,
        args=list(words),
        description=f"{experiment.summary}\n\nThe options, and what this experiment has for each. {EXIT_CODES}",
    )
    values = _values(parsed, base)
    values |= {name: None for name in switches if not getattr(parsed, f"{name}_is_on")}
    return Chosen(fit_to_task(type(experiment)(**values)), parsed.out)


def _with_scheme(experiment: Experiment, words: Sequence[str]) -> Experiment:
    """The experiment with the scheme that the words name, whose settings are then options too."""
    named = ""
    for word, following in zip(words, [*words[1:], ""], strict=False):
        option, equals, value = word.partition("=")
        if option == "--scheme":
            named = value if equals else following
    if named in ("", scheme_name(experiment.scheme)):
        return experiment
    if named not in SCHEMES:
        raise unknown("scheme", named, SCHEMES, f" There are: {', '.join(SCHEMES)}")
    return SCHEMES[named](experiment)


def _switches(experiment: Experiment) -> dict[str, Any]:
    """The parts that an experiment may have or not, with what they are unless said otherwise."""
    hints = typing.get_type_hints(type(experiment))
    found = {}
    for field in dataclasses.fields(experiment):
        of = [each for each in typing.get_args(hints[field.name]) if each is not type(None)]
        if type(None) in typing.get_args(hints[field.name]) and len(of) == 1 and dataclasses.is_dataclass(of[0]):
            found[field.name] = typing.cast("type", of[0])()
    return found


def _asked_for(name: str, words: Sequence[str]) -> bool:
    """Whether a setting of the part is given, which says that there is to be one. Raises UsageError at “--no-…” too."""
    for word in words:
        if word.startswith(f"--{spelled(name)}."):
            if f"--no-{spelled(name)}" in words:
                raise UsageError(f"--no-{spelled(name)} and {word} contradict each other")
            return True
    return False


def _options(experiment: Experiment, present: dict[str, bool]) -> type:
    """The experiment's shape, with the options that are not fields of it."""
    known = tuple(dict.fromkeys((*SCHEMES, scheme_name(experiment.scheme))))
    scheme = tyro.conf.arg(name="scheme", help="What the model learns from.")
    out = tyro.conf.arg(metavar="RUN", help="The run's folder, which must be new; else the next free one under runs/.")
    fields: list[tuple[str, Any, Any]] = [
        ("out", Annotated[Path | None, out], dataclasses.field(default=None)),
        ("scheme_name", Annotated[Literal[known], scheme], dataclasses.field(default=scheme_name(experiment.scheme))),
    ]
    for name, is_on in present.items():
        about = f"Whether to have this part, set by the options below; each --{spelled(name)}.… says so too."
        switch = tyro.conf.arg(name=spelled(name), help=about)
        fields.append((f"{name}_is_on", Annotated[bool, switch], dataclasses.field(default=is_on)))
    return dataclasses.make_dataclass("Options", fields, bases=(shape(experiment),), frozen=True, namespace=HERE)


HERE = {"__module__": __name__}
"""tyro looks for the source of each class in its module."""


HIDDEN: Any = Annotated[Any, tyro.conf.Suppress]


class Shape:
    """Marks the classes that ``shape`` makes."""


def shape(part: Any) -> type:
    """A subclass of the part's class, each field typed as narrowly as the part's own value, which is its default."""
    fields: list[tuple[str, Any, Any]] = []
    for name, hint, value in settings(part):
        if is_part(value):
            kind = shape(value)
            fields.append((name, kind, dataclasses.field(default=kind())))
        else:
            annotation = HIDDEN if hint is None else hint
            fields.append((name, annotation, dataclasses.field(default=value)))
    space = HERE | {"__doc__": type(part).__doc__}
    return dataclasses.make_dataclass(
        type(part).__name__, fields, bases=(type(part), Shape), frozen=True, namespace=space
    )


def _values(parsed: Any, part: Any) -> dict[str, Any]:
    """What the options say of each field of a part.

    What is no option stays the very object that it was: tyro would make some anew, with settings of its own choice.
    """
    found = {}
    for name, hint, before in settings(part):
        now = getattr(parsed, name)
        if is_part(before):
            found[name] = type(before)(**_values(now, before)) if isinstance(now, Shape) else now
        else:
            found[name] = before if hint is None else now
    return found


def settings(part: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each field of a part: its name, its type (None where it is no option), and its value."""
    hints = typing.get_type_hints(type(part))
    for field in dataclasses.fields(part):
        can_be_spelled = field.name not in FIXED and _is_plain(hints[field.name])
        yield field.name, hints[field.name] if can_be_spelled else None, getattr(part, field.name)


def names(part: Any, prefix: str = "") -> Iterator[str]:
    """The names of a part's options, without the dashes in front."""
    for name, hint, value in settings(part):
        if is_part(value):
            yield from names(value, f"{prefix}{spelled(name)}.")
        elif hint is not None:
            yield f"{prefix}{spelled(name)}"
            if hint is bool:
                yield f"{prefix}no-{spelled(name)}"


def is_part(value: Any) -> bool:
    """Whether a value has settings of its own."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def spelled(name: str) -> str:
    """A field's name as an option has it."""
    return name.replace("_", "-")


def _is_plain(hint: Any) -> bool:
    """Whether a type's values can be spelled as words."""
    if hint in PLAIN or typing.get_origin(hint) is Literal:
        return True
    if typing.get_origin(hint) in (tuple, typing.Union, types.UnionType):
        return all(each in (type(None), Ellipsis) or _is_plain(each) for each in typing.get_args(hint))
    return False
