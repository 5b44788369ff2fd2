"""A world as a TOML file that people write (docs/optimum.md explains every key).

What is wrong with a file is said in its own words: where, what was expected, and for a wrong key the nearest right one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

from hch.optimum.world.errors import WorldError
from hch.optimum.world.tree import Asks, Heard, Leaf, Tree
from hch.optimum.world.values import fits, known_keys, listed, nearest, number, numbers, of_type, plain_text, whole
from hch.optimum.world.world import (
    BETWEEN,
    Apart,
    Channel,
    Entry,
    Everything,
    Limited,
    Listed,
    Match,
    Model,
    ModelClass,
    Number,
    Reward,
    Statement,
    Together,
    World,
)

WORLD_KEYS = (
    "title", "about", "answers", "questions", "channels", "models", "distance", "charmed", "anchored", "turns",
    "rewards", "forbidden", "data", "losses",
)  # fmt: skip
QUESTION_KEYS = (
    "answers", "weight", "asks", "replies", "otherwise", "aligned", "benign", "harmful", "gold", "rates", "rates_asks",
    "appeal", "kinds", "plausible", "statements",
)  # fmt: skip
STATEMENT_KEYS = ("name", "supports", "refutes", "weight", "takes", "quote")
NOTHING = "(nothing)"
"""What stands for an answer that did not come, among the things that H may hear."""
ANY = "*"
"""Stands for whatever H hears to a question, and for any value of a channel."""

MOST_ROWS = 100_000
"""Cases of one table that are written out."""


def read_world(path: Path) -> World:
    """The world in a file. Raises WorldError where there is none that can be understood."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise WorldError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise WorldError(f"{path} is not a text in UTF-8") from None
    try:
        return world_from(text)
    except WorldError as error:
        raise WorldError(f"{path}: {error}") from error


def world_from(text: str) -> World:
    """The world that a TOML text describes. Raises WorldError where it is not one."""
    try:
        # Decimals are read as fractions, so that 0.1 is a tenth.
        table = tomllib.loads(text, parse_float=Fraction)
    except (tomllib.TOMLDecodeError, ValueError, ZeroDivisionError) as error:
        raise WorldError(f"not a TOML file: {error}") from None
    known_keys(table, WORLD_KEYS, "a world")
    questions = of_type(table.get("questions", {}), dict, "questions", "a table with a part for each question")
    if not questions:
        raise WorldError('a world has questions: write a part [questions."…"] for each')
    channels = read_channels(table.get("channels", {}))
    readers = {
        question: _Reader(question, answers_of(question, each, table, channels), channels)
        for question, each in questions.items()
    }
    return World(
        entries=tuple(_entry(readers, question, each) for question, each in questions.items()),
        title=of_type(table.get("title", ""), str, "title", "a text"),
        about=of_type(table.get("about", ""), str, "about", "a text").strip(),
        channels=channels,
        models=read_class(table.get("models", {}), readers),
        distance=read_distance(table.get("distance", "match")),
        charmed=number(table.get("charmed", 0), "charmed"),
        anchored=number(table.get("anchored", 0), "anchored"),
        turns=whole(table.get("turns", 2), "turns"),
        rewards=tuple(read_reward(each) for each in listed(table.get("rewards", []), "rewards", dict)),
        together=tuple(read_forbidden(each, readers) for each in listed(table.get("forbidden", []), "forbidden", dict)),
        data=read_data(table["data"], readers) if "data" in table else None,
        losses=tuple(listed(table.get("losses", []), "losses", str)),
    )


# Questions


def answers_of(question: str, part: object, table: Mapping[str, Any], channels: tuple[Channel, ...]) -> tuple[str, ...]:
    """The answers to a question: its own, or those of the world, or all combinations of the channels' values."""
    written: Mapping[str, Any] = of_type(part, dict, f"questions.{question}", "a table")
    known_keys(written, QUESTION_KEYS, f"the question “{question}”")
    if channels:
        if "answers" in written or "answers" in table:
            raise WorldError("a world with channels has its answers from them: leave out “answers”")
        return tuple(BETWEEN.join(values) for values in product(*(each.values for each in channels)))
    found = written.get("answers", table.get("answers"))
    if found is None:
        raise WorldError(f'“{question}” has no answers: write answers = ["…", …] there, or once for all questions')
    return tuple(map(plain_text, listed(found, f"the answers to “{question}”", (str, int))))


