"""The modules of hch and the names in them, read from the source without importing it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import griffe

ROOT = Path(__file__).resolve().parent.parent


def modules() -> list[griffe.Module]:
    """The public modules of hch that hold something, by name."""
    loaded = griffe.load("hch", search_paths=[ROOT / "src"], allow_inspection=False)
    assert isinstance(loaded, griffe.Module)
    return [module for module in below(loaded) if module.docstring or names_in(module)]


def below(module: griffe.Module) -> Iterator[griffe.Module]:
    """A module and the public ones in it."""
    yield module
    for name, child in sorted(module.modules.items()):
        # What another module imports is no part of it, and a migration no part of what one programs with.
        if not name.startswith("_") and name != "migrations" and not child.is_alias:
            yield from below(child)


def names_in(module: griffe.Module) -> list[griffe.Object]:
    """The classes, functions and documented constants that a module defines for others, in their order."""
    return [
        member
        for name, member in module.members.items()
        if not name.startswith("_") and isinstance(member, griffe.Object) and has_place(member)
    ]


def has_place(member: griffe.Object) -> bool:
    """Whether a name belongs into a reference; a constant that nobody explains is a detail."""
    return member.is_class or member.is_function or (member.is_attribute and member.docstring is not None)


def undocumented() -> list[str]:
    """The modules, classes and functions that nothing is said about."""
    items = [item for module in modules() for item in (module, *names_in(module))]
    return [item.path for item in items if len((summary(item) or "").split()) < 3]


def summary(item: griffe.Object) -> str | None:
    """The first sentence or line of what is said about something."""
    return None if item.docstring is None else markdown(item.docstring.value.partition("\n")[0])


def markdown(text: str) -> str:
    """A docstring as Markdown: code in single backticks."""
    return re.sub(r"``([^`]+)``", r"`\1`", text.strip())
