from __future__ import annotations

import math
import random
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hch.models.reader.learner import ReaderLearner
from hch.models.reader.policy import sample_words
from hch.models.settings import LearnerSettings
from hch.types import Answer, Context, Outcome, Question, Sample
from tests.readers import Made, context, made, questions

CLOSE = 1e-5
ONE, THREE = made(answer=1), made(answer=3)


def same(result: list[Answer], expected: list[Answer]) -> None:
    assert [(a.text, a.outcome, a.by, a.seed) for a in result] == [(a.text, a.outcome, a.by, a.seed) for a in expected]
    assert [a.confidence for a in result] == pytest.approx([a.confidence for a in expected], abs=CLOSE)


async def one_at_a_time(of: Made, asked: list[Question]) -> list[Answer]:
    result = []
    for question in asked:
        of.reader.version += 1  # nothing that was encoded beside other contexts is used
        result += await of.policy([question])
    return result


@pytest.mark.parametrize("of", [ONE, THREE], ids=["one word", "three words"])
@given(seed=st.integers(0, 10**6))
@settings(max_examples=25)
async def test_an_answer_does_not_depend_on_what_else_is_asked(of: Made, seed: int) -> None:
    asked = questions(seed, count=12)
    together = await of.policy(asked)
    same(together, await one_at_a_time(of, asked))
    order = random.Random(seed).sample(range(12), 12)
    of.reader.version += 1
    same(await of.policy([asked[i] for i in order]), [together[i] for i in order])
    same(await of.policy(asked[3:7]), together[3:7])


@pytest.mark.parametrize("of", [ONE, THREE], ids=["one word", "three words"])
@given(seed=st.integers(0, 10**6))
@settings(max_examples=25)
async def test_a_score_does_not_depend_on_what_else_is_scored(of: Made, seed: int) -> None:
    asked = questions(seed, count=12)
    said = [answer.text for answer in await of.policy(asked)]
    together = await of.policy.score(asked, said)
    alone = []
    for question, answer in zip(asked, said, strict=True):
        of.reader.version += 1
        alone += await of.policy.score([question], [answer])
    assert together == pytest.approx(alone, abs=CLOSE)


@pytest.mark.parametrize("of", [ONE, THREE], ids=["one word", "three words"])
@given(seed=st.integers(0, 10**6))
@settings(max_examples=25)
async def test_facts_in_another_order_give_the_same_answer(of: Made, seed: int) -> None:
    asked = [question for question in questions(seed, count=8) if question.sample_index is None]
    facts = [random.Random(seed).sample(q.context.facts, len(q.context.facts)) for q in asked]
    shuffled = [Question(q.text, Context(tuple(f))) for q, f in zip(asked, facts, strict=True)]
    same(await of.policy(shuffled), await of.policy(asked))
    said = [answer.text for answer in await of.policy(asked)]
    assert await of.policy.score(shuffled, said) == pytest.approx(await of.policy.score(asked, said), abs=CLOSE)


@pytest.mark.parametrize("of", [ONE, THREE], ids=["one word", "three words"])
@given(seed=st.integers(0, 10**6))
@settings(max_examples=25)
async def test_the_confidence_of_an_answer_is_the_odds_that_it_is_scored_with(of: Made, seed: int) -> None:
    asked = questions(seed, count=8)
    answers = await of.policy(asked)
    scores = await of.policy.score(asked, [answer.text for answer in answers])
    assert scores == pytest.approx([math.log(answer.confidence) for answer in answers], abs=1e-4)


async def test_the_odds_of_all_one_word_answers_sum_to_1() -> None:
    for question in questions(3, count=6):
        words = ONE.speller.vocabulary.listed[1:]
        scores = await ONE.policy.score([question] * len(words), list(words))
        assert math.fsum(map(math.exp, scores)) == pytest.approx(1, abs=CLOSE)
        likeliest = words[int(np.argmax(scores))]
        (answer,) = await ONE.policy([Question(question.text, question.context)])
        assert answer.text == likeliest


async def test_the_odds_of_all_answers_of_up_to_two_words_sum_to_1() -> None:
    two = made(answer=2)
    words = two.speller.vocabulary.listed[1:]
    for question in questions(4, count=3):
        texts = [*words, *(two.speller.vocabulary.decode([a, b]) for a in range(1, 12) for b in range(1, 12))]
        assert len(texts) == 11 + 121
        scores = await two.policy.score([question] * len(texts), texts)
        assert math.fsum(map(math.exp, scores)) == pytest.approx(1, abs=CLOSE)


