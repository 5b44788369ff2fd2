"""The rows that the store keeps by their content: contexts, questions, transcripts, texts shown. Each is stored once.

An id is a hash of the content, so nobody can change one and leave the other; verify.py derives them all anew. The id
of a transcript covers the ids of the transcripts below it, and so its whole tree.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, select

from hch.people.store.queries import add_missing, join_by_index, portions, rows_by_id
from hch.people.store.tables import contexts, questions, shown, transcripts, uses
from hch.types import Answer, Budget, Consultation, Context, Outcome, Question, Round, Transcript

MOST_LETTERS = 20_000_000
"""Of the contexts that are kept in memory."""


def content_hash(*parts: object) -> str:
    """32 hexadecimal digits that depend on the parts alone, the same on every machine."""
    encoded = json.dumps(parts, allow_nan=False, sort_keys=True, separators=(",", ":")).encode("ascii")
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()


def subject(question: Question) -> str:
    """The hash of a question's text and context: the same whatever sample index or budget it has."""
    return content_hash("subject", question.text, question.context.id)


def question_id(question: Question) -> str:
    """The id of a question; its budget is no part of it."""
    return content_hash("question", question.text, question.context.id, question.sample_index)


def transcript_id(record: Mapping[str, Any]) -> str:
    """The id of a transcript from its record (see ``transcript_record``)."""
    return content_hash("transcript", record)


def transcript_record(
    question: str, *, by: str, rounds: Sequence[Sequence[Mapping[str, Any]]], outcome: str, text: str, reason: str
) -> dict[str, Any]:
    """A transcript as plain values: its question's id, and consultations that name the transcripts below by id."""
    return {"question": question, "by": by, "rounds": rounds, "outcome": outcome, "text": text, "reason": reason}


def answer_record(answer: Answer) -> dict[str, Any]:
    """An answer as plain values; what is as usual is left out."""
    record = {
        "text": answer.text,
        "outcome": str(answer.outcome),
        "by": answer.by,
        "reason": answer.reason,
        "confidence": answer.confidence,
        "seed": answer.seed,
        "spent": budget_record(answer.spent),
    }
    usual = {"by": "", "reason": "", "confidence": 1.0, "seed": None, "spent": None}
    return {key: value for key, value in record.items() if key not in usual or value != usual[key]}


def answer_from(record: Mapping[str, Any], transcript: Transcript | None = None) -> Answer:
    """The answer that a record tells of."""
    return Answer(
        record["text"],
        Outcome(record["outcome"]),
        record.get("by", ""),
        record.get("reason", ""),
        record.get("confidence", 1.0),
        budget_from(record.get("spent")),
        record.get("seed"),
        transcript,
    )


def consultation_record(question: str, answer: Mapping[str, Any], transcript: str | None) -> dict[str, Any]:
    """A consultation as plain values: the question's id, the answer, and the id of the transcript behind it."""
    return {"question": question, "answer": answer, **({"transcript": transcript} if transcript else {})}


def budget_record(budget: Budget | None) -> dict[str, float] | None:
    """A budget as plain values; amounts without a limit are left out.

    Equal budgets have equal records: 2 and 2.0 are the same amount, and would be two texts.
    """
    if budget is None:
        return None
    amounts: dict[str, float] = msgspec.to_builtins(budget)
    return {name: int(amount) if amount == int(amount) else amount for name, amount in amounts.items()}


def budget_from(record: Mapping[str, float] | None) -> Budget | None:
    """The budget that a record tells of."""
    return None if record is None else Budget(**record)


def put_questions(connection: Connection, asked: Sequence[Question]) -> list[str]:
    """Stores questions and their contexts, those that are not there yet; returns their ids."""
    ids = [question_id(question) for question in asked]
    by_id = dict(zip(ids, asked, strict=True))
    new = {id_: by_id[id_] for id_ in sorted(_missing(connection, questions, ids))}
    facts = {question.context.id: question.context.facts for question in new.values()}
    lacking = sorted(_missing(connection, contexts, facts))
    add_missing(connection, contexts, [{"id": id_, "facts": list(facts[id_])} for id_ in lacking])
    rows = [
        {
            "id": id_,
            "text": question.text,
            "context_id": question.context.id,
            "draw": None if question.sample_index is None else str(question.sample_index),
            "subject": subject(question),
        }
        for id_, question in new.items()
    ]
    add_missing(connection, questions, rows)
    return ids


