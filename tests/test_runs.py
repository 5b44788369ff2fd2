from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hch.runs import RunError, RunFolder, read_rows, to_json


def started(path: Path) -> RunFolder:
    folder = RunFolder.new(path)
    folder.write("experiment.json", {"experiment": "x"})
    return folder


def checkpoint(folder: RunFolder, step: int, text: str = "whole") -> None:
    with folder.checkpoint(step) as path:
        (path / "state.json").write_text(text)


def test_a_folder_in_use_by_another_process_is_refused(tmp_path: Path) -> None:
    code = f"from pathlib import Path\nfrom hch.runs import RunFolder\nwith RunFolder(Path({str(tmp_path)!r})):\n    "
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
