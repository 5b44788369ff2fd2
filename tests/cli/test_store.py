from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from hch.cli import main
from hch.cli.counting import A_MOMENT, Counting, many
from hch.cli.questions import RULES, spelled
from hch.cli.store import COMMANDS, size
from hch.people.store import database as database_module
from hch.people.store.database import Database, open_store
from hch.people.store.info import store_info
from hch.people.store.projects import Rules, find_project
from hch.types import Reply
from tests.people.store.teams import Team


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def database() -> Iterator[Database]:
    opened = open_store("")
    yield opened
    opened.close()


def rules_of(project: str) -> Rules:
    opened = open_store("")
    found = opened.read(find_project, project)
    opened.close()
    assert found is not None
    return found.rules


def store(*words: str) -> int:
    return main(["store", *words])


# All of them


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        store(command, "--help")
    assert ended.value.code == 0
    assert f"hch store {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        ([], 2, "one of info, verify, compact, import"),
        (["inf"], 2, "did you mean info?"),
        (["info", "--stroe", "x"], 2, "did you mean --store?"),
        (["info", "stray"], 2, "stray"),
        (["info", "--store", "none.db"], 1, "there is no store at none.db"),
        (["verify", "--store", "none.db"], 1, "there is no store at none.db"),
        (["compact", "--store", "none.db"], 1, "there is no store at none.db"),
        (["info", "--store", "mongodb://x"], 1, "not in mongodb"),
        (["info", "--store", "text.db"], 1, "is no store of hch"),
        (["info", "--store", "postgresql://nobody:secret@127.0.0.1:1/none"], 1, "cannot be opened"),
    ],
)
def test_what_is_wrong_is_said_and_no_store_is_made(
    words: list[str], code: int, expected: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "text.db").write_text("no database, but longer than the header of one " * 100)
    assert store(*words) == code
    said = capsys.readouterr().err
    assert expected in said
    assert "secret" not in said
    assert "Traceback" not in said
    assert [path.name for path in folder.iterdir()] == ["text.db"]


# info


