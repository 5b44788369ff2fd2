"""A world as a TOML file that people write (docs/optimum.md explains every key).

Errors use the file's own words: where it is wrong, what was expected, and for a wrong key the nearest right one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from hch.optimum.world.errors import WorldError
from hch.optimum.world.toml_values import (
    check_keys,
    check_list,
    check_type,
    parse_answer,
    parse_number,
    parse_numbers,
    parse_whole,
    suggest,
)
from hch.optimum.world.tree import Branch, Leaf, Observation, Tree
from hch.optimum.world.world import (
    CHANNEL_SEPARATOR,
    AllFunctions,
    Channel,
    Entry,
    ExactMatch,
    JointCondition,
    LimitedModels,
    ListedModels,
    Model,
    ModelClass,
    Number,
    NumericDistance,
    Reward,
    Statement,
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
NO_ANSWER = "(nothing)"
"""In a key of ``replies``: a sub-question that got no answer."""
ANY = "*"
"""In a key of ``replies``: whatever H hears. In an answer: any value of a channel."""

MOST_ROWS = 100_000
"""Rows that one table of replies may have."""


def read_world(path: Path) -> World:
    """The world in a file. Raises WorldError, with the file's name, where it cannot be read or understood."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise WorldError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise WorldError(f"{path} is not a text in UTF-8") from None
    try:
        return parse_world(text)
    except WorldError as error:
        raise WorldError(f"{path}: {error}") from error


def parse_world(text: str) -> World:
    """The world that a TOML text describes. Raises WorldError where it does not describe one."""
    try:
        # Decimals become fractions, so that 0.1 is exactly a tenth.
        table = tomllib.loads(text, parse_float=Fraction)
    except (tomllib.TOMLDecodeError, ValueError, ZeroDivisionError) as error:
        raise WorldError(f"not a TOML file: {error}") from None
    check_keys(table, WORLD_KEYS, "a world")
    parts = check_type(table.get("questions", {}), dict, "questions", "a table with a part for each question")
    if not parts:
        raise WorldError('a world has questions: write a part [questions."…"] for each')
    channels = _parse_channels(table.get("channels", {}))
    questions = {
        question: _Question(question, _parse_answers(question, part, table, channels), channels)
        for question, part in parts.items()
    }
    rewards = check_list(table.get("rewards", []), "rewards", dict)
    forbidden = check_list(table.get("forbidden", []), "forbidden", dict)
    return World(
        entries=tuple(_parse_entry(questions, question, part) for question, part in parts.items()),
        title=check_type(table.get("title", ""), str, "title", "a text"),
        about=check_type(table.get("about", ""), str, "about", "a text").strip(),
        channels=channels,
        models=_parse_model_class(table.get("models", {}), questions),
        distance=_parse_distance(table.get("distance", "match")),
        charmed=parse_number(table.get("charmed", 0), "charmed"),
        anchored=parse_number(table.get("anchored", 0), "anchored"),
        turns=parse_whole(table.get("turns", 2), "turns"),
        rewards=tuple(map(_parse_reward, rewards)),
        conditions=tuple(_parse_condition(part, questions) for part in forbidden),
        data=_parse_data(table["data"], questions) if "data" in table else None,
        losses=tuple(check_list(table.get("losses", []), "losses", str)),
    )


# Questions


def _parse_answers(
    question: str, value: object, world: Mapping[str, Any], channels: tuple[Channel, ...]
) -> tuple[str, ...]:
    """The answers to a question: its own, or the world's, or all combinations of the channels' values."""
    part: Mapping[str, Any] = check_type(value, dict, f"questions.{question}", "a table")
    check_keys(part, QUESTION_KEYS, f"the question “{question}”")
    if channels:
        if "answers" in part or "answers" in world:
            raise WorldError("a world with channels has its answers from them: leave out “answers”")
        return tuple(CHANNEL_SEPARATOR.join(values) for values in product(*(channel.values for channel in channels)))
    answers = part.get("answers", world.get("answers"))
    if answers is None:
        raise WorldError(f'“{question}” has no answers: write answers = ["…", …] there, or once for all questions')
    return tuple(map(parse_answer, check_list(answers, f"the answers to “{question}”", (str, int))))


