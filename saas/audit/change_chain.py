"""The chain over the changes of an authority's rows, some hundred of them to a link.

A link names its changes and holds the SHA-256 of what each says; its own is made of these and of
the link before. What a change says only the database reads: whoever links and checks sees hashes.
What is old may be removed, and its link stays: it shows no more what was there, but that all that
comes after is as it was.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from saas.audit.chain import AT_ONCE, GENESIS, KEPT_YEARS, LOOKED_BACK, Checked, Fault, years_before
from saas.audit.models import RowChange, RowChangeLink
from saas.database.scope import ScopedSession

HASH_BYTES = 32


def first_id_at(moment: dt.datetime) -> uuid.UUID:
    """The lowest id that a change of this moment, or of a later one, can have (UUIDv7)."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def moment_of(change: uuid.UUID) -> dt.datetime:
    """When a change was, to the millisecond."""
    return dt.datetime.fromtimestamp((change.int >> 80) / 1000, dt.UTC)


def link_changes(session: ScopedSession) -> int:
    """Link what is not linked yet to the chain of the tenant's changes; how many were."""
    key = sa.func.hashtextextended(f"changes of {session.tenant}", 0)
    if not session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(key))):
        return 0
    last = session.scalar(_links(session).order_by(RowChangeLink.number.desc()).limit(1))
    wanted = sa.select(RowChange.id).where(RowChange.tenant_id == session.tenant)
    if last is not None:
        # What was begun before, and became visible since.
        lowest = first_id_at(moment_of(last.newest) - LOOKED_BACK)
        linked = sa.select(sa.func.unnest(RowChangeLink.changes)).where(
            RowChangeLink.tenant_id == session.tenant, RowChangeLink.newest >= lowest
        )
        wanted = wanted.where(RowChange.id >= lowest, RowChange.id.not_in(linked))
    found = list(session.scalars(wanted.order_by(RowChange.id).limit(AT_ONCE)))
    if not found:
        return 0
    said = _hashes(session, found)
    hashes = b"".join(said[one] for one in found)
    number, before = (last.number + 1, last.sha256) if last else (1, GENESIS)
    newest = max(found[-1], last.newest) if last else found[-1]
    session.add(
        RowChangeLink(
            tenant_id=session.tenant,
            number=number,
            changes=found,
            hashes=hashes,
            newest=newest,
            sha256=hash_of(before, number, found, hashes),
        )
    )
    session.flush()
    return len(found)


def hash_of(before: str, number: int, changes: Sequence[uuid.UUID], hashes: bytes) -> str:
    """The hash of a link, of the one before it and of all that its changes say."""
    told = b"".join((f"{before} {number} ".encode(), *(one.bytes for one in changes), hashes))
    return hashlib.sha256(told).hexdigest()


def check_changes(session: ScopedSession, *, now: dt.datetime) -> Checked:
    """Whether the changes of the tenant's rows are as they were written. Reads all of them.

    Args:
        now: what is missing is no fault where it was older than KEPT_YEARS by then.
    """
    faults: list[Fault] = []
    number, before, changes = 0, GENESIS, 0
    may_be_gone = first_id_at(years_before(now, KEPT_YEARS))
    for link in _all_links(session):
        number += 1
        if link.number != number:
            faults.append(Fault(number, None, f"links {number} to {link.number - 1} are gone"))
            number = link.number
        elif hash_of(before, number, link.changes, link.hashes) != link.sha256:
            faults.append(Fault(number, None, "the link was changed"))
        said = _hashes(session, link.changes)
        for place, change in enumerate(link.changes):
            written = link.hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]
            if change in said and said[change] != written:
                faults.append(Fault(number, change, "the change is not as it was written"))
            elif change not in said and change >= may_be_gone:
                faults.append(Fault(number, change, "the change is gone"))
        changes += len(link.changes)
        before = link.sha256
    return Checked(changes, before, faults)


def remove_old_changes(
    session: ScopedSession, *, before: dt.datetime, needed: sa.ColumnElement[bool]
) -> int:
    """Remove the tenant's changes of before a moment; how many went.

    Args:
        before: the database refuses less than KEPT_YEARS.
        needed: a condition over RowChange; what is older but meets it is kept.
    """
    gone = session.execute(
        sa.delete(RowChange)
        .where(RowChange.tenant_id == session.tenant, RowChange.id < first_id_at(before), ~needed)
        .returning(RowChange.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())


def _hashes(session: ScopedSession, changes: Sequence[uuid.UUID]) -> dict[uuid.UUID, bytes]:
    asked = sa.func.change_hashes(list(changes)).table_valued(
        sa.column("id", sa.Uuid), sa.column("sha256", sa.LargeBinary)
    )
    return {row.id: bytes(row.sha256) for row in session.execute(sa.select(asked))}


def _links(session: ScopedSession) -> sa.Select[RowChangeLink]:
    return sa.select(RowChangeLink).where(RowChangeLink.tenant_id == session.tenant)


def _all_links(session: ScopedSession) -> Iterator[RowChangeLink]:
    number = 0
    while True:
        after = _links(session).where(RowChangeLink.number > number)
        link = session.scalar(after.order_by(RowChangeLink.number).limit(1))
        if link is None:
            return
        number = link.number
        yield link
        session.expunge(link)
