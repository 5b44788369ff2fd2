from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from hch.cli.rebuild import rebuild
from hch.serving.api.app import application
from hch.training.run_folder import RunFolder
from hch.training.trained import Trained, load_trained
from tests.servers import serving
from tests.serving.api.runs import speaking_run


def load_run(run: Path) -> Trained:
    folder = RunFolder.existing(run)
    return asyncio.run(load_trained(rebuild(folder), folder))


@pytest.fixture(scope="session")
def reading(tiny_run: Path) -> Trained:
    return load_run(tiny_run)


@pytest.fixture(scope="session")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return load_run(speaking_run(tmp_path_factory.mktemp("speaking")))


@pytest.fixture(scope="session")
def reading_url(reading: Trained) -> Iterator[str]:
    with serving(application(reading)) as address:
        yield f"{address}/v1"


@pytest.fixture(scope="session")
def speaking_url(speaking: Trained) -> Iterator[str]:
    with serving(application(speaking)) as address:
        yield f"{address}/v1"


@pytest.fixture
def reader(reading_url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=reading_url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def speaker(speaking_url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=speaking_url, api_key="none", max_retries=0) as client:
        yield client
