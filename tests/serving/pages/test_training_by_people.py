"""People, played by scripted browsers, are H for a training run: it suspends, goes on, and its model becomes right."""

from __future__ import annotations

import json
import re
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
from hch.people.store.database import Database
from hch.people.store.people import make_person
from hch.serving.pages.app import application
from hch.serving.pages.settings import Settings
from hch.tasks.permutation import Permutation
from hch.types import Answer, Ask, Consultation, Outcome, Question, Reply, Round, Workspace
from tests.servers import serving
from tests.serving.pages.chromium import chromium
from tests.serving.pages.conftest import PASSPHRASE, SECRET, UNHURRIED

TASK = Permutation(largest=4, bits=2, symbols=8)
COMMAND = (
    "permutation-tiny-imitated", "--task.bits", "2", "--steps", "120", "--imitated.batch", "8", "--imitated.window",
    "24", "--imitated.check-every", "1000", "--people.poll", "0.05", "--evaluation.questions", "200",
)  # fmt: skip


@pytest.mark.slow
def test_scripted_browsers_are_h_and_the_model_becomes_right(
    database: Database, passphrase_hash: str, tmp_path: Path
) -> None:
    for name in ("Ann", "Bob"):
        database.write(make_person, name, "answerer", passphrase_hash, 0.0)
    store, run = str(database.engine.url), tmp_path / "run"
    training = hch("train", *COMMAND, "--people.store", store, "--people.patience", "6", "--out", str(run))
    assert training.wait(60) == 0
    assert (ended(run)["status"], bool(ended(run)["waiting"])) == ("stopped", True)
    at_first = ended(run)["accuracy"]["model"]

    settings = Settings(database, SECRET, hosts=("127.0.0.1",), pace=UNHURRIED)
    answered, interrupted = 0, False
    with serving(application(settings)) as address, chromium() as browser:
        people = [worker(browser, address, name) for name in ("Ann", "Bob")]
        training = hch("resume", str(run))
        while training.poll() is None or ended(run)["status"] == "stopped":
            if training.poll() is not None:
                training = hch("resume", str(run))
            answered += sum(acts(page, address) for page in people)
            if answered > 40 and not interrupted:
                # Somebody ends the run in the middle of it, and goes on with it later. It may just have suspended.
                training.send_signal(signal.SIGINT)
                interrupted = training.wait(60) == 130
                assert interrupted or ended(run)["status"] == "stopped"
            assert answered < 1500, "people have answered enough"
        assert training.wait() == 0

    results = ended(run)
    assert interrupted
    assert results["status"] == "done"
    assert results["human_transcripts"] < 300
    assert at_first < 0.4
    assert results["accuracy"]["model"] > at_first + 0.3


def ended(run: Path) -> Any:
    """What the run came to when it last ended."""
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


def acts(page: Page, address: str) -> int:
    """Does what H would do next in the workspace that the page shows, if it shows one."""
    page.goto(f"{address}/work")
    if not re.search(r"/work/\d+", page.url):
        time.sleep(0.02)
        return 0
    action = decided(page)
    try:
        if isinstance(action, Ask):
            page.fill("[name=asks] >> nth=0", action.texts[0])
            page.press("[name=asks] >> nth=0", "Control+Enter")
        else:
            page.fill("[name=reply]", action.text)
            page.press("[name=reply]", "Control+Enter")
        page.wait_for_function(
            "() => !document.querySelector('[data-desk]') || location.search || "
            "document.querySelector('#workspace').dataset.waits == 'yes'",
            timeout=5000,
        )
    except BrowserTimeout:
        return 0
    return 1


def decided(page: Page) -> Any:
    """What the script decides on what is to be read on the page, and on nothing else."""
    question = page.inner_text("h1.question .verbatim")
    rounds: list[Round] = []
    for each in page.query_selector_all("#workspace .round .consulted"):
        asked = each.query_selector(".asked")
        answer = each.query_selector(".answer")
        assert asked is not None
        said = Answer(answer.inner_text()) if answer else Answer(outcome=Outcome.PASSED)
        rounds.append((Consultation(Question(asked.inner_text()), said),))
    action = Scripted(TASK.script)._next(Workspace(Question(question), tuple(rounds)))
    assert isinstance(action, Ask | Reply), (question, action)
    return action