@pytest.mark.usefixtures("database")
def test_an_empty_store_is_said_to_be_empty(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert store("info") == 0
    shown = capsys.readouterr().out
    assert "holds a store, but it is empty: is it the one you meant?" in shown
    assert str(folder / "hch/store.db") in shown


def test_a_store_says_what_is_in_it(database: Database, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    team = Team(database, answerers=1, judges=2)
    team.project(["Why?", "How?"], "[bold]named[/bold]\x1b")
    team.act(1, Reply("so"))
    assert store("info") == 0
    shown = " ".join(capsys.readouterr().out.split())
    for part in (
        f"sqlite:///{folder}/hch/store.db",
        "SQLite", "schema 0", "kB", "1 answerer, 2 judges", "1 answered, 1 open", "1 transcripts",
        "from 1970-01-01 00:16 UTC", "[bold]named[/bold]<U+001B> 1 of 2 0 of 0 0 of 0",
    ):  # fmt: skip
        assert part in shown
    assert "empty" not in shown


# verify


def test_a_store_that_is_right_is_said_to_be(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    team = Team(database)
    team.project(["Why?"])
    team.act(1, Reply("so"))
    assert store("verify") == 0
    assert "all is as it must be" in capsys.readouterr().out


def test_what_is_not_right_is_listed(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    team = Team(database)
    team.project(["Why?", "How?"])
    team.act(1, Reply("so"))
    database.write(lambda connection: connection.exec_driver_sql("UPDATE questions SET text = 'Why\x1b[31m not?'"))
    assert store("verify") == 1
    shown = capsys.readouterr()
    assert shown.out.count("its text, context and draw have another hash\n") == 2
    assert "of what is stored is not as it must be" in shown.err


# compact


def test_compacting_says_how_large_the_store_was_and_is(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    Team(database).project(["Why?"])
    assert store("compact") == 0
    assert " before, " in capsys.readouterr().out
    assert store_info(database).projects[0].questions == 1


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (2_345_678, "2.3 MB"), (10**10, "10.0 GB")],
)
def test_sizes_are_said_in_units_that_people_read(number: int, said: str) -> None:
    assert size(number) == said


# import


GOOD = '{"question": "Why?", "context": ["a", "b"], "gold": "so"}\n{"question": "How?"}\n'


def file(name: str, content: str) -> str:
    Path(name).write_text(content, "utf-8")
    return name


def test_questions_go_in_once_and_the_project_is_made_if_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    file("q.jsonl", GOOD)
    assert store("import", "q.jsonl", "--project", "demo", "--make", "--copies", "2", "--view", "contents") == 0
    assert "2 new questions in “demo”; 0 were there already" in capsys.readouterr().out
    assert store("import", "q.jsonl", "--project", "demo") == 0
    assert "0 new questions in “demo”; 2 were there already" in capsys.readouterr().out
    assert (rules_of("demo").copies, rules_of("demo").view) == (2, "contents")


def test_bad_rows_are_listed_by_line_and_the_good_ones_are_in(capsys: pytest.CaptureFixture[str]) -> None:
    file("q.csv", 'question,gold\nWhy?,so\n,x\n"How\nso?",\nWho?,me,too\n')
    assert store("import", "q.csv", "--project", "demo", "--make") == 1
    shown = capsys.readouterr()
    assert "2 new questions in “demo”; 0 were there already, and 2 rows could not be read" in shown.out
    default, *said = shown.err.splitlines()
    assert re.fullmatch(r"hch: the store is sqlite:///.*/hch/store\.db", default)
    assert said == [
        "q.csv, line 3: there is no question, or an empty one",
        "q.csv, line 6: expected 2 columns (question, gold), got 3",
    ]


def test_of_very_many_bad_rows_the_first_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    file("q.jsonl", "nonsense\n" * 250)
    assert store("import", "q.jsonl", "--project", "demo", "--make") == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 + 101
    assert said[-1] == "q.jsonl: … and 150 more"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["q.jsonl"], "--project"),
        (["q.jsonl", "--project", "dmo"], "there is no project “dmo”; did you mean demo? --make makes it"),
        (["q.jsonl", "--project", "demo", "--copies", "2"], "with its own rules: leave out --copies"),
        (["q.jsonl", "--project", "demo", "--make", "--lease", "3"], "with its own rules: leave out --lease"),
        (["q.jsonl", "--project", "x", "--make", "--copies", "0"], "from 1 up"),
        (["q.jsonl", "--project", "x", "--make", "--depth", "-1"], "whole number from 0 up"),
        (["q.jsonl", "--project", "x", "--make", "--lease", "soon"], "number of minutes"),
        (["q.jsonl", "--project", "x", "--make", "--view", "all"], "choose from"),
        (["q.jsonl", "--project", "x", "--make", "--copie", "2"], "did you mean --copies?"),
        (["q.txt", "--project", "demo"], "should end in .jsonl or .csv"),
        (["none.csv", "--project", "demo"], "none.csv cannot be read: No such file"),
        (["folder.csv", "--project", "demo"], "folder.csv cannot be read: Is a directory"),
        (["bad.csv", "--project", "x", "--make"], "bad.csv: there is no column “qestion”; did you mean question?"),
    ],
)
def test_what_is_wrong_with_an_import_is_said_and_nothing_is_made(
    words: list[str], expected: str, database: Database, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Team(database, answerers=0).project([])
    (folder / "folder.csv").mkdir()
    file("q.jsonl", GOOD)
    file("bad.csv", "qestion\nWhy?\n")
    before = store_info(database)
    assert store("import", *words) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert "Traceback" not in said
    assert store_info(database) == before


def test_a_store_is_made_only_with_the_project(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file("q.jsonl", GOOD)
    assert store("import", "q.jsonl", "--project", "demo") == 1
    assert f"there is no store at {folder}/hch/store.db; hch serve makes one" in capsys.readouterr().err
    assert not (folder / "hch/store.db").exists()


def default_of(rule: str) -> str:
    """What a rule is where nobody chooses, as people would say it."""
    match getattr(Rules(), rule):
        case None:
            return "none"
        case bool(switch):
            return "yes" if switch else "no"
        case float(seconds):
            return f"{seconds / 60:g}"
        case other:
            return str(other)


def test_every_rule_of_a_project_is_an_option_with_the_default_that_its_help_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert list(RULES) == [field.name for field in msgspec.structs.fields(Rules)]
    file("q.jsonl", GOOD)
    assert store("import", "q.jsonl", "--project", "demo", "--make") == 0
    assert rules_of("demo") == Rules()
    for name, options in RULES.items():
        if default := default_of(name):
            assert f"(default: {default})" in options["help"], spelled(name)


def test_every_rule_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = Rules(
        title="T", about="A", other_side="model", view="nothing", readers_see_all=False, depth=3, consultations=None,
        words=100, copies=2, judging="choose", judges=3, suggest=True, lease_seconds=90.0, withdraw_seconds=0.0,
    )  # fmt: skip
    words = (
        "--title T --about A --other-side model --view nothing --no-readers-see-all --depth 3 --consultations none "
        "--words 100 --copies 2 --judging choose --judges 3 --suggest --lease 1.5 --withdraw 0"
    )
    file("q.jsonl", GOOD)
    assert store("import", "q.jsonl", "--project", "demo", "--make", *words.split()) == 0
    assert rules_of("demo") == chosen


# Counting


def test_how_far_it_is_is_shown_on_a_terminal_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 0.1, A_MOMENT + 0.1])
    monkeypatch.setattr("hch.cli.counting.monotonic", lambda: next(moments))
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100, _environ={"TERM": "xterm"})
    with Counting("row", 10, console=console) as counting:
        counting.at(1)
        assert file.getvalue() == ""
        counting.at(5)
    assert "5/10" in file.getvalue()


def test_nothing_is_shown_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hch.cli.counting.A_MOMENT", -1.0)
    for terminal, quiet in ((False, False), (True, True)):
        file = io.StringIO()
        with Counting("row", 10, quiet=quiet, console=Console(file=file, force_terminal=terminal)) as counting:
            assert list(counting.out(counting.through("abc"))) == ["a", "b", "c"]
        assert file.getvalue() == ""
        assert counting.said() == "3 rows from 3 rows"


def test_one_is_no_plural() -> None:
    assert (many(1, "row"), many(0, "row"), many(1200, "row")) == ("1 row", "0 rows", "1,200 rows")


def test_a_database_that_fails_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file("q.jsonl", "".join(f'{{"question": "{"x" * 50_000} {number}"}}\n' for number in range(20)))
    set_up = database_module._set_up_sqlite

    def small(connection: Any, record: object) -> None:
        set_up(connection, record)
        connection.execute("PRAGMA max_page_count = 100")

    monkeypatch.setattr(database_module, "_set_up_sqlite", small)
    assert store("import", "q.jsonl", "--project", "demo", "--make") == 1
    said = capsys.readouterr().err
    assert "the database failed: database or disk is full" in said
    assert "Traceback" not in said
