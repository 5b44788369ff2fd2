"""Imports the chats that ``hch export`` wrote: their workspaces, as if people had worked in them here.

A chat is one action of H with the workspace that H saw. The chats of a workspace form a chain, for each shows the
answers to the questions of the one before. So workspaces are put together again, whatever order the chats are in, and
played again in a project, action by action.
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from hch.people.store.acting import submit
from hch.people.store.answers import Waiting, answer_waiting
from hch.people.store.content import content_hash
from hch.people.store.database import Database
from hch.people.store.desk import take_this
from hch.people.store.importing import Imported, ignore_progress
from hch.people.store.items import Item, load_item
from hch.people.store.people import find_person, make_person
from hch.people.store.posting import post
from hch.people.store.projects import Project
from hch.people.store.refusals import Refusal
from hch.people.store.rows import INSTRUCTIONS
from hch.text.question_files import BadRow
from hch.text.render import read_action, read_label
from hch.types import FIELDS, UNLIMITED, Action, Answer, Ask, Budget, Context, Outcome, Pass, Question, Reply

IMPORTED = "imported"
"""The answerer of H's questions in a chat: the chat does not name one."""

Seen = tuple[tuple[str, ...], str]
"""The facts that H saw in a workspace, and the question."""


class Chat(msgspec.Struct, frozen=True):
    """An action of H with the workspace that H saw: ``consulted`` has its consultations, ``left`` its budget."""

    line: int
    facts: tuple[str, ...]
    question: str
    consulted: tuple[str, ...]
    left: Budget | None
    action: Ask | Reply | Pass


class Chain(msgspec.Struct):
    """The chats of one workspace, in the order of its actions."""

    chats: list[Chat]

    @property
    def rounds(self) -> list[list[Answer]]:
        """The answers to each round of questions."""
        rounds = []
        for before, after in zip(self.chats, self.chats[1:], strict=False):
            assert isinstance(before.action, Ask), "only what was asked has an answer"
            said = after.consulted[len(before.consulted) :]
            rounds.append([_answer(text, line) for text, line in zip(before.action.texts, said, strict=True)])
        return rounds


class CannotBeDoneError(Exception):
    """The workspace of a chain cannot be played again in the project; says why."""


def import_chats(
    database: Database,
    project: Project,
    lines: Iterable[bytes],
    watch: Callable[[int], object] = ignore_progress,
) -> Imported:
    """Plays the workspaces of a file's chats again in a project, each in a transaction.

    Workspaces that the project has already are not played again. Chats that cannot be read, or whose workspace has no
    end or no beginning in the file, are listed by line. All chats are in memory at once.
    """
    chats: list[Chat] = []
    bad: list[BadRow] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            read = read_chat(number, line)
            if isinstance(read, BadRow):
                bad.append(read)
            else:
                chats.append(read)
        watch(number)
    whole, incomplete = chain_chats(chats)
    new = known = 0
    taken: set[int] = set()
    for chain in whole:
        try:
            id_, is_new = database.write(_play, project, chain, taken, time.time())
        except CannotBeDoneError as error:
            bad.append(BadRow(chain.chats[0].line, str(error)))
            continue
        taken.add(id_)
        new, known = new + is_new, known + (not is_new)
    return Imported(new, known, sorted([*bad, *incomplete], key=lambda row: row.line))


def read_chat(line: int, text: bytes) -> Chat | BadRow:
    """The chat in a line, or what is wrong with it."""
    try:
        value = json.loads(text)
        messages = [(message["role"], message["content"]) for message in value["messages"]]
    except (ValueError, RecursionError, KeyError, TypeError):
        return BadRow(line, 'expected a chat, {"messages": [{"role": …, "content": …}, …]}')
    if not all(isinstance(content, str) for _, content in messages):
        return BadRow(line, "the content of a message is a text")
    match [role for role, _ in messages]:
        case ["user", "assistant"]:
            return Chat(line, (), messages[0][1], (), None, Reply(messages[1][1]))
        case ["system", "user", "assistant"] if messages[0][1] == INSTRUCTIONS:
            return _action(line, messages[1][1], messages[2][1])
        case ["system", "user", "assistant"]:
            return BadRow(line, "the system message is another than that of hch export, and would be lost")
        case roles:
            return BadRow(
                line, f"expected the messages of one action (system, user, assistant), got {', '.join(roles)}"
            )


