from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hch.cli import main
from hch.cli.export import byte_output, show_facts
from hch.models.language.chat import question_text
from hch.people.store.database import Database, open_store
from hch.people.store.export import current_transcripts
from hch.people.store.projects import Rules
from hch.people.store.withdrawing import withdraw
from hch.text.render import action_text, workspace_text
from hch.types import Ask, Context, Pass, Question, Reply, Workspace
from tests.people.store.teams import BOOK, Team

WHY = "Why?\u2028Really?"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    opened = open_store("")
    yield opened
    opened.close()


@pytest.fixture
def worked(database: Database) -> Team:
    """Two people: one asks the other, who passes on a question of their own. One answer was taken back."""
    team = Team(database, answerers=3)
    team.project([Question(WHY, BOOK), Question("How?", BOOK)])
    team.project(["Who?"], "another")
    team.act(1, Ask(("What is x?",)), about=WHY)
    team.act(2, Pass("no idea"), about="How?")
    team.act(2, Reply("x is 1\nor 2"), about="What is x?")
    team.act(1, Reply("so"), about=WHY)
    given = team.act(3, Reply("me, but not for long"), about="Who?")
    database.write(withdraw, 3, given.workspace, team.tick())
    return team


def export(*words: str) -> int:
    return main(["export", *words])


def lines(path: str) -> list[Any]:
    return [json.loads(line) for line in Path(path).read_bytes().splitlines()]


def make_chats(database: Database, facts: Callable[[Workspace, Rules], list[str]]) -> list[tuple[str, str]]:
    with database.reading() as connection:
        return [
            ("\n".join([*facts(workspace, exported.work.rules), workspace_text(workspace)]), action_text(action))
            for exported in current_transcripts(connection)
            if exported.work
            for workspace, action in exported.steps()
        ]


def chats(rows: list[Any]) -> list[tuple[str, str]]:
    return [(row["messages"][-2]["content"], row["messages"][-1]["content"]) for row in rows]


@pytest.mark.usefixtures("worked")
def test_chats_are_a_line_for_each_action_in_the_renderers_words(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export("--to", "chat", "--out", "chats.jsonl", "--facts", "none") == 0
    assert "4 rows from 3 transcripts in chats.jsonl" in capsys.readouterr().err
    rows = lines("chats.jsonl")
    assert chats(rows) == make_chats(database, lambda *_: [])
    assert [answer for _, answer in chats(rows)] == [
        "ask: What is x?", "reply: so", "pass: no idea", "reply: x is 1\n    or 2",
    ]  # fmt: skip


@pytest.mark.usefixtures("worked")
def test_what_is_printed_is_what_a_file_would_have(capsys: pytest.CaptureFixture[str]) -> None:
    for to in (["chat"], ["chat", "--rows", "answers"], ["jsonl"]):
        assert export("--to", *to) == 0
        shown = capsys.readouterr()
        assert export("--to", *to, "--out", "rows") == 0
        assert Path("rows").read_text("utf-8") == shown.out
        assert "rows from 3 transcripts" in shown.err
        Path("rows").unlink()


@pytest.mark.usefixtures("worked")
def test_answers_are_put_as_to_a_model_and_a_pass_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert export("--to", "chat", "--rows", "answers") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.split("\n")[:-1]]
    assert chats(rows) == [
        (question_text(Question(WHY, BOOK)), "so"),
        (question_text(Question("What is x?", BOOK)), "x is 1\nor 2"),
    ]
    assert "no idea" not in str(rows)


def test_what_h_saw_of_the_facts_depends_on_the_rules_and_on_who_can_ask() -> None:
    context = Context(("Title\nrest", "Other\nmore"))
    asks, reads = (Workspace(Question("q", context), budget=Rules(depth=depth).budget) for depth in (1, 0))
    assert show_facts(asks, Rules(view="nothing")) == []
    assert show_facts(asks, Rules(view="contents")) == ["Title", "Other"]
    assert show_facts(asks, Rules(view="everything")) == list(context.facts)
    assert show_facts(reads, Rules(view="nothing")) == list(context.facts)
    assert show_facts(reads, Rules(view="contents", readers_see_all=False)) == ["Title", "Other"]


