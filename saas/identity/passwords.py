"""Passwords: argon2id, a few at a time because each costs memory and a core."""

from __future__ import annotations

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
_turns = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    with _turns:
        return _hasher.hash(password)


def password_matches(password_hash: str, password: str) -> bool:
    with _turns:
        try:
            return _hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(password_hash: str) -> bool:
    return _hasher.check_needs_rehash(password_hash)


@cache
def nobodys_hash() -> str:
    """Checked when the address is unknown, so that the answer takes as long as for a known one."""
    return hash_password("nobody has this password")