def chain_chats(chats: Sequence[Chat]) -> tuple[list[Chain], list[BadRow]]:
    """The chains of some chats, one for each workspace, and the chats whose chain has no end or no beginning."""
    bad: list[BadRow] = []
    chains: list[Chain] = []
    open_: dict[tuple[Seen, tuple[str, ...]], list[Chain]] = defaultdict(list)
    # The chat with most budget left comes first: whatever chain it can go on with, one with less left could too.
    for chat in sorted(chats, key=lambda chat: (len(chat.consulted), _sparing(chat.left), chat.line)):
        about = (chat.facts, chat.question)
        chain = _before(chat, [(about, chat.consulted[:count]) for count in range(len(chat.consulted))], open_)
        if chain is None and chat.consulted:
            bad.append(BadRow(chat.line, "the chat that asked this is missing, so the workspace has no beginning"))
            continue
        if chain is None:
            chain = Chain([])
            chains.append(chain)
        chain.chats.append(chat)
        if isinstance(chat.action, Ask):
            open_[(about, chat.consulted)].append(chain)
    ended = [chain for chain in chains if not isinstance(chain.chats[-1].action, Ask)]
    for chain in chains:
        last = chain.chats[-1]
        if isinstance(last.action, Ask):
            bad.append(BadRow(last.line, "the answers to this, and the action after them, are missing"))
    return sorted(ended, key=lambda chain: chain.chats[0].line), bad


def _before(
    chat: Chat,
    places: Sequence[tuple[Seen, tuple[str, ...]]],
    open_: dict[tuple[Seen, tuple[str, ...]], list[Chain]],
) -> Chain | None:
    """Removes from the open chains the one that this chat goes on with, and returns it.

    Among the chains that asked these questions and had the budget for the answers, it is the one that had least left.
    """
    for place in reversed(places):
        chains = open_.get(place, [])
        said = chat.consulted[len(place[1]) :]
        able = [chain for chain in chains if _goes_on(chain.chats[-1], chat, said)]
        if able:
            chosen = max(able, key=lambda chain: _sparing(chain.chats[-1].left))
            del chains[next(number for number, chain in enumerate(chains) if chain is chosen)]
            return chosen
    return None


def _goes_on(before: Chat, after: Chat, said: Sequence[str]) -> bool:
    """Whether a chat may follow another, whose questions were answered by the consultations ``said``."""
    asked = before.action
    if not isinstance(asked, Ask) or len(asked.texts) != len(said) or not all(map(_is_about, asked.texts, said)):
        return False
    if before.left is None or after.left is None:
        return before.left is after.left
    left = before.left.after(Budget(0, len(said), 0, 0, 0))
    if left is None or before.left.depth != after.left.depth:
        return False
    pairs = [(getattr(left, name), getattr(after.left, name)) for name in FIELDS[1:]]
    return all((had == UNLIMITED) == (has == UNLIMITED) and has <= had for had, has in pairs)


def _sparing(left: Budget | None) -> tuple[float, ...]:
    """A key that sorts the largest budget first."""
    return () if left is None else tuple(-getattr(left, name) for name in FIELDS)


# Reading

_LINE = re.compile(r"(fact \d+|question|left|\d+):(?: |$)")


def _action(line: int, seen: str, done: str) -> Chat | BadRow:
    action = read_action(done)
    if action is None:
        return BadRow(line, "the last message is no action: expected lines that begin with ask:, reply: or pass:")
    assert isinstance(action, Ask | Reply | Pass), "whatever is read is one of these"
    parts = read_label(seen, _LINE)
    if parts is None:
        return BadRow(line, "the workspace is not as hch export writes it: each line has a label")
    facts: list[str] = []
    questions: list[str] = []
    consulted: list[str] = []
    left: Budget | None = None
    expected = []
    for match, text in parts:
        label = match[1]
        if label.startswith("fact"):
            facts.append(text)
            expected.append(f"fact {len(facts)}")
        elif label == "question":
            questions.append(text)
            expected.append("question")
        elif label == "left":
            left = _budget(text)
            expected.append("left" if left is not None else "a budget")
        else:
            consulted.append(text)
            expected.append(str(len(consulted)))
    order = [*(f"fact {n + 1}" for n in range(len(facts))), "question", *(str(n + 1) for n in range(len(consulted)))]
    if [match[1] for match, _ in parts] not in (order, [*order, "left"]) or expected[-1] == "a budget":
        return BadRow(line, "the workspace is not as hch export writes it: facts, question, consultations, left")
    return Chat(line, tuple(facts), questions[0], tuple(consulted), left, action)


def _budget(text: str) -> Budget | None:
    """What is left, as a workspace shows it; None where that cannot be read."""
    amounts: dict[str, float] = {}
    for part in filter(None, text.split(", ")):
        number, _, name = part.partition(" ")
        try:
            amounts[name] = float(number)
        except ValueError:
            return None
    if not amounts.keys() <= set(FIELDS) or any(not amount >= 0 for amount in amounts.values()):
        return None
    return Budget(**amounts)


def _is_about(asked: str, line: str) -> bool:
    """Whether a consultation's line is about this question."""
    return line in (f"{asked}: no answer", f"{asked} ->") or line.startswith(f"{asked} -> ")


def _answer(asked: str, line: str) -> Answer:
    if line == f"{asked}: no answer":
        return Answer(outcome=Outcome.PASSED, by=IMPORTED)
    return Answer(line.removeprefix(f"{asked} ->").removeprefix(" "), by=IMPORTED)


# Playing it again


