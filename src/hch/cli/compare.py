"""``hch compare``: one experiment under several schemes, in one table, one plot and one report."""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from hch.cli.rebuild import named
from hch.cli.report import chosen_columns
from hch.cli.train import check, next_free
from hch.cli.usage import DONE, EXIT_CODES, INTERRUPTED, UsageError, unknown
from hch.report import COLUMNS, USUAL, Run, read_run, write_report
from hch.text.display import plain
from hch.training.schemes import SCHEMES

if TYPE_CHECKING:
    from hch.report.statistics import Estimate
    from hch.training.experiment import Experiment

PLAIN = ("imitation", "supervised")
"""The schemes that weigh nothing that the model itself says."""

SEEDS, WARM_UP = 3, 20
"""A short warm-up: what a model that has settled never says, no reward for it can be found."""
LIGHT = {
    "--steps": "300",
    "--evaluation.every": "50",
    "--evaluation.questions": "300",
    "--evaluation.judged": "150",
    "--evaluation.enough": "1.1",
}
"""What a comparison with rivals has, unless it is told otherwise: as many steps for all, and room for many runs."""
TEXT_WARM_UP = 3
LIGHT_IN_TEXT = {"--evaluation.judged": "50", "--evaluation.enough": "1.1"}
"""The same for a language model, which knows words already and is slow: the experiment says how much there is to do."""

HELP = f"""usage: hch compare NAME|FILE.py [--schemes A,B] [--seeds N] [--warm-up N] [--columns A,B] [--out FOLDER]
                   [--any.nested.option VALUE …]

Trains the same experiment under each scheme, everything else being equal, and puts the runs side by side. Each is a run
folder of its own in FOLDER (default: the next free runs/compare-NAME-1), beside the report.html of them all.

  --schemes   {", ".join(SCHEMES)}
              (default: all)
  --seeds     how many seeds, beginning with --seed (default: {SEEDS} with rivals of imitation, else 1)
  --warm-up   steps of imitation that all begin with, a run of their own (default: {WARM_UP} with rivals, or
              {TEXT_WARM_UP} for a language model, else 0);
              hch_approval and hch_debate begin with what imitation has trained, if it is among the schemes
  --columns   {", ".join(COLUMNS)}
              (default: {", ".join(USUAL)};
              with rivals a table of means over seeds, with intervals)

With rivals there is a comparison.json and a picture, proxy.png, of right answers against approval; models meet before H
as a judge, and are rated (preferred, in log-odds), and the judge's habits are told. Unless it is said otherwise
{", ".join(f"{option} is {value}" for option, value in LIGHT.items())}.
For a language model, {" and ".join(f"{option} is {value}" for option, value in LIGHT_IN_TEXT.items())},
and all else is as the experiment says.
With --allowance.human-actions N (or .consultations N) runs are matched by what they take of H in place of steps: each
ends after as much, or with the steps that the experiment has, unless --steps says how many; gold takes nothing of H.
All other options are those of hch train NAME --help.

{EXIT_CODES}"""


@dataclass(frozen=True)
class Comparison:
    """What is to be run: the experiment's name, the options for all, and where."""

    name: str
    schemes: list[str]
    options: list[str]
    seeds: list[int]
    warm_up: int
    folder: Path

    @property
    def has_rivals(self) -> bool:
        return any(scheme not in PLAIN for scheme in self.schemes)

    def path(self, scheme: str, seed: int) -> Path:
        """The folder of one run."""
        return self.folder / (scheme if len(self.seeds) == 1 else f"{scheme}-{seed}")

    def words(self, scheme: str, seed: int, start: Path | None = None) -> list[str]:
        """The options of one run."""
        begun = [] if start is None else ["--start", str(start)]
        return [*self.options, "--scheme", scheme, "--seed", str(seed), *begun]


