"""What holds for every test: tensors' shapes are checked, and no example has to be quick."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

# Before anything imports these: the annotations of what is imported from here on are checked at every call.
install_import_hook(["hch.models", "hch.training"], "beartype.beartype")

settings.register_profile("hch", deadline=None)
settings.load_profile("hch")


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of 20 steps, made by the command line. Shared by all tests: they copy it before they change it."""
    from hch.cli import main

    run = tmp_path_factory.mktemp("runs") / "tiny"
    options = "--steps 20 --evaluation.every 10 --evaluation.questions 100 --seed 3"
    assert main(["train", "permutation-tiny", *options.split(), "--out", str(run)]) == 0
    return run
