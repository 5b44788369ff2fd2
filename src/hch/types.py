"""The values that pass between the parts of hch.

All are immutable, and made by the million, so they are msgspec structs: about a tenth of a microsecond each. All but
episodes, which are lists of them, are hashable. A question names its context by reference, and a context's hash is
computed once, so facts are stored and hashed once however many questions are asked about them. The words are those of
docs/vocabulary.md.
"""

from __future__ import annotations

import enum
import hashlib
import math
from collections.abc import Iterator
from typing import Any

import msgspec


class NoGoldError(LookupError):
    """Nobody knows a true answer to this question: it can be asked and learned from, and counts in no accuracy."""


STREAMS = 8


def mix_sample_index(parent: int | None, sample_index: int | None) -> int | None:
    """The sample index of a sub-question asked for as ``sample_index`` while answering sample ``parent``; a bijection.

    Two samples of one question must be free to differ, so what H asks while answering sample 1 is not what it asks
    while answering sample 0: each level mixes its own index into those below. Only ``STREAMS`` indices are kept apart,
    so that HCH stays a graph of few distinct questions; else every path through a tree would be a question of its own.
    """
    if sample_index is None or parent is None:
        return sample_index
    whole, part = divmod(sample_index, STREAMS)
    return whole * STREAMS + (7 * part + 3 * parent + 1) % STREAMS


def unmix_sample_index(parent: int | None, sample_index: int | None) -> int | None:
    """The sample index that H asked for, from the mixed one: the inverse of ``mix_sample_index``."""
    if sample_index is None or parent is None:
        return sample_index
    whole, part = divmod(sample_index, STREAMS)
    return whole * STREAMS + 7 * (part - 3 * parent - 1) % STREAMS


UNLIMITED = math.inf


