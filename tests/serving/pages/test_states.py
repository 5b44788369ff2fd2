"""What became of a question, as a shape and a word."""

from __future__ import annotations

import re
from pathlib import Path

from hch.people.store.items import CANCELLED, CONSULTING, ENDED, OPEN
from hch.people.store.trees import WAITING
from hch.serving.pages.states import STATES, shown
from hch.types import Outcome

SHAPES = Path(__file__).parents[3] / "src" / "hch" / "serving" / "pages" / "templates" / "explore_shapes.html"


def test_every_state_has_words_and_a_shape_of_its_own() -> None:
    assert set(STATES) == {*ENDED, OPEN, CONSULTING, CANCELLED, WAITING}
    assert {str(outcome) for outcome in Outcome} <= set(STATES)
    assert len({state.shape for state in STATES.values()}) == len({state.words for state in STATES.values()}) == 8


def test_every_shape_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="shape-(\w+)"', SHAPES.read_text()))
    assert drawn == {state.shape for state in STATES.values()}


def test_a_state_that_is_not_known_is_shown_by_its_name() -> None:
    assert shown("something new").words == "something new"
