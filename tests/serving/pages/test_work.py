from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from hch.people.store.content import content_hash
from hch.people.store.database import Database
from hch.people.store.drafts import latest_draft
from hch.people.store.items import Item, load_item
from hch.people.store.refusals import Writing
from hch.people.store.tables import events, shown, workspaces
from hch.serving.pages.forms import MOST_ASKS, MOST_LETTERS
from hch.text.render import workspace_text
from hch.types import Answer, Budget, Context, Outcome, Question
from tests.serving.pages.conftest import Visitor
from tests.serving.pages.desks import BOOK, WHY, decide, fields, project_of, script, take_next, visible

SignedIn = Callable[..., Visitor]

HOSTILE = "<script>alert(1)</script> \"'&{{7*7}} \x00 \ud800 \u202e\n\n  <!-- ]]> \\ -->"


def item_of(database: Database, id_: int) -> Item:
    item = database.read(load_item, id_)
    assert item is not None
    return item


def recorded_texts(database: Database, person: int) -> list[str]:
    query = select(events.c.data).where(events.c.kind == "shown", events.c.person_id == person).order_by(events.c.id)
    with database.reading() as connection:
        kept = {row.id: row.text for row in connection.execute(select(shown))}
        return [kept[data["shown"]] for data in connection.execute(query).scalars()]


def grow_old(database: Database, id_: int, seconds: float) -> None:
    """As if all that was done in a workspace had been done earlier."""
    with database.engine.begin() as connection:
        w = workspaces.c
        earlier = {name: w[name] - seconds for name in ("asked_at", "ended_at", "lease_until", "touched_at")}
        connection.execute(workspaces.update().where(w.id == id_).values(**earlier))


# What is seen


