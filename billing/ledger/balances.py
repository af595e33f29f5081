"""What is still to pay on invoices, and what of payments is still to place."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment, PaymentAllocation
from billing.ledger.write_offs import WriteOff
from saas.database.base import new_id
from saas.database.scope import LoginRole, ScopedSession


@dataclass(frozen=True)
class Balance:
    """An invoice, and what became of its total. Pence with VAT."""

    invoice: Invoice
    credited_pence: int
    paid_pence: int
    # Not expected any more.
    written_off_pence: int = 0

    @property
    def owed_pence(self) -> int:
        settled = self.credited_pence + self.paid_pence + self.written_off_pence
        return self.invoice.gross_pence - settled

    def days_overdue(self, today: dt.date) -> int:
        """Whole days since it was due; 0 while it is not, or when nothing is owed."""
        return max(0, (today - self.invoice.due_on).days) if self.owed_pence > 0 else 0

    def state(self, today: dt.date) -> str:
        if self.written_off_pence:
            return "written off"
        if self.owed_pence <= 0:
            return "credited" if not self.paid_pence else "paid"
        if self.days_overdue(today):
            return "overdue"
        return "part paid" if self.paid_pence else "open"


@dataclass(frozen=True)
class Owed:
    """What an authority has still to pay, and what of it is past its day. Pence with VAT."""

    invoices: int
    pence: int
    overdue_pence: int
    next_due: dt.date | None


def what_is_owed(known: Sequence[Balance], today: dt.date) -> Owed:
    open_ones = [one for one in known if one.owed_pence > 0]
    ahead = [one.invoice.due_on for one in open_ones if one.invoice.due_on >= today]
    return Owed(
        invoices=len(open_ones),
        pence=sum(one.owed_pence for one in open_ones),
        overdue_pence=sum(one.owed_pence for one in open_ones if one.days_overdue(today)),
        next_due=min(ahead, default=None),
    )


def balances(session: ScopedSession, *conditions: sa.ColumnElement[bool]) -> list[Balance]:
    """The balance of every invoice that the session sees, the oldest first.

    What was written off is still owed in the eyes of the authority.
    """
    if session.scope.role is LoginRole.AUTHORITY:
        return _balances(session, sa.literal(0), None, *conditions)
    gone = (
        sa.select(
            WriteOff.tenant_id, WriteOff.invoice_id, sa.func.sum(WriteOff.amount_pence).label("p")
        )
        .group_by(WriteOff.tenant_id, WriteOff.invoice_id)
        .subquery()
    )
    return _balances(session, sa.func.coalesce(gone.c.p, 0), gone, *conditions)


def _balances(
    session: ScopedSession,
    written_off: sa.ColumnElement[int],
    gone: sa.Subquery | None,
    *conditions: sa.ColumnElement[bool],
) -> list[Balance]:
    credited = (
        sa.select(
            CreditNote.tenant_id,
            CreditNote.invoice_id,
            sa.func.sum(CreditNote.gross_pence).label("p"),
        )
        .group_by(CreditNote.tenant_id, CreditNote.invoice_id)
        .subquery()
    )
    paid = (
        sa.select(
            PaymentAllocation.tenant_id,
            PaymentAllocation.invoice_id,
            sa.func.sum(PaymentAllocation.amount_pence).label("p"),
        )
        .group_by(PaymentAllocation.tenant_id, PaymentAllocation.invoice_id)
        .subquery()
    )
    found = (
        sa.select(
            Invoice,
            sa.func.coalesce(credited.c.p, 0),
            sa.func.coalesce(paid.c.p, 0),
            written_off,
        )
        .outerjoin(
            credited,
            sa.and_(credited.c.tenant_id == Invoice.tenant_id, credited.c.invoice_id == Invoice.id),
        )
        .outerjoin(
            paid, sa.and_(paid.c.tenant_id == Invoice.tenant_id, paid.c.invoice_id == Invoice.id)
        )
        .where(*conditions)
        .order_by(Invoice.issued_on, Invoice.series_year, Invoice.series_number)
    )
    if gone is not None:
        found = found.outerjoin(
            gone, sa.and_(gone.c.tenant_id == Invoice.tenant_id, gone.c.invoice_id == Invoice.id)
        )
    return [
        Balance(invoice, int(credit), int(money), int(written))
        for invoice, credit, money, written in session.execute(found)
    ]


def balance_of(session: ScopedSession, invoice: Invoice) -> Balance:
    (found,) = balances(session, Invoice.tenant_id == invoice.tenant_id, Invoice.id == invoice.id)
    return found


def find_balance(session: ScopedSession, invoice_id: uuid.UUID) -> Balance | None:
    """An invoice of the tenant with its balance, in one."""
    found = balances(session, Invoice.tenant_id == session.tenant, Invoice.id == invoice_id)
    return next(iter(found), None)


def left_of(session: ScopedSession, payment: Payment) -> int:
    """How much of a payment is on no invoice, and went back nowhere, in pence."""
    back = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Payment.amount_pence), 0)).where(
            Payment.tenant_id == session.tenant, Payment.of_payment_id == payment.id
        )
    )
    return payment.amount_pence + int(back or 0) - allocated(session, payment.id)


def allocated(session: ScopedSession, payment_id: uuid.UUID) -> int:
    """How much of a payment is placed on invoices, in pence."""
    return int(
        session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(PaymentAllocation.amount_pence), 0)).where(
                PaymentAllocation.tenant_id == session.tenant,
                PaymentAllocation.payment_id == payment_id,
            )
        )
        or 0
    )


def unapplied(session: ScopedSession) -> list[tuple[Payment, int]]:
    """Payments of which something is on no invoice yet, with how much, the oldest first."""
    left, joined = _left()
    rows = session.execute(
        joined.with_only_columns(Payment, left).order_by(Payment.received_on, Payment.id)
    )
    return [(payment, int(pence)) for payment, pence in rows]


def unapplied_pence(session: ScopedSession) -> int:
    """How much of all payments that the session sees is on no invoice yet."""
    left, joined = _left()
    return int(session.scalar(joined.with_only_columns(sa.func.sum(left))) or 0)


def _left() -> tuple[sa.ColumnElement[int], sa.Select[int]]:
    """What is left of each payment that is not placed in full, and a query of these."""
    placed = (
        sa.select(
            PaymentAllocation.tenant_id,
            PaymentAllocation.payment_id,
            sa.func.sum(PaymentAllocation.amount_pence).label("p"),
        )
        .group_by(PaymentAllocation.tenant_id, PaymentAllocation.payment_id)
        .subquery()
    )
    back = aliased(Payment)
    went_back = (
        sa.select(sa.func.coalesce(sa.func.sum(back.amount_pence), 0))
        .where(back.tenant_id == Payment.tenant_id, back.of_payment_id == Payment.id)
        .scalar_subquery()
    )
    left = Payment.amount_pence + went_back - sa.func.coalesce(placed.c.p, 0)
    joined = (
        sa.select(left)
        .select_from(Payment)
        .outerjoin(
            placed,
            sa.and_(placed.c.tenant_id == Payment.tenant_id, placed.c.payment_id == Payment.id),
        )
        .where(left != 0, Payment.of_payment_id.is_(None))
    )
    return left, joined


def place(
    session: ScopedSession,
    payment: Payment,
    invoice: Invoice,
    pence: int,
    *,
    at: dt.datetime,
    reason: str = "",
) -> None:
    session.add(
        PaymentAllocation(
            tenant_id=session.tenant,
            id=new_id(),
            payment_id=payment.id,
            invoice_id=invoice.id,
            amount_pence=pence,
            reason=reason,
            allocated_at=at,
            allocated_by=session.scope.person,
        )
    )
    session.flush()


def release_excess(session: ScopedSession, invoice: Invoice, *, at: dt.datetime) -> None:
    """Free what is paid on an invoice beyond what it still comes to, after a credit: the money
    stands unapplied, for another invoice or a refund."""
    excess = -balance_of(session, invoice).owed_pence
    if excess <= 0:
        return
    placed = session.execute(
        sa.select(PaymentAllocation.payment_id, sa.func.sum(PaymentAllocation.amount_pence))
        .where(
            PaymentAllocation.tenant_id == session.tenant,
            PaymentAllocation.invoice_id == invoice.id,
        )
        .group_by(PaymentAllocation.payment_id)
        .order_by(PaymentAllocation.payment_id.desc())
    ).all()
    for payment_id, pence in placed:
        back = min(int(pence), excess)
        payment = session.get(Payment, (session.tenant, payment_id))
        if back > 0 and payment is not None:
            place(session, payment, invoice, -back, at=at)
            excess -= back
