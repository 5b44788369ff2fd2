from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from hch.optimum.losses.imitation import Imitation
from hch.optimum.solver.optimal import find_optimal
from hch.optimum.solver.sampling import estimate_share, is_fixed_point, kl_divergence, sample_model
from hch.optimum.world.errors import OutOfReachError, format_integer
from hch.optimum.world.tree import Leaf
from hch.optimum.world.world import AllFunctions, Entry, LimitedModels, ListedModels, World
from tests.optimum import brute
from tests.optimum.worlds import random_world


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.5, 0.97, 1.0])
def test_the_interval_has_the_true_share_at_least_as_often_as_it_promises(share: float) -> None:
    generator = random.Random(0)
    covered = 0
    for _ in range(400):
        hits = sum(generator.random() < share for _ in range(60))
        interval = estimate_share(hits, 60)
        covered += interval.low <= share <= interval.high
    assert covered >= 380


def test_the_interval_reaches_the_ends_only_where_the_sample_does() -> None:
    none, all_, half = estimate_share(0, 50), estimate_share(50, 50), estimate_share(25, 50)
    assert (none.low, all_.high) == (0.0, 1.0)
    assert 0 < none.high < 0.1
    assert 0.9 < all_.low < 1
    assert 0.2 < half.low < 0.5 < half.high < 0.8
    assert estimate_share(500, 1000).low > half.low


def test_divergence_is_nothing_between_equals_and_endless_from_the_impossible() -> None:
    assert kl_divergence(0.3, 0.3) == 0
    assert kl_divergence(0.5, 0.0) == math.inf
    assert kl_divergence(0.0, 0.5) == pytest.approx(math.log(2))


def test_what_agrees_with_itself_is_what_is_optimal() -> None:
    generator = random.Random(1)
    for _ in range(150):
        world = replace(random_world(generator, most=3), models=AllFunctions())
        (objective,) = Imitation()(world)
        best = list(find_optimal(world, Imitation()).models())
        assert all(is_fixed_point(world, objective, model) == (model in best) for model in brute.every_model(world))


def test_models_are_drawn_from_the_class_or_not_at_all() -> None:
    world = World((Entry("q", ("a", "b"), Leaf("a")),))
    generator = random.Random(2)
    assert {sample_model(world, generator)["q"] for _ in range(30)} == {"a", "b"}
    assert sample_model(replace(world, models=ListedModels(({"q": "b"},))), generator) == {"q": "b"}
    with pytest.raises(OutOfReachError, match="not sampled"):
        sample_model(replace(world, models=LimitedModels(1)), generator)


def test_a_size_is_said_so_that_it_can_be_read() -> None:
    assert [format_integer(7), format_integer(123_456_789)] == ["7", "123,456,789"]
    assert [format_integer(2**40), format_integer(3**100), format_integer(10**9999)] == [
        "1.0 × 10^12",
        "5.1 × 10^47",
        "about 10^9999",
    ]