@dataclass(frozen=True)
class _Question:
    """A question with its answers, for reading the parts of the file that name some of them."""

    question: str
    answers: tuple[str, ...]
    channels: tuple[Channel, ...]

    def match_answers(self, value: object, what: str) -> tuple[str, ...]:
        """The answers that a text names. With channels, * is any value and what is left out is the first value.

        Raises WorldError where it names none.
        """
        text = parse_answer(value)
        if text in self.answers:
            return (text,)
        if self.channels:
            pattern = text.split(CHANNEL_SEPARATOR)
            pattern += [channel.values[0] for channel in self.channels[len(pattern) :]]
            matches = [answer for answer in self.answers if _fits(answer.split(CHANNEL_SEPARATOR), pattern)]
            if matches:
                return tuple(matches)
        raise WorldError(
            f"{what} to “{self.question}” is “{text}”, which is none of its answers{suggest(text, self.answers)}"
        )

    def match_one(self, value: object, what: str) -> str:
        matches = self.match_answers(value, what)
        if len(matches) > 1:
            raise WorldError(f"{what} to “{self.question}” is “{value}”, which may be any of {', '.join(matches)}")
        return matches[0]

    def match_set(self, value: object, what: str) -> frozenset[str]:
        """The answers that a list, or a single text, names."""
        texts = value if isinstance(value, list) else [value]
        return frozenset(answer for text in texts for answer in self.match_answers(text, what))

    def match_keys(self, value: object, what: str) -> dict[str, Any]:
        """A table by answer, a value for each answer that a key names."""
        table = check_type(value, dict, f"{what} of “{self.question}”", "a table by answer")
        return {answer: element for text, element in table.items() for answer in self.match_answers(text, what)}

    def list_views(self) -> list[str]:
        """What H may read as an answer to this question."""
        if not self.channels:
            return list(self.answers)
        split = (zip(answer.split(CHANNEL_SEPARATOR), self.channels, strict=True) for answer in self.answers)
        return list(dict.fromkeys(CHANNEL_SEPARATOR.join(p for p, channel in parts if channel.read) for parts in split))


Questions = Mapping[str, _Question]


def _fits(parts: list[str], pattern: list[str]) -> bool:
    return len(parts) == len(pattern) and all(want in (ANY, part) for part, want in zip(parts, pattern, strict=True))


def _check_question(question: str, questions: Questions, problem: str) -> None:
    """Raises WorldError with this problem, and a suggestion, where the question does not exist."""
    if question not in questions:
        raise WorldError(f"{problem}{suggest(question, questions)}")


def _parse_entry(questions: Questions, name: str, part: Mapping[str, Any]) -> Entry:
    question = questions[name]
    asks = _parse_asks(part.get("asks", []), questions, f"“{name}”")
    aligned, gold, kinds = part.get("aligned"), part.get("gold"), part.get("kinds")
    ratings = None
    if "rates" in part:
        rates_asks = _parse_asks(part.get("rates_asks", []), questions, f"the rating of “{name}”")
        ratings = _parse_ratings(question, questions, part["rates"], rates_asks)
    elif "rates_asks" in part:
        raise WorldError(f"“{name}” has rates_asks, but no rates that it is for")
    return Entry(
        question=name,
        answers=question.answers,
        human=_parse_human(question, questions, part, asks),
        weight=parse_number(part.get("weight", 1), f"the weight of “{name}”"),
        aligned=None if aligned is None else question.match_set(aligned, "aligned"),
        benign=question.match_set(part.get("benign", []), "benign"),
        harmful=question.match_set(part.get("harmful", []), "harmful"),
        gold=None if gold is None else question.match_set(gold, "gold"),
        ratings=ratings,
        appeal=parse_numbers(question.match_keys(part.get("appeal", {}), "appeal"), f"the appeal of “{name}”"),
        kinds=None if kinds is None else {a: parse_answer(k) for a, k in question.match_keys(kinds, "kinds").items()},
        plausible=parse_numbers(question.match_keys(part.get("plausible", {}), "plausible"), f"plausible of “{name}”"),
        statements=_parse_statements(question, part.get("statements", [])),
    )


def _parse_asks(value: object, questions: Questions, where: str) -> tuple[str, ...]:
    """The questions that H asks."""
    asks = check_list([value] if isinstance(value, str) else value, f"what H asks at {where}", str)
    for question in asks:
        _check_question(question, questions, f"H asks “{question}” at {where}, which is no question of the world")
    return tuple(asks)


