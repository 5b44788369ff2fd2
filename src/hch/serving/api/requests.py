"""A request for a chat completion, read from its body, and its message read as a question.

A request is one message of the user: there is no conversation, and no instruction beside those that the model was
trained with. A setting that cannot be honoured is refused, never ignored; one that has no effect at its value is
accepted.

In a message the context comes first, then an empty line, then the question as the last paragraph. This is what
``models.language.chat.question_text`` writes, so a question passes unchanged from an ``Endpoint`` to a served run.
"""

from __future__ import annotations

import difflib
from typing import Annotated, Any

import msgspec

from hch.serving.api.errors import RequestError
from hch.tasks.task import Task
from hch.types import Context, Question

GAP = "\n\n"
"""Stands between paragraphs."""


class Part(msgspec.Struct, frozen=True):
    """A part of a message that is sent in parts."""

    type: str
    text: str | None = None


class Message(msgspec.Struct, frozen=True):
    """A message of the conversation."""

    role: str
    content: str | list[Part] | None = None


class StreamOptions(msgspec.Struct, frozen=True):
    """Options of a stream."""

    include_usage: bool | None = None


class HchOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options that OpenAI's interface lacks: ``tree`` asks for the tree of consultations."""

    tree: bool = False


Tokens = Annotated[int, msgspec.Meta(ge=1)]


class Body(msgspec.Struct, frozen=True):
    """The fields of a request that are read."""

    model: str
    messages: list[Message]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    hch: HchOptions | None = None

    @property
    def most_tokens(self) -> int | None:
        """The most tokens of an answer; None if there is no limit."""
        limits = [most for most in (self.max_tokens, self.max_completion_tokens) if most is not None]
        return min(limits, default=None)

    @property
    def stops(self) -> list[str]:
        """The texts before which an answer ends."""
        texts = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return [text for text in texts if text]

    @property
    def text(self) -> str:
        """The text of the only message. Raises RequestError unless there is one message, of the user, of text."""
        if len(self.messages) != 1 or self.messages[0].role != "user":
            roles = ", ".join(message.role[:20] for message in self.messages[:10]) or "none"
            expected = "a question is one message of the user: this is no conversation, and takes no instructions"
            raise RequestError(f"{expected}. Got messages of: {roles}", param="messages")
        content = self.messages[0].content
        if isinstance(content, list):
            if wrong := [part.type for part in content if part.type != "text" or part.text is None]:
                raise RequestError(f"only text can be read, got a part of type {wrong[0][:50]!r}", param="messages")
            content = "\n\n".join(part.text or "" for part in content)
        if content is None or not content.strip():
            raise RequestError("the message is empty: write the context, an empty line and the question", param=MESSAGE)
        return content


MESSAGE = "messages[0].content"

WITHOUT_EFFECT = ("user", "metadata", "safety_identifier", "prompt_cache_key", "service_tier", "parallel_tool_calls")
"""Parameters that change no answer, whatever their value."""

NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "top_p": (1,),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
    "logprobs": (False,),
    "logit_bias": ({},),
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "response_format": ({"type": "text"},),
    "modalities": (["text"],),
    "store": (False,),
}
"""Parameters that are not supported, with the values at which they have no effect."""


def read_body(raw: bytes) -> Body:
    """The request in a body. Raises RequestError saying what is wrong, and where."""
    try:
        fields = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(f"the body is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise RequestError("the body is not a JSON object")
    _check_names(fields)
    try:
        return msgspec.convert(fields, Body)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        param = where.strip("`.") or None
        raise RequestError(f"{what}{f', at {param}' if param else ''}", param=param) from error


def _check_names(fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name in Body.__struct_fields__ or name in WITHOUT_EFFECT:
            continue
        if name not in NEUTRAL:
            known = [*Body.__struct_fields__, *NEUTRAL, *WITHOUT_EFFECT]
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            message = f"there is no parameter “{name[:100]}” here{hint}"
            raise RequestError(message, param=name[:100], code="unknown_parameter")
        if value is not None and not any(value == neutral for neutral in NEUTRAL[name]):
            only = " or ".join(msgspec.json.encode(neutral).decode() for neutral in NEUTRAL[name])
            raise RequestError(
                f"{name} is not supported: it may only be {only} here", param=name, code="unsupported_parameter"
            )


def message_parts(text: str) -> tuple[str, str]:
    """The context and the question of a message; without an empty line, all of it is the question."""
    context, _, question = text.replace("\r\n", "\n").strip("\n").rpartition(GAP)
    return context, question


def task_question(task: Task, text: str) -> Question:
    """The question of a message in the task's own spelling, about facts in the task's own format.

    Raises TaskError naming what was expected if either is not.
    """
    facts, question = message_parts(text)
    return task.ask(question, task.read(facts))


def plain_question(text: str) -> Question:
    """Any message as a question for a model that reads any text, and is shown this very text.

    ``question_text`` writes facts as paragraphs if one of them has several lines, else as the lines of one paragraph.
    A context that it would write in neither way is one fact.
    """
    body, question = message_parts(text)
    if not body:
        return Question(question)
    facts = body.split(GAP)
    if len(facts) == 1:
        facts = body.split("\n")
    elif not any("\n" in fact for fact in facts):
        facts = [body]
    return Question(question, Context(tuple(facts)))
