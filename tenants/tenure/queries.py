"""Every authority that subscribes or did, and how each stands."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.casework.kept.models import CasePosition
from tenants.casework.models import SenCase
from tenants.protection.queries import ERASED
from tenants.subscribers.models import Subscriber
from tenants.subscribers.standing import (
    AuthorityLeaving,
    AuthoritySuspension,
    join_standing,
)


@dataclass(frozen=True)
class Standing:
    """One line of the list of authorities."""

    slug: str
    name: str
    prefix: str
    since: dt.date
    last_day: dt.date | None
    reads_until: dt.date | None
    suspended_from: dt.date | None
    reason: str | None

    def word(self, today: dt.date) -> tuple[str, str]:
        """How it stands in a word or two, and the colour of its tag."""
        if self.reads_until is not None and self.reads_until < today:
            return "Gone", "none"
        if self.last_day is not None:
            return ("Has left", "done") if self.last_day < today else ("Leaves", "soon")
        if self.suspended_from is not None:
            is_now = self.suspended_from <= today
            return ("Suspended", "overdue") if is_now else ("To be suspended", "soon")
        return ("Not yet", "soon") if self.since > today else ("Subscribes", "done")


def standings(
    session: ScopedSession, *, offset: int, limit: int, slug: str | None = None
) -> list[Standing]:
    """The authorities by name. The session reads all of them, or is inside the one of `slug`."""
    wanted = (
        join_standing(
            sa.select(
                Subscriber.slug,
                Subscriber.name,
                Subscriber.reference_prefix,
                Subscriber.subscribed_from,
                Subscriber.subscribed_to,
                AuthorityLeaving.reads_until,
                AuthoritySuspension.first_day,
                AuthoritySuspension.reason,
            ).select_from(Subscriber),
            Subscriber.id,
        )
        .order_by(Subscriber.name)
        .offset(offset)
        .limit(limit)
    )
    if slug is not None:
        wanted = wanted.where(Subscriber.slug == slug)
    return [Standing(*row) for row in session.execute(wanted)]


@dataclass(frozen=True)
class CaseCounts:
    """How many cases an authority has: open, and not erased yet."""

    open: int
    unerased: int


def case_counts(session: ScopedSession) -> CaseCounts:
    """Of the session's authority."""
    row = session.execute(
        sa.select(
            sa.func.count().filter(CasePosition.is_open),
            sa.func.count().filter(~SenCase.reference.startswith(ERASED)),
        )
        .select_from(SenCase)
        .join(
            CasePosition,
            sa.and_(
                CasePosition.tenant_id == SenCase.tenant_id, CasePosition.case_id == SenCase.id
            ),
        )
        .where(SenCase.tenant_id == session.tenant)
    ).one()
    return CaseCounts(*row)


@dataclass(frozen=True)
class OpenCase:
    """An open case of an authority: where it stands, and whether it has a place already."""

    id: uuid.UUID
    reference: str
    service: str
    stage: str
    opened_on: dt.date
    next_due: dt.date | None


def open_cases(session: ScopedSession, *, offset: int, limit: int) -> list[OpenCase]:
    """The open cases of the session's authority, what is due first first."""
    rows = session.execute(
        sa.select(
            SenCase.id,
            SenCase.reference,
            SenCase.service,
            CasePosition.stage,
            SenCase.opened_on,
            CasePosition.next_due,
        )
        .join(
            CasePosition,
            sa.and_(
                CasePosition.tenant_id == SenCase.tenant_id, CasePosition.case_id == SenCase.id
            ),
        )
        .where(SenCase.tenant_id == session.tenant, CasePosition.is_open)
        .order_by(CasePosition.next_due.asc().nulls_last(), SenCase.reference)
        .offset(offset)
        .limit(limit)
    )
    return [OpenCase(*row) for row in rows]
