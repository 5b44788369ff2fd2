"""``hch store import``: questions from a file into a project, which may be made for them."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hch.cli.display import Counting, many
from hch.cli.usage import DONE, FAILED, Parser, UsageError, add_store, open_url, unknown, whole_from
from hch.text.display import count, plain
from hch.text.question_files import KINDS, FileError, read_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hch.people.store.database import Database
    from hch.people.store.projects import Project
    from hch.text.question_files import BadRow, Kind

DESCRIPTION = """Puts the questions of a file into a project of a store. What is there already is not added again, and
what cannot be read is listed by its line; then the exit code is 1, and everything else is in the store all the same.

A CSV file names its columns in its first line; a file of JSON lines has an object in each line. They may have:

  question  the question, which must be there
  context   what it is about: a text, or in JSON lines a list of texts
  gold      the answer, where it is known; people do not see it, and it is never exported
  answer    in gold's place, as GSM8K has it: a working whose last line is “#### 42”; where its other lines are
            “sub-question ** answer”, they are kept as a transcript of how people worked
  id        anything, which is not looked at

A file of chats that hch export wrote (--to chat) is read too: what is told in them is gone through again in the
project, action by action, as if it had been done there.

The rules below are for a project that --make makes."""

MOST_LISTED = 100
"""Bad rows that are listed."""

NO_LIMIT = "none"


def import_questions(words: Sequence[str]) -> int:
    """Imports a file, lists what could not be read, and returns the exit code."""
    parser = Parser("store import", DESCRIPTION)
    parser.add_argument("file", metavar="FILE", type=Path, help="a file whose name ends in .jsonl or .csv")
    parser.add_argument("--project", metavar="NAME", required=True, help="the project that the questions are for")
    add_store(parser)
    parser.add_argument("--make", action="store_true", help="make the project, and the store, where it is not there")
    add_rules(parser.add_argument_group("rules"))
    read = parser.read(words)
    kind = KINDS.get(read.file.suffix.lower())
    if kind is None:
        raise UsageError(f"{read.file} should end in .jsonl or .csv, which says how it is to be read")
    given = {name: value for name in RULES if (value := getattr(read, name)) is not None}
    rules = {
        name: None if RULES[name].get("type") is whole_or_none and value == NO_LIMIT else value
        for name, value in given.items()
    }
    return import_file(read, kind, rules)


def import_file(read: argparse.Namespace, kind: Kind, rules: dict[str, Any]) -> int:
    """Imports the file, and says what came of it."""
    from hch.people.store.chats import IN_CHATS, import_chats, is_chats
    from hch.people.store.importing import import_rows

    try:
        with read.file.open("rb") as file:
            # Before anything is made: a file that cannot be read at all leaves no empty project behind.
            chats = kind == "jsonl" and is_chats(file.readline())
            file.seek(0)
            rows = () if chats else read_rows(file, kind)
            with contextlib.closing(open_url(read.store, create=read.make)) as store:
                project = project_for(store, read.project, read.make, rules, IN_CHATS if chats else {})
                if chats and project.rules.other_side == "people":
                    raise UsageError(
                        f"in “{project.name}” people answer what is asked, and in chats that is answered already: "
                        "import them into a project of their own, which --make makes"
                    )
                with Counting("row") as counting:
                    if chats:
                        report = import_chats(store, project, file, counting.at)
                    else:
                        report = import_rows(store, project, rows, counting.at)
    except OSError as error:
        raise UsageError(f"{read.file} cannot be read: {error.strerror}") from error
    except FileError as error:
        raise UsageError(f"{read.file}: {error}") from error
    list_bad(read.file, report.bad)
    bad = f", and {many(len(report.bad), 'row')} could not be read" if report.bad else ""
    known = f"{count(report.known)} {'was' if report.known == 1 else 'were'} there already"
    what = "new workspace" if chats else "new question"
    print(f"{many(report.new, what)} in “{plain(project.name, 80)}”; {known}{bad}")
    return FAILED if report.bad else DONE


def project_for(
    store: Database, name: str, make: bool, rules: dict[str, Any], usual: dict[str, Any] | None = None
) -> Project:
    """The project of this name, made where it is not there and ``make`` says so. UsageError where it cannot be had.

    A project that is made has the ``rules`` that were given, and else the ``usual`` ones.
    """
    from hch.people.store.projects import Rules, all_projects, make_project

    def work(connection: Connection) -> Project:
        projects = {project.name: project for project in all_projects(connection)}
        if name in projects:
            if rules:
                given = " and ".join(spell(rule) for rule in rules)
                raise UsageError(f"the project “{name}” is there already, with its own rules: leave out {given}")
            return projects[name]
        if not make:
            raise unknown("project", name, projects, " --make makes it")
        return make_project(connection, name, Rules(**{**(usual or {}), **rules}), time.time())

    return store.write(work)


def list_bad(file: Path, bad: Sequence[BadRow]) -> None:
    """Says on stderr what could not be read, and where."""
    for row in bad[:MOST_LISTED]:
        print(f"{file}, line {row.line}: {plain(row.what, 300)}", file=sys.stderr)
    if len(bad) > MOST_LISTED:
        print(f"{file}: … and {count(len(bad) - MOST_LISTED)} more", file=sys.stderr)


# Rules


def whole_or_none(text: str) -> int | str:
    """A whole number from 0 up, or NO_LIMIT."""
    return text if text == NO_LIMIT else whole_from(0)(text)


def minutes(text: str) -> float:
    """Minutes, in seconds."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 10**6:
        raise argparse.ArgumentTypeError(f"expected a number of minutes, got “{plain(text, 40)}”")
    return number * 60


