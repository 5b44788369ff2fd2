"""The command line: it parses, calls and prints, and what it calls could as well be called from Python.

A command is imported when it is used, so that ``hch --help`` and ``hch list`` load nothing heavy.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence

from hch.cli.usage import COMMANDS, DONE, FAILED, INTERRUPTED, WRONG_USAGE, UsageError, overview, unknown
from hch.text.display import plain

EXTRAS = {
    "train": ("torch", "numpy", "jaxtyping", "safetensors"),
    "report": ("matplotlib", "jinja2"),
    "people": (
        "alembic", "argon2", "fastapi", "itsdangerous", "krippendorff", "psycopg", "pyarrow", "rapidfuzz", "sqlalchemy",
        "uvicorn",
    ),
    "optimum": ("ortools",),
}  # fmt: skip
"""What an installation may lack, by the extra that brings it."""


MODULES = {"list": "listing"}
"""A command's module has its name, but for this one: it would hide Python's own ``list`` in here."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code. Errors are said on stderr in a line; a traceback means a bug."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that has no σ gets it spelled out
            stream.reconfigure(errors="backslashreplace")
    try:
        return _command(words)
    except UsageError as error:
        return _said(error, WRONG_USAGE)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        for extra, packages in EXTRAS.items():
            if missing in packages:
                return _said(f"{missing} is not installed, and this needs it: pip install 'hch[{extra}]'", FAILED)
        raise
    except KeyboardInterrupt:
        return _said("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has seen enough, as in `hch list | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python would complain when it closes it
        return FAILED
    except Exception as error:
        # Imported here, because only commands that import them anyway can raise them.
        from hch.people.store.errors import StoreError
        from hch.tasks.facts import TaskError
        from hch.text.files import RunError

        if isinstance(error, RunError | StoreError | TaskError):
            return _said(error, WRONG_USAGE if isinstance(error, TaskError) else FAILED)
        if _is_the_databases(error):
            return _said(f"the database failed: {str(error.__cause__).strip().partition(chr(10))[0]}", FAILED)
        raise


def _is_the_databases(error: Exception) -> bool:
    """Whether this tells of a full disk, a server that has gone away and the like, and not of a bug."""
    raised = sys.modules.get("sqlalchemy.exc")  # where nobody has imported that, nobody can have raised it
    return raised is not None and type(error) in (raised.OperationalError, raised.DatabaseError)


def _command(words: list[str]) -> int:
    if not words:
        print(overview(), file=sys.stderr)
        return WRONG_USAGE
    command, rest = words[0], words[1:]
    if command in ("-h", "--help", "help"):
        print(overview())
        return DONE
    if command == "--version":
        from importlib.metadata import version

        print(f"hch {version('hch')}")
        return DONE
    if command not in COMMANDS:
        kind = "option" if command.startswith("-") else "command"
        raise unknown(kind, command, ["--help", "--version"] if kind == "option" else COMMANDS, " See hch --help")
    module = MODULES.get(command, command)
    code: int = importlib.import_module(f"{__name__}.{module}").main(rest)
    return code


def _said(error: object, code: int) -> int:
    print(f"hch: {plain(error)}", file=sys.stderr)
    return code
