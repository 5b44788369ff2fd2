from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from hch.models.excerpts import Excerpts
from hch.types import Context, Outcome, Question

TOWN = Context(
    (
        "The mill\n\nThe mill stands by the river. It was built in 1703.\n\nIts wheel is made of oak.",
        "The bridge\n\nThe bridge has three arches.\n\nIt was built by the miller.",
        "a fact of one line",
    )
)


async def answered(text: str, context: Context = TOWN, model: Excerpts | None = None) -> str:
    (answer,) = await (model or Excerpts())([Question(text, context)])
    return answer.text


async def test_the_paragraph_with_the_rarest_words_of_the_question_is_the_answer_and_says_where_it_is() -> None:
    assert await answered("How many arches?") == "The bridge has three arches. [2: The bridge]"
    assert await answered("what is the wheel made of") == "Its wheel is made of oak. [1: The mill]"
    assert await answered("a fact, please") == "a fact of one line [3: a fact of one line]"


async def test_the_title_of_a_section_helps_to_find_its_paragraphs() -> None:
    assert "[2: The bridge]" in await answered("who built the bridge?")
    assert "[1: The mill]" in await answered("when was the mill built?")


async def test_where_no_word_is_shared_it_passes() -> None:
    (answer,) = await Excerpts()([Question("zebras", TOWN)])
    assert answer.outcome is Outcome.PASSED
    (answer,) = await Excerpts()([Question("anything")])
    assert answer.outcome is Outcome.PASSED


async def test_long_paragraphs_are_cut() -> None:
    long = Context(("title\n\n" + "word " * 500,))
    assert await answered("word", long, Excerpts(most_words=3)) == "word word word … [1: title]"


@given(st.lists(st.text()), st.text())
async def test_any_text_is_read(facts: list[str], question: str) -> None:
    (answer,) = await Excerpts()([Question(question, Context(tuple(facts)))])
    assert answer.outcome in (Outcome.ANSWERED, Outcome.PASSED)


def test_it_pickles() -> None:
    assert pickle.loads(pickle.dumps(Excerpts(7))) == Excerpts(7)
