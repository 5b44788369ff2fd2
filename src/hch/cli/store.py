"""``hch store``: which database a store is and what is in it, whether all of it is right, and questions into it."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from hch.cli.counting import many
from hch.cli.usage import DONE, EXIT_CODES, FAILED, Parser, UsageError, open_named, unknown
from hch.text.display import count, plain

if TYPE_CHECKING:
    from rich.table import Table

    from hch.people.store.info import Info, Progress

HELP = f"""usage: hch store info|verify|compact [--store URL]
       hch store import FILE --project NAME [--store URL] [--make]

What people do is kept in a store: a file of SQLite, or a database of PostgreSQL.

  info      which database it is, how large, how many of each thing, and how far each project has come
  verify    works out anew all that follows from something else, hashes above all, and lists what is not right
  compact   gives back room on the disk; nothing that has happened is forgotten
  import    puts questions from a file into a project; hch store import --help says more

Without --store it is store.db in your data folder, and each command says where that is. What
comes out of a store is had by hch export.

{EXIT_CODES}"""


COMPACT = """Gives back the room that a store no longer needs: a file of SQLite is written anew, PostgreSQL vacuums its
tables. Nothing that has happened is forgotten: every event stays, and every revision of every draft."""


def main(words: Sequence[str]) -> int:
    """Runs one of its commands, and returns the exit code."""
    if words and words[0] in ("-h", "--help"):
        print(HELP)
        return DONE
    if not words:
        raise UsageError(f"hch store does one of {', '.join(COMMANDS)}; all is explained by: hch store --help")
    if words[0] not in COMMANDS:
        raise unknown("command hch store", words[0], COMMANDS, " See hch store --help")
    return COMMANDS[words[0]](words[1:])


def info(words: Sequence[str]) -> int:
    """Says what is in a store."""
    url = _url(words, "info", "Says which database a store is, how large it is, and what is in it.")
    from rich.console import Console

    from hch.people.store.info import store_info

    store = open_named(url, create=False)
    try:
        found = store_info(store)
    finally:
        store.close()
    for name, said in info_lines(found):
        print(f"{name:12}{plain(said)}")
    if found.projects:
        Console(highlight=False).print(projects_table(found.projects))
    if found.empty:
        print(f"{plain(found.where)} holds a store, but it is empty: is it the one you meant?")
    return DONE


def verify(words: Sequence[str]) -> int:
    """Lists what is not right in a store; the exit code is 1 if there is anything."""
    url = _url(
        words,
        "verify",
        "Works out all hashes anew, and all else that follows, and lists what is not right. Nothing is changed.",
    )
    from hch.people.store.verify import verify as problems_of

    store = open_named(url, create=False)
    wrong = 0
    try:
        with store.reading() as connection:
            for problem in problems_of(connection):
                wrong += 1
                print(plain(problem))
    finally:
        store.close()
    if wrong:
        print(f"hch: {count(wrong)} of what is stored is not as it must be: see above", file=sys.stderr)
        return FAILED
    print("all is as it must be")
    return DONE


def compact(words: Sequence[str]) -> int:
    """Gives back room, and says how much."""
    url = _url(words, "compact", COMPACT)
    from hch.people.store.info import compact as compacted

    store = open_named(url, create=False)
    try:
        found = compacted(store)
    finally:
        store.close()
    print(f"{size(found.before)} before, {size(found.after)} now")
    return DONE


def import_(words: Sequence[str]) -> int:
    """Puts questions into a project."""
    from hch.cli.questions import main

    return main(words)


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "info": info, "verify": verify, "compact": compact, "import": import_,
}  # fmt: skip


def info_lines(found: Info) -> Iterator[tuple[str, str]]:
    """What there is to say of a store, by name."""
    yield "store", found.where
    if found.file is not None:
        yield "file", found.file
    yield "database", f"{found.kind}, schema {found.schema}, {size(found.size)}"
    yield "people", _listed(f"{many(number, role)}" for role, number in found.people.items())
    yield "workspaces", _listed(f"{count(number)} {state}" for state, number in found.workspaces.items())
    yield "kept", _listed(f"{count(number)} {name}" for name, number in found.counts.items())
    if found.first is not None and found.last is not None:
        yield "events", f"from {_time(found.first)} to {_time(found.last)}"


def projects_table(projects: Iterable[Progress]) -> Table:
    """How far each project has come."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE)
    table.add_column("project")
    for heading in ("questions ended", "asked below", "verdicts"):
        table.add_column(heading, justify="right")
    for each in projects:
        table.add_row(
            Text(plain(each.name, 60)),
            _of(each.questions_ended, each.questions),
            _of(each.below_ended, each.below),
            _of(each.verdicts_ended, each.verdicts),
        )
    return table


def size(number: int) -> str:
    """So many bytes, in units that people read."""
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= bytes_:
            return f"{number / bytes_:,.1f} {unit}"
    return f"{number} bytes"


def _url(words: Sequence[str], command: str, about: str) -> str | None:
    parser = Parser(f"store {command}", about)
    parser.add_argument(
        "--store", metavar="URL", help="a file of SQLite, or postgresql://… (default: store.db in your data folder)"
    )
    url: str | None = parser.read(words).store
    return url


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts) or "none"


def _of(ended: int, all_: int) -> str:
    return f"{count(ended)} of {count(all_)}"


def _time(seconds: float) -> str:
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%d %H:%M} UTC"
