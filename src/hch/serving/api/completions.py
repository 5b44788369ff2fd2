"""Answers as chat completions: whole, or as a stream of events.

An answer has a text. A pass has none, so it is a refusal with H's reason; an answer that did not come to its end is
empty, and ends for its length. Everything else that is no answer is an error.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from hch.models.language.chat import NO_END
from hch.serving.api.errors import RequestError
from hch.serving.api.requests import Body
from hch.serving.api.tokens import Tokens
from hch.text.transcripts import tree_record
from hch.types import Answer, Outcome, Question, Transcript, walk

MOST_TRANSCRIPTS = 10_000
"""A tree of more distinct transcripts is not sent."""


@dataclass(frozen=True)
class Completion:
    """One choice: its text, or why there is none, what it ends with, and what hch says beside it."""

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
        """As one object."""
        message = {"role": "assistant", "content": None if self.refusal else self.text, "refusal": self.refusal}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish}
        return self._object("chat.completion", [choice], usage=self.usage, hch=self.hch)

    def events(self, usage: bool) -> Iterator[bytes]:
        """As events: a word at a time, then how it ended, then the usage where it is wanted."""
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


CHUNK = "chat.completion.chunk"


def completion(body: Body, question: Question, answer: Answer, tokens: Tokens) -> Completion:
    """What an answer to a request is sent as. Raises RequestError where it failed."""
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
    if body.most_tokens is not None and tokens.said(text) > body.most_tokens:
        text, finish = tokens.cut(text, body.most_tokens), "length"
    read, written = tokens.asked(question), tokens.said(text)
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    made = int(time.time())
    beside = _beside(question, answer, tree=bool(body.hch and body.hch.tree))
    return Completion(f"chatcmpl-{secrets.token_hex(12)}", body.model, made, text, refusal, finish, usage, beside)


def _beside(question: Question, answer: Answer, *, tree: bool) -> dict[str, Any]:
    """What there is of an answer for which OpenAI's interface has no place."""
    found: dict[str, Any] = {"outcome": str(answer.outcome), "by": answer.by, "confidence": answer.confidence}
    if answer.reason:
        found["reason"] = answer.reason
    if question.sample_index is not None:
        found["seed"] = question.sample_index
    root = answer.transcript
    below = [] if root is None else _distinct(root)
    found["consultations"] = sum(len(transcript.consultations) for transcript in below)
    if tree:
        found["tree"] = tree_record(root) if root is not None and len(below) <= MOST_TRANSCRIPTS else None
        if len(below) > MOST_TRANSCRIPTS:
            found["tree_left_out"] = f"it has {len(below)} transcripts, and at most {MOST_TRANSCRIPTS} are sent"
    return found


def _distinct(root: Transcript) -> list[Transcript]:
    return [transcript for _, transcript in walk(root)]


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"
