"""``hch export``: what people have done, as training data."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from hch.cli.display import Counting
from hch.cli.usage import DONE, Parser, UsageError, add_store, open_url, unknown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hch.people.store.export import Exported
    from hch.people.store.projects import Rules
    from hch.types import Workspace

DESCRIPTION = """Writes transcripts as training data: those of all workspaces that people have ended, and that were not
withdrawn or made stale since.

  chat         a line for each time that H acted, with the messages that fine-tuning libraries take
  completions  the same as a prompt and its completion
  preferences  a line for each two answers of which judges prefer one: prompt, chosen, rejected
  jsonl        a line for each transcript: question, facts, rounds, outcome, who, when, how long it took
  parquet      the same columns, in a Parquet file

People are numbers in it, never names, and known answers (gold) are left out."""


CHATS = ("chat", "completions")
KINDS = {
    "chat": "action",
    "completions": "action",
    "preferences": "pair of answers",
    "jsonl": "transcript",
    "parquet": "transcript",
}
"""What there can be a row for."""


def main(words: Sequence[str]) -> int:
    """Writes the rows, and says on stderr how many there were."""
    parser = Parser("export", DESCRIPTION)
    add_store(parser)
    parser.add_argument("--to", choices=tuple(KINDS), required=True, help="what kind of rows")
    parser.add_argument("--out", metavar="FILE", type=Path, help="a new file for them (default: they are printed)")
    parser.add_argument("--project", metavar="NAME", help="only what was done in this project")
    parser.add_argument(
        "--rows", choices=("actions", "answers"), default="actions",
        help="of chats: a row for each action of H, or for each question with its final answer (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--facts", choices=("seen", "none"), default="seen",
        help="of chats of actions: begin with the facts that H saw, or leave facts out (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--all", action="store_true",
        help="all transcripts ever stored: those that were withdrawn, and those that models made, too",
    )  # fmt: skip
    read = parser.read(words)
    if read.all and read.project is not None:
        raise UsageError("--all is about the whole store, so it cannot go with --project")
    if read.rows == "answers" and read.to not in CHATS:
        raise UsageError(f"--rows is about chats, and --to {read.to} has a row for each {KINDS[read.to]}")
    if read.all and read.to == "preferences":
        raise UsageError("--all is about transcripts, and --to preferences has a row for each pair of answers")
    if read.to == "parquet" and read.out is None and sys.stdout.isatty():
        raise UsageError("a Parquet file is nothing to read on a terminal: say where it goes with --out FILE")
    export(read)
    return DONE


def export(read: argparse.Namespace) -> None:
    """Writes what was asked for."""
    from hch.people.store.export import count_current, count_stored, current_transcripts, read_stored_transcripts
    from hch.people.store.files import new_file
    from hch.people.store.preferences import preferences

    with contextlib.closing(open_url(read.store)) as store, store.reading() as connection:
        project = None if read.project is None else project_number(connection, read.project)
        total: int | None = count_stored(connection) if read.all else count_current(connection, project)
        stored: Iterable[Any] = (
            read_stored_transcripts(connection) if read.all else current_transcripts(connection, project)
        )
        if read.to == "preferences":
            stored, total = preferences(connection, project), None
        # Rows on the screen are progress enough, and a bar would only get between them.
        what = "preference" if read.to == "preferences" else "transcript"
        with Counting(what, total, quiet=read.out is None and sys.stdout.isatty()) as counting:
            rows = counting.out(_rows(read, counting.through(stored)))
            if read.out is None:
                write(read.to, byte_output(), rows)
            else:
                with new_file(read.out) as file:
                    write(read.to, file, rows)
    where = "" if read.out is None else f" in {read.out}"
    print(f"hch: {counting.in_words()}{where}", file=sys.stderr)
    if total == 0:
        print("hch: nobody has finished a workspace yet, so there is nothing to export", file=sys.stderr)


def write(to: str, file: BinaryIO, rows: Iterable[dict[str, Any]]) -> None:
    """Writes the rows in the format of that name."""
    from hch.people.store.files import write_json_lines, write_parquet

    (write_parquet if to == "parquet" else write_json_lines)(file, rows)
    file.flush()


def project_number(connection: Connection, name: str) -> int:
    """The number of the project of this name. UsageError where there is none, with the nearest that there is."""
    from hch.people.store.projects import all_projects

    numbers = {project.name: project.id for project in all_projects(connection)}
    if not numbers:
        raise UsageError(f"there is no project “{name}”: the store has none at all; is it the one you meant?")
    if name not in numbers:
        raise unknown("project", name, numbers)
    return numbers[name]


def byte_output() -> BinaryIO:
    """Stdout for bytes."""
    # Where stdout was replaced by something for texts alone, that takes the bytes as texts.
    return cast("BinaryIO", getattr(sys.stdout, "buffer", None) or _Decoded())


class _Decoded:
    def write(self, content: bytes) -> int:
        sys.stdout.write(content.decode())
        return len(content)

    def flush(self) -> None:
        sys.stdout.flush()


def _rows(read: argparse.Namespace, stored: Iterable[Any]) -> Iterator[dict[str, Any]]:
    from hch.models.language.chat import question_text
    from hch.people.store.rows import completion_row, preference_row, transcript_row

    for item in stored:
        if read.to == "preferences":
            yield preference_row(item, question_text)
        elif read.to == "chat":
            yield from _chats(read, item)
        elif read.to == "completions":
            yield from map(completion_row, _chats(read, item))
        else:
            yield transcript_row(item)


def _chats(read: argparse.Namespace, exported: Exported) -> Iterator[dict[str, Any]]:
    from hch.models.language.chat import question_text
    from hch.people.store.rows import action_chats, answer_chats

    if read.rows == "actions":
        return action_chats(exported, show_facts if read.facts == "seen" else hide_facts)
    return answer_chats(exported, question_text)


def show_facts(workspace: Workspace, rules: Rules) -> list[str]:
    """What H saw of the facts, as on the page."""
    from hch.text.views import view_for, visible_facts

    return visible_facts(workspace.question.context, view_for(workspace.budget, rules.view, rules.readers_see_all))


def hide_facts(workspace: Workspace, rules: Rules) -> list[str]:  # noqa: ARG001
    """Nothing, whatever H saw."""
    return []
