"""Trains a model to imitate a human who is consulting that model, and measures how far the result is from HCH."""

from hch.amplify.amplify import HCH, Amplify, Otherwise, nobody
from hch.types import (
    Answer,
    Ask,
    Budget,
    Consultation,
    Context,
    Episode,
    Fail,
    Outcome,
    Pass,
    Question,
    Reply,
    Sample,
    Transcript,
    Wait,
    Workspace,
    walk,
)

__all__ = [
    "HCH",
    "Amplify",
    "Answer",
    "Ask",
    "Budget",
    "Consultation",
    "Context",
    "Episode",
    "Fail",
    "Otherwise",
    "Outcome",
    "Pass",
    "Question",
    "Reply",
    "Sample",
    "Transcript",
    "Wait",
    "Workspace",
    "nobody",
    "walk",
]