def get_questions(connection: Connection, ids: Iterable[str]) -> dict[str, Question]:
    """The questions with these ids, without budgets. KeyError where one is missing."""
    rows = _all_by_id(connection, questions, ids)
    known = _get_contexts(connection, {row.context_id for row in rows.values()})
    return {
        id_: Question(row.text, known[row.context_id], None if row.draw is None else int(row.draw))
        for id_, row in rows.items()
    }


def put_record(connection: Connection, record: dict[str, Any], now: float | None = None) -> str:
    """Stores one transcript by its record, where it is not there yet; those below must be there. Returns its id."""
    id_ = transcript_id(record)
    _put_records(connection, {id_: record}, now)
    return id_


def put_transcript(connection: Connection, root: Transcript, now: float | None = None) -> str:
    """Stores a tree of transcripts, each distinct one once, and returns the root's id. Any depth works."""
    known: dict[int, str] = {}
    order = _children_first(root)
    for some in portions(order):
        asked = [
            question
            for transcript in some
            for question in (transcript.question, *(c.question for c in transcript.consultations))
        ]
        ids = iter(put_questions(connection, asked))
        records: dict[str, dict[str, Any]] = {}
        for transcript in some:
            record = _record(transcript, ids, known)
            known[id(transcript)] = id_ = transcript_id(record)
            records[id_] = record
        _put_records(connection, records, now)
    return known[id(root)]


def get_transcripts(connection: Connection, ids: Iterable[str]) -> dict[str, Transcript]:
    """The transcripts with these ids, each with its whole tree. KeyError where one is missing. Any depth works."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    rows = _all_by_id(connection, transcripts, {*wanted, *transcripts_below(connection, wanted)})
    named = {row.question_id for row in rows.values()}
    named |= {c["question"] for row in rows.values() for round_ in row.rounds for c in round_}
    asked = get_questions(connection, named)
    built: dict[str, Transcript] = {}
    waiting = list(wanted)
    while waiting:
        row = rows[waiting[-1]]
        missing = [id_ for id_ in _names_below(row.rounds) if id_ not in built]
        if missing and row.id not in built:
            waiting.extend(missing)
            continue
        waiting.pop()
        if row.id not in built:
            built[row.id] = _transcript(row, asked, built)
    return {id_: built[id_] for id_ in wanted}


def put_shown(connection: Connection, text: str) -> str:
    """Stores the exact text that somebody was shown, once; returns its id."""
    id_ = content_hash("shown", text)
    if _missing(connection, shown, [id_]):
        add_missing(connection, shown, [{"id": id_, "text": text}])
    return id_


class KnownContexts:
    """Contexts that were used last, by their ids: they never change, and a long one takes long to read again.

    Ids are hashes of the content, so one serves all stores of a process, and all its threads.
    """

    def __init__(self, most_letters: int = MOST_LETTERS) -> None:
        self.most_letters = most_letters
        self._letters = 0
        self._known: OrderedDict[str, Context] = OrderedDict()
        self._lock = threading.Lock()

    def among(self, ids: Iterable[str]) -> dict[str, Context]:
        """The known ones of these ids, with their contexts."""
        with self._lock:
            known = {id_: self._known[id_] for id_ in ids if id_ in self._known}
            for id_ in known:
                self._known.move_to_end(id_)
            return known

    def add(self, new: Mapping[str, Context]) -> None:
        """Keeps contexts, and forgets those that have not been used for longest."""
        with self._lock:
            for id_, context in new.items():
                if id_ not in self._known:
                    self._known[id_] = context
                    self._letters += _letters(context)
            while self._letters > self.most_letters:
                _, oldest = self._known.popitem(last=False)
                self._letters -= _letters(oldest)


KNOWN_CONTEXTS = KnownContexts()
"""Of this process."""


def _letters(context: Context) -> int:
    # Each fact takes some room beside its letters, and so does the context.
    return 100 + sum(100 + len(fact) for fact in context.facts)


def transcripts_below(connection: Connection, ids: Sequence[str], most: int | None = None) -> list[str]:
    """The ids of these transcripts, as far as they are there, and of those below them, in the order of the recursion.

    One recursive query names them: a chain of 100,000 costs no more than any tree. With ``most`` it ends after so many.
    """
    below_all: dict[str, None] = {}
    for some in portions(ids):
        below = select(transcripts.c.id).where(transcripts.c.id.in_(some)).cte("below", recursive=True)
        joined, used = join_by_index(connection, below, uses, uses.c.transcript_id == below.c.id)
        below = below.union(select(used.c.used_id).select_from(joined))
        below_all.update(dict.fromkeys(connection.execute(select(below.c.id).limit(most)).scalars().all()))
    return list(below_all)


def _get_contexts(connection: Connection, ids: Collection[str]) -> dict[str, Context]:
    known = KNOWN_CONTEXTS.among(ids)
    rows = _all_by_id(connection, contexts, [id_ for id_ in ids if id_ not in known])
    read = {id_: Context(tuple(row.facts)) for id_, row in rows.items()}
    KNOWN_CONTEXTS.add(read)
    return known | read


def _record(transcript: Transcript, ids: Iterator[str], known: Mapping[int, str]) -> dict[str, Any]:
    """A transcript's record, from the ids of its own question and of those asked, and of the transcripts below."""
    own = next(ids)
    rounds = [
        [
            consultation_record(
                next(ids),
                answer_record(c.answer),
                None if c.answer.transcript is None else known[id(c.answer.transcript)],
            )
            for c in round_
        ]
        for round_ in transcript.rounds
    ]
    return transcript_record(
        own,
        by=transcript.by,
        rounds=rounds,
        outcome=str(transcript.outcome),
        text=transcript.text,
        reason=transcript.reason,
    )