def test_chats_begin_with_what_h_saw(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    team = Team(database, answerers=2)
    team.project(["Why?"], view="contents")
    team.act(1, Ask(("What is x?",)))
    team.act(2, Reply("1"))
    assert export("--to", "chat") == 0
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert row["messages"][1]["content"].startswith("fact 1: Lists\n    A list keeps its order.\nfact 2: Tuples\n")
    team.act(1, Reply("so"))
    assert export("--to", "chat") == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first["messages"][1]["content"].startswith("fact 1: Lists\nfact 2: Tuples\nquestion: Why?\n")


@pytest.mark.usefixtures("worked")
def test_one_project_or_everything_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert export("--to", "jsonl", "--project", "another") == 0
    assert capsys.readouterr().out == ""
    assert export("--to", "jsonl", "--all") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(row["answer"] for row in rows) == ["", "me, but not for long", "so", "x is 1\nor 2"]
    assert [row["answer"] for row in rows if row["workspace"] is None] == ["me, but not for long"]


@pytest.mark.usefixtures("database")
def test_where_nobody_has_done_anything_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert export("--to", "jsonl", "--out", "rows.jsonl") == 0
    assert "nothing to export" in capsys.readouterr().err
    assert Path("rows.jsonl").read_bytes() == b""


# What fine-tuning libraries make of it


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Any]:
    """Loads a file as people do who fine-tune, without a network."""
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_DATASETS_DISABLE_PROGRESS_BARS"):
        monkeypatch.setenv(name, "1")

    def load(kind: str, path: str) -> Any:
        from datasets import load_dataset

        return load_dataset(kind, data_files=path, split="train", cache_dir=str(tmp_path / "cache"))

    return load


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize("rows", ["actions", "answers"])
def test_chats_are_loaded_unchanged(loaded: Callable[[str, str], Any], rows: str) -> None:
    assert export("--to", "chat", "--rows", rows, "--out", "chats.jsonl") == 0
    result = loaded("json", "chats.jsonl")
    assert result.column_names == ["messages"]
    assert result.to_list() == lines("chats.jsonl")
    assert {m["role"] for row in result for m in row["messages"]} <= {"system", "user", "assistant"}


@pytest.mark.usefixtures("worked")
def test_transcripts_are_loaded_unchanged_from_json_lines_and_from_parquet(loaded: Callable[[str, str], Any]) -> None:
    for to in ("jsonl", "parquet"):
        assert export("--to", to, "--out", f"rows.{to}") == 0
    assert loaded("parquet", "rows.parquet").to_list() == lines("rows.jsonl")
    result = loaded("json", "rows.jsonl")
    assert [row["question"] for row in result] == [WHY, "How?", "What is x?"]
    assert result[0]["rounds"][0][0]["answer"] == "x is 1\nor 2"


@pytest.mark.usefixtures("worked")
def test_a_library_that_trains_on_chats_knows_them_as_chats(loaded: Callable[[str, str], Any]) -> None:
    from trl.data_utils import is_conversational

    assert export("--to", "chat", "--out", "chats.jsonl") == 0
    assert all(is_conversational(row) for row in loaded("json", "chats.jsonl"))


# What is wrong


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        ([], 2, "--to"),
        (["--to", "csv"], 2, "choose from"),
        (["--to", "jsonl", "--projct", "demo"], 2, "did you mean --project?"),
        (["--to", "jsonl", "--project", "dem"], 2, "there is no project “dem”; did you mean demo?"),
        (["--to", "jsonl", "--project", "demo", "--all"], 2, "--all is about the whole store"),
        (["--to", "jsonl", "--rows", "answers"], 2, "--rows is about chats"),
        (["--to", "jsonl", "--store", "none.db"], 1, "there is no store at none.db"),
        (["--to", "jsonl", "--store", "mysql://x/y"], 1, "not in mysql"),
        (["--to", "jsonl", "--store", "text"], 1, "is no store of hch"),
        (["--to", "jsonl", "--out", "text"], 1, "text is there already, and nothing is overwritten"),
        (["--to", "jsonl", "--out", "none/rows"], 1, "none/rows cannot be written"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_left(
    words: list[str], code: int, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("text").write_text("some other text, which is long enough to be no header of any database " * 20)
    before = sorted(Path.cwd().iterdir())
    try:
        result: object = export(*words)
    except SystemExit as end:
        result = end.code
    shown = capsys.readouterr()
    assert result == code
    assert expected in shown.err
    assert "Traceback" not in shown.err
    assert sorted(Path.cwd().iterdir()) == before


def test_whoever_has_seen_enough_may_close_the_pipe(database: Database) -> None:
    team = Team(database, answerers=1)
    context = Context(("x" * 100_000,))
    team.project([Question(f"Why {number}?", context) for number in range(5)])
    for _ in range(5):
        team.act(1, Reply("so"))
    code = "import sys; from hch.cli import main; sys.exit(main(['export', '--to', 'jsonl']))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read().decode()
    assert "Traceback" not in said
    assert "Exception" not in said


def test_parquet_on_a_terminal_is_asked_to_go_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    from hch.cli import export as module
    from hch.cli.usage import UsageError

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with pytest.raises(UsageError, match="--out FILE"):
        module.main(["--to", "parquet"])


def test_bytes_are_printed_where_only_texts_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = io.StringIO()
    monkeypatch.setattr(sys, "stdout", taken)
    assert byte_output().write("σ\n".encode()) == 3
    assert taken.getvalue() == "σ\n"


def test_what_the_export_needs_is_named_with_its_extra() -> None:
    code = "import sys; sys.modules['sqlalchemy'] = None; from hch.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "export", "--to", "parquet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'hch[people]'" in done.stderr
    assert "Traceback" not in done.stderr
