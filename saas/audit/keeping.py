"""How long trails are kept: the oldest entries go when their time is over, from the front alone.

So a trail is kept without a gap from a day on, its chain goes on, and an entry stays for as long as
any before it must.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from saas.audit.chain import REMOVED_AS_OLD, Chain
from saas.database.base import new_id
from saas.database.scope import ScopedSession

# A day's work: what is more goes on the days after.
MOST_AT_ONCE = 20_000


def remove_old(
    session: ScopedSession,
    *,
    before: dt.datetime,
    at: dt.datetime,
    needed: sa.ColumnElement[bool] | None = None,
) -> int:
    """Remove the entries of the session's trail that come before all that must be kept.

    Only what is linked goes; its last link stays, and an entry says so.

    Args:
        before: what is younger is kept. The database refuses less than `chain.KEPT_YEARS`.
        needed: a condition over the entry; what is older but meets it is kept, too.

    Returns:
        How many went.
    """
    chain = Chain.of(session)
    if not chain.lock(session):
        return 0
    entry, link = chain.entry, chain.link
    lowest = session.scalar(sa.select(sa.func.min(link.number)).where(chain.own(link))) or 0
    kept = sa.or_(
        entry.at >= before,
        sa.false() if needed is None else needed,
        # An entry that is missing is a fault to be shown, and not to be cleared away.
        sa.and_(entry.id.is_(None), link.number > lowest),
    )
    first_kept = session.scalar(
        sa.select(link.number)
        .outerjoin(entry, chain.linked())
        .where(chain.own(link), kept)
        .order_by(link.number)
        .limit(1)
    )
    going = session.execute(
        sa.select(link.number, link.sha256)
        .join(entry, chain.linked())
        .where(sa.true() if first_kept is None else link.number < first_kept)
        .order_by(link.number)
        .limit(MOST_AT_ONCE)
    ).all()
    if not going:
        return 0
    number, sha256 = going[-1]
    gone = sa.select(link.entry_id).where(chain.own(link), link.number <= number)
    without_sync = {"synchronize_session": False}
    session.execute(
        sa.delete(entry).where(chain.own(entry), entry.id.in_(gone)),
        execution_options=without_sync,
    )
    session.execute(
        sa.delete(link).where(chain.own(link), link.number < number),
        execution_options=without_sync,
    )
    detail = {"link": number, "sha256": sha256, "before": before.isoformat(), "entries": len(going)}
    session.add(chain.new_entry(id=new_id(), at=at, action=REMOVED_AS_OLD, detail=detail))
    session.flush()
    return len(going)
