"""Writes what the documentation takes from the code: reference pages, the list of modules, the outputs of commands.

``scripts/docs`` writes it, and a test compares. ``scripts/docs RUN`` also puts the table and the curves of a finished
run of permutation-tiny or words-tiny into README.md, and the curves of what ``hch compare`` has left beside them.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe

from docs.blocks import MAKE, ROOT, dialogue, directives, furnish, inside, parsed, ran, tidy

REFERENCE = ROOT / "docs" / "reference"
PICTURES = ROOT / "docs" / "pictures"
WIDEST = 100
"""Characters of a signature on one line."""
LONGEST = 160
"""Characters of a constant's value that are shown."""

SHOWN_DUNDERS = ("__call__", "__enter__", "__len__", "__iter__")
"""The methods of Python's own that say what an object is for."""


def generated() -> dict[Path, str]:
    """Each file that has something generated in it, as it should be now."""
    files = {page_of(module): reference_page(module) for module in modules()}
    files[REFERENCE / "index.md"] = reference_index()
    architecture = ROOT / "docs" / "architecture.md"
    files[architecture] = between(architecture.read_text("utf-8"), "modules", layered_modules())
    for page in (ROOT / "docs" / name for name in ("command-line.md", "settings.md", "optimum.md")):
        files[page] = with_outputs(page)
    return files


def main() -> None:
    """Writes every file that is not as it should be, and takes away pages of modules that are gone."""
    for run in map(Path, sys.argv[1:]):
        show_run(run)
    files = generated()
    for path in set(REFERENCE.rglob("*.md")) - files.keys():
        path.unlink()
        sys.stdout.write(f"removed {path.relative_to(ROOT)}\n")
    for path, text in files.items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")


# Reference


def modules() -> list[griffe.Module]:
    """The public modules of hch that hold something, by name."""
    loaded = griffe.load("hch", search_paths=[ROOT / "src"], allow_inspection=False)
    assert isinstance(loaded, griffe.Module)
    return [module for module in below(loaded) if module.docstring or names_in(module)]


def below(module: griffe.Module) -> Iterator[griffe.Module]:
    """A module and the public ones in it."""
    yield module
    for name, each in sorted(module.modules.items()):
        # What another module imports is no part of it, and a migration no part of what one programs with.
        if not name.startswith("_") and name != "migrations" and not each.is_alias:
            yield from below(each)


def names_in(module: griffe.Module) -> list[griffe.Object]:
    """The classes, functions and documented constants that a module defines for others, in their order."""
    return [
        member
        for name, member in module.members.items()
        if not name.startswith("_") and isinstance(member, griffe.Object) and has_place(member)
    ]


def has_place(member: griffe.Object) -> bool:
    """Whether a name belongs into a reference; a constant that nobody explains is a detail."""
    return member.is_class or member.is_function or (member.is_attribute and member.docstring is not None)


def undocumented() -> list[str]:
    """The modules, classes and functions that nothing is said about."""
    found = [each for module in modules() for each in (module, *names_in(module))]
    return [each.path for each in found if len((summary(each) or "").split()) < 3]


def page_of(module: griffe.Module) -> Path:
    """The file of a module's page."""
    return REFERENCE.joinpath(*(module.path.split(".")[1:] or ["hch"])).with_suffix(".md")


def summary(item: griffe.Object) -> str | None:
    """The first sentence or line of what is said about something."""
    return None if item.docstring is None else markdown(item.docstring.value.partition("\n")[0])


def markdown(text: str) -> str:
    """A docstring as Markdown: code in single backticks."""
    return re.sub(r"``([^`]+)``", r"`\1`", text.strip())


def reference_page(module: griffe.Module) -> str:
    """A module's page."""
    page = page_of(module)
    assert isinstance(module.filepath, Path)
    source = module.filepath.relative_to(ROOT).as_posix()
    parts = [f"# {module.path}", markdown(module.docstring.value) if module.docstring else ""]
    parts.append(f"Source: [{source}]({relative(module.filepath, page.parent)})")
    if brought := list(brought_in(module, page)):
        parts.append("From other modules: " + ", ".join(brought) + ".")
    for member in names_in(module):
        parts += [f"## {member.name}", f"```text\n{code(member)}\n```"]
        parts.append(markdown(member.docstring.value) if member.docstring else "")
        if member.is_class:
            parts.append("\n".join(f"- `{each.name}`: {flat(each)}" for each in explained(member)))
    return "\n\n".join(part for part in parts if part) + "\n"


def brought_in(module: griffe.Module, page: Path) -> Iterator[str]:
    """Links to what a package hands on from other modules of hch."""
    for name in module.exports or []:
        member = module.members[str(name)]
        if not isinstance(member, griffe.Alias) or not member.target_path.startswith("hch."):
            continue
        home = module.modules_collection[member.target_path.rpartition(".")[0]]
        target = relative(page_of(home), page.parent)
        documented = any(each.name == member.target_path.rpartition(".")[2] for each in names_in(home))
        yield f"[`{name}`]({target}{f'#{str(name).lower()}' if documented else ''})"


