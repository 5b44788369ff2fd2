"""Pages from templates. Every value is escaped; no template can switch that off."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

import jinja2
import markupsafe
from fastapi import Request
from starlette.responses import HTMLResponse

from hch.people.store.people import Person, Role
from hch.serving.pages.formatting import ago, clock, duration, line_of, moment

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
    """A page from a template, with the values that the layout needs: the person, and the pages for their role."""
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
    text = _environment().get_template(template).render({**layout, **values})
    # A text may have halves of surrogate pairs, which UTF-8 cannot encode.
    return HTMLResponse(text.encode("utf-8", "replace"), status)


def static_address(name: str) -> str:
    """The address of a file of static/, which changes with its content so that browsers may keep it."""
    return f"/static/{_digest(name)}/{name}"


def csrf_field(token: str) -> markupsafe.Markup:
    """The hidden field that every form has (see ``security.check_csrf``)."""
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
    environment.filters |= {"moment": moment, "ago": ago, "duration": duration, "clock": clock, "line": line_of}
    return environment
