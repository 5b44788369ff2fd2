"""README.md and docs/ say what is so: every block runs, every link leads somewhere, what is generated is as it is now.

The blocks themselves are tests of their own, by conftest.py in the root.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

import hch.tasks
from docs import generate
from docs.blocks import MAKE, ROOT, dialogue, difference, directives, pages, parsed, sybil, tidy
from docs.modules import undocumented
from hch.cli.usage import COMMANDS, DONE, FAILED, INTERRUPTED, WRONG_USAGE
from hch.experiments import load
from hch.training.schemes import SCHEMES

README = (ROOT / "README.md").read_text("utf-8")
COMMAND_LINE = (ROOT / "docs" / "command-line.md").read_text("utf-8")

RUN = ("python", "console")
SHOWN = ("text",)
"""The languages of blocks that run, and of those that only show: formats, outputs, signatures."""

PAGES = [str(page.relative_to(ROOT)) for page in pages()]


def tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8"))


def everything(of: list[Token]) -> Iterator[Token]:
    for token in of:
        yield token
        yield from everything(token.children or [])


# Blocks


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_code_runs_or_only_shows_something(page: str) -> None:
    fences = [token.info for token in tokens(ROOT / page) if token.type in ("fence", "code_block")]
    assert set(fences) <= {*RUN, *SHOWN}
    examples = [example.region.lexemes["arguments"] for example in parsed(ROOT / page)]
    assert Counter(examples) == Counter(language for language in fences if language in RUN)
    assert sybil().should_parse(ROOT / page)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_only_shown_is_the_output_of_the_block_above_it(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert text.count("\n```text\n") == len(
        re.findall(r"^```python\n(?:(?!```).*\n)+```\n\n```text$", text, re.MULTILINE)
    )


@pytest.mark.parametrize("page", PAGES)
def test_comments_above_blocks_are_known_ones(page: str) -> None:
    document = parsed(ROOT / page)
    said = [directives(example, document.text) for example in document]
    assert sum(map(bool, said)) == len(re.findall(r"^<!-- [a-z, ]+ -->$", document.text, re.MULTILINE))


@pytest.mark.parametrize(
    ("shown", "printed", "said", "same"),
    [
        ("a\nb", "a  \nb\n\n", set(), True),
        ("a\nb", "a\nc", set(), False),
        ("a", "", set(), False),
        ("", "a", set(), False),
        ("a 1", "a 2", set(), False),
        ("a\n…\nd", "a\nb\nc\nd", set(), True),
        ("a\n…\nd", "a\nb\nc", set(), False),
        ("all  68.6%  1,000", "all 9.0% 12", {"shape"}, True),
        ("all  68.6%", "some  68.6%", {"shape"}, False),
        ("all  68.6%", "all", {"shape"}, False),
        ("by model", "by model, 93.1% sure", {"shape"}, True),
        ("by model, 99.9% sure", "by model", {"shape"}, True),
        ("…\nby model, 99.9% sure", "a b\nby model, 9% sure", {"shape"}, True),
        ("by model", "by H, 93.1% sure", {"shape"}, False),
    ],
)
def test_an_output_is_compared_line_by_line_or_by_its_shape(
    shown: str, printed: str, said: set[str], same: bool
) -> None:
    assert (difference(shown, printed, said) is None) == same


def test_a_dialogue_is_commands_with_what_they_print() -> None:
    assert dialogue("$ a b\nx\n\ny\n$ c\n") == [("a b", "x\n\ny\n"), ("c", "")]


# Links


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    result: Counter[str] = Counter()
    names = set()
    content = tokens(page)
    for token, following in pairwise(content):
        if token.type == "heading_open":
            text = "".join(child.content for child in following.children or [])
            names.add(slug(text) + (f"-{result[slug(text)]}" if result[slug(text)] else ""))
            result[slug(text)] += 1
    return names


def targets(page: Path) -> Iterator[str]:
    for token in everything(tokens(page)):
        target = token.attrGet({"link_open": "href", "image": "src"}.get(token.type, ""))
        if target is not None:
            yield str(target)


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_leads_to_a_file_that_exists_and_to_a_heading_in_it(page: str) -> None:
    here = ROOT / page
    for target in targets(here):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        there = (here.parent / path).resolve() if path else here
        assert there.is_file(), f"{page} links to {target}, which is not there"
        assert there.is_relative_to(ROOT), f"{page} links to {target}, which is outside"
        if anchor:
            assert anchor in anchors(there), f"{page} links to {target}; {path or page} has {sorted(anchors(there))}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting += [
                (page.parent / target.partition("#")[0]).resolve() for target in targets(page) if ":" not in target
            ]
    assert set(pages()) <= reached


# What is generated


def test_what_is_generated_is_as_it_would_be_now() -> None:
    files = generate.generated().items()
    stale = [str(path.relative_to(ROOT)) for path, text in files if path.read_text("utf-8") != text]
    assert not stale, "run scripts/docs"


def test_every_public_module_class_and_function_is_documented() -> None:
    assert undocumented() == []


def chapters() -> set[str]:
    """What stands right below ``hch``."""
    places = [path for path in (ROOT / "src" / "hch").iterdir() if path.suffix == ".py" or path.is_dir()]
    return {path.stem for path in places if not path.stem.startswith("_")}


def test_every_chapter_has_a_line_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    shown = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(shown) == sorted(chapters())
    assert len(shown) == 15


# What documents import


def imports_in(page: Path) -> list[tuple[str, str]]:
    """Each module and name that the Python blocks of a page import from hch."""
    nodes = [
        node
        for code in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
        for node in ast.walk(ast.parse(code))
    ]
    return [
        (node.module, alias.name)
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "hch"
        for alias in node.names
    ]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_documents_import_public_names_from_chapters_alone(page: Path) -> None:
    for module, name in imports_in(page):
        assert name in dir(importlib.import_module(module)), f"from {module} import {name}"
        assert module == "hch" or module.split(".")[1] in chapters()
        public = getattr(importlib.import_module(module), "__all__", None)
        assert module == "hch.protocols" or (public is not None and name in public), f"{name} is not public in {module}"


def test_some_documents_do_import_from_chapters() -> None:
    modules = {module for page in pages() for module, _ in imports_in(page)}
    assert {"hch", "hch.humans", "hch.training", "hch.models"} <= modules


# README


def test_the_readme_says_what_hch_is_for_in_its_first_ten_lines() -> None:
    assert {"imitate", "human", "HCH"} <= set(re.findall(r"\w+", "\n".join(README.splitlines()[:10])))


def test_the_readmes_command_for_tests_is_that_of_ci() -> None:
    assert "$ make test\n" in README
    assert re.search(r"^make .*\btest\b", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", MAKE)
def test_make_runs_what_the_readme_is_tested_with(command: str) -> None:
    target = command.removeprefix("make ")
    recipe = (ROOT / "Makefile").read_text("utf-8").partition(f"\n{target}:")[2].partition("\n\n")[0]
    words = re.search(r"\.venv/bin/hch (.*)", recipe)
    assert words is not None
    assert shlex.split(words[1].replace("$$out", f"runs/{target}")) == MAKE[command]
    assert f"$ {command}\n" in README


def test_the_table_in_the_readme_has_the_shape_of_a_run(tiny_run: Path) -> None:
    from hch.cli.display import results_table

    results = json.loads((tiny_run / "results.json").read_text("utf-8"))
    (shown,) = re.findall(r"^\$ make demo\n(.*?)\n\nreport: runs/demo/report.html$", README, re.DOTALL | re.MULTILINE)
    assert difference(shown, generate.as_text(results_table(results)), {"shape"}) is None


# Tables in pages


def documented(heading: str) -> list[str]:
    """The first column of the table below a heading of the page about the command line."""
    section = re.split(r"^##+ ", COMMAND_LINE.partition(f"# {heading}\n")[2], flags=re.MULTILINE)[0]
    return [name.strip("`") for name in re.findall(r"^\| (`?[\w.]+`?) \|", section, re.MULTILINE)][1:]


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    assert documented("Exit codes") == [str(code) for code in (DONE, FAILED, WRONG_USAGE, INTERRUPTED)]


def test_each_command_has_its_help_on_the_page() -> None:
    for command in COMMANDS:
        assert f"## hch {command}\n" in COMMAND_LINE
        assert f"$ hch {command} --help\n" in COMMAND_LINE


def test_the_files_of_a_run_are_all_explained(tiny_run: Path) -> None:
    assert set(documented("A run's folder")) == {path.name for path in tiny_run.iterdir() if path.name != ".lock"}


def test_the_fields_of_metrics_and_results_are_all_explained(tiny_run: Path) -> None:
    rows = [json.loads(line) for line in (tiny_run / "metrics.jsonl").read_text("utf-8").splitlines()]
    results: dict[str, Any] = json.loads((tiny_run / "results.json").read_text("utf-8"))
    metrics = documented("metrics.jsonl")
    sometimes = ["imitated", "signal", "oversight", "alarm", "note"]
    assert [*rows[0]] == [name for name in metrics if name not in sometimes]
    shared = metrics[metrics.index("questions_seen") : metrics.index("most_common") + 1]
    assert [*results] == [
        name for name in documented("results.json") if name not in ("reason", "waiting", "oversight")
    ] + shared


def test_the_record_and_the_transcripts_of_a_run_are_explained(tiny_run: Path) -> None:
    record = json.loads((tiny_run / "experiment.json").read_text("utf-8"))
    tree = json.loads((tiny_run / "transcripts.jsonl").read_text("utf-8").splitlines()[0])
    transcript = tree["transcripts"][0]
    consultations = [c for line in transcript["rounds"] for c in line]
    for name in {*record, *tree, *transcript, *(key for c in consultations for key in c)}:
        assert f"`{name}`" in COMMAND_LINE


def test_every_scheme_has_a_section_or_a_page() -> None:
    text = (ROOT / "docs" / "schemes.md").read_text("utf-8")
    for name in SCHEMES:
        assert re.search(rf"^\| \[`{name}`\]\((#|schemes/)", text, re.MULTILINE)
    for page in (ROOT / "docs" / "schemes").glob("*.md"):
        assert "**What can go wrong.**" in page.read_text("utf-8") or page.stem == "overseers"


def test_every_task_has_a_section_with_its_settings_class() -> None:
    text = (ROOT / "docs" / "tasks.md").read_text("utf-8")
    tasks = [name for name in dir(hch.tasks) if hasattr(getattr(hch.tasks, name), "instance") and name != "Task"]
    assert len(tasks) >= 10
    for name in tasks:
        assert re.search(rf"from hch.tasks import [^\n]*\b{name}\b", text), name


def test_the_settings_page_has_every_setting_of_the_experiment() -> None:
    from hch.cli.options import option_names

    shown = (ROOT / "docs" / "settings.md").read_text("utf-8")
    for name in option_names(load("permutation-tiny")):
        assert f"--{name}" in shown


def test_tidy_keeps_what_is_inside() -> None:
    assert tidy("\n a  \n\n b\n\n") == " a\n\n b"
