"""What is taken back never exceeds what was invoiced, to the penny."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.credits.actions import credit, left_to_credit
from billing.ledger.balances import balance_of, unapplied
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice
from billing.ledger.orders_drawn import orders_of
from billing.ledger.queries import document_of
from billing.payments.actions import record_payment
from billing.refusal import BillingRefused
from billing.runs.actions import run_period
from billing.supplier import Supplier
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from tests.billing.making import AT, Q1, account_of, issue_period, terms, use
from tests.factories import make_tenant

DAY = dt.date(2026, 7, 3)


def invoiced(app: Flask, uses: int = 13, **changes: object) -> tuple[Tenancy, Invoice]:
    """An invoice of the fee and `uses - 10` mediations beyond."""
    tenant = make_tenant(app)
    account_of(app, tenant, **changes)
    with scoped(Scope.finance(tenant.id, None)) as session:
        for day in range(1, uses + 1):
            use(session, "mediation", dt.date(2026, 5, day))
    return tenant, issue_period(app, tenant, Q1, on=dt.date(2026, 7, 1))


def in_finance(tenant: Tenancy, act: Callable[[ScopedSession], object]) -> None:
    with scoped(Scope.finance(tenant.id, None)) as session:
        act(session)


def own(session: ScopedSession, invoice: Invoice) -> Invoice:
    found = session.get(Invoice, (session.tenant, invoice.id))
    assert found is not None
    return found


def rerun(app: Flask, tenant: Tenancy, **more: object) -> int:
    (entry,) = run_period(
        Q1, [tenant], Supplier.of(app.extensions["settings"]), today=DAY, at=AT, **more  # type: ignore[arg-type]
    )  # fmt: skip
    return entry.net_pence if entry.outcome == "drafted" else 0


def test_many_small_credits_come_to_the_whole_and_no_further(app: Flask) -> None:
    tenant, invoice = invoiced(app, first_terms=terms(annual_fee_pence=4_800_004))
    chance = random.Random(3)
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = own(session, invoice)
        for _ in range(60):
            left = left_to_credit(session, ours.id)
            if not left:
                break
            part = chance.choice(left)
            unit = part.line.unit_price_pence if len(part.line.usage_ids) > 1 else 1
            most = part.net_pence // unit
            amount = unit * chance.randint(min(most, max(1, most // 7)), most)
            credit(session, ours, {part.line.id: amount}, reason="Agreed", today=DAY, at=AT)
        if left_to_credit(session, ours.id):
            credit(session, ours, None, reason="The rest", today=DAY, at=AT)
        sums = session.execute(
            sa.select(
                sa.func.sum(CreditNote.net_pence),
                sa.func.sum(CreditNote.vat_pence),
                sa.func.sum(CreditNote.gross_pence),
            )
        ).one()
        assert tuple(sums) == (ours.net_pence, ours.vat_pence, ours.gross_pence)
        with pytest.raises(BillingRefused, match="nothing left"):
            credit(session, ours, None, reason="More", today=DAY, at=AT)


def test_more_than_is_left_of_a_line_is_refused(app: Flask) -> None:
    tenant, invoice = invoiced(app)
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = own(session, invoice)
        fee = left_to_credit(session, ours.id)[0]
        credit(session, ours, {fee.line.id: 1_000_000}, reason="Part", today=DAY, at=AT)
        with pytest.raises(BillingRefused, match=r"At most £2,000\.00"):
            credit(session, ours, {fee.line.id: 200_001}, reason="Too much", today=DAY, at=AT)


def test_a_credit_note_has_its_own_number_papers_and_gives_the_order_its_value_back(
    app: Flask,
) -> None:
    tenant, invoice = invoiced(app)
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = own(session, invoice)
        before = orders_of(session, ours.contract_id)[0].left_pence
        (_, uses) = left_to_credit(session, ours.id)
        note = credit(session, ours, {uses.line.id: 70_000}, reason="Not held", today=DAY, at=AT)
        assert note.number.startswith("CN-2627-") and note.gross_pence == 84_000
        assert orders_of(session, ours.contract_id)[0].left_pence == before + 70_000
        assert (document_of(session, note.id, "pdf") or b"").startswith(b"%PDF")
        xml = document_of(session, note.id, "xml") or b""
        assert b"CreditNote" in xml and invoice.number.encode() in xml


def test_what_is_taken_back_for_good_is_not_billed_again_nor_credited_twice(app: Flask) -> None:
    tenant, invoice = invoiced(app)
    with scoped(Scope.finance(tenant.id, None)) as session:
        (_, uses) = left_to_credit(session, invoice.id)
        credit(session, own(session, invoice), {uses.line.id: 70_000}, reason="Waived", today=DAY,
               at=AT)  # fmt: skip
        entry_id = uses.line.usage_ids[-1]
        source = session.execute(
            sa.text("SELECT source_id FROM usage_entry WHERE id = :id"), {"id": entry_id}
        ).scalar_one()
        use(session, "mediation", dt.date(2026, 5, 13), source=source, quantity=-1)
    (entry,) = run_period(
        type(Q1)(dt.date(2026, 7, 1), dt.date(2026, 9, 30)),
        [tenant], Supplier.of(app.extensions["settings"]), today=DAY, at=AT,
    )  # fmt: skip
    assert entry.net_pence == 1_200_000


def test_an_invoice_taken_back_whole_can_be_billed_again_once(app: Flask) -> None:
    tenant, invoice = invoiced(app)
    assert rerun(app, tenant) == 0
    with scoped(Scope.finance(tenant.id, None)) as session:
        credit(session, own(session, invoice), None, reason="Wrong order", today=DAY, at=AT,
               bill_again=True)  # fmt: skip
    assert rerun(app, tenant) == invoice.net_pence
    again = issue_period(app, tenant, Q1, on=DAY)
    assert again.net_pence == invoice.net_pence and again.sequence == 1
    assert rerun(app, tenant) == 0


def test_a_credit_of_a_paid_invoice_frees_the_money(app: Flask) -> None:
    tenant, invoice = invoiced(app)
    with scoped(Scope.finance(tenant.id, None)) as session:
        record_payment(
            session, received_on=DAY, amount_pence=invoice.gross_pence, method="bank",
            source="bank:paid", invoice_ids=[invoice.id], today=DAY, at=AT,
        )  # fmt: skip
        ours = own(session, invoice)
        fee = left_to_credit(session, ours.id)[0]
        credit(session, ours, {fee.line.id: 100_000}, reason="Agreed", today=DAY, at=AT)
        assert balance_of(session, ours).owed_pence == 0
        ((_, pence),) = unapplied(session)
        assert pence == 120_000
