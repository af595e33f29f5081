"""What the accounts come to over a time: VAT, revenue, recurring revenue, renewals."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from billing.contracts.queries import contracts_everywhere, fees_everywhere
from billing.ledger.credit_notes import CreditNote, CreditNoteLine
from billing.ledger.invoices import Invoice, InvoiceLine, LineColumns
from billing.ledger.payments import Payment, PaymentAllocation
from billing.periods import Period
from billing.vat import round_pence, vat_by_rate, vat_shares
from saas.database.scope import ScopedSession

MONTHS = 12


@dataclass(frozen=True)
class Document:
    """An invoice or a credit note with its lines; `sign` is -1 for a credit note."""

    tenant_id: uuid.UUID
    number: str
    invoice: Invoice
    issued_on: dt.date
    sign: int
    net_pence: int
    vat_pence: int
    lines: Sequence[LineColumns]

    @property
    def due_on(self) -> dt.date:
        return self.invoice.due_on if self.sign > 0 else self.issued_on

    def taxed_lines(self) -> list[tuple[LineColumns, int]]:
        """Each line with its share of the VAT; the shares sum to the document's VAT, per rate."""
        told = [(x.vat_treatment, x.vat_rate, x.net_pence) for x in self.lines]
        shares = vat_shares(told, vat_by_rate(told, self.vat_pence))
        return list(zip(self.lines, shares, strict=True))


def documents(session: ScopedSession, period: Period) -> list[Document]:
    """Every invoice and credit note issued in a period, in the order of their numbers."""
    invoices = {
        i.id: i
        for i in session.scalars(
            sa.select(Invoice).where(Invoice.issued_on.between(period.first, period.last))
        )
    }
    notes = session.execute(
        sa.select(CreditNote, Invoice)
        .join(
            Invoice,
            sa.and_(Invoice.tenant_id == CreditNote.tenant_id, Invoice.id == CreditNote.invoice_id),
        )
        .where(CreditNote.issued_on.between(period.first, period.last))
    ).all()
    lines: defaultdict[uuid.UUID, list[LineColumns]] = defaultdict(list)
    for line in session.scalars(
        sa.select(InvoiceLine)
        .where(InvoiceLine.invoice_id.in_(invoices))
        .order_by(InvoiceLine.position)
    ):
        lines[line.invoice_id].append(line)
    for credited in session.scalars(
        sa.select(CreditNoteLine)
        .where(CreditNoteLine.credit_note_id.in_([note.id for note, _ in notes]))
        .order_by(CreditNoteLine.position)
    ):
        lines[credited.credit_note_id].append(credited)
    found = [
        Document(i.tenant_id, i.number, i, i.issued_on, 1, i.net_pence, i.vat_pence, lines[i.id])
        for i in invoices.values()
    ]
    found += [
        Document(n.tenant_id, n.number, i, n.issued_on, -1, n.net_pence, n.vat_pence, lines[n.id])
        for n, i in notes
    ]
    return sorted(found, key=lambda d: (d.issued_on, d.number))


@dataclass(frozen=True)
class Receipt:
    """Money that came in, or below zero went back, and the invoices that it is on."""

    payment: Payment
    invoices: tuple[str, ...]


def receipts(session: ScopedSession, period: Period) -> list[Receipt]:
    """Every payment of a period, by its day; what was taken back has a line of its own."""
    payments = session.scalars(
        sa.select(Payment)
        .where(Payment.received_on.between(period.first, period.last))
        .order_by(Payment.received_on, Payment.id)
    ).all()
    placed: defaultdict[uuid.UUID, list[str]] = defaultdict(list)
    for payment_id, number, pence in session.execute(
        sa.select(
            PaymentAllocation.payment_id,
            Invoice.number,
            sa.func.sum(PaymentAllocation.amount_pence),
        )
        .join(
            Invoice,
            sa.and_(
                Invoice.tenant_id == PaymentAllocation.tenant_id,
                Invoice.id == PaymentAllocation.invoice_id,
            ),
        )
        .where(PaymentAllocation.payment_id.in_([one.id for one in payments]))
        .group_by(PaymentAllocation.payment_id, Invoice.number)
        .order_by(Invoice.number)
    ):
        if pence:
            placed[payment_id].append(number)
    return [Receipt(one, tuple(placed[one.id])) for one in payments]


@dataclass(frozen=True)
class VatRow:
    treatment: str
    rate: Decimal
    net_pence: int
    vat_pence: int


def vat_summary(found: Iterable[Document]) -> list[VatRow]:
    """Net and VAT per treatment and rate, credit notes taken off."""
    sums: dict[tuple[str, Decimal], tuple[int, int]] = {}
    for document in found:
        for line, vat in document.taxed_lines():
            net_so_far, vat_so_far = sums.get((line.vat_treatment, line.vat_rate), (0, 0))
            sums[(line.vat_treatment, line.vat_rate)] = (
                net_so_far + document.sign * line.net_pence,
                vat_so_far + document.sign * vat,
            )
    return [VatRow(*key, *value) for key, value in sorted(sums.items(), reverse=True)]


def revenue_by_authority(found: Iterable[Document]) -> dict[uuid.UUID, int]:
    """Net pence by authority, the largest first."""
    sums: defaultdict[uuid.UUID, int] = defaultdict(int)
    for document in found:
        sums[document.tenant_id] += document.sign * document.net_pence
    return dict(sorted(sums.items(), key=lambda entry: -entry[1]))


def revenue_by_service(found: Iterable[Document]) -> dict[str, int]:
    """Net pence by clause, the largest first."""
    sums: defaultdict[str, int] = defaultdict(int)
    for document in found:
        for line in document.lines:
            sums[line.clause] += document.sign * line.net_pence
    return dict(sorted(sums.items(), key=lambda entry: -entry[1]))


@dataclass(frozen=True)
class Recurring:
    """What the contracts that run on a day bring in by their fees alone, in pence."""

    contracts: int
    yearly_pence: int

    @property
    def monthly_pence(self) -> int:
        return round_pence(Decimal(self.yearly_pence) / MONTHS)


def recurring_revenue(session: ScopedSession, day: dt.date) -> Recurring:
    fees = fees_everywhere(session, day)
    running = [c.id for c in contracts_everywhere(session) if c.starts_on <= day <= c.ends_on]
    return Recurring(len(running), sum(fees.get(one, 0) for one in running))
