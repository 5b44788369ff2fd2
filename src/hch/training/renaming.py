"""People's names in front of a model: alice is given some symbol that it knows, and its answers are told of alice.

Which words may stand where is learned from the task's own instances: a fact's form is its marks, and each place in a
form has the words that were seen there. So a name becomes a symbol where the task has symbols and a number where it
has numbers, whatever the task is. Numbers stay what they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from hch.protocols import Answerer
from hch.tasks.facts import SYMBOLS, TaskError
from hch.text.words import WORD, spell
from hch.types import Answer, Context, Outcome, Question

Form = tuple[str, ...]


@dataclass(frozen=True)
class Forms:
    """The forms that facts have, and the words that were seen at each place of each form."""

    seen: Mapping[Form, Sequence[Collection[str]]]

    @classmethod
    def of(cls, contexts: Iterable[Context]) -> Forms:
        """The forms of the facts of some contexts."""
        seen: dict[Form, list[set[str]]] = {}
        for fact in {fact for context in contexts for fact in context.facts}:
            words = WORD.findall(fact)
            places = seen.setdefault(form(words), [set() for _ in words])
            for place, word in zip(places, words, strict=True):
                place.add(word)
        return cls(seen)

    def words_for(self, context: Context) -> dict[str, set[str]]:
        """For each word of a context, the words that may stand wherever it stands.

        Raises TaskError at a fact of a form that is not known.
        """
        words_for: dict[str, set[str]] = {}
        for fact in context.facts:
            words = WORD.findall(fact)
            known = self.seen.get(form(words))
            if known is None:
                examples = sorted(spell(min(place) for place in places) for places in self.seen.values())
                raise TaskError(f"the model has not learned facts like “{fact}”, but like “{'” or “'.join(examples)}”")
            for word, place in zip(words, known, strict=True):
                words_for[word] = words_for[word] & set(place) if word in words_for else set(place)
        return words_for


def form(words: Sequence[str]) -> Form:
    """The marks of a fact, with a blank for each word."""
    return tuple("" if is_word(word) else word for word in words)


def is_word(word: str) -> bool:
    """Whether it is a name or a number, and not a mark."""
    return word.lstrip("-").isalnum()


def new_names(context: Context, forms: Forms, reserved: Collection[str]) -> dict[str, str]:
    """Which word the model knows each of the context's words by; those that stay the same are left out.

    ``reserved`` are the words that questions are made of, which cannot be names. Raises TaskError where a word has no
    counterpart: a number that the model does not know, or one name more than there are symbols.
    """
    words_for = forms.words_for(context)
    renamed: dict[str, str] = {}
    taken = set(words_for)
    for word, may_be in words_for.items():
        if word in may_be:
            continue
        if not word.isalpha():
            raise TaskError(f"the model has not learned the number {word}, and numbers cannot be renamed")
        if word in reserved:
            raise TaskError(f"“{word}” is a word of this task's questions: give it another name")
        if not may_be:
            raise TaskError(f"“{word}” stands for things of different kinds here: give each a name of its own")
        free = sorted(may_be - taken, key=lambda each: (each not in SYMBOLS, len(each), each))
        if not free:
            most = len(may_be & set(SYMBOLS)) or len(may_be)
            raise TaskError(f"there is no symbol left for “{word}”: the model knows {most}, and all are in use here")
        renamed[word] = free[0]
        taken.add(free[0])
    return renamed


def invert(names: Mapping[str, str]) -> dict[str, str]:
    """The way back, for every word that the model may say: no two words become one.

    A symbol that stands for alice becomes alice; a word that was renamed, if the model says it nevertheless, becomes
    the symbol that is then free.
    """
    back = {new: old for old, new in names.items()}
    unnamed = [old for old in names if old not in back]
    vacant = [new for new in back if new not in names]
    return back | dict(zip(unnamed, vacant, strict=True))


def translate(text: str, names: Mapping[str, str]) -> str:
    """The text with each word replaced by its name."""
    return spell(names.get(word, word) for word in WORD.findall(text))


@dataclass(frozen=True)
class RenamingModel:
    """An Answerer about ``context``, where ``model`` knows it only under other names; ``known`` are the model's words.

    A question with a word that the model has not learned is passed on, because its answer would be a guess.
    """

    model: Answerer
    context: Context
    names: Mapping[str, str]
    known: Collection[str]
    name: str = "model"

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        facts = tuple(translate(fact, self.names) for fact in self.context.facts)
        context, back = Context(facts), invert(self.names)
        asked: list[Question] = []
        answers: list[Answer | None] = []
        for question in questions:
            text = translate(question.text, self.names)
            strange = [word for word in WORD.findall(text) if word not in self.known]
            if strange:
                reason = f"it has not learned the word “{strange[0]}”"
                answers.append(Answer(outcome=Outcome.PASSED, by=self.name, reason=reason))
            else:
                asked.append(Question(text, context, question.sample_index, question.budget))
                answers.append(None)
        given = iter(await self.model(asked))
        return [answer or self._back(next(given), back) for answer in answers]

    def _back(self, answer: Answer, names: Mapping[str, str]) -> Answer:
        text = translate(answer.text, names)
        return msgspec.structs.replace(answer, text=text, by=self.name, reason=translate(answer.reason, names))