def relative(path: Path, start: Path) -> str:
    """The way to a file from a folder, as links have it."""
    return Path(os.path.relpath(path, start)).as_posix()


def code(member: griffe.Object) -> str:
    """How something is declared."""
    if isinstance(member, griffe.Function):
        return signature(member)
    if isinstance(member, griffe.Class):
        return class_code(member)
    assert isinstance(member, griffe.Attribute)
    annotation = f": {member.annotation}" if member.annotation else ""
    value = "" if member.value is None else f" = {shortened(str(member.value))}"
    return f"{member.name}{annotation}{value}"


def class_code(cls: griffe.Class) -> str:
    """A class's head, fields and methods."""
    bases = ", ".join(str(base) for base in cls.bases)
    lines = [f"class {cls.name}{f'({bases})' if bases else ''}:"]
    plain_class = "dataclass" not in cls.labels
    for member in cls.members.values():
        if isinstance(member, griffe.Attribute) and "property" not in member.labels and is_field(member):
            lines.append(f"    {code(member)}")
        elif isinstance(member, griffe.Attribute) and "property" in member.labels and is_public(member):
            lines.append(f"    {member.name}: {member.annotation}  # property")
        elif isinstance(member, griffe.Function) and (is_public(member) or (plain_class and member.name == "__init__")):
            lines += [f"    @{d.value}" for d in member.decorators]
            lines.append("    " + signature(member).replace("\n", "\n    "))
    if lines[-1].endswith(":"):
        return lines[0].removesuffix(":")
    return "\n".join(lines)


def is_public(member: griffe.Object) -> bool:
    """Whether a member of a class is for others."""
    return not member.name.startswith("_") or member.name in SHOWN_DUNDERS


def is_field(member: griffe.Attribute) -> bool:
    """Whether an attribute is declared in the class, and for others."""
    declared = member.annotation is not None or "class-attribute" in member.labels
    return declared and is_public(member)


def signature(function: griffe.Function) -> str:
    """A function's head: on one line if it fits, else a line for each parameter."""
    start = f"{'async ' if 'async' in function.labels else ''}def {function.name}("
    parts = parameters(function)
    returns = f" -> {function.returns}" if function.returns else ""
    line = f"{start}{', '.join(parts)}){returns}"
    if len(line) <= WIDEST:
        return line
    return "\n".join([start, *(f"    {part}," for part in parts), f"){returns}"])


def parameters(function: griffe.Function) -> list[str]:
    """The parameters as they are written, without ``self`` and ``cls``."""
    stars = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}
    parts: list[str] = []
    previous: griffe.ParameterKind | None = None
    for parameter in function.parameters:
        kind = parameter.kind
        if previous is griffe.ParameterKind.positional_only and kind is not previous:
            parts.append("/")
        if kind is griffe.ParameterKind.keyword_only and previous not in (kind, *stars):
            parts.append("*")
        previous = kind
        if parameter.name in ("self", "cls"):
            continue
        annotation = f": {parameter.annotation}" if parameter.annotation else ""
        equals = " = " if annotation else "="
        default = "" if parameter.default is None or kind in stars else f"{equals}{parameter.default}"
        parts.append(f"{stars.get(kind, '') if kind else ''}{parameter.name}{annotation}{default}")
    if previous is griffe.ParameterKind.positional_only:
        parts.append("/")
    return parts if parts != ["/"] else []


def explained(cls: griffe.Object) -> list[griffe.Object]:
    """The fields and methods of a class that something is said about."""
    return [
        member
        for member in cls.members.values()
        if isinstance(member, griffe.Object) and member.docstring is not None and is_public(member)
    ]


def flat(member: griffe.Object) -> str:
    """What is said about something, as one paragraph."""
    assert member.docstring is not None
    return re.sub(r"\s*\n\s*", " ", markdown(member.docstring.value))


def shortened(value: str) -> str:
    """A value, cut short if it is long."""
    return value if len(value) <= LONGEST else f"{value[:LONGEST].rstrip()} …"


def reference_index() -> str:
    """The list of all pages."""
    lines = [f"- [`{m.path}`]({relative(page_of(m), REFERENCE)}): {summary(m)}" for m in modules()]
    about = (
        "A page for every module, made of its docstrings and signatures by `scripts/docs`. "
        "[The architecture](../architecture.md) has the same modules by layer."
    )
    return "\n\n".join(["# Reference", about, "\n".join(lines)]) + "\n"


# Parts of pages


