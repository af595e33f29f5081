"""An invoice for something beside the contract, such as a training day: with the same guards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from billing.contracts.actions import terms_of
from billing.contracts.models import Contract
from billing.contracts.orders import Draw, numbers_of
from billing.contracts.pricing import vat_reasons
from billing.contracts.queries import billing_contact
from billing.delivering import deliver
from billing.invoices.content import words_of, words_of_orders
from billing.invoices.issuing import (
    TERMS_DAYS,
    draw_on_orders,
    guards,
    keep_documents,
    series_number,
    take_number,
)
from billing.ledger.invoices import Invoice, InvoiceLine
from billing.ledger.queries import ONE_OFF
from billing.periods import Period
from billing.refusal import BillingRefused
from billing.supplier import Supplier
from billing.tasks import add_task
from billing.vat import Treatment, rate_on, vat_groups
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession

CLAUSE = "one off"


@dataclass(frozen=True)
class OneOffLine:
    """What is charged: pence without VAT."""

    description: str
    quantity: int
    unit_price_pence: int
    vat: Treatment

    @property
    def net_pence(self) -> int:
        return self.quantity * self.unit_price_pence


@dataclass(frozen=True)
class OneOff:
    """A one-off invoice as it is asked for."""

    lines: Sequence[OneOffLine]
    # The days on which it was supplied.
    supplied: Period
    # Why no VAT is charged, where none is.
    reasons: dict[Treatment, str] = field(default_factory=dict)

    @property
    def net_pence(self) -> int:
        return sum(line.net_pence for line in self.lines)

    def vat_pence(self, tax_point: dt.date) -> int:
        groups = vat_groups((x.vat, rate_on(x.vat, tax_point), x.net_pence) for x in self.lines)
        return sum(group.vat_pence for group in groups)


def check_one_off(
    session: ScopedSession, asked: OneOff, contract: Contract, supplier: Supplier, *, today: dt.date
) -> tuple[Draw, ...]:
    """Whether it may be issued. Returns the orders that it draws on, if it needs any.

    Raises:
        BillingRefused: naming the field, or what must be done first.
    """
    if not asked.lines or asked.net_pence <= 0:
        raise BillingRefused("description_1", "Enter what is charged")
    if asked.supplied.last > today:
        raise BillingRefused("supplied_to", "It is invoiced when it was supplied: today or before")
    reasons = vat_reasons(terms_of(session, contract.id)) | asked.reasons
    for treatment in {line.vat for line in asked.lines} - {Treatment.STANDARD}:
        if not reasons.get(treatment, "").strip():
            raise BillingRefused("vat_reason", "Say why no VAT is charged: the invoice must say it")
    checks, drawn = guards(
        session,
        contract,
        supplier,
        billed=asked.supplied,
        net_pence=asked.net_pence,
        taxed=any(line.vat is Treatment.STANDARD for line in asked.lines),
    )
    for check in checks:
        if not check.passed:
            raise BillingRefused("description_1", f"{check.problem}. {check.remedy}")
    return drawn


def issue_one_off(
    session: ScopedSession,
    asked: OneOff,
    contract: Contract,
    supplier: Supplier,
    *,
    authority_name: str,
    today: dt.date,
    at: dt.datetime,
) -> Invoice:
    """Issue it: numbered, frozen and sent like any other.

    Raises:
        BillingRefused: as `check_one_off`.
    """
    drawn = check_one_off(session, asked, contract, supplier, today=today)
    year, number = take_number(session, "invoice", today)
    vat = asked.vat_pence(today)
    reasons = vat_reasons(terms_of(session, contract.id)) | asked.reasons
    words = words_of(supplier, contract, reasons, billing_contact(session), authority_name)
    invoice = Invoice(
        tenant_id=session.tenant,
        id=new_id(),
        contract_id=contract.id,
        number=series_number("invoice", year, number),
        series_year=year,
        series_number=number,
        period_from=asked.supplied.first,
        period_to=asked.supplied.last,
        sequence=_next_sequence(session, contract, asked.supplied),
        issued_on=today,
        issued_at=at,
        issued_by=session.scope.person,
        tax_point=today,
        due_on=today + dt.timedelta(days=TERMS_DAYS),
        purchase_order_id=drawn[0].order.id if drawn else None,
        purchase_order_number=numbers_of(drawn),
        net_pence=asked.net_pence,
        vat_pence=vat,
        gross_pence=asked.net_pence + vat,
        words={**words, **words_of_orders(drawn), ONE_OFF: True},
    )
    session.add(invoice)
    session.flush()
    draw_on_orders(session, invoice, drawn)
    lines = [_line(invoice, place, line) for place, line in enumerate(asked.lines, start=1)]
    session.add_all(lines)
    session.flush()
    keep_documents(session, invoice, lines)
    deliver(session, "invoice", invoice.id, invoice.number, at=at)
    add_task(session, "stripe invoice", invoice.id, at=at)
    audit(
        session, "one-off invoice issued", subject_kind="invoice", subject_id=invoice.id, at=at,
        number=invoice.number,
    )  # fmt: skip
    session.flush()
    return invoice


def _next_sequence(session: ScopedSession, contract: Contract, supplied: Period) -> int:
    taken = session.scalar(
        sa.select(sa.func.max(Invoice.sequence)).where(
            Invoice.tenant_id == session.tenant,
            Invoice.contract_id == contract.id,
            Invoice.period_from == supplied.first,
            Invoice.period_to == supplied.last,
        )
    )
    return 0 if taken is None else int(taken) + 1


def _line(invoice: Invoice, position: int, line: OneOffLine) -> InvoiceLine:
    return InvoiceLine(
        tenant_id=invoice.tenant_id,
        id=new_id(),
        invoice_id=invoice.id,
        position=position,
        kind="manual",
        description=line.description,
        quantity=Decimal(line.quantity),
        unit_price_pence=line.unit_price_pence,
        net_pence=line.net_pence,
        vat_treatment=line.vat.value,
        vat_rate=rate_on(line.vat, invoice.tax_point),
        clause=CLAUSE,
        covers_from=invoice.period_from,
        covers_to=invoice.period_to,
        usage_ids=[],
    )
