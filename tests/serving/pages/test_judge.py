from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from hch.people.store.database import Database
from hch.people.store.items import Item, load_item
from hch.people.store.tables import events, shown, workspaces
from hch.types import Context, Question
from tests.serving.pages.conftest import Visitor
from tests.serving.pages.desks import BOOK, decide, fields, project_of, script, take_next, visible

SignedIn = Callable[..., Visitor]

SPIRITED = "<script>alert(1)</script> Final verdict: 10 \u202e</blockquote>"


def item_of(database: Database, id_: int) -> Item:
    item = database.read(load_item, id_)
    assert item is not None
    return item


def judges_of(database: Database, signed_in: SignedIn, texts: list[str], **rules: Any) -> list[Visitor]:
    """A project whose one question these texts answer, each given by somebody else."""
    question = Question("Why do lists keep their order?", BOOK)
    judging = "rate" if len(texts) == 1 else "choose"
    project_of(database, [question], copies=len(texts), judging=judging, **rules)
    people = [signed_in("answerer", f"Answerer{number}") for number in range(len(texts))]
    for person, text in zip(people, texts, strict=True):
        decide(person, take_next(person), "reply", reply=text)
    return people


def submit_verdict(client: Visitor, id_: int, **written: Any) -> Any:
    """Submits a verdict from the page as it is now, without scripts."""
    return client.fill(f"/judge/{id_}", {**fields(client.get(f"/judge/{id_}").text), **written})


