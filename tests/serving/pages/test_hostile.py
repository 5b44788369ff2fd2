"""Whatever people write comes out as the text that it is, wherever it is shown."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hch.people.store import desk
from hch.people.store.acting import submit
from hch.people.store.database import Database
from hch.people.store.items import WORK
from hch.people.store.people import make_invite
from hch.people.store.projects import Rules
from hch.serving.pages.rules_form import form_fields
from hch.serving.pages.settings import Settings
from hch.types import Ask, Context, Question
from tests.serving.pages.conftest import Visitor
from tests.serving.pages.desks import project_of

Made = Callable[..., Visitor]

MARK = "zqx"
HOSTILE = (
    f"<script>{MARK}()</script>",
    f'"><img src=x onerror={MARK}()>',
    f"' autofocus onfocus={MARK}() x='",
    f"</textarea></title></style><svg onload={MARK}()>",
    f"javascript:{MARK}()",
    "{{ 7 * 7 }}{% raw %}" + MARK,
    f"\u202e{MARK}\u202c\u2066\x00\ud800\r\n<!--",
)


class Elements(HTMLParser):
    """What a page is made of: its elements, and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.wrong: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        for name, value in attrs:
            address = name in ("href", "src", "action", "hx-get", "hx-post") and not (value or "").startswith(
                ("/", "#")
            )
            if name.startswith("on") or name in ("style", "srcdoc", "hx-on") or MARK in name or address:
                self.wrong.append(f"<{tag} {name}={value!r}>")
        if tag == "script" and not dict(attrs).get("src"):
            self.wrong.append("<script> in the page")
        if tag in ("img", "iframe", "object", "embed", "style", "base"):
            self.wrong.append(f"<{tag}>")


def harmless(page: str) -> bool:
    elements = Elements(page)
    assert not elements.wrong, elements.wrong
    return "49{%" not in page


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_every_text_comes_out_as_text(
    signed_in: Made, visitor: Made, database: Database, settings: Settings, text: str
) -> None:
    sent = text.encode("utf-8", "replace").decode()
    ruth, ann = signed_in("researcher", f"Ruth {sent[:60]}"), signed_in("answerer", f"Ann {sent[:60]}")
    rules = {**form_fields(Rules(title=sent, about=sent))}
    ruth.fill("/projects", {"name": sent, **rules})
    about = project_of(database, [Question(text, Context((text, f"{text}\n{text}")))], about=text, title=text, depth=2)
    ruth.fill(f"/projects/{about.id}/questions", {"question": sent, "context": sent, "gold": sent})
    invited = ruth.fill("/team/invite", {"role": "judge", "note": sent}).text
    make_run_of(settings.runs, text)
    id_ = database.write(desk.take, ann.person.id, [WORK], time.time())
    assert id_ is not None
    shown = [ann.get("/").text, ann.get(f"/work/{id_}").text, invited]
    for number, action in enumerate((Ask((text, f"{text}?")),)):
        token = f"{number}".rjust(36, "0")
        database.write(submit, ann.person.id, id_, action, token, now=time.time(), revision=0, draft_revision=0)
    pages = (
        "/",
        "/projects",
        f"/projects/{about.id}",
        "/projects/1",
        "/team",
        "/team/held",
        "/runs",
        "/runs/one",
        "/account",
    )
    shown += [ruth.get(path).text for path in pages]
    shown += [ruth.get(f"/explore/workspace/{id_}").text, ruth.get("/explore").text, ann.get(f"/work/{id_}").text]
    shown.append(ruth.fill("/projects", {"name": sent, **rules, "depth": sent}).text)
    shown.append(ruth.fill(f"/projects/{about.id}/rules", {**rules, "view": sent}).text)
    shown.append(ruth.fill("/team/invite", {"role": sent}).text)
    shown.append(visitor().fill("/sign-in", {"name": sent, "passphrase": sent, "next": sent}).text)
    token = database.write(make_invite, "judge", time.time())
    shown.append(visitor().fill(f"/join/{token}", {"name": sent, "passphrase": "short"}).text)
    shown.append(ruth.get("/runs", params={"with": sent}).text)
    shown.append(ruth.get("/runs/one", params={"against": sent}).text)
    assert all(harmless(page) for page in shown)
    assert sum(MARK in page for page in shown) >= 10


def make_run_of(folder: Path | None, text: str) -> None:
    assert folder is not None
    run = folder / "one"
    run.mkdir()
    (run / "experiment.json").write_text(
        json.dumps({"experiment": text, "seed": text, "settings": {"scheme": {"name": text}}})
    )
    rows = [{"step": 1, "accuracy": {"model": 0.5}, "by_difficulty": {text: {"model": 0.5}}, "note": text}]
    (run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (run / "results.json").write_text(json.dumps({"status": "failed", "steps": 1, "reason": text}))


def test_no_page_has_a_script_or_a_style_of_its_own() -> None:
    templates = Path(__file__).parents[3] / "src" / "hch" / "serving" / "pages" / "templates"
    for file in templates.glob("*.html"):
        text = file.read_text()
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|hx-on|\|\s*safe|autoescape", text), (
            file
        )
        assert "://" not in text.replace("http://www.w3.org", ""), file


def test_no_page_asks_for_anything_from_elsewhere() -> None:
    static = Path(__file__).parents[3] / "src" / "hch" / "serving" / "pages" / "static"
    for file in [*static.rglob("*.css"), *(path for path in static.rglob("*.js") if "htmx" not in path.name)]:
        assert not re.search(r"https?://(?!www\.w3\.org)|\beval\(", file.read_text()), file
