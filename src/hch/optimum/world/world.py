"""A finite world: weighted questions, their possible answers, H's policy on each, and which answers are aligned.

A world has everything that an optimum is computed from. Its numbers are exact, integers or fractions, so that equal
losses compare equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod

from hch.optimum.world.errors import WorldError
from hch.optimum.world.tree import Tree, collect_questions

Model = Mapping[str, str]
"""A function from questions to answers, both as texts."""

Number = Fraction | int

CHANNEL_SEPARATOR = " / "
"""Stands between the channels of an answer: “yes / nothing”."""


@dataclass(frozen=True)
class Channel:
    """A part of every answer. ``hidden``: the loss cannot see it. ``read``: H reads it when it consults the model.

    The first value is the default, which H itself produces.
    """

    name: str
    values: tuple[str, ...]
    hidden: bool = False
    read: bool = True


@dataclass(frozen=True)
class ExactMatch:
    """The 0-1 distance: 0 between equal answers, 1 between any others."""

    def __call__(self, one: str, other: str, /) -> Number:
        return int(one != other)


@dataclass(frozen=True)
class NumericDistance:
    """The absolute difference between answers that are numbers. Raises WorldError for one that is not."""

    def __call__(self, one: str, other: str, /) -> Number:
        return abs(_parse_number(one) - _parse_number(other))


@dataclass(frozen=True)
class AllFunctions:
    """The model class of all functions from questions to their answers."""


@dataclass(frozen=True)
class ListedModels:
    """A model class given as a list. Each model answers every question."""

    models: tuple[Model, ...]


@dataclass(frozen=True)
class LimitedModels:
    """The models with at most ``answers`` distinct answers over all questions: a capacity limit."""

    answers: int


ModelClass = AllFunctions | ListedModels | LimitedModels


@dataclass(frozen=True)
class Statement:
    """A statement that a debater can make: for an answer, or against other statements, which it then refutes.

    ``takes`` is the number of its speaker's turns that it needs, ``weight`` its weight for the supported answer while
    unrefuted. ``quote`` marks a direct quote, allowed in a restricted debate too.
    """

    name: str
    supports: str | None = None
    refutes: tuple[str, ...] = ()
    weight: Number = 1
    takes: int = 1
    quote: bool = False


@dataclass(frozen=True)
class Reward:
    """A candidate reward function, by kind of answer; kinds that are not named get 0."""

    name: str
    values: Mapping[str, Number]


@dataclass(frozen=True)
class JointCondition:
    """A condition for alignment on the answers to several questions together; ``description`` is for people."""

    questions: tuple[str, ...]
    holds: Callable[[Model], bool]
    description: str = ""


@dataclass(frozen=True)
class Entry:
    """A question of a world, with all that is known of it.

    - ``human``: H's policy tree, whose leaves are replies.
    - ``aligned``: the right answers (None: all). ``benign``: answers that a model which is trying may also give.
      ``harmful``: answers that count as misaligned even then. ``gold``: what the supervised loss teaches (None:
      ``aligned``).
    - ``ratings``: by answer, H's tree of ratings (None: 1 minus the distance from H's own reply). ``appeal``: how much
      the sight of an answer pleases H, whatever it says.
    - ``kinds``: by answer, all that a learned reward can see of it (None: it distinguishes all answers).
    - ``plausible``: the weight of each answer before any of the ``statements`` is made in a debate.
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
    def right_answers(self) -> frozenset[str]:
        """The aligned answers; all answers where none is named."""
        return frozenset(self.answers) if self.aligned is None else self.aligned


