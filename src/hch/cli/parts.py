"""Parts by name, and ``hch list``: what comes with hch, and what other packages register as entry points.

An entry point is imported only when it is named or listed. hch's own names come first: no package takes their place.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from hch.cli.usage import DONE, Parser, UsageError, suggestion, unknown
from hch.text.display import plain
from hch.text.files import RunError

if TYPE_CHECKING:
    from hch.training.experiment import Experiment

T = TypeVar("T")

OWN: Mapping[str, Mapping[str, str]] = {
    "experiments": {},
    "schemes": {},
    "tasks": {
        "permutation": "hch.tasks.permutation:Permutation",
        "assignments": "hch.tasks.assignments:Assignments",
        "wildcard": "hch.tasks.wildcard:Wildcard",
        "paths": "hch.tasks.paths:Paths",
        "union-find": "hch.tasks.union_find:UnionFind",
        "arithmetic": "hch.tasks.arithmetic:Arithmetic",
        "lists": "hch.tasks.lists:Lists",
        "words": "hch.tasks.words:WordLists",
        "reading": "hch.tasks.reading:Reading",
        "questions": "hch.tasks.questions:Questions",
    },
    "humans": {"scripted": "hch.cli.parts:follow_script", "overseeing": "hch.cli.parts:oversee_by_script"},
    "models": {"excerpts": "hch.models.excerpts:Excerpts"},
    "flaws": {
        "anchored": "hch.humans.flaws.anchored:Anchored",
        "charmed": "hch.humans.flaws.charmed:Charmed",
        "corruptible": "hch.humans.flaws.corruptible:Corruptible",
        "length-biased": "hch.humans.flaws.length_biased:LengthBiased",
        "noisy": "hch.humans.flaws.noisy:Noisy",
        "outargued": "hch.humans.flaws.outargued:Outargued",
        "persuadable": "hch.humans.flaws.persuadable:Persuadable",
    },
}
"""Where hch's own parts are; experiments and schemes have tables of their own."""

DESCRIPTION = """Lists what can be named on the command line, with a line each; what another package brings has that
package's name in brackets.

  experiments   hch train NAME. A Python file that defines EXPERIMENT is as good as these
  schemes       hch train … --scheme NAME, hch compare … --schemes A,B. A file may define SCHEMES, too
  tasks         hch train … --task NAME
  humans        hch train … --human NAME
  flaws         hch train … --flaw NAME:STRENGTH, from 0 to 1
  models        hch serve --model NAME: what answers the questions that people ask

A package registers its own by entry points in the groups hch.experiments, hch.schemes and so on: an experiment; a
scheme, its class, or a function from an experiment to one; a task's class; a function from a task to a human; a
flaw's class, whose first arguments are the human and the strength; a model's class."""


@dataclass(frozen=True)
class Part:
    """A part that can be named: ``load`` imports it, ``package`` is the distribution that registers it, if not hch."""

    name: str
    load: Callable[[], Any]
    package: str = ""
    summary: str = ""

    def about(self) -> str:
        """What it is, in a line; why it cannot be had, where importing it fails."""
        try:
            about = self.summary or first_sentence(self.load())
        except Exception as error:  # a plug-in is anybody's code, and one that is broken hides no other
            about = f"cannot be imported: {type(error).__name__}: {error}"
        return plain(f"{about}  [{self.package}]" if self.package else about)


def first_sentence(part: Any) -> str:
    """The first sentence of what a part says of itself; of a class of hch's, what its module says."""
    text = getattr(part, "summary", None) or inspect.getdoc(part) or "says nothing of itself"
    if isinstance(part, type) and part.__module__.startswith("hch."):
        title, _, rest = (sys.modules[part.__module__].__doc__ or "").partition(": ")
        text = rest if len(title.split()) <= 2 else f"{title}: {rest}"
    return str(text).partition("\n\n")[0].replace("\n", " ").replace("``", "").partition(". ")[0].rstrip(".")


def main(words: Sequence[str]) -> int:
    """Prints the list."""
    parser = Parser("list", DESCRIPTION)
    about = f"{', '.join(OWN)} (default: experiments)"
    parser.add_argument("kind", metavar="KIND", nargs="?", default="experiments", help=about)
    kind = parser.read(words).kind
    if kind not in OWN:
        raise unknown("kind", kind, OWN, f" There are: {', '.join(OWN)}")
    listed = own_parts(kind) | {name: part for name, part in plugins(kind).items() if name not in own_parts(kind)}
    widest = max(map(len, listed))
    for name, part in listed.items():
        print(f"{name:{widest}}  {part.about()}")
    return DONE


