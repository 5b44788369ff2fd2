"""The whole of imitative amplification in one file, as a reader would run it, for a shorter while."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from examples.imitate import DIFFICULTIES, accuracy, lookup, main, sample_questions, script, train
from hch import HCH, Amplify, Otherwise
from hch.humans import Scripted

LONGEST = 150


def test_it_fits_on_a_few_pages() -> None:
    source = (Path(__file__).parent.parent / "examples" / "imitate.py").read_text()
    assert len(source.splitlines()) <= LONGEST
    assert "hch.training" not in source
    assert "hch.experiment" not in source


async def test_what_is_easy_is_learned_first_and_h_is_ahead_of_the_model_all_the_way() -> None:
    torch.set_num_threads(1)
    questions = sample_questions(400, held_out=True, randomness=random.Random(1))
    human = Scripted(script)
    model = await train(80)
    learned = await accuracy(model, questions)
    consulting = await accuracy(Amplify(human, Otherwise(lookup, model)), questions)
    assert learned[0] > 0.9, "what H can answer from arrows alone has been learned"
    assert all(easier >= harder - 0.05 for easier, harder in pairwise(learned))
    # Nothing but H's script tells it how far that reaches: one difficulty further than the model gets by itself.
    assert consulting[0] == 1
    assert sum(consulting) > sum(learned)
    assert await accuracy(HCH(human, len(DIFFICULTIES), lookup), questions) == [1.0] * len(DIFFICULTIES)
    assert await accuracy(HCH(human, 0, lookup), questions) == [1.0, 0, 0, 0]


def test_no_permutation_is_both_trained_on_and_tested() -> None:
    trained, tested = (
        {question.context for question in sample_questions(600, held_out=held_out, randomness=random.Random(0))}
        for held_out in (False, True)
    )
    assert len(trained) > 300
    assert len(tested) > 50
    assert not trained & tested


async def test_the_table_has_a_row_for_each_and_a_column_for_each_difficulty(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await main(1)
    printed = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in printed[-4:]] == ["H alone", "model", "H + model", "HCH"]
    assert printed[-1].split()[1:] == ["100.0%"] * len(DIFFICULTIES)
