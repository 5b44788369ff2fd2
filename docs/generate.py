"""Writes what the documentation takes from the code: the outputs of commands.

``scripts/docs`` writes it, and a test compares. ``scripts/docs RUN`` also puts the table and the curves of a finished
run of permutation-tiny or words-tiny into README.md, and the curves of what ``hch compare`` has left beside them.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

from docs.blocks import MAKE, ROOT, dialogue, directives, furnish, inside, parsed, ran, tidy

PAGES = ("command-line.md", "settings.md", "optimum.md")
PICTURES = ROOT / "docs" / "pictures"


def generated() -> dict[Path, str]:
    """Each file that has something generated in it, as it should be now."""
    return {page: with_outputs(page) for page in (ROOT / "docs" / name for name in PAGES)}


def main() -> None:
    """Writes every file that is not as it should be."""
    for run in map(Path, sys.argv[1:]):
        show_run(run)
    for path, text in generated().items():
        if path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")


# Parts of pages


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

    result = read_run(run)
    tables = [results_table(result.results)]
    if len(result.rows) > 1 and result.number("step", of=result.rows[0]) == 0:
        tables.insert(0, rounds_table(result.rows))
    return "\n\n".join(map(as_text, tables))


def show_run(run: Path) -> None:
    """Puts a run's tables into README.md, and its curves beside it; of a comparison, its curves."""
    if (run / "comparison.json").exists():
        show_comparison(run)
        return
    from hch.report import read_run
    from hch.report.plots import save_png
    from hch.report.run_plots import make_accuracy_panels, make_difficulty_panel, make_progress_panel

    result = read_run(run)
    name = result.experiment["experiment"]
    commands = {words[1]: command for command, words in MAKE.items()}
    assert name in commands, f"{run} is not a run of {' or '.join(commands)}"
    folder = f"runs/{commands[name].removeprefix('make ')}"
    places = (f"model: {folder}/model\n" if (run / "model").exists() else "") + f"report: {folder}/report.html"
    readme = ROOT / "README.md"
    text = readme.read_text("utf-8")
    block = re.compile(rf"(```console\n\$ {commands[name]}\n).*?\n```", re.DOTALL)
    assert len(block.findall(text)) == 1, f"README.md has no block that begins with “$ {commands[name]}”"
    readme.write_text(block.sub(lambda m: f"{m[1]}{printed_of(run)}\n\n{places}\n```", text), "utf-8")
    panels = [panel for panel in make_accuracy_panels([result]) if "seconds" not in panel.title]
    if (run / "model").exists():
        panels = [make_progress_panel(result), make_difficulty_panel(result)]
    save_png(panels, str(PICTURES / f"{name}.png"))


def show_comparison(folder: Path) -> None:
    """Puts the curves of proxy and gold that a comparison has drawn among the pictures, under its experiment's name."""
    from hch.text.files import read_json

    (name,) = {read_json(item)["experiment"] for item in folder.glob("*/experiment.json")}
    (PICTURES / f"{name}.png").write_bytes((folder / "proxy.png").read_bytes())


if __name__ == "__main__":
    main()
