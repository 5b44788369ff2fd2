"""README.md and the pages in docs/ are tests: see docs/blocks.py for how a block runs."""

from __future__ import annotations

import pytest
from sybil.integration.pytest import SybilItem

from docs.blocks import directives, sybil

pytest_collect_file = sybil().pytest()


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The blocks of a page share their names and their folder, so they run in one process."""
    for item in items:
        if isinstance(item, SybilItem):
            item.add_marker(pytest.mark.xdist_group(item.path.name))
            if "slow" in directives(item.example, item.example.document.text):
                item.add_marker(pytest.mark.slow)
