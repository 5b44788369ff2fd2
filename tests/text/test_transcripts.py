from __future__ import annotations

import json
import math
from pathlib import Path

from hypothesis import given

from hch.amplify.amplify import HCH
from hch.humans.scripted import Scripted
from hch.text.files import to_json
from hch.text.transcripts import tree_record, write_transcripts
from hch.types import Answer, Consultation, Context, Outcome, Question, Transcript, walk
from tests.strategies import World, worlds

CONTEXT = Context(("a -> b", "b -> a"))


def example() -> Transcript:
    below = Transcript(Question("sub?", CONTEXT, sample_index=2), (), Outcome.FAILED, "", "it broke", "H")
    round_ = (
        Consultation(
            Question("sub?", CONTEXT, sample_index=2), Answer("", Outcome.FAILED, "H", "it broke", transcript=below)
        ),
        Consultation(Question("sub?", CONTEXT), Answer("x", by="model", confidence=0.5, seed=7)),
    )
    return Transcript(Question("root?", CONTEXT), (round_, ()), Outcome.ANSWERED, "x", "", "H′")


def test_a_tree_is_written_with_its_facts_once_and_its_transcripts_by_number() -> None:
    assert tree_record(example()) == {
        "contexts": {CONTEXT.id: ["a -> b", "b -> a"]},
        "transcripts": [
            {
                "question": "root?",
                "context": CONTEXT.id,
                "by": "H′",
                "rounds": [
                    [
                        {
                            "question": "sub?",
                            "draw": 2,
                            "outcome": "failed",
                            "by": "H",
                            "reason": "it broke",
                            "confidence": 1.0,
                            "transcript": 1,
                        },
                        {
                            "question": "sub?",
                            "answer": "x",
                            "outcome": "answered",
                            "by": "model",
                            "confidence": 0.5,
                            "seed": 7,
                        },
                    ],
                    [],
                ],
                "outcome": "answered",
                "text": "x",
                "reason": "",
            },
            {
                "question": "sub?",
                "context": CONTEXT.id,
                "by": "H",
                "rounds": [],
                "outcome": "failed",
                "text": "",
                "reason": "it broke",
            },
        ],
    }


@given(worlds())
async def test_every_transcript_of_a_tree_is_written_once_and_named_by_its_number(world: World) -> None:
    for answer in await HCH(Scripted(world.script), 3, world.lookup)(world.questions):
        assert answer.transcript is not None
        met = [transcript for _, transcript in walk(answer.transcript)]
        rows = json.loads(to_json(tree_record(answer.transcript)))["transcripts"]
        assert [row["question"] for row in rows] == [transcript.question.text for transcript in met]
        for row, transcript in zip(rows, met, strict=True):
            numbers = [c.get("transcript") for round_ in row["rounds"] for c in round_]
            below = [c.answer.transcript for c in transcript.consultations]
            assert [None if n is None else id(met[n]) for n in numbers] == [None if b is None else id(b) for b in below]


def test_there_is_one_line_for_each_answer_with_a_transcript(tmp_path: Path) -> None:
    path = tmp_path / "transcripts.jsonl"
    odd = Transcript(Question("line\nbreak\u2028and “marks”"), (), Outcome.PASSED, "", "not\na number")
    write_transcripts(path, [Answer(transcript=example()), Answer("no tree"), Answer(transcript=odd)])
    lines = path.read_bytes().split(b"\n")
    assert lines[-1] == b""
    first, second = (json.loads(line) for line in lines[:-1])
    assert first == json.loads(json.dumps(tree_record(example())))
    assert second["transcripts"][0]["question"] == "line\nbreak\u2028and “marks”"


def test_a_confidence_that_is_no_number_is_strict_json_too() -> None:
    round_ = (Consultation(Question("q"), Answer("x", confidence=math.nan)),)
    written = to_json(tree_record(Transcript(Question("q"), (round_,), Outcome.ANSWERED)))
    assert b"NaN" not in written
    assert json.loads(written)["transcripts"][0]["rounds"][0][0]["confidence"] is None
