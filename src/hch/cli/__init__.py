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


FUNCTIONS = {"list": ("parts", "main"), "resume": ("train", "resume")}
"""Where a command is, if not in the main of the module of its name."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code. An error is a line on stderr; a traceback means a bug."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that has no σ gets it spelled out
            stream.reconfigure(errors="backslashreplace")
    try:
        return _command(words)
    except UsageError as error:
        return _report(error, WRONG_USAGE)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        for extra, packages in EXTRAS.items():
            if missing in packages:
                return _report(f"{missing} is not installed, and this needs it: pip install 'hch[{extra}]'", FAILED)
        raise
    except KeyboardInterrupt:
        return _report("interrupted", INTERRUPTED)
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
            return _report(error, WRONG_USAGE if isinstance(error, TaskError) else FAILED)
        if _is_of_database(error):
            return _report(f"the database failed: {str(error.__cause__).strip().partition(chr(10))[0]}", FAILED)
        raise


def _is_of_database(error: Exception) -> bool:
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
    module, function = FUNCTIONS.get(command, (command, "main"))
    code: int = getattr(importlib.import_module(f"{__name__}.{module}"), function)(rest)
    return code


def _report(error: object, code: int) -> int:
    print(f"hch: {plain(error)}", file=sys.stderr)
    return code
