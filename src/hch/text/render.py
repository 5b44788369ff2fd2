"""A workspace as text, and an action read back from text.

One renderer serves a person's page, a language model's prompt and a training row, so all of them see the same thing.
Every line starts with a label; a text of several lines goes on indented, so no text can forge a line. A line
ends wherever Python, or a person's screen, may break it: at a line feed, and at Unicode's other separators.
"""

from __future__ import annotations

import re

from hch.types import Action, Ask, Consultation, Fail, Pass, Reply, Wait, Workspace

WHAT_NEXT = "what next?"
"""The question that a workspace's text puts to whoever acts for H."""

INDENT = "    "
_LABEL = re.compile(r"(ask(?: #(-?[0-9]+))?|reply|pass):(?: |$)")
_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Every line break of ``str.splitlines``."""


def workspace_lines(workspace: Workspace) -> list[str]:
    """The question, each consultation in order, and what is left of the budget where there is one."""
    rendered = [label_text("question", workspace.question.text)]
    for number, consultation in enumerate(workspace.consultations, 1):
        rendered.append(label_text(str(number), consultation_text(consultation)))
    if workspace.budget is not None:
        left = [
            f"{amount:g} {name}"
            for name in workspace.budget.__struct_fields__
            if (amount := getattr(workspace.budget, name)) != float("inf")
        ]
        rendered.append(label_text("left", ", ".join(left)))
    return rendered


def workspace_text(workspace: Workspace) -> str:
    """The lines as one text."""
    return "\n".join(workspace_lines(workspace))


def consultation_text(consultation: Consultation) -> str:
    """``question -> answer``, or ``question: no answer``."""
    question, answer = consultation.question, consultation.answer
    if not answer.answered:
        return f"{question.text}: no answer"
    return f"{question.text} -> {answer.text}" if answer.text else f"{question.text} ->"


def action_text(action: Action) -> str:
    """The action as text: ``ask: …`` for each question (``ask #2: …`` for a sampled answer), ``reply: …``, ``pass: …``.

    Raises ValueError for a failure, or where nobody has acted: neither is a choice of H, so neither may be learned or
    shown as one.
    """
    match action:
        case Ask(texts, sample_indices):
            labels = [
                "ask" if sample_index is None else f"ask #{sample_index}"
                for sample_index in sample_indices or [None] * len(texts)
            ]
            return "\n".join(label_text(label, text) for label, text in zip(labels, texts, strict=True))
        case Reply(text):
            return label_text("reply", text)
        case Pass(reason):
            return label_text("pass", reason)
        case Fail(reason):
            raise ValueError(f"a failure is no action that a human takes: {reason}")
        case Wait(waits_for):
            raise ValueError(f"to wait is no action that a human takes: nobody has acted yet in {', '.join(waits_for)}")


def without_reason(action: Action) -> Action:
    """The action as H′ learns it: H's reason for passing is left out."""
    return Pass() if isinstance(action, Pass) else action


def read_action(text: str) -> Action | None:
    """The action that a text spells, or None where it cannot be read: nothing is guessed or repaired.

    Several ``ask`` lines are one action; apart from that there must be exactly one label.
    """
    parts = read_label(text, _LABEL)
    if parts is None:
        return None
    kinds = {match[1].split()[0] for match, _ in parts}
    texts = tuple(body for _, body in parts)
    if kinds == {"ask"}:
        sample_indices = tuple(None if match[2] is None else int(match[2]) for match, _ in parts)
        return Ask(texts, sample_indices if any(sample_index is not None for sample_index in sample_indices) else ())
    if len(parts) != 1:
        return None
    return Reply(texts[0]) if kinds == {"reply"} else Pass(texts[0])


def read_label(text: str, label: re.Pattern[str]) -> list[tuple[re.Match[str], str]] | None:
    """Each line that ``label_text`` wrote, with the match of its label; None where a line has no label."""
    parts: list[tuple[re.Match[str], list[str]]] = []
    end = "\n"
    for line in text.splitlines(keepends=True):
        content = _BREAK.sub("", line)
        if parts and content.startswith(INDENT):
            parts[-1][1].extend((end, content.removeprefix(INDENT)))
        elif end == "\n" and (match := label.match(content)):
            parts.append((match, [content[match.end() :]]))
        else:
            return None
        end = line[len(content) :]
    return None if end else [(match, "".join(body)) for match, body in parts]


def label_text(label: str, text: str) -> str:
    """``label: text``, further lines of the text indented."""
    return f"{label}: {_BREAK.sub(_indent, text)}" if text else f"{label}:"


def _indent(match: re.Match[str]) -> str:
    return match[0] + INDENT
