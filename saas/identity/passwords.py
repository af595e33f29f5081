"""Passwords: what may be one, and argon2id, a few at a time because each costs memory and a core.

NIST SP 800-63B-4 and ASVS 5.0 (6.2): at least 12 characters and at most 128, no rules of which
signs, no change by the calendar; refused is what stands in lists of leaked passwords or is guessed
as easily. The list comes with the library (zxcvbn), so no password is ever asked of anybody.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

LEAST, MOST = 12, 128
# zxcvbn's scale of 0 to 4: 3 is 'safely unguessable' at more than 10^8 guesses.
SCORE_NEEDED = 3
_LOOKED_AT = 72
_OURS = ("mediation", "mediator", "send", "borough", "council", "password", "welcome")
_hasher = PasswordHasher()
_turns = threading.BoundedSemaphore(2)


class PasswordRefused(ValueError):
    """It is no password that could be kept; the text says what would be one."""


def check_password(password: str, about: Iterable[str] = ()) -> None:
    """Whether somebody may choose this password.

    Args:
        about: the person's name and address, which others know.

    Raises:
        PasswordRefused: too short, too long, leaked, or easily guessed.
    """
    if len(password) < LEAST:
        raise PasswordRefused(f"Choose a password of {LEAST} characters or more")
    if len(password) > MOST:
        raise PasswordRefused(f"Choose a password of at most {MOST} characters")
    if password.casefold() in _leaked():
        raise PasswordRefused("This password is in lists of leaked ones: choose another")
    known = [*_OURS, *(word for told in about for word in told.replace("@", " ").split())]
    if zxcvbn(password[:_LOOKED_AT], user_inputs=known)["score"] < SCORE_NEEDED:
        raise PasswordRefused(
            "This password is easily guessed: choose another, such as four words that do not "
            "belong together"
        )


@cache
def _leaked() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["passwords"])


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
