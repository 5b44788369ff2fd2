from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hch.models.language.generation import groups

PROMPTS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12), max_size=12)


@given(PROMPTS)
def test_each_prompt_is_in_one_group_and_has_what_the_group_shares_and_more(prompts: list[list[int]]) -> None:
    result = groups(prompts, least=1)
    assert sorted(place for group in result for place in group.places) == list(range(len(prompts)))
    for group in result:
        beginnings = {tuple(prompts[place][: group.length]) for place in group.places}
        assert len(beginnings) == 1
        assert all(len(prompts[place]) > group.length for place in group.places)
        assert group.length == 0 or len(group.places) > 1


def test_documents_are_apart_although_they_come_after_the_same_words() -> None:
    said, one, other = [1] * 10, [2] * 50, [3] * 50
    prompts = [said + one + [5], said + other + [5], said + one + [6, 7], said + other + [8]]
    assert {(tuple(sorted(group.places)), group.length) for group in groups(prompts)} == {((0, 2), 60), ((1, 3), 60)}


def test_of_equal_prompts_one_token_is_left() -> None:
    (group,) = groups([[1, 2, 3], [1, 2, 3]], least=1)
    assert group.length == 2


def test_what_is_short_is_not_worth_it() -> None:
    assert [group.length for group in groups([[1] * 20 + [2], [1] * 20 + [3]])] == [0, 0]
