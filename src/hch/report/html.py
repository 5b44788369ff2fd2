"""What every page of hch shares: templates that escape all texts, one style sheet, and safe writing of the file."""

from __future__ import annotations

from pathlib import Path

import jinja2

from hch.text.display import count, duration, percent, plain
from hch.text.files import RunError, write_whole

STYLE_SHEET = Path(__file__).with_name("page.css")

MARK = b'<meta name="generator" content="hch">'
"""In the head of every page, so that a page may replace another page of hch, but no other file."""


def make_templates(package: str) -> jinja2.Environment:
    """The templates in a package's folder. Texts are escaped unless they are Markup; an undefined name is an error."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(package, ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(plain=plain, percent=percent, count=count, duration=duration)
    return environment


def write_page(path: Path, page: str, option: str) -> Path:
    """Writes a page whole or not at all, and returns its path.

    Raises RunError where it cannot be written, or would replace a file that is no page of hch; the message then names
    the command line's ``option`` for another path.
    """
    try:
        if path.exists() and MARK not in path.read_bytes()[:2000]:
            raise RunError(f"{path} exists and is no report of hch: choose another {option}")
        write_whole(path, page.encode("utf-8", "replace"))
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}") from error
    return path