def test_the_next_question_is_taken_and_shown(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    page = ann.get("/work")
    assert page.status_code == 200
    assert page.url.path == "/work/1"
    assert "Why do lists keep their order?" in visible(page.text)
    assert item_of(database, 1).holder == ann.person.id


def test_all_lines_of_the_training_row_are_on_the_page(database: Database, signed_in: SignedIn) -> None:
    project_of(database, [Question("Why?\nAnd\tso on: 1 -> 2", BOOK)])
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    first = take_next(ann)
    decide(ann, first, "ask", asks=["What is\nx?", "What is y?", "And z?"])
    for action, written in [
        ("reply", {"reply": "x is 1\nand 2"}),
        ("pass", {"reason": "no idea"}),
        ("reply", {"reply": "0"}),
    ]:
        decide(bob, take_next(bob), action, **written)
    workspace = item_of(database, first).workspace
    assert len(workspace.consultations) == 3
    page = visible(ann.get(f"/work/{first}").text)
    for line in workspace_text(workspace).splitlines():
        assert " ".join(line.split()) in page
    assert "no idea" in page


def test_who_answered_is_not_shown(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bobadilla")
    first = take_next(ann)
    decide(ann, first, "ask", asks=["What is x?"])
    decide(bob, take_next(bob), "reply", reply="x is 1")
    page = ann.get(f"/work/{first}").text
    assert "x is 1" in page
    assert "Bobadilla" not in page
    assert f"person {bob.person.id}" not in page


@pytest.mark.parametrize(
    ("view", "there", "absent"),
    [
        ("everything", ["A list keeps its order.", "Line 30 about sets."], []),
        ("contents", ["Lists", "Tuples", "Sets"], ["A list keeps its order.", "Line 30"]),
        ("nothing", ["You see nothing of it.", "3 facts"], ["Tuples", "Line 30"]),
    ],
)
def test_h_sees_of_the_context_what_the_rules_say(
    database: Database, signed_in: SignedIn, view: str, there: list[str], absent: list[str]
) -> None:
    project_of(database, view=view)
    page = visible(signed_in("answerer", "Ann").get("/work").text)
    assert all(text in page for text in there)
    assert not any(text in page for text in absent)


def test_whoever_can_ask_nobody_reads_everything(database: Database, signed_in: SignedIn) -> None:
    project_of(database, view="contents", depth=0)
    page = signed_in("answerer", "Ann").get("/work").text
    assert "Line 30 about sets." in page
    assert 'name="asks"' not in page
    assert "You answer this one alone" in page


def test_and_does_not_where_the_rules_say_so(database: Database, signed_in: SignedIn) -> None:
    project_of(database, view="contents", depth=0, readers_see_all=False)
    assert "Line 30 about sets." not in signed_in("answerer", "Ann").get("/work").text


def test_what_the_other_side_sees_is_said(database: Database, signed_in: SignedIn) -> None:
    project_of(database, view="contents", depth=1)
    page = visible(signed_in("answerer", "Ann").get("/work").text)
    assert "Each question goes to another person" in page
    assert "And of the context, all of it (3 facts)." in page


def test_what_was_shown_is_written_down_once_for_each_change(database: Database, signed_in: SignedIn) -> None:
    project_of(database, view="contents")
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    first = take_next(ann)
    for _ in range(3):
        ann.get(f"/work/{first}")
        ann.get(f"/work/{first}/workspace")
    (text,) = recorded_texts(database, ann.person.id)
    assert text == "\n".join(
        ["fact 1: Lists", "fact 2: Tuples", "fact 3: Sets", workspace_text(item_of(database, first).workspace)]
    )
    decide(ann, first, "ask", asks=["What is x?"])
    ann.get(f"/work/{first}")
    decide(bob, take_next(bob), "pass", reason="no idea")
    ann.get(f"/work/{first}/workspace")
    ann.get(f"/work/{first}")
    _, waiting, came = recorded_texts(database, ann.person.id)
    assert "waiting 1: What is x?" in waiting
    assert came.endswith(workspace_text(item_of(database, first).workspace) + "\nreason 1: no idea")
    assert item_of(database, first).shown_at is not None


def test_an_answer_is_shown_before_its_round_is_complete(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    first = take_next(ann)
    decide(ann, first, "ask", asks=["What is x?", "What is y?"])
    decide(bob, take_next(bob), "reply", reply="x is 1")
    part = visible(ann.get(f"/work/{first}/workspace").text)
    assert "1: What is x? -> x is 1" in part
    assert "2: What is y? on its way" in part
    refused = decide(ann, first, "reply", reply="too early")
    assert refused.status_code == 409
    assert "not all answers are here yet" in refused.text


def test_an_answer_that_will_be_withheld_is_not_shown_before(database: Database, signed_in: SignedIn) -> None:
    project_of(database, words=4)
    ann = signed_in("answerer", "Ann")
    first = take_next(ann)
    decide(ann, first, "ask", asks=["What is x?", "What is y?"])
    from hch.people.store.answers import answer_waiting, waiting_for_model

    asked, _ = database.read(waiting_for_model, item_of(database, first).project)
    database.write(answer_waiting, asked, Answer("far more words than were granted"), now=time.time())
    part = visible(ann.get(f"/work/{first}/workspace").text)
    assert "far more words" not in part
    assert "1: What is x?: no answer" in part
    assert "cost more than was granted" in part


def test_a_suggestion_is_shown_and_recorded(database: Database, signed_in: SignedIn) -> None:
    project_of(database, other_side="model", suggest=True)
    with database.engine.begin() as connection:
        connection.execute(workspaces.update().values(suggestion="Because of <i>memory</i>."))
    ann = signed_in("answerer", "Ann")
    assert "Because of &lt;i&gt;memory&lt;/i&gt;." in ann.get("/work").text
    assert recorded_texts(database, ann.person.id)[0].endswith("suggestion: Because of <i>memory</i>.")


def test_a_budget_is_said_in_words(database: Database, signed_in: SignedIn) -> None:
    project_of(database, depth=2, consultations=5, words=50)
    page = visible(signed_in("answerer", "Ann").get("/work").text)
    assert "left: 2 depth, 5 consultations, 50 words" in page
    assert "You may ask 5 more questions, those asked below you included." in page
    assert "1 level deep" in page
    assert "There are 50 words left" in page


def test_nothing_waits_is_said_with_what_is_on_its_way(database: Database, signed_in: SignedIn) -> None:
    project_of(database, other_side="run")
    ann = signed_in("answerer", "Ann")
    assert "Why do lists" in ann.get("/work").text
    decide(ann, 1, "ask", asks=["What is x?", "What is y?"])
    page = visible(ann.get("/work").text)
    assert "Nothing waits for you" in page
    assert "Answers to 2 of your questions are on their way." in page
    assert "0 of 2 answers here" in page


def test_hostile_texts_stay_texts_everywhere(database: Database, signed_in: SignedIn) -> None:
    project_of(database, [Question(HOSTILE, Context((HOSTILE, HOSTILE * 40)))], title=HOSTILE)
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    safe = HOSTILE.replace("\ud800", "").replace("\x00", "")
    first = take_next(ann)
    decide(ann, first, "ask", asks=[safe, safe + "?"])
    decide(bob, take_next(bob), "reply", reply=safe)
    decide(bob, take_next(bob), "pass", reason=safe)
    assert (
        script(
            ann,
            f"/desk/{first}/draft",
            {"revision": item_of(database, first).draft_revision, "reply": safe, "asks": [safe], "reason": safe},
        ).status_code
        == 200
    )
    pages = [ann.get(path).text for path in (f"/work/{first}", f"/work/{first}/workspace", "/work/lately")]
    pages += [bob.get(path).text for path in ("/work", "/work/lately", "/work/2")]
    for page in pages:
        assert "<script>alert" not in page
        assert "<!-- ]]" not in page
        assert "{{" not in page or "{{7*7}}" in page
    assert pages[0].count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 8


def test_a_draft_that_begins_with_a_line_break_keeps_it(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    id_ = take_next(ann)
    script(ann, f"/desk/{id_}/draft", {"revision": 0, "reply": "\n\n  so"})
    # The first line break of a field is no part of its text.
    assert ">\n\n\n  so</textarea>" in ann.get(f"/work/{id_}").text


# Who may


def test_only_its_holder_sees_a_workspace(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    id_ = take_next(ann)
    page = bob.get(f"/work/{id_}")
    assert page.status_code == 403
    assert "You do not hold this question" in page.text
    assert "lists keep their order" not in page.text
    assert bob.get(f"/work/{id_}/workspace").status_code == 409
    refused = bob.fill(
        f"/work/{id_}",
        {**fields(ann.get(f"/work/{id_}").text), "csrf_token": bob.token(), "action": "reply", "reply": "mine"},
    )
    assert refused.status_code == 409
    assert item_of(database, id_).state == "open"


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [("judge", "/work", 403), ("judge", "/work/1", 403), ("judge", "/work/lately", 403), ("researcher", "/work", 200)],
)
def test_work_is_for_those_who_answer(
    database: Database, signed_in: SignedIn, role: str, path: str, status: int
) -> None:
    project_of(database)
    assert signed_in(role, "Jo").get(path).status_code == status


def test_a_judge_cannot_act_in_a_workspace_through_the_shared_routes(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann, jo = signed_in("answerer", "Ann"), signed_in("judge", "Jo")
    id_ = take_next(ann)
    for path in ("release", "skip", "withdraw"):
        assert jo.fill(f"/desk/{id_}/{path}").status_code == 403
    assert script(jo, f"/desk/{id_}/draft", {"revision": 0, "reply": "x"}).status_code == 409
    assert script(jo, f"/desk/{id_}/touch", {}).status_code == 409
    assert item_of(database, id_).holder == ann.person.id


@pytest.mark.parametrize("path", ["/work/999", "/work/9007199254740992", "/work/999/workspace"])
def test_there_is_nothing_under_other_numbers(database: Database, signed_in: SignedIn, path: str) -> None:
    project_of(database)
    assert signed_in("answerer", "Ann").get(path).status_code == 404


def test_nobody_who_has_not_signed_in_gets_anything(database: Database, visitor: Callable[[], Visitor]) -> None:
    project_of(database)
    client = visitor()
    for path in ("/work", "/work/1", "/work/lately", "/judge", "/judge/1"):
        assert client.get(path, follow_redirects=False).headers["location"].startswith("/sign-in")
    assert script(client, "/desk/1/draft", {"revision": 0}).status_code == 401


# Acting


def test_replies_go_to_the_next_question_with_a_way_back(database: Database, signed_in: SignedIn) -> None:
    project_of(database, [WHY, Question("And sets?", BOOK)])
    ann = signed_in("answerer", "Ann")
    done = decide(ann, take_next(ann), "reply", reply="Because.\r\nSo it is.")
    assert (done.status_code, done.headers["location"]) == (303, "/work?done=1")
    assert item_of(database, 1).text == "Because.\nSo it is."
    page = ann.get("/work?done=1")
    assert page.url.path == "/work/2"
    assert "Submitted: Why do lists keep their order?" in visible(page.text)
    assert re.search(r'data-left="59\d">9:5\d</span> left', page.text)


def test_what_was_submitted_can_be_taken_back_while_the_time_lasts(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    decide(ann, take_next(ann), "reply", reply="Because.")
    assert "Take it back" in ann.get("/work/lately").text
    back = ann.fill("/desk/1/withdraw")
    assert back.headers["location"] == "/work/1"
    assert ">\nBecause.</textarea>" in ann.get("/work/1").text
    decide(ann, 1, "pass", reason="After all, no.")
    grow_old(database, 1, 601)
    assert "Take it back" not in ann.get("/work/lately").text
    late = ann.fill("/desk/1/withdraw")
    assert late.status_code == 409
    assert "10 minutes" in late.text
    assert "You passed: After all, no." in visible(ann.get("/work/lately").text)


def test_the_page_of_something_submitted_says_so(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    decide(ann, take_next(ann), "reply", reply="Because.")
    page = ann.get("/work/1")
    assert page.status_code == 200
    assert "You submitted this" in page.text
    assert "Take it back" in page.text


def test_questions_can_be_taken_back_until_one_is_answered(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    first = take_next(ann)
    decide(ann, first, "ask", asks=["What is x?", "What is y?"])
    assert "Take the questions back" in ann.get(f"/work/{first}").text
    ann.fill(f"/desk/{first}/withdraw")
    page = ann.get(f"/work/{first}").text
    assert re.findall(r'<textarea name="asks"[^>]*>\n([^<]+)</textarea>', page) == ["What is x?", "What is y?"]
    decide(ann, first, "ask", asks=["What is x?"])
    decide(bob, take_next(bob), "reply", reply="1")
    assert "Take the questions back" not in ann.get(f"/work/{first}").text


def test_questions_taken_back_after_they_were_put_back_are_ones_own_again(
    database: Database, signed_in: SignedIn
) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    first = take_next(ann)
    decide(ann, first, "ask", asks=["What is x?"])
    ann.fill(f"/desk/{first}/release")
    ann.fill(f"/desk/{first}/withdraw")
    assert item_of(database, first).holder == ann.person.id
    assert ann.get(f"/work/{first}").status_code == 200


def test_the_same_submission_twice_counts_once(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    id_ = take_next(ann)
    sent = {**fields(ann.get(f"/work/{id_}").text), "action": "ask", "asks": ["What is x?"]}
    answers = [ann.fill(f"/work/{id_}", sent) for _ in range(3)]
    assert {answer.headers["location"] for answer in answers} == {f"/work/{id_}"}
    assert len(item_of(database, id_).pending) == 1
    with database.reading() as connection:
        assert len(list(connection.execute(select(events.c.id).where(events.c.kind == "asked")))) == 1


def test_scripts_are_told_where_to_go_next(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    id_ = take_next(ann)
    sent = {**fields(ann.get(f"/work/{id_}").text), "action": "reply", "reply": "Because."}
    answer = ann.fill(f"/work/{id_}", sent, headers={"accept": "application/json"})
    assert answer.json() == {"next": f"/work?done={id_}"}


def test_a_stale_submission_is_refused_with_all_that_was_written(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    id_ = take_next(ann)
    old = fields(ann.get(f"/work/{id_}").text)
    script(ann, f"/desk/{id_}/draft", {"revision": 0, "reply": "from another tab"})
    sent = {**old, "action": "ask", "asks": ["What is <x>?"], "reply": "half a reply", "reason": "perhaps"}
    page = ann.fill(f"/work/{id_}", sent)
    assert page.status_code == 409
    text = page.text
    assert "This was changed elsewhere since this page was opened." in text
    assert ">\nhalf a reply</textarea>" in text
    assert ">\nWhat is &lt;x&gt;?</textarea>" in text
    assert ">\nperhaps</textarea>" in text
    told = ann.fill(f"/work/{id_}", sent, headers={"accept": "application/json"}).json()
    assert told["why"] == "stale"
    assert told["revision"] == 1
    assert told["current"] == {"reply": "from another tab", "asks": [], "reason": ""}


@pytest.mark.parametrize(
    ("action", "written", "words"),
    [
        ("reply", {"reply": "   "}, "A reply needs some words"),
        ("ask", {"asks": ["", " "]}, "A question needs some words."),
        ("ask", {"asks": ["a?", "b?", "c?"]}, "no consultations left in the budget"),
        ("reply", {"reply": "one two three four"}, "no words left in the budget"),
    ],
)
def test_refusals_are_in_words_and_keep_what_was_written(
    database: Database, signed_in: SignedIn, action: str, written: dict[str, Any], words: str
) -> None:
    project_of(database, consultations=2, words=3)
    ann = signed_in("answerer", "Ann")
    page = decide(ann, take_next(ann), action, **written, reason="kept")
    assert page.status_code == 422
    assert words in html.unescape(page.text)
    assert ">\nkept</textarea>" in page.text
    assert all(f">\n{text}</textarea>" in page.text for text in written.get("asks", []) if text.strip())


@pytest.mark.parametrize(
    "wrong",
    [
        {"reply": "x" * (MOST_LETTERS + 1)},
        {"asks": ["x?"] * (MOST_ASKS + 1)},
        {"reason": "x" * 10_001},
        {"revision": "-1"},
        {"token": "<b>"},
        {"action": "fail"},
        {"draft_revision": "9" * 40},
    ],
)
def test_what_is_too_much_is_refused_in_words(database: Database, signed_in: SignedIn, wrong: dict[str, Any]) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    id_ = take_next(ann)
    answer = (
        decide(ann, id_, "reply", **{"reply": "fine", **wrong})
        if "action" not in wrong
        else decide(ann, id_, wrong["action"])
    )
    assert answer.status_code == 422
    assert "Not understood" in answer.text
    assert item_of(database, id_).state == "open"


def test_a_reply_as_long_as_may_be_is_taken(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    assert decide(ann, take_next(ann), "reply", reply="ä" * MOST_LETTERS).status_code == 303


def test_what_is_skipped_goes_to_somebody_else(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    id_ = take_next(ann)
    assert ann.fill(f"/desk/{id_}/skip", {"reason": "I do not know this book."}).headers["location"] == "/work"
    assert "Nothing waits for you" in ann.get("/work").text
    assert take_next(bob) == id_


def test_what_is_put_back_can_be_had_again(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    id_ = take_next(ann)
    script(ann, f"/desk/{id_}/draft", {"revision": 0, "reply": "half"})
    assert ann.fill(f"/desk/{id_}/release").headers["location"] == "/work/lately"
    assert item_of(database, id_).holder is None
    assert "It waits for somebody" in ann.get(f"/work/{id_}").text
    assert "half" in ann.get(f"/work/{id_}").text
    assert take_next(ann) == id_
    assert ">\nhalf</textarea>" in ann.get(f"/work/{id_}").text


# Drafts and time


def test_a_draft_is_saved_with_its_revision(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    id_ = take_next(ann)
    body = {"revision": 0, "reply": "Bec", "asks": ["What is x?", "  "], "reason": ""}
    first = script(ann, f"/desk/{id_}/draft", body).json()
    assert first["revision"] == 1
    assert script(ann, f"/desk/{id_}/draft", body).json()["revision"] == 1
    draft = database.read(latest_draft, ann.person.id, id_)
    assert draft is not None
    assert draft.content == Writing("Bec", ("What is x?",))
    assert first["at"] == draft.at


def test_a_stale_draft_is_refused_with_both_texts_and_loses_neither(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    id_ = take_next(ann)
    script(ann, f"/desk/{id_}/draft", {"revision": 0, "reply": "one tab"})
    refused = script(ann, f"/desk/{id_}/draft", {"revision": 0, "reply": "other tab"})
    assert refused.status_code == 409
    told = refused.json()
    assert (told["why"], told["revision"]) == ("stale", 1)
    assert told["current"]["reply"] == "one tab"
    assert told["yours"]["reply"] == "other tab"
    kept = script(ann, f"/desk/{id_}/draft", {"revision": 1, "reply": "both"})
    assert kept.json()["revision"] == 2


def test_every_saved_revision_can_be_gone_back_to(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    id_ = take_next(ann)
    for revision, text in enumerate(["a", "ab", "abc"]):
        script(ann, f"/desk/{id_}/draft", {"revision": revision, "reply": text})
    assert [draft["reply"] for draft in ann.get(f"/desk/{id_}/draft").json()["drafts"]] == ["a", "ab", "abc"]
    assert bob.get(f"/desk/{id_}/draft").json() == {"drafts": []}


def test_a_draft_of_somebody_who_lost_the_workspace_is_kept(database: Database, signed_in: SignedIn) -> None:
    project_of(database, lease_seconds=60)
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    id_ = take_next(ann)
    script(ann, f"/desk/{id_}/draft", {"revision": 0, "reply": "saved in time"})
    grow_old(database, id_, 61)
    assert take_next(bob) == id_
    late = script(ann, f"/desk/{id_}/draft", {"revision": 1, "reply": "saved in time, and more"})
    assert late.status_code == 409
    assert late.json()["why"] == "held"
    touched = script(ann, f"/desk/{id_}/touch", {})
    assert touched.status_code == 409
    page = ann.get(f"/work/{id_}")
    assert page.status_code == 403
    assert "Somebody else has it before them now." in visible(page.text)
    assert "saved in time" in page.text


def test_signs_of_life_count_the_time_and_keep_the_lease(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    id_ = take_next(ann)
    ann.get(f"/work/{id_}")
    grow_old(database, id_, 20)
    assert script(ann, f"/desk/{id_}/touch", {}).json()["seconds"] == pytest.approx(20, abs=2)
    lease = item_of(database, id_).lease_until
    assert lease is not None
    assert lease > time.time() + 1700
    assert script(ann, f"/desk/{id_}/touch", {"paused": True}).json()["seconds"] == pytest.approx(20, abs=2)
    grow_old(database, id_, 20)
    assert script(ann, f"/desk/{id_}/touch", {}).json()["seconds"] == pytest.approx(20, abs=2)


def test_a_part_of_the_page_loaded_by_itself_is_no_sign_of_life(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    id_ = take_next(ann)
    grow_old(database, id_, 20)
    before = item_of(database, id_)
    ann.get(f"/work/{id_}/workspace")
    assert item_of(database, id_).lease_until == before.lease_until
    assert item_of(database, id_).active_seconds == before.active_seconds


@pytest.mark.parametrize(
    "body",
    [{"revision": 0, "reply": "x" * (MOST_LETTERS + 1)}, {"revision": -1}, {}, {"revision": 0, "asks": "no list"}],
)
def test_drafts_are_bounded_too(database: Database, signed_in: SignedIn, body: dict[str, Any]) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    answer = script(ann, f"/desk/{take_next(ann)}/draft", body)
    assert answer.status_code == 422
    assert answer.json()["error"] == "Not understood"


def test_nothing_is_changed_without_the_forms_token(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    id_ = take_next(ann)
    for path in (
        f"/work/{id_}",
        *(f"/desk/{id_}/{what}" for what in ("draft", "touch", "release", "skip", "withdraw")),
    ):
        assert ann.post(path, json={"revision": 0}).status_code == 403
    assert item_of(database, id_).holder == ann.person.id


# When what H was told is taken back


def withdrawn_answer(database: Database, ann: Visitor, bob: Visitor) -> tuple[int, int]:
    first = take_next(ann)
    decide(ann, first, "ask", asks=["What is x?"])
    second = take_next(bob)
    decide(bob, second, "reply", reply="x is 1")
    return first, second


def test_a_withdrawn_answer_is_told_with_before_and_after(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    first, second = withdrawn_answer(database, ann, bob)
    decide(ann, first, "ask", asks=["What of y then?"])
    bob.fill(f"/desk/{second}/withdraw")
    page = visible(ann.get(f"/work/{first}").text)
    assert "Something that you were told was taken back. What is x? Beforex is 1 Now a new answer is on its way" in page
    assert "What you had asked after that is put aside" in page
    assert "What of y then?" in page
    decide(bob, second, "reply", reply="x is 2")
    page = visible(ann.get(f"/work/{first}").text)
    assert "Beforex is 1 Now x is 2" in page
    decide(ann, first, "ask", asks=["Once more?"])
    assert "taken back" not in visible(ann.get(f"/work/{first}").text)


def test_a_reply_that_built_on_it_is_back_in_its_field(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    first, second = withdrawn_answer(database, ann, bob)
    decide(ann, first, "reply", reply="So it is 1.")
    bob.fill(f"/desk/{second}/withdraw")
    page = ann.get(f"/work/{first}").text
    assert "Your reply is back in its field" in page
    assert ">\nSo it is 1.</textarea>" in page
    assert "Take the questions back" not in page


def test_a_page_from_before_the_withdrawal_is_stale(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    first, second = withdrawn_answer(database, ann, bob)
    old = fields(ann.get(f"/work/{first}").text)
    bob.fill(f"/desk/{second}/withdraw")
    decide(bob, second, "reply", reply="x is 2")
    page = ann.fill(f"/work/{first}", {**old, "action": "reply", "reply": "So it is 1."})
    assert page.status_code == 409
    assert ">\nSo it is 1.</textarea>" in page.text
    assert "Now x is 2" in visible(page.text)


def test_whether_something_waits_is_told_without_taking_it(database: Database, signed_in: SignedIn) -> None:
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")

    def both() -> tuple[bool, bool]:
        return ann.get("/work/waiting").json()["waits"], bob.get("/work/waiting").json()["waits"]

    assert both() == (False, False)
    project_of(database)
    assert both() == (True, True)
    assert item_of(database, 1).holder is None
    first = take_next(ann)
    assert both() == (True, False)
    ann.fill(f"/desk/{first}/skip")
    assert both() == (False, True)
    assert take_next(bob) == first
    decide(bob, first, "ask", asks=["What is x?"])
    assert both() == (True, False)


def test_without_scripts_everything_can_be_done(database: Database, signed_in: SignedIn) -> None:
    project_of(database)
    ann, bob = signed_in("answerer", "Ann"), signed_in("answerer", "Bob")
    first = take_next(ann)
    assert decide(ann, first, "ask", asks=["What is x?"]).headers["location"] == f"/work/{first}"
    assert decide(bob, take_next(bob), "pass", reason="no idea").status_code == 303
    assert decide(ann, first, "reply", reply="Then I do not know either.").status_code == 303
    item = item_of(database, first)
    assert (item.state, item.text) == (str(Outcome.ANSWERED), "Then I do not know either.")
    assert item.workspace.budget == Budget(depth=1, consultations=19)
    assert content_hash("shown", recorded_texts(database, ann.person.id)[0])
