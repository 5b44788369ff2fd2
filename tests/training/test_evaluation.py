from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace

from hch.amplify.amplify import HCH
from hch.humans.scripted import Scripted
from hch.tasks.permutation import Permutation
from hch.tasks.task import is_held_out
from hch.training.curriculum import Curriculum
from hch.training.evaluation import EvalSet, make_eval_set, share
from hch.training.experiment import Evaluation, Experiment
from hch.training.questions import sample_questions
from hch.types import Answer, Outcome, Question

TASK = Permutation(largest=5, bits=3, symbols=8)
HUMAN = Scripted(TASK.script)
EXPERIMENT = Experiment("tried", "out", TASK, Curriculum(sizes=(3, 4, 5)), evaluation=Evaluation(questions=100), seed=1)


async def perfect(questions: Sequence[Question], /) -> list[Answer]:
    return [Answer(TASK.gold(question)) for question in questions]


async def silent(questions: Sequence[Question], /) -> list[Answer]:
    return [Answer(outcome=Outcome.PASSED) for _ in questions]


async def knows_short_powers(questions: Sequence[Question], /) -> list[Answer]:
    return [Answer(TASK.gold(question) if TASK.difficulty(question) < 3 else "none") for question in questions]


async def test_an_exam_is_about_held_out_instances_most_of_them_of_the_largest_size() -> None:
    eval_set = await make_eval_set(EXPERIMENT, HUMAN)
    assert [eval_set.sizes.count(size) for size in (3, 4, 5)] == [20, 20, 100]
    assert all(is_held_out(question.context) for question in eval_set.questions)
    assert [len(question.context.facts) for question in eval_set.questions] == eval_set.sizes
    assert eval_set.largest == eval_set.questions[40:]


async def test_an_exam_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    first, same, other = [(await make_eval_set(replace(EXPERIMENT, seed=seed), HUMAN)).questions for seed in (1, 1, 2)]
    assert first == same != other


async def test_hch_is_as_deep_as_the_task_needs_unless_the_experiment_says_otherwise() -> None:
    eval_set = await make_eval_set(EXPERIMENT, HUMAN)
    assert eval_set.hch == await HCH(HUMAN, TASK.depth, TASK.lookup)(eval_set.questions)
    assert eval_set.alone == await HCH(HUMAN, 0, TASK.lookup)(eval_set.questions)
    shallow = await make_eval_set(replace(EXPERIMENT, hch_depth=0), HUMAN)
    assert shallow.hch == eval_set.alone


async def test_who_knows_everything_is_right_everywhere() -> None:
    eval_set = await make_eval_set(EXPERIMENT, HUMAN)
    scores = await eval_set.scores(perfect, perfect)
    assert scores.accuracy["model"] == scores.accuracy["amplified"] == scores.accuracy["hch"] == 1
    assert scores.agreement_with_hch == scores.agreement_with_amplified == 1
    assert 0 < scores.accuracy["alone"] < 1, "H alone knows what can be looked up"


async def test_passing_is_never_right_and_never_agreement() -> None:
    eval_set = await make_eval_set(EXPERIMENT, HUMAN)
    scores = await eval_set.scores(silent, silent)
    assert scores.accuracy["model"] == scores.accuracy["amplified"] == 0
    assert scores.agreement_with_hch == scores.agreement_with_amplified == 0


async def test_a_text_that_is_no_answer_is_not_right() -> None:
    async def unsaid(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(TASK.gold(question), Outcome.FAILED) for question in questions]

    scores = await (await make_eval_set(EXPERIMENT, HUMAN)).scores(perfect, unsaid)
    assert scores.accuracy["amplified"] == 0
    assert scores.agreement_with_amplified == 0


async def test_shares_are_told_by_difficulty_and_by_size() -> None:
    eval_set = await make_eval_set(EXPERIMENT, HUMAN)
    scores = await eval_set.scores(knows_short_powers, perfect)
    levels = [TASK.difficulty(question) for question in eval_set.largest]
    assert list(scores.by_difficulty) == ["1", "2", "3"]
    assert [scores.by_difficulty[level]["model"] for level in "123"] == [1, 1, 0]
    assert scores.accuracy["model"] == sum(level < 3 for level in levels) / len(levels)
    assert list(scores.by_size) == ["3", "4", "5"]
    assert scores.by_size["5"] == scores.accuracy
    small = [TASK.difficulty(q) < 3 for q, size in zip(eval_set.questions, eval_set.sizes, strict=True) if size == 3]
    assert scores.by_size["3"]["model"] == sum(small) / len(small)
    assert {entry["amplified"] for entry in scores.by_size.values()} == {1}


async def test_agreement_with_hch_is_over_what_hch_answers() -> None:
    questions = sample_questions(TASK, 5, 1, 4, random.Random(0), test=True)
    said = ["a", "b", "c", "d"]
    hch = [Answer("a"), Answer("x"), Answer(outcome=Outcome.PASSED), Answer("d")]

    async def model(_: Sequence[Question], /) -> list[Answer]:
        return [Answer(text) for text in said]

    async def amplified(_: Sequence[Question], /) -> list[Answer]:
        return [Answer("a"), Answer("b"), Answer("c"), Answer(outcome=Outcome.PASSED)]

    scores = await EvalSet(TASK, questions, [5] * 4, alone=hch, hch=hch).scores(model, amplified)
    assert scores.agreement_with_hch == 2 / 3
    assert scores.agreement_with_amplified == 3 / 4


def test_a_share_of_nothing_is_no_number() -> None:
    assert share([True, False, True, True]) == 0.75
    assert math.isnan(share([]))
