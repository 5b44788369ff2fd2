"""How README.md and the pages in docs/ are run: every block does what the page shows, or a test fails.

A ``python`` block is run, and what it prints stands in the ``text`` block right below it. A ``console`` block is a
dialogue: ``$ command``, then what that prints. The blocks of one page run in its order, in a folder of the page's own.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sybil import Document, Example, Region, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser

ROOT = Path(__file__).resolve().parent.parent

SCREEN = {"COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb"}
"""The terminal that outputs are made for."""

DIRECTIVES = ("slow", "shape", "generated")
"""What may stand in a comment above a block. ``slow``: its test is marked so. ``shape``: numbers may be others, as they
are on another machine. ``generated``: scripts/docs writes the output anew."""

PAGE_FILE = re.compile(r"# (\w+\.py)\n")
"""The first line of a Python block that is also a file in the page's folder."""

PROGRESS = re.compile(r"step \d+ of \d+\b|.*\d%\|")
"""How a line begins that a terminal would show as a bar, or that is one: a model is converted when it is first used."""

MAKE = {
    "make demo": ["train", "permutation-tiny", "--out", "runs/demo"],
    "make demo-language": ["train", "words-tiny", "--out", "runs/demo-language"],
}
"""The commands that make runs. Of all others it is only checked that the target exists: a test cannot run the tests."""


def pages() -> list[Path]:
    """README.md and every page in docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def sybil() -> Sybil:
    """What finds the blocks of all pages, and runs them."""
    parsers = [CodeBlockParser("python", run_python), CodeBlockParser("console", run_console)]
    patterns = ["README.md", "docs/*.md", "docs/*/*.md", "docs/*/*/*.md"]
    return Sybil(parsers, patterns=patterns, path=str(ROOT), setup=open_folder, teardown=close_folder)


def parsed(page: Path) -> Document:
    """A page, and in it the blocks that run."""
    return sybil().parse(page)


def open_folder(namespace: dict[str, Any]) -> None:
    """Gives a page its own folder."""
    namespace["__name__"] = "page"
    namespace["_folder"] = tempfile.TemporaryDirectory(prefix="page-")
    furnish(Path(namespace["_folder"].name))


def furnish(folder: Path) -> None:
    """Puts what a reader has before they begin into a page's folder: the examples, as beside README.md."""
    (folder / "examples").symlink_to(ROOT / "examples")


def close_folder(namespace: dict[str, Any]) -> None:
    """Takes the folder away again."""
    namespace.pop("_folder").cleanup()


def directives(region: Region | Example, text: str) -> set[str]:
    """What the comment right above a block says of it."""
    result = re.search(r"<!-- ([a-z, ]+) -->\n+\Z", text[: region.start])
    said = set(result[1].split(", ")) if result else set()
    assert said <= {*DIRECTIVES}, f"above a block there may be {DIRECTIVES}, got {said}"
    return said


def run_python(example: Example) -> str | None:
    """Runs the block, and compares what it prints with the ``text`` block right below it."""
    prepare(example)
    text = example.document.text
    below = re.match(r"\n+```text\n(.*?)^```$", text[example.end :], re.DOTALL | re.MULTILINE)
    shown = below[1] if below and text[example.end :].startswith("\n\n```") else ""
    if named := PAGE_FILE.match(example.parsed):
        (Path(example.namespace["_folder"].name) / named[1]).write_text(example.parsed, "utf-8")
    with inside(example) as printed:
        PythonEvaluator()(example)
    return difference(shown, printed.getvalue(), directives(example, text))


def run_console(example: Example) -> str | None:
    """Runs the dialogue, and compares what each command prints with what the block shows."""
    prepare(example)
    said = directives(example, example.document.text)
    with inside(example) as _:
        for command, shown in dialogue(example.parsed):
            if result := difference(shown, ran(command, example.namespace, apart="slow" in said), said, command):
                return result
    return None


