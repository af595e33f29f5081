"""What the accounts come to over a time: VAT, revenue, recurring revenue, renewals."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from heapq import merge
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from billing.contracts.queries import contracts_everywhere, fees_everywhere
from billing.ledger.credit_notes import CreditNote, CreditNoteLine
from billing.ledger.invoices import Invoice, InvoiceLine, LineColumns
from billing.ledger.payments import Payment, PaymentAllocation
from billing.periods import Period
from billing.vat import round_pence, vat_by_rate, vat_shares
from saas.database.scope import ScopedSession
from saas.database.streaming import Reading

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
    invoices, notes = _issued(period)
    return list(_in_order(session.execute(invoices), session.execute(notes)))


def every_document(reading: Reading, period: Period) -> Iterator[Document]:
    """The same, read while they are asked for."""
    invoices, notes = _issued(period)
    return _in_order(reading.stream(invoices), reading.stream(notes))


Rows = Iterable[sa.Row[*tuple[Any, ...]]]


def _issued(period: Period) -> tuple[sa.Select[*tuple[Any, ...]], sa.Select[*tuple[Any, ...]]]:
    """The lines of the invoices and of the credit notes, each with what it is a line of."""
    invoices = (
        sa.select(Invoice, Invoice, InvoiceLine)
        .outerjoin(
            InvoiceLine,
            sa.and_(
                InvoiceLine.tenant_id == Invoice.tenant_id, InvoiceLine.invoice_id == Invoice.id
            ),
        )
        .where(Invoice.issued_on.between(period.first, period.last))
        .order_by(Invoice.issued_on, Invoice.number.collate("C"), Invoice.id, InvoiceLine.position)
    )
    notes = (
        sa.select(CreditNote, Invoice, CreditNoteLine)
        .join(
            Invoice,
            sa.and_(Invoice.tenant_id == CreditNote.tenant_id, Invoice.id == CreditNote.invoice_id),
        )
        .outerjoin(
            CreditNoteLine,
            sa.and_(
                CreditNoteLine.tenant_id == CreditNote.tenant_id,
                CreditNoteLine.credit_note_id == CreditNote.id,
            ),
        )
        .where(CreditNote.issued_on.between(period.first, period.last))
        .order_by(
            CreditNote.issued_on,
            CreditNote.number.collate("C"),
            CreditNote.id,
            CreditNoteLine.position,
        )
    )
    return invoices, notes


def _in_order(invoices: Rows, notes: Rows) -> Iterator[Document]:
    return merge(
        _documents(invoices, 1), _documents(notes, -1), key=lambda one: (one.issued_on, one.number)
    )


def _documents(rows: Rows, sign: int) -> Iterator[Document]:
    for _, of_one in groupby(rows, key=lambda row: row[0].id):
        found = list(of_one)
        issued, invoice, _ = found[0]
        yield Document(
            issued.tenant_id, issued.number, invoice, issued.issued_on, sign, issued.net_pence,
            issued.vat_pence, [line for _, _, line in found if line is not None],
        )  # fmt: skip


@dataclass(frozen=True)
class Receipt:
    """Money that came in, or below zero went back, and the invoices that it is on."""

    payment: Payment
    invoices: tuple[str, ...]


def every_receipt(reading: Reading, period: Period) -> Iterator[Receipt]:
    """Every payment of a period, by its day, read while they are asked for; what was taken back
    has a line of its own."""
    placed = (
        sa.select(Invoice.number)
        .join(
            PaymentAllocation,
            sa.and_(
                PaymentAllocation.tenant_id == Invoice.tenant_id,
                PaymentAllocation.invoice_id == Invoice.id,
            ),
        )
        .where(
            PaymentAllocation.tenant_id == Payment.tenant_id,
            PaymentAllocation.payment_id == Payment.id,
        )
        .group_by(Invoice.number)
        .having(sa.func.sum(PaymentAllocation.amount_pence) != 0)
        .order_by(Invoice.number)
        .correlate(Payment)
    )
    rows = reading.stream(
        sa.select(Payment, sa.func.array(placed.scalar_subquery(), type_=ARRAY(sa.Text)))
        .where(Payment.received_on.between(period.first, period.last))
        .order_by(Payment.received_on, Payment.id)
    )
    return (Receipt(payment, tuple(numbers)) for payment, numbers in rows)


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
