from __future__ import annotations

from typing import get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.people.store.projects import Rules
from hch.serving.pages.rules_form import (
    CHOICES,
    LABELS,
    LIMITS,
    NAMES,
    RulesError,
    form_fields,
    read_fields,
    rule_sentences,
    rules_from,
)


def make_rules(**changes: object) -> Rules:
    return msgspec.structs.replace(Rules(), **changes)


all_rules = st.builds(
    make_rules,
    title=st.text(max_size=50).map(str.strip),
    about=st.text(max_size=200).map(lambda text: text.replace("\r", "").strip()),
    depth=st.integers(0, 20),
    consultations=st.none() | st.integers(0, 1000),
    words=st.none() | st.integers(0, 10**9),
    copies=st.integers(2, 20),
    judges=st.integers(1, 20),
    suggest=st.booleans(),
    readers_see_all=st.booleans(),
    lease_seconds=st.integers(0, 600).map(lambda minutes: minutes * 60.0),
    **{name: st.sampled_from([key for key, _ in choices]) for name, choices in CHOICES.items()},
)


@given(all_rules)
def test_what_a_form_shows_is_read_back_as_it_was(rules: Rules) -> None:
    assert rules_from(form_fields(rules)) == rules
    assert all(sentence[0].isupper() or sentence[0].isdigit() for sentence in rule_sentences(rules))
    assert not any("  " in sentence or "None" in sentence for sentence in rule_sentences(rules))


@given(st.fixed_dictionaries({}, optional={name: st.text(max_size=20) for name in NAMES}))
def test_whatever_is_typed_makes_rules_or_is_refused_in_words(typed: dict[str, str]) -> None:
    try:
        rules = rules_from(read_fields({**form_fields(Rules()), **typed}))
    except RulesError:
        return
    assert msgspec.convert(msgspec.to_builtins(rules), Rules) == rules


def test_every_rule_can_be_seen_and_set() -> None:
    for name, kind in get_type_hints(Rules).items():
        if name in Rules.__struct_fields__:
            assert name in {*LABELS, "title", "about", "readers_see_all", "suggest"}
            if name in CHOICES:
                assert {key for key, _ in CHOICES[name]} == set(get_args(kind))
    assert set(LIMITS) <= set(LABELS)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        (Rules(depth=0), "They answer alone."),
        (Rules(consultations=0), "They answer alone."),
        (Rules(depth=2, words=50), "at most 2 levels deep, 20 questions in all, with 50 words of answers in all."),
        (Rules(view="contents"), "who sees the table of contents."),
        (Rules(view="contents"), "Whoever can ask nobody sees the whole text."),
        (Rules(other_side="model"), "they may ask a model simpler questions"),
        (Rules(other_side="run"), "they may ask the model in training simpler questions"),
        (Rules(judging="rate", judges=2), "Each answer is rated from 0 to 10 by 2 judges."),
        (Rules(judging="choose", copies=2), "Of two answers that differ, 1 judge says which is better."),
        (Rules(suggest=True), "They are shown the model’s own answer"),
        (Rules(), "taken back for 10 min."),
    ],
)
def test_rules_are_told_in_sentences(rules: Rules, text: str) -> None:
    assert text in " ".join(rule_sentences(rules))