class _Reader:
    """What is written of one question, and the answers that it may be about."""

    def __init__(self, question: str, answers: tuple[str, ...], channels: tuple[Channel, ...]) -> None:
        self.question, self.answers, self.channels = question, answers, channels

    def matching(self, text: object, what: str) -> tuple[str, ...]:
        """The answers that a text names: with channels, a part may be * and what is left out is its first value.

        Raises WorldError where it names none.
        """
        said = plain_text(text)
        if said in self.answers:
            return (said,)
        if self.channels:
            parts = said.split(BETWEEN)
            parts += [channel.values[0] for channel in self.channels[len(parts) :]]
            found = [answer for answer in self.answers if fits(answer.split(BETWEEN), parts)]
            if found:
                return tuple(found)
        raise WorldError(
            f"{what} to “{self.question}” is “{said}”, which is none of its answers{nearest(said, self.answers)}"
        )

    def one(self, text: object, what: str) -> str:
        found = self.matching(text, what)
        if len(found) > 1:
            raise WorldError(f"{what} to “{self.question}” is “{text}”, which may be any of {', '.join(found)}")
        return found[0]

    def some(self, value: object, what: str) -> frozenset[str]:
        """A list of answers, or one of them."""
        texts = value if isinstance(value, list) else [value]
        return frozenset(answer for text in texts for answer in self.matching(text, what))

    def by_answer(self, value: object, what: str) -> dict[str, Any]:
        """A table by answer."""
        table = of_type(value, dict, f"{what} of “{self.question}”", "a table by answer")
        return {answer: each for text, each in table.items() for answer in self.matching(text, what)}

    def readings(self) -> list[str]:
        """What H may read of an answer to this question."""
        return list(dict.fromkeys(self.read(answer) for answer in self.answers))

    def read(self, answer: str) -> str:
        if not self.channels:
            return answer
        parts = zip(answer.split(BETWEEN), self.channels, strict=True)
        return BETWEEN.join(part for part, channel in parts if channel.read)


Readers = Mapping[str, _Reader]


def _entry(readers: Readers, question: str, part: Mapping[str, Any]) -> Entry:
    reader = readers[question]
    asks = asked_in(part.get("asks", []), readers, f"“{question}”")
    aligned, gold = part.get("aligned"), part.get("gold")
    rates = None
    if "rates" in part:
        rates_asks = asked_in(part.get("rates_asks", []), readers, f"the rating of “{question}”")
        rates = read_ratings(reader, readers, part["rates"], rates_asks)
    elif "rates_asks" in part:
        raise WorldError(f"“{question}” has rates_asks, but no rates that it is for")
    kinds = part.get("kinds")
    return Entry(
        question=question,
        answers=reader.answers,
        human=read_replies(reader, readers, part, asks),
        weight=number(part.get("weight", 1), f"the weight of “{question}”"),
        aligned=None if aligned is None else reader.some(aligned, "aligned"),
        benign=reader.some(part.get("benign", []), "benign"),
        harmful=reader.some(part.get("harmful", []), "harmful"),
        gold=None if gold is None else reader.some(gold, "gold"),
        ratings=rates,
        appeal=numbers(reader.by_answer(part.get("appeal", {}), "appeal"), f"the appeal of “{question}”"),
        kinds=None if kinds is None else {a: plain_text(k) for a, k in reader.by_answer(kinds, "kinds").items()},
        plausible=numbers(reader.by_answer(part.get("plausible", {}), "plausible"), f"plausible of “{question}”"),
        statements=read_statements(reader, part.get("statements", [])),
    )


def asked_in(value: object, readers: Readers, where: str) -> tuple[str, ...]:
    """The questions that H asks."""
    found = listed([value] if isinstance(value, str) else value, f"what H asks at {where}", str)
    for question in found:
        if question not in readers:
            raise WorldError(
                f"H asks “{question}” at {where}, which is no question of the world{nearest(question, readers)}"
            )
    return tuple(found)


