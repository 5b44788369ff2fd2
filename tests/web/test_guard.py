from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from hch.store.people import ROLES, Role
from hch.web.app import MODULES, application
from hch.web.guard import HEADERS, MOST_BYTES
from hch.web.limits import Limit, TooOftenError
from hch.web.settings import Settings
from tests.web.conftest import Visitor

Made = Callable[..., Visitor]

OPEN = {"/sign-in", "/sign-out", "/join/{token}", "/new-passphrase/{token}", "/theme/{name}"}
"""What needs no one to have signed in."""


def test_every_page_binds_the_browser(visitor: Made) -> None:
    client = visitor()
    for path in ("/sign-in", "/nothing-here", "/", "/static/x/style.css"):
        answer = client.get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
    policy = HEADERS["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_nothing_is_stored_by_browsers_but_what_never_changes(visitor: Made) -> None:
    client = visitor()
    assert client.get("/sign-in").headers["cache-control"] == "no-store"
    assert "immutable" in client.get("/static/x/style.css").headers["cache-control"]


def test_another_name_is_refused(settings: Settings) -> None:
    client = TestClient(application(settings), base_url="http://evil.example")
    assert client.get("/sign-in").status_code == 421


def test_too_large_a_body_is_refused_announced_or_not(signed_in: Made) -> None:
    ann = signed_in("answerer", "Ann")
    assert ann.fill("/sign-out", {"x": "y" * (MOST_BYTES + 1)}).status_code == 413  # type: ignore[attr-defined]

    def pieces() -> Any:
        for _ in range(MOST_BYTES // 65536 + 2):
            yield b"x" * 65536

    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = ann.post("/sign-out", content=pieces(), headers=headers, follow_redirects=False)
    assert answer.status_code in (403, 413)


@pytest.mark.parametrize("path", ["/static/x/../../settings.py", "/static/x/%2e%2e/app.py", "/static/x//etc/passwd"])
def test_no_path_leads_to_the_file_system(visitor: Made, path: str) -> None:
    answer = visitor().get(path)
    assert answer.status_code == 404


def test_what_changes_something_needs_the_sessions_own_token(signed_in: Made) -> None:
    ann, bob = signed_in("researcher", "Ann"), signed_in("researcher", "Bob")
    for token in ("", "guess", bob.token()):
        answer = ann.post("/sign-out", data={"csrf_token": token}, follow_redirects=False)
        assert answer.status_code == 403, token
    assert ann.post("/sign-out", follow_redirects=False).status_code == 403
    headers = {"x-csrf-token": ann.token(), "sec-fetch-site": "cross-site"}
    assert ann.post("/sign-out", headers=headers, follow_redirects=False).status_code == 403
    assert ann.post("/sign-out", headers={"x-csrf-token": ann.token()}, follow_redirects=False).status_code == 303


def routes(router: Any) -> Iterator[APIRoute]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router)


def everywhere() -> list[tuple[str, str]]:
    """Every route of every page: its method, and its path with something in each place."""
    found = {
        (method, route.path) for module in MODULES for route in routes(module.router) for method in route.methods or ()
    }
    return sorted(found)


def test_nobody_comes_anywhere_without_signing_in_and_nothing_changes_without_the_token(
    visitor: Made, signed_in: Made
) -> None:
    assert len(everywhere()) > 25
    anybody, researcher = visitor(), signed_in("researcher", "Ann")
    for method, path in everywhere():
        address = re.sub(r"\{[^}]*\}", "1", path)
        headers = {"accept": "application/json"}
        if method != "GET":
            sent = researcher.request(method, address, headers=headers, follow_redirects=False)
            assert (sent.status_code, sent.json()["error"]) == (403, "Not from this page"), (method, path)
            headers["x-csrf-token"] = anybody.token()
        if path not in OPEN:
            came = anybody.request(method, address, headers=headers, follow_redirects=False)
            assert came.status_code == 401, (method, path)


def test_each_role_comes_where_it_may(signed_in: Made) -> None:
    clients = {role: signed_in(role, role) for role in ROLES}
    allowed: dict[str, set[Role]] = {
        "/work": {"answerer", "researcher"},
        "/judge": {"judge", "researcher"},
        **{path: {"researcher"} for path in ("/team", "/projects", "/runs", "/explore")},
        "/": set(ROLES),
    }
    for path, roles in allowed.items():
        for role, client in clients.items():
            assert (client.get(path).status_code == 200) == (role in roles), (path, role)


def test_a_bucket_fills_up_again_with_time() -> None:
    limit = Limit(burst=2, per_minute=60)
    limit("a", 0.0)
    limit("a", 0.0)
    with pytest.raises(TooOftenError) as raised:
        limit("a", 0.5)
    assert raised.value.seconds == pytest.approx(0.5)
    limit("b", 0.5)
    limit("a", 1.1)


def test_an_error_of_ours_is_said_in_words_without_a_trace(settings: Settings) -> None:
    app = application(settings)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret detail")

    client = TestClient(app, raise_server_exceptions=False, headers={"accept": "text/html"})
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "secret detail" not in answer.text
