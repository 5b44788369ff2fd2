from __future__ import annotations

import itertools
import os
import pickle
import subprocess
import sys
from collections.abc import Hashable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.types import (
    Action,
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
    Stash,
    Transcript,
    Workspace,
    walk,
)

texts = st.text(max_size=8)
contexts = st.lists(texts, max_size=4).map(tuple).map(Context)
draws = st.one_of(st.none(), st.integers(-(2**62), 2**62))
budgets = st.builds(Budget, consultations=st.integers(0, 99), words=st.sampled_from([3.0, float("inf")]))
questions = st.builds(Question, texts, contexts, draws, st.one_of(st.none(), budgets))
outcomes = st.sampled_from(Outcome)
confidences = st.floats(0, 1)
leaves = st.builds(
    Answer,
    texts,
    outcomes,
    by=texts,
    reason=texts,
    confidence=confidences,
    spent=st.one_of(st.none(), budgets),
    seed=draws,
)


def rounds_of(answers: st.SearchStrategy[Answer]) -> st.SearchStrategy[tuple[tuple[Consultation, ...], ...]]:
    consultations = st.builds(Consultation, questions, answers)
    return st.lists(st.lists(consultations, max_size=2).map(tuple), max_size=2).map(tuple)


def transcripts_of(answers: st.SearchStrategy[Answer]) -> st.SearchStrategy[Transcript]:
    return st.builds(Transcript, questions, rounds_of(answers), outcomes, texts, reason=texts, by=texts)


answers = st.recursive(leaves, lambda below: st.builds(Answer, texts, outcomes, transcript=transcripts_of(below)))
transcripts = transcripts_of(answers)
workspaces = st.builds(Workspace, questions, rounds_of(leaves), st.one_of(st.none(), budgets))
asks = st.lists(st.tuples(texts, draws), min_size=1, max_size=3).map(
    lambda pairs: Ask(tuple(text for text, _ in pairs), tuple(sample_index for _, sample_index in pairs))
)
samples = st.builds(Sample, questions, texts, st.floats(-2, 2))
values = st.one_of(
    contexts,
    questions,
    answers,
    st.builds(Consultation, questions, answers),
    workspaces,
    asks,
    st.builds(Reply, texts),
    st.builds(Pass, texts),
    st.builds(Fail, texts),
    transcripts,
    samples,
)


@given(values)
def test_every_value_survives_a_file_and_another_process(value: Hashable) -> None:
    for copy in (
        msgspec.json.decode(msgspec.json.encode(value), type=type(value)),
        msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=type(value)),
        pickle.loads(pickle.dumps(value)),
    ):
        assert copy == value
        assert hash(copy) == hash(value)


@given(st.lists(samples, max_size=3), st.lists(transcripts, max_size=3))
def test_an_episode_survives_too(of: list[Sample], below: list[Transcript]) -> None:
    episode = Episode(of, below)
    assert msgspec.json.decode(msgspec.json.encode(episode), type=Episode) == episode
    assert pickle.loads(pickle.dumps(episode)) == episode


@given(values)
def test_no_value_can_be_changed(value: msgspec.Struct) -> None:
    for name in value.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(value, name, getattr(value, name))


@given(contexts, contexts)
def test_contexts_are_equal_where_their_facts_are(a: Context, b: Context) -> None:
    assert (a == b) == (a.facts == b.facts) == (a.id == b.id)
    assert len({a, Context(a.facts)}) == 1


def test_facts_split_differently_are_another_context() -> None:
    contexts = [("ab", "c"), ("a", "bc"), ("abc",), ("a", "b", "c"), ("", "abc"), ("abc", ""), ("", ""), ("",), ()]
    assert len({Context(facts).id for facts in contexts}) == len(contexts)
    assert Context(("a", "b")).id != Context(("b", "a")).id


def test_any_text_can_be_a_fact() -> None:
    assert Context(("\ud800",)).id != Context(("\ud801",)).id
    assert len({Context((fact,)).id for fact in ("\0", "\n", "\u00e9", "e\u0301", "")}) == 5


