from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.people.store import files
from hch.people.store.errors import StoreError
from hch.people.store.export import Exported, Work
from hch.people.store.files import new_file, readable, write_json_lines, write_parquet
from hch.people.store.projects import Rules
from hch.people.store.rows import transcript_row
from hch.types import Answer, Consultation, Context, Outcome, Question, Transcript

ANY_TEXT = st.text(st.characters(codec=None))


def row(text: str, facts: tuple[str, ...] = (), worked: bool = True) -> dict[str, Any]:
    question = Question(text, Context(facts), 3)
    consultation = Consultation(Question(text), Answer(text, seed=9))
    transcript = Transcript(question, ((consultation,), ()), Outcome.ANSWERED, text, text, "person 1")
    work = Work("p", 1, True, Rules(), Rules().budget, 1, 0.0, 1.5, 2.5, 1.0, 2, text, 3) if worked else None
    return transcript_row(Exported("id", transcript, (("below",), ()), 1.0, work))


def parquet(rows: list[dict[str, Any]]) -> Any:
    from pyarrow import parquet as pq

    file = io.BytesIO()
    write_parquet(file, rows)
    file.seek(0)
    return pq.ParquetFile(file)


@given(st.lists(ANY_TEXT, max_size=4))
def test_whatever_a_text_holds_a_row_is_one_line_of_strict_json(texts: list[str]) -> None:
    file = io.BytesIO()
    rows = [row(text, (text, "fact")) for text in texts]
    write_json_lines(file, rows)
    lines = file.getvalue().decode().splitlines()
    assert [json.loads(line) for line in lines] == readable(rows)


@given(st.lists(st.tuples(ANY_TEXT, st.booleans()), max_size=4))
def test_parquet_has_the_same_columns_and_values(texts: list[tuple[str, bool]]) -> None:
    rows = [row(text, (text, "fact"), worked) for text, worked in texts]
    assert parquet(rows).read().to_pylist() == readable(rows)
    assert parquet(rows).schema_arrow.names == list(row("any"))


@given(ANY_TEXT)
def test_what_utf_8_can_say_is_left_as_it_is(text: str) -> None:
    made = readable(text)
    made.encode()
    assert len(made) <= len(text)
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert made == text


def test_a_half_of_a_surrogate_pair_is_shown_to_be_missing() -> None:
    assert readable({"a": ["x\ud800y", 1, None]}) == {"a": ["x\ufffdy", 1, None]}


def test_rows_are_written_in_groups_by_number_and_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ROWS_IN_GROUP", 3)
    monkeypatch.setattr(files, "LETTERS_IN_GROUP", 1000)
    small, large = row("x"), row("x", ("y" * 1000,))
    file = parquet([small] * 7 + [large, large, small])
    groups = [file.metadata.row_group(place).num_rows for place in range(file.num_row_groups)]
    assert groups == [3, 3, 2, 1, 1]


def test_no_rows_make_a_file_with_columns_and_no_rows() -> None:
    assert parquet([]).read().num_rows == 0


def test_parquet_can_be_written_to_what_knows_no_place() -> None:
    class Pipe(io.RawIOBase):
        content = b""

        def writable(self) -> bool:
            return True

        def write(self, content: Any) -> int:
            self.content += bytes(content)
            return len(content)

        def tell(self) -> int:
            raise OSError("a pipe has no place")

    pipe = Pipe()
    write_parquet(pipe, [row("x")])  # type: ignore[arg-type]
    file = io.BytesIO()
    write_parquet(file, [row("x")])
    assert pipe.content == file.getvalue()


def test_a_file_appears_whole_under_its_name_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    with new_file(path) as file:
        file.write(b"first")
        assert not path.exists()
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_what_was_not_finished_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    def write() -> None:
        with new_file(tmp_path / "rows.jsonl") as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        write()
    assert not any(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"mine")
    with pytest.raises(StoreError, match="there already, and nothing is overwritten"), new_file(path):
        pass
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(StoreError, match="there already"), new_file(link):
        pass
    assert path.read_bytes() == b"mine"


def test_what_another_has_written_meanwhile_is_not_overwritten_either(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"

    def write() -> None:
        with new_file(path) as file:
            file.write(b"ours")
            path.write_bytes(b"theirs")

    with pytest.raises(StoreError, match="there already"):
        write()
    assert path.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match=r"rows\.jsonl cannot be written: No such file"),
        new_file(tmp_path / "none" / "rows.jsonl"),
    ):
        pass


def test_a_file_where_there_are_no_links_appears_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> Iterator[None]:
        raise OSError("not supported")

    monkeypatch.setattr("os.link", no_links)
    with new_file(tmp_path / "rows.jsonl") as file:
        file.write(b"all")
    assert (tmp_path / "rows.jsonl").read_bytes() == b"all"