def _parse_human(
    question: _Question, questions: Questions, part: Mapping[str, Any], asks: tuple[str, ...]
) -> Tree[str | None]:
    """H's policy: one reply always, or a reply for each observation; false is a pass.

    An H that asks one question and has no replies written repeats what it hears.
    """
    replies, where = part.get("replies"), f"the replies to “{question.question}”"
    if not asks:
        if replies is None or isinstance(replies, dict):
            raise WorldError(f'{where}: H asks nothing there, so write replies = "…", or false where it passes')
        return Leaf(_parse_reply(question, replies))
    if replies is None and "otherwise" not in part:
        if len(asks) > 1:
            raise WorldError(f"{where}: H asks {len(asks)} questions, so write what it makes of the answers")
        views = questions[asks[0]].list_views()
        return Branch(asks, {(text,): Leaf(question.match_one(text, "what H repeats")) for text in views})
    if replies is not None and not isinstance(replies, dict):
        if "otherwise" in part:
            raise WorldError(f"{where}: H replies always the same, so leave out “otherwise”")
        return Leaf(_parse_reply(question, replies))
    rows = _expand_rows(replies or {}, part.get("otherwise"), asks, questions, where)
    return Branch(asks, {heard: Leaf(_parse_reply(question, value)) for heard, value in rows.items()})


def _parse_reply(question: _Question, value: object) -> str | None:
    return None if value is False else question.match_one(value, "H's reply")


def _parse_ratings(
    question: _Question, questions: Questions, value: object, asks: tuple[str, ...]
) -> dict[str, Tree[Number]]:
    """H's rating of each answer: one number always, or one for each observation; answers that are not named get 0."""
    ratings: dict[str, Tree[Number]] = {answer: Leaf(0) for answer in question.answers}
    for answer, rating in question.match_keys(value, "rates").items():
        where = f"the rating of “{answer}” to “{question.question}”"
        if not isinstance(rating, dict):
            ratings[answer] = Leaf(parse_number(rating, where))
            continue
        if not asks:
            raise WorldError(f'{where} depends on what H hears: write what it asks, as rates_asks = ["…"]')
        table = {key: number for key, number in rating.items() if key != "otherwise"}
        rows = _expand_rows(table, rating.get("otherwise"), asks, questions, where)
        ratings[answer] = Branch(asks, {heard: Leaf(parse_number(number, where)) for heard, number in rows.items()})
    return ratings


def _expand_rows(
    table: Mapping[str, Any], otherwise: object, asks: tuple[str, ...], questions: Questions, where: str
) -> dict[Observation, object]:
    """A table by what H hears, with a row for every observation; of several keys that match, the first one counts.

    Raises WorldError where an observation has no row and there is no ``otherwise``.
    """
    rows: dict[Observation, object] = {}
    for key, value in table.items():
        for heard in _match_observations(key, asks, questions, where):
            rows.setdefault(heard, value)
    views = [questions[question].list_views() for question in asks]
    size = prod(map(len, views))
    if size > MOST_ROWS:
        raise WorldError(f"{where}: H may hear {size:,} things, and {MOST_ROWS:,} are within reach: ask less at once")
    for observation in product(*views):
        if observation not in rows:
            if otherwise is None:
                texts = ", ".join(f"“{text}”" for text in observation)
                raise WorldError(f"{where} do not say what follows when H hears {texts}: add it, or otherwise = …")
            rows[observation] = otherwise
    return rows


def _match_observations(key: str, asks: tuple[str, ...], questions: Questions, where: str) -> Iterable[Observation]:
    """The observations that a key stands for: an answer for each question, separated by commas; * for any."""
    parts = [part.strip() for part in key.split(",")] if len(asks) > 1 else [key.strip()]
    if len(parts) != len(asks):
        raise WorldError(f"{where}: “{key}” has {len(parts)} parts, and H asks {len(asks)} questions")
    choices: list[list[str | None]] = []
    for part, question in zip(parts, asks, strict=True):
        views = questions[question].list_views()
        if part == ANY:
            choices.append([*views])
        elif part == NO_ANSWER:
            choices.append([None])
        elif part in views:
            choices.append([part])
        else:
            raise WorldError(f"{where}: nobody can hear “{part}” to “{question}”{suggest(part, views)}")
    return product(*choices)


def _parse_statements(question: _Question, value: object) -> tuple[Statement, ...]:
    """The statements that debaters can make about a question."""
    statements: list[Statement] = []
    for part in check_list(value, f"the statements of “{question.question}”", dict):
        check_keys(part, STATEMENT_KEYS, f"a statement about “{question.question}”")
        name = check_type(part.get("name"), str, f"a statement about “{question.question}”", "a name")
        where = f"the statement “{name}”"
        refutes, supports = part.get("refutes", []), part.get("supports")
        takes = parse_whole(part.get("takes", 1), f"takes of {where}")
        if takes < 1:
            raise WorldError(f"{where} takes at least one turn, got {takes}")
        statements.append(
            Statement(
                name=name,
                supports=None if supports is None else question.match_one(supports, where),
                refutes=tuple(
                    check_list([refutes] if isinstance(refutes, str) else refutes, f"refutes of {where}", str)
                ),
                weight=parse_number(part.get("weight", 1), f"the weight of {where}"),
                takes=takes,
                quote=check_type(part.get("quote", False), bool, f"quote of {where}", "true or false"),
            )
        )
    names = [statement.name for statement in statements]
    for statement in statements:
        for other in statement.refutes:
            if other not in names:
                problem = f"the statement “{statement.name}” refutes “{other}”, which nobody can make"
                raise WorldError(f"{problem}{suggest(other, names)}")
    return tuple(statements)


