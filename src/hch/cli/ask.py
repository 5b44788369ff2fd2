"""``hch ask``: a question about facts of one's own, to a run's model, to H consulting it, or to HCH.

The tree of consultations shows what occurs twice once, and where it is cut says how much is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from hch.cli.usage import DONE, FAILED, Parser, UsageError
from hch.text.display import percent, plain
from hch.training.run_folder import RunFolder
from hch.types import Answer, Question, walk

if TYPE_CHECKING:
    from hch.training.experiment import Experiment
    from hch.types import Context

DESCRIPTION = """Asks a question, in the task's own spelling, about the facts in a file; without a file, about an
instance that the run was not trained on, which is shown. Names may be any words: the model gets symbols that it knows
in their place.

The answer is printed on stdout, all else on stderr. Where there is no answer, the outcome and the reason are printed
instead, and the exit code is 1."""

SHOWN_FACTS = 200


def main(words: Sequence[str]) -> int:
    """Asks, and returns the exit code."""
    parser = Parser("ask", DESCRIPTION)
    parser.add_argument("run", metavar="RUN", type=Path, help="the run's folder")
    parser.add_argument("question", metavar="QUESTION", help="such as “σ^5(c)?”: each task has its own")
    parser.add_argument("--context", metavar="FILE", type=Path, help="the facts, one in a line")
    parser.add_argument(
        "--as", dest="who", choices=("model", "amplified", "hch"), default="model",
        help="who answers: the model, H consulting it, or HCH (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--depth", type=int, metavar="N",
        help="HCH's depth (default: what the task needs), or how many humans consult one another above the model (1)",
    )  # fmt: skip
    parser.add_argument("--tree", action="store_true", help="show who asked what of whom")
    read = parser.read(words)
    if read.depth is not None and (read.who == "model" or read.depth < 0):
        raise UsageError("--depth is a number from 0 up, for --as amplified or --as hch")
    from hch.cli.rebuild import rebuild

    folder = RunFolder.existing(read.run)
    return asyncio.run(ask(folder, rebuild(folder), read))


async def ask(folder: RunFolder, experiment: Experiment, read: argparse.Namespace) -> int:
    """Puts the question, prints what comes back, and returns the exit code."""
    from hch.training.trained import answer_question, load_trained

    context = read_context(experiment, read.context)
    question = make_question(experiment, read.question, context, brought=read.context is not None)
    run = await load_trained(experiment, folder)
    if read.who != "hch":
        for doubt in run.doubts(context):
            print(f"hch: {plain(doubt)}", file=sys.stderr)
    given = await answer_question(run.answerer(context, read.who, read.depth), question)
    if read.tree:
        Console(highlight=False).print(consultation_tree(question, given))
    elif given.answered:
        print(plain(given.text))
        print(f"hch: answered by {plain(given.by)}{sureness(given.confidence)}", file=sys.stderr)
    if not given.answered:
        print(f"{given.outcome}: {plain(given.reason) or 'no reason was given'}")
        if read.who == "hch" and read.depth is None:
            print("hch: a greater depth may do: --depth N", file=sys.stderr)
    return DONE if given.answered else FAILED


def make_question(experiment: Experiment, text: str, context: Context, *, brought: bool) -> Question:
    """The question in a task's spelling, about facts that somebody ``brought``, or else an instance that is shown.

    Raises TaskError where it is no question of the task.
    """
    from hch.tasks.facts import TaskError

    try:
        question = experiment.task.ask(text, context)
    except TaskError:
        if not brought:
            show_instance(context)
        raise
    if brought:
        # Some tasks know what a question of their own is about; whoever brings facts means these.
        return msgspec.structs.replace(question, context=context)
    if question.context == context:
        show_instance(context)
    return question


def read_context(experiment: Experiment, path: Path | None) -> Context:
    """The context in a file; without one, an instance that was kept for tests.

    Raises UsageError where the file cannot be read, and TaskError where it is not as the task has it.
    """
    from hch.tasks.facts import TaskError
    from hch.training.trained import held_out_instance

    if path is None:
        return held_out_instance(experiment)
    try:
        return experiment.task.read(path.read_text("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not text in UTF-8") from error
    except TaskError as error:
        raise TaskError(f"{path}, {error}") from error


def show_instance(context: Context) -> None:
    """Says what a question is about, where nobody said what it should be about, and it is about something."""
    if not context.facts:
        return
    print("hch: about this instance, which was kept for tests (--context FILE takes another):", file=sys.stderr)
    for fact in context.facts[:SHOWN_FACTS]:
        print(f"  {plain(fact)}", file=sys.stderr)
    if len(context.facts) > SHOWN_FACTS:
        print(f"  … and {len(context.facts) - SHOWN_FACTS} more", file=sys.stderr)


def sureness(confidence: float) -> str:
    """How sure whoever answered is, where that is worth saying."""
    return f", {percent(confidence)} sure" if confidence < SURE else ""


# The tree of consultations


MOST_LINES = 60
SURE = 0.9995
"""What is this sure, rounds to 100%."""


class Row(NamedTuple):
    """A question in the tree at its depth. What it asked may be shown further ``above``, or be ``hidden`` (so many)."""

    depth: int
    question: Question
    answer: Answer
    above: bool = False
    hidden: int = 0


def consultation_tree(question: Question, answer: Answer) -> Tree:
    """The tree as deep as it fits into MOST_LINES."""
    shown, limit = list(islice(rows(question, answer, 1), MOST_LINES + 1)), 1
    while len(shown) <= MOST_LINES and any(row.hidden for row in shown):
        limit += 1
        deeper = list(islice(rows(question, answer, limit), MOST_LINES + 1))
        if len(deeper) > MOST_LINES:
            break
        shown = deeper
    del shown[MOST_LINES:]
    root = Tree(_label(shown[0]))
    open_ = [root]
    for row in shown[1:]:
        del open_[row.depth :]
        open_.append(open_[-1].add(_label(row)))
    if more := total(answer) - (len(shown) - 1):
        root.add(Text(f"… {more} more consultation{'s' * (more != 1)} below are not shown", "dim"))
    return root


def rows(question: Question, answer: Answer, limit: int) -> Iterator[Row]:
    """The tree from top to bottom down to a depth; the consultations of one transcript come once."""
    opened: set[int] = set()
    waiting = [(0, question, answer)]
    while waiting:
        depth, asked, given = waiting.pop()
        below = given.transcript.consultations if given.transcript is not None else []
        if below and id(given.transcript) in opened:
            yield Row(depth, asked, given, above=True)
        elif depth >= limit:
            yield Row(depth, asked, given, hidden=len(below))
        else:
            opened.add(id(given.transcript))
            yield Row(depth, asked, given)
            waiting.extend((depth + 1, c.question, c.answer) for c in reversed(below))


def total(answer: Answer) -> int:
    """How many consultations there are in all, those of one transcript counted once."""
    if answer.transcript is None:
        return 0
    return sum(len(transcript.consultations) for _, transcript in walk(answer.transcript))


def _label(row: Row) -> Text:
    answer = row.answer
    label = Text(plain(row.question.text) + "  ")
    if answer.answered:
        label.append(plain(answer.text), "bold")
    else:
        label.append(str(answer.outcome), "bold red")
    details = [plain(answer.by)] if answer.by else []
    if answer.confidence < SURE:
        details.append(f"{percent(answer.confidence)} sure")
    if not answer.answered and answer.reason:
        details.append(plain(answer.reason, 300))
    if row.above:
        details.append("as above")
    if row.hidden:
        details.append(f"asked {row.hidden}, not shown")
    return label.append(f"  {', '.join(details)}", "dim")
