"""The chain over an authority's trail: written by the worker, checked by whoever wants to know.

Entries are linked in the order in which they are found, some seconds after they were written. Link
n holds the SHA-256 of link n-1 and of everything its entry says. So an entry that is changed no
longer fits its link; one that is taken out leaves a link without an entry; a link that is taken out
leaves a hole. Whoever could rewrite the whole chain cannot make it end in a hash that was noted
elsewhere before: the authority's page shows the last one, to be kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.audit.models import AuditEntry, AuditLink
from saas.database.scope import ScopedSession

GENESIS = "0" * 64
AT_ONCE = 1_000
# No transaction of ours is open so long: what was written before then is seen by everyone.
LOOKED_BACK = dt.timedelta(hours=2)


@dataclass(frozen=True)
class Fault:
    """Where the trail is not as it was written. `number` is the link's."""

    number: int
    entry_id: uuid.UUID | None
    what: str


@dataclass(frozen=True)
class Checked:
    """What a check of one authority's trail found."""

    links: int
    # The last link's hash: noted elsewhere, it shows later that nothing before it was rewritten.
    head: str
    faults: Sequence[Fault]


def hash_of(before: str, number: int, entry: AuditEntry) -> str:
    """The hash of a link, of the one before it and of all that its entry says."""
    told = [
        before,
        number,
        entry.tenant_id.hex,
        entry.id.hex,
        entry.at.astimezone(dt.UTC).isoformat(),
        entry.person_id.hex if entry.person_id else None,
        entry.action,
        entry.subject_kind,
        entry.subject_id.hex,
        entry.detail,
        entry.door,
    ]
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def link_entries(session: ScopedSession, *, all_of_them: bool = False) -> int:
    """Link what is not linked yet to the tenant's chain; how many were.

    Args:
        all_of_them: look at the whole trail, and not only at what was written lately.
    """
    # One at a time in each tenant; whoever comes second leaves it.
    key = sa.func.hashtextextended(str(session.tenant), 0)
    mine = session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(key)))
    if not mine:
        return 0
    last = _last(session)
    number, before = (last.number, last.sha256) if last else (0, GENESIS)
    unlinked = (
        sa.select(AuditEntry)
        .where(
            AuditEntry.tenant_id == session.tenant,
            ~sa.exists().where(
                AuditLink.tenant_id == AuditEntry.tenant_id, AuditLink.entry_id == AuditEntry.id
            ),
        )
        .order_by(AuditEntry.at, AuditEntry.id)
        .limit(AT_ONCE)
    )
    if last is not None and not all_of_them:
        # The clock of an entry is a page's, which the demonstration moves: the linked one decides.
        newest = sa.select(AuditEntry.at).where(
            AuditEntry.tenant_id == session.tenant, AuditEntry.id == last.entry_id
        )
        unlinked = unlinked.where(AuditEntry.at > newest.scalar_subquery() - LOOKED_BACK)
    found = session.scalars(unlinked).all()
    for entry in found:
        number += 1
        before = hash_of(before, number, entry)
        session.add(
            AuditLink(tenant_id=session.tenant, number=number, entry_id=entry.id, sha256=before)
        )
    session.flush()
    return len(found)


def check(session: ScopedSession) -> Checked:
    """Whether the tenant's trail is as it was written. Reads all of it, some rows at a time."""
    faults: list[Fault] = []
    number, before = 0, GENESIS
    for link, entry in _links(session):
        number += 1
        if link.number != number:
            faults.append(Fault(number, None, f"links {number} to {link.number - 1} are gone"))
            number = link.number
        elif entry is None:
            faults.append(Fault(number, link.entry_id, "the entry is gone"))
        elif hash_of(before, number, entry) != link.sha256:
            faults.append(Fault(number, entry.id, "the entry or its link was changed"))
        # From here on it is judged by what stands there, so that each fault is told once.
        before = link.sha256
    return Checked(number, before, faults)


def _links(session: ScopedSession) -> Iterator[tuple[AuditLink, AuditEntry | None]]:
    after = 0
    while True:
        rows = session.execute(
            sa.select(AuditLink, AuditEntry)
            .outerjoin(
                AuditEntry,
                sa.and_(
                    AuditEntry.tenant_id == AuditLink.tenant_id, AuditEntry.id == AuditLink.entry_id
                ),
            )
            .where(AuditLink.tenant_id == session.tenant, AuditLink.number > after)
            .order_by(AuditLink.number)
            .limit(AT_ONCE)
        ).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        after = rows[-1][0].number
        session.expunge_all()


def head(session: ScopedSession) -> AuditLink | None:
    """The last link of the tenant's chain."""
    return _last(session)


def _last(session: ScopedSession) -> AuditLink | None:
    return session.scalar(
        sa.select(AuditLink)
        .where(AuditLink.tenant_id == session.tenant)
        .order_by(AuditLink.number.desc())
        .limit(1)
    )