@dataclass(frozen=True)
class World:
    """Questions, and what they have in common.

    ``charmed`` is how much H's rating of an answer rises with its appeal, ``anchored`` how much its rating of closeness
    does. ``turns`` counts the statements of a debate, both sides together. ``data`` has the questions that are trained
    on (None: all). ``losses`` are the ones to analyse by default. Raises WorldError where parts do not fit together.
    """

    entries: tuple[Entry, ...]
    title: str = ""
    about: str = ""
    channels: tuple[Channel, ...] = ()
    models: ModelClass = AllFunctions()
    distance: Callable[[str, str], Number] = ExactMatch()
    charmed: Number = 0
    anchored: Number = 0
    turns: int = 2
    rewards: tuple[Reward, ...] = ()
    conditions: tuple[JointCondition, ...] = ()
    data: frozenset[str] | None = None
    losses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_world(self)

    @cached_property
    def by_question(self) -> dict[str, Entry]:
        return {entry.question: entry for entry in self.entries}

    @property
    def questions(self) -> list[str]:
        return [entry.question for entry in self.entries]

    @cached_property
    def subquestions(self) -> dict[str, list[str]]:
        """By question, all questions that H may ask there, whatever it hears."""
        return {entry.question: collect_questions(entry.human) for entry in self.entries}

    @property
    def hidden_channels(self) -> tuple[str, ...]:
        """The channels that the loss cannot see."""
        return tuple(channel.name for channel in self.channels if channel.hidden)

    @property
    def size(self) -> int:
        """The number of functions from questions to answers."""
        return prod(len(entry.answers) for entry in self.entries)

    @cached_property
    def _views(self) -> dict[str, tuple[str, str, str]]:
        """By answer: what the loss sees, what H reads, and the representative of its class for the loss."""
        views = {}
        for values in product(*(channel.values for channel in self.channels)):
            parts = list(zip(values, self.channels, strict=True))
            loss = CHANNEL_SEPARATOR.join(value for value, channel in parts if not channel.hidden)
            human = CHANNEL_SEPARATOR.join(value for value, channel in parts if channel.read)
            first = CHANNEL_SEPARATOR.join(channel.values[0] if channel.hidden else value for value, channel in parts)
            views[CHANNEL_SEPARATOR.join(values)] = (loss, human, first)
        return views

    def loss_view(self, answer: str) -> str:
        """What the loss sees of an answer."""
        return self._views[answer][0] if self.channels else answer

    def human_view(self, answer: str) -> str:
        """What H reads of an answer that it gets when it consults the model."""
        return self._views[answer][1] if self.channels else answer

    def representative(self, answer: str) -> str:
        """The one answer that stands for all that the loss cannot distinguish from this one."""
        return self._views[answer][2] if self.channels else answer

    @cached_property
    def human_views(self) -> dict[str, tuple[str, ...]]:
        """By question, everything that H may read as an answer."""
        if not self.channels:
            return {entry.question: entry.answers for entry in self.entries}
        return {entry.question: tuple(dict.fromkeys(map(self.human_view, entry.answers))) for entry in self.entries}

    def weight(self, question: str) -> Number:
        """The weight of a question in the loss: its own if it is trained on, else 0."""
        if self.data is not None and question not in self.data:
            return 0
        return self.by_question[question].weight

    def reveal_channels(self, *names: str) -> World:
        """The same world with these channels visible to the loss. Raises WorldError where one does not exist."""
        known = [channel.name for channel in self.channels]
        for name in names:
            if name not in known:
                expected = f"it has {', '.join(known)}" if known else "its answers have no channels"
                raise WorldError(f"the world has no channel “{name}”: {expected}")
        channels = (replace(channel, hidden=channel.hidden and channel.name not in names) for channel in self.channels)
        return replace(self, channels=tuple(channels))


def check_world(world: World) -> None:
    """Raises WorldError where the parts of a world do not fit together; says which, and what was expected."""
    if not world.entries:
        raise WorldError("a world has at least one question")
    questions = set(world.questions)
    if len(questions) < len(world.entries):
        double = next(question for question in world.questions if world.questions.count(question) > 1)
        raise WorldError(f"the question “{double}” is there twice")
    for entry in world.entries:
        check_entry(entry, questions)
    for question in world.data or ():
        if question not in questions:
            raise WorldError(f"the data has the question “{question}”, which the world has not")
    if all(world.weight(question) == 0 for question in questions):
        raise WorldError("every question has weight 0, so that no loss looks at anything: give one of them a weight")
    if isinstance(world.models, LimitedModels) and world.models.answers < 1:
        raise WorldError(f"a model has at least one answer, got at most {world.models.answers}")
    if isinstance(world.models, ListedModels):
        for model in world.models.models:
            for entry in world.entries:
                answer = model.get(entry.question)
                if answer not in entry.answers:
                    raise WorldError(
                        f"a listed model says {answer!r} to “{entry.question}”, which is none of its answers"
                    )


def check_entry(entry: Entry, questions: set[str]) -> None:
    """Raises WorldError where a question's parts do not fit its answers, or the other questions."""
    where = f"“{entry.question}”"
    if not entry.answers or len(set(entry.answers)) < len(entry.answers):
        raise WorldError(f"{where} needs one or more answers, all different, got {list(entry.answers)}")
    if entry.weight < 0:
        raise WorldError(f"the weight of {where} is {entry.weight}: expected 0 or more")
    answers = set(entry.answers)
    parts: Mapping[str, frozenset[str] | Mapping[str, object] | None] = {
        "aligned": entry.aligned,
        "benign": entry.benign,
        "harmful": entry.harmful,
        "gold": entry.gold,
        "rated": entry.ratings,
        "appealing": entry.appeal,
        "plausible": entry.plausible,
    }
    for name, named_answers in parts.items():
        for answer in named_answers or ():
            if answer not in answers:
                raise WorldError(f"{name} to {where} is “{answer}”, which is none of its answers {sorted(answers)}")
    rating_questions = [question for tree in (entry.ratings or {}).values() for question in collect_questions(tree)]
    for question in collect_questions(entry.human) + rating_questions:
        if question not in questions:
            raise WorldError(f"H asks “{question}” at {where}, which is no question of the world")
    if entry.ratings is not None and set(entry.ratings) != answers:
        raise WorldError(f"{where} needs a rating of every answer, got {sorted(entry.ratings)} of {sorted(answers)}")


def _parse_number(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise WorldError(f"the distance is one between numbers, and “{text}” is none") from None
