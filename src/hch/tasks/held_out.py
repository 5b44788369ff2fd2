"""Which instances are kept for tests: their content decides, so none is ever both trained on and tested."""

from __future__ import annotations

import hashlib

from hch.types import Context

HELD_OUT_SHARE = 8
"""One instance in this many is held out."""


def held_out(context: Context) -> bool:
    """Whether an instance is kept for tests. Its facts decide, whatever their order."""
    encoded = "\n".join(sorted(context.facts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=4).digest(), "little") % HELD_OUT_SHARE == 0
