"""People who do in a store what tests have them do, through what the pages call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from hch.people.store.acting import Receipt, submit
from hch.people.store.answers import answer_waiting, waiting_for_model
from hch.people.store.database import Database
from hch.people.store.desk import take, take_this
from hch.people.store.items import CHOOSE, OPEN, RATE, WORK, Item, load_item
from hch.people.store.judging import Judged, Verdict, give_verdict
from hch.people.store.people import Role, make_person
from hch.people.store.posting import post_roots
from hch.people.store.projects import Project, Rules, make_project
from hch.people.store.tables import questions, workspaces
from hch.types import Answer, Ask, Context, Pass, Question, Reply

BOOK = Context(("Lists\nA list keeps its order.", "Tuples\nA tuple never changes."))


class Team:
    """People with numbers from 1 up, and a clock that moves a second each time that somebody does something."""

    def __init__(self, store: Database, answerers: int = 4, judges: int = 0) -> None:
        self.store, self.now, self.acts = store, 1000.0, 0
        for number in range(1, answerers + judges + 1):
            role: Role = "answerer" if number <= answerers else "judge"
            store.write(make_person, f"Person called {number}", role, None, self.now)

    def tick(self) -> float:
        self.now += 1
        return self.now

    def project(self, questions: Sequence[Question | str], name: str = "demo", **rules: Any) -> Project:
        project = self.store.write(make_project, name, Rules(**rules), self.tick())
        asked = [one if isinstance(one, Question) else Question(one, BOOK) for one in questions]
        self.store.write(post_roots, project, asked, self.tick())
        return project

    def take(self, person: int, *kinds: str, project: int | None = None, about: str | None = None) -> Item:
        """The workspace that this person gets next, or one with a certain question; there must be one."""
        if about is None:
            id_ = self.store.write(take, person, kinds or [WORK], self.tick(), project)
        else:
            id_ = self.store.read(_open_about, person, about)
            assert id_ is not None, f"nobody is asked “{about}”"
            assert self.store.write(take_this, person, id_, self.tick()) is None
        assert id_ is not None
        item = self.store.read(load_item, id_)
        assert item is not None
        return item

    def act(
        self, person: int, action: Ask | Reply | Pass, project: int | None = None, about: str | None = None
    ) -> Receipt:
        """This person does this in the workspace that they get next, or in one with a certain question."""
        return self.act_in(self.take(person, project=project, about=about), person, action)

    def act_in(self, item: Item, person: int, action: Ask | Reply | Pass) -> Receipt:
        token, now, revisions = self._token(), self.tick(), (item.revision, item.draft_revision)
        done = self.store.write(
            submit, person, item.id, action, token, now=now, revision=revisions[0], draft_revision=revisions[1]
        )
        assert isinstance(done, Receipt), done
        return done

    def model_answers(self, project: int, *texts: str) -> None:
        """A model gives these answers to what waits longest."""
        waiting = self.store.read(waiting_for_model, project)
        for place, text in zip(waiting, texts, strict=True):
            self.store.write(answer_waiting, place, Answer(text, by="model", confidence=0.5, seed=7), self.tick())

    def judge(self, person: int, verdict: Verdict) -> Judged:
        return self.judge_in(self.take(person, RATE, CHOOSE), person, verdict)

    def judge_in(self, item: Item, person: int, verdict: Verdict) -> Judged:
        done = self.store.write(give_verdict, person, item.id, verdict, self._token(), now=self.tick())
        assert isinstance(done, Judged), done
        return done

    def _token(self) -> str:
        self.acts += 1
        return f"token {self.acts}"


def _open_about(connection: Connection, person: int, text: str) -> int | None:
    """The newest workspace with this question that somebody could act in, one that the person holds first."""
    w = workspaces.c
    query = select(w.id).join(questions, questions.c.id == w.question_id).where(questions.c.text == text)
    mine = (w.holder_id == person).desc().nulls_last()
    result = query.where(w.state == OPEN, w.kind == WORK).order_by(mine, w.id.desc())
    return connection.execute(result).scalars().first()
