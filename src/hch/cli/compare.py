"""``hch compare``: one experiment under several schemes, in one table, one plot and one report."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from hch.cli.parts import Base, find_experiment, part
from hch.cli.report import add_columns, split_columns
from hch.cli.train import check, exit_code, explain, next_free, train
from hch.cli.usage import INTERRUPTED, Parser, UsageError, add_dashes, whole_from
from hch.report import COLUMNS, Run, read_run, write_report
from hch.text.display import plain
from hch.text.files import RunError

if TYPE_CHECKING:
    from hch.report.statistics import Estimate
    from hch.training.comparison import Comparison, Planned, Summary
    from hch.training.experiment import Experiment


def describe() -> str:
    """What the command does, and how a comparison with rivals differs from training."""
    from hch.training.comparison import ENOUGH, EVERY, JUDGED, QUESTIONS, STEPS, TEXT_JUDGED

    return f"""Trains the same experiment under each scheme, everything else being equal, and puts the runs side by
side. Each is a run folder of its own, beside the report.html of them all. All settings of the experiment are options,
as those of hch train NAME --help.

With rivals of imitation there is a comparison.json and a picture, proxy.png, of right answers against approval; models
meet before H as a judge, and are rated (preferred, in log-odds), and the judge's biases are told. Unless it is said
otherwise, all train for {STEPS} steps, with --evaluation.every {EVERY}, --evaluation.questions {QUESTIONS},
--evaluation.judged {JUDGED} and --evaluation.enough {ENOUGH}; a language model has --evaluation.judged {TEXT_JUDGED}
and --evaluation.enough {ENOUGH}, and all else is as the experiment says.

With --allowance.human-actions N (or .consultations N) runs are matched by what they take of H in place of steps: each
ends after as much, or with the steps that the experiment has, unless --steps says how many; gold takes nothing of H."""


def add_own_options(parser: argparse._ActionsContainer) -> None:
    """Adds the options of ``hch compare`` itself."""
    from hch.training.comparison import SEEDS, TEXT_WARM_UP, WARM_UP

    whole, natural = whole_from(1), whole_from(0)
    schemes = "The schemes (default: all that come with hch, and those of the file)"
    parser.add_argument("--schemes", metavar="A,B", default=argparse.SUPPRESS, help=schemes)
    seeds = f"How many seeds, beginning with --seed (default: {SEEDS} with rivals of imitation, else 1)"
    parser.add_argument("--seeds", metavar="N", type=whole, default=argparse.SUPPRESS, help=seeds)
    warm_up = (
        f"Steps of imitation that all begin with, a run of their own (default: {WARM_UP} with rivals, {TEXT_WARM_UP} "
        "for a language model, else 0); hch_approval and hch_debate begin with what imitation has trained, if it is "
        "among the schemes"
    )
    parser.add_argument("--warm-up", metavar="N", type=natural, default=argparse.SUPPRESS, help=warm_up)
    add_columns(parser, default=argparse.SUPPRESS)
    folder = "The folder for all (default: the next free one of runs/compare-NAME-1, …)"
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=argparse.SUPPRESS, help=folder)


def main(words: Sequence[str]) -> int:
    """Trains and compares, and returns the worst of the runs' exit codes."""
    if words and words[0] in ("-h", "--help"):
        return explain("compare", describe(), add_own_options)
    from hch.training.comparison import carry_out

    wanted = Wanted.of(words)
    comparison = wanted.comparison()
    if comparison.folder.exists() and (not comparison.folder.is_dir() or any(comparison.folder.iterdir())):
        raise RunError(f"{comparison.folder} exists and is not empty: choose another --out")
    done = carry_out(comparison, wanted.train)
    codes = [exit_code(results) for _, results in done]
    compared = [planned for planned, _ in done if planned.scheme]
    if compared:
        show(comparison, compared, wanted.own.get("columns"))
    return INTERRUPTED if INTERRUPTED in codes else max(codes)