def main(words: Sequence[str]) -> int:
    """Trains and compares, and returns the worst of the runs' exit codes."""
    if words and words[0] in ("-h", "--help"):
        print(HELP)
        return DONE
    from hch.cli.options import changed
    from hch.text.files import RunError

    name, experiment = named(words, "compare")
    read, options = _own(words[1:])
    schemes = chosen_schemes(read.schemes)
    columns = chosen_columns(read.columns, USUAL)
    if any(word.partition("=")[0] == "--scheme" for word in options):
        raise UsageError("compare takes several schemes: --schemes A,B")
    if "--help" in options or "-h" in options:
        print(HELP)
        return DONE
    rivals = any(scheme not in PLAIN for scheme in schemes)
    if rivals:
        options = [*_light(experiment, options, any("debate" in scheme for scheme in schemes)), *options]
    # A setting of the schemes may be among the options, so that none of them is understood without a scheme.
    first = changed(experiment, ["--scheme", schemes[0], *options], "hch train NAME").experiment.seed
    seeds = [first + number for number in range(_number(read.seeds, "--seeds", SEEDS if rivals else 1, 1))]
    usual = WARM_UP if experiment.language is None else TEXT_WARM_UP
    warm_up = _number(read.warm_up, "--warm-up", usual if rivals else 0, 0)
    folder = Path(read.out) if read.out else next_free(f"compare-{experiment.name}")
    of = Comparison(name, schemes, options, seeds, warm_up, folder)
    for scheme in dict.fromkeys([*schemes, *(["imitation"] if warm_up else [])]):
        check(changed(experiment, of.words(scheme, first), "hch train NAME").experiment)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder} exists and is not empty: choose another --out")
    codes, done = carried_out(of)
    if not done:
        return max(codes)
    for seed in seeds:
        note_baseline([path for (_, its), path in done.items() if its == seed])
    runs = {key: read_run(path) for key, path in done.items()}
    console = Console(highlight=False)
    if of.has_rivals and read.columns is None:
        by_scheme = {s: [run for (its, _), run in runs.items() if its == s] for s in schemes}
        preferences, judge = preferred(of, done)
        for table in rivals_tables(of, by_scheme, preferences, judge):
            print_whole(table, console)
        if line := judge_line(judge):
            print(line)
    else:
        console.print(runs_table(list(runs.values()), columns))
    print(f"report: {write_report(list(runs.values()), folder / 'report.html', folder / 'curves.png', columns)}")
    return INTERRUPTED if INTERRUPTED in codes else max(codes)


