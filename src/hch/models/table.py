"""A model that is a table: exact, and empty where it has no row. For tests and worked examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hch.types import Answer, Outcome, Question

UNKNOWN = Answer(outcome=Outcome.PASSED, by="table", reason="not in the table")


@dataclass(frozen=True)
class Table:
    """Answers a question by its row; ``rows`` maps a question's text, or (text, context), to the answer's text."""

    rows: Mapping[Any, str]
    name: str = "table"

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self._answer(question) for question in questions]

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        """0 for the answer in the table (certain), minus infinity for any other."""
        answers_given = await self(questions)
        return [
            0.0 if f.answered and f.text == text else float("-inf")
            for f, text in zip(answers_given, answers, strict=True)
        ]

    def _answer(self, question: Question) -> Answer:
        text = self.rows.get(question.text)
        if text is None:
            text = self.rows.get((question.text, question.context))
        return UNKNOWN if text is None else Answer(text, by=self.name)
