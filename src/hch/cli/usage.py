"""What the command line says to people: help, errors that name the nearest right word, and exit codes."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn

from hch.text.display import plain

if TYPE_CHECKING:
    from hch.people.store.database import Database

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

COMMANDS = {
    "list": ("", "the experiments, with a line each"),
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


class UsageError(Exception):
    """The command line cannot be understood as it is; says what was wrong, and the nearest that is right."""


def overview() -> str:
    """The help of ``hch`` itself."""
    lines = [f"  {f'hch {name} {what}'.rstrip():32}{summary}" for name, (what, summary) in COMMANDS.items()]
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


def nearest(word: str, among: Iterable[str]) -> str:
    """The one that is most like ``word``; of options, first the one that ends in the same name."""
    known = list(among)
    ends = [each for each in known if each.rpartition(".")[2] == word.lstrip("-")]
    if len(ends) == 1:
        return ends[0]
    return max(known, key=lambda each: difflib.SequenceMatcher(None, word, each).ratio())


def unknown(what: str, word: str, among: Iterable[str], hint: str = "") -> UsageError:
    """The error for a word that is none of ``among``."""
    known = list(among)
    return UsageError(f"there is no {what} “{plain(word, 100)}”; did you mean {nearest(word, known)}?{hint}")


def check_options(words: Sequence[str], known: Iterable[str], program: str) -> None:
    """Raises UsageError at the first word that looks like an option and is none of those known."""
    options = [*known, "--help"]
    for word in words:
        if word == "--":
            return
        option = word.partition("=")[0].replace("_", "-")
        if option.startswith("--") and option not in options:
            raise unknown("option", word.partition("=")[0], options, f" All are listed by: {program} --help")


class Parser(argparse.ArgumentParser):
    """A parser for a command with a few options of its own; its errors are UsageErrors that name the nearest option."""

    def __init__(self, command: str, description: str) -> None:
        self.program = f"hch {command}"
        super().__init__(
            self.program,
            description=description,
            epilog=EXIT_CODES,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. All is explained by: {self.program} --help")

    def options(self) -> list[str]:
        """The long names of the options."""
        return [name for action in self._actions for name in action.option_strings if name.startswith("--")]

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The words, understood. Raises UsageError; exits after --help."""
        check_options(words, self.options(), self.program)
        return self.parse_args(words)


def open_named(url: str | None, *, create: bool = False) -> Database:
    """Opens the store that ``--store`` names. Where it names none, the default one, and stderr says which file it is.

    Raises StoreError where it cannot be opened, or is missing and not to be created.
    """
    from hch.people.store.database import open_store

    store = open_store(url or "", create=create)
    if not url:
        print(f"hch: the store is {plain(store.url)}", file=sys.stderr)
    return store
