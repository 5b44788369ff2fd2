"""Generated documents with a section for each person, questions about these people, and their answers with quotes."""

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
class Query:
    """What a question is about: ``relations`` lead to a person from ``name``, the last relation first."""

    what: What
    relations: tuple[str, ...]
    name: str

    def read_answer(self, sentence: str) -> str | None:
        """The answer with its quote if this sentence gives it, else None; for questions of one step."""
        relation = self.relations[0] if self.relations else ""
        match = re.fullmatch(_SENTENCES[self.what].format(name=self.name, relation=relation), sentence.strip())
        return f"{match[1]} “{sentence.strip()}”" if match else None


_SENTENCES = {
    "where": r"{name} lives in (\w+)\.",
    "what": r"{name} works as a (\w+)\.",
    "who": r"The {relation} of {name} is (\w+)\.",
}


def question_text(query: Query) -> str:
    """The question, such as “Where does the sister of Ada live?”."""
    whom = "".join(f"the {relation} of " for relation in query.relations) + query.name
    return {"where": f"Where does {whom} live?", "what": f"What does {whom} work as?", "who": f"Who is {whom}?"}[
        query.what
    ]


def parse_question(text: str) -> Query | None:
    """The query that a question spells; None for any other text."""
    for what, form in _FORMS.items():
        if match := form.fullmatch(text):
            relations = tuple(re.findall(r"the (\w+) of ", match[1]))
            return Query(what, relations, match[2]) if relations or what != "who" else None
    return None


_WHOM = r"((?:the \w+ of )*)(\w+)"
_FORMS: dict[What, re.Pattern[str]] = {
    "where": re.compile(rf"Where does {_WHOM} live\?"),
    "what": re.compile(rf"What does {_WHOM} work as\?"),
    "who": re.compile(rf"Who is {_WHOM}\?"),
}


def one_step(query: Query) -> bool:
    """Whether one sentence answers it, so that H can answer it alone."""
    return len(query.relations) == (query.what == "who")


def document(randomness: random.Random, people: int, relations: int, chatter: int) -> Context:
    """A section for each person: the name, and then sentences about them in random order."""
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
    """A generated document: the sentences of each section, by title."""

    sections: dict[str, list[str]]

    @classmethod
    @lru_cache(KNOWN_CONTEXTS)
    def of(cls, context: Context) -> Document:
        """The document that a context is."""
        split = (fact.partition("\n") for fact in context.facts)
        return cls({title: re.split(r"(?<=\.) ", body) for title, _, body in split})

    def question(self, length: int, randomness: random.Random) -> str:
        """A question through ``length`` relations: where somebody lives, what they work as, or who it is."""
        sentences = [sentence for section in self.sections.values() for sentence in section]
        known = sorted({match[1] for sentence in sentences if (match := re.match(r"The (\w+) of", sentence))})
        name = randomness.choice(sorted(self.sections))
        what: What = randomness.choice(["where", "what", "who"] if length else ["where", "what"])
        return question_text(Query(what, tuple(randomness.choices(known, k=length)), name))

    def answer(self, query: Query) -> str:
        """The answer with its quote. Raises ValueError where the document does not say."""
        name = query.name
        relations = list(query.relations)
        keep = query.what == "who"
        while len(relations) > keep:
            name = self._look_up(Query("who", (relations.pop(),), name)).partition(" ")[0]
        return self._look_up(Query(query.what, tuple(relations), name))

    def _look_up(self, query: Query) -> str:
        for sentence in self.sections.get(query.name, []):
            if answer := query.read_answer(sentence):
                return answer
        raise ValueError(f"the document does not say: {question_text(query)}")
