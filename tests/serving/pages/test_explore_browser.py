"""Exploring trees in a real browser: by keyboard alone, by links, on a phone, and with news while a page is open."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from benchmarks.forest import plant_chain
from hch.people.store.content import put_transcript
from hch.people.store.database import Database
from hch.people.store.people import make_person
from hch.people.store.withdrawing import withdraw
from hch.serving.pages.addresses import DEEPEST
from hch.types import Ask, Outcome, Reply, Transcript
from tests.people.store.teams import Team
from tests.people.store.trees import leaf, tree, with_rounds
from tests.serving.pages.axe import serious
from tests.serving.pages.conftest import PASSPHRASE

pytestmark = pytest.mark.slow

Opened = Callable[..., Page]

SHARED = tree("What is shared?", leaf("What is it made of?", "parts"))
TREE = with_rounds(
    tree("Why does the root ask?", text="to know", by="person 1"),
    (tree("Alpha: what first?", tree("Deep one?", tree("Deeper one?", leaf("Deepest?", "the needle")))), SHARED),
    (
        tree("Beta: what then?", outcome=Outcome.PASSED, reason="nobody knows"),
        SHARED,
        leaf("Gamma <b>bold</b>?", "<img src=x onerror=alert(1)>"),
    ),
)


@pytest.fixture
def opened(browser: Browser, address: str, database: Database, passphrase_hash: str) -> Iterator[Opened]:
    """Opens a page as a researcher. No script may fail, and nothing be refused by the policy."""
    database.write(make_person, "Rina", "researcher", passphrase_hash, now=0.0)
    wrong: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(path: str, width: int = 1280, **options: object) -> Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 844},
            permissions=["clipboard-read", "clipboard-write"],
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Security Policy" in said.text else None)
        page.goto("/sign-in")
        page.fill("[name=name]", "Rina")
        page.fill("[name=passphrase]", PASSPHRASE)
        page.click("button.primary")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong


def put(database: Database, root: Transcript = TREE) -> str:
    return f"/explore/transcript/{database.write(put_transcript, root, 5.0)}"


def item(page: Page, question: str) -> Locator:
    return page.locator("[role=treeitem]").filter(has=page.locator(".asked", has_text=question)).first


def is_at(page: Page, question: str) -> None:
    expect(page.locator("[role=treeitem]:focus .asked")).to_have_text(question)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_the_keyboard_alone_walks_through_the_tree(opened: Opened, database: Database) -> None:
    page = opened(put(database))
    page.locator("[role=tree] [tabindex='0']").focus()
    is_at(page, "Why does the root ask?")
    press(page, "ArrowDown")
    is_at(page, "Alpha: what first?")
    press(page, "ArrowRight")
    is_at(page, "Deep one?")
    expect(item(page, "Deep one?")).to_have_attribute("aria-expanded", "false")
    press(page, "ArrowRight")
    expect(item(page, "Deep one?")).to_have_attribute("aria-expanded", "true")
    press(page, "ArrowRight")
    is_at(page, "Deeper one?")
    press(page, "ArrowLeft")
    is_at(page, "Deep one?")
    press(page, "ArrowLeft")
    expect(item(page, "Deep one?")).to_have_attribute("aria-expanded", "false")
    expect(item(page, "Deeper one?")).to_be_hidden()
    press(page, "Enter")
    expect(item(page, "Deeper one?")).to_be_visible()
    press(page, "End")
    is_at(page, "Gamma <b>bold</b>?")
    press(page, "Home")
    is_at(page, "Why does the root ask?")
    press(page, "b")
    is_at(page, "Beta: what then?")
    press(page, "ArrowUp")
    expect(page.locator("[role=treeitem][tabindex='0']")).to_have_count(1)


def test_what_has_the_focus_is_told_in_the_pane_and_in_the_address(opened: Opened, database: Database) -> None:
    page = opened(put(database))
    page.locator("[role=tree] [tabindex='0']").focus()
    press(page, "b")
    expect(page.locator("#pane .question")).to_have_text("Beta: what then?")
    expect(page.locator("#pane")).to_contain_text("nobody knows")
    assert page.url.endswith("?at=2")
    expect(item(page, "Beta")).to_have_attribute("aria-selected", "true")
    page.reload()
    expect(page.locator("#pane .question")).to_have_text("Beta: what then?")


def test_a_star_opens_all_that_is_beside(opened: Opened, database: Database) -> None:
    wide = tree("root", *(tree(f"q{number}", tree(f"r{number}", leaf(f"s{number}"))) for number in range(3)))
    page = opened(put(database, tree("above", wide)))
    item(page, "q1").click()
    press(page, "*")
    for number in range(3):
        expect(item(page, f"r{number}")).to_be_visible()


def test_a_deep_link_opens_its_node_and_scrolls_to_it(opened: Opened, database: Database) -> None:
    below = tree("far down", tree("further", leaf("the bottom", "reached")))
    page = opened(f"{put(database, tree('root', *(leaf(str(n)) for n in range(150)), below))}?at=150.0.0")
    chosen = item(page, "the bottom")
    expect(chosen).to_be_focused()
    expect(chosen).to_be_in_viewport()
    expect(page.locator("#pane")).to_contain_text("reached")


def test_search_jumps_to_what_was_never_opened(opened: Opened, database: Database) -> None:
    page = opened(put(database))
    page.fill("[name=text]", "needle")
    press(page, "Enter")
    hits = page.locator("#found li")
    expect(hits).to_have_count(1)
    expect(hits.locator("mark")).to_have_text("needle")
    hits.locator("a").click()
    expect(item(page, "Deepest?")).to_be_focused()
    expect(page.locator("#pane")).to_contain_text("the needle")
    assert page.url.endswith("?at=0.0.0.0")


def test_more_children_come_when_they_are_asked_for(opened: Opened, database: Database) -> None:
    page = opened(f"{put(database, tree('root', *(leaf(f'number {n}') for n in range(700))))}?at=350")
    nodes = page.locator("[role=treeitem].node")
    expect(nodes).to_have_count(201)
    page.locator(".more").last.click()
    expect(nodes).to_have_count(401)
    is_at(page, "number 450")
    page.locator(".more").first.focus()
    press(page, "Enter")
    expect(nodes).to_have_count(601)
    is_at(page, "number 249")
    page.locator(".more").first.click()
    expect(nodes).to_have_count(651)
    page.locator(".more").last.click()
    expect(nodes).to_have_count(701)
    expect(page.locator(".more")).to_have_count(0)
    places = nodes.evaluate_all("all => all.slice(1).map(each => Number(each.getAttribute('aria-posinset')))")
    assert places == list(range(1, 701))


def test_a_chain_is_followed_from_page_to_page(opened: Opened, database: Database) -> None:
    page = opened(f"/explore/transcript/{database.write(plant_chain, 3 * DEEPEST)}?at={'.'.join('0' * DEEPEST)}")
    press(page, "ArrowRight")
    expect(page.locator(".notice", has_text="part of a larger tree")).to_be_visible()
    assert "of=" in page.url
    assert "at=" not in page.url


def test_what_comes_again_leads_to_the_first(opened: Opened, database: Database) -> None:
    page = opened(put(database))
    page.click("text=the same as 1")
    expect(page.locator("[role=treeitem]:focus .asked")).to_have_text("What is shared?")
    assert page.url.endswith("?at=1")


def test_a_link_to_a_node_is_copied(opened: Opened, database: Database, address: str) -> None:
    page = opened(put(database))
    item(page, "Beta").click()
    expect(page.locator("#pane .question")).to_have_text("Beta: what then?")
    page.click("text=Copy link")
    expect(page.locator("#pane")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{page.url.partition('?')[0]}?at=2"


def test_the_context_and_the_statistics_unfold_once(opened: Opened, database: Database) -> None:
    page = opened(put(database))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(3):
        page.click("text=Context of the question")
    page.click("text=Statistics of the tree")
    expect(page.locator(".fold .facts")).to_contain_text("A fact.")
    expect(page.locator(".figures")).to_contain_text("Levels below the root")
    assert len([url for url in asked if "/context/" in url]) == 1


def test_news_are_offered_and_do_not_disturb(opened: Opened, database: Database) -> None:
    team = Team(database)
    team.project(["why?"])
    team.act(2, Ask(("how?",)))
    page = opened("/explore/workspace/1")
    notice = page.locator("#changed")
    expect(notice).to_be_hidden()
    page.wait_for_timeout(600)
    team.act(3, Reply("in this way"))
    expect(notice).to_be_visible()
    expect(page.locator("[role=tree]")).not_to_contain_text("in this way")
    notice.locator("a").click()
    expect(page.locator("[role=tree]")).to_contain_text("in this way")


def test_on_a_phone_the_details_come_up_from_below(opened: Opened, database: Database) -> None:
    page = opened(put(database), width=390)
    body = page.locator("#pane-body")
    expect(body).to_be_hidden()
    item(page, "Beta").click()
    expect(body).to_be_visible()
    expect(body).to_contain_text("nobody knows")
    expect(item(page, "Beta")).to_be_in_viewport()
    page.click("#pane .sheet")
    expect(body).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_the_sheet_never_covers_what_is_chosen(opened: Opened, database: Database) -> None:
    way = ".".join("0" * DEEPEST)
    page = opened(f"/explore/transcript/{database.write(plant_chain, 2 * DEEPEST)}?at={way}", width=390)
    chosen = page.locator("[role=treeitem]:focus")
    expect(chosen).to_be_in_viewport()
    for _ in range(3):
        item_box, sheet_box = chosen.bounding_box(), page.locator("#pane").bounding_box()
        assert item_box is not None
        assert sheet_box is not None
        assert item_box["y"] + item_box["height"] <= sheet_box["y"]
        press(page, "ArrowUp")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_server_that_is_gone_is_told_in_words(opened: Opened, database: Database) -> None:
    page = opened(put(database))
    page.route("**/explore/**", lambda route: route.abort())
    item(page, "Beta").click()
    expect(page.locator("#pane .notice")).to_be_visible()
    item(page, "Deep one?").locator(".twist").click()
    expect(page.locator("#said")).to_contain_text("That did not work")
    expect(item(page, "Deep one?")).to_have_attribute("aria-expanded", "false")


def test_without_scripts_every_node_is_reached_by_links(opened: Opened, database: Database, browser: Browser) -> None:
    page = opened(put(database))
    state = page.context.storage_state()
    plain = browser.new_context(java_script_enabled=False, storage_state=state).new_page()
    plain.goto(page.url)
    plain.click(".asked >> text=Deep one?")
    plain.click(".asked >> text=Deeper one?")
    assert plain.url.endswith("?at=0.0.0")
    assert "Deepest?" in plain.content()
    plain.context.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_on_the_pages_keeps_people_out(opened: Opened, database: Database, width: int, scheme: str) -> None:
    team = Team(database, judges=1)
    project = team.project(["why?", "what?"], depth=2, consultations=9)
    team.act(2, Ask(("how?", "when?")))
    below = team.act(3, Reply("in the old way"))
    team.act(4, Reply("now"))
    done = team.act(2, Reply("because of that"))
    database.write(withdraw, 3, below.workspace, team.tick())
    addresses = [
        f"/explore?project={project.id}",
        "/explore?text=nothing+of+the+kind",
        "/explore/workspace/1?at=0",
        put(database),
        f"{put(database)}/search?text=what",
        f"{put(database)}/statistics",
        f"/explore/workspace/{below.workspace}/history",
        "/explore/workspace/1/history",
        f"/explore/differences/{done.transcript}/w1",
    ]
    page = opened(addresses[0], width=width, color_scheme=scheme)
    for one in addresses:
        page.goto(one)
        if page.locator(".fold").count():
            page.evaluate("document.querySelectorAll('.fold').forEach((each) => (each.open = true))")
            page.wait_for_load_state("networkidle")
        assert not serious(page), one
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), one


def test_hostile_markup_in_what_is_fetched_stays_text(opened: Opened, database: Database) -> None:
    page = opened(put(database))
    item(page, "Gamma").click()
    expect(page.locator("#pane .answer")).to_have_text("<img src=x onerror=alert(1)>")
    assert re.search("Gamma", page.locator("#pane .question").inner_text())
    expect(page.locator("img")).to_have_count(0)
