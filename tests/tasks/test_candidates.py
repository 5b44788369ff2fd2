from __future__ import annotations

from collections import Counter

import pytest

from hch.humans.scripted import Steps, reply
from hch.tasks.candidates import candidates, choose
from hch.types import Ask, Context, Question

Samples = tuple[str | None, str | None, str | None]


def steps(ruled_out: str) -> Steps:
    names = yield from candidates("best?", "any?", lambda c: f"edge {c}?", ruled_out)
    return reply("no neighbour" if names is None else " ".join(names))


def outcome(samples: Samples, checks: dict[str, str | None]) -> tuple[list[str], str]:
    """What was checked, and the candidates that were left."""
    running = steps(ruled_out="xy")
    assert next(running) == Ask(("best?", "best?", "any?"), (0, 1, 0))
    checked: list[str] = []
    try:
        action = running.send(list(samples))
        checked = [text.removeprefix("edge ").removesuffix("?") for text in action.texts]
        running.send([checks[name] for name in checked])
    except StopIteration as end:
        return checked, end.value.text
    raise AssertionError("asks a third time")


@pytest.mark.parametrize(
    ("samples", "checks", "checked", "left"),
    [
        (("a", "b", "c"), {"a": "yes", "b": "yes"}, ["a", "b"], "a b c"),
        (("a", "b", "c"), {"a": "no", "b": "yes"}, ["a", "b"], "b c"),
        (("a", "b", "c"), {"a": None, "b": "maybe"}, ["a", "b"], "c"),
        (("a", "a", "c"), {"a": "yes"}, ["a"], "a c"),
        (("c", "a", "c"), {"a": "yes", "c": "yes"}, ["c", "a"], "c a"),
        (("x", "y", "c"), {}, [], "c"),
        (("7", "none", "c"), {}, [], "c"),
        ((None, None, "c"), {}, [], "c"),
        ((None, "infinite", None), {}, [], ""),
        (("a", "", None), {"a": "yes"}, ["a"], "a"),
        (("a", "b", "none"), {}, [], "no neighbour"),
    ],
)
def test_samples_stay_if_an_edge_confirms_them_and_the_neighbour_always(
    samples: Samples, checks: dict[str, str | None], checked: list[str], left: str
) -> None:
    assert outcome(samples, checks) == (checked, left)


def test_a_choice_is_the_same_in_every_process() -> None:
    """The values were written down once: no salted hash, and no change of the recipe, goes unnoticed."""
    picks = [
        choose("abcdefgh", Context(("a -> b",)), "neighbour of a?", sample_index) for sample_index in (None, 0, 1, 2, 3)
    ]
    assert "".join(picks) == "edfag"


def test_a_choice_depends_on_the_context_the_text_and_the_draw() -> None:
    contexts = [Context((str(i),)) for i in range(200)]
    texts = [Question(f"neighbour of {name}?").text for name in "ab"]
    picks = {(i, t, d): choose("ab", c, t, d) for i, c in enumerate(contexts) for t in texts for d in (0, 1)}
    for varied in ("draw", "text"):
        pairs = [
            (picks[i, texts[0], 0], picks[i, texts[0], 1] if varied == "draw" else picks[i, texts[1], 0])
            for i in range(len(contexts))
        ]
        # Each of the four pairs a quarter of the time: one draw says nothing about another.
        assert all(30 < count < 72 for count in Counter(pairs).values()), Counter(pairs)
        assert len(set(pairs)) == 4


def test_all_are_chosen_equally_often() -> None:
    counts = Counter(choose("abc", Context(), "neighbour?", sample_index) for sample_index in range(900))
    assert set(counts) == set("abc")
    assert all(240 < count < 360 for count in counts.values()), counts
