"""axe-core, which finds what keeps people from using a page; fetched once by npm, for tests alone."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

VERSION = "4.14.1"
CACHE = Path(__file__).parents[3] / ".cache" / f"axe-core-{VERSION}"


@functools.cache
def source() -> str:
    """axe's script; the test is skipped, saying why, where it cannot be had."""
    script = CACHE / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not here, and axe-core comes from its registry")
        CACHE.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            [npm, "pack", f"axe-core@{VERSION}", "--silent"], cwd=CACHE, capture_output=True, text=True, check=False
        )
        if packed.returncode:
            pytest.skip(f"npm could not fetch axe-core: {packed.stderr.strip()[:200]}")
        with tarfile.open(CACHE / f"axe-core-{VERSION}.tgz") as archive:
            member = archive.extractfile("package/axe.min.js")
            assert member is not None
            script.write_bytes(member.read())
    return script.read_text()


def serious(page: Page) -> list[str]:
    """What axe finds on a page that is serious or worse, contrast included: a line each."""
    page.evaluate(source())
    report: dict[str, Any] = page.evaluate(
        "() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}; "
        + "; ".join(" ".join(n["target"]) for n in violation["nodes"][:3])
        for violation in report["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
