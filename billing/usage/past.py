"""Enters the use of cases that were recorded in bulk, where nobody listened to their facts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from billing.ledger.usage_entries import UsageEntry
from billing.usage.events import billable_events
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.casework.kinds import FactKind, Route, Service
from tenants.casework.models import CaseFact, SenCase
from tenants.casework.record import CaseRecord, Fact

BILLED_FACTS = (
    FactKind.MIAS_HELD,
    FactKind.MEETING_HELD,
    FactKind.MEETING_FIXED,
    FactKind.MEETING_CANCELLED,
)


def enter_past_usage(session: ScopedSession, *, since: dt.date, at: dt.datetime) -> int:
    """Enter what the tenant's cases used since a day, in the provider's scope. Repeatable: what is
    entered already stays as it is. How many events there are.

    Imported cases were billed where they happened, so this is for a demonstration, and for a
    provider that changes over in the middle of a year.
    """
    facts: defaultdict[uuid.UUID, list[Fact]] = defaultdict(list)
    touched = (
        sa.select(CaseFact.case_id)
        .where(
            CaseFact.tenant_id == session.tenant,
            CaseFact.on_date >= since,
            CaseFact.kind.in_([kind.value for kind in BILLED_FACTS]),
        )
        .distinct()
    )
    for row in session.scalars(
        sa.select(CaseFact)
        .where(
            CaseFact.tenant_id == session.tenant,
            CaseFact.case_id.in_(touched),
            CaseFact.kind.in_([kind.value for kind in BILLED_FACTS]),
        )
        .order_by(CaseFact.recorded_at, CaseFact.id)
    ):
        facts[row.case_id].append(
            Fact(
                row.id,
                FactKind(row.kind),
                row.on_date,
                row.value,
                row.detail,
                row.replaces_id,
                row.retracted,
                row.reason,
            )
        )
    rows = []
    for case in session.scalars(
        sa.select(SenCase).where(SenCase.tenant_id == session.tenant, SenCase.id.in_(facts))
    ):
        record = CaseRecord(
            service=Service(case.service),
            route=Route(case.route),
            opened_on=case.opened_on,
            facts=facts[case.id],
        )
        rows += [
            {
                "tenant_id": session.tenant,
                "id": new_id(),
                "source_id": event.source_id,
                "cause_id": event.source_id,
                "case_reference": case.reference,
                "kind": event.kind,
                "clause": event.kind,
                "on_date": event.on,
                "quantity": 1,
                "notice_days": event.notice_days,
                "description": "",
                "recorded_at": at,
            }
            for event in billable_events(record).values()
            if event.on >= since
        ]
    if rows:
        session.execute(insert(UsageEntry).on_conflict_do_nothing(), rows)
    return len(rows)
