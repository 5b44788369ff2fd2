"""An experiment changed by options: every setting with a plain value is one, whatever the experiment is made of.

Options are made from the values: a field that names a role, such as a task, has the settings of what the experiment has
there. What has no spelling on a command line, such as a person, is no option, and stays the very object that it was.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import dataclasses
import functools
import inspect
import itertools
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from hch.cli.parts import makes, part
from hch.cli.usage import Parser, UsageError, add_dashes, suggestion, unknown
from hch.text.display import plain
from hch.training.experiment import Experiment
from hch.training.schemes import fit_to_task, scheme_name, with_flaw, with_scheme

FIXED = ("name", "summary")
"""What a part is called is no setting of it."""

NONE = "none"
"""How an option spells Python's ``None``."""

METAVARS = {int: "N", float: "X", str: "TEXT"}
EXPECTED = {int: "a whole number", float: "a number", bool: "yes or no"}
YES_NO = {"yes": True, "true": True, "no": False, "false": False}

FLAW_HELP = (
    "A flaw that spoils H's judgements, from 0, not at all, to 1, wholly (default: 0.5), such as charmed:0.5 or "
    "charmed:0.5:phrase=indeed. May be given several times: the first is the innermost. What else a flaw needs has a "
    "default: charmed by “surely”, corruptible by “obey”, length-biased up to 3 words. For these three the task's "
    "answers may say more than they mean (--task.task.… are the task's options then). hch list flaws shows all"
)


class Chosen(NamedTuple):
    """An experiment as the options make it, and the command's own options by name, where they were given."""

    experiment: Experiment
    own: dict[str, Any]


AddOptions = Callable[[argparse._ActionsContainer], None]
"""Adds a command's own options to the parser."""


def add_run_options(parser: argparse._ActionsContainer) -> None:
    """Adds the options of ``hch train`` itself."""
    out = "The run's folder, which must be new (default: the next free one under runs/)"
    parser.add_argument("--out", metavar="RUN", type=Path, default=argparse.SUPPRESS, help=out)
    dry = "Begin no run: try some steps, and say what the run would take in time, consultations, tokens and dollars"
    parser.add_argument("--dry-run", action="store_true", default=argparse.SUPPRESS, help=dry)


def apply_options(
    experiment: Experiment,
    words: Sequence[str],
    program: str,
    schemes: Mapping[str, Any] | None = None,
    *,
    add_own: AddOptions = add_run_options,
    prepare: Callable[[Experiment], Experiment] = lambda experiment: experiment,
) -> Chosen:
    """The experiment with the options in ``words``; ``schemes`` are the user's own, by name.

    Parts that are named come first, then what ``prepare`` changes, then settings. Raises UsageError at an option that
    does not exist, or a value that cannot be. Prints the help and exits with 0 at --help.
    """
    command = program.removeprefix("hch ")
    experiment = prepare(name_parts(experiment, words, schemes or {}, command))
    switches = _switches(experiment)
    filled = {name: getattr(experiment, name) or default for name, default in switches.items()}
    base: Any = dataclasses.replace(experiment, **filled)
    epilog = "Beside each option stands what this experiment has for it."
    parser = Parser(command, experiment.summary, "[--option VALUE …]", epilog)
    own = parser.add_argument_group("what is trained, and where")
    add_own(own)
    add_part_options(own, scheme_name(experiment.scheme))
    explained = field_docs(type(experiment))
    for name in switches:
        about = f"{explained.get(name, '')} Each option --{spell(name)}.… switches it on"
        is_on = getattr(experiment, name) is not None
        own.add_argument(f"--{spell(name)}", f"--no-{spell(name)}", action=Switch, dest=name, default=is_on, help=about)
    _add_settings(parser, base)
    given = vars(parser.read(words))
    for name in switches:
        some = next((path for path in given if path.startswith(f"{name}.")), None)
        if some and given.get(name) is False:
            raise UsageError(f"--no-{spell(name)} and --{spell(some)} contradict each other")
        if not (given.get(name, getattr(experiment, name) is not None) or some):
            base = dataclasses.replace(base, **{name: None})
    changed = fit_to_task(_with_values(base, given), experiment.task)
    return Chosen(changed, {name: value for name, value in given.items() if "." not in name})


