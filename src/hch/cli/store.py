"""``hch store``: which database a store is and what is in it, whether all of it is right, and questions into it."""

from __future__ import annotations

import contextlib
import datetime
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from hch.cli.display import many
from hch.cli.questions import import_questions
from hch.cli.usage import DONE, FAILED, Parser, UsageError, add_store, open_url, unknown
from hch.text.display import count, plain

if TYPE_CHECKING:
    from rich.table import Table

    from hch.people.store.database import Database
    from hch.people.store.info import Info, Progress

DESCRIPTION = """What people do is kept in a store: a file of SQLite, or a database of PostgreSQL.

  info      which database it is, how large, how many of each thing, and how far each project has come
  verify    computes anew all that follows from something else, hashes above all, and lists what is not right
  compact   gives back room on the disk; nothing that has happened is forgotten
  import    puts questions from a file into a project

hch store COMMAND --help says more. Without --store it is store.db in your data folder, and each command says where that
is. What comes out of a store is had by hch export."""

ABOUT = {
    "info": "Says which database a store is, how large it is, and what is in it.",
    "verify": "Computes all hashes anew, and all else that follows, and lists what is not right. Nothing is changed.",
    "compact": (
        "Gives back the room that a store no longer needs: a file of SQLite is written anew, PostgreSQL vacuums its\n"
        "tables. Nothing that has happened is forgotten: every event stays, and every revision of every draft."
    ),
}


def main(words: Sequence[str]) -> int:
    """Runs one of its commands, and returns the exit code."""
    if words and words[0] in ("-h", "--help"):
        Parser("store", DESCRIPTION, "info|verify|compact|import …").print_help()
        return DONE
    if not words:
        raise UsageError(f"hch store does one of {', '.join(COMMANDS)}; all is explained by: hch store --help")
    if words[0] not in COMMANDS:
        raise unknown("command hch store", words[0], COMMANDS, " See hch store --help")
    return COMMANDS[words[0]](words[1:])


def info(words: Sequence[str]) -> int:
    """Says what is in a store."""
    from rich.console import Console

    from hch.people.store.info import store_info

    with _open("info", words) as store:
        known = store_info(store)
    for name, text in info_lines(known):
        print(f"{name:12}{plain(text)}")
    if known.projects:
        Console(highlight=False).print(projects_table(known.projects))
    if known.empty:
        print(f"{plain(known.where)} holds a store, but it is empty: is it the one you meant?")
    return DONE


def verify(words: Sequence[str]) -> int:
    """Lists what is not right in a store; the exit code is 1 if there is anything."""
    from hch.people.store.verify import verify as list_problems

    wrong = 0
    with _open("verify", words) as store, store.reading() as connection:
        for problem in list_problems(connection):
            wrong += 1
            print(plain(problem))
    if wrong:
        print(f"hch: {count(wrong)} of what is stored is not as it must be: see above", file=sys.stderr)
        return FAILED
    print("all is as it must be")
    return DONE


def compact(words: Sequence[str]) -> int:
    """Gives back room, and says how much."""
    from hch.people.store.info import compact as compact_store

    with _open("compact", words) as store:
        sizes = compact_store(store)
    print(f"{size(sizes.before)} before, {size(sizes.after)} now")
    return DONE


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "info": info, "verify": verify, "compact": compact, "import": import_questions,
}  # fmt: skip


@contextlib.contextmanager
def _open(command: str, words: Sequence[str]) -> Iterator[Database]:
    """The store that the command's words name; closed at the end."""
    parser = Parser(f"store {command}", ABOUT[command])
    add_store(parser)
    with contextlib.closing(open_url(parser.read(words).store)) as store:
        yield store


def info_lines(known: Info) -> Iterator[tuple[str, str]]:
    """What there is to say of a store, by name."""
    yield "store", known.where
    if known.file is not None:
        yield "file", known.file
    yield "database", f"{known.kind}, schema {known.schema}, {size(known.size)}"
    yield "people", _join(f"{many(number, role)}" for role, number in known.people.items())
    yield "workspaces", _join(f"{count(number)} {state}" for state, number in known.workspaces.items())
    yield "kept", _join(f"{count(number)} {name}" for name, number in known.counts.items())
    if known.first is not None and known.last is not None:
        yield "events", f"from {_time(known.first)} to {_time(known.last)}"


def projects_table(projects: Iterable[Progress]) -> Table:
    """How far each project has come."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE)
    table.add_column("project")
    for heading in ("questions ended", "asked below", "verdicts"):
        table.add_column(heading, justify="right")
    for project in projects:
        table.add_row(
            Text(plain(project.name, 60)),
            _of(project.questions_ended, project.questions),
            _of(project.below_ended, project.below),
            _of(project.verdicts_ended, project.verdicts),
        )
    return table


def size(number: int) -> str:
    """So many bytes, in units that people read."""
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= bytes_:
            return f"{number / bytes_:,.1f} {unit}"
    return f"{number} bytes"


def _join(parts: Iterable[str]) -> str:
    return ", ".join(parts) or "none"


def _of(ended: int, all_: int) -> str:
    return f"{count(ended)} of {count(all_)}"


def _time(seconds: float) -> str:
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%d %H:%M} UTC"
