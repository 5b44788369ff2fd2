from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from hch.people.sample_project import DOCUMENTS, QUESTIONS, WITH_MODEL, put_sample, sample_context
from hch.people.store.database import open_store
from hch.people.store.projects import find_project
from hch.people.store.tables import contexts, workspaces


def test_each_document_has_titled_sections_with_a_text() -> None:
    for name in DOCUMENTS:
        context = sample_context(name)
        assert len(context.facts) > 8
        for fact in context.facts:
            title, _, text = fact.partition("\n")
            assert title.strip()
            assert not title.startswith("*")
            assert len(text) > 50


def test_the_sample_is_put_once_and_its_documents_are_stored_once(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/sample.db")
    assert store.write(put_sample)
    assert not store.write(put_sample)
    assert store.read(lambda c: c.execute(select(func.count()).select_from(workspaces)).scalar()) == 2 * len(QUESTIONS)
    assert store.read(lambda c: c.execute(select(func.count()).select_from(contexts)).scalar()) == len(DOCUMENTS)
    project = store.read(find_project, WITH_MODEL)
    assert project is not None
    assert project.rules.other_side == "model"
