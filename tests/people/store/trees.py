"""Trees of transcripts, in a few words."""

from __future__ import annotations

from hch.types import Answer, Consultation, Context, Outcome, Question, Round, Transcript

NOTES = Context(("A fact.",))


def tree(
    question: str,
    *below: Transcript | Consultation,
    text: str = "",
    outcome: Outcome = Outcome.ANSWERED,
    reason: str = "",
    by: str = "model",
    sample_index: int | None = None,
    context: Context = NOTES,
) -> Transcript:
    """A transcript that asked these in one round. Unless told otherwise its answer says what was asked."""
    said = text or (f"so much for {question}" if outcome is Outcome.ANSWERED else "")
    rounds: tuple[Round, ...] = (tuple(map(consulted, below)),) if below else ()
    return Transcript(Question(question, context, sample_index), rounds, outcome, said, reason, by)


def consulted(below: Transcript | Consultation) -> Consultation:
    """A transcript as it was consulted."""
    if isinstance(below, Consultation):
        return below
    return Consultation(below.question, Answer(below.text, below.outcome, below.by, below.reason, transcript=below))


def leaf(question: str, text: str = "", outcome: Outcome = Outcome.ANSWERED, by: str = "lookup") -> Consultation:
    """A question that was answered by somebody who asked nothing, and of which there is no transcript."""
    return Consultation(Question(question, NOTES), Answer(text, outcome, by))


def with_rounds(transcript: Transcript, *rounds: tuple[Transcript | Consultation, ...]) -> Transcript:
    """The transcript as if it had asked these, round by round."""
    asked = tuple(tuple(map(consulted, round_)) for round_ in rounds)
    return Transcript(transcript.question, asked, transcript.outcome, transcript.text, transcript.reason, transcript.by)
