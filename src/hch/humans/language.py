"""A prompted model plays H: it reads a workspace as text, and what it writes is read as an action.

Models are sloppy, so the parser ignores markup, numbering and capitals; it never guesses. A text that it cannot parse
is asked for once more, and then becomes a failure that says so, never a pass or a reply.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from hch.amplify.rounds import consult
from hch.protocols import Answerer
from hch.text.render import action_text, workspace_text
from hch.types import Action, Ask, Context, Fail, Pass, Question, Reply, Transcript, Workspace

INSTRUCTIONS = """\
You answer a question, and may first ask an assistant simpler ones. You see the question and what has been asked so far.
Write what you do next, and nothing else:
ask: a question for the assistant (several such lines ask several at once)
reply: the answer to the question
pass: why you cannot answer"""

REPAIR = "That could not be read. Begin each line with ask:, reply: or pass:, and write nothing else."

Example = tuple[str, str]
"""A workspace as text, and the action that was taken there as text."""


@dataclass(frozen=True)
class Prompted:
    """H, played by ``model`` after ``instructions`` and ``examples``; of a context it sees what ``view`` shows."""

    model: Answerer
    instructions: str = INSTRUCTIONS
    examples: tuple[Example, ...] = ()
    repairs: int = 1
    view: Callable[[Context], Sequence[str]] | None = None

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        asked = [self._prompt(workspace) for workspace in workspaces]
        actions: list[Action] = [Fail("not acted")] * len(workspaces)
        open_ = list(range(len(workspaces)))
        for attempt in range(self.repairs + 1):
            answers = await consult(self.model, [asked[place] for place in open_])
            unread = []
            for place, answer in zip(open_, answers, strict=True):
                action = read_loosely(answer.text) if answer.answered else Fail(f"{answer.outcome}: {answer.reason}")
                if action is None and attempt < self.repairs:
                    unread.append(place)
                    asked[place] = _again(asked[place], answer.text)
                else:
                    actions[place] = action or Fail(f"{UNREAD}: {answer.text[:200]!r}")
            open_ = unread
            if not open_:
                break
        return actions

    def _prompt(self, workspace: Workspace) -> Question:
        shown = "\n\n".join(f"{seen}\n{taken}" for seen, taken in (*self.examples, (workspace_text(workspace), "")))
        facts = () if self.view is None else tuple(self.view(workspace.question.context))
        return Question(f"{self.instructions}\n\n{shown}".strip(), Context(facts), workspace.question.sample_index)


UNREAD = "the action could not be read"
"""The beginning of the reason, where an action could not be parsed."""


def examples_from(transcripts: Iterable[Transcript], most: int) -> tuple[Example, ...]:
    """Steps of stored transcripts as examples: of each kind of action in turn, the shortest first."""
    steps = [(workspace_text(w), action_text(a), type(a)) for t in transcripts for w, a in t.steps()]
    kinds: dict[type, list[Example]] = {}
    for seen, taken, kind in sorted(dict.fromkeys(steps), key=lambda step: len(step[0]) + len(step[1])):
        kinds.setdefault(kind, []).append((seen, taken))
    chosen: list[Example] = []
    while len(chosen) < most and any(kinds.values()):
        for examples in kinds.values():
            if examples and len(chosen) < most:
                chosen.append(examples.pop(0))
    return tuple(chosen)


_LINE = re.compile(
    r"""^[\s>*_#`\-+•]*            # markup, bullets and quotes
        (?:\(?\d+[.)]\s*)?         # a number
        [*_`]*(ask|reply|pass)\b[*_`]*
        (?:\s*\#-?\d+)?            # a sample index, which a model does not choose
        \s*[:：][*_`]*\s?(.*)$""",
    re.IGNORECASE | re.VERBOSE,
)
_FENCE = re.compile(r"^\s*`{3,}\w*\s*$")


def read_loosely(text: str) -> Action | None:
    """The first action in a text, or None where there is none.

    Several asks in a row are one action, and the rest of the text is dropped: models go on to make up the answers. A
    reply ends at the end of the text, or at the next label.
    """
    parts: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if _FENCE.match(line):
            continue
        match = _LINE.match(line)
        if match:
            parts.append((match[1].lower(), [match[2].rstrip("*_` ")]))
        elif parts:
            parts[-1][1].append(line)
        elif line.strip():
            return None  # text before the first label is no action
    if not parts:
        return None
    kind = parts[0][0]
    if kind == "ask":
        asks: list[str] = []
        for label, body in parts:
            if label != "ask":
                break
            asks.append(body[0].strip())
            if any(line.strip() for line in body[1:]):
                break  # what follows a question is the model's own continuation
        return Ask(tuple(asks)) if all(asks) else None
    said = "\n".join(parts[0][1]).strip()
    if kind == "reply":
        return Reply(said) if said else None
    return Pass(said)


def _again(question: Question, wrong: str) -> Question:
    text = f"{question.text}\n{wrong.strip()[:500]}\n\n{REPAIR}"
    return Question(text, question.context, question.sample_index)