def test_a_context_has_the_same_id_in_every_process() -> None:
    code = "from hch import Context; print(Context(('a -> b', 'σ', '')).id)"
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        found = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        assert found.stdout.strip() == Context(("a -> b", "σ", "")).id


def test_the_id_is_computed_once_and_belongs_to_no_other_context() -> None:
    context = Context(("a",))
    assert context.id is context.id
    changed = msgspec.structs.replace(context, facts=("b",))
    assert changed.id == Context(("b",)).id != context.id
    assert len(context.id) == 32
    assert int(context.id, 16) >= 0


def test_two_draws_of_one_text_are_two_questions() -> None:
    asked = [
        Question("q"),
        Question("q", sample_index=0),
        Question("q", sample_index=1),
        Question("q", budget=Budget()),
    ]
    assert len(set(asked)) == len(asked)
    assert Question("q", sample_index=0) == Question("q", sample_index=0)


def test_what_a_human_keeps_in_a_workspace_is_no_part_of_it() -> None:
    empty, full = Workspace(Question("q")), Workspace(Question("q"))
    full.stash.held = ("anything", [1])
    assert empty.stash.held is None
    assert empty == full
    assert hash(empty) == hash(full)
    assert Stash() == full.stash
    assert full.stash != "anything"
    for copy in (
        pickle.loads(pickle.dumps(full)),
        msgspec.json.decode(msgspec.json.encode(full), type=Workspace),
    ):
        assert copy == full
        assert copy.stash.held is None


def test_consultations_are_those_of_all_rounds_in_order() -> None:
    a, b, c = (Consultation(Question(text), Answer(text)) for text in "abc")
    assert Workspace(Question("q"), ((a, b), (), (c,))).consultations == [a, b, c]
    assert Transcript(Question("q"), ((a, b), (), (c,)), Outcome.PASSED).consultations == [a, b, c]


@pytest.mark.parametrize(
    ("outcome", "last"),
    [
        (Outcome.ANSWERED, [Reply("yes")]),
        (Outcome.PASSED, [Pass("why")]),
        (Outcome.OUT_OF_BUDGET, []),
        (Outcome.FAILED, []),
    ],
)
def test_the_steps_of_a_transcript_are_the_workspaces_seen_and_the_actions_taken(
    outcome: Outcome, last: list[Action]
) -> None:
    first = (Consultation(Question("a"), Answer("1")), Consultation(Question("b"), Answer("2")))
    second = (Consultation(Question("c", sample_index=3), Answer("4")), Consultation(Question("d"), Answer("5")))
    transcript = Transcript(Question("q"), (first, second), outcome, "yes", "why")
    ends = [(Workspace(Question("q"), (first, second)), action) for action in last]
    assert list(transcript.steps()) == [
        (Workspace(Question("q")), Ask(("a", "b"))),
        (Workspace(Question("q"), (first,)), Ask(("c", "d"), (3, None))),
        *ends,
    ]
    assert transcript.actions == len(list(transcript.steps()))


def tree(name: str, *below: Transcript) -> Transcript:
    round_ = tuple(Consultation(Question("?"), Answer(transcript=child)) for child in below)
    return Transcript(Question(name), (round_, (Consultation(Question("leaf"), Answer("1")),)), Outcome.ANSWERED)


def test_a_walk_meets_every_transcript_once_with_its_depth_parents_first() -> None:
    shared = tree("shared")
    root = tree("root", tree("left", shared), tree("right", shared, tree("last")))
    met = [(depth, transcript.question.text) for depth, transcript in walk(root)]
    assert met == [(0, "root"), (1, "left"), (2, "shared"), (1, "right"), (2, "last")]


def test_a_walk_costs_what_the_distinct_transcripts_cost() -> None:
    current = tree("0")
    for number in range(1, 60):
        current = tree(str(number), current, current)
    assert len(list(itertools.islice(walk(current), 100))) == 60