# Parts that are named


def add_part_options(parser: argparse._ActionsContainer, scheme: str = "", *, with_scheme: bool = True) -> None:
    """Adds the options that name parts; ``scheme`` is the one that the experiment has."""
    add = functools.partial(parser.add_argument, default=argparse.SUPPRESS)
    if with_scheme:
        usual = f" (default: {scheme})" if scheme else ""
        add("--scheme", metavar="NAME", help=f"What the model learns from: one of hch list schemes{usual}")
    add("--task", metavar="NAME", help="Another task: one of hch list tasks. Its settings are the options --task.…")
    add("--human", metavar="NAME", help="Who H is in evaluations, and in training where no people are: hch list humans")
    add("--flaw", metavar="NAME[:STRENGTH][:SETTING=VALUE]", action="append", help=FLAW_HELP)


def name_parts(experiment: Experiment, words: Sequence[str], schemes: Mapping[str, Any], command: str) -> Experiment:
    """The experiment with the parts that the words name, whose settings are then options too."""
    parser = Parser(command, "")
    add_part_options(parser)
    known, _ = parser.parse_known_args([add_dashes(word) for word in words if word not in ("-h", "--help")])
    named, before = vars(known), experiment.task
    if "task" in named:
        value = part("tasks", named["task"])
        experiment = fit_to_task(dataclasses.replace(experiment, task=value() if makes(value) else value), before)
    if "human" in named:
        value = part("humans", named["human"])
        human = value(experiment.task) if makes(value) else value
        experiment = dataclasses.replace(experiment, human=human)
    scheme = named.get("scheme", own := scheme_name(experiment.scheme))
    if scheme != own:
        experiment = under_scheme(experiment, part("schemes", scheme, schemes))
    for text in named.get("flaw", ()):
        experiment = _with_flaw(experiment, text)
    return experiment


def under_scheme(experiment: Experiment, scheme: Any) -> Experiment:
    """The experiment under a scheme: given as itself, as its class, or as a function from an experiment to one."""
    if makes(scheme) and not isinstance(scheme, type):
        made: Experiment = scheme(experiment)
        return made
    return with_scheme(experiment, scheme() if isinstance(scheme, type) else scheme)


def _with_flaw(experiment: Experiment, text: str) -> Experiment:
    """The experiment with the flaw that a text spells: NAME[:STRENGTH][:SETTING=VALUE …]."""
    name, *rest = text.split(":")
    flaw = part("flaws", name)
    hints = typing.get_type_hints(flaw)
    known = {spell(setting): setting for setting, hint in hints.items() if is_plain(hint) and setting != "return"}
    values: dict[str, Any] = {}
    for place, item in enumerate(rest):
        setting, equals, value = item.partition("=")
        if not equals and place == 0:
            setting, value = "strength", item
        if spell(setting) not in known:
            raise unknown(f"setting of the flaw {name}", setting, known, f" It has: {', '.join(known)}")
        try:
            values[known[spell(setting)]] = read_value(hints[known[spell(setting)]], value)
        except argparse.ArgumentTypeError as error:
            raise UsageError(f"--flaw {plain(text, 100)}: {setting}: {error}") from error
    try:
        return with_flaw(experiment, flaw, **values)
    except (ValueError, TypeError) as error:
        raise UsageError(f"--flaw {plain(text, 100)}: {error}") from error


def _switches(experiment: Experiment) -> dict[str, Any]:
    """The parts that an experiment may have or not, with what they are unless said otherwise."""
    switches = {}
    for name, hint in typing.get_type_hints(type(experiment)).items():
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        if len(kinds) < len(typing.get_args(hint)) and len(kinds) == 1 and dataclasses.is_dataclass(kinds[0]):
            switches[name] = typing.cast("type", kinds[0])()
    return switches


