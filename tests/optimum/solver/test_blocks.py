from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise, product

import pytest

from hch.optimum.solver import elimination
from hch.optimum.solver.blocks import Block, Choice, Counted, Rows, Searched, block, merged, searched
from hch.optimum.solver.elimination import TooWideError, eliminated, factors
from hch.optimum.solver.narrowing import Answers, Rule
from hch.optimum.solver.search import Puzzle, Row, Within
from hch.optimum.world.errors import OutOfReachError


def random_puzzle(generator: random.Random, questions: int = 4) -> Puzzle:
    """Questions with rules between any of them, in which some answers cost something and some are not allowed."""
    names = [f"q{number}" for number in range(questions)]
    domains: dict[str, Answers] = {name: tuple("abc"[: generator.choice((1, 2, 3))]) for name in names}
    reads: dict[str, Mapping[str, Answers]] = {}
    for name in names:
        texts: dict[str, Answers] = {}
        for answer in domains[name]:
            text = "x" if answer in "ab" and generator.random() < 0.2 else answer
            texts[text] = (*texts.get(text, ()), answer)
        reads[name] = texts
    rules: dict[str, list[Rule]] = {}
    for name in names:
        asked = generator.sample(names, generator.choice((0, 1, 2)))
        if not asked:
            continue
        rules[name] = []
        for heard in product(*(reads[each] for each in asked)):
            allowed = [answer for answer in domains[name] if generator.random() < 0.8]
            conditions = dict(zip(asked, heard, strict=True))
            if name in conditions:
                allowed = [answer for answer in allowed if answer in reads[name][conditions[name]]]
            rules[name].append(Rule(conditions, {answer: generator.choice((0, 0, 1, 2)) for answer in allowed}))
    return Puzzle(domains, rules, reads)


def cost(puzzle: Puzzle, row: Row) -> int | None:
    said = dict(zip(puzzle.questions, row, strict=True))
    total = 0
    for question, rules in puzzle.rules.items():
        for rule in rules:
            if all(said[each] in puzzle.reads[each][text] for each, text in rule.conditions.items()):
                if said[question] not in rule.costs:
                    return None
                total += rule.costs[said[question]]
    return total


def cheapest(puzzle: Puzzle) -> tuple[int | None, list[Row]]:
    costs = {row: each for row in product(*puzzle.domains.values()) if (each := cost(puzzle, row)) is not None}
    least = min(costs.values(), default=None)
    return least, sorted(row for row, each in costs.items() if each == least)


def within(rows: list[Row], questions: Row, allowed: Within) -> list[Row]:
    return [row for row in rows if all(a in allowed.get(q, (a,)) for q, a in zip(questions, row, strict=True))]


def check(found: tuple[Block, int] | None, puzzle: Puzzle, generator: random.Random) -> None:
    least, rows = cheapest(puzzle)
    if not rows:
        assert found is None
        return
    assert found is not None
    each, least_found = found
    assert (each.questions, least_found) == (puzzle.questions, least)
    for place, question in enumerate(puzzle.questions):
        assert set(each.possible(question)) == {row[place] for row in rows}
    some: Within = {q: frozenset(generator.sample(answers, 1)) for q, answers in puzzle.domains.items() if q != "q0"}
    kept = within(rows, puzzle.questions, some)
    one = each.one(some)
    assert one in kept if kept else one is None
    for at_least in (0, 1):
        faults = [(sum(a in some.get(q, ()) for q, a in zip(puzzle.questions, row, strict=True)), row) for row in rows]
        fewest = min((n for n, _ in faults if n >= at_least), default=None)
        got = each.fewest(some, at_least)
        assert (None if got is None else got[0]) == fewest
        assert got is None or got in faults
    if not isinstance(each, Searched):
        assert (each.count(), each.count(some)) == (len(rows), len(kept))
        assert sorted(each.ways()) == rows
        assert each.drawn(generator) in rows


