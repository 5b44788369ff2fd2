"""The pages where trees are explored, as a browser without scripts gets them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, update

from benchmarks.forest import plant_chain, plant_fan, plant_roots
from hch.people.store.acting import submit
from hch.people.store.answers import answer_waiting, waiting_for_model
from hch.people.store.database import Database
from hch.people.store.desk import record_shown, take_this
from hch.people.store.drafts import save_draft
from hch.people.store.people import Role
from hch.people.store.projects import Rules, make_project
from hch.people.store.refusals import Writing
from hch.people.store.tables import people
from hch.serving.pages.addresses import DEEPEST
from hch.types import Answer, Ask, Context, Outcome, Pass, Question, Reply
from tests.people.store.teams import BOOK, Team
from tests.people.store.test_trees import statements
from tests.people.store.trees import leaf, tree, with_rounds
from tests.serving.pages.conftest import Visitor
from tests.serving.pages.exploring import items, linked, put, questions, seen, visible

SignedIn = Callable[[Role, str], Visitor]
NOWHERE = "0" * 32


PAGES = [
    "/explore",
    "/explore/workspace/1",
    "/explore/workspace/1/below?branch=w1&start=0&stop=9",
    "/explore/workspace/1/node",
    "/explore/workspace/1/search?text=x",
    "/explore/workspace/1/statistics",
    "/explore/workspace/1/history",
    f"/explore/context/{BOOK.id}",
    "/explore/differences/w1/w1",
]


@pytest.mark.parametrize("role", ["answerer", "judge"])
def test_only_researchers_explore(signed_in: SignedIn, team: Team, role: Role) -> None:
    team.project(["why?"])
    somebody = signed_in(role, "Somebody")
    assert {somebody.get(page).status_code for page in PAGES} == {403}


def test_who_has_not_signed_in_is_sent_to_do_so(visitor: Callable[[], Visitor]) -> None:
    stranger = visitor()
    answers = [stranger.get(page, follow_redirects=False) for page in PAGES]
    assert all(answer.headers["location"].startswith("/sign-in?next=%2Fexplore") for answer in answers)


def test_every_page_is_there_for_a_researcher_and_obeys_the_policy(rina: Visitor, team: Team) -> None:
    team.project(["why?"])
    team.act(1, Ask(("how?",)))
    for address in PAGES:
        page = seen(rina, address)
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|<style", page), address


NOTHING_THERE = [
    f"/explore/transcript/{NOWHERE}",
    "/explore/transcript/no-hash",
    "/explore/workspace/77",
    "/explore/workspace/0",
    "/explore/workspace/-1",
    "/explore/workspace/99999999999999999999",
    f"/explore/workspace/{NOWHERE}",
    "/explore/something/1",
    f"/explore/transcript/{NOWHERE}/search?text=x",
    f"/explore/transcript/{NOWHERE}/statistics",
    f"/explore/transcript/{NOWHERE}/history",
    f"/explore/transcript/{NOWHERE}/node",
    "/explore/workspace/77/history",
    "/explore/context/nothing",
    f"/explore/differences/{NOWHERE}/w1",
    "/explore/differences/x/y",
    "/explore/workspace/1/below?branch=w1&at=x&start=0&stop=9",
    "/explore/workspace/1/below?branch=x&start=0&stop=9",
    "/explore/workspace/1/below?branch=w1&start=9&stop=9",
    "/explore/workspace/1/node?at=0&asker=w77",
]


def test_what_is_not_there_is_told_in_words(rina: Visitor, team: Team) -> None:
    team.project(["why?"])
    for address in NOTHING_THERE:
        answer = rina.get(address)
        assert answer.status_code == 404, address
        assert "There is nothing at this address" in visible(answer.text), address


def test_without_a_project_the_list_says_what_to_do(rina: Visitor) -> None:
    assert 'href="/projects"' in seen(rina, "/explore")


def test_a_project_without_questions_and_a_search_without_hits_say_so(rina: Visitor, team: Team) -> None:
    project = team.project([])
    assert "This project has no questions yet." in visible(seen(rina, "/explore"))
    page = seen(rina, f"/explore?project={project.id}&text=nothing")
    assert "No question fits." in visible(page)
    assert linked(page, "Show all of the project") == f"/explore?project={project.id}"


def test_the_list_tells_what_became_of_each_question_and_who_answered(rina: Visitor, team: Team) -> None:
    team.project(["why?", "what?", "when?"], depth=2, consultations=8)
    team.act(1, Ask(("how?", "who?")))
    team.act_in(team.take(2), 2, Pass("no idea"))
    page = visible(seen(rina, "/explore"))
    assert "waits for answers Person called 1" in page
    assert "nobody yet" in page
    row = re.search(r"why\?.*?</tr>", seen(rina, "/explore"), re.DOTALL)
    assert row is not None
    assert re.findall(r'class="number[^"]*">([^<]*)<', row[0])[:2] == ["2", "1"]


def test_the_list_is_filtered_and_remembers_by_what(rina: Visitor, team: Team) -> None:
    project = team.project(["alpha", "beta"])
    team.act(1, Reply("an answer"))
    for query in ("state=answered", "person=1", "text=ANSWER", "text=alp", "state=answered&text=a&person=1"):
        page = seen(rina, f"/explore?project={project.id}&{query}")
        assert "alpha" in page, query
        assert "beta" not in page, query
    assert 'value="answered" selected' in seen(rina, "/explore?state=answered")
    assert "beta" in seen(rina, "/explore?state=nonsense&person=x&project=x&before=x")


HARD = ("%00", "%ED%A0%80", "9" * 30, "-1", "'\"<b>", "w1", ".*[(", "%F0%9F%98%80" * 200)


def test_no_filter_breaks_the_list(rina: Visitor, team: Team) -> None:
    team.project(["why?"])
    for field in ("project", "state", "person", "stale", "text", "before", "after"):
        for value in HARD:
            assert rina.get(f"/explore?{field}={value}").status_code == 200, (field, value)


def test_pages_of_the_list_lead_to_each_other_and_keep_the_filter(rina: Visitor, team: Team) -> None:
    project = team.project([f"question {number:03}" for number in range(120)])
    addresses, result = [f"/explore?project={project.id}&text=question"], list[str]()
    for address in addresses:
        page = seen(rina, address)
        result += re.findall(r"question \d{3}", page)
        older = re.search(r'name="before" value="(\d+)"', page)
        assert 'name="text" value="question"' in page
        if older:
            addresses.append(f"/explore?project={project.id}&text=question&before={older[1]}")
    assert result == [f"question {number:03}" for number in reversed(range(120))]
    assert len(addresses) == 3
    newer = re.search(r'name="after" value="(\d+)"', seen(rina, addresses[2]))
    assert newer is not None
    assert "question 020" in seen(rina, f"/explore?project={project.id}&after={newer[1]}")


def test_a_tree_opens_with_two_levels_of_what_was_asked(rina: Visitor, database: Database) -> None:
    root = tree("root", tree("a", tree("a a", leaf("a a a")), leaf("a b")), leaf("b"))
    page = seen(rina, put(database, root))
    told = items(page)
    assert [question for question, _ in told] == ["root", "a", "a a", "a b", "b"]
    attributes = dict(told)
    assert [attributes[name]["aria-level"] for name in ("root", "a", "a a")] == ["1", "2", "3"]
    assert (attributes["a b"]["aria-posinset"], attributes["a b"]["aria-setsize"]) == ("2", "2")
    assert attributes["a"]["aria-expanded"] == "true"
    assert attributes["a a"]["aria-expanded"] == "false"
    assert "aria-expanded" not in attributes["b"]
    assert attributes["root"]["aria-selected"] == "true"
    assert [named["tabindex"] for _, named in told] == ["0", "-1", "-1", "-1", "-1"]


def test_a_live_tree_shows_what_people_are_still_at(rina: Visitor, team: Team, database: Database) -> None:
    team.project(["why?"], depth=2, consultations=8)
    team.act(1, Ask(("how?", "when?")))
    team.act(2, Ask(("what?",)))
    database.write(take_this, 3, 4, team.tick())
    page = seen(rina, "/explore/workspace/1")
    assert questions(page) == ["why?", "how?", "what?", "when?"]
    told = [visible(named["inner"]) for _, named in items(page)]
    assert "waits for answers Person called 1" in told[0]
    assert "open" in told[2]
    assert any("with Person called 3 now" in one for one in told)


def test_a_deep_link_opens_the_way_down_to_its_node(rina: Visitor, database: Database) -> None:
    deep = tree("x", tree("y", tree("z", leaf("bottom", "found it"))))
    address = put(database, tree("root", leaf("a"), leaf("b"), deep))
    page = seen(rina, f"{address}?at=2.0.0.0")
    assert questions(page) == ["root", "a", "b", "x", "y", "z", "bottom"]
    chosen = [question for question, named in items(page) if named["aria-selected"] == "true"]
    assert chosen == ["bottom"]
    assert "At 2.0.0.0" in visible(page)
    assert "found it" in visible(page)


def test_a_link_that_goes_too_far_is_followed_as_far_as_it_goes(rina: Visitor, database: Database) -> None:
    address = put(database, tree("root", leaf("a"), leaf("b"), tree("c", leaf("d"))))
    for at in ("7", "0.0", "2.9.1", "999999999", "nonsense", ".".join("0" * 40)):
        page = seen(rina, f"{address}?at={at}")
        assert "as far as the way goes" in visible(page), at
        assert questions(page)[0] == "root", at


def test_what_lies_too_deep_for_one_page_goes_on_on_another(rina: Visitor, database: Database) -> None:
    address = f"/explore/transcript/{database.write(plant_chain, 100)}"
    page = seen(rina, f"{address}?at={'.'.join('0' * DEEPEST)}")
    told = items(page)
    assert len(told) == DEEPEST + 1
    onward = html.unescape(told[-1][1]["data-onward"])
    assert "aria-expanded" not in told[-1][1]
    further = seen(rina, onward)
    assert questions(further)[0] == told[-1][0]
    assert "This is a part of a larger tree: " + told[0][0] in visible(further)
    assert linked(further, told[0][0]) == address


def test_children_come_in_pages_from_wherever_a_link_leads(rina: Visitor, database: Database) -> None:
    address = put(database, tree("root", *(leaf(f"number {number}") for number in range(1000))))
    page = seen(rina, address)
    assert questions(page)[1:] == [*(f"number {number}" for number in range(200)), "Show 200 more 800 are not shown"]
    page = seen(rina, f"{address}?at=600")
    told = items(page)
    assert told[1][0] == "Show 200 earlier 500 are not shown"
    assert "Show 200 more" in told[-1][0]
    (chosen,) = (named for question, named in told if question == "number 600")
    assert (chosen["aria-selected"], chosen["aria-posinset"], chosen["aria-setsize"]) == ("true", "601", "1000")
    more = told[-1][1]
    query = {"branch": more["data-branch"], "at": "", "start": more["data-start"], "stop": more["data-stop"]}
    fresh = seen(rina, f"{address}/below", params=query)
    first = int(more["data-start"])
    assert [one for one in questions(fresh) if one.startswith("number")] == [
        f"number {number}" for number in range(first, first + 200)
    ]
    assert "<html" not in fresh


def test_no_request_for_lines_gets_more_than_a_page(rina: Visitor, database: Database) -> None:
    address = put(database, tree("root", *(leaf(f"number {number}") for number in range(1000))))
    branch = address.rsplit("/", 1)[1]
    fresh = seen(rina, f"{address}/below?branch={branch}&start=0&stop=999999999999")
    assert len([one for one in questions(fresh) if one.startswith("number")]) == 200


def test_what_comes_again_says_so_and_leads_to_the_first(rina: Visitor, database: Database) -> None:
    shared = tree("shared", tree("below it"))
    address = put(database, tree("root", tree("a", tree("deep", shared)), leaf("x"), shared, shared))
    page = seen(rina, address)
    told = {named["data-at"]: named for _, named in items(page)}
    assert "the same as" not in told["2"]["inner"]
    assert linked(told["3"]["inner"], "the same as 2") == f"{address}?at=2"
    assert told["2"]["aria-expanded"] == "true"
    assert told["3"]["aria-expanded"] == "false"
    deep = {named["data-at"]: named for _, named in items(seen(rina, f"{address}?at=0.0.0"))}
    assert linked(deep["0.0.0"]["inner"], "the same as 2") == f"{address}?at=2"


def test_what_is_shared_with_another_tree_alone_comes_once_here(rina: Visitor, database: Database) -> None:
    shared = tree("shared")
    put(database, tree("other", shared))
    assert "the same as" not in seen(rina, put(database, tree("root", tree("a", shared))))


def test_rounds_are_told_apart(rina: Visitor, database: Database) -> None:
    address = put(database, with_rounds(tree("root"), (leaf("a"), leaf("b")), (leaf("c"),)))
    page = seen(rina, address)
    told = {question: visible(named["inner"]) for question, named in items(page)}
    assert "first of round 2" in told["c"]
    assert "round" not in told["b"]


def test_the_pane_tells_all_that_is_known_of_a_node(rina: Visitor, team: Team) -> None:
    team.project([Question("why?", BOOK)], copies=2, depth=2, consultations=8)
    item = team.take(1)
    team.now += 30
    team.act_in(item, 1, Ask(("how?",)))
    team.act(2, Reply("like this"))
    page = seen(rina, f"/explore/workspace/{item.id}/node?at=0&asker=w{item.id}")
    told = visible(page)
    assert "<html" not in page
    for words in ("At 0, round 1", "how?", "answered", "like this", "Who Person called 2", "Granted 1 level", "Spent"):
        assert words in told
    root = visible(seen(rina, f"/explore/workspace/{item.id}/node"))
    assert "Sample 0" in root
    assert "Asked 1 question" in root
    assert "Left 2 levels, 7 consultations" in root
    assert f"/explore/workspace/{item.id}/history" in seen(rina, f"/explore/workspace/{item.id}/node")


def test_a_node_has_a_link_to_be_copied(rina: Visitor, database: Database) -> None:
    address = put(database, tree("root", tree("a", leaf("b"))))
    assert f'data-copy="http://testserver{address}?at=0.0"' in seen(rina, f"{address}?at=0.0")


def test_a_model_that_is_not_sure_and_what_was_withheld_are_told(rina: Visitor, team: Team, database: Database) -> None:
    project = team.project(["why?"], other_side="model", words=4)
    team.act(1, Ask(("how?",)))
    (how,) = database.read(waiting_for_model, project.id)
    long = tree("how?", text="with very many words indeed")
    database.write(answer_waiting, how, Answer(long.text, by="model", confidence=0.25, transcript=long), 9.0)
    page = visible(seen(rina, "/explore/workspace/1?at=0"))
    assert "out of budget" in page
    assert "withheld from the one who asked" in page
    assert "with very many words indeed" in page


def test_search_finds_what_no_page_has_opened_and_links_to_it(rina: Visitor, database: Database) -> None:
    needle = tree("deep", tree("deeper", tree("deepest", leaf("who?", "a Needle & <b>thread</b>"))))
    address = put(database, tree("root", *(leaf(str(number)) for number in range(300)), needle))
    page = seen(rina, f"{address}/search?text=needle")
    assert "1 found" in visible(page)
    assert "<mark>Needle</mark> &amp; &lt;b&gt;thread&lt;/b&gt;" in page
    link = linked(page, "who?")
    assert link == f"{address}?at=300.0.0.0"
    assert [question for question, named in items(seen(rina, link)) if named["aria-selected"] == "true"] == ["who?"]


def test_search_by_outcome_and_by_person(rina: Visitor, team: Team) -> None:
    team.project(["why?"], consultations=9)
    team.act(1, Ask(("how?", "when?", "who?")))
    team.act(2, Pass("no idea"))
    team.act(3, Reply("now"))
    page = visible(seen(rina, "/explore/workspace/1/search?outcome=passed"))
    assert "1 found" in page
    assert "no idea" in page
    page = visible(seen(rina, "/explore/workspace/1/search?by=person+3"))
    assert "1 found" in page
    assert "when?" in page
    assert "Nothing in the tree fits" in visible(seen(rina, "/explore/workspace/1/search?by=person+1&outcome=passed"))
    assert "Say what to look for" in visible(seen(rina, "/explore/workspace/1/search"))


def test_hits_come_in_pages(rina: Visitor, database: Database) -> None:
    address = put(database, tree("root", *(leaf(f"needle {number}") for number in range(120))))
    result = list[str]()
    for start in (0, 50, 100):
        page = seen(rina, f"{address}/search?text=needle&start={start}")
        assert "120 found" in visible(page)
        result += [f"needle {number}" for number in re.findall(r"<mark>needle</mark> (\d+)", page)]
    assert result == [f"needle {number}" for number in range(120)]


def test_a_hit_far_down_is_linked_on_a_page_of_its_own(rina: Visitor, database: Database) -> None:
    address = f"/explore/transcript/{database.write(plant_chain, 200)}"
    page = seen(rina, f"{address}/search?text=answer+17")
    links = [html.unescape(one) for one in re.findall(r'<li><a href="([^"]*)"', page)]
    assert len(links) == 12
    for link in links:
        chosen = [named for _, named in items(seen(rina, link)) if named["aria-selected"] == "true"]
        assert "17" in visible(chosen[0]["inner"])
    assert sum("of=" in link for link in links) == 2  # numbers 117 and 17 are more than a page below the root


def test_a_script_gets_the_hits_without_the_page_around_them(rina: Visitor, database: Database) -> None:
    address = put(database, tree("root", leaf("needle")))
    part = seen(rina, f"{address}/search?text=needle", headers={"HX-Request": "true"})
    assert "<html" not in part
    assert "1 found" in visible(part)


def test_statistics_count_the_whole_tree(rina: Visitor, database: Database) -> None:
    shared = tree("shared", leaf("x"))
    failed = tree("f", outcome=Outcome.FAILED, reason="stumbled")
    page = seen(rina, f"{put(database, tree('root', shared, tree('a', shared), failed))}/statistics")
    told = visible(page)
    assert "Nodes 7" in told
    assert "Distinct 5" in told
    assert "Levels below the root 3" in told
    assert "failed 1" in told


def test_statistics_of_a_live_tree_tell_who_worked_how_long(rina: Visitor, team: Team) -> None:
    team.project(["why?"])
    item = team.take(1)
    team.now += 40
    team.act_in(item, 1, Reply("because"))
    told = visible(seen(rina, "/explore/workspace/1/statistics"))
    assert "Person called 1 1 41 s" in told


HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>{{ 7 * 7 }}\x00\u202e\ud800"


def test_hostile_texts_are_shown_as_texts_on_every_page(rina: Visitor, team: Team, database: Database) -> None:
    team.project([Question(HOSTILE, Context((HOSTILE, HOSTILE * 300)))], title=HOSTILE, depth=2, consultations=9)
    database.write(
        lambda connection: connection.execute(update(people).where(people.c.id == 1).values(name=HOSTILE)).rowcount
    )
    item = team.take(1)
    database.write(record_shown, 1, item.id, HOSTILE, team.tick())
    database.write(save_draft, 1, item.id, 0, Writing(HOSTILE, (HOSTILE,), HOSTILE), now=team.tick())
    database.write(
        submit, 1, item.id, Ask((HOSTILE, f"{HOSTILE}?")), "token", now=team.tick(), revision=0, draft_revision=1
    )
    team.act(2, Pass(HOSTILE))
    team.act(3, Reply(HOSTILE))
    done = team.act(1, Reply(HOSTILE))
    by = with_rounds(tree(HOSTILE, by=HOSTILE, text=HOSTILE), (leaf(HOSTILE, HOSTILE, by=HOSTILE),))
    context = seen(rina, f"/explore/workspace/{item.id}").partition('hx-get="/explore/context/')[2][:32]
    addresses = [
        "/explore",
        f"/explore/workspace/{item.id}",
        f"/explore/workspace/{item.id}?at=0",
        f"/explore/workspace/{item.id}/below?branch=w{item.id}&start=0&stop=9",
        f"/explore/workspace/{item.id}/node?at=1&asker=w{item.id}",
        f"/explore/workspace/{item.id}/search?text=script",
        f"/explore/workspace/{item.id}/statistics",
        f"/explore/workspace/{item.id}/history",
        f"/explore/context/{context}",
        f"/explore/differences/{done.transcript}/w{item.id}",
        put(database, by),
        f"{put(database, by)}/statistics",
    ]
    for address in addresses:
        answer = rina.get(address)
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert "&lt;script&gt;" in page or "&lt;<mark>script</mark>" in page, address
        assert "<img" not in page, address
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), address
        assert "49" not in re.findall(r"\{\{.*?\}\}", page), address
        assert not {"\x00", "\u202e"} & set(page), address


def test_no_search_breaks_the_page(rina: Visitor, team: Team) -> None:
    team.project(["why?"])
    for field in ("text", "outcome", "by", "start", "of"):
        for value in HARD:
            address = f"/explore/workspace/1/search?{field}={value}&text=why"
            assert rina.get(address).status_code == 200, (field, value)
            assert rina.get(f"/explore/workspace/1?{field}={value}").status_code == 200, (field, value)


@pytest.mark.slow
@pytest.mark.parametrize(("plant", "far"), [(plant_chain, ".".join("0" * 29)), (plant_fan, "77777")])
def test_a_tree_of_a_hundred_thousand_nodes_opens_with_few_statements_and_little_to_send(
    rina: Visitor, database: Database, plant: Callable[[Connection, int], str], far: str
) -> None:
    address = f"/explore/transcript/{database.write(plant, 100_000)}"
    for at, most in (("", 30), (f"?at={far}", 250)):
        with statements(database) as made:
            page = seen(rina, address + at)
        assert len(made) <= most
        assert not any("RECURSIVE" in statement for statement in made), "the whole tree has been read"
        assert len(page) < 400_000
        assert 3 <= len(items(page)) <= 402
    told = visible(seen(rina, f"{address}/statistics"))
    assert "Nodes 100,000 Distinct 100,000" in told
    result = seen(rina, f"{address}/search?text=answer+12345")
    assert "1 found" in visible(result)
    link = html.unescape(re.findall(r'<li><a href="([^"]*)"', result)[0])
    chosen = [named for _, named in items(seen(rina, link)) if named["aria-selected"] == "true"]
    assert "answer 12345" in visible(chosen[0]["inner"])


@pytest.mark.slow
def test_a_project_of_very_many_questions_is_listed_with_few_statements(rina: Visitor, database: Database) -> None:
    project = database.write(make_project, "many", Rules(), 0.0)
    database.write(plant_roots, project, 100_000)
    with statements(database) as made:
        page = seen(rina, f"/explore?project={project.id}&before=50000")
    assert len(made) <= 12
    assert len(page) < 120_000
    assert page.count("<tr>") == 51
