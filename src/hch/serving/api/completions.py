"""Answers as chat completions, whole or as a stream of events, and the tokens that their usage counts.

A pass has no text: it is sent as a refusal with H's reason. An answer that was cut off is sent empty, with the finish
reason “length”. Any other outcome without an answer is an error.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from hch.models.language.chat import NO_END, Chat, question_text
from hch.serving.api.errors import RequestError
from hch.serving.api.requests import Body
from hch.text.transcripts import tree_record
from hch.text.words import WORD, spell
from hch.types import Answer, Outcome, Question, walk

MOST_TRANSCRIPTS = 10_000
"""A tree of more distinct transcripts is not sent."""
CHUNK = "chat.completion.chunk"


class Tokens(Protocol):
    """Counts tokens, and cuts answers to a number of them."""

    def count_question(self, question: Question) -> int:
        """The tokens of a question with its context, as the model reads it."""
        ...

    def count(self, text: str) -> int:
        """The tokens of an answer."""
        ...

    def cut(self, text: str, most: int) -> str:
        """The first ``most`` tokens of an answer."""
        ...


@dataclass(frozen=True)
class Words:
    """The tokens of a reader: words."""

    def count_question(self, question: Question) -> int:
        return self.count(question_text(question))

    def count(self, text: str) -> int:
        return len(WORD.findall(text))

    def cut(self, text: str, most: int) -> str:
        return spell(WORD.findall(text)[:most])


@dataclass(frozen=True)
class ChatTokens:
    """The tokens of a language model's tokenizer; a question counts with the template of its chat."""

    chat: Chat

    def count_question(self, question: Question) -> int:
        return len(self.chat.prompt(question))

    def count(self, text: str) -> int:
        return len(self.chat.answer(text)) if text else 0

    def cut(self, text: str, most: int) -> str:
        return self.chat.read(self.chat.answer(text)[:most])


@dataclass(frozen=True)
class Completion:
    """A completion of one choice. ``hch`` has the fields that OpenAI's interface lacks."""

    id: str
    model: str
    created: int
    text: str
    refusal: str | None
    finish: str
    usage: dict[str, int]
    hch: dict[str, Any]

    @property
    def whole(self) -> dict[str, Any]:
        """The completion as one JSON object."""
        message = {"role": "assistant", "content": None if self.refusal else self.text, "refusal": self.refusal}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish}
        return self._object("chat.completion", [choice], usage=self.usage, hch=self.hch)

    def events(self, usage: bool) -> Iterator[bytes]:
        """The completion as server-sent events: its words, its finish reason, and the ``usage`` if wanted."""
        more = {"usage": None} if usage else {}
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        if self.refusal:
            deltas.append({"refusal": self.refusal})
        deltas += [{"content": piece} for piece in re.findall(r"\s*\S+\s*$|\s*\S+|\s+", self.text)]
        for delta in deltas:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
            yield _event(self._object(CHUNK, [choice], **more))
        last = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": self.finish}
        yield _event(self._object(CHUNK, [last], hch=self.hch, **more))
        if usage:
            yield _event(self._object(CHUNK, [], usage=self.usage))
        yield b"data: [DONE]\n\n"

    def _object(self, kind: str, choices: list[Any], **more: Any) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, "choices": choices} | more


def completion(body: Body, question: Question, answer: Answer, tokens: Tokens) -> Completion:
    """The completion that answers a request. Raises RequestError if the answer failed."""
    text, refusal, finish = answer.text, None, "stop"
    if answer.outcome is Outcome.PASSED:
        refusal = answer.reason or "passed, and no reason was given"
    elif not answer.answered and answer.reason.startswith(NO_END):
        finish = "length"
    elif not answer.answered:
        reason = answer.reason or "no reason is known"
        raise RequestError(f"{answer.outcome}: {reason}", 422, code=str(answer.outcome).replace(" ", "_"))
    for stop in body.stops:
        text = text.partition(stop)[0]
    if body.most_tokens is not None and tokens.count(text) > body.most_tokens:
        text, finish = tokens.cut(text, body.most_tokens), "length"
    read, written = tokens.count_question(question), tokens.count(text)
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    fields = _hch_fields(question, answer, tree=bool(body.hch and body.hch.tree))
    id_ = f"chatcmpl-{secrets.token_hex(12)}"
    return Completion(id_, body.model, int(time.time()), text, refusal, finish, usage, fields)


def _hch_fields(question: Question, answer: Answer, *, tree: bool) -> dict[str, Any]:
    """The facts about an answer for which OpenAI's interface has no place; its tree of consultations if wanted."""
    fields: dict[str, Any] = {"outcome": str(answer.outcome), "by": answer.by, "confidence": answer.confidence}
    if answer.reason:
        fields["reason"] = answer.reason
    if question.sample_index is not None:
        fields["seed"] = question.sample_index
    root = answer.transcript
    transcripts = [] if root is None else [transcript for _, transcript in walk(root)]
    fields["consultations"] = sum(len(transcript.consultations) for transcript in transcripts)
    if tree:
        fits = len(transcripts) <= MOST_TRANSCRIPTS
        fields["tree"] = tree_record(root) if root is not None and fits else None
        if not fits:
            fields["tree_left_out"] = f"it has {len(transcripts)} transcripts, and at most {MOST_TRANSCRIPTS} are sent"
    return fields


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"