def between(text: str, name: str, content: str) -> str:
    """The text with new content between the two comments of a name."""
    start, end = f"<!-- {name}: made by scripts/docs -->", f"<!-- {name} end here. -->"
    assert text.count(start) == text.count(end) == 1, f"expected one “{start}” and one “{end}” in the page"
    return f"{text.partition(start)[0]}{start}\n\n{content}\n\n{end}{text.partition(end)[2]}"


def layered_modules() -> str:
    """The modules by layer, from the top, with a line each; the layers are those that the import linter holds."""
    known: dict[str, list[griffe.Module]] = {}
    for module in modules():
        top = module.path.split(".")[1:2]
        if top:
            known.setdefault(top[0], []).append(module)
    parts = []
    for layer in layers():
        here = [name for name in layer if name in known]
        if here:
            parts.append(f"**{' · '.join(f'`{name}`' for name in here)}**")
            parts.append("\n".join(line(module) for name in here for module in known.pop(name)))
    if known:
        parts.append("**in no layer yet**")
        parts.append("\n".join(line(module) for found in known.values() for module in found))
    return "\n\n".join(parts)


def line(module: griffe.Module) -> str:
    """A module with its link and what it says of itself."""
    link = relative(page_of(module), ROOT / "docs")
    return f"- [`{module.path.removeprefix('hch.')}`]({link}): {summary(module)}"


def layers() -> list[list[str]]:
    """The layers from the top, as pyproject.toml has them for the import linter."""
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = (each for each in contracts if each["type"] == "layers")
    return [[name.strip(" ()") for name in re.split(r"[|:]", layer)] for layer in contract["layers"]]


def with_outputs(page: Path) -> str:
    """A page whose blocks marked ``generated`` have the outputs that their commands have now."""
    document = parsed(page)
    text = document.text
    with tempfile.TemporaryDirectory() as folder:
        furnish(Path(folder))
        for example in reversed(list(document.examples())):
            if "generated" not in directives(example, document.text):
                continue
            example.namespace["_folder"] = Folder(folder)
            with inside(example):
                told = "".join(f"$ {c}\n{tidy(ran(c, example.namespace))}\n" for c, _ in dialogue(example.parsed))
            text = f"{text[: example.start]}```console\n{told}```{text[example.end :]}"
    return text


class Folder:
    """A folder as a page has it."""

    def __init__(self, name: str) -> None:
        self.name = name


def as_text(table: object) -> str:
    """What a terminal shows of a table."""
    from rich.console import Console

    printed = io.StringIO()
    Console(file=printed, width=100, highlight=False).print(table)
    return tidy(printed.getvalue())


def printed_of(run: Path) -> str:
    """What training printed when this run was done: its tables, and where things are."""
    from hch.cli.display import results_table, rounds_table
    from hch.report import read_run

    found = read_run(run)
    tables = [results_table(found.results)]
    if len(found.rows) > 1 and found.number("step", of=found.rows[0]) == 0:
        tables.insert(0, rounds_table(found.rows))
    return "\n\n".join(map(as_text, tables))


def show_run(run: Path) -> None:
    """Puts a run's tables into README.md, and its curves beside it; of a comparison, its curves."""
    if (run / "comparison.json").exists():
        show_comparison(run)
        return
    from hch.report import read_run
    from hch.report.plots import save_png
    from hch.report.run_plots import make_accuracy_panels, make_difficulty_panel, make_progress_panel

    found = read_run(run)
    name = found.experiment["experiment"]
    commands = {words[1]: command for command, words in MAKE.items()}
    assert name in commands, f"{run} is not a run of {' or '.join(commands)}"
    folder = f"runs/{commands[name].removeprefix('make ')}"
    places = (f"model: {folder}/model\n" if (run / "model").exists() else "") + f"report: {folder}/report.html"
    readme = ROOT / "README.md"
    text = readme.read_text("utf-8")
    block = re.compile(rf"(```console\n\$ {commands[name]}\n).*?\n```", re.DOTALL)
    assert len(block.findall(text)) == 1, f"README.md has no block that begins with “$ {commands[name]}”"
    readme.write_text(block.sub(lambda m: f"{m[1]}{printed_of(run)}\n\n{places}\n```", text), "utf-8")
    panels = [panel for panel in make_accuracy_panels([found]) if "seconds" not in panel.title]
    if (run / "model").exists():
        panels = [make_progress_panel(found), make_difficulty_panel(found)]
    save_png(panels, str(PICTURES / f"{name}.png"))


def show_comparison(folder: Path) -> None:
    """Puts the curves of proxy and gold that a comparison has drawn among the pictures, under its experiment's name."""
    from hch.text.files import read_json

    (name,) = {read_json(each)["experiment"] for each in folder.glob("*/experiment.json")}
    (PICTURES / f"{name}.png").write_bytes((folder / "proxy.png").read_bytes())


if __name__ == "__main__":
    main()
