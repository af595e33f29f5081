"""How far in the log of the database it reaches what a person, or an authority, wrote last.

Whoever reads from a replica is answered by the primary until the replica has come so far: in
whichever browser the person reads, and by a key of their authority. Where there is no replica
nothing is kept.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import WRITE_AND_DELETE, Base, Wall
from saas.database.replica import WRITTEN
from saas.database.scope import IN_PASSING, LoginRole, ScopedSession

# A replica that is further behind is not asked at all (DATABASE_READ_MAX_LAG is 240 at most).
KEPT_FOR = dt.timedelta(minutes=5)


class LastWrite(Base):
    """Before which place in the log all lies that somebody wrote.

    It is not logged itself: noting it waits for no disk and no replica, and after a crash nobody
    misses it.
    """

    __tablename__ = "last_write"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    # A person, or an authority.
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    # In bytes from the beginning of the log.
    place: Mapped[int] = mapped_column(sa.BigInteger)
    at: Mapped[dt.datetime]


def lately(at: dt.datetime | sa.BindParameter[dt.datetime]) -> sa.ColumnElement[bool]:
    """Whether it was noted so lately that a replica may lack it."""
    return LastWrite.at > at - KEPT_FOR


def note_last_write(session: ScopedSession, whose: Iterable[uuid.UUID], *, at: dt.datetime) -> None:
    """Note that all that they wrote lies before where the log ends now."""
    new = insert(LastWrite).values([{"id": one, "place": WRITTEN, "at": at} for one in whose])
    session.execute(
        new.on_conflict_do_update(
            index_elements=["id"],
            set_={
                "place": sa.func.greatest(LastWrite.place, new.excluded.place),
                "at": sa.func.greatest(LastWrite.at, new.excluded.at),
            },
        ).execution_options(**IN_PASSING)
    )


def last_write_of(session: ScopedSession, whose: uuid.UUID, *, at: dt.datetime) -> int | None:
    """Where that ends; None where they wrote nothing lately."""
    return session.scalar(sa.select(LastWrite.place).where(LastWrite.id == whose, lately(at)))


def forget_last_writes(session: ScopedSession, *, at: dt.datetime) -> None:
    """Delete what no page asks for any more."""
    session.execute(sa.delete(LastWrite).where(~lately(at)))
