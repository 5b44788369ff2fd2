"""Random small worlds, with everything in them that a world can have."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from itertools import product

from hch.optimum.world.tree import Branch, Leaf, Tree
from hch.optimum.world.world import (
    AllFunctions,
    Channel,
    Entry,
    LimitedModels,
    ListedModels,
    ModelClass,
    Reward,
    Statement,
    World,
)

WEIGHTS = (0, 1, 1, 2, Fraction(1, 2), Fraction(1, 3))


def random_tree(
    generator: random.Random, ask: list[str], readings: dict[str, list[str]], leaves: list[object], rounds: int = 2
) -> Tree[object]:
    """A human who asks in up to so many rounds, any of the questions ``ask``."""
    if not rounds or not ask or generator.random() < 0.4:
        return Leaf(generator.choice(leaves))
    questions = tuple(generator.choice(ask) for _ in range(generator.choice((1, 1, 2))))
    then: dict[tuple[str | None, ...], Tree[object]] = {}
    for heard in product(*([*readings[question], None] for question in questions)):
        then[heard] = random_tree(generator, ask, readings, leaves, rounds - 1)
    return Branch(questions, then)


def random_world(generator: random.Random, founded: bool = False, most: int = 4) -> World:
    """A world of up to ``most`` questions; if ``founded``, they ask only earlier ones, and all have a weight."""
    questions = [f"q{number}" for number in range(generator.randint(1, most))]
    channels: tuple[Channel, ...] = ()
    if generator.random() < 0.25:
        hidden = generator.random() < 0.7
        channels = (Channel("says", ("x", "y")), Channel("does", ("0", "1"), hidden, read=generator.random() < 0.3))
        questions = questions[:3]
    answers: dict[str, tuple[str, ...]] = {}
    for question in questions:
        count = generator.choice((1, 2, 2, 3)) if len(questions) < 5 else 2
        answers[question] = tuple("xyz"[:count])
        if channels:
            answers[question] = tuple(
                " / ".join(values) for values in product(*(channel.values for channel in channels))
            )
    readings = {question: readable(channels, texts) for question, texts in answers.items()}
    entries = [
        random_entry(
            generator,
            question,
            answers=answers,
            readings=readings,
            ask=questions[:place] if founded else questions,
            founded=founded,
        )
        for place, question in enumerate(questions)
    ]
    if not any(entry.weight for entry in entries):
        entries[0] = replace(entries[0], weight=1)
    data = None
    if not founded and generator.random() < 0.2:
        # Of the questions that have a weight one at least is learned from.
        weighted = [entry.question for entry in entries if entry.weight]
        data = frozenset([generator.choice(weighted), generator.choice(questions)])
    return World(
        tuple(entries),
        channels=channels,
        models=AllFunctions() if founded else random_class(generator, questions, answers),
        charmed=generator.choice((0, 1, Fraction(1, 2))),
        anchored=generator.choice((0, 1, Fraction(1, 2))),
        turns=generator.randint(0, 4),
        rewards=random_rewards(generator),
        data=data,
    )


def readable(channels: tuple[Channel, ...], answers: tuple[str, ...]) -> list[str]:
    """What H may read of these answers."""
    texts = []
    for answer in answers:
        parts = answer.split(" / ") if channels else [answer]
        kept = [p for p, c in zip(parts, channels, strict=True) if c.read] if channels else parts
        texts.append(" / ".join(kept))
    return list(dict.fromkeys(texts))


def random_entry(
    generator: random.Random,
    question: str,
    *,
    answers: dict[str, tuple[str, ...]],
    readings: dict[str, list[str]],
    ask: list[str],
    founded: bool,
) -> Entry:
    mine = answers[question]
    replies: list[object] = [*mine, *mine] if founded else [*mine, *mine, *mine, None]
    human = random_tree(generator, ask, readings, replies)
    ratings = None
    if generator.random() < 0.4:
        numbers: list[object] = [0, 1, 2]
        ratings = {answer: random_tree(generator, ask, readings, numbers, rounds=1) for answer in mine}
    return Entry(
        question,
        mine,
        human,  # type: ignore[arg-type]  # the leaves are replies
        weight=1 if founded else generator.choice(WEIGHTS),
        aligned=None
        if generator.random() < 0.2
        else frozenset(generator.sample(mine, generator.randint(1, len(mine)))),
        ratings=ratings,  # type: ignore[arg-type]  # the leaves are numbers
        appeal={answer: generator.choice((0, 1, 2)) for answer in mine if generator.random() < 0.4},
        kinds={answer: generator.choice("ABC") for answer in mine} if generator.random() < 0.5 else None,
        plausible={answer: generator.choice((0, 1)) for answer in mine if generator.random() < 0.5},
        statements=random_statements(generator, mine),
    )


def random_statements(generator: random.Random, answers: tuple[str, ...]) -> tuple[Statement, ...]:
    statements: list[Statement] = []
    for number in range(generator.choice((0, 1, 2, 3))):
        refutes = tuple(earlier.name for earlier in statements if generator.random() < 0.4)
        supports = generator.choice(answers) if generator.random() < 0.7 else None
        weight, takes = generator.choice((1, 2)), generator.choice((1, 1, 2))
        statements.append(Statement(f"s{number}", supports, refutes, weight, takes, quote=generator.random() < 0.5))
    return tuple(statements)


def random_class(generator: random.Random, questions: list[str], answers: dict[str, tuple[str, ...]]) -> ModelClass:
    sample_index = generator.random()
    if sample_index < 0.7:
        return AllFunctions()
    if sample_index < 0.85:
        return LimitedModels(generator.choice((1, 2)))
    models = tuple({q: generator.choice(answers[q]) for q in questions} for _ in range(generator.randint(1, 6)))
    return ListedModels(models)


def random_rewards(generator: random.Random) -> tuple[Reward, ...]:
    count = generator.choice((0, 1, 2, 3))
    return tuple(Reward(f"r{n}", {kind: generator.choice((0, 1, 2)) for kind in "ABC"}) for n in range(count))
