from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest

from hch.optimum.goodhart import NS, GoodhartCurve, build_curve, compute_goodhart_curve, convolve_scores, score_model
from hch.optimum.losses.approval import Approval
from hch.optimum.losses.imitation import Imitation
from hch.optimum.losses.reward import FeasibleRewards
from hch.optimum.losses.supervised import Supervised
from hch.optimum.verdict import find_aligned_answers
from hch.optimum.world.errors import OutOfReachError, WorldError
from hch.optimum.world.fixed_point import solve_hch
from hch.optimum.world.tree import Branch, Leaf
from hch.optimum.world.world import AllFunctions, Entry, LimitedModels, Reward, World
from hch.optimum.world.worldfile import read_world
from tests.optimum.worlds import random_world

WORLD = read_world(Path(__file__).parents[2] / "examples" / "worlds" / "goodhart.toml")


def good(world: World) -> Mapping[str, frozenset[str]]:
    return find_aligned_answers(world, "right", solve_hch(world))


def best_of(values: list[tuple[Fraction, int]], n: int) -> tuple[Fraction, Fraction]:
    """Proxy and gold of the best of n, over all ways to draw n of these; ties are broken evenly."""
    proxy = gold = Fraction(0)
    for scores in product(values, repeat=n):
        top = max(score for score, _ in scores)
        ties = [aligned for score, aligned in scores if score == top]
        proxy += top
        gold += Fraction(sum(ties), len(ties))
    return proxy / len(values) ** n, gold / len(values) ** n


def test_the_best_of_n_is_what_drawing_n_in_every_way_gives() -> None:
    values = [(Fraction(p), g) for p, g in ((0, 0), (0, 2), (1, 1), (2, 0), (2, 2), (3, 1))]
    points = {point.n: point for point in build_curve(Counter(values), 2).points}
    proxy_start, gold_start = best_of(values, 1)
    for n in (1, 2, 5):
        proxy, gold = best_of(values, n)
        assert points[n].proxy == pytest.approx(float((proxy - proxy_start) / (3 - proxy_start)), abs=1e-12)
        assert points[n].gold == pytest.approx(float((gold - gold_start) / (2 - gold_start)), abs=1e-12)


def check_parts(curve: GoodhartCurve) -> None:
    for point in curve.points:
        assert point.broken + point.noise + point.tail == pytest.approx(point.proxy - point.gold, abs=1e-9)
        assert all(map(math.isfinite, (point.proxy, point.gold, point.broken, point.noise, point.tail)))
    proxies = [point.proxy for point in curve.points]
    assert proxies == sorted(proxies)


def test_a_convolution_gives_what_scoring_every_model_gives() -> None:
    generator = random.Random(0)
    for _ in range(150):
        world = replace(random_world(generator, most=4), models=AllFunctions())
        (objective,) = Supervised()(world)
        aligned = good(world)
        every = Counter(
            score_model(world, objective, aligned, dict(zip(world.questions, answers, strict=True)))
            for answers in product(*(entry.answers for entry in world.entries))
        )
        assert dict(convolve_scores(world, objective, aligned)) == dict(every)
        check_parts(compute_goodhart_curve(world, Imitation(), aligned))


def test_the_three_parts_are_the_gap_and_only_what_is_broken_is_left_at_the_optimum() -> None:
    curve = compute_goodhart_curve(WORLD, Approval(), good(WORLD))
    check_parts(curve)
    assert (curve.start, curve.best) == (Fraction(1, 3), Fraction(1))
    assert (curve.optimum, curve.worst) == (Fraction(4, 5), Fraction(4, 5))
    last = curve.points[-1]
    assert last.n == 10**6
    assert last.proxy == pytest.approx(1, abs=1e-6)
    assert last.broken == pytest.approx(0.3, abs=1e-6)
    assert last.noise + last.tail == pytest.approx(0, abs=1e-6)


def test_a_proxy_that_is_gold_leaves_no_gap() -> None:
    curve = compute_goodhart_curve(WORLD, Supervised(), good(WORLD))
    assert all(abs(point.proxy - point.gold) < 1e-12 for point in curve.points)
    assert curve.slope == pytest.approx(1)


def test_where_nothing_can_be_gained_there_is_no_slope() -> None:
    world = World((Entry("q", ("a", "b"), Leaf("a")),))
    curve = compute_goodhart_curve(world, Imitation(), good(world))
    assert curve.slope is None
    check_parts(curve)


def chain(length: int) -> World:
    copying = [
        Entry(f"q{n}", ("a", "b"), Branch((f"q{n - 1}",), {(t,): Leaf(t) for t in "ab"})) for n in range(1, length)
    ]
    return World((Entry("q0", ("a", "b"), Leaf("a"), aligned=frozenset("a")), *copying))


def test_a_target_that_moves_is_scored_model_by_model_and_sampled_where_they_are_too_many() -> None:
    check_parts(compute_goodhart_curve(chain(6), Imitation(), good(chain(6))))
    with pytest.raises(OutOfReachError, match=r"1\.2 × 10\^12 models|1,099,511,627,776|1\.0 × 10\^12"):
        compute_goodhart_curve(chain(40), Imitation(), good(chain(40)))
    curve = compute_goodhart_curve(chain(40), Imitation(), good(chain(40)), sample=500, seed=1)
    assert curve.samples == 500
    assert curve.points[-1].n == 500
    assert curve == compute_goodhart_curve(chain(40), Imitation(), good(chain(40)), sample=500, seed=1)


def test_a_hundred_questions_are_exact_up_to_a_million() -> None:
    entries = tuple(replace(WORLD.entries[n % 10], question=f"q{n}") for n in range(100))
    curve = compute_goodhart_curve(World(entries), Approval(), good(World(entries)))
    assert [point.n for point in curve.points] == list(NS)
    check_parts(curve)


def test_what_has_no_single_proxy_or_no_product_of_models_is_refused() -> None:
    with pytest.raises(WorldError, match="smaller class"):
        compute_goodhart_curve(replace(WORLD, models=LimitedModels(1)), Imitation(), good(WORLD))
    rewards = replace(WORLD, rewards=(Reward("one", {}), Reward("another", {})))
    with pytest.raises(WorldError, match="no single proxy"):
        compute_goodhart_curve(rewards, FeasibleRewards(), good(rewards))
