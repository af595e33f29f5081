"""The chains over the trails: written by the worker, checked by whoever wants to know.

There is one for each authority, over its trail, and one over what is done outside any authority.
Entries are linked in the order in which they are found, some seconds after they were written. Link
n holds the SHA-256 of link n-1 and of everything its entry says. So an entry that is changed no
longer fits its link; one that is taken out leaves a link without an entry; a link that is taken out
leaves a hole. Whoever could rewrite the whole chain cannot make it end in a hash that was noted
elsewhere before: the authority's page shows the last one, to be kept.

What need not be kept any longer goes from the front (`saas/audit/keeping.py`): the last link that
goes stays without its entry, and an entry further on names it and its hash.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.audit.models import AuditEntry, AuditLink, PlatformAuditEntry, PlatformAuditLink
from saas.database.scope import LoginRole, ScopedSession

GENESIS = "0" * 64
AT_ONCE = 1_000
# No transaction of ours is open so long: what was written before then is seen by everyone.
LOOKED_BACK = dt.timedelta(hours=2)
# The action of the entry that says up to where a trail was removed, as too old to be kept.
REMOVED_AS_OLD = "old entries removed"
# Nothing younger may go: limitation of actions on a contract (Limitation Act 1980 s.5).
KEPT_YEARS = 6

Entry = AuditEntry | PlatformAuditEntry
Link = AuditLink | PlatformAuditLink


@dataclass(frozen=True)
class Fault:
    """Where the trail is not as it was written. `number` is the link's."""

    number: int
    entry_id: uuid.UUID | None
    what: str


@dataclass(frozen=True)
class Removed:
    """What was removed from the front as too old: up to which link, and before which moment."""

    number: int
    sha256: str
    before: dt.datetime
    at: dt.datetime


@dataclass(frozen=True)
class Checked:
    """What a check of one trail found."""

    links: int
    # The last link's hash: noted elsewhere, it shows later that nothing before it was rewritten.
    head: str
    faults: Sequence[Fault]
    removed: Removed | None = None


@dataclass(frozen=True)
class Chain:
    """The trail that a session sees, and the links over it."""

    entry: Any
    link: Any
    tenant: uuid.UUID | None

    @classmethod
    def of(cls, session: ScopedSession) -> Chain:
        """The trail of the session's tenant; the one outside any for the role `identity`."""
        if session.scope.role is LoginRole.IDENTITY:
            return cls(PlatformAuditEntry, PlatformAuditLink, None)
        return cls(AuditEntry, AuditLink, session.tenant)

    def own(self, model: Any) -> sa.ColumnElement[bool]:
        """Of the rows of a model those of this chain."""
        if self.tenant is None:
            return sa.true()
        condition: sa.ColumnElement[bool] = model.tenant_id == self.tenant
        return condition

    def linked(self) -> sa.ColumnElement[bool]:
        """Whether a link is of an entry."""
        return sa.and_(
            self.own(self.entry), self.own(self.link), self.link.entry_id == self.entry.id
        )

    def new_link(self, **values: object) -> Link:
        of = {} if self.tenant is None else {"tenant_id": self.tenant}
        made: Link = self.link(**of, **values)
        return made

    def new_entry(self, **values: object) -> Entry:
        """An entry about the trail itself, which nobody in person makes."""
        if self.tenant is None:
            return PlatformAuditEntry(person_id=None, **values)
        return AuditEntry(
            tenant_id=self.tenant,
            person_id=None,
            subject_kind="authority",
            subject_id=self.tenant,
            door=LoginRole.WORKER.value,
            **values,
        )

    def lock(self, session: ScopedSession) -> bool:
        """One at a time on each chain; whoever comes second leaves it."""
        key = sa.func.hashtextextended(str(self.tenant or "platform"), 0)
        return bool(session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(key))))

    def last(self, session: ScopedSession) -> Link | None:
        found: Link | None = session.scalar(
            sa.select(self.link)
            .where(self.own(self.link))
            .order_by(self.link.number.desc())
            .limit(1)
        )
        return found


