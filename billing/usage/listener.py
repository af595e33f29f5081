"""Enters use when casework records a fact, in the fact's own transaction."""

from __future__ import annotations

import uuid
from dataclasses import replace

import sqlalchemy as sa

from billing.ledger.usage_entries import UsageEntry
from billing.usage.events import Billable, billable_events
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.casework.models import SenCase
from tenants.casework.record import CaseRecord, Fact
from tenants.casework.row_columns import Actor


def enter_usage(
    session: ScopedSession, case_id: uuid.UUID, record: CaseRecord, fact: Fact, by: Actor
) -> None:
    """Enter what the fact makes billable, and take back what it makes so no longer.

    Compares what the record bills with what it billed before the fact, so that a correction, a
    retraction and a second meeting need no rules of their own.
    """
    before = billable_events(
        replace(record, facts=[known for known in record.facts if known.id != fact.id])
    )
    after = billable_events(record)
    gone = [event for source, event in before.items() if after.get(source) != event]
    come = [event for source, event in after.items() if before.get(source) != event]
    if not gone and not come:
        return
    reference = session.scalars(
        sa.select(SenCase.reference).where(
            SenCase.tenant_id == session.tenant, SenCase.id == case_id
        )
    ).one()
    session.add_all(
        usage_entry(session.tenant, event, reference, quantity=quantity, cause=fact.id, by=by)
        for events, quantity in ((gone, -1), (come, 1))
        for event in events
    )
    session.flush()


def usage_entry(
    tenant_id: uuid.UUID,
    event: Billable,
    case_reference: str,
    *,
    quantity: int,
    cause: uuid.UUID,
    by: Actor,
) -> UsageEntry:
    return UsageEntry(
        tenant_id=tenant_id,
        id=new_id(),
        source_id=event.source_id,
        cause_id=cause,
        case_reference=case_reference,
        kind=event.kind,
        clause=event.kind,
        on_date=event.on,
        quantity=quantity,
        amount_pence=None,
        notice_days=event.notice_days,
        recorded_at=by.at,
    )