async def test_a_longer_answer_is_scored_word_by_word_as_it_is_said() -> None:
    """Against a plain computation: each word's probs given those before it, and those of going on or ending."""
    reader, speller = THREE.reader, THREE.speller
    about = context(random.Random(0), 4)
    for text in ("a", "b -> c", "f? of"):
        words = speller.vocabulary.encode(text, 3)
        length = len([word for word in words if word])
        expected = 0.0
        with torch.no_grad():
            encoded = reader.encode(torch.from_numpy(speller.facts([about])))
            for place in range(length):
                before = [*words[:place], *[0] * (2 - place)]
                query = torch.tensor([[[*speller.vocabulary.encode("a of b?", 4), *before]]])
                hidden = reader.hidden(encoded, query)
                choices = torch.softmax(reader.scores(encoded, hidden)[0, 0], -1)
                expected += math.log(choices[reader.choices(encoded)[0] == words[place]].sum())
                last = torch.sigmoid((hidden[0, 0] * reader.ends.weight[words[place]]).sum() + reader.ends_bias).item()
                if place < 2:
                    expected += math.log(last if place == length - 1 else 1 - last)
        assert await THREE.policy.score([Question("a of b?", about)], [text]) == pytest.approx([expected], abs=1e-4)


async def test_a_sampled_answer_depends_on_question_draw_and_seed_only() -> None:
    about = context(random.Random(1), 5)
    asked = [Question("value of a?", about, sample_index) for sample_index in range(40)]
    first = await ONE.policy(asked)
    same(await one_at_a_time(ONE, asked), first)
    same(await ONE.policy(questions(5, 30) + asked[::-1]), await ONE.policy(questions(5, 30)) + first[::-1])
    assert {answer.seed for answer in first} == {0}
    assert len({answer.text for answer in first}) > 1
    other = made(policy_seed=1)
    assert [a.text for a in await other.policy(asked)] != [a.text for a in first]
    assert {answer.seed for answer in await other.policy(asked)} == {1}
    elsewhere = [Question("value of b?", about, sample_index) for sample_index in range(40)]
    assert [a.text for a in await ONE.policy(elsewhere)] != [a.text for a in first]


async def test_only_a_sampled_answer_has_a_seed_and_the_others_are_the_likeliest() -> None:
    asked = [Question("value of a?", context(random.Random(2), 5), sample_index) for sample_index in (None, 3, None)]
    answers = await ONE.policy(asked)
    assert [answer.seed for answer in answers] == [None, 0, None]
    same([answers[0]], [answers[2]])
    same([answers[0]], await ONE.policy(asked[:1]))


def chi_square_is_plausible(counts: Counter[str], probs: dict[str, float], total: int) -> None:
    """Whether counts may come from these probs; the limit is five standard deviations above what is expected."""
    common = {text: p for text, p in probs.items() if p * total >= 5}
    rest = 1 - sum(common.values())
    cells = [(counts[text], p * total) for text, p in common.items()]
    if rest * total >= 1:
        cells.append((total - sum(counts[text] for text in common), rest * total))
    statistic = sum((result - expected) ** 2 / expected for result, expected in cells)
    freedom = len(cells) - 1
    assert freedom >= 2
    assert statistic < freedom + 5 * math.sqrt(2 * freedom), f"{statistic} with {freedom} degrees of freedom"


async def test_over_many_draws_answers_are_as_frequent_as_they_are_likely() -> None:
    total = 4000
    for of, text in ((made(sharpness=1.0), "value of a?"), (made(answer=2, seed=5), "parent of b?")):
        question = Question(text, context(random.Random(3), 4))
        answers = await of.policy([Question(text, question.context, sample_index) for sample_index in range(total)])
        counts = Counter(answer.text for answer in answers)
        said = list(counts)
        scores = await of.policy.score([question] * len(said), said)
        probs = dict(zip(said, map(math.exp, scores), strict=True))
        chi_square_is_plausible(counts, probs, total)
        for answer in answers[:50]:
            assert answer.confidence == pytest.approx(probs[answer.text], abs=CLOSE)


