from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from fastapi.routing import APIRoute

from hch.people.store.people import ROLES
from hch.serving.pages.app import MODULES
from tests.serving.pages.conftest import Visitor

Made = Callable[..., Visitor]

ANYBODY = frozenset({"anybody"})
EVERYBODY = frozenset[str](ROLES)
WHO_ANSWERS, WHO_JUDGES = frozenset({"answerer", "researcher"}), frozenset({"judge", "researcher"})
RESEARCHERS = frozenset({"researcher"})

MAY: dict[str, frozenset[str]] = {
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "POST /sign-out": ANYBODY,
    "GET /join/{token}": ANYBODY,
    "POST /join/{token}": ANYBODY,
    "GET /new-passphrase/{token}": ANYBODY,
    "POST /new-passphrase/{token}": ANYBODY,
    "GET /theme/{name}": ANYBODY,
    "GET /": EVERYBODY,
    "GET /live": EVERYBODY,
    "GET /account": EVERYBODY,
    "POST /account/passphrase": EVERYBODY,
}
"""Who may come where."""

BELOW = {
    "/work": WHO_ANSWERS,
    "/judge": WHO_JUDGES,
    # Whoever holds what it is about, which those who answer and those who judge share.
    "/desk": EVERYBODY,
    "/explore": RESEARCHERS,
    "/runs": RESEARCHERS,
    "/projects": RESEARCHERS,
    "/team": RESEARCHERS,
}
"""Who may come to these addresses, and to all below them."""


def routes(router: Any) -> Iterator[APIRoute]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router)


def everywhere() -> list[tuple[str, str]]:
    """Every route of every page: its method, and its path."""
    every = [route for module in MODULES for route in routes(module.router)]
    return sorted({(method, route.path) for route in every for method in route.methods or ()})


def who_may(method: str, path: str) -> frozenset[str]:
    beginnings = [may for beginning, may in BELOW.items() if f"{path}/".startswith(f"{beginning}/")]
    stated = MAY.get(f"{method} {path}") or (beginnings[0] if beginnings else None)
    assert stated, f"nobody has said who may {method} {path}: add it to the table above"
    return stated


def test_it_is_stated_of_every_address_who_may_come_there() -> None:
    assert len(everywhere()) > 40
    for method, path in everywhere():
        who_may(method, path)
    assert {f"{method} {path}" for method, path in everywhere()} >= set(MAY)


def test_each_role_comes_where_it_may_and_nowhere_else(visitor: Made, signed_in: Made) -> None:
    clients: dict[str, Visitor] = {role: signed_in(role, role) for role in ROLES}
    clients["anybody"] = visitor()
    app: Any = clients["anybody"].app
    app.state.ending = lambda: True  # or whatever listens would listen for ever
    for method, path in everywhere():
        for role, client in clients.items():
            if path == "/sign-out":
                continue
            may = who_may(method, path)
            headers = {"accept": "application/json", "x-csrf-token": client.token()}
            answer = client.request(method, re.sub(r"\{[^}]*\}", "1", path), headers=headers, follow_redirects=False)
            where = (method, path, role, answer.status_code)
            assert answer.status_code < 500, where
            if role == "anybody":
                assert (answer.status_code == 401) == (may != ANYBODY), where
            else:
                refused = answer.status_code == 403 and answer.json()["error"] == "Not for your role"
                assert refused == (may != ANYBODY and role not in may), where


def test_nothing_is_changed_without_the_token(signed_in: Made) -> None:
    ruth = signed_in("researcher", "Ruth")
    for method, path in everywhere():
        if method != "GET":
            address = re.sub(r"\{[^}]*\}", "1", path)
            sent = ruth.request(method, address, headers={"accept": "application/json"}, follow_redirects=False)
            assert (sent.status_code, sent.json()["error"]) == (403, "Not from this page"), (method, path)


def test_pages_lead_where_their_reader_may_go(signed_in: Made) -> None:
    for role in ROLES:
        page = signed_in(role, role).get("/").text
        for address in BELOW.keys() - {"/desk"}:
            assert (f'<a href="{address}"' in page.split("</nav>")[0]) == (role in who_may("GET", address))
