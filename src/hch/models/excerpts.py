"""A model that reads, without learning anything: it answers with the paragraph that has most of the question's words.

It is what one consults where no trained model is at hand, and what a trained one should be better than.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from hch.types import Answer, Context, Outcome, Question


class Paragraph(msgspec.Struct, frozen=True):
    """A paragraph of a fact, with the fact's number (from 1) and title, and the words that it may be found by."""

    number: int
    title: str
    text: str
    words: frozenset[str]


@dataclass(frozen=True)
class Excerpts:
    """Answers with one paragraph of the context, and says which fact it is from; passes where no word is shared.

    Words count by how few paragraphs have them. The first line of a fact is its title, and helps to find all of its
    paragraphs. Answers are cut after ``most_words``.
    """

    most_words: int = 120

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self._answer(question) for question in questions]

    def _answer(self, question: Question) -> Answer:
        paragraphs, weights = _read(question.context)
        wanted = _words(question.text)
        scored = [(sum(weights[word] for word in wanted & p.words) / math.log(9 + len(p.words)), p) for p in paragraphs]
        best, paragraph = max(scored, key=lambda pair: pair[0], default=(0.0, None))
        if paragraph is None or best <= 0:
            return Answer(outcome=Outcome.PASSED, by="excerpts", reason="no paragraph has a word of the question")
        text = paragraph.text.split()
        cut = " ".join(text[: self.most_words]) + (" …" if len(text) > self.most_words else "")
        return Answer(f"{cut} [{paragraph.number}: {paragraph.title}]", by="excerpts")


@functools.lru_cache(maxsize=64)
def _read(context: Context) -> tuple[list[Paragraph], dict[str, float]]:
    """The paragraphs of a context, and what each word weighs: more, the fewer paragraphs have it."""
    paragraphs = []
    for number, fact in enumerate(context.facts, 1):
        title, _, body = fact.partition("\n")
        for text in re.split(r"\n\s*\n", body if body.strip() else fact):
            if text.strip():
                words = _words(text) | _words(title)
                paragraphs.append(Paragraph(number, title.strip(), " ".join(text.split()), frozenset(words)))
    counts = Counter(word for paragraph in paragraphs for word in paragraph.words)
    return paragraphs, {word: math.log((1 + len(paragraphs)) / count) for word, count in counts.items()}


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