async def test_two_draws_of_a_question_are_independent_of_each_other() -> None:
    randomness = random.Random(4)
    asked = [Question(f"value of {randomness.choice('abcdef')}?", context(randomness, 3)) for _ in range(200)]
    drawn = [
        [answer.text for answer in await ONE.policy([Question(q.text, q.context, sample_index) for q in asked])]
        for sample_index in range(4)
    ]
    probs = [await agreement(ONE, question) for question in asked]
    spread = math.sqrt(sum(p * (1 - p) for p in probs))
    for first, second in combinations(drawn, 2):
        agreed = sum(a == b for a, b in zip(first, second, strict=True))
        assert abs(agreed - sum(probs)) < 5 * spread, f"{agreed} agree, {sum(probs)} expected"


async def agreement(of: Made, question: Question) -> float:
    """The chance that two independent samples are the same word."""
    words = of.speller.vocabulary.listed[1:]
    return sum(math.exp(2 * score) for score in await of.policy.score([question] * len(words), list(words)))


def test_a_number_falls_on_the_word_whose_odds_it_lies_in() -> None:
    probs = torch.tensor([[0.0, 0.25, 0.0, 0.5, 0.25]]).expand(7, -1)
    chance = torch.tensor([0.0, 0.2499, 0.25, 0.7499, 0.75, 1 - 2**-24, -1.0])
    assert sample_words(probs, chance).tolist() == [1, 1, 3, 3, 4, 4, 1]


async def test_what_was_encoded_before_a_step_is_not_used_after_it() -> None:
    of = made()
    learner = ReaderLearner(of.reader, of.speller, LearnerSettings(learning_rate=0.1, warm_up_steps=0))
    question = Question("value of a?", context(random.Random(5), 4))
    await of.policy([question])
    for answer in ("b", "c", "d"):
        for _ in range(10):
            await of.policy([question])
            learner([Sample(question, answer)])
        fresh = made()
        fresh.reader.load_state_dict(of.reader.state_dict())
        assert await of.policy([question]) == await fresh.policy([question])
        assert (await of.policy([question]))[0].text == answer


async def test_contexts_that_are_asked_about_again_are_not_encoded_again() -> None:
    of = made()
    encoded: list[int] = []
    encode = of.reader.encode

    def counted(facts: torch.Tensor) -> object:
        encoded.append(len(facts))
        return encode(facts)

    of.reader.encode = counted  # type: ignore[assignment, method-assign]
    asked = questions(6, count=30)
    for part in (asked, asked, asked[5:12], asked[::-1]):
        await of.policy(part)
    assert encoded == [len({question.context for question in asked})]


@pytest.mark.parametrize("of", [ONE, THREE], ids=["one word", "three words"])
async def test_a_question_that_cannot_be_read_fails_alone_and_says_why(of: Made) -> None:
    good = questions(7, count=4)
    bad = [
        Question("value of z?"),
        Question("a of b of c?"),
        Question("value  of a?"),
        Question("a?", Context(("a ->",))),
        Question("a?", Context(("z -> a",))),
    ]
    answers = await of.policy([*good, *bad[:-2], *good, *bad[-2:]])
    same(answers[:4] + answers[7:11], await of.policy(good) * 2)
    failed = answers[4:7] + answers[12:]
    assert {(a.outcome, a.text, a.by) for a in failed} == {(Outcome.FAILED, "", "model")}
    for answer, why in zip(failed, ("'z'", "at most 4", "spacing", "'z'"), strict=True):
        assert why in answer.reason
    assert [a.outcome for a in await of.policy(bad[:2])] == [Outcome.FAILED] * 2


@pytest.mark.parametrize("answer", [1, 3])
async def test_a_model_whose_weights_are_no_numbers_fails_and_says_so(answer: int) -> None:
    of = made(answer=answer)
    with torch.no_grad():
        of.reader.said.weight.fill_(math.nan)
    for result in await of.policy(questions(8, count=6)):
        assert (result.outcome, result.text) == (Outcome.FAILED, "")
        assert result.reason == "the model's probabilities are not finite"


async def test_no_questions_no_answers() -> None:
    assert await ONE.policy([]) == []
    assert await ONE.policy.score([], []) == []


async def test_a_question_without_facts_has_an_answer() -> None:
    (answer,) = await ONE.policy([Question("a?")])
    assert answer.answered
    assert math.isfinite(answer.confidence)


async def test_an_answer_of_no_word_or_of_an_unknown_one_cannot_be_scored() -> None:
    with pytest.raises(ValueError, match="an answer to learn or to score has at least one word, got ''"):
        await ONE.policy.score([Question("a?"), Question("a?")], ["a", ""])
    with pytest.raises(ValueError, match="does not know: 'z'"):
        await ONE.policy.score([Question("a?")], ["z"])
