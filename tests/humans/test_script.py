from __future__ import annotations

import pytest

from hch.humans.scripted import ask, give_up, reply
from hch.types import Ask, Pass, Reply


def test_a_script_says_what_it_does_in_one_word() -> None:
    assert ask("a", "b") == Ask(("a", "b"))
    assert ask("a", "b", sample_indices=(None, 2)) == Ask(("a", "b"), (None, 2))
    assert reply("c") == Reply("c")
    assert give_up("no") == Pass("no")


@pytest.mark.parametrize("draws", [(1,), (1, 2, 3)])
def test_draws_come_one_for_each_text(draws: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=f"expected one sample index for each of 2 texts, got {len(draws)}"):
        ask("a", "b", sample_indices=draws)
