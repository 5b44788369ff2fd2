from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from hch.serving.hosts import MEGABYTE
from hch.serving.pages import security
from hch.serving.pages.app import application
from hch.serving.pages.security import HEADERS, HTTPS_HEADERS, MOST_BYTES, MOST_UPLOAD_BYTES, RateLimits, TooOftenError
from hch.serving.pages.settings import Pace, Settings
from tests.serving.pages.conftest import PASSPHRASE, Visitor
from tests.serving.pages.desks import project_of

Made = Callable[..., Visitor]


def broken_over(settings: Settings) -> TestClient:
    """Pages one of which fails."""
    app = application(settings)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret detail")

    return TestClient(app, raise_server_exceptions=False, headers={"accept": "text/html"})


def bound(answer: Any) -> bool:
    return all(answer.headers.get(name) == value for name, value in HEADERS.items())


def test_every_answer_binds_the_browser(settings: Settings, visitor: Made) -> None:
    client = visitor()
    for path in ("/sign-in", "/nothing-here", "/", "/static/x/style.css", "/static/x/no", "/live", "/openapi.json"):
        assert bound(client.get(path, follow_redirects=False)), path
    assert bound(client.post("/sign-out"))
    assert bound(client.get("/", headers={"host": "elsewhere"}))
    assert bound(broken_over(settings).get("/broken"))


def test_no_script_and_no_style_runs_but_from_files_of_ours() -> None:
    policy = HEADERS["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    for loophole in ("unsafe", "data:", "http", "*", "blob:"):
        assert loophole not in policy


def test_nothing_is_stored_by_browsers_but_what_never_changes(visitor: Made) -> None:
    client = visitor()
    assert client.get("/sign-in").headers["cache-control"] == "no-store"
    assert "immutable" in client.get("/static/x/style.css").headers["cache-control"]


def test_what_any_cache_may_keep_has_nobodys_cookie(visitor: Made) -> None:
    assert "set-cookie" not in visitor().get("/static/x/style.css").headers


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "", "127.0.0.1.evil.example", "testserver.", "[::1"]
)
def test_another_name_is_refused(settings: Settings, host: str) -> None:
    answer = TestClient(application(settings)).get("/sign-in", headers={"host": host})
    assert (answer.status_code, "hch serve --name" in answer.text) == (421, True)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:80", "[::1]", "[::1]:8000"])
def test_loopback_is_known_by_its_names_with_any_port(settings: Settings, host: str) -> None:
    local = replace(settings, hosts=("127.0.0.1", "localhost", "[::1]"))
    assert TestClient(application(local)).get("/sign-in", headers={"host": host}).status_code == 200


def pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // 65536 + 2):
        yield b"x" * 65536


def test_too_much_is_refused_as_a_page_announced_or_not(signed_in: Made) -> None:
    ruth = signed_in("researcher", "Ruth")
    headers = {"content-type": "application/x-www-form-urlencoded", "x-csrf-token": ruth.token()}
    for path in ("/team/invite", "/account/passphrase", "/sign-in"):
        for content in (b"x" * (MOST_BYTES + 1), pieces(MOST_BYTES)):
            answer = ruth.post(path, content=content, headers=headers)
            assert (answer.status_code, "At most 2 MB" in answer.text) == (413, True), path


def test_even_where_nobody_would_read_it(signed_in: Made) -> None:
    ruth = signed_in("researcher", "Ruth")
    answer = ruth.post("/sign-out", content=b"x" * (MOST_BYTES + 1), headers={"x-csrf-token": ruth.token()})
    assert answer.status_code == 413
    assert ruth.get("/", follow_redirects=False).status_code == 200


@pytest.mark.parametrize(("megabytes", "status"), [(3, 200), (21, 413)])
def test_files_may_be_larger_where_files_are_expected(
    signed_in: Made, database: Any, megabytes: int, status: int
) -> None:
    id_ = project_of(database).id
    line = b'{"question": "' + b"x" * (MEGABYTE - 20) + b'"}\n'
    answer = signed_in("researcher", "Ruth").fill(
        f"/projects/{id_}/upload", {}, files={"file": ("q.jsonl", line * megabytes)}
    )
    assert answer.status_code == status
    assert (f"At most {MOST_UPLOAD_BYTES // MEGABYTE} MB" in answer.text) == (status == 413)


@pytest.mark.parametrize(
    "path",
    ["/static/x/../../settings.py", "/static/x/%2e%2e/app.py", "/static/x//etc/passwd", "/static/x/", "/static/x"],
)
def test_no_path_leads_to_the_file_system(visitor: Made, path: str) -> None:
    assert visitor().get(path).status_code == 404


