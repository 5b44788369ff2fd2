from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.models.language.chat import Chat, ChatFormatError, question_text
from hch.types import Context, Question
from tests.languages import CHATML, byte_tokenizer

ASKED = Question("2 + 2?", Context(("a fact", "another")))
BYTES = byte_tokenizer()


def test_a_row_is_the_prompt_the_answer_and_the_stop() -> None:
    chat = Chat(BYTES)
    row = chat.row(ASKED, "4")
    assert row.ids[: row.start] == chat.prompt(ASKED)
    assert BYTES.decode(row.ids) == (
        "<|im_start|>user\na fact\nanother\n\n2 + 2?<|im_end|>\n<|im_start|>assistant\n4<|im_end|>"
    )


def test_what_stops_an_answer_is_what_the_template_writes_and_not_the_end_of_text() -> None:
    assert BYTES.eos_token == "<|endoftext|>"
    assert BYTES.decode([Chat(BYTES).stop]) == "<|im_end|>"


def test_without_a_template_a_question_is_a_labelled_line_and_the_end_of_text_stops_the_answer() -> None:
    chat = Chat(byte_tokenizer(None), system="Be brief.")
    row = chat.row(Question("two\nlines?"), "yes")
    assert BYTES.decode(row.ids) == "Be brief.\nquestion: two\n    lines?\nanswer: yes<|endoftext|>"
    assert chat.read(row.ids[row.start :]) == "yes"


def test_a_text_never_begins_twice() -> None:
    template = "{{ '<|endoftext|>' }}" + CHATML
    row = Chat(byte_tokenizer(template)).row(ASKED, "4")
    assert BYTES.decode(row.ids).count("<|endoftext|>") == 1


def test_a_template_that_changes_the_prompt_once_there_is_an_answer_is_refused_with_the_place() -> None:
    template = "{% if messages|length > 1 %}again: {% endif %}" + CHATML
    with pytest.raises(ChatFormatError, match=r"again.*was expected"):
        Chat(byte_tokenizer(template))


def test_a_template_that_adds_to_some_answers_is_refused_when_it_does() -> None:
    template = CHATML.replace("{{ m['content'] }}", "{{ m['content'] | replace('five', 'four') }}")
    chat = Chat(byte_tokenizer(template))
    chat.row(ASKED, "four")
    with pytest.raises(ChatFormatError, match="from place"):
        chat.row(ASKED, "five")


def test_a_tokenizer_that_cannot_end_a_text_is_refused() -> None:
    tokenizer = byte_tokenizer(None)
    tokenizer.eos_token = None
    with pytest.raises(ChatFormatError, match="never stop"):
        Chat(tokenizer)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
@pytest.mark.parametrize("template", [CHATML, None])
def test_what_is_trained_is_read_back(template: str | None, text: str) -> None:
    chat = Chat(byte_tokenizer(template))
    answer = text.strip()
    row = chat.row(ASKED, answer)
    assert chat.read(row.ids[row.start :]) == answer


def test_facts_of_several_lines_are_paragraphs() -> None:
    assert question_text(Question("q?", Context(("one\ntwo", "three")))) == "one\ntwo\n\nthree\n\nq?"
    assert question_text(Question("q?")) == "q?"
