"""What somebody had typed when their session ended: kept sealed until they have signed in again."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.dialects.postgresql import insert

from saas.database.scope import ScopedSession
from saas.identity.models import KeptEntry
from saas.identity.sealing import seal_of

KEPT_FOR = dt.timedelta(hours=12)


@dataclass(frozen=True)
class Entry:
    """A form as it was sent: the page it belongs to, and each field with its value, in order."""

    path: str
    fields: Sequence[tuple[str, str]]


def _seal(secret: str) -> Fernet:
    return seal_of(secret, b"kept entry")


def keep_entry(
    session: ScopedSession, person_id: uuid.UUID, entry: Entry, *, at: dt.datetime, secret: str
) -> None:
    """Keep it in the place of what was kept for the person before."""
    told = json.dumps([entry.path, list(entry.fields)]).encode()
    row = {"sealed": _seal(secret).encrypt(told), "kept_at": at}
    session.execute(
        insert(KeptEntry)
        .values(person_id=person_id, **row)
        .on_conflict_do_update(index_elements=["person_id"], set_=row)
    )


def take_entry(
    session: ScopedSession, person_id: uuid.UUID, *, at: dt.datetime, secret: str
) -> Entry | None:
    """What was kept for the person, which is kept no longer; None where nothing is, or too old."""
    kept = session.execute(
        sa.delete(KeptEntry)
        .where(KeptEntry.person_id == person_id)
        .returning(KeptEntry.sealed, KeptEntry.kept_at)
    ).one_or_none()
    return _opened(kept, at, secret)


def find_entry(
    session: ScopedSession, person_id: uuid.UUID, *, at: dt.datetime, secret: str
) -> Entry | None:
    """What is kept for the person, and stays kept."""
    kept = session.execute(
        sa.select(KeptEntry.sealed, KeptEntry.kept_at).where(KeptEntry.person_id == person_id)
    ).one_or_none()
    return _opened(kept, at, secret)


def _opened(kept: sa.Row[bytes, dt.datetime] | None, at: dt.datetime, secret: str) -> Entry | None:
    if kept is None or at - kept.kept_at > KEPT_FOR:
        return None
    try:
        path, fields = json.loads(_seal(secret).decrypt(kept.sealed))
    except InvalidToken:
        return None  # The secret was changed since: nobody can read it any more.
    return Entry(path, [(name, value) for name, value in fields])


def forget_old_entries(session: ScopedSession, *, at: dt.datetime) -> int:
    """Delete what was kept longer than KEPT_FOR; how many were deleted."""
    deleted = session.execute(
        sa.delete(KeptEntry).where(KeptEntry.kept_at < at - KEPT_FOR).returning(KeptEntry.person_id)
    )
    return len(deleted.all())
