"""What counts as a token: for a language model its tokenizer's, for a reader a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hch.models.language.chat import Chat, question_text
from hch.text.words import WORD, spell
from hch.types import Question


class Tokens(Protocol):
    """Counts tokens, and cuts answers to a number of them."""

    def asked(self, question: Question) -> int:
        """The tokens of a question with its context, as the model reads it."""
        ...

    def said(self, text: str) -> int:
        """The tokens of an answer."""
        ...

    def cut(self, text: str, most: int) -> str:
        """The first tokens of an answer."""
        ...


@dataclass(frozen=True)
class Words:
    """Words, as readers read them."""

    def asked(self, question: Question) -> int:
        return self.said(question_text(question))

    def said(self, text: str) -> int:
        return len(WORD.findall(text))

    def cut(self, text: str, most: int) -> str:
        return spell(WORD.findall(text)[:most])


@dataclass(frozen=True)
class ChatTokens:
    """The tokens of a language model's chat; its template is counted with the question."""

    chat: Chat

    def asked(self, question: Question) -> int:
        return len(self.chat.prompt(question))

    def said(self, text: str) -> int:
        return len(self.chat.answer(text)) if text else 0

    def cut(self, text: str, most: int) -> str:
        return self.chat.read(self.chat.answer(text)[:most])
