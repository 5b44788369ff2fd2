from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.models.reader import tokens as rows
from hch.models.reader.tokens import TokenRows, Vocabulary

KNOWN = Vocabulary(tuple("abcdefgh"))
texts = st.lists(st.sampled_from("abcdefgh"), max_size=4).map(" ".join)


@given(st.lists(st.lists(texts, max_size=6), max_size=4))
def test_a_row_is_what_the_vocabulary_says_however_often_it_was_asked_for(batches: list[list[str]]) -> None:
    spelled = TokenRows(KNOWN, 4)
    for batch in batches:
        result = spelled(batch)
        assert result.shape == (len(batch), 4)
        assert result.dtype == np.int64
        assert result.tolist() == [KNOWN.encode(text, 4) for text in batch]


def test_more_texts_than_there_was_room_for_are_spelled_too() -> None:
    spelled = TokenRows(Vocabulary(tuple(map(str, range(2000)))), 1)
    numbers = [str(number) for number in range(2000)]
    assert spelled(numbers).tolist() == [[number + 1] for number in range(2000)]
    assert spelled(numbers[::-7]).tolist() == [[int(number) + 1] for number in numbers[::-7]]


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_TEXTS", 3)
    spelled = TokenRows(KNOWN, 2)
    for batch in (["a", "b", "c", "d"], ["e"], ["a", "e", "f"], ["a b", "b", "g", "h", "f"], ["a"]):
        assert spelled(batch).tolist() == [KNOWN.encode(text, 2) for text in batch]
        assert len(spelled._places) <= 3 + 5


def test_a_text_that_cannot_be_spelled_is_refused_and_spoils_nothing() -> None:
    spelled = TokenRows(KNOWN, 2)
    for bad, why in (("z", "does not know"), ("a  b", "spacing"), ("a b c", "at most 2")):
        with pytest.raises(ValueError, match=why):
            spelled(["a b", bad, "c"])
        assert spelled(["c", "a b"]).tolist() == [[3, 0], [1, 2]]


def test_no_texts_are_no_rows() -> None:
    assert TokenRows(KNOWN, 3)([]).shape == (0, 3)
