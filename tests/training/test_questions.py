from __future__ import annotations

import random

import pytest

from hch import Answer, Consultation, Context, Outcome, Question, Transcript
from hch.tasks.permutation import Permutation
from hch.tasks.task import is_held_out
from hch.training.questions import sample_questions, sample_subquestions

TASK = Permutation(largest=4, bits=3, symbols=8)


def contexts(test: bool) -> set[frozenset[str]]:
    drawn = [sample_questions(TASK, 4, 40, 1, random.Random(seed), test=test) for seed in range(20)]
    return {frozenset(question.context.facts) for questions in drawn for question in questions}


def test_no_instance_is_both_trained_on_and_tested() -> None:
    trained, tested = contexts(False), contexts(True)
    assert len(trained) > 300
    assert len(tested) > 50
    assert not trained & tested


def test_the_order_of_facts_does_not_move_an_instance() -> None:
    facts = TASK.instance(random.Random(1), 4).facts
    assert len({is_held_out(Context(tuple(random.Random(seed).sample(facts, 4)))) for seed in range(20)}) == 1


def test_questions_depend_on_the_seed_alone() -> None:
    assert sample_questions(TASK, 4, 3, 5, random.Random(3), test=False) == sample_questions(
        TASK, 4, 3, 5, random.Random(3), test=False
    )


def test_what_h_asked_can_be_asked_again_but_for_what_was_left_to_chance() -> None:
    def consulted(text: str, by: str, sample: int | None = None) -> Consultation:
        return Consultation(Question(text, sample_index=sample), Answer("x", by=by))

    round_ = (
        consulted("known?", "lookup"), consulted("half?", "EMA model"), consulted("half?", "EMA model", 1),
        consulted("any neighbour?", "lookup", 0),
    )  # fmt: skip
    transcripts = [Transcript(Question("q"), (round_,), Outcome.ANSWERED, "x")] * 2
    result = sample_subquestions(transcripts, 10, random.Random(0))
    assert sorted(question.text for question in result) == ["half?", "known?"]
    assert all(question.sample_index is None for question in result)
    assert len(sample_subquestions(transcripts, 1, random.Random(0))) == 1


def test_about_one_instance_in_eight_is_held_out() -> None:
    randomness = random.Random(0)
    share = sum(is_held_out(TASK.instance(randomness, 4)) for _ in range(4000)) / 4000
    assert 0.1 < share < 0.15


def test_where_there_is_no_such_instance_it_is_said() -> None:
    class Only(Permutation):
        def instance(self, randomness: random.Random, size: int) -> Context:
            return trained if size == 4 else super().instance(randomness, size)

    trained = sample_questions(TASK, 4, 1, 1, random.Random(0), test=False)[0].context
    with pytest.raises(ValueError, match="no test instance of permutation has size 4"):
        sample_questions(Only(largest=4, bits=3, symbols=8), 4, 1, 1, random.Random(0), test=True)


def test_as_many_questions_are_drawn_as_were_asked_for_about_each_of_some_instances() -> None:
    questions = sample_questions(TASK, 3, 5, 4, random.Random(0), test=False)
    assert len(questions) == 20
    assert [len({q.context for q in questions[i : i + 4]}) for i in range(0, 20, 4)] == [1] * 5
    assert {len(question.context.facts) for question in questions} == {3}
