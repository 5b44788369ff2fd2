"""Builds the documentation site in build/site from docs/*.md and from the docstrings of src/hch.

Pages are copied into build/pages, where a link to a source file becomes one to what its page in the site says of it.
There is a page for each package and module right below ``hch``, whatever their names are.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from posixpath import relpath

import griffe

from docs.modules import ROOT, markdown, modules, names_in, summary

BUILD = ROOT / "build"
PAGES = BUILD / "pages"

CONFIGURATION = ROOT / "docs" / "zensical.toml"
CODE = '{ "Code" = [] }'
"""The entry of the navigation that the pages on the code are put into."""

OUTSIDE = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md", "README.md": "index.md"}
"""Files outside of docs/ and the pages that show them; what README.md says to newcomers is in docs/index.md."""

LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
"""A link or picture of Markdown: its text and its target."""

FENCE = re.compile(r"^(```.*?^```)$", re.DOTALL | re.MULTILINE)

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Sources:
    """The modules of hch, and where the site has what it says of each."""

    def __init__(self) -> None:
        self.modules = {module.path: module for module in modules()}
        self.by_file = {module.filepath: module for module in self.modules.values()}

    def chapters(self) -> dict[str, list[griffe.Module]]:
        """For each name right below ``hch``: its module, and those in it that are public."""
        chapters: dict[str, list[griffe.Module]] = {}
        for path, module in self.modules.items():
            if path != "hch":
                chapters.setdefault(path.split(".")[1], []).append(module)
        return chapters

    def address(self, path: Path, text: str) -> str:
        """The page and anchor for a link to a source file; a text that is a name in the file leads to that name."""
        module = self.by_file[path]
        if module.path == "hch":
            return "code/index.md"
        page = f"code/{module.path.split('.')[1]}.md"
        name = text.strip("`")
        if name in {member.name for member in names_in(module)}:
            return f"{page}#{module.path}.{name}"
        return page if module.path.count(".") == 1 else f"{page}#{module.path}"


def main() -> int:
    """Builds the site, and returns an exit code; a link or an anchor that leads nowhere is an error."""
    # Zensical's cache too: it does not see that a docstring changed.
    for folder in ("pages", "site", ".cache"):
        shutil.rmtree(BUILD / folder, ignore_errors=True)
    sources = Sources()
    originals = {page: page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    originals |= {ROOT / name: place for name, place in OUTSIDE.items() if name != "README.md"}
    listed = CONFIGURATION.read_text("utf-8")
    problems = [
        f"docs/zensical.toml has no place in the navigation for {place}"
        for place in originals.values()
        if f'"{place}"' not in listed
    ]
    for page, place in originals.items():
        write(place, for_site(page, place, originals, sources, problems))
    shutil.copytree(ROOT / "docs" / "pictures", PAGES / "pictures")
    write("javascripts/iframe-worker.js", (ROOT / "docs" / "iframe-worker.js").read_text("utf-8"))
    write("code/index.md", code_index(sources))
    for name, members in sources.chapters().items():
        write(f"code/{name}.md", code_page(members))
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        return 1
    (BUILD / "zensical.toml").write_text(configuration(sources), "utf-8")
    return zensical()


def configuration(sources: Sources) -> str:
    """The settings of the site, with the pages on the code in the navigation."""
    text = CONFIGURATION.read_text("utf-8")
    assert text.count(CODE) == 1, f"expected {CODE} once in docs/zensical.toml"
    entries = ['"code/index.md"', *(f'{{ "{name}" = "code/{name}.md" }}' for name in sources.chapters())]
    return text.replace(CODE, f'{{ "Code" = [{", ".join(entries)}] }}')


def zensical() -> int:
    """Builds what lies in build/, and prints what is wrong with it."""
    command = [
        sys.executable,
        "-m",
        "zensical",
        "build",
        "--strict",
        "--config-file",
        str(BUILD / "zensical.toml"),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        # After its list of issues, a strict build ends with a traceback.
        sys.stderr.write(COLOUR.sub("", done.stdout.partition("Traceback")[0] or done.stdout))
    else:
        sys.stdout.write(f"{BUILD.relative_to(ROOT)}/site/index.html\n")
    return done.returncode


def write(place: str, text: str) -> None:
    """A page of the site."""
    path = PAGES / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def for_site(page: Path, place: str, originals: dict[Path, str], sources: Sources, problems: list[str]) -> str:
    """A page with its links as the site needs them; what is wrong with one is added to the problems."""

    def relink(link: re.Match[str]) -> str:
        text, target = link[1], link[2]
        path, hash_sign, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target) or not path:
            return link[0]
        file = (page.parent / path).resolve()
        if file in sources.by_file:
            there = sources.address(file, text)
        elif file.name in OUTSIDE and file.parent == ROOT:
            there = OUTSIDE[file.name] + hash_sign + anchor
        elif file in originals or file.is_relative_to(ROOT / "docs" / "pictures"):
            there = file.relative_to(ROOT / "docs").as_posix() + hash_sign + anchor
        else:
            problems.append(f"{page.relative_to(ROOT)} links to {target}, which is no page, picture or module")
            return link[0]
        return f"[{text}]({relpath(there, Path(place).parent.as_posix())})"

    parts = FENCE.split(page.read_text("utf-8"))
    return "".join(part if part.startswith("```") else LINK.sub(relink, part) for part in parts)


def code_index(sources: Sources) -> str:
    """The page that lists what is right below ``hch``."""
    about = sources.modules["hch"]
    lines = []
    for name, members in sources.chapters().items():
        first = members[0]
        says = f": {summary(first)}" if first.path == f"hch.{name}" and first.docstring else ""
        lines.append(f"- [`hch.{name}`]({name}.md){says}")
    parts = ["# Code", markdown(about.docstring.value if about.docstring else ""), "\n".join(lines)]
    return "\n\n".join([*parts, *exports(about, list(sources.modules.values()))]) + "\n"


def code_page(members: list[griffe.Module]) -> str:
    """A page on a package or a module: what it exports, then each module with its names."""
    chapter = ".".join(members[0].path.split(".")[:2])
    parts = [f"# {chapter}", *exports(members[0], members)]
    for module in members:
        options = {
            "show_root_heading": str(module.path != chapter).lower(),
            "members": json.dumps([member.name for member in names_in(module)]),
        }
        lines = [f"::: {module.path}", "    options:", *(f"      {name}: {value}" for name, value in options.items())]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def exports(package: griffe.Module, members: list[griffe.Module]) -> Iterator[str]:
    """A line with links to what a package exports, as its list ``__all__`` or the stub beside it says."""
    homes = {member.name: f"{module.path}.{member.name}" for module in members for member in names_in(module)}
    names = [str(name) for name in package.exports or []]
    if isinstance(package.filepath, Path) and package.filepath.with_suffix(".pyi").exists():
        names += [name for name, member in package.members.items() if member.is_alias]
    if links := [f"[`{name}`][{homes[name]}]" for name in names if name in homes]:
        yield f"`{package.path}` exports " + ", ".join(links) + "."


if __name__ == "__main__":
    sys.exit(main())
