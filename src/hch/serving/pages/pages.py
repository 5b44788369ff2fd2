"""Pages from templates. Whatever a page is given is escaped; nothing here can say otherwise."""

from __future__ import annotations

import functools
import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import markupsafe
from fastapi import Request
from starlette.responses import HTMLResponse

from hch.people.store.people import Person, Role
from hch.serving.pages.legible import line_of

HERE = Path(__file__).parent
STATIC = HERE / "static"

NAVIGATION: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("/work", "Work", ("answerer", "researcher")),
    ("/judge", "Judge", ("judge", "researcher")),
    ("/explore", "Explore", ("researcher",)),
    ("/runs", "Runs", ("researcher",)),
    ("/projects", "Projects", ("researcher",)),
    ("/team", "Team", ("researcher",)),
)


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A template filled in, with what the layout needs: who is there, and where they may go."""
    person: Person | None = getattr(request.state, "person", None)
    here = request.url.path
    navigation = [
        {"address": address, "name": name, "here": here == address or here.startswith(f"{address}/")}
        for address, name, roles in NAVIGATION
        if person is not None and person.role in roles
    ]
    theme = request.cookies.get("theme", "")
    layout = {
        "person": person,
        "navigation": navigation,
        "csrf_token": request.state.session.csrf,
        "theme": theme if theme in ("light", "dark") else "",
        "here": here,
    }
    made = _environment().get_template(template).render({**layout, **values})
    # A text may have halves of surrogate pairs, which cannot be sent.
    return HTMLResponse(made.encode("utf-8", "replace"), status)


def static_address(name: str) -> str:
    """The address of a file of static/, which changes with its content so that browsers may keep it."""
    return f"/static/{_digest(name)}/{name}"


def csrf_field(token: str) -> markupsafe.Markup:
    """The hidden field that every form has (see csrf.py)."""
    return markupsafe.Markup('<input type="hidden" name="csrf_token" value="{}">').format(token)


@functools.cache
def _digest(name: str) -> str:
    # Modules import one another by relative addresses, so all files share what changes with any of them.
    if name.endswith(".js"):
        content = b"".join(path.read_bytes() for path in sorted(STATIC.rglob("*.js")))
    else:
        content = (STATIC / name).read_bytes()
    return hashlib.blake2b(content, digest_size=6).hexdigest()


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"static": static_address, "csrf_field": csrf_field}
    environment.filters |= {"moment": moment, "ago": ago, "duration": duration, "line": line_of}
    return environment


def moment(at: float | None) -> str:
    """A time, to the minute, in UTC."""
    return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def ago(at: float | None) -> str:
    """How long ago something was, in words."""
    if at is None:
        return "never"
    seconds = time.time() - at
    return "just now" if seconds < 60 else f"{duration(seconds)} ago"


def duration(seconds: float | None) -> str:
    """A length of time in words, by its largest unit or two."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} days"
