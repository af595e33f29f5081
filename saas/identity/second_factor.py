"""The second proof of who somebody is: a code of their telephone, a passkey, a recovery code.

Codes are those of RFC 6238 (30 seconds, six digits); one step to either side is taken for clocks
that differ, and none twice. A passkey is a WebAuthn credential of this service's address.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from typing import ClassVar

import pyotp
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import WRITE_AND_DELETE, Base, Wall, new_id
from saas.database.scope import LoginRole, ScopedSession
from saas.identity import passwords
from saas.identity.models import Person
from saas.identity.sealing import seal_of

STEP_SECONDS = 30
# The letters of the ten recovery codes, and signs that are not taken for one another.
LETTERS = "ABCDEFGHJK"
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class RecoveryCode(Base):
    """A code for the day on which the telephone is lost. Kept by argon2id, used once; its first
    letter says which of the ten it is, so that one is looked at."""

    __tablename__ = "recovery_code"
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    letter: Mapped[str] = mapped_column(primary_key=True)
    code_hash: Mapped[str]
    used_at: Mapped[dt.datetime | None]


class Passkey(Base):
    """A key that a person's device keeps, by which it proves that they are there."""

    __tablename__ = "passkey"
    __table_args__ = (sa.Index("ix_passkey_person_id", "person_id"),)
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    # Counts up where the device counts: one that goes back was copied.
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str]
    made_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class ProofRefused(Exception):
    """The code or the passkey is not right; the text says what to do."""


def _seal(secret: str) -> Fernet:
    return seal_of(secret, b"second factor")


def new_secret() -> str:
    """A secret for a telephone's codes, in base 32."""
    return pyotp.random_base32()


def address_of(code_secret: str, *, email: str, issuer: str) -> str:
    """What a telephone reads as a picture to show the codes."""
    return pyotp.TOTP(code_secret).provisioning_uri(name=email, issuer_name=issuer)


def is_code(code_secret: str, code: str, *, at: dt.datetime) -> int | None:
    """The step that a code is of; None where it is of no step near the moment."""
    plain = "".join(code.split())
    now = int(at.timestamp()) // STEP_SECONDS
    for step in (now, now - 1, now + 1):
        if secrets.compare_digest(pyotp.TOTP(code_secret).at(step * STEP_SECONDS), plain):
            return step
    return None


def keep_secret(
    session: ScopedSession,
    person_id: uuid.UUID,
    code_secret: str,
    code: str,
    *,
    at: dt.datetime,
    secret: str,
) -> None:
    """Have the person prove themselves by the telephone that showed this code.

    Raises:
        ProofRefused: the code is none of this secret.
    """
    step = is_code(code_secret, code, at=at)
    if step is None:
        raise ProofRefused("The code is not right. Enter the one that is shown now")
    person = _the_person(session, person_id)
    person.code_secret = _seal(secret).encrypt(code_secret.encode())
    person.code_step = step
    session.flush()


def forget_secret(session: ScopedSession, person_id: uuid.UUID) -> None:
    _the_person(session, person_id).code_secret = None
    session.flush()


def check_code(
    session: ScopedSession, person_id: uuid.UUID, code: str, *, at: dt.datetime, secret: str
) -> None:
    """Take a code of the telephone, or a recovery code, once.

    Raises:
        ProofRefused: it is neither, or was used before.
    """
    person = _the_person(session, person_id)
    if person.code_secret is not None:
        try:
            opened = _seal(secret).decrypt(person.code_secret).decode()
        except InvalidToken:
            opened = ""
        step = is_code(opened, code, at=at) if opened else None
        if step is not None and step > person.code_step:
            person.code_step = step
            session.flush()
            return
    plain = _plain(code)
    kept = session.get(RecoveryCode, (person_id, plain[:1]), with_for_update=True)
    is_new = kept is not None and kept.used_at is None
    hashed = kept.code_hash if kept is not None and is_new else passwords.nobodys_hash()
    if passwords.password_matches(hashed, plain) and kept is not None and is_new:
        kept.used_at = at
        session.flush()
    else:
        raise ProofRefused("The code is not right, or was used already. Enter the next one")


def new_recovery_codes(session: ScopedSession, person_id: uuid.UUID) -> list[str]:
    """Ten new codes in the place of all that the person had; they are shown once."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = [
        f"{letter}-" + "-".join("".join(secrets.choice(_ALPHABET) for _ in "12345") for _ in "12")
        for letter in LETTERS
    ]
    session.add_all(
        RecoveryCode(
            person_id=person_id,
            letter=code[0],
            code_hash=passwords.hash_password(_plain(code)),
            used_at=None,
        )
        for code in codes
    )
    session.flush()
    return codes


def has_codes(session: ScopedSession, person_id: uuid.UUID) -> bool:
    """Whether the person's telephone shows codes."""
    return bool(
        session.scalar(
            sa.select(sa.exists().where(Person.id == person_id, Person.code_secret.is_not(None)))
        )
    )


def codes_left(session: ScopedSession, person_id: uuid.UUID) -> int:
    wanted = sa.select(sa.func.count()).where(
        RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(wanted) or 0


def passkeys_of(session: ScopedSession, person_id: uuid.UUID) -> Sequence[Passkey]:
    return session.scalars(
        sa.select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.made_at)
    ).all()


def has_second_factor(session: ScopedSession, person_id: uuid.UUID) -> bool:
    """Whether the password alone lets this person in no more."""
    by_code = sa.exists().where(Person.id == person_id, Person.code_secret.is_not(None))
    by_key = sa.exists().where(Passkey.person_id == person_id)
    return bool(session.scalar(sa.select(sa.or_(by_code, by_key))))


def remove_all(session: ScopedSession, person_id: uuid.UUID) -> None:
    """Begin anew: the telephone is lost, and the codes with it."""
    for table in (Passkey, RecoveryCode):
        session.execute(sa.delete(table).where(table.person_id == person_id))
    forget_secret(session, person_id)


def _plain(code: str) -> str:
    return "".join(sign for sign in code.upper() if sign.isalnum())


def _the_person(session: ScopedSession, person_id: uuid.UUID) -> Person:
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise ProofRefused("This person cannot sign in")
    return person