@dataclass(frozen=True)
class Wanted:
    """What the words ask for: the experiment, the schemes by name, the command's own options, and all others."""

    base: Base
    schemes: Mapping[str, Any]
    own: Mapping[str, Any]
    options: Sequence[str]

    @classmethod
    def of(cls, words: Sequence[str]) -> Wanted:
        """The words, understood. Raises UsageError."""
        from hch.training.schemes import SCHEMES, schemes_for

        base = find_experiment(words, "compare")
        options = [add_dashes(word) for word in words[1:]]
        if any(word.partition("=")[0] == "--scheme" for word in options):
            raise UsageError("compare takes several schemes: --schemes A,B")
        parser = Parser("compare", "")
        add_own_options(parser)
        own = vars(parser.parse_known_args([word for word in options if word not in ("-h", "--help")])[0])
        names = own["schemes"].split(",") if "schemes" in own else [*SCHEMES, *base.schemes]
        split_columns(own.get("columns"))
        known = {**schemes_for(base.experiment), **base.schemes}
        return cls(base, {name: part("schemes", name, known) for name in map(str.strip, names)}, own, options)

    def comparison(self) -> Comparison:
        """What is to be run. Raises UsageError where settings cannot go together."""
        from hch.cli.options import under_scheme
        from hch.training.comparison import (
            SEEDS,
            TEXT_WARM_UP,
            WARM_UP,
            Comparison,
            is_rival,
            join_headrooms,
            lighten,
        )

        plain_ones = {name: under_scheme(self.base.experiment, scheme) for name, scheme in self.schemes.items()}
        first = self.under(next(iter(self.schemes)))
        rivals, is_text = any(map(is_rival, plain_ones.values())), first.reads_any_text

        def prepare(experiment: Experiment) -> Experiment:
            if not rivals:
                return experiment
            light = lighten(experiment, first.allowance)
            return light if is_text else replace(light, headroom=join_headrooms([light, *plain_ones.values()]))

        experiments = {name: self.under(name, prepare) for name in self.schemes}
        usual = 0 if not rivals else TEXT_WARM_UP if is_text else WARM_UP
        steps = self.own.get("warm_up", usual)
        start = replace(self.under("imitation", prepare), steps=steps) if steps else None
        for experiment in [*experiments.values(), *([] if start is None else [start])]:
            check(experiment)
        seeds = [first.seed + number for number in range(self.own.get("seeds", SEEDS if rivals else 1))]
        folder = self.own.get("out") or next_free(f"compare-{first.name}")
        return Comparison(experiments, seeds, start, folder)

    def under(self, scheme: str, prepare: Any = lambda experiment: experiment) -> Experiment:
        """The experiment under a scheme, with all options."""
        from hch.cli.options import apply_options

        words = ["--scheme", scheme, *self.options]
        program = f"hch compare {self.base.word}"
        experiment, _ = apply_options(
            self.base.experiment, words, program, self.base.schemes, add_own=add_own_options, prepare=prepare
        )
        return experiment

    def train(self, planned: Planned) -> Mapping[str, Any]:
        """Carries one run out, and returns its results."""
        from hch.training.run_folder import RunFolder

        command = ["train", self.base.word, *self.words(planned), "--out", str(planned.path)]
        return train(planned.experiment, RunFolder.new(planned.path), False, command)

    def words(self, planned: Planned) -> Iterator[str]:
        """The options of ``hch train`` that make this run again."""
        from hch.cli.options import add_part_options, name_parts, words_between

        parser = Parser("compare", "")
        add_part_options(parser, with_scheme=False)
        named = ["--scheme", planned.scheme or "imitation"]
        for name, value in vars(parser.parse_known_args(self.options)[0]).items():
            for text in value if isinstance(value, list) else [value]:
                named += [f"--{name}", text]
        yield from named
        before = name_parts(self.base.experiment, named, self.base.schemes, "compare")
        yield from words_between(before, planned.experiment)


def show(comparison: Comparison, done: Sequence[Planned], columns: str | None) -> None:
    """Prints the tables of the runs, and where the report is."""
    from hch.training.comparison import summarise

    runs = [read_run(planned.path) for planned in done]
    console = Console(highlight=False)
    if comparison.has_rivals and columns is None:
        by_scheme: dict[str, list[Run]] = {}
        for planned, run in zip(done, runs, strict=True):
            by_scheme.setdefault(planned.scheme, []).append(run)
        summary = summarise(comparison, by_scheme, done)
        for table in rivals_tables(summary):
            print_whole(table, console)
        if line := judge_line(summary.judge):
            print(line)
    else:
        console.print(runs_table(runs, split_columns(columns)))
    page, picture = comparison.folder / "report.html", comparison.folder / "curves.png"
    print(f"report: {write_report(runs, page, picture, split_columns(columns))}")


WIDEST = 1000
"""Characters; no table is as wide."""


def print_whole(table: Table, console: Console) -> None:
    """Prints a table as wide as it is, also where the console is narrower: a number cut short is another number."""
    width = Measurement.get(console, console.options.update(width=WIDEST), table).maximum
    Console(highlight=False, width=max(console.width, width)).print(table)


def rivals_tables(summary: Summary) -> Iterator[Table]:
    """What was reached, and what it cost, a row for each scheme: means over its seeds."""
    from hch.report.comparison import COSTS, MEASURES, format_estimate

    for names in ([name for name in MEASURES if name not in COSTS], COSTS):
        table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
        table.add_column("scheme", no_wrap=True)
        headings = [MEASURES[name].heading for name in names]
        for heading in headings if names is COSTS else [*headings, "preferred"]:
            table.add_column(heading, justify="right", no_wrap=True)
        for scheme, row in summary.estimates.items():
            cells = [format_estimate(name, row[name]) for name in names]
            table.add_row(scheme, *cells, *([] if names is COSTS else [log_odds(summary.preferences.get(scheme))]))
        yield table


def judge_line(judge: Mapping[str, float]) -> str:
    """The biases of the judge before whom models met, in words; empty where none were seen."""
    biases = []
    if "first" in judge:
        biases.append(f"the first place wins {judge['first']:.0%}")
    if "flipped" in judge:
        biases.append(f"{judge['flipped']:.0%} of verdicts change when places do")
    if "longer" in judge:
        biases.append(f"the longer wins {judge['longer']:.0%} (log-odds {judge['length_slope']:+.2f} a word)")
    return f"this judge's bias: {', '.join(biases)}" if biases else ""


def log_odds(strength: Estimate | None) -> str:
    """A strength as the table has it."""
    return "–" if strength is None or strength.mean is None else f"{strength.mean:+.1f}"


def runs_table(runs: Sequence[Run], columns: Sequence[str]) -> Table:
    """The runs, a row each."""
    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    for name in columns:
        text = name in ("scheme", "status")
        table.add_column(COLUMNS[name].heading, justify="left" if text else "right", no_wrap=text)
    for run in runs:
        table.add_row(*(plain(COLUMNS[name].of(run), 40) for name in columns))
    return table
