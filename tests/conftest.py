"""What holds for every test: tensors' shapes are checked, and no example has to be quick."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from jaxtyping import install_import_hook

# As in scripts/test: threads that share the cores with other processes wait for each other most of the time.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# Before anything imports these: the annotations of what is imported from here on are checked at every call. As for
# mypy, a whole number is a float too.
CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
install_import_hook("hch.models", CHECKER)

# Whoever starts tests in the background of a script has them ignore Ctrl-C, and each process that they start inherits
# that; what those do when they are interrupted is tested.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("hch", deadline=None)
# Under a mutant it is enough to see that a test fails: the simplest example is nobody's business.
settings.register_profile("mutation", deadline=None, max_examples=15, phases=(Phase.explicit, Phase.generate))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "hch"))


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of 20 steps, made by the command line. Shared by all tests: they copy it before they change it."""
    from hch.cli import main

    run = tmp_path_factory.mktemp("runs") / "tiny"
    options = "--steps 20 --evaluation.every 10 --evaluation.questions 100 --seed 3"
    assert main(["train", "permutation-tiny", *options.split(), "--out", str(run)]) == 0
    return run
