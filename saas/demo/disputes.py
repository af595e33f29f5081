"""The demonstration's price list, and lines that an authority does not accept."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from billing.contracts.price_list import add_price, listed
from billing.debts.claims import CLAUSE
from billing.disputes.actions import answer, dispute
from billing.disputes.models import InvoiceDispute
from billing.ledger.invoices import Invoice, InvoiceLine
from billing.periods import financial_year_start
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy

# Pence without VAT, by item, last financial year and this one.
PRICES = {
    "mediation": (94_000, 97_500),
    "facilitation": (52_000, 54_000),
    "mias": (7_800, 8_100),
    "disagreement_resolution": (94_000, 97_500),
    "late_fee_2": (47_000, 48_750),
    "late_fee_5": (23_500, 24_400),
    "day_rate": (61_000, 63_500),
}
# The newest waits for an answer; the one before it has it. Each is (reason, answer).
CHECK = "We find another fee for this period in our copy of the contract: please check both."
FEE = (
    "The fee should follow the amendment that we agreed in spring.",
    "The amendment holds from the next quarter, so this fee is the one before it.",
)
CLAIM = (
    "Your reminder was the first that we heard of this invoice, so nothing should be claimed.",
    "It went to your address for invoices on the day of its date: the reminder was our second.",
)


def seed_price_list(tenancy: Tenancy, *, today: dt.date) -> None:
    """A price for each item in each of two financial years, if the list is empty."""
    this_year = financial_year_start(today)
    last_year = this_year.replace(year=this_year.year - 1)
    # The list is no tenant's; it is written by the role that finance works with inside one.
    with scoped(Scope.finance(tenancy.id, None)) as session:
        if listed(session):
            return
        for item, prices in PRICES.items():
            for begins, pence in zip((last_year, this_year), prices, strict=True):
                add_price(
                    session,
                    item=item,
                    price_pence=pence,
                    valid_from=begins,
                    valid_to=None,
                    at=_at(begins),
                )


def seed_disputes(tenancy: Tenancy, *, contact: uuid.UUID, today: dt.date) -> None:
    """One line that waits for finance's answer and one that has it, if none is disputed yet.

    Args:
        contact: the authority's finance contact, who disputes.
    """
    with scoped(Scope.authority(tenancy.id, contact)) as session:
        disputed = session.scalar(
            sa.select(sa.func.count())
            .select_from(InvoiceDispute)
            .where(InvoiceDispute.tenant_id == session.tenant)
        )
        newest = list(session.execute(_first_lines(session.tenant)))
        if disputed or len(newest) < 2:
            return
        (last, before), two_days = newest[:2], dt.timedelta(days=2)
        reason, answered = CLAIM if before.clause == CLAUSE else FEE
        raised = min(before.issued_on + dt.timedelta(days=3), today)
        made = dispute(session, before.invoice_id, before.id, reason=reason, at=_at(raised)).id
        # Found when they went through the year so far.
        checked_on = max(last.issued_on, today - two_days)
        dispute(session, last.invoice_id, last.id, reason=CHECK, at=_at(checked_on))
    with scoped(Scope.finance(tenancy.id, None)) as session:
        answer(session, made, upheld=False, text=answered, at=_at(min(raised + two_days, today)))


def _first_lines(tenant: uuid.UUID) -> sa.Select[uuid.UUID, uuid.UUID, dt.date, str]:
    """The first line of each invoice, the newest invoice first."""
    return (
        sa.select(InvoiceLine.invoice_id, InvoiceLine.id, Invoice.issued_on, InvoiceLine.clause)
        .join(
            Invoice,
            sa.and_(
                Invoice.tenant_id == InvoiceLine.tenant_id, Invoice.id == InvoiceLine.invoice_id
            ),
        )
        .where(Invoice.tenant_id == tenant, InvoiceLine.position == 1)
        .order_by(Invoice.issued_on.desc(), Invoice.id)
    )


def _at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(11, tzinfo=dt.UTC))
