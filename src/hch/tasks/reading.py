"""Reading: what does a long document say? H sees the table of contents, and a few words of the text at a time.

H may look up the contents, a stretch of a section, and whether a quote stands in the document, and consults about
everything else. Answers quote their evidence, as in “Rome “Ada lives in Rome.””; an answer with a false quote is wrong.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from hch.humans.scripted import Script, Steps, ask, give_up, map_answers, reply
from hch.tasks.documents import NAMES, Document, Query, document, one_step, parse_question, question_text
from hch.tasks.facts import NOT_PRIMITIVE, TaskError, lookup_answer
from hch.tasks.normalise import Normaliser, same
from hch.tasks.questions import QuestionFile, question_file, row_instance
from hch.tasks.task import Task, is_held_out
from hch.text.quotes import Grade, check
from hch.types import Answer, Ask, Context, NoGoldError, Question


@dataclass(frozen=True)
class Reading(Task):
    """Generated documents with a section for each person, or the documents in the file at ``path``.

    H reads at most ``window`` words at once, and ignores any longer answer. A person of a generated
    document has ``relations`` relations to others and ``chatter`` sentences that nobody asks about, and questions lead
    through up to ``longest`` relations. In a file (see question_files.py) each question has a context, a fact being a
    section with its title in its first line.
    """

    path: str = ""
    """A file of questions with contexts; empty for documents that are made up."""
    largest: int = 16
    """Sections, one for each person, of the largest document."""
    longest: int = 3
    """Relations that a question leads through, at most."""
    relations: int = 2
    """Relations of each person to others."""
    chatter: int = 4
    """Sentences in each section that nobody asks about."""
    window: int = 40
    """Words that H reads at once, at most."""
    normaliser: Normaliser = "auto"
    """How answers are compared: as text, as numbers, exactly, or as the file's answers suggest (auto)."""
    name: str = "reading"

    def __post_init__(self) -> None:
        if not 2 <= self.largest <= len(NAMES):
            raise ValueError(f"a document has from 2 to {len(NAMES)} people, got {self.largest}")
        if self.window < LEAST_WINDOW:
            raise ValueError(f"H reads at least {LEAST_WINDOW} words at once, got {self.window}")

    @property
    def words(self) -> None:
        """None: only a language model reads these texts."""

    @property
    def script(self) -> Script:
        return Glancing(reading_script, self.window)

    @property
    def depth(self) -> int:
        return 1 if self.path else self.longest

    def instance(self, randomness: random.Random, size: int) -> Context:
        """A document about ``size`` people; from a file, one of its questions with its document, whatever the size."""
        if self.path:
            return row_instance(randomness.choice(self.file.rows).question)
        if not 2 <= size <= self.largest:
            raise ValueError(f"a document has from 2 to {self.largest} people, got {size}")
        return document(randomness, size, self.relations, self.chatter)

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """Questions of each length equally often; from a file, the instance's own and others kept on the same side."""
        if not self.path:
            lengths = randomness.choices(range(self.longest + 1), k=count)
            return [Question(Document.of(context).question(length, randomness), context) for length in lengths]
        first = Question(context.facts[0], Context(context.facts[1:]))
        others = [other for other in self.file.sides[is_held_out(context)] if other != first]
        return [first, *randomness.sample(others, min(count - 1, len(others)))]

    def stratum(self, question: Question) -> str:
        return str(len(wanted.relations) if (wanted := parse_question(question.text)) else 0)

    def difficulty(self, question: Question) -> int:
        """How many relations a question leads through; the number of sections for a question from a file."""
        wanted = None if self.path else parse_question(question.text)
        return len(question.context.facts) if wanted is None else len(wanted.relations)

    async def lookup(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self._look_up(question) for question in questions]

    def _look_up(self, question: Question) -> Answer:
        facts = question.context.facts
        for form, answer in LOOKUPS.items():
            if match := form.fullmatch(question.text):
                return lookup_answer(answer(facts, self.window, *match.groups()))
        return NOT_PRIMITIVE

    def gold(self, question: Question) -> str:
        """The answer with its quotes; from a file, the known answer alone."""
        if self.path:
            row = self.file.by_question.get(Question(question.text, question.context))
            if row is None or row.gold is None:
                raise NoGoldError(f"nobody knows the answer to: {question.text[:200]}")
            return row.gold
        wanted = parse_question(question.text)
        if wanted is None:
            raise ValueError(f"not a question of this task: {question.text!r}")
        return Document.of(question.context).answer(wanted)

    def right(self, question: Question, answer: str) -> bool:
        """The text before the quotes is compared, and every quote has to be in the document."""
        said, quotes = split_quotes(answer)
        rests = bool(quotes) and all(find_section(quote, question.context.facts) for quote in quotes)
        return rests and same(said, split_quotes(self.gold(question))[0], self.normaliser)

    def read(self, text: str) -> Context:
        """Sections apart by empty lines, each with its title in its first line."""
        sections = [section.strip() for section in re.split(r"\n\s*\n", text.strip()) if section.strip()]
        if not sections:
            raise TaskError("there is nothing to read here; expected sections apart by empty lines, a title in each")
        return Context(tuple(sections))

    def ask(self, text: str, context: Context) -> Question:
        """Any question; one that the file has is asked about the document that it has there."""
        if not text.strip():
            raise TaskError("a question needs some words")
        row = self.file.by_text.get(text.strip()) if self.path else None
        return row.question if row else Question(text.strip(), context)

    @property
    def file(self) -> QuestionFile:
        """The file, read when it is first looked at. TaskError where a question in it has nothing to read."""
        return _with_documents(question_file(self.path), self.path)


