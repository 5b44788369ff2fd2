"""Passphrases: kept as argon2 hashes, and checked in the same time whether or not there is such a person."""

from __future__ import annotations

import functools

import argon2

LEAST_LETTERS, MOST_LETTERS = 10, 200


class BadPassphraseError(ValueError):
    """A passphrase that will not do; says why."""


@functools.cache
def _hasher() -> argon2.PasswordHasher:
    return argon2.PasswordHasher()


def hashed(passphrase: str) -> str:
    """The hash that is stored. Raises BadPassphraseError where it is too short or too long."""
    if not LEAST_LETTERS <= len(passphrase) <= MOST_LETTERS:
        raise BadPassphraseError(
            f"a passphrase has from {LEAST_LETTERS} to {MOST_LETTERS} letters: a few words will do"
        )
    return _hasher().hash(passphrase.encode("utf-8", "surrogatepass"))


def matches(stored: str | None, passphrase: str) -> bool:
    """Whether this is the passphrase. Takes as long where nothing is stored."""
    try:
        _hasher().verify(stored or _nobodys(), passphrase.encode("utf-8", "surrogatepass"))
    except argon2.exceptions.VerificationError:
        return False
    return stored is not None


@functools.cache
def _nobodys() -> str:
    return _hasher().hash(b"nobody's passphrase")
