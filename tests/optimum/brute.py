"""Optima by their definition, from a list of all models: for tests on small worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from hch.optimum.world.tree import Leaf
from hch.optimum.world.world import Entry, LimitedModels, ListedModels, Model, Number, World

Cost = Callable[[World, str, str, Model], Number]
"""What an answer to a question costs where H consults a model."""

Row = tuple[str, ...]


def every_model(world: World) -> Iterator[dict[str, str]]:
    for answers in product(*(entry.answers for entry in world.entries)):
        model = dict(zip(world.questions, answers, strict=True))
        if isinstance(world.models, LimitedModels) and len(set(answers)) > world.models.answers:
            continue
        if isinstance(world.models, ListedModels) and model not in [dict(listed) for listed in world.models.models]:
            continue
        yield model


def consulting(tree: Any, hears: Callable[[str], str | None]) -> Any:
    while not isinstance(tree, Leaf):
        tree = tree.children[tuple(hears(question) for question in tree.questions)]
    return tree.value


def reply(world: World, question: str, model: Model) -> str | None:
    said = consulting(world.by_question[question].human, lambda asked: world.human_view(model[asked]))
    assert said is None or isinstance(said, str)
    return said


def visible(world: World, answer: str) -> list[str]:
    if not world.channels:
        return [answer]
    parts = answer.split(" / ")
    return [part for part, channel in zip(parts, world.channels, strict=True) if not channel.hidden]


def distance(world: World, one: str, other: str) -> int:
    return int(visible(world, one) != visible(world, other))


def imitation(world: World, question: str, answer: str, model: Model) -> Number:
    target = reply(world, question, model)
    return 0 if target is None else distance(world, answer, target)


def face(world: World, answer: str) -> str:
    same = [a for a in world.entries[0].answers if visible(world, a) == visible(world, answer)]
    return same[0] if world.channels else answer


def appeal(world: World, question: str, answer: str) -> Number:
    return world.by_question[question].appeal.get(face(world, answer), 0)


def approval(world: World, question: str, answer: str, model: Model) -> Number:
    ratings = world.by_question[question].ratings
    if ratings is None:
        rating: Number = 1 - imitation(world, question, answer, model)
    else:
        rated = consulting(ratings[face(world, answer)], lambda asked: world.human_view(model[asked]))
        assert isinstance(rated, int | Fraction)
        rating = rated
    return -rating - world.charmed * appeal(world, question, answer)


def closeness(world: World, question: str, answer: str, model: Model) -> Number:
    return imitation(world, question, answer, model) - world.anchored * appeal(world, question, answer)


def measure_supervision(world: World, question: str, answer: str, model: Model) -> Number:
    entry = world.by_question[question]
    gold = entry.gold if entry.gold is not None else entry.aligned
    return min((distance(world, answer, right) for right in gold), default=0) if gold is not None else 0


def equilibria(world: World, cost: Cost) -> set[Row]:
    """The models against which, H consulting them, no model of the class is better."""
    models = list(every_model(world))
    weighted = [(q, world.weight(q)) for q in world.questions if world.weight(q)]
    equilibria = set()
    for consulted in models:
        table = {(q, a): w * cost(world, q, a, consulted) for q, w in weighted for a in world.by_question[q].answers}

        def total(model: Model, table: dict[tuple[str, str], Number] = table) -> Number:
            return sum(table[q, model[q]] for q, _ in weighted)

        if total(consulted) <= min(map(total, models)):
            equilibria.add(tuple(consulted.values()))
    return equilibria


def jointly(world: World, cost: Cost) -> set[Row]:
    """The models with the least sum, all scored with H consulting that same model."""
    sums = {
        tuple(model.values()): sum(world.weight(q) * cost(world, q, model[q], model) for q in world.questions)
        for model in every_model(world)
    }
    least = min(sums.values())
    return {row for row, total in sums.items() if total == least}


def hch(world: World) -> dict[str, str | None] | None:
    """HCH by depth, where H consults the HCH of one depth less; None where no depth answers every question."""
    known: dict[str, str | None] = {}
    for _ in world.questions:
        for entry in world.entries:
            tree: Any = entry.human
            done = False
            while not isinstance(tree, Leaf):
                if not all(question in known for question in tree.questions):
                    break
                told = tuple(None if (t := known[q]) is None else world.human_view(t) for q in tree.questions)
                tree = tree.children.get(told) or Leaf(None)
            else:
                done = True
            if done and isinstance(tree, Leaf):
                known[entry.question] = tree.value
    return known if len(known) == len(world.entries) else None


def debate_value(entry: Entry, first: str, turns: int, quotes: bool) -> Fraction:
    """What naming an answer is worth, by playing out every debate."""
    library = [statement for statement in entry.statements if statement.quote or not quotes]

    def stands(name: str, made: frozenset[str]) -> bool:
        return not any(name in s.refutes and stands(s.name, made) for s in library if s.name in made)

    def weight(answer: str, made: frozenset[str]) -> Number:
        said = (s.weight for s in library if s.name in made and s.supports == answer and stands(s.name, made))
        return entry.plausible.get(answer, 0) + sum(said)

    def play(second: str, turn: int, made: frozenset[str], busy: tuple[tuple[str, int] | None, ...]) -> Fraction:
        if turn == turns:
            ours, theirs = weight(first, made), weight(second, made)
            return Fraction(1, 2) if ours == theirs else Fraction(int(ours > theirs))
        who = turn % 2
        mine = busy[who]

        def after(now: frozenset[str], then: tuple[str, int] | None) -> Fraction:
            return play(second, turn + 1, now, (then, busy[1]) if who == 0 else (busy[0], then))

        if mine is not None:
            name, left = mine
            return after(made | {name}, None) if left == 1 else after(made, (name, left - 1))
        values = [after(made, None)]
        other = busy[1 - who]
        for statement in library:
            if statement.name not in made and (other is None or other[0] != statement.name):
                now, later = made | {statement.name}, (statement.name, statement.takes - 1)
                values.append(after(now, None) if statement.takes == 1 else after(made, later))
        return max(values) if who == 0 else min(values)

    others = [answer for answer in entry.answers if answer != first]
    return min((play(second, 0, frozenset(), (None, None)) for second in others), default=Fraction(1))