# Settings


class Switch(argparse.Action):
    """``--part.setting`` and ``--part.no-setting``, or ``--part`` and ``--no-part``."""

    def __init__(self, option_strings: Sequence[str], dest: str, default: object, help: str) -> None:  # noqa: A002
        about = f"{help} (default: {'yes' if default else 'no'})"
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=about)

    def __call__(
        self, _parser: object, namespace: argparse.Namespace, _values: object, option: str | None = None
    ) -> None:
        setattr(namespace, self.dest, not (option or "").lstrip("-").rpartition(".")[2].startswith("no-"))


def _add_settings(container: argparse.ArgumentParser, value: Any, prefix: str = "") -> None:
    """Adds an option for each setting of a part and of all parts in it, a group for each part."""
    own = [(name, hint, now) for name, hint, now in settings(value) if hint is not None and not is_part(now)]
    if own:
        about = (inspect.getdoc(type(value)) or "").partition("\n\n")[0].replace("\n", " ")
        # What names fields is for readers of the code: each option says what it is.
        is_shown = prefix and "``" not in about
        group = container.add_argument_group(
            f"--{spell(prefix)}…" if prefix else "the run", about if is_shown else None
        )
        explained = field_docs(type(value))
        for name, hint, now in own:
            _add_setting(group, f"{prefix}{name}", hint, now, explained.get(name, ""))
    for name, _, now in settings(value):
        if is_part(now):
            _add_settings(container, now, f"{prefix}{name}.")


def _add_setting(group: argparse._ArgumentGroup, path: str, hint: Any, now: Any, about: str) -> None:
    option = f"--{spell(path)}"
    about = about.rstrip(".").replace("%", "%%")
    if hint is bool:
        before, dot, name = option.lstrip("-").rpartition(".")
        group.add_argument(option, f"--{before}{dot}no-{name}", action=Switch, dest=path, default=now, help=about)
        return
    shown = (
        " ".join(map(str, now)) or "nothing" if isinstance(now, tuple) else NONE if now is None else str(now) or "“”"
    )
    group.add_argument(
        option,
        dest=path,
        default=argparse.SUPPRESS,
        type=functools.partial(read_value, hint),
        nargs="*" if typing.get_origin(hint) is tuple else None,
        metavar=metavar(hint),
        help=f"{about} (default: {plain(shown or '“”', 80).replace('%', '%%')})".lstrip(),
    )


def read_value(hint: Any, text: str) -> Any:
    """The value of a type that a word spells; of a tuple, one of its values. Raises ArgumentTypeError."""
    kinds = typing.get_args(hint) or (hint,)
    if typing.get_origin(hint) is tuple:
        return read_value(kinds[0], text)
    if typing.get_origin(hint) is Literal:
        if text in kinds:
            return text
        expected = f"{' or '.join(kinds)}, got “{plain(text, 40)}”{suggestion(text, kinds)}"
        raise argparse.ArgumentTypeError(f"expected {expected.rstrip('.')}")
    if type(None) in kinds and text.lower() == NONE:
        return None
    if bool in kinds and text in YES_NO:
        return YES_NO[text]
    for kind in kinds:
        with contextlib.suppress(ValueError):
            if kind in (int, float, str):
                return kind(text)
    expected = " or ".join(EXPECTED.get(kind, NONE) for kind in kinds)
    raise argparse.ArgumentTypeError(f"expected {expected}, got “{plain(text, 40)}”")


def metavar(hint: Any) -> str:
    """How the values of a type are spelled in the help."""
    kinds = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return metavar(kinds[0])
    if typing.get_origin(hint) is Literal:
        return "|".join(kinds)
    if kinds:
        return "|".join([NONE if kind is type(None) else metavar(kind) for kind in kinds])
    return METAVARS[hint]


