from __future__ import annotations

import pytest
import torch
from jaxtyping import TypeCheckError

from hch.models.reader.likelihood import word_probs
from hch.models.reader.network import Matches, Reader, SlotEmbedding, Slots
from hch.models.settings import ReaderSettings
from tests.readers import FACT, QUESTION, made

CLOSE = 1e-5


def rows(seed: int, *shape: int, words: int = 12) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(1, words, shape, generator=generator)


@torch.no_grad()
def probs(reader: Reader, facts: torch.Tensor, queries: torch.Tensor) -> torch.Tensor:
    encoded = reader.encode(facts)
    return word_probs(reader, encoded, reader.hidden(encoded, queries))


def test_the_odds_of_all_words_sum_to_1_and_padding_is_never_said() -> None:
    for seed in range(5):
        reader = made(seed=seed).reader
        facts, queries = rows(seed, 3, 6, FACT), rows(seed + 1, 3, 4, QUESTION)
        facts[0, 4:] = 0
        facts[1, :, 2] = 0
        result = probs(reader, facts, queries)
        assert result.shape == (3, 4, reader.slots.vocabulary)
        torch.testing.assert_close(result.sum(-1), torch.ones(3, 4), atol=CLOSE, rtol=0)
        assert (result[..., 0] == 0).all()
        assert (result[..., 1:] > 0).all()


def test_the_order_of_facts_means_nothing() -> None:
    reader = made().reader
    facts, queries = rows(0, 2, 7, FACT), rows(1, 2, 3, QUESTION)
    shuffled = facts[:, torch.randperm(7, generator=torch.Generator().manual_seed(2))]
    torch.testing.assert_close(probs(reader, facts, queries), probs(reader, shuffled, queries), atol=CLOSE, rtol=0)


def test_the_order_of_words_in_a_fact_or_a_question_does_mean_something() -> None:
    reader = made().reader
    facts, queries = rows(0, 1, 5, FACT), rows(1, 1, 1, QUESTION)
    assert not torch.allclose(probs(reader, facts, queries), probs(reader, facts.flip(-1), queries), atol=1e-3)
    assert not torch.allclose(probs(reader, facts, queries), probs(reader, facts, queries.flip(-1)), atol=1e-3)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_rows_of_padding_among_the_facts_change_nothing(count: int) -> None:
    reader = made().reader
    facts, queries = rows(0, 1, count, FACT), rows(1, 1, 3, QUESTION)
    alone = probs(reader, torch.cat([facts, torch.zeros(1, count == 0, FACT, dtype=torch.int64)], 1), queries)
    padded = torch.cat([facts, torch.zeros(1, 5, FACT, dtype=torch.int64)], 1)
    torch.testing.assert_close(probs(reader, padded, queries), alone, atol=CLOSE, rtol=0)
    beside = torch.cat([padded, rows(5, 2, count + 5, FACT)])
    result = probs(reader, beside, torch.cat([queries, rows(6, 2, 3, QUESTION)]))
    torch.testing.assert_close(result[:1], alone, atol=CLOSE, rtol=0)


def test_a_question_s_odds_depend_on_no_other_question() -> None:
    reader = made().reader
    facts, queries = rows(0, 2, 4, FACT), rows(1, 2, 6, QUESTION)
    for width in (1, 3, 6):
        torch.testing.assert_close(
            probs(reader, facts, queries[:, :width]), probs(reader, facts, queries)[:, :width], atol=CLOSE, rtol=0
        )


def test_a_word_that_stands_in_the_facts_can_be_copied() -> None:
    reader = made().reader
    facts, queries = rows(0, 1, 3, FACT, words=4), rows(1, 1, 1, QUESTION)
    before = probs(reader, facts, queries)[0, 0]
    with torch.no_grad():
        reader.copied.weight *= 50
    moved = (probs(reader, facts, queries)[0, 0] - before).abs()
    assert moved[1:4].max() > 0.05
    assert probs(reader, facts, queries)[0, 0, 1:4].sum() > before[1:4].sum()


