"""Working and judging in a real browser: what is saved, what is lost (nothing), and what the keyboard does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect
from sqlalchemy import Connection, func, select

from hch.people.store.acting import Receipt, submit
from hch.people.store.database import Database
from hch.people.store.desk import take
from hch.people.store.drafts import latest_draft
from hch.people.store.items import WORK, Item, load_item
from hch.people.store.people import Role, find_person, make_person
from hch.people.store.posting import post_roots
from hch.people.store.refusals import Refusal
from hch.people.store.tables import events, workspaces
from hch.people.store.withdrawing import withdraw
from hch.types import Ask, Context, Pass, Question, Reply
from tests.serving.pages.axe import serious
from tests.serving.pages.conftest import PASSPHRASE
from tests.serving.pages.desks import BOOK, project_of

pytestmark = pytest.mark.slow

Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, address: str, database: Database, passphrase_hash: str) -> Iterator[Opened]:
    """Opens a page as somebody, in a browser of their own. No script may fail, and nothing be refused by the policy."""
    wrong: list[str] = []
    contexts = []

    def open_page(path: str, name: str = "Ann", role: Role = "answerer", width: int = 1280) -> Page:
        if database.read(find_person, name) is None:
            database.write(make_person, name, role, passphrase_hash, now=0.0)
        context = browser.new_context(base_url=address, viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        watch(page, wrong)
        page.goto(f"/sign-in?next={path}")
        page.fill("[name=name]", name)
        page.fill("[name=passphrase]", PASSPHRASE)
        page.click("button.primary")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        ready(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong


def watch(page: Page, wrong: list[str]) -> None:
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(f"a dialog: {dialog.message}"))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)


def ready(page: Page) -> Page:
    if page.query_selector("form[data-desk]"):
        page.wait_for_selector("form[data-ready=yes]")
    return page


def another_tab(page: Page, path: str) -> Page:
    tab = page.context.new_page()
    tab.goto(path)
    return ready(tab)


def wait_until_saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^saved \d\d:\d\d$"))


def write(page: Page, text: str, field: str = "reply") -> None:
    page.locator(f"textarea[name={field}]").first.click()
    page.keyboard.type(text)


def item_of(database: Database, id_: int) -> Item:
    item = database.read(load_item, id_)
    assert item is not None
    return item


def draft_of(database: Database, name: str, id_: int) -> str:
    person = database.read(find_person, name)
    assert person is not None
    draft = database.read(latest_draft, person.id, id_)
    return "" if draft is None else draft.content.reply


def count(database: Database, kind: str) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).where(events.c.kind == kind)).scalar_one())


def answer_as(database: Database, name: str, action: Reply | Pass | Ask) -> int:
    """Somebody else, elsewhere, takes the next question and acts."""
    person = database.read(find_person, name) or database.write(make_person, name, "answerer", None, now=0.0)
    id_ = database.write(take, person.id, [WORK], time.time())
    assert id_ is not None
    item = item_of(database, id_)
    token, known = f"token {time.monotonic_ns()}", (item.revision, item.draft_revision)

    def act(connection: Connection) -> Receipt | Refusal:
        revision, draft = known
        now = time.time()
        return submit(connection, person.id, id_, action, token, now=now, revision=revision, draft_revision=draft)

    done = database.write(act)
    assert isinstance(done, Receipt), done
    return id_


def withdraw_as(database: Database, name: str, id_: int) -> None:
    person = database.read(find_person, name)
    assert person is not None
    assert database.write(withdraw, person.id, id_, time.time()) is None


# Nothing that was written is lost


def test_a_draft_survives_a_closed_tab(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    write(page, "Written, and gone at once.")
    tab = page.context.new_page()
    page.close()
    tab.goto("/work/1")
    expect(tab.locator("[name=reply]")).to_have_value("Written, and gone at once.")
    assert draft_of(database, "Ann", 1) == "Written, and gone at once."


def test_saved_is_said_only_when_the_store_has_it(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    held: list[Route] = []
    page.route("**/draft", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    write(page, "x")
    expect(page.locator("[data-saved]")).to_have_text("saving…")
    page.wait_for_timeout(300)
    expect(page.locator("[data-saved]")).to_have_text("saving…")
    assert draft_of(database, "Ann", 1) == ""
    for route in held:
        route.continue_()
    wait_until_saved(page)
    assert draft_of(database, "Ann", 1) == "x"


def test_offline_it_says_so_keeps_the_text_and_saves_later(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    page.context.set_offline(True)
    write(page, "written in a tunnel")
    expect(page.locator("[data-saved]")).to_have_text("not saved: offline, trying again")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-notice]")).to_contain_text("Not submitted: there is no connection.")
    page.keyboard.type(", and after it")
    assert "written in a tunnel, and after it" in page.evaluate("JSON.stringify({...sessionStorage})")
    page.context.set_offline(False)
    wait_until_saved(page)
    assert draft_of(database, "Ann", 1) == "written in a tunnel, and after it"
    assert "tunnel" not in page.evaluate("JSON.stringify({...sessionStorage})")
    page.locator("[name=reply]").press("Control+Enter")
    page.wait_for_url("**/work?done=1")
    assert item_of(database, 1).text == "written in a tunnel, and after it"


def test_what_could_not_be_saved_is_there_after_a_reload(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    page.route("**/draft", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    write(page, "never reached the server")
    expect(page.locator("[data-saved]")).to_have_text("not saved: offline, trying again")
    page.unroute_all()
    page.reload()
    ready(page)
    expect(page.locator("[name=reply]")).to_have_value("never reached the server")
    wait_until_saved(page)


def test_a_save_whose_receipt_was_lost_is_no_conflict(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")

    def lose_the_receipt(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/draft", lose_the_receipt, times=1)
    write(page, "once")
    expect(page.locator("[data-saved]")).to_have_text("not saved: offline, trying again")
    page.keyboard.type(" more")
    wait_until_saved(page)
    expect(page.locator("[data-conflict]")).to_be_hidden()
    assert draft_of(database, "Ann", 1) == "once more"


@pytest.mark.parametrize(
    ("choice", "stays"), [("Keep mine", "from the second tab"), ("Take theirs", "from the first tab")]
)
def test_of_two_tabs_the_stale_one_shows_both_texts(
    database: Database, opened: Opened, choice: str, stays: str
) -> None:
    project_of(database)
    first = opened("/work")
    second = another_tab(first, "/work/1")
    write(first, "from the first tab")
    wait_until_saved(first)
    write(second, "from the second tab")
    panel = second.locator("[data-conflict]")
    expect(panel).to_be_visible()
    expect(panel.locator("[data-mine]")).to_contain_text("from the second tab")
    expect(panel.locator("[data-theirs]")).to_contain_text("from the first tab")
    panel.get_by_role("button", name=choice).click()
    expect(panel).to_be_hidden()
    expect(second.locator("[name=reply]")).to_have_value(stays)
    wait_until_saved(second)
    assert draft_of(database, "Ann", 1) == stays
    # Whichever was put aside can be gone back to.
    second.locator("[data-undo]").click()
    other = {"from the first tab", "from the second tab"} - {stays}
    expect(second.locator("[name=reply]")).to_have_value(other.pop())


def test_two_texts_can_be_merged_by_hand(database: Database, opened: Opened) -> None:
    project_of(database)
    first = opened("/work")
    second = another_tab(first, "/work/1")
    write(first, "one")
    wait_until_saved(first)
    write(second, "two")
    panel = second.locator("[data-conflict]")
    panel.get_by_role("button", name="Merge by hand").click()
    expect(panel.locator("[data-theirs]")).to_contain_text("one")
    second.keyboard.type(" and one")
    wait_until_saved(second)
    panel.get_by_role("button", name="Done merging").click()
    expect(panel).to_be_hidden()
    assert draft_of(database, "Ann", 1) == "two and one"


def test_undo_goes_back_step_by_step_and_further_than_the_page(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    reply = page.locator("[name=reply]")
    for text in ("one", " two", " three"):
        write(page, text)
        wait_until_saved(page)
    page.reload()
    ready(page)
    expect(page.locator("[data-undo]")).to_be_enabled()
    reply.click()
    for expected in ("one two", "one", ""):
        page.keyboard.press("Control+z")
        expect(reply).to_have_value(expected)
    expect(page.locator("[data-undo]")).to_be_disabled()
    for expected in ("one", "one two", "one two three"):
        page.keyboard.press("Control+Shift+z")
        expect(reply).to_have_value(expected)
    page.locator("[data-undo]").click()
    expect(reply).to_have_value("one two")
    wait_until_saved(page)
    assert draft_of(database, "Ann", 1) == "one two"


def test_undo_brings_back_a_question_that_was_removed(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    write(page, "What is x?", "asks")
    page.keyboard.press("Enter")
    page.keyboard.type("What is y?")
    wait_until_saved(page)
    page.get_by_role("button", name="Remove question 1").click()
    expect(page.locator("[name=asks]")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.locator("[name=asks]")).to_have_count(2)
    expect(page.locator("[name=asks]").first).to_have_value("What is x?")


def test_backspace_never_leaves_the_page(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    page.locator("h1").click()
    for _ in range(3):
        page.keyboard.press("Backspace")
    write(page, "x", "asks")
    for _ in range(4):
        page.keyboard.press("Backspace")
    page.wait_for_timeout(200)
    assert page.url.endswith("/work/1")
    expect(page.locator("[name=asks]")).to_have_count(1)


def test_signed_out_in_between_it_says_so_and_goes_on_after(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    tab = another_tab(page, "/work/lately")
    tab.click("text=Sign out")
    tab.wait_for_url("**/sign-in")
    write(page, "nobody")
    expect(page.locator("[data-saved]")).to_contain_text("not saved: you are signed out")
    tab.fill("[name=name]", "Ann")
    tab.fill("[name=passphrase]", PASSPHRASE)
    tab.click("button.primary")
    tab.wait_for_url(lambda url: "/sign-in" not in url)
    page.keyboard.type(" is lost")
    wait_until_saved(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/work?done=1")
    assert item_of(database, 1).text == "nobody is lost"


def test_whoever_lost_a_workspace_is_told_and_keeps_the_text(database: Database, opened: Opened) -> None:
    made = project_of(database)
    page = opened("/work")
    write(page, "almost done")
    wait_until_saved(page)
    with database.engine.begin() as connection:
        connection.execute(workspaces.update().values(lease_until=1.0))
    answer_as(database, "Bob", Ask(("What is x?",)))
    page.keyboard.type(", really")
    panel = page.locator("[data-lost-panel]")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("to be read and copied")
    expect(page.locator("[name=reply]")).to_have_value("almost done, really")
    expect(page.locator("[name=reply]")).not_to_be_editable()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel.get_by_role("button", name="Copy what I wrote").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "Reply: almost done, really"
    assert made.id == 1


# Acting


def test_the_keyboard_alone_suffices_from_sign_in_to_submitted(
    database: Database, browser: Browser, address: str, passphrase_hash: str
) -> None:
    project_of(database, view="contents")
    database.write(make_person, "Ann", "answerer", passphrase_hash, now=0.0)
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/sign-in")
    page.keyboard.type("Ann")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    tab_to(page, "document.activeElement.matches('main a[href=\"/work\"]')")
    page.keyboard.press("Enter")
    page.wait_for_selector("form[data-ready=yes]")
    page.keyboard.press("a")
    page.keyboard.type("What is x?")
    page.keyboard.press("Enter")
    page.keyboard.type("What is y?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".pending")).to_have_count(2)
    answer_as(database, "Bob", Reply("x is 1"))
    answer_as(database, "Bob", Pass("no idea"))
    expect(page.locator("#workspace")).to_have_attribute("data-waits", "no")
    tab_to(page, "document.activeElement.matches('.line')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("q")
    expect(page.locator("[name=asks]").first).to_have_value("“Lists” [1]")
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.type("So it is 1.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/work?done=1")
    item = item_of(database, 1)
    assert (item.text, len(item.workspace.consultations)) == ("So it is 1.", 2)
    tab_to(page, "document.activeElement.textContent === 'Take it back'")
    page.keyboard.press("Enter")
    page.wait_for_selector("form[data-ready=yes]")
    expect(page.locator("[name=reply]")).to_have_value("So it is 1.")
    context.close()


def tab_to(page: Page, there: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(there):
            return
    raise AssertionError(f"the keyboard does not get to {there}")


def test_answers_arrive_while_one_writes_and_disturb_nothing(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    write(page, "What is x?", "asks")
    page.keyboard.press("Enter")
    page.keyboard.type("What is y?")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".pending")
    ready(page)
    write(page, "I write while")
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    answer_as(database, "Bob", Reply("x is 1"))
    expect(page.locator("#consulted-1 .answer")).to_have_text("x is 1")
    expect(page.locator("[data-submit=reply]")).to_have_attribute("aria-disabled", "true")
    page.keyboard.type("can ")
    answer_as(database, "Bob", Reply("y is 2"))
    expect(page.locator("#consulted-2 .answer")).to_have_text("y is 2")
    expect(page.locator("[data-submit=reply]")).to_have_attribute("aria-disabled", "false")
    page.keyboard.type("also ")
    expect(page.locator("[name=reply]")).to_have_value("I write can also while")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/work?done=1")
    assert item_of(database, 1).text == "I write can also while"


def test_a_double_click_submits_once(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    posted: list[Request] = []
    page.on(
        "request", lambda sent: posted.append(sent) if sent.method == "POST" and sent.url.endswith("/work/1") else None
    )
    write(page, "What is x?", "asks")
    page.locator("[data-submit=ask]").dblclick()
    page.wait_for_selector(".pending")
    assert len(posted) == 1
    assert count(database, "asked") == 1


def test_a_submission_whose_receipt_was_lost_counts_once(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")

    def lose_the_receipt(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/work/1", lose_the_receipt, times=1)
    write(page, "What is x?", "asks")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-notice]")).to_contain_text("Not submitted: there is no connection")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".pending")
    assert count(database, "asked") == 1


def test_a_refusal_is_told_in_words_with_everything_still_there(database: Database, opened: Opened) -> None:
    project_of(database, words=3)
    page = opened("/work")
    write(page, "one two three four")
    expect(page.locator("[data-words]")).to_have_text("4 of 3 words")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-notice]")).to_contain_text("no words left in the budget")
    expect(page.locator("[name=reply]")).to_have_value("one two three four")
    page.keyboard.press("Control+Shift+ArrowLeft")
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/work?done=1")


def test_questions_are_added_and_taken_away(database: Database, opened: Opened) -> None:
    project_of(database, consultations=5)
    page = opened("/work")
    asks = page.locator("[name=asks]")
    asks.first.click()
    for number in range(1, 8):
        page.keyboard.type(f"{number}?")
        page.keyboard.press("Enter")
    expect(asks).to_have_count(5)
    expect(page.locator("[data-add]")).to_be_disabled()
    asks.nth(2).fill("")
    asks.nth(2).press("Backspace")
    expect(asks).to_have_count(4)
    expect(asks.nth(1)).to_be_focused()
    asks.nth(0).press("Shift+Enter")
    expect(asks.nth(0)).to_have_value("1?\n")


def test_what_the_other_side_will_see_follows_what_is_written(database: Database, opened: Opened) -> None:
    project_of(database, view="contents")
    page = opened("/work")
    page.click("text=What the other side will see")
    write(page, "What is <b>x</b>?", "asks")
    panel = page.locator("[data-other-side]")
    expect(panel.locator("li")).to_have_text(["What is <b>x</b>?"])
    expect(panel).to_contain_text("And of the context, all of it (3 facts).")


def test_pass_says_why(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    page.keyboard.press("p")
    page.keyboard.type("The book does not say.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/work?done=1")
    item = item_of(database, 1)
    assert (item.state, item.reason) == ("passed", "The book does not say.")


def test_a_withdrawn_answer_is_told_while_the_page_is_open(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    write(page, "What is x?", "asks")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".pending")
    below = answer_as(database, "Bob", Reply("x is 1"))
    expect(page.locator(".answer")).to_have_text("x is 1")
    write(page, "So it is 1")
    withdraw_as(database, "Bob", below)
    told = page.locator(".changed")
    expect(told.locator("del")).to_have_text("x is 1")
    expect(told).to_contain_text("a new answer is on its way")
    answer_as(database, "Bob", Reply("x is 2"))
    expect(told.locator("ins")).to_have_text("x is 2")
    expect(page.locator("[name=reply]")).to_have_value("So it is 1")


def test_news_is_told_on_an_empty_desk_and_nothing_is_taken(database: Database, opened: Opened) -> None:
    made = project_of(database, [])
    page = opened("/work")
    expect(page.locator("h1")).to_have_text("Nothing waits for you")
    expect(page.locator("[data-new]")).to_be_hidden()
    database.write(post_roots, made, [Question("Is this new?")], time.time())
    expect(page.locator("[data-new]")).to_be_visible()
    assert item_of(database, 1).holder is None
    page.click("text=Look")
    expect(page.locator("h1")).to_contain_text("Is this new?")


# Reading


def test_words_are_found_marked_and_gone_through(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    page.keyboard.press("/")
    page.keyboard.type("LINE 2")
    expect(page.locator("[data-found]")).to_have_text("11 found")
    expect(page.locator("[data-fact='1']")).to_be_hidden()
    expect(page.locator("[data-fact='3'] details")).to_have_attribute("open", "")
    assert page.evaluate("CSS.highlights.get('found').size") == 11
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("[data-found]")).to_have_text("2 of 11")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("[data-found]")).to_have_text("11 of 11")
    page.keyboard.press("Escape")
    expect(page.locator("[data-fact='1']")).to_be_visible()
    expect(page.locator("[data-find]")).to_have_value("")


def test_lines_are_quoted_with_their_place(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    write(page, "As it says:")
    lines = page.locator("[data-fact='1'] .line")
    lines.nth(1).click()
    page.keyboard.press("q")
    expect(page.locator("[name=reply]")).to_have_value("As it says: “A list keeps its order.” [1:2]")
    lines.nth(1).focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("q")
    expect(page.locator("[name=reply]")).to_have_value(
        "As it says: “A list keeps its order.” [1:2] “A list keeps its order.\nIt can grow.” [1:2–3]"
    )


def test_selected_text_is_quoted_with_the_button(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    page.locator("[name=reply]").click()
    page.evaluate(
        """() => {
            const [first, second] = [1, 2].map((fact) => document.querySelector(`[data-fact="${fact}"]`));
            getSelection().setBaseAndExtent(
                first.querySelectorAll(".line")[2].firstChild, 3, second.querySelectorAll(".line")[0].firstChild, 6);
        }"""
    )
    page.locator("[data-quote]").click()
    expect(page.locator("[name=reply]")).to_have_value("“can grow.\nTuples” [1:3–2:1]")


def test_single_keys_can_be_switched_off(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    page.keyboard.press("?")
    page.locator("[data-single-keys]").uncheck()
    page.locator("h1").click()
    page.keyboard.press("r")
    expect(page.locator("[name=reply]")).not_to_be_focused()
    page.reload()
    ready(page)
    page.keyboard.press("r")
    expect(page.locator("[name=reply]")).not_to_be_focused()


HOSTILE = '<img src=x onerror="window.owned=1"><script>window.owned=1</script></textarea><svg onload=window.owned=1>'


def test_hostile_texts_run_nothing(database: Database, opened: Opened) -> None:
    project_of(database, [Question(HOSTILE, Context((HOSTILE, f"{HOSTILE}\n" * 20)))], title=HOSTILE, judging="rate")
    page = opened("/work")
    write(page, HOSTILE, "asks")
    page.click("text=What the other side will see")
    page.keyboard.press("/")
    page.locator("[data-find]").fill("<img")
    page.locator(".line").first.click()
    page.keyboard.press("q")
    wait_until_saved(page)
    page.locator("[data-submit=ask]").click()
    page.wait_for_selector(".pending")
    answer_as(database, "Bob", Reply(HOSTILE))
    expect(page.locator(".answer")).to_have_text(HOSTILE)
    tab = another_tab(page, "/work/1")
    write(tab, HOSTILE)
    wait_until_saved(tab)
    write(page, f"{HOSTILE}!")
    expect(page.locator("[data-theirs] .verbatim")).to_have_text(HOSTILE)
    page.get_by_role("button", name="Take theirs").click()
    wait_until_saved(page)
    page.locator("[name=reply]").press("Control+Enter")
    page.wait_for_url("**/work?done=1")
    judge = opened("/judge", "Jo", "judge")
    expect(judge.locator("blockquote")).to_have_text(HOSTILE)
    for browser_page in (page, tab, judge):
        assert browser_page.evaluate("window.owned") is None


# The clock


def test_the_clock_runs_pauses_and_goes_on(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    clock, button = page.locator("[data-clock]"), page.locator("[data-pause]")
    expect(clock).to_have_attribute("data-state", "running")
    expect(clock).to_have_text("0:02", timeout=6000)
    button.click()
    expect(clock).to_have_attribute("data-state", "paused")
    expect(button).to_have_text("Go on")
    stood = clock.inner_text()
    page.wait_for_timeout(1500)
    assert clock.inner_text() == stood
    assert count(database, "paused") == 1
    write(page, "x")
    expect(clock).to_have_attribute("data-state", "running")


def test_the_clock_stops_when_nobody_is_there(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work/lately")
    page.clock.install()
    page.goto("/work")
    ready(page)
    clock = page.locator("[data-clock]")
    beats: list[Request] = []
    page.on("request", lambda sent: beats.append(sent) if sent.url.endswith("/touch") else None)
    for _ in range(59):
        page.clock.run_for(1000)
    expect(clock).to_have_attribute("data-state", "running")
    alive = len(beats)
    assert 3 <= alive <= 5
    for _ in range(16):
        page.clock.run_for(1000)
    expect(clock).to_have_attribute("data-state", "paused")
    silent = len(beats)
    for _ in range(120):
        page.clock.run_for(1000)
    assert len(beats) == silent <= alive + 2
    assert count(database, "paused") == 1
    page.mouse.move(100, 100)
    page.mouse.move(200, 200)
    expect(clock).to_have_attribute("data-state", "running")


def test_the_clock_stops_when_the_tab_is_not_seen(database: Database, opened: Opened) -> None:
    project_of(database)
    page = opened("/work")
    hide = """(hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    expect(page.locator("[data-clock]")).to_have_attribute("data-state", "paused")
    page.evaluate(hide, False)
    expect(page.locator("[data-clock]")).to_have_attribute("data-state", "running")


# Judging


def test_a_rating_is_given_with_the_keyboard(database: Database, opened: Opened) -> None:
    project_of(database, [Question("Why?", BOOK)], judging="rate")
    answer_as(database, "Bob", Reply("Because."))
    page = opened("/judge", "Jo", "judge")
    checked = page.locator("input[type=radio]:checked")
    page.keyboard.press("7")
    expect(checked).to_have_value("7")
    page.keyboard.press("ArrowRight")
    expect(checked).to_have_value("8")
    page.keyboard.press("1")
    page.keyboard.press("0")
    expect(checked).to_have_value("10")
    wait_until_saved(page)
    page.reload()
    ready(page)
    expect(checked).to_have_value("10")
    page.keyboard.press("r")
    page.keyboard.type("It is all there.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/judge?done=2")
    item = item_of(database, 2)
    assert (item.text, item.reason) == ("10", "It is all there.")


def test_one_of_two_is_chosen_with_the_keyboard(database: Database, opened: Opened) -> None:
    project_of(database, [Question("Why?", BOOK)], judging="choose", copies=2)
    answer_as(database, "Bob", Reply("one answer"))
    answer_as(database, "Cy", Reply("another answer"))
    page = opened("/judge", "Jo", "judge")
    second = page.locator("blockquote").nth(1).inner_text()
    page.keyboard.press("Control+Enter")
    page.keyboard.press("2")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/judge?done=3")
    item = item_of(database, 3)
    assert item.material is not None
    assert item.material["answers"][int(item.text)] == second
    page.get_by_role("button", name="Take it back").first.click()
    ready(page)
    expect(page.locator("input[type=radio]:checked")).to_have_value("second")


# The look


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_screen(database: Database, opened: Opened, width: int) -> None:
    long = "w" * 300
    project_of(database, [Question(f"Why {long}?", Context((long, f"{long}\n" * 30)))], judging="rate", title=long)
    page = opened("/work", width=width)

    def fits(shown: Page) -> bool:
        return bool(shown.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    assert fits(page)
    write(page, long, "asks")
    page.click("text=What the other side will see")
    page.locator("[data-submit=ask]").click()
    page.wait_for_selector(".pending")
    assert fits(page)
    answer_as(database, "Bob", Reply(long))
    page.wait_for_selector("#workspace[data-waits=no]")
    page.click("text=Not for me")
    page.keyboard.press("?")
    assert fits(page)
    page.locator("[name=reply]").fill(long)
    page.locator("[name=reply]").press("Control+Enter")
    page.wait_for_url("**/work?done=1")
    assert fits(page)
    judge = opened("/judge", "Jo", "judge", width=width)
    assert fits(judge)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_every_state_of_the_pages_can_be_used_by_all(
    database: Database, opened: Opened, width: int, scheme: Literal["light", "dark"]
) -> None:
    project_of(database, judging="rate", view="everything")
    page = opened("/work", width=width)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    problems = {"at first": serious(page)}
    page.keyboard.press("?")
    for summary in ("What the other side will see", "Not for me", "Sets"):
        page.locator("summary", has_text=summary).click()
    write(page, "What is x?", "asks")
    wait_until_saved(page)
    problems["all open"] = serious(page)
    tab = another_tab(page, "/work/1")
    write(tab, "in another tab")
    wait_until_saved(tab)
    tab.close()
    write(page, "here")
    expect(page.locator("[data-conflict]")).to_be_visible()
    problems["two texts"] = serious(page)
    page.get_by_role("button", name="Keep mine").click()
    wait_until_saved(page)
    page.context.set_offline(True)
    page.locator("[data-submit=ask]").click()
    expect(page.locator("[data-notice]")).to_be_visible()
    problems["offline"] = serious(page)
    page.context.set_offline(False)
    page.locator("[data-submit=ask]").click()
    page.wait_for_selector(".pending")
    problems["waiting"] = serious(page)
    below = answer_as(database, "Bob", Reply("x is 1"))
    expect(page.locator("#workspace")).to_have_attribute("data-waits", "no")
    problems["answered"] = serious(page)
    withdraw_as(database, "Bob", below)
    expect(page.locator(".changed")).to_be_visible()
    problems["changed"] = serious(page)
    answer_as(database, "Bob", Pass("no idea"))
    expect(page.locator(".changed ins")).to_be_visible()
    page.locator("[name=reply]").press("Control+Enter")
    page.wait_for_url("**/work?done=1")
    problems["nothing waits"] = serious(page)
    page.goto("/work/1")
    problems["submitted"] = serious(page)
    judge = opened("/judge", "Jo", "judge", width)
    judge.emulate_media(color_scheme=scheme)
    judge.keyboard.press("7")
    problems["judging"] = serious(judge)
    with database.engine.begin() as connection:
        connection.execute(workspaces.update().values(holder_id=None))
    judge.keyboard.press("8")
    expect(judge.locator("[data-lost-panel]")).to_be_visible()
    problems["lost"] = serious(judge)
    assert not {state: some for state, some in problems.items() if some}