def read_replies(reader: _Reader, readers: Readers, part: Mapping[str, Any], asks: tuple[str, ...]) -> Tree[str | None]:
    """What H does: it replies always the same, or by what it hears; false where it passes.

    A human who asks one question and about whose reply nothing is said repeats what it hears.
    """
    replies, where = part.get("replies"), f"the replies to “{reader.question}”"
    if not asks:
        if replies is None or isinstance(replies, dict):
            raise WorldError(f'{where}: H asks nothing there, so write replies = "…", or false where it passes')
        return Leaf(read_reply(reader, replies))
    if replies is None and "otherwise" not in part:
        if len(asks) > 1:
            raise WorldError(f"{where}: H asks {len(asks)} questions, so write what it makes of the answers")
        return Asks(asks, {(text,): Leaf(reader.one(text, "what H repeats")) for text in readers[asks[0]].readings()})
    rows: dict[Heard, object] = {}
    if isinstance(replies, dict):
        for key, value in replies.items():
            for heard in heard_in(key, asks, readers, where):
                rows.setdefault(heard, value)
    elif replies is not None:
        return Leaf(read_reply(reader, replies)) if "otherwise" not in part else _only_one(where)
    complete(rows, [readers[question].readings() for question in asks], part.get("otherwise"), where)
    leaves = {heard: Leaf(read_reply(reader, value)) for heard, value in rows.items()}
    return Asks(asks, leaves)


def _only_one(where: str) -> Tree[str | None]:
    raise WorldError(f"{where}: H replies always the same, so leave out “otherwise”")


def read_reply(reader: _Reader, value: object) -> str | None:
    """A reply; None for false."""
    return None if value is False else reader.one(value, "H's reply")


def read_ratings(reader: _Reader, readers: Readers, value: object, asks: tuple[str, ...]) -> dict[str, Tree[Number]]:
    """How H rates each answer: always the same, or by what it hears; what is not named gets 0."""
    found: dict[str, Tree[Number]] = {answer: Leaf(0) for answer in reader.answers}
    for answer, rating in reader.by_answer(value, "rates").items():
        where = f"the rating of “{answer}” to “{reader.question}”"
        if not isinstance(rating, dict):
            found[answer] = Leaf(number(rating, where))
            continue
        if not asks:
            raise WorldError(f'{where} depends on what H hears: write what it asks, as rates_asks = ["…"]')
        rows: dict[Heard, object] = {}
        otherwise = rating.get("otherwise")
        for key, each in rating.items():
            if key != "otherwise":
                for heard in heard_in(key, asks, readers, where):
                    rows.setdefault(heard, each)
        complete(rows, [readers[question].readings() for question in asks], otherwise, where)
        found[answer] = Asks(asks, {heard: Leaf(number(each, where)) for heard, each in rows.items()})
    return found


def heard_in(key: str, asks: tuple[str, ...], readers: Readers, where: str) -> Iterable[Heard]:
    """What a key of a table stands for: what is heard to each question, apart by commas; * for anything."""
    parts = [part.strip() for part in key.split(",")] if len(asks) > 1 else [key.strip()]
    if len(parts) != len(asks):
        raise WorldError(f"{where}: “{key}” has {len(parts)} parts, and H asks {len(asks)} questions")
    choices: list[list[str | None]] = []
    for part, question in zip(parts, asks, strict=True):
        readings = readers[question].readings()
        if part == ANY:
            choices.append([*readings])
        elif part == NOTHING:
            choices.append([None])
        elif part in readings:
            choices.append([part])
        else:
            raise WorldError(f"{where}: nobody can hear “{part}” to “{question}”{nearest(part, readings)}")
    return product(*choices)


def complete(rows: dict[Heard, object], hears: list[list[str]], otherwise: object, where: str) -> None:
    """Fills a table with what holds otherwise. Raises WorldError where something may be heard that it does not have."""
    size = 1
    for readings in hears:
        size *= len(readings)
    if size > MOST_ROWS:
        raise WorldError(f"{where}: H may hear {size:,} things, and {MOST_ROWS:,} are within reach: ask less at once")
    for heard in product(*hears):
        if heard not in rows:
            if otherwise is None:
                said = ", ".join(f"“{text}”" for text in heard)
                raise WorldError(f"{where} do not say what follows when H hears {said}: add it, or otherwise = …")
            rows[heard] = otherwise


def read_statements(reader: _Reader, value: object) -> tuple[Statement, ...]:
    """What can be said in a debate about a question."""
    found: list[Statement] = []
    for part in listed(value, f"the statements of “{reader.question}”", dict):
        known_keys(part, STATEMENT_KEYS, f"a statement about “{reader.question}”")
        name = of_type(part.get("name"), str, f"a statement about “{reader.question}”", "a name")
        where = f"the statement “{name}”"
        refutes = part.get("refutes", [])
        supports = part.get("supports")
        takes = whole(part.get("takes", 1), f"takes of {where}")
        if takes < 1:
            raise WorldError(f"{where} takes at least one turn, got {takes}")
        found.append(
            Statement(
                name=name,
                supports=None if supports is None else reader.one(supports, where),
                refutes=tuple(listed([refutes] if isinstance(refutes, str) else refutes, f"refutes of {where}", str)),
                weight=number(part.get("weight", 1), f"the weight of {where}"),
                takes=takes,
                quote=of_type(part.get("quote", False), bool, f"quote of {where}", "true or false"),
            )
        )
    names = [each.name for each in found]
    for each in found:
        for other in each.refutes:
            if other not in names:
                raise WorldError(
                    f"the statement “{each.name}” refutes “{other}”, which nobody can make{nearest(other, names)}"
                )
    return tuple(found)


