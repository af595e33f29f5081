"""Statements of account, aged debtors, and when what was settled."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from billing.ledger.balances import Balance
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment, PaymentAllocation
from billing.ledger.write_offs import WriteOff
from saas.database.scope import LoginRole, ScopedSession

# Days overdue up to which a bucket reaches; 0 is what is not due yet.
BUCKETS = ((0, "Not due yet"), (30, "1 to 30 days"), (60, "31 to 60 days"), (90, "61 to 90 days"))
OLDEST = "Over 90 days"
BUCKET_NAMES = (*(name for _, name in BUCKETS), OLDEST)


@dataclass(frozen=True)
class Entry:
    """One line of a statement of account. Pence with VAT; a payment counts against the balance."""

    on: dt.date
    what: str
    reference: str
    pence: int
    balance_pence: int
    payment_id: uuid.UUID | None = None


def statement_of_account(session: ScopedSession) -> list[Entry]:
    """Everything that moved the tenant's account, in order, with the balance after each."""
    moves: list[tuple[dt.date, int, str, str, int, str]] = []
    for invoice in session.scalars(sa.select(Invoice).where(Invoice.tenant_id == session.tenant)):
        moves.append((invoice.issued_on, 0, "Invoice", invoice.number, invoice.gross_pence, ""))
    for note in session.scalars(
        sa.select(CreditNote).where(CreditNote.tenant_id == session.tenant)
    ):
        moves.append((note.issued_on, 1, "Credit note", note.number, -note.gross_pence, ""))
    paid = sa.select(
        Payment.received_on,
        Payment.method,
        Payment.reference,
        Payment.amount_pence,
        sa.func.coalesce(Payment.of_payment_id, Payment.id),
    ).where(Payment.tenant_id == session.tenant)
    for on, method, reference, pence, shown in session.execute(paid):
        what = {"refund": "Refund", "reversal": "Payment taken back"}.get(method, "Payment")
        moves.append((on, 2, what, reference, -pence, str(shown)))
    gone = sa.select(WriteOff.amount_pence, WriteOff.written_off_on, Invoice.number).join(
        Invoice,
        sa.and_(Invoice.tenant_id == WriteOff.tenant_id, Invoice.id == WriteOff.invoice_id),
    )
    sees = session.scope.role is not LoginRole.AUTHORITY
    of_tenant = gone.where(WriteOff.tenant_id == session.tenant)
    for pence, on, number in session.execute(of_tenant) if sees else ():
        moves.append((on, 3, "Written off" if pence > 0 else "Written back", number, -pence, ""))
    entries: list[Entry] = []
    balance = 0
    for on, _, what, reference, pence, payment in sorted(moves):
        balance += pence
        shown_by = uuid.UUID(payment) if payment else None
        entries.append(Entry(on, what, reference, pence, balance, shown_by))
    return entries


def bucket(days_overdue: int) -> str:
    """The age that a debt is counted under."""
    for most, name in BUCKETS:
        if days_overdue <= most:
            return name
    return OLDEST


@dataclass
class Debtor:
    """What one authority owes, by age, in pence with VAT."""

    tenant_id: uuid.UUID
    buckets: dict[str, int]
    oldest: Balance

    @property
    def owed_pence(self) -> int:
        return sum(self.buckets.values())

    @property
    def overdue_pence(self) -> int:
        return self.owed_pence - self.buckets[BUCKET_NAMES[0]]


def aged_debtors(found: Iterable[Balance], today: dt.date) -> list[Debtor]:
    """Who owes what, by age, the largest overdue sum first."""
    debtors: dict[uuid.UUID, Debtor] = {}
    for balance in found:
        if balance.owed_pence <= 0:
            continue
        tenant = balance.invoice.tenant_id
        debtor = debtors.setdefault(tenant, Debtor(tenant, dict.fromkeys(BUCKET_NAMES, 0), balance))
        debtor.buckets[bucket(balance.days_overdue(today))] += balance.owed_pence
        if balance.invoice.due_on < debtor.oldest.invoice.due_on:
            debtor.oldest = balance
    return sorted(debtors.values(), key=lambda d: (-d.overdue_pence, -d.owed_pence))


def settlements(
    session: ScopedSession, invoice: Invoice | None = None
) -> dict[uuid.UUID, list[tuple[dt.date, int]]]:
    """When how much of each invoice was settled, by payment or credit.

    Args:
        invoice: of this one alone.
    """
    paid = sa.select(
        PaymentAllocation.invoice_id, Payment.received_on, PaymentAllocation.amount_pence
    ).join(
        Payment,
        sa.and_(
            Payment.tenant_id == PaymentAllocation.tenant_id,
            Payment.id == PaymentAllocation.payment_id,
        ),
    )
    credited = sa.select(CreditNote.invoice_id, CreditNote.issued_on, CreditNote.gross_pence)
    if invoice is not None:
        paid = paid.where(
            PaymentAllocation.tenant_id == invoice.tenant_id,
            PaymentAllocation.invoice_id == invoice.id,
        )
        credited = credited.where(
            CreditNote.tenant_id == invoice.tenant_id, CreditNote.invoice_id == invoice.id
        )
    found: defaultdict[uuid.UUID, list[tuple[dt.date, int]]] = defaultdict(list)
    for invoice_id, day, pence in session.execute(sa.union_all(paid, credited)):
        found[invoice_id].append((day, pence))
    return found
