"""The demonstration's price list, and lines that an authority does not accept."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from billing.contracts.price_list import add_price, listed
from billing.disputes.actions import answer, dispute
from billing.disputes.models import InvoiceDispute
from billing.invoices.models import Invoice, InvoiceLine
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
REASONS = (
    "We count one facilitation fewer in this quarter: please check the one of the first week.",
    "The fee should follow the amendment that we agreed in spring.",
)
ANSWERED = "The amendment holds from the next quarter, so this fee is the one before it."


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
        newest = _newest_invoices(session.execute(_invoices(session.tenant)).all())
        if disputed or len(newest) < len(REASONS):
            return
        made = [
            dispute(
                session,
                invoice_id,
                line_id,
                reason=reason,
                at=_at(min(issued_on + dt.timedelta(days=3), today)),
            ).id
            for (invoice_id, line_id, issued_on), reason in zip(newest, REASONS, strict=False)
        ]
    with scoped(Scope.finance(tenancy.id, None)) as session:
        answer(session, made[-1], upheld=False, text=ANSWERED, at=_at(today))


def _invoices(tenant: uuid.UUID) -> sa.Select[uuid.UUID, uuid.UUID, dt.date]:
    return (
        sa.select(Invoice.id, InvoiceLine.id, Invoice.issued_on)
        .join(
            InvoiceLine,
            sa.and_(
                InvoiceLine.tenant_id == Invoice.tenant_id, InvoiceLine.invoice_id == Invoice.id
            ),
        )
        .where(Invoice.tenant_id == tenant)
        .order_by(Invoice.issued_on.desc(), Invoice.id, InvoiceLine.id.desc())
    )


def _newest_invoices(
    lines: Sequence[sa.Row[uuid.UUID, uuid.UUID, dt.date]],
) -> list[tuple[uuid.UUID, uuid.UUID, dt.date]]:
    first_lines = {invoice_id: (invoice_id, line_id, on) for invoice_id, line_id, on in lines}
    return list(first_lines.values())


def _at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(11, tzinfo=dt.UTC))