def _put_records(connection: Connection, records: Mapping[str, dict[str, Any]], now: float | None) -> None:
    """Stores the transcripts that are not there yet; those below them come first."""
    stored_at = time.time() if now is None else now
    new = sorted(_missing(connection, transcripts, records))
    rows = [
        {"id": id_, "question_id": record["question"], "stored_at": stored_at}
        | {key: value for key, value in record.items() if key != "question"}
        for id_, record in ((id_, records[id_]) for id_ in new)
    ]
    add_missing(connection, transcripts, rows)
    below = [
        {"transcript_id": id_, "used_id": used} for id_ in new for used in sorted(_names_below(records[id_]["rounds"]))
    ]
    add_missing(connection, uses, below)


def _names_below(rounds: Sequence[Sequence[Mapping[str, Any]]]) -> set[str]:
    """The ids of the transcripts that some rounds name."""
    return {c["transcript"] for round_ in rounds for c in round_ if "transcript" in c}


def _transcript(row: Row[Any], asked: Mapping[str, Question], built: Mapping[str, Transcript]) -> Transcript:
    rounds: list[Round] = [
        tuple(
            Consultation(asked[c["question"]], answer_from(c["answer"], built.get(c.get("transcript", ""))))
            for c in round_
        )
        for round_ in row.rounds
    ]
    question = asked[row.question_id]
    return Transcript(question, tuple(rounds), Outcome(row.outcome), row.text, row.reason, row.by)


def _children_first(root: Transcript) -> list[Transcript]:
    """Each distinct transcript of a tree once, after all those below it; without recursion."""
    order: list[Transcript] = []
    done: set[int] = set()
    waiting: list[tuple[Transcript, bool]] = [(root, False)]
    while waiting:
        current, below_done = waiting.pop()
        if id(current) in done:
            continue
        if below_done:
            done.add(id(current))
            order.append(current)
            continue
        waiting.append((current, True))
        waiting.extend((c.answer.transcript, False) for c in current.consultations if c.answer.transcript is not None)
    return order


def _missing(connection: Connection, table: Table, ids: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(ids))
    there = rows_by_id(connection, table, wanted, (table.c.id,))
    return [id_ for id_ in wanted if id_ not in there]


def _all_by_id(connection: Connection, table: Table, ids: Iterable[str]) -> dict[str, Row[Any]]:
    wanted = list(dict.fromkeys(ids))
    rows = rows_by_id(connection, table, wanted)
    if len(rows) < len(wanted):
        missing = next(id_ for id_ in wanted if id_ not in rows)
        raise KeyError(f"{table.name} has no {missing}")
    return rows
