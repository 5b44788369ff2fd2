"""The learner never knows which scheme it serves."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
import hch.models.reader.learner, hch.models.language.learner, hch.models.losses, hch.models.checkpoint
print([name for name in sys.modules if name.startswith("hch.schemes")])
"""


def test_training_imports_no_scheme_not_even_by_way_of_others() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
