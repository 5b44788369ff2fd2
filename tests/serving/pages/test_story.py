"""Two people and a researcher, in browsers of their own, go through every page; and every page can be used by all."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Response, ViewportSize, expect

from hch.people.sample_project import WITH_PEOPLE, put_sample
from hch.people.store.answers import change_rules
from hch.people.store.database import Database
from hch.people.store.people import Role, make_invite, make_person
from hch.people.store.projects import Rules, find_project
from hch.serving.pages.app import application
from hch.serving.pages.settings import Settings
from tests.servers import serving
from tests.serving.pages.axe import serious
from tests.serving.pages.chromium import chromium
from tests.serving.pages.conftest import PASSPHRASE, SECRET, UNHURRIED

pytestmark = pytest.mark.slow
expect.set_options(timeout=20_000)  # machines that run other tests beside this are slow

Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def enter(browser: Browser, database: Database, passphrase_hash: str, tmp_path: Path) -> Iterator[Enter]:
    """Opens a browser for somebody, who is signed in."""
    database.write(put_sample)
    for number in range(2):
        write_run(tmp_path / "runs" / f"run-{number}")
    settings = Settings(database, SECRET, hosts=("127.0.0.1",), pace=UNHURRIED, runs=tmp_path / "runs")
    with serving(application(settings)) as address:

        def open_browser(name: str, role: Role, theme: str = "light", width: int = 1280) -> Page:
            database.write(make_person, name, role, passphrase_hash, 0.0)
            scheme: Literal["dark", "light"] = "dark" if theme == "dark" else "light"
            size: ViewportSize = {"width": width, "height": 900}
            page = browser.new_context(base_url=address, color_scheme=scheme, viewport=size).new_page()
            page.set_default_timeout(15_000)
            page.goto("/sign-in")
            page.fill("[name=name]", name)
            page.fill("[name=passphrase]", PASSPHRASE)
            page.click("button.primary")
            expect(page.get_by_role("heading", name=f"Hello, {name}")).to_be_visible()
            return page

        yield open_browser


def write_run(folder: Path) -> None:
    """A run's folder as training leaves it, small."""
    folder.mkdir(parents=True)
    (folder / "experiment.json").write_text(json.dumps({"experiment": "permutation-tiny", "seed": 0, "settings": {}}))
    rows = [
        {
            "step": step,
            "seconds": step / 10,
            "loss": 1 / step,
            "human_actions": step * 3,
            "agreement_with_hch": step / 100,
            "accuracy": {"model": step / 100, "amplified": 1.0, "hch": 1.0, "alone": 0.2},
        }
        for step in range(10, 101, 10)
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def picture(page: Page, name: str) -> None:
    """A picture of the page for the documentation, where HCH_PICTURES says that new ones are wanted."""
    if os.environ.get("HCH_PICTURES"):
        page.mouse.move(0, 0)
        page.screenshot(path=Path(__file__).parents[3] / "docs" / "pictures" / f"{name}.png")


def test_two_people_answer_a_question_and_a_researcher_sees_how(enter: Enter, database: Database) -> None:
    project = database.read(find_project, WITH_PEOPLE)
    assert project is not None
    rules = Rules(title="Python", view="contents", depth=1, judging="rate")
    database.write(change_rules, project.id, rules, time.time())
    ann, bob = enter("Ann", "answerer"), enter("Bob", "answerer")

    # Ann is H: she sees a table of contents, and asks about two sections.
    ann.goto("/work")
    question = ann.inner_text("h1.question .verbatim")
    ann.fill("[name=asks] >> nth=0", "What does the section on try say of return in finally?")
    ann.press("[name=asks] >> nth=0", "Enter")
    ann.keyboard.type("What does the section on raise say of exceptions that are replaced?")
    ann.keyboard.press("Control+Enter")
    expect(ann.locator(".consulted.pending")).to_have_count(2)

    # Bob answers both. Who he is, Ann never sees; his answers come while her page is open.
    for reply in ("The exception is discarded.", "It becomes the context of the new one."):
        bob.goto("/work")
        assert bob.inner_text("h1.question .verbatim").startswith("What does the section"), (
            "what is waited for is first"
        )
        expect(bob.locator(".fact, [data-fact]").first).to_be_visible()
        bob.fill("[name=reply]", reply)
        bob.press("[name=reply]", "Control+Enter")
        bob.wait_for_url(re.compile("done="))
    expect(ann.get_by_text("The exception is discarded.")).to_be_visible()
    expect(ann.locator(".consulted.pending")).to_have_count(0)
    assert "Bob" not in ann.content()
    picture(ann, "work")

    # Bob takes his last answer back, and gives another; Ann is told what has changed.
    bob.goto("/work/lately")
    bob.locator("form[action*=withdraw] button").first.click()
    expect(ann.get_by_text("Something that you were told was taken back.")).to_be_visible()
    bob.goto("/work")
    bob.fill("[name=reply]", "It is chained to the new one.")
    bob.press("[name=reply]", "Control+Enter")
    bob.wait_for_url(re.compile("done="))
    expect(ann.locator("ins", has_text="It is chained to the new one.")).to_be_visible()
    ann.fill("[name=reply]", "It is discarded.")
    ann.press("[name=reply]", "Control+Enter")
    ann.wait_for_url(re.compile("done="))

    # Joe, who had nothing to do with it, rates her answer.
    joe = enter("Joe", "judge")
    joe.goto("/judge")
    expect(joe.get_by_text("It is discarded.")).to_be_visible()
    assert "Ann" not in joe.inner_text("main")
    joe.check("[name=reply][value='8']")
    joe.locator("button[type=submit].primary").click()
    joe.wait_for_url(re.compile("done="))

    # Ruth sees the tree: who asked whom, what was answered, and what was withdrawn.
    ruth = enter("Ruth", "researcher")
    ruth.goto(f"/explore?project={project.id}")
    ruth.get_by_role("link", name=question).first.click()
    expect(ruth.get_by_text("It is chained to the new one.").first).to_be_visible()
    expect(ruth.get_by_text("Bob").filter(visible=True).first).to_be_visible()
    picture(ruth, "explore")
    ruth.goto("/team")
    expect(ruth.locator(".members li", has_text="Bob")).to_contain_text("2 ended")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_every_page_can_be_used_by_all(enter: Enter, database: Database, theme: str, width: int) -> None:
    ruth = enter("Ruth", "researcher", theme, width)
    token = database.write(make_invite, "answerer", time.time())
    paths = [
        "/", "/projects", "/projects/1", "/team", "/runs", "/runs/run-0", "/runs?with=run-0&with=run-1", "/explore",
        "/explore?project=1", "/work", "/work/lately", "/judge", "/nothing-here", f"/join/{token}",
    ]  # fmt: skip
    problems = {}
    for path in paths:
        ruth.goto(path)
        ruth.wait_for_timeout(150)
        problems[path] = serious(ruth)
        assert ruth.evaluate("document.documentElement.scrollWidth") <= width, f"{path} is wider than the screen"
        assert ruth.title().endswith("hch")
    assert not {path: some for path, some in problems.items() if some}


def test_no_page_is_heavy_before_its_content(enter: Enter) -> None:
    ruth = enter("Ruth", "researcher")
    for path in ("/", "/work", "/explore", "/team"):
        sizes: list[int] = []
        context = ruth.context.browser.new_context(  # type: ignore[union-attr]
            base_url=ruth.url.rsplit("/", 1)[0], storage_state=ruth.context.storage_state()
        )
        page = context.new_page()

        def came(answer: Response, sizes: list[int] = sizes) -> None:
            if answer.ok and "/live" not in answer.url:
                sizes.append(len(answer.body()))

        page.on("response", came)
        page.goto(path)
        page.wait_for_timeout(500)
        assert sum(sizes) < 200_000, f"{path} is {sum(sizes)} bytes"
        context.close()