@lru_cache(maxsize=4)
def _with_documents(read: QuestionFile, path: str) -> QuestionFile:
    if empty := next((row for row in read.rows if not row.question.context.facts), None):
        raise TaskError(f"{path}, line {empty.line}: the question has no context, so there is nothing to read")
    return read


LEAST_WINDOW = 12


# Quotes


def split_quotes(answer: str) -> tuple[str, list[str]]:
    """An answer's own text, and its quotes, if any."""
    quotes = [quote for quote in _QUOTE.findall(answer) if quote.strip()]
    return " ".join(_QUOTE.sub(" ", answer).split()), quotes


_QUOTE = re.compile(r"“([^“”]*)”")


def find_section(quote: str, facts: Sequence[str]) -> int:
    """The number of the first section, from 1, that has the quote; 0 if none has."""
    return next((place for place, fact in enumerate(facts, 1) if check(quote, fact).grade is not Grade.ABSENT), 0)


# Lookups


def _contents(facts: Sequence[str], window: int, start: str | None) -> str:
    """Numbers and titles of sections, from the one with this number on, in at most ``window`` words."""
    first = max(int(start or 1), 1)
    shown: list[str] = []
    room = window - 3
    for number, fact in enumerate(facts[first - 1 :], first):
        title = " ".join(fact.strip().partition("\n")[0].split()[: window // 3]) or "…"
        room -= len(title.split()) + 1
        if room < 0:
            return f"{'; '.join(shown)}; more from {number}"
        shown.append(f"{number} {title}")
    return "; ".join(shown) or "no more"


def _stretch(facts: Sequence[str], window: int, section: str, start: str | None) -> str:
    """Some words of a section below its title, from the word with this number on; “…” where it goes on."""
    number, first = int(section), max(int(start or 1), 1)
    title, _, body = facts[number - 1].strip().partition("\n") if 1 <= number <= len(facts) else ("", "", "")
    words = (body if body.strip() else title).split()
    shown = " ".join(words[first - 1 : first + window - 2])
    return f"{shown} …" if len(words) > first + window - 2 else shown or "no more"


def _find_quote(facts: Sequence[str], window: int, quote: str) -> str:  # noqa: ARG001
    section = find_section(quote, facts)
    return f"yes, in section {section}" if section else "no"


LOOKUPS: dict[re.Pattern[str], Callable[..., str]] = {
    re.compile(r"contents(?: from (\d{1,6}))?\?"): _contents,
    re.compile(r"section (\d{1,6})(?: from word (\d{1,9}))?\?"): _stretch,
    re.compile(r"is “([^“”]*)” there\?"): _find_quote,
}
"""The forms of the primitive questions, each with what answers it."""


# How H works


@dataclass(frozen=True)
class Glancing:
    """A script that gets no answer of more than ``most`` words: a longer one counts as missing."""

    script: Script
    most: int
    """Words of the longest answer that H reads."""

    def __call__(self, text: str) -> Steps:
        """The steps that the script takes on a question."""
        return map_answers(self.script(text), self._read_answer)

    def _read_answer(self, answer: str | None) -> str | None:
        return None if answer is None or len(answer.split()) > self.most else answer


def reading_script(text: str) -> Steps:
    """H looks up the one sentence about a person, and consults on the rest; for any other text it looks for a section.

    An answer counts only where the lookup confirms its quotes.
    """
    if match := _IN_SECTION.fullmatch(text):
        return (yield from _best_sentence(int(match[1]), match[2]))
    query = parse_question(text)
    if query is None:
        return (yield from _any_question(text))
    if one_step(query):
        return (yield from _read_up(query))
    *outer, inner = query.relations
    who = yield from _consult_with_quotes(question_text(Query("who", (inner,), query.name)))
    if who is None:
        return give_up("nobody says, with a quote that is there, who that is")
    rest = Query(query.what, tuple(outer), split_quotes(who)[0])
    said = yield from _consult_with_quotes(question_text(rest))
    return give_up(f"nobody says, with a quote that is there: {question_text(rest)}") if said is None else reply(said)


_IN_SECTION = re.compile(r"in section (\d{1,6}): (.+)", re.DOTALL)
MOST_SECTIONS = 2
"""How many sections H asks about when it goes by their titles."""
MOST_QUOTED = 15
"""Words of a sentence in H's reply, which has them twice (once quoted): whoever asked ignores long answers."""


def _consult_with_quotes(question: str) -> Generator[Ask, list[str | None], str | None]:
    """Consults, and looks up the quotes; None where there is no answer, or a quote is not in the document."""
    (said,) = yield ask(question)
    quotes = split_quotes(said)[1] if said is not None else []
    if said is None or not quotes:
        return None
    there = yield ask(*(f"is “{quote}” there?" for quote in quotes))
    return said if all(answer is not None and answer.startswith("yes") for answer in there) else None


def _titles() -> Generator[Ask, list[str | None], dict[int, str]]:
    """The table of contents, read a page at a time: each section's title by its number."""
    titles: dict[int, str] = {}
    start = 1
    while True:
        (page,) = yield ask("contents?" if start == 1 else f"contents from {start}?")
        for entry in (page or "").split("; "):
            number, _, title = entry.partition(" ")
            if number.isdecimal():
                titles[int(number)] = title
        more = re.search(r"; more from (\d+)$", page or "")
        if more is None or int(more[1]) <= start:
            return titles
        start = int(more[1])


def _sentences(section: int) -> Generator[Ask, list[str | None], list[str]]:
    """A section's sentences, read a stretch at a time; a sentence may go on in the next stretch."""
    begun, start = "", 1
    sentences: list[str] = []
    while True:
        (stretch,) = yield ask(f"section {section}?" if start == 1 else f"section {section} from word {start}?")
        if stretch is None:
            return sentences
        goes_on = stretch.endswith(" …")
        words = stretch.removesuffix(" …")
        *whole, begun = re.split(r"(?<=[.!?])\s+", f"{begun} {words}".strip())
        sentences += whole
        if not goes_on:
            return [*sentences, begun]
        start += len(words.split())


def _read_up(query: Query) -> Steps:
    titles = yield from _titles()
    section = next((number for number, title in titles.items() if title == query.name), None)
    if section is None:
        return give_up(f"there is no section on {query.name}")
    for sentence in (yield from _sentences(section)):
        if said := query.read_answer(sentence):
            return reply(said)
    return give_up(f"the section on {query.name} does not say")


def _any_question(text: str) -> Steps:
    """Asks about the sections whose titles share most words with the question; replies with a confirmed answer."""
    titles = yield from _titles()
    asked = _words(text)
    likely = sorted(titles, key=lambda number: (-len(_words(titles[number]) & asked), number))[:MOST_SECTIONS]
    for section in likely:
        said = yield from _consult_with_quotes(f"in section {section}: {text}")
        if said is not None:
            return reply(said)
    return give_up("none of the sections with the likeliest titles gave an answer")


def _best_sentence(section: int, text: str) -> Steps:
    """H alone, on one section: the sentence that shares most words with the question, if any does."""
    asked = _words(text)
    sentences = yield from _sentences(section)
    best = max(sentences, key=lambda sentence: len(_words(sentence) & asked), default="")
    if not _words(best) & asked:
        return give_up("the section has no word of the question")
    plain = " ".join(re.sub("[“”]", '"', best).split()[:MOST_QUOTED])
    return reply(f"{plain} “{plain}”")


def _words(text: str) -> set[str]:
    """The words of more than three letters, which tell sections apart."""
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 3}
