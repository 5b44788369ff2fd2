from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hch.amplify.workspace import add_round, grant_questions
from hch.cli import main
from hch.people.store.chats import import_chats, read_chat
from hch.people.store.database import Database, open_store
from hch.people.store.export import Exported, Work, current_transcripts
from hch.people.store.importing import Imported
from hch.people.store.projects import Project, Rules, make_project
from hch.people.store.rows import INSTRUCTIONS, action_chats, answer_chats
from hch.people.store.verify import Problem, verify
from hch.text.question_files import BadRow
from hch.types import Answer, Ask, Budget, Consultation, Context, Outcome, Pass, Question, Reply, Transcript, Workspace
from tests.people.store.teams import BOOK, Team

Row = dict[str, Any]


def everything(workspace: Workspace, _: Rules) -> tuple[str, ...]:
    return workspace.question.context.facts


def as_chats(exported: Iterable[Exported]) -> list[Row]:
    return [row for one in exported for row in action_chats(one, everything)]


def counted(rows: Iterable[Row]) -> Counter[str]:
    return Counter(json.dumps(row) for row in rows)


def lines(rows: Iterable[Row]) -> list[bytes]:
    return [json.dumps(row).encode() for row in rows]


@dataclass
class Into:
    """A project for chats."""

    store: Database
    project: Project

    def imported(self, rows: Iterable[Row]) -> Imported:
        return import_chats(self.store, self.project, lines(rows))

    def kept(self) -> list[Row]:
        """What is exported of it."""
        with self.store.reading() as connection:
            return as_chats(list(current_transcripts(connection, self.project.id)))

    def problems(self) -> list[Problem]:
        with self.store.reading() as connection:
            return list(verify(connection))


def project_in(store: Database) -> Into:
    return Into(store, store.write(make_project, f"chats {uuid.uuid4()}", Rules(other_side="run"), 0.0))


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    store = open_store(str(tmp_path_factory.mktemp("stores") / "store.db"))
    yield store
    store.close()


@pytest.fixture
def into(lasting: Database) -> Into:
    return project_in(lasting)


def read(row: object) -> BadRow:
    result = read_chat(7, json.dumps(row).encode())
    assert isinstance(result, BadRow)
    return result


# Whatever was exported comes back

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
HARD = st.sampled_from(
    ["a -> b", "a", "a ->", "x: no answer", "ask: so", "two\nlines", "1: a", "left: 0 depth", "b\u2028c"]
)
SOME = st.one_of(HARD, TEXT)
BUDGETS = st.builds(
    lambda depth, consultations, words: Budget(
        depth,
        **({} if consultations is None else {"consultations": consultations}),
        **({} if words is None else {"words": words}),
    ),
    st.integers(0, 2),
    st.none() | st.integers(3, 20),
    st.none() | st.integers(300, 999),
)


@st.composite
def transcripts(draw: st.DrawFn) -> Exported:
    """What somebody did in a workspace, within its budget."""
    budget = draw(st.none() | BUDGETS)
    question = Question(draw(SOME), Context(tuple(draw(st.lists(SOME, max_size=2)))))
    workspace = Workspace(question, (), budget)
    rounds = []
    for asked in draw(st.lists(st.lists(st.tuples(SOME, st.none() | SOME), min_size=1, max_size=2), max_size=3)):
        draws = draw(st.just(()) | st.tuples(*[st.none() | st.integers(0, 3)] * len(asked)))
        granted_ = grant_questions(workspace, Ask(tuple(text for text, _ in asked), draws))
        if isinstance(granted_, Answer):
            break
        answers = [
            Answer(outcome=Outcome.PASSED, by="m")
            if said is None
            else Answer(said, by="m", spent=Budget(0, draw(st.integers(0, 1)), len(said.split()), 0, 0))
            for _, said in asked
        ]
        workspace = add_round(workspace, granted_, answers, 0.0)
        bare = [Question(one.text, one.context, one.sample_index) for one in granted_]
        given_ = [c.answer for c in workspace.rounds[-1]]
        rounds.append(tuple(Consultation(q, a) for q, a in zip(bare, given_, strict=True)))
    ends = draw(st.sampled_from([Outcome.ANSWERED, Outcome.PASSED]))
    text, reason = (draw(SOME), "") if ends is Outcome.ANSWERED else ("", draw(st.just("") | SOME))
    transcript = Transcript(question, tuple(rounds), ends, text, reason, "person 1")
    work = Work("p", 1, True, Rules(), budget, 1, 0.0, 0.0, 0.0, 0.0, 0, None, None)
    return Exported("x", transcript, (), 0.0, work)


@settings(max_examples=40)
@given(st.lists(transcripts(), min_size=1, max_size=4), st.booleans(), st.randoms())
def test_chats_that_were_exported_come_back_and_are_exported_the_same(
    lasting: Database, made: list[Exported], twice: bool, randomness: random.Random
) -> None:
    rows = as_chats(made * (2 if twice else 1))
    shuffled = list(rows)
    randomness.shuffle(shuffled)
    into = project_in(lasting)
    imported = into.imported(shuffled)
    assert imported.bad == []
    assert counted(into.kept()) == counted(rows)
    again = into.imported(rows)
    assert (again.new, again.known, again.bad) == (0, imported.new, [])
    assert counted(into.kept()) == counted(rows)


def test_who_had_less_left_goes_on_with_less(into: Into) -> None:
    """Two of the same question who asked the same, and had begun with different budgets."""

    def row(left: int, answered: bool, depth: int = 1) -> Row:
        seen = ["question: a", *(["1: b -> c"] if answered else []), f"left: {depth} depth, {left} consultations"]
        return chat("\n".join(seen), "reply: d" if answered else "ask: b")

    rows = [row(20, False), row(19, False), row(18, True), row(19, True), row(9, False, 2), row(7, True, 2)]
    assert into.imported(rows) == Imported(3, 0, [])
    assert counted(into.kept()) == counted(rows)
    assert into.problems() == []