def _with_values(value: Any, given: Mapping[str, Any], prefix: str = "") -> Any:
    """The part with the values that are given, by their paths; the very same object where none is for it."""
    changes = {}
    for name, hint, now in settings(value):
        path = f"{prefix}{name}"
        if is_part(now):
            changes[name] = _with_values(now, given, f"{path}.")
        elif hint is not None and path in given:
            new = given[path]
            changes[name] = tuple(new) if isinstance(new, list) else new
    changes = {name: new for name, new in changes.items() if new is not getattr(value, name)}
    try:
        return dataclasses.replace(value, **changes) if changes else value
    except ValueError as error:
        where = " ".join(f"--{spell(f'{prefix}{name}')}" for name in changes)
        raise UsageError(f"{where}: {error}") from error


def settings(value: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each field of a part: its name, its type (None where it is no option), and its value."""
    hints = typing.get_type_hints(type(value))
    for field in dataclasses.fields(value):
        is_option = field.name not in FIXED and field.init and is_plain(hints[field.name])
        yield field.name, hints[field.name] if is_option else None, getattr(value, field.name)


def option_names(value: Any, prefix: str = "") -> Iterator[str]:
    """The names of a part's options, without the dashes in front."""
    for name, hint, now in settings(value):
        if is_part(now):
            yield from option_names(now, f"{prefix}{spell(name)}.")
        elif hint is not None:
            yield f"{prefix}{spell(name)}"
            if hint is bool:
                yield f"{prefix}no-{spell(name)}"


def words_between(before: Any, after: Any, prefix: str = "") -> Iterator[str]:
    """The options that make ``after`` of ``before``, in so far as options can."""
    for name, hint, now in settings(after):
        old, option = getattr(before, name), f"--{spell(f'{prefix}{name}')}"
        if now is old or now == old:
            continue
        if is_part(now):
            if is_part(old) and type(old) is type(now):
                yield from words_between(old, now, f"{prefix}{name}.")
            elif old is None:
                yield option
                yield from words_between(type(now)(), now, f"{prefix}{name}.")
        elif is_part(old) and now is None:
            yield f"--no-{spell(name)}"
        elif hint is bool:
            at = option.rfind(".") + 1 or 2
            yield option if now else f"{option[:at]}no-{option[at:]}"
        elif isinstance(now, tuple) and hint is not None:
            yield from (option, *map(str, now))
        elif hint is not None:
            yield f"{option}={NONE if now is None else now}"


def is_part(value: Any) -> bool:
    """Whether a value has settings of its own."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def is_plain(hint: Any) -> bool:
    """Whether a type's values can be spelled as words."""
    if hint in (int, float, str, bool) or typing.get_origin(hint) is Literal:
        return True
    if typing.get_origin(hint) in (tuple, typing.Union, types.UnionType):
        return all(kind in (type(None), Ellipsis) or is_plain(kind) for kind in typing.get_args(hint))
    return False


def spell(name: str) -> str:
    """A field's name as an option has it."""
    return name.replace("_", "-")


# What is said of fields


def field_docs(kind: type) -> dict[str, str]:
    """What a dataclass and its bases say of each field: the text below it, on one line and without markup."""
    docs: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        body = _class_bodies(base.__module__).get(base.__qualname__, [])
        for field, text in itertools.pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
                said = ast.literal_eval(text.value) if isinstance(text.value, ast.Constant) else ""
                docs[field.target.id] = _plain_text(str(said))
    return docs


@functools.cache
def _class_bodies(module: str) -> dict[str, list[ast.stmt]]:
    """The statements of each class at the top of a module, by the class's name; none where there is no source."""
    file = getattr(sys.modules.get(module), "__file__", None)
    try:
        tree = ast.parse(Path(file).read_text("utf-8") if file else "")
    except (OSError, SyntaxError):
        return {}
    return {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}


def _plain_text(text: str) -> str:
    return " ".join(text.replace("``", "").split())
