from __future__ import annotations

import asyncio
import itertools
import math
import os
import pickle
import subprocess
import sys
from collections.abc import Hashable, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch import HCH
from hch.humans.scripted import Scripted, Steps, ask, reply
from hch.types import (
    FIELDS,
    NOTHING,
    STREAMS,
    UNLIMITED,
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
    mix_sample_index,
    unmix_sample_index,
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
        process = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        assert process.stdout.strip() == Context(("a -> b", "σ", "")).id


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


whole = st.integers(0, 10**9)
amounts = st.one_of(whole, st.just(UNLIMITED))
budgets = st.builds(Budget, amounts, amounts, amounts, amounts, amounts)
any_amounts = st.one_of(st.just(0.0), st.floats(1e-9, 1e300), st.just(UNLIMITED))
fine_budgets = st.builds(Budget, any_amounts, any_amounts, any_amounts, any_amounts, any_amounts)


@given(whole.filter(bool), whole, whole, amounts, st.integers(1, 50))
def test_shares_of_whole_numbers_sum_exactly_to_the_whole(
    depth: int, consultations: int, words: int, seconds: float, count: int
) -> None:
    budget = Budget(depth, consultations, words, seconds, 0)
    shares = budget.shares(count)
    assert len(shares) == count
    assert sum(share.consultations for share in shares) == consultations
    assert sum(share.words for share in shares) == words
    assert all(share.consultations % 1 == 0 and share.words % 1 == 0 for share in shares)
    assert {share.depth for share in shares} == {depth - 1}
    assert {share.seconds for share in shares} == {seconds}


@given(fine_budgets, st.integers(1, 50))
def test_shares_never_sum_to_more_than_the_whole(budget: Budget, count: int) -> None:
    if budget.depth < 1:
        return
    shares = budget.shares(count)
    for name in ("consultations", "words", "usd"):
        assert math.fsum(getattr(share, name) for share in shares) <= getattr(budget, name) * (1 + 1e-12)


@given(budgets, st.integers(1, 50))
def test_shares_differ_by_at_most_one(budget: Budget, count: int) -> None:
    if budget.depth < 1:
        return
    for name in ("consultations", "words"):
        given_out = [getattr(share, name) for share in budget.shares(count)]
        assert all(a >= b for a, b in itertools.pairwise(given_out)), "earlier children get the rest"
        assert max(given_out) == UNLIMITED or max(given_out) - min(given_out) <= 1


def test_children_do_not_get_the_whole_budget_each() -> None:
    shares = Budget(consultations=10, words=7, usd=1).shares(4)
    assert [share.consultations for share in shares] == [3, 3, 2, 2]
    assert [share.words for share in shares] == [2, 2, 2, 1]
    assert [share.usd for share in shares] == [0.25] * 4


def test_nothing_is_shared_where_no_depth_or_no_child_is() -> None:
    with pytest.raises(ValueError, match=r"^no depth is left below this question$"):
        Budget(depth=0).shares(2)
    with pytest.raises(ValueError, match=r"^a budget is shared among at least 1 child, got 0$"):
        Budget().shares(0)


@given(budgets, budgets)
def test_what_is_left_and_what_was_spent_are_the_whole(budget: Budget, spent: Budget) -> None:
    left = budget.after(spent)
    fits = all(getattr(spent, name) <= getattr(budget, name) for name in FIELDS[1:])
    assert (left is not None) == fits
    if left is None:
        return
    assert left.depth == budget.depth
    for name in FIELDS[1:]:
        if getattr(spent, name) < UNLIMITED:
            assert getattr(left, name) + getattr(spent, name) == getattr(budget, name)


@given(budgets)
def test_spending_exactly_all_fits_and_leaves_nothing(budget: Budget) -> None:
    left = budget.after(budget)
    assert left is not None
    for name in FIELDS[1:]:
        assert getattr(left, name) in (0, UNLIMITED)


@given(budgets, budgets, budgets)
def test_amounts_are_added_up_in_any_order(a: Budget, b: Budget, c: Budget) -> None:
    assert a.plus(b) == b.plus(a)
    assert a.plus(b).plus(c) == a.plus(b.plus(c))
    assert a.plus(NOTHING) == a


def test_beside_each_other_depth_and_seconds_count_once() -> None:
    assert Budget(2, 3, 4, 5, 6).plus(Budget(1, 3, 4, 7, 6)) == Budget(2, 6, 8, 7, 12)


@given(budgets, budgets)
def test_at_most_is_the_smaller_of_each_amount(a: Budget, b: Budget) -> None:
    least = a.at_most(b)
    assert least == b.at_most(a) == least.at_most(a) == least.at_most(b)
    assert all(getattr(least, name) == min(getattr(a, name), getattr(b, name)) for name in FIELDS)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("amount", [-1, -0.5, math.nan, -math.inf])
def test_an_amount_is_zero_or_more(name: str, amount: float) -> None:
    with pytest.raises(ValueError, match=f"budget's {name} must be 0 or more, got"):
        Budget(**{name: amount})


@given(st.one_of(budgets, fine_budgets))
def test_a_budget_survives_files_and_processes(budget: Budget) -> None:
    written = msgspec.json.encode(budget)
    assert b"null" not in written
    assert msgspec.json.decode(written, type=Budget) == budget
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(budget), type=Budget) == budget
    copy = pickle.loads(pickle.dumps(budget))
    assert copy == budget
    assert hash(copy) == hash(budget)


def test_infinity_that_was_computed_survives_json_too() -> None:
    budget = Budget(depth=UNLIMITED - 1, words=float("inf"), consultations=5).plus(Budget(consultations=1))
    assert msgspec.json.decode(msgspec.json.encode(budget), type=Budget) == budget


sample_indices = st.integers(min_value=0, max_value=1000) | st.none()


@given(sample_indices, sample_indices)
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
        (answer,) = yield ask("chance?", sample_indices=(0,))
        return reply(str(answer))

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


@given(st.floats(0, 1, exclude_max=True))
def test_less_than_one_level_of_depth_is_none_to_give(depth: float) -> None:
    with pytest.raises(ValueError, match="no depth is left"):
        Budget(depth=depth).shares(1)
    assert Budget(depth=depth + 1).shares(1)[0].depth == pytest.approx(depth)
