"""Nothing that a run or a server leaves behind is tracked or shipped, and set-up tells uv what pip is told."""

from __future__ import annotations

import fnmatch
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest
from hatchling.builders.sdist import SdistBuilder

from docs.blocks import ROOT

STATE = ("*.db", "*.db-*", "*.sqlite-*", "*.secret", "*.pem", "*.key", ".env", ".env.*")
"""Names of databases, write-ahead logs and secrets."""

MAGIC = (b"SQLite format 3\0", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")
"""The first bytes of an SQLite database, of its write-ahead log in either byte order, and of its rollback journal."""

FIXTURES = PurePosixPath("tests/fixtures")
"""Where runs and databases are kept on purpose, to be opened by later versions. A secret has no place there either."""


def run_time_state(root: Path, names: Iterable[str]) -> list[str]:
    """Those of the files that a run or a server has left behind."""
    return [name for name in names if is_state(root / name, PurePosixPath(name))]


def is_state(file: Path, name: PurePosixPath) -> bool:
    if any(fnmatch.fnmatch(name.name, pattern) for pattern in STATE):
        return True
    if name.is_relative_to(FIXTURES):
        return False
    if "runs" in name.parts[:-1] or file.with_name("experiment.json").exists():
        return True
    with file.open("rb") as content:
        return content.read(16).startswith(MAGIC)


def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [name for name in os.fsdecode(listing.stdout).split("\0") if name and (ROOT / name).is_file()]


def shipped(root: Path) -> list[str]:
    """The files that a source distribution of this folder would have."""
    return [file.distribution_path for file in SdistBuilder(str(root)).recurse_included_files()]


def make_state(root: Path) -> list[str]:
    names = [
        "hch.db",
        "hch.db-wal",
        "hch.db-shm",
        "hch.db.secret",
        ".env",
        "runs/demo/experiment.json",
        "runs/demo/checkpoints/1/model.safetensors",
        "src/hch/people.db",
        "tests/fixtures/hch.secret",
    ]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("{}")
    return names


# What is tracked


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a git checkout")
def test_no_run_time_state_is_tracked() -> None:
    names = tracked()
    assert "README.md" in names
    assert run_time_state(ROOT, names) == []


def test_run_time_state_is_known_by_its_name(tmp_path: Path) -> None:
    assert run_time_state(tmp_path, names := make_state(tmp_path)) == names


def test_a_database_is_known_by_its_content_and_a_run_by_its_record(tmp_path: Path) -> None:
    for number, start in enumerate(MAGIC):
        (tmp_path / f"data{number}").write_bytes(start + b"rest")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "experiment.json").write_text("{}")
    (tmp_path / "mine" / "metrics.jsonl").write_text("")
    (tmp_path / "page.md").write_text("SQLite")
    names = [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*")) if path.is_file()]
    assert run_time_state(tmp_path, names) == [name for name in names if name != "page.md"]


def test_fixtures_may_be_runs_and_databases(tmp_path: Path) -> None:
    folder = tmp_path / FIXTURES / "runs" / "old"
    folder.mkdir(parents=True)
    (folder / "experiment.json").write_text("{}")
    (folder / "store.sqlite").write_bytes(MAGIC[0])
    names = [path.relative_to(tmp_path).as_posix() for path in folder.iterdir()]
    assert run_time_state(tmp_path, names) == []


# What is shipped


def test_a_source_distribution_has_the_code_and_its_tests_but_no_run_time_state() -> None:
    names = shipped(ROOT)
    assert {"README.md", "LICENSE", "pyproject.toml", "src/hch/__init__.py", "tests/test_repository.py"} <= set(names)
    assert run_time_state(ROOT, names) == []
    assert not [name for name in names if name.startswith(".ci/")]


def test_a_source_distribution_leaves_run_time_state_out_where_git_does_not(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "src" / "hch").mkdir(parents=True)
    (tmp_path / "src" / "hch" / "__init__.py").write_text("")
    names = make_state(tmp_path)
    assert "src/hch/__init__.py" in shipped(tmp_path)
    assert set(shipped(tmp_path)) & set(names) == set()


# Setting up


def uv_variables(listing: str, **environment: str) -> list[str]:
    """What scripts/setup exports for uv, from what ``pip config list`` prints."""
    command = [sys.executable, str(ROOT / "scripts" / "pip_settings.py")]
    done = subprocess.run(command, input=listing, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_uv_gets_pips_indexes_wheels_and_certificates() -> None:
    listing = (
        "global.cert='/etc/ca.crt'\nglobal.disable-pip-version-check='1'\nglobal.index-url='https://one.example/simple'\n"
        "global.extra-index-url='\\nhttps://two.example/simple\\nhttps://three.example/simple'\nglobal.timeout='2.5'\n"
        "global.find-links='/a /b'\nglobal.no-index='yes'\nglobal.trusted-host='one.example'\n"
    )
    assert uv_variables(listing) == [
        "export UV_DEFAULT_INDEX=https://one.example/simple",
        "export UV_INDEX='https://two.example/simple https://three.example/simple'",
        "export UV_FIND_LINKS=/a,/b",
        "export UV_NO_INDEX=true",
        "export UV_INSECURE_HOST=one.example",
        "export SSL_CERT_FILE=/etc/ca.crt",
        "export UV_HTTP_TIMEOUT=2",
        "export UV_INDEX_STRATEGY=unsafe-best-match",
    ]


def test_of_pips_settings_those_of_the_environment_count_first_and_then_those_of_install() -> None:
    lines = "global.find-links='/global'\n", "install.find-links='/install'\n", ":env:.find-links='/environment'\n"
    other = "freeze.find-links='/freeze'\n"
    assert uv_variables(other + lines[0]) == ["export UV_FIND_LINKS=/global"]
    assert uv_variables(lines[1] + lines[0] + other) == ["export UV_FIND_LINKS=/install"]
    assert uv_variables("".join(reversed(lines))) == ["export UV_FIND_LINKS=/environment"]


def test_what_uv_is_told_itself_stays() -> None:
    assert uv_variables("global.find-links='/a'\n", UV_FIND_LINKS="/mine") == []


def test_pip_without_settings_leaves_uv_as_it_is() -> None:
    assert uv_variables("") == []


@pytest.mark.parametrize("target", ["demo", "demo-language", "people", "docs"])
def test_a_target_sets_up_only_what_it_needs(target: str) -> None:
    recipe = (ROOT / "Makefile").read_text("utf-8").partition(f"\n{target}:")[2].partition("\n\n")[0]
    part = "language" if target == "demo-language" else target
    assert recipe.partition("\n")[2].startswith(f"\t@scripts/setup {part}\n")


def test_setting_up_something_unknown_says_what_there_is() -> None:
    done = subprocess.run(
        [ROOT / "scripts" / "setup", "everything"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 2
    assert "'everything'" in done.stderr
    assert "demo" in done.stderr