def test_elimination_finds_every_cheapest_way_and_counts_it() -> None:
    generator = random.Random(1)
    for _ in range(400):
        puzzle = random_puzzle(generator)
        check(block(puzzle), puzzle, generator)


def test_what_is_counted_and_not_listed_answers_the_same() -> None:
    generator = random.Random(2)
    for _ in range(200):
        puzzle = random_puzzle(generator)
        found = block(puzzle, most=0)
        assert found is None or isinstance(found[0], Counted)
        check(found, puzzle, generator)


def test_the_solver_finds_the_same_as_elimination() -> None:
    generator = random.Random(3)
    for _ in range(40):
        puzzle = random_puzzle(generator)
        check(searched(puzzle), puzzle, generator)


def test_what_is_neither_counted_nor_listed_is_still_decided() -> None:
    generator = random.Random(4)
    for _ in range(15):
        puzzle = random_puzzle(generator)
        found = searched(puzzle, most=0)
        assert found is None or isinstance(found[0], Searched)
        check(found, puzzle, generator)
        if found is not None:
            with pytest.raises(OutOfReachError, match="4 questions depend on one another"):
                found[0].count()


def test_the_solver_takes_over_where_a_table_would_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elimination, "MOST_ROWS", 3)
    generator = random.Random(5)
    puzzle = next(p for p in iter(lambda: random_puzzle(generator), None) if too_wide(p) and cheapest(p)[1])
    check(block(puzzle), puzzle, generator)


def too_wide(puzzle: Puzzle) -> bool:
    try:
        eliminated(puzzle.domains, factors(puzzle.reads, puzzle.domains, puzzle.rules))
    except TooWideError:
        return True
    return False


def test_a_drawn_way_is_as_likely_as_any_other() -> None:
    copies = [Rule({"a": text}, dict.fromkeys(allowed, 0)) for text, allowed in (("x", "xy"), ("y", "y"))]
    puzzle = Puzzle({"a": ("x", "y"), "b": ("x", "y")}, {"b": copies}, {q: {"x": ("x",), "y": ("y",)} for q in "ab"})
    found = block(puzzle, most=0)
    assert found is not None
    generator = random.Random(0)
    drawn = Counter(found[0].drawn(generator) for _ in range(3000))
    assert set(drawn) == {("x", "x"), ("x", "y"), ("y", "y")}
    assert all(900 < count < 1100 for count in drawn.values())


def test_a_solver_that_is_given_no_time_says_so() -> None:
    generator = random.Random(6)
    puzzle = random_puzzle(generator, questions=4)
    hurried = Puzzle(puzzle.domains, puzzle.rules, puzzle.reads, effort=0.0)
    with pytest.raises(OutOfReachError, match="too closely for the solver"):
        hurried.least()


def test_blocks_are_merged_into_one_list_up_to_a_limit() -> None:
    parts: dict[int, Block] = {0: Choice("a", ("x", "y")), 1: Rows(("b", "c"), (("x", "x"), ("y", "y")))}
    assert merged(parts).rows == (("x", "x", "x"), ("x", "y", "y"), ("y", "x", "x"), ("y", "y", "y"))
    with pytest.raises(OutOfReachError, match="in 4 ways"):
        merged(parts, most=3)


def test_a_chain_of_thousands_is_counted_exactly() -> None:
    questions = [f"q{number}" for number in range(3000)]
    reads: dict[str, Mapping[str, Answers]] = {q: {"x": ("x",), "y": ("y",)} for q in questions}
    rules = {
        below: [Rule({above: "x"}, {"x": 0, "y": 0}), Rule({above: "y"}, {"x": 0})]
        for above, below in pairwise(questions)
    }
    found = block(Puzzle(dict.fromkeys(questions, ("x", "y")), rules, reads))
    one, other = 1, 2
    for _ in range(2999):
        one, other = other, one + other
    assert found is not None
    assert found[0].count() == other
