"""A debt that will not be paid is written off, and written back if it is paid after all."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import sqlalchemy as sa

from billing.credits.actions import lock_account
from billing.ledger.balances import balance_of
from billing.ledger.invoices import Invoice
from billing.ledger.write_offs import WriteOff
from billing.periods import months_after
from billing.refusal import BillingRefused
from billing.vat import round_pence
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.database.together import OF, TENANT, Asked

# VAT Act 1994 s.36 and VAT Notice 700/18: not before six months from when it was due.
RELIEF_MONTHS = 6


def relief_from(invoice: Invoice) -> dt.date:
    """The day from which VAT relief can be claimed on what is written off of an invoice."""
    return months_after(max(invoice.due_on, invoice.tax_point), RELIEF_MONTHS)


def vat_in(invoice: Invoice, pence: int) -> int:
    """The VAT in an amount of an invoice, in pence: its own share."""
    if not invoice.gross_pence:
        return 0
    return round_pence(Decimal(pence) * invoice.vat_pence / invoice.gross_pence)


def write_off(
    session: ScopedSession, invoice: Invoice, *, reason: str, today: dt.date, at: dt.datetime
) -> WriteOff:
    """Write off what is still owed on an invoice.

    Raises:
        BillingRefused: nothing is owed, it is not due, or no reason is given.
    """
    lock_account(session)
    owed = balance_of(session, invoice).owed_pence
    if owed <= 0:
        raise BillingRefused("reason", "Nothing is owed on this invoice")
    if invoice.due_on >= today:
        raise BillingRefused("reason", "It is not overdue: credit it, if it is not to be paid")
    return _record(session, invoice, owed, reason=reason, today=today, at=at)


def write_back(
    session: ScopedSession, invoice: Invoice, *, reason: str, today: dt.date, at: dt.datetime
) -> WriteOff:
    """Take back what was written off: it is paid after all, or was a mistake.

    Raises:
        BillingRefused: nothing is written off, or no reason is given.
    """
    lock_account(session)
    written = written_off(session, invoice.id)
    if written <= 0:
        raise BillingRefused("reason", "Nothing of this invoice is written off")
    return _record(session, invoice, -written, reason=reason, today=today, at=at)


def written_off(session: ScopedSession, invoice_id: uuid.UUID) -> int:
    """How much of an invoice is written off, in pence with VAT."""
    return int(
        session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(WriteOff.amount_pence), 0)).where(
                WriteOff.tenant_id == session.tenant, WriteOff.invoice_id == invoice_id
            )
        )
        or 0
    )


# What was written off of an invoice, and back, in order.
write_offs_of = Asked(
    sa.select(
        WriteOff.amount_pence,
        WriteOff.vat_pence,
        WriteOff.written_off_on,
        WriteOff.relief_from,
        WriteOff.reason,
    )
    .where(WriteOff.tenant_id == TENANT, WriteOff.invoice_id == OF)
    .order_by(WriteOff.recorded_at, WriteOff.id),
    lambda _, rows: rows,
)


def written_off_everywhere(session: ScopedSession) -> list[tuple[Invoice, int, int, dt.date]]:
    """What is written off by invoice: how much, its VAT, and when relief on it begins."""
    rows = session.execute(
        sa.select(
            Invoice,
            sa.func.sum(WriteOff.amount_pence),
            sa.func.sum(WriteOff.vat_pence),
            sa.func.max(WriteOff.relief_from),
        )
        .join(
            WriteOff,
            sa.and_(WriteOff.tenant_id == Invoice.tenant_id, WriteOff.invoice_id == Invoice.id),
        )
        .group_by(Invoice.tenant_id, Invoice.id)
        .having(sa.func.sum(WriteOff.amount_pence) > 0)
        .order_by(sa.func.max(WriteOff.relief_from), Invoice.number)
    )
    return [(invoice, int(pence), int(vat), day) for invoice, pence, vat, day in rows]


def _record(
    session: ScopedSession,
    invoice: Invoice,
    pence: int,
    *,
    reason: str,
    today: dt.date,
    at: dt.datetime,
) -> WriteOff:
    if not reason.strip():
        raise BillingRefused("reason", "Say why")
    made = WriteOff(
        tenant_id=session.tenant,
        id=new_id(),
        invoice_id=invoice.id,
        amount_pence=pence,
        vat_pence=vat_in(invoice, pence),
        written_off_on=today,
        relief_from=relief_from(invoice),
        reason=reason.strip(),
        recorded_at=at,
        recorded_by=session.scope.person,
    )
    session.add(made)
    audit(
        session,
        "debt written off" if pence > 0 else "debt written back",
        subject_kind="invoice",
        subject_id=invoice.id,
        at=at,
        number=invoice.number,
    )
    session.flush()
    return made