def _play(connection: Connection, project: Project, chain: Chain, taken: set[int], now: float) -> tuple[int, bool]:
    """The number of a chain's workspace, and whether it is new. Those ``taken`` belong to other chains."""
    first = chain.chats[0]
    asked = Question(first.question, Context(first.facts), None, first.left)
    copies = 0
    while True:
        # A workspace that equals another one in everything is the next copy of its question.
        question = msgspec.structs.replace(asked, sample_index=copies) if copies else asked
        posted = post(connection, project, [question], now, budgets=[first.left])
        (id_,) = posted.ids
        if posted.new:
            _play_actions(connection, chain, id_, now)
            return id_, True
        item = load_item(connection, id_)
        if item is not None and id_ not in taken and item.ended and _summary_of_item(item) == _summary_of_chain(chain):
            return id_, False
        copies += 1


def _play_actions(connection: Connection, chain: Chain, id_: int, now: float) -> None:
    person = _person(connection, id_, now)
    rounds = chain.rounds
    for number, chat in enumerate(chain.chats):
        item = load_item(connection, id_)
        assert item is not None, "it was just posted"
        token = content_hash("chat", id_, number)
        at = item.revision, item.draft_revision
        done = submit(connection, person, id_, chat.action, token, now=now, revision=at[0], draft_revision=at[1])
        if isinstance(done, Refusal):
            raise CannotBeDoneError(f"the chat in line {chat.line} cannot be played again: {done.message}")
        if number < len(rounds):
            now = _give_answers(connection, id_, chain.chats[number : number + 2], rounds[number], now)


def _give_answers(
    connection: Connection, id_: int, chats: Sequence[Chat], answers: Sequence[Answer], now: float
) -> float:
    """Gives the answers of a round at the cost that they must have had; returns the time after it, in seconds."""
    item = load_item(connection, id_)
    assert item is not None, "it was just posted"
    before, after = chats[0].left, chats[1].left
    priced = _with_costs(item, before, after, answers)
    if before is not None and after is not None and before.seconds != after.seconds:
        now += before.seconds - after.seconds
    for pending, answer in zip(item.pending, priced, strict=True):
        place = Waiting(id_, len(item.workspace.rounds), pending.place, pending.question)
        if not answer_waiting(connection, place, answer, now):
            raise CannotBeDoneError(f"nobody waits for an answer to “{pending.question.text[:80]}” any more")
    return now


def _with_costs(item: Item, before: Budget | None, after: Budget | None, answers: Sequence[Answer]) -> list[Answer]:
    """The answers, each with a possible cost, so that all together cost what the budget lacks afterwards."""
    if before is None or after is None:
        return list(answers)
    words = sum(len(answer.text.split()) for answer in answers)
    missing = {
        "consultations": _difference(before.consultations, after.consultations, len(answers)),
        "words": words if before.words == UNLIMITED else _difference(before.words, after.words, 0),
        "usd": _difference(before.usd, after.usd, 0),
    }
    priced = []
    for pending, answer in zip(item.pending, answers, strict=True):
        grant = pending.question.budget or before
        spent = {name: min(amount, getattr(grant, name)) for name, amount in missing.items()}
        for name, amount in spent.items():
            missing[name] -= amount
        priced.append(msgspec.structs.replace(answer, spent=Budget(0, seconds=0, **spent)))
    return priced


def _difference(before: float, after: float, own: float) -> float:
    """The amount spent below, of something that may have no limit."""
    return 0.0 if before == after else max(before - after - own, 0.0)


def _person(connection: Connection, id_: int, now: float) -> int:
    """Takes the workspace for a person who may have it: another one where one person could not have done all."""
    number = 1
    while True:
        name = f"{IMPORTED} {number}"
        person = find_person(connection, name) or make_person(connection, name, "answerer", None, now)
        if take_this(connection, person.id, id_, now) is None:
            return person.id
        number += 1


Summary = tuple[list[list[tuple[str, bool, str]]], str, str]


def _summary_of_chain(chain: Chain) -> Summary:
    """Rounds, reply and reason of a chain's workspace, to be compared with those of a stored one."""
    asked = [chat.action for chat in chain.chats if isinstance(chat.action, Ask)]
    rounds = [
        [(text, answer.answered, answer.text) for text, answer in zip(action.texts, answers, strict=True)]
        for action, answers in zip(asked, chain.rounds, strict=True)
    ]
    last: Action = chain.chats[-1].action
    return rounds, last.text if isinstance(last, Reply) else "", last.reason if isinstance(last, Pass) else ""


def _summary_of_item(item: Item) -> Summary:
    rounds = [[(c.question.text, c.answer.answered, c.answer.text) for c in round_] for round_ in item.workspace.rounds]
    return rounds, item.text, item.reason


IN_CHATS = {"other_side": "run"}
"""The rules of a project that is made for chats: nobody here answers, for the answers are in the chats."""


def is_chats(first: bytes) -> bool:
    """Whether a file of JSON lines is one of chats, by its first line."""
    try:
        value: Any = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "messages" in value
