from __future__ import annotations

import random

import pytest

from hch.tasks.documents import Document, Query, document, one_step, parse_question, question_text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Where does Ada live?", Query("where", (), "Ada")),
        ("What does the sister of Ada work as?", Query("what", ("sister",), "Ada")),
        ("Who is the doctor of the sister of Ada?", Query("who", ("doctor", "sister"), "Ada")),
    ],
)
def test_a_question_is_read_as_it_is_written(text: str, wanted: Query) -> None:
    assert parse_question(text) == wanted
    assert question_text(wanted) == text


@pytest.mark.parametrize("text", ["", "Who is Ada?", "Where does Ada live", "Where does a live or b live?", "Why?"])
def test_another_text_is_none(text: str) -> None:
    assert parse_question(text) is None


def test_an_answer_follows_the_relations_from_the_last_to_the_first() -> None:
    made = Document(
        {
            "Ada": ["Ada lives in Rome.", "The sister of Ada is Eve."],
            "Eve": ["Eve lives in Oslo.", "Eve works as a nurse.", "The sister of Eve is Ada."],
        }
    )
    assert made.answer(Query("where", ("sister",), "Ada")) == "Oslo “Eve lives in Oslo.”"
    assert made.answer(Query("who", ("sister", "sister"), "Ada")) == "Ada “The sister of Eve is Ada.”"
    assert made.answer(Query("what", (), "Eve")) == "nurse “Eve works as a nurse.”"
    with pytest.raises(ValueError, match="the document does not say: What does Ada work as"):
        made.answer(Query("what", (), "Ada"))


def test_every_question_about_a_document_has_an_answer_whose_quote_is_there() -> None:
    randomness = random.Random(0)
    context = document(randomness, people=6, relations=3, chatter=5)
    text = "\n".join(context.facts)
    for length in range(4):
        for _ in range(20):
            asked = parse_question(Document.of(context).question(length, randomness))
            assert asked is not None
            assert len(asked.relations) == length
            said, _, quote = Document.of(context).answer(asked).partition(" ")
            assert quote.strip("“”") in text
            assert said in quote


def test_one_step_is_what_one_sentence_says() -> None:
    assert one_step(Query("where", (), "Ada"))
    assert one_step(Query("who", ("sister",), "Ada"))
    assert not one_step(Query("where", ("sister",), "Ada"))
