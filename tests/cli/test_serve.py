from __future__ import annotations

import contextlib
import hashlib
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine

from hch.cli import main
from hch.cli import secret as secret_module
from hch.cli.secret import signing_secret
from hch.cli.usage import DONE, FAILED, INTERRUPTED, WRONG_USAGE, UsageError
from hch.people.store.database import Database, open_store
from hch.people.store.errors import StoreError
from hch.people.store.people import make_person

HCH = str(Path(sys.executable).with_name("hch"))


@contextlib.contextmanager
def start(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """``hch serve`` on a free port, and what it has said up to “Ctrl-C ends it.”"""
    kept = {name: value for name, value in os.environ.items() if name != "HCH_SECRET"}
    environment = {**kept, "XDG_DATA_HOME": str(folder)}
    command = [HCH, "serve", "--port", "0", *words]
    with subprocess.Popen(command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE) as process:
        too_long = threading.Timer(60, process.kill)
        too_long.start()
        try:
            assert process.stdout is not None
            said: list[str] = []
            while not said or "Ctrl-C" not in said[-1]:
                line = process.stdout.readline()
                assert line, f"it ended, having said {said}"
                said.append(line.rstrip())
            yield process, said
        finally:
            too_long.cancel()
            process.kill()


def address_in(said: list[str]) -> str:
    match = re.search(r"http://\S+(?=/ )", said[0])
    assert match is not None
    return match[0]


def test_it_says_where_it_is_and_lets_the_first_researcher_in(tmp_path: Path) -> None:
    with start(tmp_path) as (process, said):
        assert re.fullmatch(r"The pages are at http://127\.0\.0\.1:\d+/ and the store is \S+", said[0])
        assert said[0].endswith(f" sqlite:///{tmp_path}/hch/store.db")
        link = said[1].rpartition(" ")[2]
        assert link.startswith(f"{address_in(said)}/join/")
        with httpx.Client(headers={"accept": "text/html"}) as client:
            page = client.get(link).text
            token = page.partition('csrf-token" content="')[2].partition('"')[0]
            sent = {"name": "Ruth", "passphrase": "four calm words here", "csrf_token": token}
            joined = client.post(link, data=sent, follow_redirects=True)
            assert "Hello, Ruth" in joined.text
            assert "/team" in joined.text
            with client.stream("GET", f"{address_in(said)}/live") as listening:
                next(listening.iter_lines())
                # Whoever listens does not keep it from ending.
                process.send_signal(signal.SIGINT)
                assert process.wait(20) == INTERRUPTED
    with start(tmp_path) as (process, said):
        assert "Nobody is there yet" not in " ".join(said)
        # The secret was kept, so whoever had signed in still is.
        with httpx.Client(headers={"accept": "text/html"}, cookies=dict(client.cookies)) as again:
            assert "Hello, Ruth" in again.get(address_in(said)).text


def test_with_the_sample_there_are_projects_a_model_and_links_for_three(tmp_path: Path) -> None:
    with start(tmp_path, "--sample", "--name", "pages.example") as (_, said):
        assert len([line for line in said if "http://pages.example:" in line and "/join/" in line]) == 3
        port = address_in(said).rpartition(":")[2]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            assert client.get("/sign-in").status_code == 200
            assert client.get("/sign-in", headers={"host": "pages.example"}).status_code == 200
            assert client.get("/sign-in", headers={"host": "other.example"}).status_code == 421


def test_it_says_how_others_reach_it_where_it_listens_everywhere(tmp_path: Path) -> None:
    with start(tmp_path, "--host", "0.0.0.0") as (_, said):
        assert address_in(said).startswith("http://127.0.0.1:")
        assert "Other machines reach it only by a name that --name gives." in said


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to be in, with all data of its user, and no secret from elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("HCH_SECRET", raising=False)


def test_a_port_that_is_in_use_is_said_and_makes_no_store(
    here: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == FAILED
    assert f"port {port} at 127.0.0.1 is in use: choose another --port" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--host", "192.0.2.1"], WRONG_USAGE, "cannot listen at 192.0.2.1"),
        (["--port", "99999999"], WRONG_USAGE, "cannot listen at 127.0.0.1, port 99999999"),
        (["--port", "http"], WRONG_USAGE, "--port"),
        (["--prot", "1"], WRONG_USAGE, "did you mean --port?"),
        (["--model", "nothing"], WRONG_USAGE, "--model nothing is no run, no address"),
        (["--port", "0", "--store", "no/where.db"], FAILED, "there is no folder no"),
        (["--port", "0", "--secret-file", "no/where"], FAILED, "cannot be kept in no/where"),
    ],
)
def test_what_cannot_be_served_is_said(
    here: None, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert main(["serve", *words]) == code
    assert said in capsys.readouterr().err


def test_a_run_is_served_to_programs(tiny_run: Path, tmp_path: Path) -> None:
    with start(tmp_path, str(tiny_run), "--api", "--name", "api.example") as (process, said):
        match = re.fullmatch(rf"The API is at http://api\.example:(\d+)/v1 and serves {tiny_run}", said[0])
        assert match is not None
        assert said[1] == "Its models: model, amplified, alone, hch, hch-1"
        with httpx.Client(base_url=f"http://127.0.0.1:{match[1]}/v1") as client:
            body = {"model": "hch", "messages": [{"role": "user", "content": "a -> b\nb -> a\n\nσ^3(a)?"}]}
            answered = client.post("/chat/completions", json=body).json()
            assert answered["choices"][0]["message"]["content"] == "b"
            assert client.get("/models", headers={"host": "api.example"}).status_code == 200
            assert client.get("/models", headers={"host": "other.example"}).status_code == 421
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == INTERRUPTED
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["{run}"], WRONG_USAGE, "to programs with --api, and to people with --model {run}"),
        (["--api"], WRONG_USAGE, "hch serve RUN --api"),
        (["{run}", "--api", "--store", "s.db"], WRONG_USAGE, "--store is for the pages"),
        (["{run}", "--api", "--sample"], WRONG_USAGE, "--sample is for the pages"),
        (["nothing", "--api"], FAILED, "nothing is not a run"),
    ],
)
def test_what_cannot_be_served_to_programs_is_said(  # noqa: PLR0917  # three are cases
    here: None, tiny_run: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert main(["serve", *(word.format(run=tiny_run) for word in words)]) == code
    assert said.format(run=tiny_run) in capsys.readouterr().err


def test_a_key_that_can_be_guessed_is_refused(
    here: None, tiny_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HCH_API_KEY", "short")
    assert main(["serve", str(tiny_run), "--api"]) == WRONG_USAGE
    assert "at least 16 letters" in capsys.readouterr().err


def test_its_help_says_all(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--help"])
    assert ended.value.code == DONE
    help_ = capsys.readouterr().out
    assert all(
        word in help_
        for word in ("--store", "--secret-file", "--https", "--name", "invite links", "--api", "HCH_API_KEY")
    )


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.delenv("HCH_SECRET", raising=False)
    with contextlib.closing(open_store(str(tmp_path / "s.db"))) as opened:
        opened.write(make_person, "Ann", "answerer", None, 0.0)
        yield opened


def test_the_secret_is_kept_beside_the_store_for_its_owner_alone(store: Database, tmp_path: Path) -> None:
    secret = signing_secret(store)
    assert len(secret) > 30
    assert signing_secret(store) == secret
    assert stat.S_IMODE((tmp_path / "s.db.secret").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.glob("*secret*")) == ["s.db.secret"]


def test_several_that_start_at_once_have_one_secret(store: Database) -> None:
    kept: list[str] = []
    threads = [threading.Thread(target=lambda: kept.append(signing_secret(store))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 16
    assert len(set(kept)) == 1


def test_a_secret_that_others_could_read_they_can_read_no_longer(
    store: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine"
    file.write_text("a secret of many letters\n")
    file.chmod(0o644)
    assert signing_secret(store, file) == "a secret of many letters"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "others could read" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe"])
def test_what_is_no_secret_is_refused(store: Database, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mine"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(StoreError, match="mine"):
        signing_secret(store, file)


def test_a_secret_may_be_given_if_it_is_long_enough(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HCH_SECRET", "x" * 20)
    assert signing_secret(store) == "x" * 20
    monkeypatch.setenv("HCH_SECRET", "short")
    with pytest.raises(UsageError, match="at least 20 letters"):
        signing_secret(store)


def test_a_secret_that_was_published_is_refused(
    store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (digest,) = secret_module.PUBLISHED
    assert len(bytes.fromhex(digest)) == hashlib.sha256().digest_size
    public = "a secret that everybody knows"
    monkeypatch.setattr(secret_module, "PUBLISHED", {hashlib.sha256(public.encode()).hexdigest()})
    file = tmp_path / "kept"
    file.write_text(f"{public}\n")
    file.chmod(0o600)
    with pytest.raises(StoreError, match=r"secret in .*kept is public.* Delete the file and start again: a new one"):
        signing_secret(store, file)
    file.unlink()
    assert signing_secret(store, file) != public
    monkeypatch.setenv("HCH_SECRET", public)
    with pytest.raises(UsageError, match="HCH_SECRET is public"):
        signing_secret(store)


def test_a_store_without_a_folder_has_a_secret_for_this_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HCH_SECRET", raising=False)
    with contextlib.closing(Database(create_engine("postgresql+psycopg://nobody@nowhere/hch"))) as elsewhere:
        assert signing_secret(elsewhere) != signing_secret(elsewhere)
    assert "sessions end with this process" in capsys.readouterr().err