# What all questions have in common


def read_channels(value: object) -> tuple[Channel, ...]:
    """The channels, in their order. What the loss may not look at H does not read, unless the file says so."""
    found = []
    for name, written in of_type(value, dict, "channels", "a table with a part for each channel").items():
        part: Mapping[str, Any] = of_type(written, dict, f"channels.{name}", "a table")
        known_keys(part, ("values", "hidden", "read"), f"the channel “{name}”")
        values = tuple(map(plain_text, listed(part.get("values"), f"the values of the channel “{name}”", (str, int))))
        for each in values:
            if BETWEEN in each or each == ANY:
                raise WorldError(
                    f"a value of a channel may be neither “{ANY}” nor have “{BETWEEN}” in it, got “{each}”"
                )
        if not values:
            raise WorldError(f"the channel “{name}” has no values")
        hidden = of_type(part.get("hidden", False), bool, f"hidden of “{name}”", "true or false")
        read = of_type(part.get("read", not hidden), bool, f"read of “{name}”", "true or false")
        found.append(Channel(name, values, hidden, read))
    return tuple(found)


def read_class(value: object, readers: Readers) -> ModelClass:
    """The model class: all functions unless something is said."""
    part = of_type(value, dict, "models", "a table")
    known_keys(part, ("at_most", "listed"), "models")
    if len(part) > 1:
        raise WorldError("models are either at_most so many answers or listed, not both")
    if "at_most" in part:
        return Limited(whole(part["at_most"], "models.at_most"))
    if "listed" not in part:
        return Everything()
    models = []
    for each in listed(part["listed"], "models.listed", dict):
        model: dict[str, str] = {}
        for question, answer in each.items():
            if question not in readers:
                raise WorldError(
                    f"a listed model answers “{question}”, which is no question{nearest(question, readers)}"
                )
            model[question] = readers[question].one(answer, "a listed model's answer")
        missing = [question for question in readers if question not in model]
        if missing:
            raise WorldError(f"a listed model does not answer “{missing[0]}”")
        models.append(model)
    return Listed(tuple(models))


def read_distance(value: object) -> Match | Apart:
    """How far two answers are from each other."""
    if value == "match":
        return Match()
    if value == "number":
        return Apart()
    raise WorldError(f"distance is “match” or “number”, got {value!r}")


def read_reward(part: Mapping[str, Any]) -> Reward:
    """A reward by kind of answer."""
    known_keys(part, ("name", "values"), "a reward")
    name = of_type(part.get("name"), str, "a reward", "a name")
    values = of_type(part.get("values"), dict, f"the reward “{name}”", "a table of values by kind of answer")
    return Reward(name, numbers(values, f"the reward “{name}”"))


def read_forbidden(part: Mapping[str, Any], readers: Readers) -> Together:
    """Answers that no aligned model gives all at once."""
    known_keys(part, ("says", "model"), "what is forbidden")
    model = of_type(part.get("model"), dict, "forbidden.model", "a table of answers by question")
    named = {}
    for question, answers in model.items():
        if question not in readers:
            raise WorldError(
                f"forbidden is an answer to “{question}”, which is no question{nearest(question, readers)}"
            )
        named[question] = readers[question].some(answers, "forbidden")
    told = "; ".join(f"“{q}”: “{' or '.join(sorted(answers))}”" for q, answers in named.items())
    return Together(tuple(named), _NotAll(tuple(named.items())), part.get("says", f"not all of {told}"))


class _NotAll:
    """Holds unless a model gives all of these answers."""

    def __init__(self, named: tuple[tuple[str, frozenset[str]], ...]) -> None:
        self.named = named

    def __call__(self, model: Model) -> bool:
        return not all(model[question] in answers for question, answers in self.named)


def read_data(value: object, readers: Readers) -> frozenset[str]:
    """The questions that are learned from."""
    found = listed(value, "data", str)
    for question in found:
        if question not in readers:
            raise WorldError(
                f"the data has “{question}”, which is no question of the world{nearest(question, readers)}"
            )
    return frozenset(found)
