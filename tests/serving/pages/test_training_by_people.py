"""People, played by scripted browsers, are H for a training run: it suspends, goes on, and its model becomes right."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as BrowserTimeout

from hch.humans.scripted import Scripted
from hch.people.store import desk
from hch.people.store.database import Database
from hch.people.store.items import WORK
from hch.people.store.people import make_person
from hch.serving.pages.app import application
from hch.serving.pages.settings import Settings
from hch.tasks.permutation import Permutation
from hch.types import Answer, Ask, Consultation, Outcome, Question, Reply, Round, Workspace
from tests.servers import serving
from tests.serving.pages.chromium import chromium
from tests.serving.pages.conftest import PASSPHRASE, SECRET, UNHURRIED

TASK = Permutation(largest=4, bits=2, symbols=4)
# So small that H′ is trusted after about 20 transcripts, and the model is right soon after.
COMMAND = (
    "permutation-tiny-imitated", "--task.bits", "2", "--task.symbols", "4", "--steps", "80", "--batches.instances",
    "10", "--imitated.batch", "4", "--imitated.window", "8", "--imitated.check-every", "1000", "--people.poll", "0.02",
    "--evaluation.questions", "100",
)  # fmt: skip
INTERRUPT_AFTER = 12
"""Actions of people; it takes about 50 until H′ is trusted."""


@pytest.mark.slow
def test_scripted_browsers_are_h_and_the_model_becomes_right(
    database: Database, passphrase_hash: str, tmp_path: Path
) -> None:
    people = [database.write(make_person, name, "answerer", passphrase_hash, 0.0) for name in ("Ann", "Bob")]
    store, run = str(database.engine.url), tmp_path / "run"
    training = hch("train", *COMMAND, "--people.store", store, "--people.patience", "5", "--out", str(run))
    assert training.wait(60) == 0
    assert (results_of(run)["status"], bool(results_of(run)["waiting"])) == ("stopped", True)
    at_first = results_of(run)["accuracy"]["model"]

    settings = Settings(database, SECRET, hosts=("127.0.0.1",), pace=UNHURRIED)
    actions, interrupted = 0, False
    with serving(application(settings)) as address, chromium() as browser:
        pages = [worker(browser, address, person.name) for person in people]
        training = hch("resume", str(run))
        while training.poll() is None or results_of(run)["status"] == "stopped":
            if training.poll() is not None:
                training = hch("resume", str(run))
            # Only who has something to do loads a page: the run needs the processor, too.
            busy = [
                page
                for page, person in zip(pages, people, strict=True)
                if database.read(desk.has_work, person.id, [WORK], time.time())
            ]
            actions += sum(act(page, address) for page in busy)
            time.sleep(0.0 if busy else 0.05)
            if actions > INTERRUPT_AFTER and not interrupted:
                # Somebody ends the run in the middle of it, and goes on with it later. It may just have suspended.
                training.send_signal(signal.SIGINT)
                interrupted = training.wait(60) == 130
                assert interrupted or results_of(run)["status"] == "stopped"
            assert actions < 300, "H′ should have been trusted by now"
        assert training.wait() == 0

    results = results_of(run)
    assert interrupted
    assert results["status"] == "done"
    assert results["human_transcripts"] < 100
    assert at_first < 0.4
    assert results["accuracy"]["model"] > at_first + 0.3


def results_of(run: Path) -> Any:
    """The results of the run when it last ended."""
    return json.loads((run / "results.json").read_text())


def hch(*words: str) -> subprocess.Popen[bytes]:
    command = [str(Path(sys.executable).with_name("hch")), *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def worker(browser: Browser, address: str, name: str) -> Page:
    """A browser of its own, signed in."""
    page = browser.new_context().new_page()
    page.goto(f"{address}/sign-in")
    page.fill("input[name=name]", name)
    page.fill("input[name=passphrase]", PASSPHRASE)
    page.click("button.primary")
    page.wait_for_url(f"{address}/")
    return page


READY = """() => {
    const form = document.querySelector("[data-desk]");
    return document.body && !document.body.dataset.left && (!form || form.dataset.ready == "yes");
}"""


def act(page: Page, address: str) -> int:
    """Does what H would do next in a workspace, and returns 1; 0 if there is none, or it was taken away meanwhile."""
    try:
        if not can_act(page):
            page.goto(f"{address}/work")
            page.wait_for_function(READY)
            if not can_act(page):
                return 0
        action = next_action(page)
        page.evaluate("document.body.dataset.left = 'yes'")  # a mark of this document, which the next one lacks
        if isinstance(action, Ask):
            page.fill("[name=asks] >> nth=0", action.texts[0])
            page.press("[name=asks] >> nth=0", "Control+Enter")
        else:
            page.fill("[name=reply]", action.text)
            page.press("[name=reply]", "Control+Enter")
        page.wait_for_function(READY, timeout=5000)
    except BrowserTimeout:
        page.goto(f"{address}/work/lately")
        return 0
    return 1


def can_act(page: Page) -> bool:
    """Whether the page shows a workspace in which H has all answers."""
    return page.query_selector("[data-desk]") is not None and bool(page.query_selector("#workspace[data-waits=no]"))


def next_action(page: Page) -> Ask | Reply:
    """The script's next action, from what the page shows and nothing else."""
    question = page.inner_text("h1.question .verbatim")
    rounds: list[Round] = []
    for consultation in page.query_selector_all("#workspace .round .consulted"):
        subquestion = consultation.query_selector(".asked")
        answer = consultation.query_selector(".answer")
        assert subquestion is not None
        text = Answer(answer.inner_text()) if answer else Answer(outcome=Outcome.PASSED)
        rounds.append((Consultation(Question(subquestion.inner_text()), text),))
    action = Scripted(TASK.script)._next(Workspace(Question(question), tuple(rounds)))
    assert isinstance(action, Ask | Reply), (question, action)
    return action
