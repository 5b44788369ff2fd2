"""Where nodes of trees are to be found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.people.store.trees import Branch
from hch.serving.pages.addresses import DEEPEST, name_of, node_address, page_of, read_name, read_way, way_text

HASH = "0123456789abcdef" * 2


@given(st.lists(st.integers(0, 999_999_999), max_size=DEEPEST))
def test_a_way_is_read_as_it_was_written(places: list[int]) -> None:
    assert read_way(way_text(places)) == tuple(places)


NO_WAYS = [
    "x", ".", "1.", ".1", "1..2", "-1", "1.-2", "+1", "1 2", "1e3", "\u0663", "0" * 10, ".".join("0" * 31), " 1", "1\n",
]  # fmt: skip
NO_NAMES = [
    "", "w", "w0", "w01", "12", "w1x", HASH.upper(), HASH[:-1], f"{HASH}0", "w" + "9" * 19, "../x",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_WAYS)
def test_what_spells_no_way_is_none(text: str) -> None:
    assert read_way(text) is None


@pytest.mark.parametrize("branch", [Branch(HASH), Branch(workspace=1), Branch(workspace=10**17)])
def test_a_branch_is_read_as_it_was_named(branch: Branch) -> None:
    assert read_name(name_of(branch)) == branch


@pytest.mark.parametrize("text", NO_NAMES)
def test_what_names_no_branch_is_none(text: str) -> None:
    assert read_name(text) is None


def test_a_node_is_at_its_trees_page_with_the_way_down() -> None:
    root = Branch(workspace=12)
    assert page_of(root, "/search") == "/explore/workspace/12/search"
    assert node_address(root) == "/explore/workspace/12"
    assert node_address(Branch(HASH), (0, 3, 1)) == f"/explore/transcript/{HASH}?at=0.3.1"
    assert node_address(Branch(HASH), (0,), root) == f"/explore/transcript/{HASH}?at=0&of=w12"
    assert node_address(root, (0,), root) == "/explore/workspace/12?at=0"