def _own(words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for option in ("--schemes", "--columns", "--out", "--seeds", "--warm-up"):
        own.add_argument(option)
    try:
        return own.parse_known_args(words)
    except SystemExit:
        raise UsageError(
            "--schemes, --columns, --seeds, --warm-up and --out each need a value: hch compare --help"
        ) from None


def _number(text: str | None, option: str, usual: int, least: int) -> int:
    """A whole number that an option gives. Raises UsageError where it gives none."""
    if text is None:
        return usual
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise UsageError(f"{option} takes a whole number from {least} on, got {text!r}")
    return int(text)


def _light(experiment: Experiment, options: Sequence[str], debates: bool) -> list[str]:
    """What a comparison with rivals has where the options do not say otherwise."""
    given = {word.partition("=")[0] for word in options}
    if any(option.startswith("--allowance.") for option in given):
        given.add("--steps")  # matched by another measure
    light = LIGHT if experiment.language is None else LIGHT_IN_TEXT
    usual = [word for option, value in light.items() if option not in given for word in (option, value)]
    if experiment.language is None and debates and not any(option.startswith("--room.") for option in given):
        # All have the same model, or none could start where another does.
        from hch.training.schemes import needs_under

        room = needs_under(experiment, "debate").headroom
        usual += ["--room.question", str(room.question), "--room.answer", str(room.answer), "--room.words", *room.words]
    return usual


def carried_out(of: Comparison) -> tuple[list[int], dict[tuple[str, int], Path]]:
    """Runs all there is to run, until somebody interrupts: the exit codes, and the folder of each scheme and seed."""
    codes: list[int] = []
    done: dict[tuple[str, int], Path] = {}
    for seed in of.seeds:
        start = None
        if of.warm_up:
            start = of.path("start", seed)
            words = [*of.words("imitation", seed), "--steps", str(of.warm_up)]
            codes.append(_trained(of.name, words, start))
        for scheme in of.schemes:
            if INTERRUPTED in codes:
                return codes, done
            # Where H is to consult a model of HCH, it is the one that imitation has just trained.
            begin = done.get(("imitation", seed), start) if scheme.startswith("hch_") else start
            codes.append(_trained(of.name, of.words(scheme, seed, begin), of.path(scheme, seed)))
            done[scheme, seed] = of.path(scheme, seed)
    return codes, done


def _trained(name: str, words: Sequence[str], path: Path) -> int:
    from hch.cli.carry_out import exit_code, trained
    from hch.cli.options import changed
    from hch.training.run_folder import RunFolder

    experiment = changed(named([name], "compare")[1], words, "hch train NAME").experiment
    return exit_code(trained(experiment, RunFolder.new(path), False, ["train", name, *words, "--out", str(path)]))


def print_whole(table: Table, console: Console) -> None:
    """Prints a table as wide as it is, also where the console is narrower: a number cut short is another number."""
    width = Measurement.get(console, console.options.update(width=WIDEST), table).maximum
    Console(highlight=False, width=max(console.width, width)).print(table)


WIDEST = 1000
"""Characters; no table is as wide."""


def preferred(of: Comparison, done: Mapping[tuple[str, int], Path]) -> tuple[dict[str, Estimate], dict[str, float]]:
    """How strong each scheme's models are before H as a judge, in log-odds, over the seeds that are done.

    And that judge's habits.
    """
    from hch.cli.options import changed
    from hch.report.statistics import estimate_mean
    from hch.schemes.judge_bias import judge_bias
    from hch.training.contest import Meeting, preferences
    from hch.training.questions import sample_questions
    from hch.training.run_folder import RunFolder

    strengths: dict[str, list[float | None]] = {}
    played = Meeting()
    for seed in of.seeds:
        folders = {scheme: RunFolder(path) for (scheme, its), path in done.items() if its == seed}
        if not folders:
            continue
        own = named([of.name], "compare")[1]
        experiment = changed(own, of.words(of.schemes[0], seed), "hch train NAME").experiment
        randomness = random.Random(f"contest {seed}")
        size = max(experiment.curriculum.sizes)
        questions = sample_questions(experiment.task, size, CONTESTED // 10, 10, randomness, test=True)
        found, these = asyncio.run(preferences(experiment, folders, questions))
        played = played.plus(these)
        for scheme, strength in found.items():
            strengths.setdefault(scheme, []).append(strength)
    return {scheme: estimate_mean(found) for scheme, found in strengths.items()}, judge_bias(
        played.games, played.turned
    )


CONTESTED = 200
"""Held-out questions on which models meet."""


def rivals_tables(
    of: Comparison, runs: Mapping[str, Sequence[Run]], preferences: Mapping[str, Estimate], judge: Mapping[str, float]
) -> list[Table]:
    """What was reached and what it cost, a row for each scheme: means over its seeds.

    Writes comparison.json and proxy.png into the folder.
    """
    from hch.report.comparison import COSTS, MEASURES, compare_schemes, format_estimate, make_proxy_panels
    from hch.report.plots import save_png
    from hch.training.run_folder import RunFolder

    found = compare_schemes({scheme: of_scheme for scheme, of_scheme in runs.items() if of_scheme})
    plain_values = {scheme: {name: asdict(each) for name, each in row.items()} for scheme, row in found.items()}
    for scheme, strength in preferences.items():
        plain_values[scheme]["preferred"] = asdict(strength)
    kept = {"seeds": of.seeds, "warm_up": of.warm_up, "schemes": plain_values, "judge": dict(judge)}
    RunFolder(of.folder).write("comparison.json", kept)
    if panels := make_proxy_panels({scheme: of_scheme for scheme, of_scheme in runs.items() if of_scheme}):
        save_png(panels, str(of.folder / "proxy.png"))
    tables = []
    for names in ([name for name in MEASURES if name not in COSTS], COSTS):
        table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
        table.add_column("scheme", no_wrap=True)
        headings = [MEASURES[name].heading for name in names]
        for heading in headings if names is COSTS else [*headings, "preferred"]:
            table.add_column(heading, justify="right", no_wrap=True)
        for scheme, row in found.items():
            cells = [format_estimate(name, row[name]) for name in names]
            table.add_row(scheme, *cells, *([] if names is COSTS else [log_odds(preferences.get(scheme))]))
        tables.append(table)
    return tables


def judge_line(judge: Mapping[str, float]) -> str:
    """The habits of the judge before whom models met, in words; empty where none were seen."""
    said = []
    if "first" in judge:
        said.append(f"the first place wins {judge['first']:.0%}")
    if "flipped" in judge:
        said.append(f"{judge['flipped']:.0%} of verdicts change when places do")
    if "longer" in judge:
        said.append(f"the longer wins {judge['longer']:.0%} (log-odds {judge['length_slope']:+.2f} a word)")
    return f"before this judge {', '.join(said)}" if said else ""


def log_odds(strength: Estimate | None) -> str:
    """A strength as the table has it."""
    return "–" if strength is None or strength.mean is None else f"{strength.mean:+.1f}"


def note_baseline(paths: Sequence[Path]) -> None:
    """Adds the supervised run's accuracy to the results of the runs beside it, as the upper bound that it is."""
    from hch.training.run_folder import RunFolder

    results = {path: RunFolder(path).read("results.json") for path in paths}
    for baseline in (found for found in results.values() if found["scheme"] == "supervised"):
        for path, found in results.items():
            if found is not baseline:
                found["accuracy"]["supervised"] = baseline["accuracy"]["model"]
                RunFolder(path).write("results.json", found)


def chosen_schemes(text: str | None) -> list[str]:
    """The schemes that a text names, apart by commas; all, if it is None. Raises UsageError at an unknown one."""
    names = list(SCHEMES) if text is None else [name.strip() for name in text.split(",")]
    for name in names:
        if name not in SCHEMES:
            raise unknown("scheme", name, SCHEMES, f" There are: {', '.join(SCHEMES)}")
    return list(dict.fromkeys(names))


def runs_table(runs: Sequence[Run], columns: Sequence[str]) -> Table:
    """The runs, a row each."""
    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    for name in columns:
        text = name in ("scheme", "status")
        table.add_column(COLUMNS[name].heading, justify="left" if text else "right", no_wrap=text)
    for run in runs:
        table.add_row(*(plain(COLUMNS[name].of(run), 40) for name in columns))
    return table
