from __future__ import annotations

import numpy as np
import pytest
import torch

from hch.models.reader.layout import make_grid
from hch.models.reader.likelihood import TargetBatch, log_likelihoods, make_targets
from hch.types import Context
from tests.readers import Made, made

CPU = torch.device("cpu")
HERE, THERE = Context(("a -> b",)), Context(("b -> c", "c -> a"))


def cells(of: Made, contexts: list[Context], answers: list[str]) -> TargetBatch:
    return make_targets(of.speller, make_grid(contexts), ["a?"] * len(answers), answers, CPU)


def test_an_answer_of_one_word_is_one_cell_after_its_question() -> None:
    of = made()
    result = cells(of, [HERE, THERE, HERE], ["a", "b", "c"])
    question = of.speller.vocabulary.encode("a?", 4)
    assert result.count == 3
    assert result.rows.tolist() == [0, 1, 0]
    assert result.columns.tolist() == [0, 0, 0]  # the same question twice, read once
    assert result.queries[result.rows, result.columns].tolist() == [question] * 3
    assert result.words.tolist() == [1, 2, 3]
    assert result.items.tolist() == [0, 1, 2]


def test_each_word_of_an_answer_is_a_cell_that_sees_the_words_before_it() -> None:
    of = made(answer=3)
    result = cells(of, [HERE, THERE, HERE], ["a", "b -> c", "d e"])
    question = of.speller.vocabulary.encode("a?", 4)
    queries = result.queries[result.rows, result.columns].tolist()
    arrow = of.speller.vocabulary.numbers["->"]
    assert queries == [[*question, *before] for before in ([0, 0], [0, 0], [2, 0], [2, arrow], [0, 0], [4, 0])]
    assert result.words.tolist() == [1, 2, arrow, 3, 4, 5]
    assert result.items.tolist() == [0, 1, 1, 1, 2, 2]
    assert result.last.tolist() == [1, 0, 0, 1, 0, 1]
    assert result.free.tolist() == [1, 1, 1, 0, 1, 1]
    assert result.count == 3


def test_what_has_begun_alike_is_read_once_and_as_likely_as_alone() -> None:
    of = made(answer=3)
    facts = torch.from_numpy(of.speller.facts([HERE, THERE]))
    contexts, answers = [HERE, THERE, HERE, HERE], ["a b", "a b", "a c", "b"]
    together = cells(of, contexts, answers)
    assert together.queries.shape[:2] == (2, 2)
    with torch.no_grad():
        encoded = of.reader.encode(facts)
        result = log_likelihoods(of.reader, encoded, together)
        for context, answer, part in zip(contexts, answers, result, strict=True):
            alone = cells(of, [context], [answer])
            there = of.reader.encode(torch.from_numpy(of.speller.facts([context])))
            assert torch.isclose(log_likelihoods(of.reader, there, alone)[0], part, atol=1e-5)


@pytest.mark.parametrize("answer", [1, 3])
def test_where_cells_are_empty_gradients_are_numbers(answer: int) -> None:
    of = made(answer=answer)
    layout = [HERE, THERE, THERE, Context(), THERE]
    result = cells(of, layout, ["a", "b", "a", "c", "d"])
    facts = torch.from_numpy(of.speller.facts(make_grid(layout).contexts))
    log_likelihoods(of.reader, of.reader.encode(facts), result).sum().backward()
    assert all(p.grad is None or bool(p.grad.isfinite().all()) for p in of.reader.parameters())


def test_an_answer_of_no_word_is_refused() -> None:
    with pytest.raises(ValueError, match="has at least one word, got ''"):
        cells(made(), [HERE, HERE], ["a", ""])


def test_a_word_that_stands_in_the_facts_is_as_likely_as_saying_and_copying_it_together() -> None:
    of = made()
    layout = make_grid([HERE])
    encoded = of.reader.encode(torch.from_numpy(of.speller.facts([HERE])))
    result = cells(of, [HERE], ["b"])
    with torch.no_grad():
        hidden = of.reader.hidden(encoded, result.queries)
        choices = torch.softmax(of.reader.scores(encoded, hidden)[0, 0], -1)
        assert np.isclose(log_likelihoods(of.reader, encoded, result).exp().item(), (choices[2] + choices[-1]).item())
    assert layout.width == 1