def test_what_changes_something_needs_the_sessions_own_token(signed_in: Made) -> None:
    ann, bob = signed_in("researcher", "Ann"), signed_in("researcher", "Bob")
    for token in ("", "guess", bob.token(), "é"):
        answer = ann.post("/sign-out", data={"csrf_token": token}, follow_redirects=False)
        assert answer.status_code == 403, token
    assert ann.post("/sign-out", follow_redirects=False).status_code == 403
    assert ann.post(f"/sign-out?csrf_token={ann.token()}", follow_redirects=False).status_code == 403
    headers = {"x-csrf-token": ann.token(), "sec-fetch-site": "cross-site"}
    assert ann.post("/sign-out", headers=headers, follow_redirects=False).status_code == 403
    assert ann.post("/sign-out", headers={"x-csrf-token": ann.token()}, follow_redirects=False).status_code == 303


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Stops the clock of rate limits, and moves it on by so many seconds."""
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)

    def wait(seconds: float) -> None:
        nonlocal now
        now += seconds

    return wait


def test_a_limit_allows_so_many_at_once_and_then_more_with_time(pass_time: Callable[[float], None]) -> None:
    limits = RateLimits(Pace(requests=(2, 60)))
    limits.count_request("a")
    limits.count_request("a")
    pass_time(0.5)
    with pytest.raises(TooOftenError) as raised:
        limits.count_request("a")
    assert raised.value.seconds == pytest.approx(0.5)
    limits.count_request("b")
    pass_time(0.6)
    limits.count_request("a")
    pass_time(600)
    limits.count_request("a")
    limits.count_request("a")
    with pytest.raises(TooOftenError):
        limits.count_request("a")


def test_a_limit_remembers_no_more_than_it_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "MOST_KEYS", 10)
    limits = RateLimits(Pace(requests=(1, 1)))
    for number in range(1000):
        limits.count_request(str(number))
    for number in range(990, 1000):
        with pytest.raises(TooOftenError):
            limits.count_request(str(number))
    limits.count_request("989")  # it was forgotten


def test_a_name_is_one_name_however_it_is_spelled() -> None:
    limits = RateLimits(Pace(attempts_by_name=(2, 1)))
    limits.count_attempt("here", "Ann  Lee")
    limits.count_attempt("there", " ann lee ")
    with pytest.raises(TooOftenError):
        limits.count_attempt("elsewhere", "ANN\tLEE")
    limits.count_attempt("elsewhere", "Bob")


def test_few_attempts_are_allowed_on_one_name_and_more_from_one_address(settings: Settings) -> None:
    hurried = replace(settings, pace=Pace(attempts_by_address=(6, 1), attempts_by_name=(3, 1), requests=(10**6, 10**6)))
    client = Visitor(application(hurried), headers={"accept": "text/html"})
    codes = [client.fill("/sign-in", {"name": "Ann", "passphrase": f"guess {i}"}).status_code for i in range(4)]
    assert codes == [422, 422, 422, 429]
    answer = client.fill("/sign-in", {"name": " ann ", "passphrase": "guess"})
    assert (answer.status_code, "A little slower" in answer.text) == (429, True)
    assert int(answer.headers["retry-after"]) > 0
    assert client.fill("/sign-in", {"name": "Bob", "passphrase": "guess"}).status_code == 422
    assert client.fill("/sign-in", {"name": "Cy", "passphrase": "guess"}).status_code == 429
    assert client.get("/join/guess").status_code == 429
    assert client.get("/sign-in").status_code == 200


def test_a_script_that_runs_wild_is_slowed_down_and_nobody_else(settings: Settings, signed_in: Made) -> None:
    signed_in("answerer", "Ann")
    signed_in("answerer", "Bob")
    app = application(replace(settings, pace=Pace(requests=(10, 1))))
    ann, bob = (Visitor(app, headers={"accept": "text/html"}) for _ in range(2))
    for name, client in (("Ann", ann), ("Bob", bob)):
        client.fill("/sign-in", {"name": name, "passphrase": PASSPHRASE})
    assert [ann.get("/").status_code for _ in range(12)][-1] == 429
    assert bob.get("/").status_code == 200


def test_an_error_of_ours_is_said_in_words_without_a_trace(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    answer = broken_over(settings).get("/broken")
    assert (answer.status_code, "Something went wrong" in answer.text) == (500, True)
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text
    script = broken_over(settings).get("/broken", headers={"accept": "application/json"})
    assert (script.status_code, script.json()["error"]) == (500, "Something went wrong")


def test_by_https_the_cookie_goes_no_other_way(settings: Settings) -> None:
    client = TestClient(application(replace(settings, secure_cookies=True)), base_url="https://testserver")
    answer = client.get("/sign-in")
    assert answer.headers["set-cookie"].startswith("__Host-hch-")
    assert "; Secure" in answer.headers["set-cookie"]
    assert all(answer.headers[name] == value for name, value in HTTPS_HEADERS.items())
    assert not set(HTTPS_HEADERS) & set(TestClient(application(settings)).get("/sign-in").headers)


def test_two_servers_on_one_machine_do_not_sign_each_other_out(settings: Settings) -> None:
    apps = [application(replace(settings, secret=secret * 20)) for secret in "ab"]
    names = {TestClient(app).get("/sign-in").headers["set-cookie"].partition("=")[0] for app in apps}
    assert len(names) == 2


@pytest.mark.parametrize(
    "path", ["/nothing", "/projects/12345", "/projects/abc", "/projects/99999999999999999999999", "/runs/no"]
)
def test_who_has_signed_in_finds_the_way_on_from_an_error(signed_in: Made, path: str) -> None:
    answer = signed_in("researcher", "Ruth").get(path)
    assert (answer.status_code, 'href="/team"' in answer.text, "Not here" in answer.text) == (404, True, True)


def test_what_is_wrong_with_a_form_is_said_in_words(signed_in: Made) -> None:
    ruth = signed_in("researcher", "Ruth")
    assert "“role” is missing" in ruth.fill("/team/invite", {}).text
    long = ruth.fill("/team/invite", {"role": "judge", "note": "x" * 201})
    assert (long.status_code, "“note” is longer than 200 letters" in long.text) == (422, True)
    assert "There is no role “king”" in ruth.fill("/team/invite", {"role": "king"}).text
    garbage = {"content-type": "multipart/form-data; boundary=a", "x-csrf-token": ruth.token()}
    assert ruth.post("/projects/1/upload", content=b"nope", headers=garbage).status_code == 400
