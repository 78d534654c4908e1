"""Passwords as argon2id, with the figures of OWASP."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MOST_CHARACTERS = 256
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A few at a time, so that guessing does not take the memory of everybody else.
_TURNS = threading.BoundedSemaphore(4)


def hashed(password: str) -> str:
    """What is stored of a password."""
    with _TURNS:
        return _HASHER.hash(_normal(password))


def fits(hash_: str, password: str) -> bool:
    """Whether a password is the one that was hashed."""
    if len(password) > MOST_CHARACTERS:
        return False
    with _TURNS:
        try:
            return _HASHER.verify(hash_, _normal(password))
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(hash_: str) -> bool:
    """Whether it was made with other figures than those of today."""
    return _HASHER.check_needs_rehash(hash_)


def _normal(password: str) -> bytes:
    """The same bytes for the same letters, whatever keyboard they came from."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