RULES: dict[str, dict[str, Any]] = {
    "title": {"metavar": "TEXT", "help": "what people see as its name"},
    "about": {"metavar": "TEXT", "help": "what people read about it"},
    "other_side": {"choices": ("people", "model", "run"), "help": "who answers what H asks (default: people)"},
    "view": {
        "choices": ("nothing", "contents", "everything"),
        "help": "how much of a context H sees (default: everything)",
    },
    "readers_see_all": {
        "action": argparse.BooleanOptionalAction,
        "help": "whoever can ask nobody sees everything (default: yes)",
    },
    "depth": {"type": whole_from(0), "metavar": "N", "help": "levels of questions below each (default: 1)"},
    "consultations": {
        "type": whole_or_none, "metavar": "N", "help": "questions that may be asked below each (default: 20)",
    },
    "words": {"type": whole_or_none, "metavar": "N", "help": "words that answers may have below each (default: none)"},
    "copies": {
        "type": whole_from(1), "metavar": "N", "help": "people who answer each, unseen by each other (default: 1)",
    },
    "judging": {"choices": ("none", "rate", "choose"), "help": "whether answers are judged, and how (default: none)"},
    "judges": {"type": whole_from(1), "metavar": "N", "help": "judges to each answer (default: 1)"},
    "suggest": {
        "action": argparse.BooleanOptionalAction, "help": "show the model's answer, to be made better (default: no)",
    },
    "lease_seconds": {
        "type": minutes, "metavar": "MINUTES",
        "help": "without a sign of life for so long, a workspace is given to others (default: 30)",
    },
    "withdraw_seconds": {
        "type": minutes, "metavar": "MINUTES", "help": "for so long a submission can be taken back (default: 10)",
    },
}  # fmt: skip
"""Each rule of a project as an option."""


def spell(name: str) -> str:
    """A rule's option."""
    return "--" + name.replace("_seconds", "").replace("_", "-")


def add_rules(group: argparse._ArgumentGroup) -> None:
    """Adds an option for each rule; None where it is not given."""
    for name, options in RULES.items():
        group.add_argument(spell(name), dest=name, default=None, **options)
