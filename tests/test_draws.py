from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hch import HCH, Answer, Outcome, Question
from hch.humans.scripted import Scripted, Steps, ask, reply
from hch.types import STREAMS, mix_sample_index, unmix_sample_index

draws = st.integers(min_value=0, max_value=1000) | st.none()


@given(draws, draws)
def test_what_h_asked_for_can_be_told_from_what_was_made_of_it(parent: int | None, sample_index: int | None) -> None:
    assert unmix_sample_index(parent, mix_sample_index(parent, sample_index)) == sample_index


@given(st.integers(min_value=0, max_value=STREAMS - 1))
def test_different_draws_stay_different_below_one_question(parent: int) -> None:
    assert len({mix_sample_index(parent, sample_index) for sample_index in range(STREAMS)}) == STREAMS


def test_two_draws_of_one_question_see_different_chance_below() -> None:
    def script(text: str) -> Steps:
        if text == "root?":
            first, second = yield ask("part?", "part?", sample_indices=(0, 1))
            return reply(f"{first} {second}")
        (found,) = yield ask("chance?", sample_indices=(0,))
        return reply(str(found))

    async def chance(questions: Sequence[Question]) -> list[Answer]:
        return [
            Answer(str(q.sample_index), by="lookup") if q.text == "chance?" else Answer(outcome=Outcome.PASSED)
            for q in questions
        ]

    (answer,) = asyncio.run(HCH(Scripted(script), 3, chance)([Question("root?")]))
    first, second = answer.text.split()
    assert first != second
    assert answer.transcript is not None
    below = [c.answer.transcript for c in answer.transcript.consultations]
    asked = [action for transcript in below if transcript is not None for _, action in transcript.steps()]
    assert asked[0] == asked[2] == ask("chance?", sample_indices=(0,))
