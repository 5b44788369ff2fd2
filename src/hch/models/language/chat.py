"""Questions and answers as a language model's tokens: prompts and training rows, both made here and nowhere else.

A training row is the prompt, the answer and the token that stops the model, exactly as they stand when it answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

import msgspec

from hch.text.files import RunError
from hch.text.render import label_text
from hch.types import Question


class Tokenizer(Protocol):
    """The part of a Hugging Face tokenizer that is used here."""

    @property
    def chat_template(self) -> str | None: ...

    @property
    def eos_token_id(self) -> int | None: ...

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]: ...

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool) -> str: ...

    def apply_chat_template(
        self, conversation: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> str: ...


class ChatFormatError(RunError, ValueError):
    """A tokenizer or its chat template does not do what training and answering need; says what it does."""


NO_END = "no end after"


def no_end(most_tokens: int) -> str:
    """Why there is no answer where all tokens that were allowed came to no end."""
    return f"{NO_END} {most_tokens} tokens"


class Row(msgspec.Struct, frozen=True):
    """A training row: token ids, of which the model learns those from ``start`` on."""

    ids: list[int]
    start: int


def question_text(question: Question) -> str:
    """What a model is asked: the facts, each on its own line or paragraph, and then the question."""
    facts = question.context.facts
    separator = "\n\n" if any("\n" in fact for fact in facts) else "\n"
    return f"{separator.join(facts)}\n\n{question.text}" if facts else question.text


class Chat:
    """How one tokenizer writes a question and an answer. ``system`` is said before each question, unless empty.

    Where the tokenizer has no chat template, a question is a line ``question: …`` and the answer a line
    ``answer: …`` that ends with the end-of-text token.

    Raises FormatError where no token stops an answer.
    """

    def __init__(self, tokenizer: object, system: str = "") -> None:
        self.tokenizer = cast("Tokenizer", tokenizer)
        self.system = system
        self.templated = bool(self.tokenizer.chat_template)
        self.stop = self._stop()

    def prompt(self, question: Question) -> list[int]:
        """The tokens that come before the answer."""
        return self._ids(self._prompt_text(question_text(question)))

    def row(self, question: Question, answer: str) -> Row:
        """The tokens of the question and its answer. FormatError where the prompt would not come first."""
        prompt = self.prompt(question)
        ids = [*prompt, *self.answer(answer), self.stop]
        if self.templated:
            self._check(question, answer, ids)
        return Row(ids, len(prompt))

    def answer(self, text: str) -> list[int]:
        """The tokens of an answer, as they follow a prompt."""
        return self._ids(text if self.templated else f" {text}")

    def read(self, ids: Sequence[int]) -> str:
        """The answer that these tokens spell, up to where it stops."""
        kept = list(ids)
        if self.stop in kept:
            kept = kept[: kept.index(self.stop)]
        return self.tokenizer.decode(kept, skip_special_tokens=True).strip()

    def _prompt_text(self, text: str) -> str:
        if not self.templated:
            said = f"{self.system}\n" if self.system else ""
            return f"{said}{label_text('question', text)}\nanswer:"
        return self.tokenizer.apply_chat_template(self._messages(text), tokenize=False, add_generation_prompt=True)

    def _messages(self, text: str) -> list[dict[str, str]]:
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": text}]

    def _full_text(self, text: str, answer: str) -> str:
        messages = [*self._messages(text), {"role": "assistant", "content": answer}]
        return self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=False)

    def _ids(self, text: str) -> list[int]:
        # A template writes its own special tokens; without one there are to be none but the stop.
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def _stop(self) -> int:
        """The token that the template puts after an answer, which need not be the tokenizer's own end of text."""
        if self.templated:
            prompt, full = self._prompt_text(PROBE), self._full_text(PROBE, PROBE)
            if not full.startswith(prompt + PROBE):
                raise ChatFormatError(_differ("the chat template writes a dialogue as", full, prompt + PROBE))
            after = self._ids(full[len(prompt) + len(PROBE) :])
            if after and after[0] != self._ids("\n")[0]:
                return after[0]
        if self.tokenizer.eos_token_id is None:
            raise ChatFormatError("the tokenizer has no token that ends a text, so a model could never stop")
        return self.tokenizer.eos_token_id

    def _check(self, question: Question, answer: str, ids: list[int]) -> None:
        """What is trained must be what the template makes of the whole dialogue, as far as the stop."""
        # Templates trim what a message begins and ends with, so only answers that they leave alone can be compared.
        if answer != answer.strip():
            return
        whole = self._ids(self._full_text(question_text(question), answer))
        if whole[: len(ids)] == ids or (ids[-1] not in whole and whole[: len(ids) - 1] == ids[:-1]):
            return
        raise ChatFormatError(_differ("the tokens of the whole dialogue are", whole, ids))


PROBE = "probe"


def _differ(what: str, got: Sequence[object], expected: Sequence[object]) -> str:
    pairs = enumerate(zip(got, expected, strict=False))
    place = next((i for i, (a, b) in pairs if a != b), min(len(got), len(expected)))
    here = slice(max(place - 5, 0), place + 10)
    return f"{what} {got[here]!r} from place {here.start} on, where {expected[here]!r} was expected"
