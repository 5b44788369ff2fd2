from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hch.text.files import RunError, read_rows, to_json
from hch.training.run_folder import RunFolder


def started(path: Path) -> RunFolder:
    folder = RunFolder.new(path)
    folder.write("experiment.json", {"experiment": "x"})
    return folder


def checkpoint(folder: RunFolder, step: int, text: str = "whole") -> None:
    with folder.checkpoint(step) as path:
        (path / "state.json").write_text(text)


def test_a_folder_in_use_by_another_process_is_refused(tmp_path: Path) -> None:
    imports = "from pathlib import Path\nfrom hch.training.run_folder import RunFolder\n"
    code = f"{imports}with RunFolder(Path({str(tmp_path)!r})):\n    "
    other = subprocess.Popen(
        [sys.executable, "-c", code + "print('locked', flush=True)\n    input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert other.stdout is not None
    assert other.stdout.readline() == "locked\n"
    with pytest.raises(RunError, match="in use by another process"), RunFolder(tmp_path):
        pass
    other.kill()
    other.communicate()
    # A lock ends with its process, however that ends.
    with RunFolder(tmp_path):
        pass


@pytest.mark.parametrize("name", ["experiment.json", "notes.txt"])
def test_what_is_there_is_not_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(RunError, match="hch resume" if name == "experiment.json" else "not empty"):
        RunFolder.new(tmp_path)
    assert (tmp_path / name).read_text() == "{}"


def test_only_a_run_can_be_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not a run"):
        RunFolder.existing(tmp_path)
    with pytest.raises(RunError, match="no checkpoint"):
        started(tmp_path / "run").latest()


def test_a_checkpoint_that_was_not_finished_is_none(tmp_path: Path) -> None:
    folder = started(tmp_path / "run")
    checkpoint(folder, 1)

    def interrupted() -> None:
        with folder.checkpoint(2) as path:
            (path / "state.json").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert folder.latest().name == "step-00000001"
    checkpoint(folder, 2)
    assert (folder.latest() / "state.json").read_text() == "whole"


def test_the_last_two_checkpoints_are_kept(tmp_path: Path) -> None:
    folder = started(tmp_path / "run")
    for step in (5, 10, 15, 100_000_000):
        checkpoint(folder, step)
    assert len(list((folder.path / "checkpoints").iterdir())) == 2
    assert folder.latest().name.endswith("100000000")


def test_a_checkpoint_after_some_lessons_comes_before_that_of_the_next_step(tmp_path: Path) -> None:
    folder = started(tmp_path / "run")
    for step, imitated_updates in ((9, 0), (9, 2), (9, 10)):
        with folder.checkpoint(step, imitated_updates) as path:
            (path / "state.json").write_text(f"{step} {imitated_updates}")
        assert (folder.latest() / "state.json").read_text() == f"{step} {imitated_updates}"
    checkpoint(folder, 10)
    assert folder.latest().name == "step-00000010"


def test_a_complete_checkpoint_is_never_touched_again(tmp_path: Path) -> None:
    folder = started(tmp_path / "run")
    checkpoint(folder, 5, "first")
    before = (folder.latest() / "state.json").stat()
    checkpoint(folder, 5, "second")
    assert (folder.latest() / "state.json").read_text() == "first"
    assert (folder.latest() / "state.json").stat().st_ino == before.st_ino
    assert [path.name for path in (folder.path / "checkpoints").iterdir()] == ["step-00000005"]


def test_a_folder_with_nothing_in_it_but_a_lock_is_empty(tmp_path: Path) -> None:
    with RunFolder.new(tmp_path / "run"):
        pass
    with RunFolder.new(tmp_path / "run") as folder:
        assert not folder.started
        checkpoint(folder, 0)
        assert folder.started


def test_two_runs_do_not_begin_in_one_folder(tmp_path: Path) -> None:
    with RunFolder.new(tmp_path / "run"), pytest.raises(RunError, match="in use by another process"):
        RunFolder.new(tmp_path / "run").__enter__()


def test_a_place_where_no_folder_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(RunError, match=r"exists and is not empty|cannot be made"):
            RunFolder.new(path)


def test_what_was_written_is_read_back_and_what_is_not_there_or_broken_is_named(tmp_path: Path) -> None:
    folder = started(tmp_path / "run")
    folder.write("results.json", {"a": [1, None, "σ"], "b": float("nan")})
    assert folder.read("results.json") == {"a": [1, None, "σ"], "b": None}
    assert not list(folder.path.glob(".*draft"))
    with pytest.raises(RunError, match=r"nothing.json cannot be read: No such file"):
        folder.read("nothing.json")
    (folder.path / "broken.json").write_text('{"a": ')
    with pytest.raises(RunError, match=r"broken.json is not JSON"):
        folder.read("broken.json")


def test_going_back_drops_later_rows_and_a_line_cut_short(tmp_path: Path) -> None:
    folder = started(tmp_path / "run")
    for step in (1, 2, 3):
        folder.log({"step": step})
    with folder.metrics.open("ab") as file:
        file.write(b'{"step": 4, "accu')
    folder.rewind(2)
    assert [row["step"] for row in read_rows(folder.metrics)] == [1, 2]
    folder.log({"step": 3})
    assert [json.loads(line)["step"] for line in folder.metrics.read_text().splitlines()] == [1, 2, 3]


def test_json_is_strict() -> None:
    written = to_json({"a": float("nan"), "b": float("inf"), "c": 0.5})
    assert json.loads(written, parse_constant=pytest.fail) == {"a": None, "b": None, "c": 0.5}


def test_a_checkpoint_has_its_name_only_once_all_of_it_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: dict[tuple[int, int], bool] = {}
    """What was fsynced, by device and inode, and whether the checkpoint had its name by then."""
    flush, final = os.fsync, tmp_path / "run" / "checkpoints" / "step-00000005"

    def fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        flush(descriptor)
        flushed[status.st_dev, status.st_ino] = final.exists()

    folder = started(tmp_path / "run")
    monkeypatch.setattr(os, "fsync", fsync)
    with folder.checkpoint(5) as path:
        (path / "state.json").write_text("{}")
        (path / "models").mkdir()
        (path / "models" / "weights").write_bytes(b"numbers")
    for path in (final, *final.rglob("*")):
        status = path.stat()
        assert flushed[status.st_dev, status.st_ino] is False, f"{path.name} must be on the disk before it has a name"
    status = final.parent.stat()
    assert flushed[status.st_dev, status.st_ino] is True, "and then its name"


def test_a_file_is_on_the_disk_before_it_takes_the_place_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[int, int]] = []
    flush, file = os.fsync, tmp_path / "run" / "results.json"

    def fsync(descriptor: int) -> None:
        flush(descriptor)
        flushed.append((os.fstat(descriptor).st_ino, file.stat().st_ino if file.exists() else 0))

    folder = started(tmp_path / "run")
    monkeypatch.setattr(os, "fsync", fsync)
    folder.write("results.json", {"a": 1})
    new = file.stat().st_ino
    assert flushed == [(new, 0), (file.parent.stat().st_ino, new)]
    folder.log({"step": 1})
    assert flushed[2:] == [(folder.metrics.stat().st_ino, new)]
