"""Mutation testing of the core: which small changes of a module do its tests not notice?

    scripts/mutate                   every module of mutation.toml
    scripts/mutate budget graph      only these
    scripts/mutate --again budget    only what survived the last time, with the tests as they are now

mutmut makes the mutants in a copy of the tree, under .cache/mutation. It changes functions and methods; those with
decorators, and what stands outside of functions, it leaves as they are. A survivor is listed in equivalent_mutants.md
where no test could tell it from the code, with the reason. Ends with status 1 where more than 5% of others survive.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import astuple, dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLACE = ROOT / ".cache" / "mutation"
COPIED = ("src", "tests", "docs", "examples", "benchmarks", "conftest.py", "README.md", "pyproject.toml")
SURVIVORS = "survivors.json"
MOST_SURVIVORS = 0.05
NOTICED = ("killed", "timeout", "segfault", "caught by type check")

CONFIGURATION = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["{file}"]
also_copy = {copied}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-m", "not slow"]
pytest_add_cli_args_test_selection = {tests}
timeout_constant = 3.0
timeout_multiplier = 5.0
use_git_change_detection = false
"""
"""What mutmut reads; a test that loops for ever under a mutant has noticed it, but only in the long run."""


@dataclass(frozen=True)
class Mutant:
    """A change of one line that no test has noticed, by mutmut's name for it."""

    name: str
    old: str
    new: str

    def is_among(self, equivalents: set[tuple[str, str]]) -> bool:
        """Whether it is listed, or does no more than relax ``strict=True``, which the page speaks of as a whole."""
        return (self.old, self.new) in equivalents or lenient(self.old) == lenient(self.new)

    def __str__(self) -> str:
        return f"{self.name}\n    - {self.old}\n    + {self.new}"


@dataclass(frozen=True)
class Result:
    """What became of a module's mutants."""

    module: str
    mutants: int
    noticed: int
    equivalent: int
    survivors: tuple[Mutant, ...]

    @property
    def share(self) -> float:
        """Survivors, of the mutants that are no equivalents."""
        return len(self.survivors) / max(self.mutants - self.equivalent, 1)

    def __str__(self) -> str:
        counts = (self.mutants, self.noticed, self.equivalent, len(self.survivors))
        return f"{self.module:12}" + "".join(f"{count:12,}" for count in counts) + f"{self.share:12.1%}"


def main() -> int:
    """Mutates modules, prints who survived and a table, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    settings = tomllib.loads((ROOT / "tests" / "mutation.toml").read_text())
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"one or more of {', '.join(settings)}")
    parser.add_argument("--again", action="store_true", help="try only what survived the last time")
    options = parser.parse_args()
    if unknown := set(options.modules) - set(settings):
        parser.error(
            f"there is no module {', '.join(sorted(unknown))} in mutation.toml, which has {', '.join(settings)}"
        )
    equivalents = read_equivalents((ROOT / "tests" / "equivalent_mutants.md").read_text())
    results = []
    for module in options.modules or settings:
        place = PLACE / module
        prepare(place, settings[module], again=options.again)
        names = [mutant.name for mutant in last_survivors(place) if not mutant.is_among(equivalents)]
        if names or not options.again:
            # What survived few examples is tried with as many as the tests usually have.
            mutmut(place, "run", "--max-children", "1", *(names if options.again else ()), thorough=options.again)
        results.append(result(module, place, equivalents))
        for mutant in results[-1].survivors:
            print(mutant)
    heads = ("mutants", "killed", "equivalent", "survived", "share")
    print(f"{'module':12}" + "".join(f"{head:>12}" for head in heads), *results, sep="\n")
    return int(any(one.share > MOST_SURVIVORS for one in results))


def prepare(place: Path, settings: dict[str, object], again: bool) -> None:
    """Copies the tree and writes mutmut's settings; what an earlier run has found is kept only for ``again``."""
    if not again:
        shutil.rmtree(place, ignore_errors=True)
    # Where the mutants will be: a folder that is not there when Python starts is never looked into.
    (place / "mutants" / "src").mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, place / name)
    copied = [name for name in COPIED if name not in ("src", "tests", "pyproject.toml")]
    with (place / "pyproject.toml").open("a") as file:
        file.write(CONFIGURATION.format(**settings, copied=copied))


def mutmut(place: Path, *arguments: str, thorough: bool = False) -> str:
    """Runs mutmut in a copy of the tree and returns what it says; RuntimeError, with the end of that, if it fails."""
    # The mutants are what is tested, also by tests that start a Python of their own.
    source = str(place / "mutants" / "src")
    environment = {**os.environ, "PYTHONPATH": source, "HYPOTHESIS_PROFILE": "hch" if thorough else "mutation"}
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = re.sub(r"[^\n]*\r", "", done.stdout + done.stderr)
        raise RuntimeError(f"mutmut {arguments[0]} failed in {place}:\n{said[-3000:]}")
    return done.stdout


def outcomes(place: Path) -> dict[str, str]:
    """What became of each mutant that was tried, by its name."""
    said = mutmut(place, "results", "--all", "true")
    every = dict(re.findall(r"^\s+(\S+mutmut_\d+): (.+)$", said, re.MULTILINE))
    return {name: outcome for name, outcome in every.items() if outcome != "not checked"}


def survivors(place: Path) -> list[Mutant]:
    """The mutants that no test has noticed, or that none runs; kept for the next time."""
    answer_found = []
    for name, outcome in outcomes(place).items():
        if outcome not in NOTICED:
            diff = mutmut(place, "show", name)
            old, new = (
                " ".join(map(str.strip, re.findall(rf"^{sign}(?!{sign * 2})(.*)$", diff, re.MULTILINE)))
                for sign in ("-", r"\+")
            )
            answer_found.append(Mutant(name, old, new))
    (place / SURVIVORS).write_text(json.dumps([astuple(mutant) for mutant in answer_found]))
    return answer_found


def last_survivors(place: Path) -> list[Mutant]:
    """The mutants that nothing had noticed the last time; none where there was no such time."""
    file = place / SURVIVORS
    return [Mutant(*fields) for fields in json.loads(file.read_text())] if file.exists() else []


def result(module: str, place: Path, equivalents: set[tuple[str, str]]) -> Result:
    """Counts what became of a module's mutants."""
    counts = Counter(outcomes(place).values())
    alive = survivors(place)
    left = tuple(mutant for mutant in alive if not mutant.is_among(equivalents))
    noticed = sum(counts[outcome] for outcome in NOTICED)
    return Result(module, counts.total(), noticed, len(alive) - len(left), left)


def lenient(line: str) -> str:
    """A line without what makes a zip strict."""
    return re.sub(r",\s*strict=\w+|,\s*(?=\))", "", line)


def read_equivalents(page: str) -> set[tuple[str, str]]:
    """The pairs of lines, old and new, that the page lists as one and the same to any test."""
    return set(re.findall(r"^- `` (.+?) ``\s+→\s+`` (.+?) ``", page, re.MULTILINE))


if __name__ == "__main__":
    sys.exit(main())
