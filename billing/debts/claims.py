"""Claiming interest and compensation for late payment, by an invoice of its own.

Late Payment of Commercial Debts (Interest) Act 1998. They are no payment for a supply, so the
invoice is outside the scope of VAT. It is numbered, printed, sent, paid, credited and counted like
every other.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from billing.contracts.queries import billing_contact
from billing.credits.actions import lock_account
from billing.debts.aged_debtors import settlements
from billing.debts.interest import LatePayment, reference_day
from billing.debts.rates import base_rates
from billing.debts.reminding import held, late_or_why
from billing.delivering import deliver
from billing.invoices.issuing import (
    TERMS_DAYS,
    keep_documents,
    series_number,
    take_number,
)
from billing.ledger.balances import Balance, balance_of
from billing.ledger.invoices import Invoice, InvoiceLine
from billing.ledger.late_payment_claims import LatePaymentClaim, claim_invoices
from billing.periods import ONE_DAY
from billing.refusal import BillingRefused
from billing.supplier import Supplier
from billing.tasks import add_task
from billing.vat import Treatment
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.reference.calendar_words import long_date
from saas.web.money import pounds

CLAUSE = "late_payment"
ACT = "Late Payment of Commercial Debts (Interest) Act 1998"
VAT_REASON = "interest and compensation for late payment are not payment for a supply"
TERMS = f"Claimed under the {ACT}. Please pay within {TERMS_DAYS} days."


@dataclass(frozen=True)
class Claimable:
    """What can be claimed of one invoice now, beside what was claimed `before`. Pence; `why` says
    what stands against it."""

    late: LatePayment | None
    interest_from: dt.date
    interest_pence: int
    compensation_pence: int
    base_rate: Decimal | None
    reference_day: dt.date
    balance: Balance
    before: Sequence[LatePaymentClaim]
    why: str = ""

    @property
    def total_pence(self) -> int:
        return self.interest_pence + self.compensation_pence


def claims_of(session: ScopedSession, invoice_id: uuid.UUID) -> Sequence[LatePaymentClaim]:
    """The claims made for one late invoice, the first first."""
    return session.scalars(
        sa.select(LatePaymentClaim)
        .where(
            LatePaymentClaim.tenant_id == session.tenant,
            LatePaymentClaim.invoice_id == invoice_id,
        )
        .order_by(LatePaymentClaim.claimed_to)
    ).all()


def claimable(session: ScopedSession, invoice: Invoice, *, today: dt.date) -> Claimable:
    """What late payment of an invoice comes to by law, less what was claimed of it before."""
    rates = base_rates(session)
    reference = reference_day(invoice.due_on + ONE_DAY)
    balance = balance_of(session, invoice)
    settled = settlements(session, invoice).get(invoice.id, [])
    late, why = late_or_why(balance, settled, today, rates)
    before = claims_of(session, invoice.id)
    interest_from = max([claim.claimed_to for claim in before], default=invoice.due_on) + ONE_DAY
    interest = compensation = 0
    if late is not None:
        interest = max(0, late.interest_pence - sum(claim.interest_pence for claim in before))
        compensation = 0 if before else late.compensation_pence
    holds = held(session)
    if invoice.id in claim_invoices(session):
        why = "No interest runs on a claim"
    elif (reason := holds.get((session.tenant, invoice.id), "")) and "dispute" in reason:
        why = reason
    elif not why and late is None:
        why = "It was not paid late"
    elif not why and not interest + compensation:
        why = "Everything is claimed already"
    return Claimable(
        late,
        interest_from,
        interest,
        compensation,
        rates.get(reference),
        reference,
        balance,
        before,
        why,
    )


def claim(
    session: ScopedSession,
    invoice: Invoice,
    supplier: Supplier,
    *,
    today: dt.date,
    at: dt.datetime,
) -> Invoice:
    """Claim what the law gives, up to today.

    Raises:
        BillingRefused: there is nothing to claim, it is disputed, or the rate is not recorded.
    """
    lock_account(session)
    found = claimable(session, invoice, today=today)
    if found.why or found.late is None or found.base_rate is None:
        raise BillingRefused("claim", found.why)
    made = _invoice(session, invoice, found, supplier, today=today, at=at)
    session.add(
        LatePaymentClaim(
            tenant_id=session.tenant,
            id=new_id(),
            invoice_id=invoice.id,
            claim_invoice_id=made.id,
            claimed_to=today,
            reference_day=found.reference_day,
            base_rate=found.base_rate,
            rate=found.late.rate,
            interest_pence=found.interest_pence,
            compensation_pence=found.compensation_pence,
        )
    )
    session.flush()
    deliver(session, "claim", made.id, made.number, at=at)
    add_task(session, "stripe invoice", made.id, at=at)
    audit(
        session, "late payment claimed", subject_kind="invoice", subject_id=invoice.id, at=at,
        number=made.number,
    )  # fmt: skip
    return made


def _invoice(
    session: ScopedSession,
    late_one: Invoice,
    found: Claimable,
    supplier: Supplier,
    *,
    today: dt.date,
    at: dt.datetime,
) -> Invoice:
    first = min(found.interest_from, today)
    taken = session.scalar(
        sa.select(sa.func.max(Invoice.sequence)).where(
            Invoice.tenant_id == session.tenant,
            Invoice.contract_id == late_one.contract_id,
            Invoice.period_from == first,
            Invoice.period_to == today,
        )
    )
    year, number = take_number(session, "invoice", today)
    made = Invoice(
        tenant_id=session.tenant,
        id=new_id(),
        contract_id=late_one.contract_id,
        number=series_number("invoice", year, number),
        series_year=year,
        series_number=number,
        period_from=first,
        period_to=today,
        sequence=0 if taken is None else taken + 1,
        issued_on=today,
        issued_at=at,
        issued_by=session.scope.person,
        tax_point=today,
        due_on=today + dt.timedelta(days=TERMS_DAYS),
        # No order is needed for what the law gives.
        purchase_order_id=None,
        purchase_order_number="",
        net_pence=found.total_pence,
        vat_pence=0,
        gross_pence=found.total_pence,
        words={
            **late_one.words,
            "supplier": supplier.paid_by(billing_contact(session)).as_words(),
            "vat_reasons": {Treatment.OUTSIDE_SCOPE.value: VAT_REASON},
            "terms": TERMS,
        },
    )
    session.add(made)
    session.flush()
    lines = [
        _line(made, position, text, pence)
        for position, (text, pence) in enumerate(_texts(late_one, found, today), start=1)
    ]
    session.add_all(lines)
    session.flush()
    keep_documents(session, made, lines)
    return made


def _texts(late_one: Invoice, found: Claimable, today: dt.date) -> list[tuple[str, int]]:
    told = []
    assert found.late is not None
    if found.interest_pence:
        told.append(
            (
                f"Interest on invoice {late_one.number}, due {long_date(late_one.due_on)}, from "
                f"{found.interest_from:%-d %B %Y} to {today:%-d %B %Y}: {found.late.rate:f}% a "
                f"year, 8% over the Bank of England's base rate of "
                f"{found.reference_day:%-d %B %Y} ({found.base_rate:f}%)",
                found.interest_pence,
            )
        )
    if found.compensation_pence:
        told.append(
            (
                f"Fixed compensation for late payment of invoice {late_one.number} of "
                f"{pounds(late_one.gross_pence)}",
                found.compensation_pence,
            )
        )
    return told


def _line(made: Invoice, position: int, text: str, pence: int) -> InvoiceLine:
    return InvoiceLine(
        tenant_id=made.tenant_id,
        id=new_id(),
        invoice_id=made.id,
        position=position,
        kind="manual",
        description=text,
        quantity=Decimal(1),
        unit_price_pence=pence,
        net_pence=pence,
        vat_treatment=Treatment.OUTSIDE_SCOPE.value,
        vat_rate=Decimal(0),
        clause=CLAUSE,
        covers_from=made.period_from,
        covers_to=made.period_to,
        usage_ids=[],
    )