# What all questions have in common


def _parse_channels(value: object) -> tuple[Channel, ...]:
    """The channels, in their order. H does not read a channel that is hidden from the loss, unless the file says so."""
    channels = []
    for name, table in check_type(value, dict, "channels", "a table with a part for each channel").items():
        part: Mapping[str, Any] = check_type(table, dict, f"channels.{name}", "a table")
        check_keys(part, ("values", "hidden", "read"), f"the channel “{name}”")
        values = check_list(part.get("values"), f"the values of the channel “{name}”", (str, int))
        texts = tuple(map(parse_answer, values))
        for text in texts:
            if CHANNEL_SEPARATOR in text or text == ANY:
                raise WorldError(
                    f"a value of a channel may be neither “{ANY}” nor have “{CHANNEL_SEPARATOR}” in it, got “{text}”"
                )
        if not texts:
            raise WorldError(f"the channel “{name}” has no values")
        hidden = check_type(part.get("hidden", False), bool, f"hidden of “{name}”", "true or false")
        read = check_type(part.get("read", not hidden), bool, f"read of “{name}”", "true or false")
        channels.append(Channel(name, texts, hidden, read))
    return tuple(channels)


def _parse_model_class(value: object, questions: Questions) -> ModelClass:
    """The model class, all functions by default."""
    part = check_type(value, dict, "models", "a table")
    check_keys(part, ("at_most", "listed"), "models")
    if len(part) > 1:
        raise WorldError("models are either at_most so many answers or listed, not both")
    if "at_most" in part:
        return LimitedModels(parse_whole(part["at_most"], "models.at_most"))
    if "listed" not in part:
        return AllFunctions()
    models = []
    for table in check_list(part["listed"], "models.listed", dict):
        model: dict[str, str] = {}
        for question, answer in table.items():
            _check_question(question, questions, f"a listed model answers “{question}”, which is no question")
            model[question] = questions[question].match_one(answer, "a listed model's answer")
        missing = [question for question in questions if question not in model]
        if missing:
            raise WorldError(f"a listed model does not answer “{missing[0]}”")
        models.append(model)
    return ListedModels(tuple(models))


def _parse_distance(value: object) -> ExactMatch | NumericDistance:
    if value == "match":
        return ExactMatch()
    if value == "number":
        return NumericDistance()
    raise WorldError(f"distance is “match” or “number”, got {value!r}")


def _parse_reward(part: Mapping[str, Any]) -> Reward:
    check_keys(part, ("name", "values"), "a reward")
    name = check_type(part.get("name"), str, "a reward", "a name")
    values = check_type(part.get("values"), dict, f"the reward “{name}”", "a table of values by kind of answer")
    return Reward(name, parse_numbers(values, f"the reward “{name}”"))


def _parse_condition(part: Mapping[str, Any], questions: Questions) -> JointCondition:
    """Answers that no aligned model gives all at once."""
    check_keys(part, ("says", "model"), "what is forbidden")
    model = check_type(part.get("model"), dict, "forbidden.model", "a table of answers by question")
    forbidden = {}
    for question, answers in model.items():
        _check_question(question, questions, f"forbidden is an answer to “{question}”, which is no question")
        forbidden[question] = questions[question].match_set(answers, "forbidden")
    texts = "; ".join(f"“{q}”: “{' or '.join(sorted(answers))}”" for q, answers in forbidden.items())
    return JointCondition(tuple(forbidden), NotAll(tuple(forbidden.items())), part.get("says", f"not all of {texts}"))


@dataclass(frozen=True)
class NotAll:
    """Holds unless a model gives one of the listed answers to every one of the questions."""

    forbidden: tuple[tuple[str, frozenset[str]], ...]

    def __call__(self, model: Model) -> bool:
        return not all(model[question] in answers for question, answers in self.forbidden)


def _parse_data(value: object, questions: Questions) -> frozenset[str]:
    """The questions that are trained on."""
    data = check_list(value, "data", str)
    for question in data:
        _check_question(question, questions, f"the data has “{question}”, which is no question of the world")
    return frozenset(data)
