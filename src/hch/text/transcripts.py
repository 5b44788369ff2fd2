"""Transcripts as JSON lines: a tree is its distinct transcripts, each naming those below it by number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hch.text.files import to_json, write_whole
from hch.types import Answer, Consultation, Transcript, walk


def write_transcripts(path: Path, answers: Iterable[Answer]) -> None:
    """One line for each answer that has a transcript, with its whole tree and its facts."""
    rows = [to_json(tree_record(answer.transcript)) for answer in answers if answer.transcript is not None]
    write_whole(path, b"".join(row + b"\n" for row in rows))


def tree_record(root: Transcript) -> dict[str, Any]:
    """A tree as plain values: the facts of each context once, then the transcripts, the root first."""
    transcripts = [transcript for _, transcript in walk(root)]
    numbers = {id(transcript): number for number, transcript in enumerate(transcripts)}
    contexts = {transcript.question.context.id: list(transcript.question.context.facts) for transcript in transcripts}
    return {"contexts": contexts, "transcripts": list(_records(transcripts, numbers))}


def _records(transcripts: list[Transcript], numbers: dict[int, int]) -> Iterator[dict[str, Any]]:
    for transcript in transcripts:
        question = transcript.question
        yield {
            "question": question.text,
            "context": question.context.id,
            "by": transcript.by,
            "rounds": [[_consultation(c, numbers) for c in round_] for round_ in transcript.rounds],
            "outcome": str(transcript.outcome),
            "text": transcript.text,
            "reason": transcript.reason,
        }  # fmt: skip


def _consultation(consultation: Consultation, numbers: dict[int, int]) -> dict[str, Any]:
    question, answer = consultation.question, consultation.answer
    record = {
        "question": question.text,
        "draw": question.sample_index,
        "answer": answer.text,
        "outcome": str(answer.outcome),
        "by": answer.by,
        "reason": answer.reason,
        "confidence": answer.confidence,
        "seed": answer.seed,
        "transcript": None if answer.transcript is None else numbers[id(answer.transcript)],
    }
    return {key: value for key, value in record.items() if value not in (None, "")}
