"""What happened, one round against another, and what a question was about, as a browser without scripts gets them."""

from __future__ import annotations

from collections.abc import Callable

from hch.people.store.acting import submit
from hch.people.store.database import Database
from hch.people.store.desk import record_shown
from hch.people.store.drafts import save_draft
from hch.people.store.judging import Verdict
from hch.people.store.people import Role
from hch.people.store.refusals import Writing
from hch.people.store.withdrawing import withdraw
from hch.types import Ask, Context, Reply
from tests.people.store.teams import Team
from tests.people.store.trees import leaf, tree
from tests.serving.pages.conftest import Visitor
from tests.serving.pages.exploring import linked, put, seen, visible

SignedIn = Callable[[Role, str], Visitor]


def test_a_context_is_shown_once_with_long_facts_folded(rina: Visitor, database: Database) -> None:
    context = Context(("short", "A heading\n" + "x" * 5000, "", *(f"fact {number}" for number in range(60))))
    address = put(database, tree("root", context=context))
    assert f'hx-get="/explore/context/{context.id}"' in seen(rina, address)
    page = seen(rina, f"/explore/context/{context.id}")
    assert "<summary>A heading</summary>" in page
    assert "1 to 50 of 63 facts" in visible(page)
    further = seen(rina, linked(page, "Further facts"))
    assert "51 to 63 of 63 facts" in visible(further)
    assert "fact 59" in further
    empty = Context()
    put(database, tree("nothing to read", context=empty))
    assert "The context is empty" in visible(seen(rina, f"/explore/context/{empty.id}"))


def test_a_history_tells_what_happened_in_words(rina: Visitor, team: Team, database: Database) -> None:
    team.project(["why?"], judging="rate")
    item = team.take(1)
    database.write(record_shown, 1, item.id, "question: why?\nleft: 1 depth", team.tick())
    database.write(save_draft, 1, item.id, 0, Writing("one word"), now=team.tick())
    database.write(save_draft, 1, item.id, 1, Writing("another word"), now=team.tick())
    database.write(save_draft, 1, item.id, 0, Writing("from an old page"), now=team.tick())
    database.write(submit, 1, item.id, Reply("another word!"), "token", now=team.tick(), revision=0, draft_revision=2)
    team.judge(5, Verdict(rating=7))
    page = seen(rina, f"/explore/workspace/{item.id}/history")
    told = visible(page)
    for words in (
        "Put before people",
        "Took it Person called 1",
        "Was shown the page",
        "question: why? left: 1 depth",
        "Draft 1",
        "A draft was refused",
        "Replied",
        "another word!",
        "Rated the answer 7 of 10 Person called 5",
    ):
        assert words in told, words
    assert "<del>one</del><ins>another</ins> word" in page
    assert "<ins>from an old page</ins>" in page


def test_a_withdrawal_is_told_where_it_was_made_and_where_it_was_felt(
    rina: Visitor, team: Team, database: Database
) -> None:
    team.project(["why?"])
    team.act(1, Ask(("how?",)))
    below = team.act(2, Reply("so it is"))
    team.act(1, Reply("because"))
    database.write(withdraw, 2, below.workspace, team.tick())
    told = visible(seen(rina, f"/explore/workspace/{below.workspace}/history"))
    assert "Took back what was submitted" in told
    assert "so it is" in told
    told = visible(seen(rina, "/explore/workspace/1/history"))
    assert "An answer that this was built on was withdrawn" in told
    assert "What had been said because" in told
    assert "stale" in visible(seen(rina, "/explore/workspace/1"))


def test_a_history_comes_in_pages(rina: Visitor, team: Team, database: Database) -> None:
    team.project(["why?"])
    team.take(1)
    for number in range(150):
        database.write(save_draft, 1, 1, number, Writing(f"draft number {number}"), now=team.tick())
    page = seen(rina, "/explore/workspace/1/history")
    assert "152 steps" in visible(page)
    assert "Draft 98 " in visible(page)
    assert "Draft 99 " not in visible(page)
    assert "Draft 150 " in visible(seen(rina, linked(page, "After")))


def test_two_rounds_of_a_question_stand_side_by_side(rina: Visitor, team: Team, database: Database) -> None:
    team.project(["why?"], consultations=9)
    team.act(1, Ask(("how?", "when?")))
    below = team.act(2, Reply("in the old way"))
    team.act(3, Reply("now"))
    first = team.act(1, Reply("because of the old way"))
    database.write(withdraw, 2, below.workspace, team.tick())
    team.act(2, Reply("in the new way"))
    second = team.act(1, Reply("because of the new way"))
    assert first.transcript is not None
    page = seen(rina, "/explore/workspace/1")
    comparison = linked(page, "Compare")
    assert comparison == f"/explore/differences/{first.transcript}/w1"
    page = seen(rina, comparison)
    told = visible(page)
    assert "because of the <del>old</del><ins>new</ins> way" in page
    assert "in the <del>old</del><ins>new</ins> way" in page
    assert "1 changed, 0 added, 0 gone, 1 the same" in told
    same = seen(rina, f"/explore/differences/{first.transcript}/{second.transcript}")
    assert "1 changed, 0 added, 0 gone, 1 the same" in visible(same)


def test_rounds_of_two_questions_are_compared_with_a_warning(rina: Visitor, database: Database) -> None:
    one, other = (put(database, tree(name, leaf("x"))).rsplit("/", 1)[1] for name in ("one", "other"))
    assert "These are rounds of two questions" in visible(seen(rina, f"/explore/differences/{one}/{other}"))