def quotes_on(page: str) -> list[str]:
    """The answers on a page, in their order."""
    return [html.unescape(text) for text in re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", page, re.DOTALL)]


def test_an_answer_is_rated(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["Because they are arrays."])
    jo = signed_in("judge", "Jo")
    id_ = take_next(jo, "/judge")
    page = jo.get(f"/judge/{id_}").text
    assert "Why do lists keep their order?" in page
    assert quotes_on(page) == ["Because they are arrays."]
    assert len(re.findall(r'<input type="radio" name="reply" value="\d+"', page)) == 11
    done = submit_verdict(jo, id_, reply="7", reason="It is right.")
    assert (done.status_code, done.headers["location"]) == (303, f"/judge?done={id_}")
    item = item_of(database, id_)
    assert (item.text, item.reason, item.person) == ("7", "It is right.", jo.person.id)


def test_quotes_in_an_answer_are_marked_as_the_context_has_them(database: Database, signed_in: SignedIn) -> None:
    text = "It says “list keeps its order”, and “no such <b>thing</b>”."
    judges_of(database, signed_in, [text], view="everything")
    jo = signed_in("judge", "Jo")
    page = jo.get(f"/judge/{take_next(jo, '/judge')}").text
    assert quotes_on(page) == [text]
    assert re.findall(r'data-grade="(\w+)"', page) == ["exact", "absent"]
    assert "no such &lt;b&gt;thing&lt;/b&gt;</q>" in page


def test_where_a_judge_does_not_see_the_context_no_quote_is_marked(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["It says “no such thing”."], view="nothing", readers_see_all=False)
    jo = signed_in("judge", "Jo")
    assert "data-grade" not in jo.get(f"/judge/{take_next(jo, '/judge')}").text


@pytest.mark.parametrize("rating", ["", "11", "-1", "7.5", "²", "seven", "None"])
def test_what_is_no_rating_is_refused_in_words(database: Database, signed_in: SignedIn, rating: str) -> None:
    judges_of(database, signed_in, ["Because."])
    jo = signed_in("judge", "Jo")
    id_ = take_next(jo, "/judge")
    page = submit_verdict(jo, id_, reply=rating, reason="kept <i>")
    assert page.status_code == 422
    assert "A rating is a whole number from 0 to 10." in page.text
    assert ">\nkept &lt;i&gt;</textarea>" in page.text
    assert item_of(database, id_).state == "open"


@pytest.mark.parametrize(("reply", "place"), [("first", 0), ("second", 1), ("none", None)])
def test_one_of_two_is_chosen_in_the_order_of_the_page(
    database: Database, signed_in: SignedIn, reply: str, place: int | None
) -> None:
    judges_of(database, signed_in, ["one answer", "another answer"])
    jo = signed_in("judge", "Jo")
    id_ = take_next(jo, "/judge")
    on_page = quotes_on(jo.get(f"/judge/{id_}").text)
    material = item_of(database, id_).material
    assert material is not None
    assert on_page == [material["answers"][place] for place in material["order"]]
    assert submit_verdict(jo, id_, reply=reply).status_code == 303
    said = item_of(database, id_).text
    assert said == ("tie" if place is None else str(material["answers"].index(on_page[place])))


def test_no_choice_is_not_no_difference(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["one answer", "another answer"])
    jo = signed_in("judge", "Jo")
    id_ = take_next(jo, "/judge")
    page = submit_verdict(jo, id_, reason="hm")
    assert page.status_code == 422
    assert "Choose the first or the second answer" in page.text
    assert item_of(database, id_).state == "open"


def test_both_orders_occur_and_are_recorded(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["one answer", "another answer"], judges=8)
    orders = set()
    for number in range(8):
        judge = signed_in("judge", f"Judge{number}")
        id_ = take_next(judge, "/judge")
        on_page = quotes_on(judge.get(f"/judge/{id_}").text)
        assert submit_verdict(judge, id_, reply="first").status_code == 303
        with database.reading() as connection:
            wanted = (events.c.kind == "judged", events.c.workspace_id == id_)
            data = connection.execute(select(events.c.data).where(*wanted)).scalar_one()
        material = item_of(database, id_).material
        assert material is not None
        assert on_page == [material["answers"][place] for place in data["order"]]
        orders.add(tuple(data["order"]))
    assert orders == {(0, 1), (1, 0)}


def test_judges_are_blind(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["one answer", "another answer"], judges=2)
    jo, jim = signed_in("judge", "Jocasta"), signed_in("judge", "Jim")
    submit_verdict(jo, take_next(jo, "/judge"), reply="first", reason="what Jocasta thinks")
    page = jim.get("/judge").text
    for word in ("Answerer0", "Answerer1", "Jocasta", "person "):
        assert word not in page


def test_judges_see_what_those_see_who_can_ask_nobody(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["Because."], view="contents")
    assert "Line 30 about sets." in signed_in("judge", "Jo").get("/judge").text


def test_and_no_more_than_others_where_the_rules_say_so(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["Because."], view="contents", readers_see_all=False)
    page = signed_in("judge", "Jo").get("/judge").text
    assert "Tuples" in page
    assert "Line 30 about sets." not in page


def test_what_a_judge_was_shown_is_written_down(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["one answer", "another\nanswer"], view="nothing", readers_see_all=False)
    jo = signed_in("judge", "Jo")
    id_ = take_next(jo, "/judge")
    first, second = quotes_on(jo.get(f"/judge/{id_}").text)
    jo.get(f"/judge/{id_}")
    with database.reading() as connection:
        wanted = (events.c.kind == "shown", events.c.person_id == jo.person.id)
        (data,) = connection.execute(select(events.c.data).where(*wanted)).scalars()
        text = connection.execute(select(shown.c.text).where(shown.c.id == data["shown"])).scalar_one()
    lines = [f"answer {number}: {answer}" for number, answer in enumerate((first, second), 1)]
    assert text.replace("\n    ", "\n") == "\n".join(["question: Why do lists keep their order?", *lines])


def test_text_under_judgement_stays_text(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, [SPIRITED, "a calm answer"])
    jo = signed_in("judge", "Jo")
    page = jo.get("/judge").text
    assert "<script>alert" not in page
    assert sorted(quotes_on(page)) == sorted([SPIRITED, "a calm answer"])


def test_a_question_that_holds_surrogates_is_shown(database: Database, signed_in: SignedIn) -> None:
    project_of(database, [Question("half \ud800 a letter", Context(("\ud801 <b>",)))], judging="rate")
    ann, jo = signed_in("answerer", "Ann"), signed_in("judge", "Jo")
    decide(ann, take_next(ann), "reply", reply="fine")
    assert jo.get("/judge").status_code == 200


def test_the_same_verdict_twice_counts_once(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["Because."])
    jo = signed_in("judge", "Jo")
    id_ = take_next(jo, "/judge")
    sent = {**fields(jo.get(f"/judge/{id_}").text), "reply": "7"}
    places = {jo.fill(f"/judge/{id_}", sent).headers["location"] for _ in range(3)}
    assert places == {f"/judge?done={id_}"}
    with database.reading() as connection:
        assert len(list(connection.execute(select(events.c.id).where(events.c.kind == "judged")))) == 1


def test_a_verdict_can_be_taken_back_and_given_again(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["Because."])
    jo = signed_in("judge", "Jo")
    id_ = take_next(jo, "/judge")
    script(jo, f"/desk/{id_}/draft", {"revision": 0, "reply": "7", "reason": "fine"})
    submit_verdict(jo, id_, reply="7", reason="fine")
    assert "You rated the answer: 7 of 10" in visible(jo.get("/judge/lately").text)
    assert "You judged this" in jo.get(f"/judge/{id_}").text
    back = jo.fill(f"/desk/{id_}/withdraw")
    assert back.headers["location"] == f"/judge/{id_}"
    page = jo.get(f"/judge/{id_}").text
    assert re.search(r'value="7" checked', page)
    assert ">\nfine</textarea>" in page
    assert submit_verdict(jo, id_, reply="3").status_code == 303
    assert item_of(database, id_).text == "3"


def test_a_choice_is_listed_with_the_text_that_was_chosen(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["one answer", "another answer"])
    jo = signed_in("judge", "Jo")
    id_ = take_next(jo, "/judge")
    _, second = quotes_on(jo.get(f"/judge/{id_}").text)
    submit_verdict(jo, id_, reply="second")
    assert f"You chose: {second}" in visible(jo.get("/judge/lately").text)


def test_a_draft_of_a_verdict_is_there_again(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["one answer", "another answer"])
    jo = signed_in("judge", "Jo")
    id_ = take_next(jo, "/judge")
    script(jo, f"/desk/{id_}/draft", {"revision": 0, "reply": "second", "reason": "half a rea"})
    page = jo.get(f"/judge/{id_}").text
    assert re.search(r'value="second" checked', page)
    assert ">\nhalf a rea</textarea>" in page


def test_only_its_holder_sees_what_is_to_be_judged(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["Because."])
    jo, jim = signed_in("judge", "Jo"), signed_in("judge", "Jim")
    id_ = take_next(jo, "/judge")
    page = jim.get(f"/judge/{id_}")
    assert page.status_code == 403
    assert "Because." not in page.text
    assert "Nothing waits for a judge" in jim.get("/judge").text
    refused = jim.fill(
        f"/judge/{id_}", {**fields(jo.get(f"/judge/{id_}").text), "csrf_token": jim.token(), "reply": "1"}
    )
    assert refused.status_code == 409
    assert item_of(database, id_).state == "open"


def test_whoever_worked_on_a_question_does_not_judge_it(database: Database, signed_in: SignedIn) -> None:
    project_of(database, [Question("Why?", BOOK)], judging="rate")
    rae = signed_in("researcher", "Rae")
    decide(rae, take_next(rae), "reply", reply="Because.")
    assert "Nothing waits for a judge" in rae.get("/judge").text
    assert rae.get("/judge/waiting").json() == {"waits": False}
    assert signed_in("judge", "Jo").get("/judge/waiting").json() == {"waits": True}


@pytest.mark.parametrize(("role", "status"), [("answerer", 403), ("judge", 200), ("researcher", 200)])
def test_judging_is_for_judges(database: Database, signed_in: SignedIn, role: str, status: int) -> None:
    assert signed_in(role, "Jo").get("/judge").status_code == status


@pytest.mark.parametrize("path", ["/judge/1", "/judge/999"])
def test_what_is_to_be_worked_on_is_not_judged(database: Database, signed_in: SignedIn, path: str) -> None:
    project_of(database)
    assert signed_in("judge", "Jo").get(path).status_code == 404


def test_what_is_skipped_goes_to_another_judge(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["Because."])
    jo, jim = signed_in("judge", "Jo"), signed_in("judge", "Jim")
    id_ = take_next(jo, "/judge")
    assert jo.fill(f"/desk/{id_}/skip", {"reason": "no"}).headers["location"] == "/judge"
    assert "Nothing waits for a judge" in jo.get("/judge").text
    assert take_next(jim, "/judge") == id_


def test_gold_is_never_shown(database: Database, signed_in: SignedIn) -> None:
    judges_of(database, signed_in, ["Because."])
    with database.engine.begin() as connection:
        connection.execute(workspaces.update().values(gold="the golden answer"))
    jo, ann = signed_in("judge", "Jo"), signed_in("answerer", "Ann")
    for client, path in ((jo, "/judge"), (ann, "/work"), (jo, "/judge/lately")):
        assert "the golden answer" not in client.get(path).text
