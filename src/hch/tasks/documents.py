"""Made-up documents: a section for each of some people, what is asked about them, and which sentence says it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from hch.tasks.facts import KNOWN_CONTEXTS
from hch.types import Context

NAMES = (
    "Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gina", "Hugo", "Ida", "Jon", "Kim", "Leo", "Mia", "Noah", "Olga",
    "Paul", "Rosa", "Sam", "Tess", "Uma", "Vera", "Will", "Yara", "Zoe",
)  # fmt: skip
PLACES = ("Athens", "Berlin", "Cairo", "Delhi", "Lima", "Oslo", "Paris", "Quito", "Rome", "Sofia", "Tokyo", "Vienna")
JOBS = ("baker", "carpenter", "dentist", "gardener", "judge", "miner", "nurse", "pilot", "sailor", "tailor", "writer")
RELATIONS = ("sister", "brother", "teacher", "doctor", "neighbour", "cousin")
CHATTER = (
    "{name} likes {thing}.", "Every Sunday {name} looks for {thing}.", "Nobody ever gave {name} {thing}.",
    "As a child {name} was afraid of {thing}.", "{name} once wrote a song about {thing}.",
)  # fmt: skip
THINGS = ("old clocks", "sweet plums", "stray cats", "heavy rain", "paper boats", "loud bells", "tall ladders")

What = Literal["where", "what", "who"]


@dataclass(frozen=True)
class Wanted:
    """What a question wants to know of whom: ``relations`` lead to that person from ``name``, the last one first."""

    what: What
    relations: tuple[str, ...]
    name: str

    def said_by(self, sentence: str) -> str | None:
        """The answer with its quote, where this sentence gives it; for questions of one step."""
        relation = self.relations[0] if self.relations else ""
        found = re.fullmatch(_SAID[self.what].format(name=self.name, relation=relation), sentence.strip())
        return f"{found[1]} “{sentence.strip()}”" if found else None


_SAID = {
    "where": r"{name} lives in (\w+)\.",
    "what": r"{name} works as a (\w+)\.",
    "who": r"The {relation} of {name} is (\w+)\.",
}


def question_text(wanted: Wanted) -> str:
    """The question, such as “Where does the sister of Ada live?”."""
    whom = "".join(f"the {relation} of " for relation in wanted.relations) + wanted.name
    return {"where": f"Where does {whom} live?", "what": f"What does {whom} work as?", "who": f"Who is {whom}?"}[
        wanted.what
    ]


def wanted_by(text: str) -> Wanted | None:
    """What a question wants to know; None where it is another text."""
    for what, form in _FORMS.items():
        if found := form.fullmatch(text):
            relations = tuple(re.findall(r"the (\w+) of ", found[1]))
            return Wanted(what, relations, found[2]) if relations or what != "who" else None
    return None


_WHOM = r"((?:the \w+ of )*)(\w+)"
_FORMS: dict[What, re.Pattern[str]] = {
    "where": re.compile(rf"Where does {_WHOM} live\?"),
    "what": re.compile(rf"What does {_WHOM} work as\?"),
    "who": re.compile(rf"Who is {_WHOM}\?"),
}


def one_step(wanted: Wanted) -> bool:
    """Whether one sentence answers it: that is what H can read up alone."""
    return len(wanted.relations) == (wanted.what == "who")


def document(randomness: random.Random, people: int, relations: int, chatter: int) -> Context:
    """Sections in random order, each a person's name and then, in random order, what is said of them."""
    names = randomness.sample(NAMES, people)
    return Context(tuple(_section(randomness, name, names, relations, chatter) for name in names))


def _section(randomness: random.Random, name: str, names: list[str], relations: int, chatter: int) -> str:
    others = [other for other in names if other != name]
    sentences = [
        f"{name} lives in {randomness.choice(PLACES)}.",
        f"{name} works as a {randomness.choice(JOBS)}.",
        *(f"The {relation} of {name} is {randomness.choice(others)}." for relation in RELATIONS[:relations]),
        *(
            form.format(name=name, thing=randomness.choice(THINGS))
            for form in (randomness.sample(CHATTER, len(CHATTER)) * (chatter // len(CHATTER) + 1))[:chatter]
        ),
    ]
    randomness.shuffle(sentences)
    return f"{name}\n{' '.join(sentences)}"


@dataclass(frozen=True)
class Document:
    """A made-up document: what each section's sentences are."""

    sections: dict[str, list[str]]

    @classmethod
    @lru_cache(KNOWN_CONTEXTS)
    def of(cls, context: Context) -> Document:
        """The document that a context is."""
        split = (fact.partition("\n") for fact in context.facts)
        return cls({title: re.split(r"(?<=\.) ", body) for title, _, body in split})

    def question(self, length: int, randomness: random.Random) -> str:
        """A question that leads through so many relations, to where somebody lives, what they do, or who it is."""
        known = sorted(
            {found[1] for said in self.sections.values() for each in said if (found := re.match(r"The (\w+) of", each))}
        )
        name = randomness.choice(sorted(self.sections))
        what: What = randomness.choice(["where", "what", "who"] if length else ["where", "what"])
        return question_text(Wanted(what, tuple(randomness.choices(known, k=length)), name))

    def answer(self, wanted: Wanted) -> str:
        """The answer with its quote. ValueError where the document does not say."""
        name = wanted.name
        relations = list(wanted.relations)
        keep = wanted.what == "who"
        while len(relations) > keep:
            name = self._said(Wanted("who", (relations.pop(),), name)).partition(" ")[0]
        return self._said(Wanted(wanted.what, tuple(relations), name))

    def _said(self, wanted: Wanted) -> str:
        for sentence in self.sections.get(wanted.name, []):
            if said := wanted.said_by(sentence):
                return said
        raise ValueError(f"the document does not say: {question_text(wanted)}")
