"""Whatever is credited, in whatever parts: never more than was invoiced, and to the penny."""

from __future__ import annotations

import datetime as dt
import random

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.contracts.pricing import Service, ServicePrice, Terms
from billing.credits.actions import credit, left_to_credit
from billing.ledger.credit_notes import CreditNote, CreditNoteLine
from billing.ledger.invoices import Invoice
from billing.refusal import BillingRefused
from billing.vat import Treatment
from saas.database.scope import Scope, scoped
from tests.billing.making import AT, Q1, Q2, account_of, issue_period, terms, use
from tests.factories import make_tenant

DAY = dt.date(2026, 7, 20)
REASONS = {Treatment.EXEMPT: "Education", Treatment.OUTSIDE_SCOPE: "No supply"}


def mixed_terms(chance: random.Random) -> Terms:
    return terms(
        annual_fee_pence=chance.randint(1_000_000, 9_999_999),
        prices={
            Service.MEDIATION: ServicePrice(2, chance.randint(50_001, 90_000)),
            Service.FACILITATION: ServicePrice(0, chance.randint(30_001, 60_000), Treatment.EXEMPT),
        },
        late_fee_vat=Treatment.OUTSIDE_SCOPE,
        expenses_vat=chance.choice(list(Treatment)),
        vat_reasons=REASONS,
    )


@pytest.mark.parametrize("seed", range(8))
def test_random_credits_of_a_mixed_invoice_stay_within_it_and_can_be_completed(
    app: Flask, seed: int
) -> None:
    chance = random.Random(seed)
    tenant = make_tenant(app)
    account_of(app, tenant, first_terms=mixed_terms(chance))
    sources = []
    with scoped(Scope.finance(tenant.id, None)) as session:
        for day in range(1, 8):
            sources.append(use(session, "mediation", dt.date(2026, 5, day)).source_id)
        use(session, "facilitation", dt.date(2026, 5, 9))
        use(session, "late_cancellation", dt.date(2026, 5, 10), notice_days=1)
        use(session, "expense", dt.date(2026, 5, 11), amount_pence=chance.randint(1, 20_000),
            description="Travel")  # fmt: skip
    issue_period(app, tenant, Q1, on=dt.date(2026, 7, 1))
    with scoped(Scope.finance(tenant.id, None)) as session:
        # Two of the billed mediations are withdrawn: the next invoice gives them back.
        for source in sources[-2:]:
            use(session, "mediation", dt.date(2026, 5, 7), source=source, quantity=-1)
        use(session, "facilitation", dt.date(2026, 7, 2))
    made = issue_period(app, tenant, Q2, on=dt.date(2026, 7, 5))
    with scoped(Scope.finance(tenant.id, None)) as session:
        invoice = session.get(Invoice, (tenant.id, made.id))
        assert invoice is not None
        for _ in range(12):
            amounts = {}
            for part in left_to_credit(session, invoice.id):
                if part.net_pence > 0 and chance.random() < 0.6:
                    unit = part.line.unit_price_pence if len(part.line.usage_ids) > 1 else 1
                    # Now and then more than is left.
                    most = part.net_pence // unit + chance.choice((0, 0, 1))
                    amounts[part.line.id] = unit * chance.randint(1, max(1, most))
            try:
                credit(session, invoice, amounts or {}, reason="Agreed", today=DAY, at=AT)
            except BillingRefused:
                continue
            net, vat, gross = session.execute(
                sa.select(
                    sa.func.coalesce(sa.func.sum(CreditNote.net_pence), 0),
                    sa.func.coalesce(sa.func.sum(CreditNote.vat_pence), 0),
                    sa.func.coalesce(sa.func.sum(CreditNote.gross_pence), 0),
                ).where(CreditNote.invoice_id == invoice.id)
            ).one()
            assert net <= invoice.net_pence
            assert vat <= invoice.vat_pence
            assert gross <= invoice.gross_pence
        for note_id, net in session.execute(
            sa.select(CreditNote.id, CreditNote.net_pence).where(
                CreditNote.invoice_id == invoice.id
            )
        ):
            lines = session.scalars(
                sa.select(CreditNoteLine.net_pence).where(CreditNoteLine.credit_note_id == note_id)
            )
            assert sum(lines) == net, "the lines sum to the total"


def test_a_credit_of_one_line_takes_back_its_net_and_its_vat_alone(app: Flask) -> None:
    # By hand: fee £12,000 at 20%; two facilitations at £500, exempt. One of them is taken back:
    # £500, no VAT. Then £1,000.01 of the fee: £200.00 VAT (200.002 rounded).
    tenant = make_tenant(app)
    account_of(
        app,
        tenant,
        first_terms=terms(
            prices={Service.FACILITATION: ServicePrice(0, 50_000, Treatment.EXEMPT)},
            vat_reasons=REASONS,
        ),
    )
    with scoped(Scope.finance(tenant.id, None)) as session:
        use(session, "facilitation", dt.date(2026, 5, 9))
        use(session, "facilitation", dt.date(2026, 5, 10))
    made = issue_period(app, tenant, Q1, on=dt.date(2026, 7, 1))
    assert (made.net_pence, made.vat_pence, made.gross_pence) == (1_300_000, 240_000, 1_540_000)
    with scoped(Scope.finance(tenant.id, None)) as session:
        invoice = session.get(Invoice, (tenant.id, made.id))
        assert invoice is not None
        fee, held = left_to_credit(session, invoice.id)
        first = credit(session, invoice, {held.line.id: 50_000}, reason="Not held", today=DAY,
                       at=AT)  # fmt: skip
        assert (first.net_pence, first.vat_pence, first.gross_pence) == (50_000, 0, 50_000)
        second = credit(session, invoice, {fee.line.id: 100_001}, reason="Late report", today=DAY,
                        at=AT)  # fmt: skip
        assert (second.net_pence, second.vat_pence) == (100_001, 20_000)