def test_no_position_s_weights_are_without_effect() -> None:
    reader = made(answer=2).reader
    encoded = reader.encode(rows(0, 2, 3, FACT))
    hidden = reader.hidden(encoded, rows(1, 2, 2, reader.slots.query))
    score = reader.scores(encoded, hidden)
    ends = reader.end_scores(hidden, rows(2, 2, 2))
    (score[torch.isfinite(score)].pow(2).sum() + ends.pow(2).sum()).backward()
    for name, parameter in reader.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_words_are_embedded_concatenated_and_projected() -> None:
    torch.manual_seed(0)
    embedding = SlotEmbedding(6, 3, 4)
    words = torch.tensor([[1, 0, 5], [2, 2, 0]])
    table = embedding.words.masked_fill((torch.arange(6) == 0)[:, None], 0.0)
    expected = torch.cat([table[words[:, slot]] for slot in range(3)], -1) @ embedding.projections.reshape(12, 4)
    torch.testing.assert_close(embedding(words), expected)


def test_a_row_looks_at_a_fact_for_the_words_that_both_have_and_padding_is_none() -> None:
    matches = Matches(2, 3, heads=2)
    facts = torch.tensor([[[1, 2, 0], [3, 1, 1], [0, 0, 0]]])
    looked = matches(torch.tensor([[[1, 0], [4, 5]]]), facts)
    weights = matches.pairs.weight.view(2, 2, 3)
    assert looked.shape == (1, 2, 2, 3)
    torch.testing.assert_close(looked[0, :, 0, 0], weights[:, 0, 0])
    torch.testing.assert_close(looked[0, :, 0, 1], weights[:, 0, 1] + weights[:, 0, 2])
    assert (looked[0, :, 0, 2] == 0).all()
    assert (looked[0, :, 1] == 0).all()


def test_some_of_the_contexts_can_be_selected() -> None:
    reader = made().reader
    facts, queries = rows(0, 4, 5, FACT), rows(1, 4, 2, QUESTION)
    facts[1, 3:] = 0
    encoded = reader.encode(facts)
    some = encoded.select(torch.tensor([3, 1]))
    chosen = word_probs(reader, some, reader.hidden(some, queries[[3, 1]]))
    torch.testing.assert_close(chosen, probs(reader, facts, queries)[[3, 1]], atol=CLOSE, rtol=0)


def test_a_width_that_heads_do_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match="width must be a multiple of heads, got width 30 and 4 heads"):
        ReaderSettings(width=30, heads=4)


def test_there_is_room_for_the_answer_so_far_beside_the_question() -> None:
    assert Slots(vocabulary=9, fact=3, question=4).query == 4
    assert Slots(vocabulary=9, fact=3, question=4, answer=3).query == 6


def test_shapes_are_checked_in_tests() -> None:
    reader = made().reader
    with pytest.raises(TypeCheckError):
        reader.encode(rows(0, 2, FACT))
    with pytest.raises(TypeCheckError):
        reader.encode(torch.zeros(1, 2, FACT))
    encoded = reader.encode(rows(0, 2, 5, FACT))
    with pytest.raises(TypeCheckError):
        reader.end_scores(reader.hidden(encoded, rows(1, 2, 3, QUESTION)), rows(2, 2, 4))


@pytest.mark.parametrize("answer", [1, 3])
def test_odds_in_bfloat16_are_close_to_those_in_float32(answer: int) -> None:
    reader = made(answer=answer, sharpness=1.0).reader
    facts, queries = rows(0, 2, 5, FACT), rows(1, 2, 3, reader.slots.query)
    exact = probs(reader, facts, queries)
    with torch.autocast("cpu", torch.bfloat16):
        rough = probs(reader, facts, queries)
    assert rough.dtype is torch.float32
    torch.testing.assert_close(rough, exact, atol=0.03, rtol=0)
    assert not torch.equal(rough, exact)


def test_readers_of_one_seed_are_the_same_and_of_another_are_not() -> None:
    first, same, other = (made(seed=seed).reader for seed in (0, 0, 1))
    pairs = list(zip(first.parameters(), same.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not torch.equal(first.fact_words.words, other.fact_words.words)