def prepare(example: Example) -> None:
    """Runs what comes before a block on its page and was not run, since only some tests were asked for."""
    done: set[int] = example.namespace.setdefault("_done", set())
    done.add(example.start)
    for other in example.document.examples():
        if (
            other.start < example.start
            and other.start not in done
            and "slow" not in directives(other, other.document.text)
        ):
            other.evaluate()


@contextlib.contextmanager
def inside(example: Example) -> Iterator[io.StringIO]:
    """In the page's folder, with what is printed caught."""
    before = {name: os.environ.get(name) for name in SCREEN}
    printed = io.StringIO()
    os.environ.update(SCREEN)
    try:
        with contextlib.chdir(example.namespace["_folder"].name), contextlib.redirect_stdout(printed):
            yield printed
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def dialogue(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it prints."""
    assert text.startswith("$ "), f"a console block begins with a command, got {text.splitlines()[0]!r}"
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(command, shown) for command, _, shown in (part.partition("\n") for part in parts)]


def ran(command: str, namespace: dict[str, Any], apart: bool = False) -> str:
    """What a command prints, on stdout and on stderr. ``hch`` is called here, everything else by bash.

    With ``apart`` it has a process of its own, as for whoever reads the page: what it takes in memory ends with it.
    """
    words = shlex.split(command)
    if command == "echo $?":
        return f"{namespace['_code']}\n"
    called = MAKE.get(command) or (words[1:] if Path(words[0]).name == "hch" else None)
    if called is not None:
        namespace["_code"], printed = (hch_apart if apart else hch)(called)
        return printed
    if words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert words[1] in targets, f"the Makefile has no target {words[1]}, only {targets}"
        return ""
    done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    namespace["_code"] = done.returncode
    return done.stdout.decode()


def hch(words: Sequence[str]) -> tuple[int, str]:
    """The exit code of a command of hch, and what it prints; a line of progress is left out."""
    from hch.cli import main

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            code = main(words)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, without_progress(printed.getvalue())


def hch_apart(words: Sequence[str]) -> tuple[int, str]:
    """The same in a process of its own."""
    # As an installed command, it imports nothing from the folder that it stands in.
    called = [sys.executable, "-P", "-c", "import sys; from hch.cli import main; sys.exit(main(sys.argv[1:]))", *words]
    done = subprocess.run(called, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, without_progress(done.stdout.decode())


def without_progress(printed: str) -> str:
    """What was printed, without the lines that a terminal would show as a bar."""
    return "".join(f"{line}\n" for line in printed.splitlines() if not PROGRESS.match(line))


def difference(shown: str, printed: str, said: set[str], command: str = "") -> str | None:
    """How what the page shows differs from what was printed; None if it does not.

    Spaces at the ends of lines do not matter, and a line of ``…`` stands for any lines. Where only the shape matters,
    and in a help text, which one Python wraps otherwise than the next, no spacing does.
    """
    wanted, result = (tidy(text).splitlines() for text in (shown, printed))
    if matches(wanted, result, loose="shape" in said or command.endswith("--help"), numbers="shape" not in said):
        return None
    lines = difflib.unified_diff(wanted, result, "the page", "what happened", lineterm="")
    return "\n".join([f"$ {command}"] * bool(command) + list(lines))


def tidy(text: str) -> str:
    """The text without spaces at the ends of its lines, and without empty lines at its own ends."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def matches(wanted: Sequence[str], result: Sequence[str], loose: bool, numbers: bool) -> bool:
    """Whether the lines are the same, up to what does not matter."""
    pattern = "\n".join(".*" if line == "…" else re.escape(line) for line in wanted)
    text = "\n".join(result)
    if not numbers:
        # How sure a model is of an answer goes without saying where that rounds to 100%.
        pattern, text = (re.sub(r",\\? [\d\\.]+%\\? sure", "", item) for item in (pattern, text))
        pattern = re.sub(r"\d+(?:(?:\\\.|,)\d+)*", r"[\\d.,]+", pattern)
    if loose:
        pattern = re.sub(r"(?:\\[ \n]|\n|─)+", r"\\s+", pattern)
        text = re.sub(r"─+", " ", text)
    return re.fullmatch(pattern, text, re.DOTALL) is not None