def hash_of(before: str, number: int, entry: Entry) -> str:
    """The hash of a link, of the one before it and of all that its entry says."""
    person = entry.person_id.hex if entry.person_id else None
    at = entry.at.astimezone(dt.UTC).isoformat()
    told: list[object] = [before, number]
    if isinstance(entry, AuditEntry):
        told += [entry.tenant_id.hex, entry.id.hex, at, person, entry.action]
        told += [entry.subject_kind, entry.subject_id.hex, entry.detail, entry.door]
    else:
        told += [entry.id.hex, at, person, entry.action, entry.detail]
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def link_entries(session: ScopedSession, *, all_of_them: bool = False) -> int:
    """Link what is not linked yet to the session's chain; how many were.

    Args:
        all_of_them: look at the whole trail, and not only at what was written lately.
    """
    chain = Chain.of(session)
    if not chain.lock(session):
        return 0
    last = chain.last(session)
    number, before = (last.number, last.sha256) if last else (0, GENESIS)
    entry = chain.entry
    unlinked = (
        sa.select(entry)
        .where(chain.own(entry), ~sa.exists().where(chain.own(chain.link), chain.linked()))
        .order_by(entry.at, entry.id)
        .limit(AT_ONCE)
    )
    if last is not None and not all_of_them:
        # The clock of an entry is a page's, which the demonstration moves: the linked one decides.
        newest = sa.select(entry.at).where(chain.own(entry), entry.id == last.entry_id)
        unlinked = unlinked.where(entry.at > newest.scalar_subquery() - LOOKED_BACK)
    found = session.scalars(unlinked).all()
    for one in found:
        number += 1
        before = hash_of(before, number, one)
        session.add(chain.new_link(number=number, entry_id=one.id, sha256=before))
    session.flush()
    return len(found)


def check(session: ScopedSession) -> Checked:
    """Whether the session's trail is as it was written. Reads all of it, some rows at a time."""
    chain = Chain.of(session)
    faults: list[Fault] = []
    number, before, removed = 0, GENESIS, None
    for link, entry in _links(session, chain):
        if not number and (link.number > 1 or entry is None):
            removed = _removed(session, chain, link)
            if removed is not None:
                faults += _too_young(removed)
                number, before = link.number, link.sha256
                continue
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
    return Checked(number, before, faults, removed)


def _removed(session: ScopedSession, chain: Chain, base: Link) -> Removed | None:
    """What the trail itself says of the removal that left this link at its front."""
    entry = chain.entry
    said = session.execute(
        sa.select(entry.detail, entry.at).where(
            chain.own(entry),
            entry.action == REMOVED_AS_OLD,
            entry.detail["link"].as_integer() == base.number,
            entry.detail["sha256"].as_string() == base.sha256,
        )
    ).first()
    if said is None:
        return None
    detail, at = said
    return Removed(base.number, base.sha256, dt.datetime.fromisoformat(detail["before"]), at)


def _too_young(removed: Removed) -> Iterator[Fault]:
    if removed.before > years_before(removed.at, KEPT_YEARS):
        yield Fault(removed.number, None, f"entries of less than {KEPT_YEARS} years were removed")


def years_before(at: dt.datetime, years: int) -> dt.datetime:
    """The same moment so many years before; of 29 February the 28th."""
    try:
        return at.replace(year=at.year - years)
    except ValueError:
        return at.replace(year=at.year - years, day=28)


def _links(session: ScopedSession, chain: Chain) -> Iterator[tuple[Link, Entry | None]]:
    after = 0
    while True:
        rows = session.execute(
            sa.select(chain.link, chain.entry)
            .outerjoin(chain.entry, chain.linked())
            .where(chain.own(chain.link), chain.link.number > after)
            .order_by(chain.link.number)
            .limit(AT_ONCE)
        ).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        after = rows[-1][0].number
        session.expunge_all()


def head(session: ScopedSession) -> Link | None:
    """The last link of the session's chain."""
    return Chain.of(session).last(session)
