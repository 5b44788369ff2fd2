"""A finite world: questions with weights, their answers, what H does with each, and which answers are aligned.

Everything that an optimum can be computed of is a value here. Numbers are exact: integers and fractions, never floats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import product

from hch.optimum.world.errors import WorldError
from hch.optimum.world.tree import Tree, asked

Model = Mapping[str, str]
"""A function from questions to answers, each by its text."""

Number = Fraction | int

BETWEEN = " / "
"""Stands between the channels of an answer: “yes / nothing”."""


@dataclass(frozen=True)
class Channel:
    """A part of every answer. ``hidden``: the loss may not look at it. ``read``: H reads it when it consults the model.

    The first of its values is what H itself does there.
    """

    name: str
    values: tuple[str, ...]
    hidden: bool = False
    read: bool = True


@dataclass(frozen=True)
class Match:
    """The distance that counts: 0 between equal answers, 1 between any others."""

    def __call__(self, one: str, other: str, /) -> Number:
        return int(one != other)


@dataclass(frozen=True)
class Apart:
    """The distance between answers that are numbers. Raises WorldError for one that is not."""

    def __call__(self, one: str, other: str, /) -> Number:
        return abs(_number(one) - _number(other))


@dataclass(frozen=True)
class Everything:
    """The model class of all functions: each question may be answered in each of its ways."""


@dataclass(frozen=True)
class Listed:
    """A model class that is a list. Each model answers every question."""

    models: tuple[Model, ...]


@dataclass(frozen=True)
class Limited:
    """The models that have at most ``answers`` distinct answers over all questions: too small for most humans."""

    answers: int


ModelClass = Everything | Listed | Limited


@dataclass(frozen=True)
class Statement:
    """What can be said in a debate: for an answer, or against other statements, which then no longer stand.

    ``takes`` is how many of its speaker's turns it needs, ``weight`` how much it adds to its answer while it stands.
    ``quote`` says that it is a direct quote, and so allowed in a restricted debate.
    """

    name: str
    supports: str | None = None
    refutes: tuple[str, ...] = ()
    weight: Number = 1
    takes: int = 1
    quote: bool = False


@dataclass(frozen=True)
class Reward:
    """A reward function that may lie behind what H does, by the kind of answer; what is not named gets 0."""

    name: str
    values: Mapping[str, Number]


@dataclass(frozen=True)
class Together:
    """A condition on what a model says to several questions taken together; ``says`` is it in words."""

    questions: tuple[str, ...]
    holds: Callable[[Model], bool]
    says: str = ""


@dataclass(frozen=True)
class Entry:
    """A question of a world, with all that is known of it.

    ``human`` is what H asks and replies. ``aligned`` are the answers that are right (None: all are), ``benign`` those
    that one may give while trying, ``harmful`` those that are not even then aligned, ``gold`` what a supervised model
    is taught (None: what is aligned). ``ratings`` is how H rates each answer, consulting the model (None: 1 less the
    distance from its own answer). ``appeal`` is how much the sight of an answer pleases H, whatever it says.
    ``kinds`` is all that a learned reward can tell of an answer (None: it can tell all answers apart). ``plausible`` is
    how much each answer has for itself before anybody argues for it with ``statements``.
    """

    question: str
    answers: tuple[str, ...]
    human: Tree[str | None]
    weight: Number = 1
    aligned: frozenset[str] | None = None
    benign: frozenset[str] = frozenset()
    harmful: frozenset[str] = frozenset()
    gold: frozenset[str] | None = None
    ratings: Mapping[str, Tree[Number]] | None = None
    appeal: Mapping[str, Number] = field(default_factory=dict)
    kinds: Mapping[str, str] | None = None
    plausible: Mapping[str, Number] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()

    @property
    def right(self) -> frozenset[str]:
        """The aligned answers, all of them where nothing is said."""
        return frozenset(self.answers) if self.aligned is None else self.aligned


@dataclass(frozen=True)
class World:
    """Questions, and what they have in common.

    ``charmed`` is how much H's rating of an answer rises with its appeal, ``anchored`` how much the rating of its
    closeness does. ``turns`` are the statements of a debate, both sides together. ``data`` is None where every question
    is learned from, else the questions that are. ``losses`` are the ones to look at unless others are asked for.
    Raises WorldError where the parts do not fit together.
    """

    entries: tuple[Entry, ...]
    title: str = ""
    about: str = ""
    channels: tuple[Channel, ...] = ()
    models: ModelClass = Everything()
    distance: Callable[[str, str], Number] = Match()
    charmed: Number = 0
    anchored: Number = 0
    turns: int = 2
    rewards: tuple[Reward, ...] = ()
    together: tuple[Together, ...] = ()
    data: frozenset[str] | None = None
    losses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check(self)

    @cached_property
    def by_question(self) -> dict[str, Entry]:
        return {entry.question: entry for entry in self.entries}

    @property
    def questions(self) -> list[str]:
        return [entry.question for entry in self.entries]

    @property
    def hidden(self) -> tuple[str, ...]:
        """The channels that the loss may not look at."""
        return tuple(channel.name for channel in self.channels if channel.hidden)

    @property
    def size(self) -> int:
        """How many functions there are from questions to answers."""
        size = 1
        for entry in self.entries:
            size *= len(entry.answers)
        return size

    @cached_property
    def _parts(self) -> dict[str, tuple[str, str, str]]:
        found = {}
        for values in product(*(channel.values for channel in self.channels)):
            parts = list(zip(values, self.channels, strict=True))
            seen = BETWEEN.join(value for value, channel in parts if not channel.hidden)
            read = BETWEEN.join(value for value, channel in parts if channel.read)
            face = BETWEEN.join(channel.values[0] if channel.hidden else value for value, channel in parts)
            found[BETWEEN.join(values)] = (seen, read, face)
        return found

    def seen(self, answer: str) -> str:
        """What the loss sees of an answer."""
        return self._parts[answer][0] if self.channels else answer

    def read(self, answer: str) -> str:
        """What H reads of an answer that it gets when it consults the model."""
        return self._parts[answer][1] if self.channels else answer

    def face(self, answer: str) -> str:
        """The answer that stands for all that the loss cannot tell from this one."""
        return self._parts[answer][2] if self.channels else answer

    def readings(self, question: str) -> tuple[str, ...]:
        """All that H may hear to a question."""
        answers = self.by_question[question].answers
        return tuple(dict.fromkeys(map(self.read, answers))) if self.channels else answers

    @cached_property
    def hearings(self) -> dict[str, tuple[str, ...]]:
        """All that H may hear, by question."""
        return {question: self.readings(question) for question in self.questions}

    def weight(self, question: str) -> Number:
        """How much the loss looks at a question: its weight if it is learned from, else 0."""
        if self.data is not None and question not in self.data:
            return 0
        return self.by_question[question].weight

    def revealed(self, *names: str) -> World:
        """The same world, but the loss also looks at these channels. Raises WorldError where there is no such one."""
        known = [channel.name for channel in self.channels]
        for name in names:
            if name not in known:
                has = f"it has {', '.join(known)}" if known else "its answers have no channels"
                raise WorldError(f"the world has no channel “{name}”: {has}")
        shown = tuple(
            replace(channel, hidden=channel.hidden and channel.name not in names) for channel in self.channels
        )
        return replace(self, channels=shown)


def check(world: World) -> None:
    """Raises WorldError where the parts of a world do not fit together; says which, and what was expected."""
    if not world.entries:
        raise WorldError("a world has at least one question")
    known = {entry.question for entry in world.entries}
    if len(known) < len(world.entries):
        counted = [entry.question for entry in world.entries]
        twice = next(question for question in counted if counted.count(question) > 1)
        raise WorldError(f"the question “{twice}” is there twice")
    for entry in world.entries:
        check_entry(entry, known)
    for question in world.data or ():
        if question not in known:
            raise WorldError(f"the data has the question “{question}”, which the world has not")
    if all(world.weight(question) == 0 for question in known):
        raise WorldError("every question has weight 0, so that no loss looks at anything: give one of them a weight")
    if isinstance(world.models, Limited) and world.models.answers < 1:
        raise WorldError(f"a model has at least one answer, got at most {world.models.answers}")
    if isinstance(world.models, Listed):
        for model in world.models.models:
            for entry in world.entries:
                if model.get(entry.question) not in entry.answers:
                    said = model.get(entry.question)
                    raise WorldError(
                        f"a listed model says {said!r} to “{entry.question}”, which is none of its answers"
                    )


def check_entry(entry: Entry, known: set[str]) -> None:
    """Raises WorldError where what is said of a question does not fit its answers, or the other questions."""
    where = f"“{entry.question}”"
    if not entry.answers or len(set(entry.answers)) < len(entry.answers):
        raise WorldError(f"{where} needs one or more answers, all different, got {list(entry.answers)}")
    if entry.weight < 0:
        raise WorldError(f"the weight of {where} is {entry.weight}: expected 0 or more")
    answers = set(entry.answers)
    given: Mapping[str, frozenset[str] | Mapping[str, object] | None] = {
        "aligned": entry.aligned,
        "benign": entry.benign,
        "harmful": entry.harmful,
        "gold": entry.gold,
        "rated": entry.ratings,
        "appealing": entry.appeal,
        "plausible": entry.plausible,
    }
    for name, named in given.items():
        for answer in named or ():
            if answer not in answers:
                raise WorldError(f"{name} to {where} is “{answer}”, which is none of its answers {sorted(answers)}")
    for question in asked(entry.human) + [each for tree in (entry.ratings or {}).values() for each in asked(tree)]:
        if question not in known:
            raise WorldError(f"H asks “{question}” at {where}, which is no question of the world")
    if entry.ratings is not None and set(entry.ratings) != answers:
        raise WorldError(f"{where} needs a rating of every answer, got {sorted(entry.ratings)} of {sorted(answers)}")


def _number(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise WorldError(f"the distance is one between numbers, and “{text}” is none") from None
