"""Some people and one project in a store, and what people can do there, at times that a test says."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from hch.people.store.acting import Receipt, submit
from hch.people.store.database import Database
from hch.people.store.desk import take
from hch.people.store.drafts import Draft, save_draft
from hch.people.store.items import WORK, Item, load_item
from hch.people.store.people import Role, make_person
from hch.people.store.posting import post_roots
from hch.people.store.projects import Rules, make_project
from hch.people.store.refusals import Refusal, Writing
from hch.people.store.verify import verify
from hch.types import Ask, Context, Pass, Question, Reply

TOWN = Context(("The town has two bridges.", "One is of stone."))


class Crew:
    """People by name; each act is at ``now``, which a test moves."""

    def __init__(self, store: Database, *questions: str, people: Sequence[str] = ("ann", "bob", "cy", "dee")) -> None:
        self.store, self.now = store, 1000.0
        self.people: dict[str, int] = {}
        for name in people:
            self.join(name, "answerer")
        self.questions = questions or ("Why?",)

    def join(self, name: str, role: Role) -> None:
        self.people[name] = self.store.write(make_person, name, role, None, now=self.now).id

    def begin(self, rules: Rules, gold: list[str | None] | None = None) -> list[int]:
        """The workspaces of the crew's questions under these rules."""
        self.project = self.store.write(make_project, "town", rules, now=self.now)
        asked = [Question(text, TOWN) for text in self.questions]
        return self.store.write(post_roots, self.project, asked, self.now, gold).ids

    def take(self, name: str, *kinds: str) -> int | None:
        return self.store.write(take, self.people[name], kinds or (WORK,), now=self.now)

    def item(self, id_: int) -> Item:
        result = self.store.read(load_item, id_)
        assert result is not None
        return result

    def act(
        self, name: str, id_: int, action: Ask | Reply | Pass, token: str = "", known: Item | None = None
    ) -> Receipt | Refusal:
        """Acts on what the workspace is now, or on what it was when it was ``known``."""
        item = known or self.item(id_)
        return self.store.write(
            submit, self.people[name], id_, action, token or uuid.uuid4().hex, now=self.now,
            revision=item.revision, draft_revision=item.draft_revision,
        )  # fmt: skip

    def does(self, name: str, action: Ask | Reply | Pass) -> int:
        """Takes what is next and acts in it, which must succeed."""
        id_ = self.take(name)
        assert id_ is not None, f"there is nothing for {name}"
        done = self.act(name, id_, action)
        assert isinstance(done, Receipt), done
        return id_

    def draft(self, name: str, id_: int, revision: int, reply: str) -> Draft | Refusal:
        return self.store.write(save_draft, self.people[name], id_, revision, Writing(reply), now=self.now)

    def problems(self) -> list[str]:
        with self.store.reading() as connection:
            return [str(problem) for problem in verify(connection)]
