"""README.md and the pages in docs/ are tests: see docs/blocks.py for how a block runs."""

from __future__ import annotations

import pytest
from sybil.integration.pytest import SybilItem

from docs.blocks import directives, sybil

pytest_collect_file = sybil().pytest()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the slow blocks of a page. A page's blocks share names and a folder: scripts/test keeps files together."""
    for item in items:
        if isinstance(item, SybilItem) and "slow" in directives(item.example, item.example.document.text):
            item.add_marker(pytest.mark.slow)
