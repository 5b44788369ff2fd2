"""Questions from a user's own file, about anything.

Where the file has people's sub-questions, H asks what they asked, and knows the answers that they gave to their own
sub-questions. On any other question the script passes; other humans may not.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hch.humans.scripted import Script, Steps, ask, give_up, reply
from hch.tasks.facts import TaskError
from hch.tasks.normalise import Normaliser, last_number, number_text, resolve_normaliser, same
from hch.tasks.task import HELD_OUT_SHARE, Task, is_held_out
from hch.text.question_files import KINDS, BadRow, FileError, Row, read_rows
from hch.types import Context, NoGoldError, Question, Transcript

MOST_LISTED = 10
"""How many bad rows an error lists."""


@dataclass(frozen=True)
class Questions(Task):
    """The questions in the file at ``path`` (see question_files.py), compared as ``normaliser`` says.

    An instance is one question with its context. Raises TaskError, when the file is first looked at, where it cannot be
    read, and names each row that cannot.
    """

    path: str = ""
    """The file of questions, .jsonl or .csv."""
    normaliser: Normaliser = "auto"
    """How answers are compared: as text, as numbers, exactly, or as the file's answers suggest (auto)."""
    name: str = "questions"

    @property
    def words(self) -> None:
        """None: the texts are anybody's, and only a language model reads them."""

    @property
    def script(self) -> Script:
        return _AsRecorded(self)

    @property
    def depth(self) -> int:
        return 1

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of the file."""
        return self.file.rows

    @property
    def transcripts(self) -> list[Transcript]:
        """How people took questions apart, for rows that say so: examples for a prompted H, training data for H′."""
        return [row.transcript for row in self.rows if row.transcript is not None]

    def instance(self, randomness: random.Random, size: int) -> Context:  # noqa: ARG002
        """One of the questions, whatever the size: its text, and then its facts."""
        return row_instance(randomness.choice(self.rows).question)

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """The instance's own question, and then others of the same kind: all held out, or none."""
        first = Question(context.facts[0], Context(context.facts[1:]))
        others = [other for other in self.file.sides[is_held_out(context)] if other != first]
        return [first, *randomness.sample(others, min(count - 1, len(others)))]

    def stratum(self, question: Question) -> str:  # noqa: ARG002
        return "question"

    def difficulty(self, question: Question) -> int:
        """How many sub-questions people asked on the way; 1 where nobody knows."""
        row = self.file.by_question.get(_bare(question))
        return max(len(row.steps), 1) if row else 1

    def gold(self, question: Question) -> str:
        """The known answer. Raises NoGoldError where there is none."""
        row = self.file.by_question.get(_bare(question))
        if row is None or row.gold is None:
            raise NoGoldError(f"nobody knows the answer to: {question.text[:200]}")
        return row.gold

    def right(self, question: Question, answer: str) -> bool:
        return same(answer, self.gold(question), self.normaliser)

    def read(self, text: str) -> Context:
        """Facts apart by empty lines; without such, a fact in a line."""
        parts = text.strip().split("\n\n") if "\n\n" in text.strip() else text.splitlines()
        return Context(tuple(part.strip() for part in parts if part.strip()))

    def ask(self, text: str, context: Context) -> Question:
        """Any question; one that the file has is asked about the facts that it has there."""
        if not text.strip():
            raise TaskError("a question needs some words")
        row = self.file.by_text.get(text.strip())
        return row.question if row else Question(text.strip(), context)

    @property
    def file(self) -> QuestionFile:
        """The file, read when it is first looked at."""
        return question_file(self.path)


class QuestionFile:
    """The rows of a file: by question, by text where it is unique, and by whether they are held out."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)
        self.by_question = {row.question: row for row in rows}
        times = Counter(row.question.text for row in rows)
        self.by_text = {row.question.text: row for row in rows if times[row.question.text] == 1}
        self.sides: dict[bool, list[Question]] = {True: [], False: []}
        for question in self.by_question:
            self.sides[is_held_out(row_instance(question))].append(question)
        answers: dict[str, set[str]] = {}
        for row in rows:
            for asked, said in row.steps:
                if said:
                    answers.setdefault(asked, set()).add(said)
        self.answered: dict[str, str] = {asked: next(iter(said)) for asked, said in answers.items() if len(said) == 1}
        """People's answers to a sub-question where they all agree: H sees no facts that would tell them apart."""


def question_file(path: str) -> QuestionFile:
    """The questions of a file; cached. Raises TaskError where it cannot be read, naming the rows that cannot."""
    if not path:
        raise TaskError("this needs a file of questions: --task.path FILE.jsonl (or .csv)")
    try:
        stat = Path(path).stat()
    except OSError as error:
        raise TaskError(f"{path} cannot be read: {error.strerror}") from error
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _read(path: str, changed: int, size: int) -> QuestionFile:  # noqa: ARG001
    kind = KINDS.get(Path(path).suffix.lower())
    if kind is None:
        raise TaskError(f"{path} should end in .jsonl or .csv, which says how it is to be read")
    try:
        with Path(path).open("rb") as file:
            rows = list(read_rows(file, kind))
    except FileError as error:
        raise TaskError(f"{path}: {error}") from error
    bad = [row for row in rows if isinstance(row, BadRow)]
    if bad:
        listed = [f"line {row.line}: {row.what}" for row in bad[:MOST_LISTED]]
        more = [f"and {len(bad) - MOST_LISTED} more"] if len(bad) > MOST_LISTED else []
        raise TaskError(f"{path} has rows that cannot be read; mend or remove them: {'; '.join([*listed, *more])}")
    read = QuestionFile([row for row in rows if isinstance(row, Row)])
    for test, side in read.sides.items():
        if not side:
            kept = "none is kept for tests" if test else "all are kept for tests"
            raise TaskError(
                f"of the {len(rows)} questions in {path} {kept}, as one in {HELD_OUT_SHARE} is by its text: add some"
            )
    return read


@dataclass(frozen=True)
class _AsRecorded:
    """H acts as people did in the file: asks their sub-questions in order, and replies with the last answer.

    H's reply is never the row's answer. Asked one of people's sub-questions, H gives their answer to it.
    """

    task: Questions

    def __call__(self, text: str) -> Steps:
        file = self.task.file
        row = file.by_text.get(text)
        if row is None and text in file.answered:
            return reply(self._short(file.answered[text], ""))
        if row is None or not any(said for _, said in row.steps):
            return give_up("nobody has shown how this question is taken apart")
        last = ""
        for asked in [asked for asked, said in row.steps if said]:
            (answer,) = yield ask(asked)
            if answer is None:
                return give_up(f"there is no answer to “{asked[:200]}”")
            last = answer
        return reply(self._short(last, row.gold or ""))

    def _short(self, answer: str, gold: str) -> str:
        """The last number of an answer if numbers are compared, else the whole answer."""
        number = last_number(answer) if resolve_normaliser(self.task.normaliser, gold) == "number" else None
        return answer if number is None else number_text(number)


def row_instance(question: Question) -> Context:
    """A question as an instance: its text, and then its facts."""
    return Context((question.text, *question.context.facts))


def _bare(question: Question) -> Question:
    return Question(question.text, question.context)
