"""What all commands share: the one parser, errors that name the nearest right word, and exit codes."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NoReturn

from hch.text.display import plain

if TYPE_CHECKING:
    from hch.people.store.database import Database

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

COMMANDS = {
    "list": ("[KIND]", "the experiments; or the schemes, tasks, humans, models, flaws"),
    "train": ("NAME|FILE.py …", "train, into a new folder"),
    "resume": ("RUN", "go on from a run's last checkpoint"),
    "compare": ("NAME|FILE.py …", "the same task, several schemes: one table, one plot"),
    "ask": ('RUN "QUESTION" …', "ask a run's model, a human consulting it, or HCH"),
    "optimum": ("WORLD …", "the exact optimum of a loss in a finite world: is it aligned"),
    "report": ("RUN …", "rebuild the HTML report, of one run or several side by side"),
    "serve": ("[RUN --api] …", "the pages for people; or a run to programs, by OpenAI's interface"),
    "export": ("--to FORMAT …", "what people did, as training data"),
    "store": ("COMMAND …", "what is in the store of people's work, is it right; questions into it"),
}

EXIT_CODES = (
    "Exit codes: 0 done, or stopped to wait for people; 1 failed; 2 wrong usage; 130 interrupted. All is saved first."
)

CUTOFF = 0.6
"""How much a word must be like another to be suggested in its place: 1 is the same word (difflib's ratio)."""


class UsageError(Exception):
    """The command line cannot be understood; says what was wrong, and what is right."""


def overview() -> str:
    """The help of ``hch`` itself."""
    lines = [f"  {f'hch {name} {words}'.rstrip():32}{summary}" for name, (words, summary) in COMMANDS.items()]
    return "\n".join(
        [
            "Trains a model to imitate a human who consults that model, and measures how far it is from HCH.",
            "",
            *lines,
            "",
            "hch COMMAND --help says more; hch --version says which version this is.",
            EXIT_CODES,
        ]
    )


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word most like ``word``, or None if none is like it. The end of a nested option counts as the whole."""
    by_name: dict[str, str] = {}
    for name in known:
        # Where several options end alike, the first of them stands for all.
        by_name.setdefault(name.rpartition(".")[2].lstrip("-"), name)
    by_name |= {name.lstrip("-"): name for name in known}
    alike = difflib.get_close_matches(word.lstrip("-").replace("_", "-"), by_name, n=1, cutoff=CUTOFF)
    return by_name[alike[0]] if alike else None


def suggestion(word: str, known: Collection[str]) -> str:
    """“; did you mean X?” where a known word is like this one, else a full stop."""
    name = nearest(word, known)
    return "." if name is None else f"; did you mean {name}?"


def unknown(what: str, word: str, known: Collection[str], hint: str = "") -> UsageError:
    """The error for a word that is not known."""
    return UsageError(f"there is no {what} “{plain(word, 100)}”{suggestion(word, known)}{hint}")


def split_names(text: str, what: str, known: Collection[str]) -> list[str]:
    """The names in a text, separated by commas, each once. Raises UsageError at one that is not known."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise unknown(what, name, known, f" There are: {', '.join(known)}")
    return list(dict.fromkeys(names))


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Help in which options stand on their own lines, with their explanations below, indented."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=10)


class Parser(argparse.ArgumentParser):
    """The parser of every command. Its errors are UsageErrors; an unknown option names the nearest known one.

    In an option's name an underscore is as good as a dash.
    """

    def __init__(self, command: str, description: str, usage: str | None = None, epilog: str = "") -> None:
        self.program = f"hch {command}"
        super().__init__(
            self.program,
            usage=usage and f"{self.program} {usage}",
            description=description,
            epilog=f"{epilog}\n\n{EXIT_CODES}".strip(),
            allow_abbrev=False,
            formatter_class=Formatter,
        )

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. All is explained by: {self.program} --help")

    def options(self) -> list[str]:
        """The long names of the options."""
        return [name for action in self._actions for name in action.option_strings if name.startswith("--")]

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The words, understood. Raises UsageError; prints the help and exits with 0 at --help."""
        known = self.options()
        end = words.index("--") if "--" in words else len(words)
        spelled = [add_dashes(word) for word in words[:end]]
        for word in spelled:
            option = word.partition("=")[0]
            if option.startswith("--") and option not in known:
                raise unknown("option", option, known, f" All are listed by: {self.program} --help")
        return self.parse_args([*spelled, *words[end:]])


def whole_from(least: int) -> Callable[[str], int]:
    """What reads a whole number from ``least`` up."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} up, got “{plain(text, 40)}”")
        return int(text)

    return read


def add_dashes(word: str) -> str:
    """An option with dashes for the underscores in its name; any other word as it is."""
    name, equals, value = word.partition("=")
    return f"{name.replace('_', '-')}{equals}{value}" if word.startswith("--") else word


def add_store(parser: argparse._ActionsContainer) -> None:
    """Adds --store, which names the database of people's work."""
    about = "a file of SQLite, or postgresql://… (default: store.db in your data folder)"
    parser.add_argument("--store", metavar="URL", help=about)


def open_url(url: str | None, *, create: bool = False) -> Database:
    """Opens the store that ``--store`` names. Where it names none, the default one, and stderr says which file it is.

    Raises StoreError where it cannot be opened, or is missing and not to be created.
    """
    from hch.people.store.database import open_store

    store = open_store(url or "", create=create)
    if not url:
        print(f"hch: the store is {plain(store.url)}", file=sys.stderr)
    return store