class Budget(msgspec.Struct, frozen=True, gc=False, cache_hash=True, omit_defaults=True):
    """Amounts of each thing that can run out; infinity means no limit.

    Along a path: ``depth``, the levels of consultation that may lie below, and ``seconds`` of waiting (questions asked
    at once are waited for together). Summed over the tree: ``consultations`` asked, ``words`` in answers, and ``usd``.
    """

    depth: float = UNLIMITED
    consultations: float = UNLIMITED
    words: float = UNLIMITED
    seconds: float = UNLIMITED
    usd: float = UNLIMITED

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            amount = getattr(self, name)
            if not amount >= 0:
                raise ValueError(f"a budget's {name} must be 0 or more, got {amount}")
            if amount == UNLIMITED:
                # JSON has no infinity, so it is left out there; what is left out is known by being this very object.
                msgspec.structs.force_setattr(self, name, UNLIMITED)

    def after(self, spent: Budget) -> Budget | None:
        """What is left once ``spent`` is taken (depth aside); None if it does not fit. Spending exactly all fits."""
        left = [_minus(getattr(self, name), getattr(spent, name)) for name in FIELDS[1:]]
        if any(amount < 0 for amount in left):
            return None
        return Budget(self.depth, *left)

    def plus(self, other: Budget) -> Budget:
        """Both together: sums are added; of depth and seconds, which run beside each other, the larger counts."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in SUMS}
        return Budget(depth=max(self.depth, other.depth), seconds=max(self.seconds, other.seconds), **sums)

    def at_most(self, limit: Budget) -> Budget:
        """The smaller of the two, amount by amount."""
        return Budget(*(min(getattr(self, name), getattr(limit, name)) for name in FIELDS))

    def shares(self, count: int) -> list[Budget]:
        """This budget divided among ``count`` children, one level further down.

        The sums of the shares are exactly the sums of this budget for whole numbers: a remainder goes to the earlier
        children, and a fraction of a consultation or word to none. Each child gets all of the seconds, and one level
        of depth less.

        Raises ValueError if there is no child to give to, or no depth left to give.
        """
        if count < 1:
            raise ValueError(f"a budget is shared among at least 1 child, got {count}")
        if self.depth < 1:
            raise ValueError("no depth is left below this question")
        consultations, words = _parts(self.consultations, count), _parts(self.words, count)
        return [
            Budget(self.depth - 1, consultations[i], words[i], self.seconds, self.usd / count) for i in range(count)
        ]


FIELDS = ("depth", "consultations", "words", "seconds", "usd")
SUMS = ("consultations", "words", "usd")
NOTHING = Budget(0, 0, 0, 0, 0)


def _minus(amount: float, spent: float) -> float:
    return UNLIMITED if amount == UNLIMITED else amount - spent


def _parts(amount: float, count: int) -> list[float]:
    if amount == UNLIMITED:
        return [UNLIMITED] * count
    whole, rest = divmod(amount // 1, count)
    return [whole + 1 if i < rest else whole for i in range(count)]


class Outcome(enum.StrEnum):
    """How a workspace ended."""

    ANSWERED = "answered"
    PASSED = "passed"
    OUT_OF_BUDGET = "out of budget"
    FAILED = "failed"
    WAITING = "waiting"
    """Not ended: people have yet to act."""


ANSWERED, PASSED, WAITING = Outcome.ANSWERED, Outcome.PASSED, Outcome.WAITING
"""Compared millions of times in a run; before Python 3.12 a member is slow to look up in its enumeration."""


class Context(msgspec.Struct, frozen=True, cache_hash=True, dict=True, weakref=True):
    """What a question is about: short facts, in order. Equal facts make equal contexts."""

    facts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        # A question is printed with its context, and thousands of questions share one.
        return f"Context({len(self.facts)} facts, {self.id[:8]})"

    @property
    def id(self) -> str:
        """A hash of the content, the same in every process and on every machine (32 hexadecimal digits)."""
        known: str | None = self.__dict__.get("id")
        if known is None:
            digest = hashlib.blake2b(digest_size=16)
            for fact in self.facts:
                encoded = fact.encode("utf-8", "surrogatepass")
                digest.update(len(encoded).to_bytes(8, "little"))
                digest.update(encoded)
            known = self.__dict__["id"] = digest.hexdigest()
        return known


NO_CONTEXT = Context()


class Question(msgspec.Struct, frozen=True, gc=False, cache_hash=True, rename={"sample_index": "draw"}):
    """A text to be answered about a context.

    ``sample_index`` is None for the likeliest answer; a number asks for a *sampled* answer, and two samples of one text
    are two questions. ``budget`` is what the tree below this question may spend; None means that nobody is counting.
    """

    text: str
    context: Context = NO_CONTEXT
    sample_index: int | None = None
    budget: Budget | None = None


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What an Answerer says to one question.

    ``text`` is empty unless the outcome is ANSWERED. ``by`` names who answered, ``reason`` says why there is no
    answer, ``confidence`` is the probability that the answerer gave to this answer (1.0 where it has no doubt or no
    notion of it), ``spent`` is what the tree below the question cost, where someone counts, and ``transcript`` is that
    tree's root, where there is one. ``seed`` is set on a sampled answer. ``waits_for`` has the ids of the workspaces
    that people must act in before there can be an answer; there are none unless the outcome is WAITING.
    """

    text: str = ""
    outcome: Outcome = Outcome.ANSWERED
    by: str = ""
    reason: str = ""
    confidence: float = 1.0
    spent: Budget | None = None
    seed: int | None = None
    transcript: Transcript | None = None
    waits_for: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        return self.outcome is ANSWERED


class Consultation(msgspec.Struct, frozen=True, gc=False):
    """A sub-question that H asked, and what came back."""

    question: Question
    answer: Answer


Round = tuple[Consultation, ...]
"""The consultations that H asked for in one action."""


class Stash(msgspec.Struct, dict=True, eq=False):
    """A mutable slot that travels with a workspace. All stashes are equal, so none makes two workspaces differ.

    Its content is not a field, so it is neither pickled nor written to a file.
    """

    @property
    def held(self) -> Any:
        return self.__dict__.get("held")

    @held.setter
    def held(self, value: object) -> None:
        self.__dict__["held"] = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stash)

    def __hash__(self) -> int:
        return 0


class Workspace(msgspec.Struct, frozen=True, gc=False):
    """What H has in front of them: the question, the consultations so far by round, and the budget left.

    ``stash`` is where a human may keep its own continuation between two actions. It is no part of the workspace's
    meaning: all stashes are equal, and a workspace read back from a file has an empty one.
    """

    question: Question
    rounds: tuple[Round, ...] = ()
    budget: Budget | None = None
    stash: Stash = msgspec.field(default_factory=Stash)

    @property
    def consultations(self) -> list[Consultation]:
        return [consultation for round_ in self.rounds for consultation in round_]


