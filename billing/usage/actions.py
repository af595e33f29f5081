"""Use that no fact of a case brings about: expenses and days."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import sqlalchemy as sa

from billing.ledger.usage_entries import UsageEntry
from billing.refusal import BillingRefused
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession

_REFERENCE = re.compile(r"[A-Z]{3}-\d{4}-\d{4,}")


def enter_expense(
    session: ScopedSession,
    *,
    on: dt.date,
    amount_pence: int,
    description: str,
    case_reference: str = "",
    today: dt.date,
    at: dt.datetime,
) -> UsageEntry:
    """Enter travel, a venue or an interpreter that is passed on at cost, without VAT.

    Raises:
        BillingRefused: naming the field.
    """
    if amount_pence <= 0:
        raise BillingRefused("amount", "Enter what it cost, without VAT")
    return _enter(
        session,
        "expense",
        on=on,
        description=description,
        case_reference=case_reference,
        amount_pence=amount_pence,
        today=today,
        at=at,
    )


def enter_day(
    session: ScopedSession,
    *,
    on: dt.date,
    description: str,
    case_reference: str = "",
    today: dt.date,
    at: dt.datetime,
) -> UsageEntry:
    """Enter one day at the contract's day rate.

    Raises:
        BillingRefused: naming the field.
    """
    return _enter(
        session,
        "day_rate",
        on=on,
        description=description,
        case_reference=case_reference,
        amount_pence=None,
        today=today,
        at=at,
    )


def _enter(
    session: ScopedSession,
    kind: str,
    *,
    on: dt.date,
    description: str,
    case_reference: str,
    amount_pence: int | None,
    today: dt.date,
    at: dt.datetime,
) -> UsageEntry:
    if on > today:
        raise BillingRefused("on", "The day must be today or in the past")
    if not description.strip():
        raise BillingRefused("description", "Say what it was for: it stands on the invoice")
    case_reference = case_reference.strip().upper()
    if case_reference and not _REFERENCE.fullmatch(case_reference):
        raise BillingRefused("case_reference", "A case's reference looks like TRA-2026-0042")
    entry_id = new_id()
    entry = UsageEntry(
        tenant_id=session.tenant,
        id=entry_id,
        source_id=entry_id,
        cause_id=entry_id,
        case_reference=case_reference,
        kind=kind,
        clause=kind,
        on_date=on,
        quantity=1,
        amount_pence=amount_pence,
        notice_days=None,
        description=description.strip(),
        recorded_at=at,
    )
    session.add(entry)
    session.flush()
    audit(session, f"{kind} entered", subject_kind="usage entry", subject_id=entry.id, at=at)
    return entry


def take_back(session: ScopedSession, entry_id: uuid.UUID, *, at: dt.datetime) -> UsageEntry:
    """Reverse an expense or a day that finance entered. What was billed of it is credited by the
    next invoice.

    Raises:
        BillingRefused: it is not finance's to reverse, or it is reversed already.
    """
    entry = session.get(UsageEntry, (session.tenant, entry_id))
    if entry is None or entry.kind not in ("expense", "day_rate") or entry.quantity != 1:
        raise BillingRefused("entry", "Only an expense or a day entered here is taken back here")
    done = session.scalar(
        sa.select(UsageEntry.id).where(
            UsageEntry.tenant_id == session.tenant,
            UsageEntry.source_id == entry.source_id,
            UsageEntry.quantity == -1,
        )
    )
    if done is not None:
        raise BillingRefused("entry", "This was taken back already")
    reversal = UsageEntry(
        tenant_id=session.tenant,
        id=new_id(),
        source_id=entry.source_id,
        cause_id=new_id(),
        case_reference=entry.case_reference,
        kind=entry.kind,
        clause=entry.clause,
        on_date=entry.on_date,
        quantity=-1,
        amount_pence=entry.amount_pence,
        notice_days=entry.notice_days,
        description=entry.description,
        recorded_at=at,
    )
    session.add(reversal)
    session.flush()
    audit(session, "usage taken back", subject_kind="usage entry", subject_id=entry.id, at=at)
    return reversal
