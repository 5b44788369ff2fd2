"""What sessions are signed with: whoever knows it can be anybody, so it is nowhere but where its owner alone reads."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import sys
from pathlib import Path

from hch.cli.usage import UsageError
from hch.people.store.database import Database
from hch.people.store.errors import StoreError

LEAST_LETTERS = 20

PUBLISHED = frozenset({"c9ef6b56e2513f2bfd1fb0ccedaaa98135378452c972a27e97264bce988767a5"})
"""SHA-256 of secrets that anybody can read: one was in this project's repository once, as ``hch.db.secret``."""


def signing_secret(store: Database, file: Path | None = None) -> str:
    """The secret: HCH_SECRET, that in ``file``, or else that in a file beside a SQLite store. A file is made if needed.

    A store on a server has no place beside it: without the other two, a secret is made that ends with this process, and
    that is said. Raises UsageError or StoreError where there is one that cannot be used: or is public.
    """
    given = os.environ.get("HCH_SECRET", "")
    if given:
        if len(given) < LEAST_LETTERS:
            raise UsageError(f"HCH_SECRET needs at least {LEAST_LETTERS} letters: whoever guesses it can be anybody")
        if _is_published(given):
            raise UsageError("HCH_SECRET is public: it was in hch's own repository; set another, and all sessions end")
        return given
    beside = store.engine.url.database if store.is_sqlite else None
    if file is None and not beside:
        said = "sessions end with this process, as no file keeps its secret: set --secret-file or HCH_SECRET"
        print(f"hch: {said}", file=sys.stderr)
        return secrets.token_urlsafe(32)
    return _read_or_make(file or Path(f"{beside}.secret"))


def _read_or_make(file: Path) -> str:
    """The secret in a file, which is made, whole, if it is not there."""
    try:
        if not file.exists():
            _make(file)
        kept = file.read_text().strip()
        if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
            file.chmod(0o600)
            print(f"hch: others could read {file}; now they cannot", file=sys.stderr)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise StoreError(f"the secret that sessions are signed with cannot be kept in {file}: {why}") from error
    if len(kept) < LEAST_LETTERS:
        raise StoreError(f"{file} holds no secret of {LEAST_LETTERS} letters or more: remove it, and one is made")
    if _is_published(kept):
        raise StoreError(
            f"the secret in {file} is public: it was in hch's own repository, so anybody can sign sessions with it. "
            "Delete the file and start again: a new one is made, and everybody signs in anew"
        )
    return kept


def _is_published(secret: str) -> bool:
    return hashlib.sha256(secret.encode()).hexdigest() in PUBLISHED


def _make(file: Path) -> None:
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as opened:
            opened.write(secrets.token_urlsafe(32) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        # Another process may be at the same: the first has made it for both.
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
