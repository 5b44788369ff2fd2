"""What is kept by its content: the same in every process, once, whatever it is."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from hch.people.store.content import (
    KnownContexts,
    answer_from,
    answer_record,
    budget_from,
    budget_record,
    get_questions,
    get_transcripts,
    put_questions,
    put_transcript,
    question_id,
)
from hch.people.store.database import Database
from hch.people.store.posting import workspace_key
from hch.people.store.tables import metadata
from hch.types import UNLIMITED, Answer, Budget, Consultation, Context, Outcome, Question, Transcript, walk
from tests.people.store.crew import TOWN
from tests.people.store.trees import tree

amounts = st.one_of(st.just(UNLIMITED), st.integers(0, 10**6), st.floats(0, 1e6))
budgets = st.builds(Budget, amounts, amounts, amounts, amounts, amounts)
answers = st.builds(
    Answer,
    text=st.text(max_size=5),
    outcome=st.sampled_from(Outcome),
    by=st.text(max_size=3),
    reason=st.text(max_size=3),
    confidence=st.floats(0, 1),
    spent=st.none() | budgets,
    seed=st.none() | st.integers(),
)


@given(budgets)
def test_a_budget_comes_back_equal_and_equal_budgets_have_one_record(budget: Budget) -> None:
    assert budget_from(budget_record(budget)) == budget
    as_floats = Budget(*(float(getattr(budget, name)) for name in budget.__struct_fields__))
    assert budget_record(as_floats) == budget_record(budget)
    assert repr(budget_record(as_floats)) == repr(budget_record(budget))


@given(answers)
def test_an_answer_comes_back_equal(answer: Answer) -> None:
    assert answer_from(answer_record(answer)) == answer


def test_equal_budgets_are_one_workspace() -> None:
    assert workspace_key(Question("Why?", TOWN, None, Budget(depth=1))) == workspace_key(
        Question("Why?", TOWN, None, Budget(depth=1.0))
    )


def test_ids_are_what_they_were_when_they_were_first_given() -> None:
    # Of stores that are there already: another hash would make them wrong.
    question = Question("Why? \ud800", Context(("a fact", "\x00")), -3, Budget(depth=2, consultations=5))
    assert question_id(question) == "18c505f5f9e078717d63969cd8004f01"
    assert workspace_key(question) == "bbafd948eeae72c9ee03501b0ac67893"


def counted(store: Database) -> dict[str, int]:
    tables = [metadata.tables[name] for name in ("contexts", "questions", "transcripts", "uses")]
    return store.read(
        lambda connection: {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
        }
    )


def test_a_hash_covers_the_whole_tree_below(store: Database) -> None:
    one = tree("root?", tree("middle?", tree("leaf?", text="1")))
    other = tree("root?", tree("middle?", tree("leaf?", text="2")))
    first, second = store.write(put_transcript, one), store.write(put_transcript, other)
    assert first != second
    assert store.write(put_transcript, one) == first
    assert counted(store) == {"contexts": 1, "questions": 3, "transcripts": 6, "uses": 4}


def test_a_tree_comes_back_with_all_that_was_in_it(store: Database) -> None:
    shared = tree("shared?", sample_index=7)
    root = tree(
        "root?",
        tree("one?", shared, outcome=Outcome.PASSED, reason="why not"),
        tree("two?", shared, text="\x00 and \ud800", by="person 1"),
        Consultation(Question("three?", TOWN, 2), Answer("by a table", by="table", confidence=0.25, seed=2**70)),
    )
    id_ = store.write(put_transcript, root)
    again = store.read(get_transcripts, [id_, id_])[id_]
    assert [item for _, item in walk(again)] == [item for _, item in walk(root)]
    assert store.write(put_transcript, again) == id_


@pytest.mark.slow
def test_a_chain_of_50_000_levels_is_kept(store: Database) -> None:
    chain = Transcript(Question("leaf", TOWN), (), Outcome.ANSWERED, "0")
    for level in range(50_000):
        below = Consultation(chain.question, Answer("so", transcript=chain))
        chain = Transcript(Question(f"{level}", TOWN), ((below,),), Outcome.ANSWERED, "so")
    id_ = store.write(put_transcript, chain)
    again = store.read(get_transcripts, [id_])[id_]
    assert sum(1 for _ in walk(again)) == 50_001
    assert counted(store) == {"contexts": 1, "questions": 50_001, "transcripts": 50_001, "uses": 50_000}


def test_what_is_not_there_is_named(store: Database) -> None:
    with pytest.raises(KeyError, match=r"questions has no f{32}"):
        store.read(get_questions, ["f" * 32])
    with pytest.raises(KeyError, match=r"transcripts has no f{32}"):
        store.read(get_transcripts, ["f" * 32])
    assert store.read(get_transcripts, []) == {}


def test_a_thousand_questions_share_a_context(store: Database) -> None:
    asked = [Question(f"{number}?", TOWN) for number in range(1200)]
    ids = store.write(lambda connection: [put_questions(connection, [question])[0] for question in asked[:10]])
    assert store.read(get_questions, ids) == dict(zip(ids, asked, strict=False))
    assert counted(store)["contexts"] == 1


def test_contexts_that_were_used_last_are_remembered_and_no_more_than_fit() -> None:
    known = KnownContexts(most_letters=1000)
    made = {str(number): Context((str(number) * 200,)) for number in range(4)}
    for id_, context in made.items():
        known.add({id_: context})
        known.among(["0"])
    assert known.among(made) == {"0": made["0"], "3": made["3"]}
    known.add({"long": Context(("x" * 5000,))})
    assert known.among([*made, "long"]) == {}


def test_the_same_content_from_two_writers_at_once_is_stored_once(store: Database) -> None:
    gate = threading.Barrier(4)

    def put(turn: int) -> None:
        gate.wait()
        asked = [Question(f"{number}?", Context((f"{turn}",))) for number in range(20)]
        for question in asked if turn % 2 else reversed(asked):
            store.write(put_questions, [question])
            store.write(put_transcript, tree(question.text, context=question.context))

    for round_ in range(3):
        threads = [threading.Thread(target=put, args=(round_,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counted(store) == {"contexts": 3, "questions": 60, "transcripts": 60, "uses": 0}
