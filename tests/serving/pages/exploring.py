"""What the tests of the pages about trees share: trees in a store, and pages read as whoever sees them does."""

from __future__ import annotations

import html
import re
from typing import Any

from hch.people.store.content import put_transcript
from hch.people.store.database import Database
from hch.types import Transcript
from tests.serving.pages.conftest import Visitor


def put(database: Database, root: Transcript) -> str:
    """The address of a transcript's tree."""
    return f"/explore/transcript/{database.write(put_transcript, root, 5.0)}"


def seen(client: Visitor, address: str, **options: Any) -> str:
    answer = client.get(address, **options)
    assert answer.status_code == 200, answer.text
    return answer.text


def visible(page: str) -> str:
    """The text of a page, with single spaces, as whoever looks at it reads it."""
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", page).split()))


def items(page: str) -> list[tuple[str, dict[str, str]]]:
    """The items of a tree: the question of each, and its attributes."""
    result = re.findall(r'<div role="treeitem"([^>]*)>(.*?)</div>', page, re.DOTALL)
    told = []
    for attributes, inner in result:
        asked = re.search(r'<a class="asked"[^>]*>(.*?)</a>', inner, re.DOTALL)
        named = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        told.append((html.unescape(asked[1]) if asked else visible(inner), named | {"inner": inner}))
    return told


def questions(page: str) -> list[str]:
    return [question for question, _ in items(page)]


def linked(page: str, words: str) -> str:
    """Where the link with these words leads."""
    result = re.search(rf'<a[^>]*href="([^"]*)"[^>]*>\s*{re.escape(words)}', page)
    assert result is not None, words
    return html.unescape(result[1])