def test_what_people_did_comes_back_from_their_store_into_another(into: Into, tmp_path: Path) -> None:
    source = open_store(str(tmp_path / "source.db"))
    team = Team(source, answerers=3)
    team.project([Question("Why?", BOOK), Question("How?", BOOK)], depth=2)
    team.act(1, Ask(("What is x?", "What is y?")), about="Why?")
    team.act(2, Ask(("What is z?",)), about="What is x?")
    team.act(3, Reply("z is 3"), about="What is z?")
    team.act(2, Reply("x is 1\nor 2"), about="What is x?")
    team.act(3, Pass("no idea"), about="What is y?")
    team.act(1, Reply("so"), about="Why?")
    team.act(2, Pass(""), about="How?")
    with source.reading() as connection:
        rows = as_chats(list(current_transcripts(connection)))
    assert len(rows) == 7
    assert into.imported(rows) == Imported(5, 0, [])
    assert counted(into.kept()) == counted(rows)
    assert into.problems() == []
    source.close()


def test_chats_of_questions_and_answers_come_back_too(into: Into) -> None:
    question = Question("Why?", BOOK)
    made = Exported("x", Transcript(question, (), Outcome.ANSWERED, "so"), (), 0.0, None)
    rows = list(answer_chats(made, lambda asked: f"about {asked.text}"))
    assert into.imported(rows) == Imported(1, 0, [])
    with into.store.reading() as connection:
        result = list(current_transcripts(connection, into.project.id))
    again = [row for one in result for row in answer_chats(one, lambda asked: asked.text)]
    assert again == rows


# What is wrong


def chat(seen: str, done: str, system: str = INSTRUCTIONS) -> Row:
    roles = (("system", system), ("user", seen), ("assistant", done))
    return {"messages": [{"role": role, "content": content} for role, content in roles]}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"text": "x"}, "expected a chat"),
        ([], "expected a chat"),
        ({"messages": [{"role": "user"}]}, "expected a chat"),
        ({"messages": [{"role": "user", "content": 3}, {"role": "assistant", "content": "x"}]}, "is a text"),
        ({"messages": [{"role": "user", "content": "x"}]}, "expected the messages of one action"),
        (chat("question: a", "reply: b", "Be nice."), "the system message is another than that of hch export"),
        (chat("question: a", "b"), "no action: expected lines that begin with ask:, reply: or pass:"),
        (chat("why?", "reply: b"), "each line has a label"),
        (chat("question: a\n2: b -> c", "reply: b"), "facts, question, consultations, left"),
        (chat("question: a\nquestion: b", "reply: b"), "facts, question, consultations, left"),
        (chat("question: a\nleft: a lot", "reply: b"), "facts, question, consultations, left"),
        (chat("question: a\nleft: -1 depth", "reply: b"), "facts, question, consultations, left"),
        (chat("fact 1: a", "reply: b"), "facts, question, consultations, left"),
    ],
)
def test_a_line_that_is_no_such_chat_says_what_was_expected(row: object, expected: str) -> None:
    assert expected in read(row).what


def test_a_workspace_without_its_beginning_or_its_end_is_named_by_line_and_the_others_go_in(into: Into) -> None:
    rows = [
        chat("question: a\n1: b -> c", "reply: d"),
        chat("question: e", "ask: f"),
        chat("question: g", "reply: h"),
    ]
    imported = into.imported(rows)
    assert imported.new == 1
    assert [(bad.line, bad.what) for bad in imported.bad] == [
        (1, "the chat that asked this is missing, so the workspace has no beginning"),
        (2, "the answers to this, and the action after them, are missing"),
    ]
    assert into.kept() == rows[2:]


def test_what_the_budget_does_not_allow_is_named_and_leaves_nothing_behind(into: Into) -> None:
    rows = [chat("question: a\nleft: 0 depth", "ask: b"), chat("question: a\n1: b -> c\nleft: 0 depth", "reply: d")]
    imported = into.imported(rows)
    assert (imported.new, [bad.line for bad in imported.bad]) == (0, [1])
    assert "cannot be played again: This cannot be asked: no depth" in imported.bad[0].what
    assert into.kept() == []
    assert into.problems() == []


# On the command line


def test_a_file_of_chats_is_known_by_its_first_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [chat("question: a", "ask: b"), chat("question: a\n1: b -> c", "reply: d")]
    Path("chats.jsonl").write_bytes(b"\n".join(lines(rows)))
    words = ["store", "import", "chats.jsonl", "--store", "new.db", "--project", "chats"]
    assert main([*words, "--make"]) == 0
    assert capsys.readouterr().out == "1 new workspace in “chats”; 0 were there already\n"
    assert main(words) == 0
    assert capsys.readouterr().out == "0 new workspaces in “chats”; 1 was there already\n"
    assert main(["export", "--store", "new.db", "--to", "chat", "--out", "again.jsonl"]) == 0
    assert [json.loads(line) for line in Path("again.jsonl").read_text("utf-8").splitlines()] == rows


def test_chats_do_not_go_where_people_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("chats.jsonl").write_bytes(lines([chat("question: a", "reply: d")])[0])
    words = ["store", "import", "chats.jsonl", "--store", "new.db", "--project", "chats", "--make"]
    assert main([*words, "--other-side", "people"]) == 2
    assert "a project of their own, which --make makes" in capsys.readouterr().err