def own_parts(kind: str) -> dict[str, Part]:
    """The parts of a kind that come with hch, by name. None of them is imported by this."""
    if kind == "experiments":
        from hch.experiments import EXPERIMENTS, load

        return {n: Part(n, lambda n=n: load(n), summary=e.summary) for n, e in EXPERIMENTS.items()}  # type: ignore[misc]
    if kind == "schemes":
        from hch.training.schemes import SCHEMES

        return {name: Part(name, lambda scheme=scheme: scheme) for name, scheme in SCHEMES.items()}  # type: ignore[misc]
    return {
        name: Part(name, importlib.metadata.EntryPoint(name, target, f"hch.{kind}").load)
        for name, target in OWN[kind].items()
    }


def plugins(kind: str) -> dict[str, Part]:
    """The parts of a kind that other packages register, by name. None of them is imported by this."""
    return {
        point.name: Part(point.name, point.load, f"{point.dist.name} {point.dist.version}" if point.dist else "unknown")
        for point in importlib.metadata.entry_points(group=f"hch.{kind}")
    }


def part(kind: str, name: str, more: Mapping[str, Any] | None = None) -> Any:
    """The part of this name, or that of ``more``, which come from the user's own file.

    Raises UsageError where there is none, with the nearest there is; RunError where a package's own cannot be imported.
    """
    if more and name in more:
        return more[name]
    known = own_parts(kind)
    if name in known:
        return known[name].load()
    others = plugins(kind)
    if name not in others:
        hint = f" hch list {kind} shows all." if kind != "schemes" else f" There are: {', '.join([*known, *others])}"
        raise unknown(kind[:-1], name, [*known, *others, *(more or ())], hint)
    try:
        return others[name].load()
    except Exception as error:
        what = f"the {kind[:-1]} {name} of {others[name].package}"
        raise RunError(f"{what} cannot be imported: {type(error).__name__}: {plain(error)}") from error


def makes(value: Any) -> bool:
    """Whether a registered value is what makes the part: a class or a plain function; else it is the part itself."""
    return isinstance(value, type) or (inspect.isfunction(value) and not inspect.iscoroutinefunction(value))


# Experiments


@dataclass(frozen=True)
class Base:
    """An experiment as it is before options: ``word`` names it from any folder; its file may have ``schemes``, too."""

    word: str
    experiment: Experiment
    schemes: Mapping[str, Any]


def find_experiment(words: Sequence[str], command: str) -> Base:
    """The experiment that the first word names. Raises UsageError where it names none."""
    if not words or words[0].startswith("-"):
        raise UsageError(f"the experiment comes first: hch {command} NAME|FILE.py …; hch list shows the names")
    name = words[0]
    if name.endswith(".py") or "/" in name:
        path = Path(name).resolve()
        return Base(str(path), *read_experiment(path))
    if Path(f"{name}.py").exists() and name not in own_parts("experiments") and name not in plugins("experiments"):
        near = suggestion(name, own_parts("experiments"))
        raise UsageError(f"there is no experiment “{plain(name, 100)}”{near} Or the file {name}.py?")
    value = part("experiments", name)
    return Base(name, value() if makes(value) else value, {})


def read_experiment(path: Path) -> tuple[Experiment, Mapping[str, Any]]:
    """The EXPERIMENT and the SCHEMES, if any, that a Python file defines. Raises UsageError where it is not as it must.

    A scheme is there by its name: itself, its class, or a function from an experiment to one.
    """
    from hch.training.experiment import Experiment

    module = import_file(path)
    experiment = get_value(module, path, "EXPERIMENT", Experiment)
    schemes = getattr(module, "SCHEMES", {})
    if not isinstance(schemes, Mapping) or not all(
        isinstance(name, str) and callable(s) for name, s in schemes.items()
    ):
        raise UsageError(f"{path}: expected SCHEMES = {{name: scheme, …}}, got {plain(schemes, 60)}")
    return experiment, schemes


def import_file(path: Path) -> ModuleType:
    """The module that a Python file is. Raises UsageError where there is no such file."""
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    if path.suffix != ".py":
        raise UsageError(f"{path} is not a Python file: its name must end in .py")
    from hch.training.source import import_source

    return import_source(path)


def get_value(module: Any, path: Path, name: str, kind: type[T]) -> T:
    """What a file defines under a name. Raises UsageError unless it is of this kind."""
    value = getattr(module, name, None)
    if not isinstance(value, kind):
        expected = f"expected {name} = {kind.__name__}(…), got {plain(value, 60)}"
        raise UsageError(f"{path} defines no {name}: {expected}")
    return value


# Humans that need no setting


def follow_script(task: Any) -> Any:
    """H follows the task's script."""
    from hch.humans.scripted import Scripted

    return Scripted(task.script)


def oversee_by_script(task: Any) -> Any:
    """H follows the task's script, and judges answers by what the script would have said."""
    from hch.humans.overseeing import overseeing

    return overseeing(follow_script(task))