class Ask(msgspec.Struct, frozen=True, gc=False):
    """H asks one or more sub-questions at once, about the workspace's own context.

    ``sample_indices`` is empty where every answer wanted is the likeliest one, else it has one entry for each text.
    """

    texts: tuple[str, ...]
    sample_indices: tuple[int | None, ...] = ()


class Reply(msgspec.Struct, frozen=True, gc=False):
    """H answers the question."""

    text: str


class Pass(msgspec.Struct, frozen=True, gc=False):
    """H declines to answer, and says why."""

    reason: str = ""


class Fail(msgspec.Struct, frozen=True, gc=False):
    """The human could not act: not a decision of theirs, but an error in what stands for them."""

    reason: str


class Wait(msgspec.Struct, frozen=True, gc=False):
    """Nobody has acted yet: no decision of the human, who may be asked again. Names the workspaces that wait."""

    waits_for: tuple[str, ...] = ()


Action = Ask | Reply | Pass | Fail | Wait


class Transcript(msgspec.Struct, frozen=True, gc=False):
    """A finished workspace with its outcome. ``by`` is the human who acted in it."""

    question: Question
    rounds: tuple[Round, ...]
    outcome: Outcome
    text: str = ""
    reason: str = ""
    by: str = ""

    @property
    def consultations(self) -> list[Consultation]:
        return [consultation for round_ in self.rounds for consultation in round_]

    def __repr__(self) -> str:
        # Never the whole tree: printing shares nothing, so a tree of a few hundred distinct nodes can be endless.
        said = repr(self.text) if self.outcome is Outcome.ANSWERED else str(self.outcome)
        return f"Transcript({self.question.text!r}, {len(self.rounds)} rounds, {said})"

    def __hash__(self) -> int:
        # Without what lies below: that may be a tree too deep for recursion, or too large to be walked.
        return hash((self.question, len(self.rounds), self.outcome, self.text))

    @property
    def actions(self) -> int:
        """How often the human acted: once for each round, and once to reply or pass."""
        return len(self.rounds) + (self.outcome is ANSWERED or self.outcome is PASSED)

    def steps(self) -> Iterator[tuple[Workspace, Action]]:
        """Each workspace that the human saw, in order, with the action taken there; what H' learns from."""
        for number, round_ in enumerate(self.rounds):
            sample_indices = tuple(
                unmix_sample_index(self.question.sample_index, consultation.question.sample_index)
                for consultation in round_
            )
            texts = tuple(consultation.question.text for consultation in round_)
            action = Ask(
                texts, sample_indices if any(sample_index is not None for sample_index in sample_indices) else ()
            )
            yield Workspace(self.question, self.rounds[:number]), action
        if self.outcome is Outcome.ANSWERED:
            yield Workspace(self.question, self.rounds), Reply(self.text)
        elif self.outcome is Outcome.PASSED:
            yield Workspace(self.question, self.rounds), Pass(self.reason)


class Sample(msgspec.Struct, frozen=True, gc=False, rename={"behaviour_log_prob": "behaviour", "count": "draws"}):
    """What a learner learns from: say ``answer`` to ``question``, with this weight. A negative weight says do not.

    Where the answer was sampled from the policy, ``behaviour_log_prob`` is the log-likelihood, in nats, that it had
    there, and ``count`` how often it was sampled; ``weight`` is for all of these together.
    """

    question: Question
    answer: str
    weight: float = 1.0
    behaviour_log_prob: float | None = None
    count: int = 1


class Episode(msgspec.Struct, frozen=True):
    """What a scheme returns: the samples to learn from, and the transcripts that they came from.

    ``measures`` are numbers about the signal, for the log: how many judgements were read, say, and the mean reward.
    """

    samples: list[Sample]
    transcripts: list[Transcript] = []
    measures: dict[str, float] = {}


def walk(transcript: Transcript) -> Iterator[tuple[int, Transcript]]:
    """Each distinct transcript of a tree once, with its depth, parents first; without recursion, so any depth works."""
    seen: set[int] = set()
    waiting = [(0, transcript)]
    while waiting:
        depth, current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield depth, current
        below = [c.answer.transcript for c in current.consultations if c.answer.transcript is not None]
        waiting.extend((depth + 1, child) for child in reversed(below))
