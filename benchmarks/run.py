#!/usr/bin/env python3
"""Starts the benchmarks: ``python benchmarks/run.py --help``. What is done is in suite.py."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # The folder's own name is part of its modules' names, for mypy and for the tests.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from benchmarks.suite import main

    raise SystemExit(main())
