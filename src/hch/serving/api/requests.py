"""A request for a chat completion, read from its body. What cannot be done is refused, never left out in silence.

A question is one message of the user: there is no conversation, and no instruction beside those that the model was
trained with. Settings that change nothing at the value that they have are accepted.
"""

from __future__ import annotations

import difflib
from typing import Annotated, Any

import msgspec

from hch.serving.api.errors import RequestError


class Part(msgspec.Struct, frozen=True):
    """A part of a message that is sent in parts."""

    type: str
    text: str | None = None


class Message(msgspec.Struct, frozen=True):
    """A message of the conversation."""

    role: str
    content: str | list[Part] | None = None


class StreamOptions(msgspec.Struct, frozen=True):
    """What a stream has beside the answer."""

    include_usage: bool | None = None


class Own(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What hch has beside OpenAI's interface: ``tree`` asks for the tree of consultations."""

    tree: bool = False


Tokens = Annotated[int, msgspec.Meta(ge=1)]


class Body(msgspec.Struct, frozen=True):
    """The body of a request, as far as it is used."""

    model: str
    messages: list[Message]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    hch: Own | None = None

    @property
    def most_tokens(self) -> int | None:
        """The most tokens of an answer; None where nobody said."""
        given = [most for most in (self.max_tokens, self.max_completion_tokens) if most is not None]
        return min(given, default=None)

    @property
    def stops(self) -> list[str]:
        """The texts before which an answer ends."""
        given = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return [text for text in given if text]

    @property
    def text(self) -> str:
        """The text of the one message. Raises RequestError where it is not one text of the user's."""
        if len(self.messages) != 1 or self.messages[0].role != "user":
            got = ", ".join(message.role[:20] for message in self.messages[:10]) or "none"
            said = "a question is one message of the user: this is no conversation, and takes no instructions"
            raise RequestError(f"{said}. Got messages of: {got}", param="messages")
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
"""Parameters that change no answer, whatever they say."""

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
"""Parameters that nothing here can do, with the values at which there is nothing to do."""


def read_body(raw: bytes) -> Body:
    """The request that a body spells. Raises RequestError saying what is wrong, and where."""
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
            said = f"there is no parameter “{name[:100]}” here{hint}"
            raise RequestError(said, param=name[:100], code="unknown_parameter")
        if value is not None and not any(value == neutral for neutral in NEUTRAL[name]):
            only = " or ".join(msgspec.json.encode(neutral).decode() for neutral in NEUTRAL[name])
            raise RequestError(
                f"{name} is not supported: it may only be {only} here", param=name, code="unsupported_parameter"
            )
