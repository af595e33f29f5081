"""What the law gives for late payment, claimed by an invoice of its own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.checking import faults_of_accounts
from billing.credits.actions import credit
from billing.debts.claims import claim, claimable
from billing.debts.rates import base_rates, half_years, record_rate
from billing.disputes.actions import dispute
from billing.einvoice.validation import einvoice_failures
from billing.exports.figures import documents, vat_summary
from billing.invoices.actions import draft_period
from billing.ledger.balances import balance_of
from billing.ledger.invoices import Invoice
from billing.ledger.queries import document_of, lines_of
from billing.payments.actions import record_payment
from billing.periods import Period
from billing.refusal import BillingRefused
from billing.supplier import Supplier
from billing.tasks import BillingTask
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from tests.billing.debts.test_reminding import DUE, invoiced, noon, overdue, run, stages
from tests.factories import make_tenant
from tests.saas.documents.papers import Paper


def own(session: ScopedSession, invoice: Invoice) -> Invoice:
    found = session.get(Invoice, (session.tenant, invoice.id))
    assert found is not None
    return found


def claim_on(app: Flask, tenant: Tenancy, invoice: Invoice, day: dt.date) -> Invoice:
    supplier = Supplier.of(app.extensions["settings"])
    with scoped(Scope.finance(tenant.id, None)) as session:
        made = claim(session, own(session, invoice), supplier, today=day, at=noon(day))
        session.expunge(made)
    return made


def test_a_claim_is_a_numbered_invoice_outside_the_scope_of_vat_with_its_papers(
    app: Flask,
) -> None:
    tenant, late = invoiced(app)
    made = claim_on(app, tenant, late, overdue(30))
    # 30 days of £14,400 at 11.75%: 13,906.85 pence; £100 from £10,000 up.
    assert (made.net_pence, made.vat_pence) == (13_907 + 10_000, 0)
    assert made.series_number == late.series_number + 1
    with scoped(Scope.finance(tenant.id, None)) as session:
        paper = Paper.of(document_of(session, made.id, "pdf") or b"")
        xml = document_of(session, made.id, "xml") or b""
        assert session.scalar(
            sa.select(BillingTask.kind).where(
                BillingTask.subject_id == made.id, BillingTask.kind == "send claim"
            )
        )
        period = Period(made.issued_on, made.issued_on)
        assert [
            (row.treatment, row.net_pence, row.vat_pence)
            for row in vat_summary(documents(session, period))
        ] == [("outside_scope", 23_907, 0)]
    text = " ".join(paper.text.split())
    assert made.number in text and late.number in text
    assert "11.75% a year" in text and "31 December 2025 (3.75%)" in text
    assert "not payment for a supply" in text and "£239.07" in text
    assert "Interest) Act 1998" in text
    assert einvoice_failures(xml) == []


def test_what_was_claimed_is_not_claimed_again_and_compensation_once(app: Flask) -> None:
    tenant, late = invoiced(app)
    claim_on(app, tenant, late, overdue(10))
    with pytest.raises(BillingRefused, match="claimed already"):
        claim_on(app, tenant, late, overdue(10))
    with scoped(Scope.finance(tenant.id, None)) as session:
        record_payment(
            session, received_on=overdue(20), amount_pence=late.gross_pence, method="bank",
            source="bank:all", invoice_ids=[late.id], today=overdue(20), at=noon(overdue(20)),
        )  # fmt: skip
    second = claim_on(app, tenant, late, overdue(60))
    # Twenty days come to 9,271.23 pence; ten were claimed as 4,635.62, rounded to 4,636.
    assert second.gross_pence == 9_271 - 4_636
    with pytest.raises(BillingRefused, match="claimed already"):
        claim_on(app, tenant, late, overdue(90))


def test_a_debt_paid_late_can_still_be_claimed_for_and_one_paid_in_time_not(app: Flask) -> None:
    for paid_on, owes in ((overdue(5), True), (DUE, False)):
        tenant, late = invoiced(app)
        with scoped(Scope.finance(tenant.id, None)) as session:
            record_payment(
                session, received_on=paid_on, amount_pence=late.gross_pence, method="bank",
                source="bank:x", invoice_ids=[late.id], today=paid_on, at=noon(paid_on),
            )  # fmt: skip
            found = claimable(session, own(session, late), today=overdue(40))
        assert (found.total_pence == 2_318 + 10_000) is owes
        assert found.why == ("" if owes else "It was not paid late")


def test_a_disputed_invoice_is_not_claimed_for(app: Flask) -> None:
    tenant, late = invoiced(app)
    with scoped(Scope.authority(tenant.id, None)) as session:
        (line,) = lines_of(session, late.id)
        dispute(session, late.id, line.id, reason="Not ours", at=noon(DUE))
    with pytest.raises(BillingRefused, match="disputed"):
        claim_on(app, tenant, late, overdue(30))


def test_a_claim_is_owed_reminded_of_paid_and_waived_like_every_invoice(app: Flask) -> None:
    tenant, late = invoiced(app)
    made = claim_on(app, tenant, late, overdue(10))
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert balance_of(session, own(session, made)).owed_pence == made.gross_pence
        # No interest runs on interest.
        found = claimable(session, own(session, made), today=overdue(200))
        assert found.why == "No interest runs on a claim"
        credit(session, own(session, made), None, reason="Waived", today=overdue(11),
               at=noon(overdue(11)))  # fmt: skip
        assert balance_of(session, own(session, made)).owed_pence == 0
    run(overdue(60))
    assert stages(tenant) == [30], "of the late invoice, and not of the claim that was waived"
    with scoped(Scope.all_accounts(None)) as session:
        assert [f for f in faults_of_accounts(session) if made.number in f] == []


def test_a_claim_bills_no_period_of_the_contract(app: Flask) -> None:
    tenant, late = invoiced(app)
    made = claim_on(app, tenant, late, overdue(10))
    same = Period(made.period_from, made.period_to)
    with scoped(Scope.finance(tenant.id, None)) as session:
        (drafted,) = draft_period(session, same, today=overdue(10), at=noon(overdue(10)))
        assert drafted.outcome == "nothing"


def test_a_rate_that_nobody_recorded_is_said_and_no_older_one_is_used(app: Flask) -> None:
    tenant = make_tenant(app)
    day = dt.date(2041, 8, 1)
    with scoped(Scope.finance(tenant.id, None)) as session:
        (now, *earlier) = half_years(base_rates(session), today=day)
        assert (now.first, now.reference_day, now.base, now.rate) == (
            dt.date(2041, 7, 1), dt.date(2041, 6, 30), None, None,
        )  # fmt: skip
        assert earlier[0].reference_day == dt.date(2040, 12, 31)
        record_rate(
            session, day=dt.date(2041, 6, 30), percent=Decimal("4.10"), source="Read there",
            today=day, at=noon(day),
        )  # fmt: skip
        record_rate(
            session, day=dt.date(2041, 6, 30), percent=Decimal("4.00"), source="Put right",
            today=day, at=noon(day) + dt.timedelta(minutes=1),
        )  # fmt: skip
        assert half_years(base_rates(session), today=day)[0].rate == Decimal(12)
        session.rollback()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("day", {"day": dt.date(2026, 7, 1)}),
        ("day", {"day": dt.date(2027, 6, 30)}),
        ("percent", {"percent": Decimal(31)}),
        ("source", {"source": " "}),
    ],
)
def test_a_rate_that_cannot_be_so_is_refused_at_its_field(
    app: Flask, field: str, changes: dict[str, object]
) -> None:
    tenant = make_tenant(app)
    values: dict[str, object] = {
        "day": dt.date(2026, 6, 30), "percent": Decimal(4), "source": "Read there",
    }  # fmt: skip
    with (
        scoped(Scope.finance(tenant.id, None)) as session,
        pytest.raises(BillingRefused) as refused,
    ):
        record_rate(
            session, **{**values, **changes}, today=dt.date(2026, 11, 21), at=noon(DUE),  # type: ignore[arg-type]
        )  # fmt: skip
    assert refused.value.field == field
