"""Invoices worked by hand. £48,000 a year is £4,000 a calendar month; 10 mediations are included,
£700 each beyond."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from billing.contracts.pricing import Service, ServicePrice, Terms, raised
from billing.einvoice.validation import einvoice_failures
from billing.exports.figures import documents, vat_summary
from billing.invoices.drafting import draft_lines
from billing.invoices.drafts import Drafted
from billing.ledger.account import Account, BilledFee, Event
from billing.ledger.queries import document_of
from billing.periods import Period, parse_period
from billing.runs.actions import run_period
from billing.supplier import Supplier
from billing.vat import Treatment, vat_groups
from saas.database.scope import Scope, scoped
from tests.billing.making import (
    Q1,
    Q2,
    STARTS,
    contract_for,
    issue_period,
    order_for,
    terms,
    use,
)
from tests.factories import make_tenant
from tests.saas.documents.papers import Paper

YEAR = Period(dt.date(2026, 4, 1), dt.date(2027, 3, 31))
Q1_TO_Q2 = Period(dt.date(2026, 4, 1), dt.date(2026, 9, 30))
Q3 = parse_period("2026-27-Q3")
_ids = itertools.count(1)


def account(*history: Terms, **changes: Any) -> Account:
    values: dict[str, Any] = {
        "reference": "SEND-2026",
        "starts_on": STARTS,
        "ends_on": dt.date(2029, 3, 31),
        "frequency": "quarterly",
        "terms": history or (terms(),),
        **changes,
    }
    return Account(**values)


def event(kind: str, on: dt.date, **changes: Any) -> Event:
    return Event(uuid.UUID(int=next(_ids)), kind, on, "EXA-2026-0001", **changes)


def events(kind: str, number: int, **changes: Any) -> list[Event]:
    days = (dt.date(2026, 4, 2) + dt.timedelta(days=n) for n in range(number))
    return [event(kind, day, **changes) for day in days]


def draft(found: Account, period: Period = Q1, tax_point: dt.date | None = None) -> Drafted:
    return draft_lines(found, period, usage_to=period.last, tax_point=tax_point or period.first)


def nets(found: Account, period: Period = Q1) -> list[int]:
    return [line.net_pence for line in draft(found, period).lines]


def gross(drafted: Drafted) -> int:
    groups = vat_groups((x.vat, x.vat_rate, x.net_pence) for x in drafted.lines)
    return drafted.net_pence + sum(group.vat_pence for group in groups)


def test_a_plain_quarter() -> None:
    assert nets(account()) == [1_200_000]
    assert gross(draft(account())) == 1_440_000


def test_a_year_with_overage() -> None:
    yearly = account(frequency="annual", events=events("mediation", 13))
    assert nets(yearly, YEAR) == [4_800_000, 210_000]
    assert gross(draft(yearly, YEAR)) == 6_012_000


def test_a_year_billed_yearly_has_no_fee_in_its_second_quarter() -> None:
    assert nets(account(frequency="annual"), Q2) == []


def test_a_quarter_billed_by_the_month_has_three_fees() -> None:
    assert nets(account(frequency="monthly")) == [400_000, 400_000, 400_000]


def test_a_start_in_the_middle_of_may() -> None:
    # 17 of May's 31 days and June: 4,000 x 17/31 + 4,000 = 6,193.55.
    start = dt.date(2026, 5, 15)
    assert nets(account(terms(effective_from=start), starts_on=start)) == [619_355]


def test_an_end_in_the_quarter() -> None:
    assert nets(account(ends_on=dt.date(2026, 5, 31))) == [800_000]


def test_a_february_of_29_days() -> None:
    # 20 of 29 days: 4,000 x 20/29 = 2,758.62.
    start = dt.date(2028, 2, 10)
    found = account(terms(effective_from=start), starts_on=start, frequency="monthly")
    assert nets(found, Period(start, dt.date(2028, 2, 29))) == [275_862]


MORE = terms(effective_from=dt.date(2026, 8, 16), annual_fee_pence=6_000_000)
LESS = terms(effective_from=dt.date(2026, 8, 16), annual_fee_pence=3_600_000)
BILLED = [BilledFee(Q1, 1_200_000), BilledFee(Q2, 1_200_000)]


def test_an_amendment_before_the_quarter_is_billed() -> None:
    # July 4,000; August 15/31 of 4,000 and 16/31 of 5,000; September 5,000: 13,516.13.
    assert nets(account(terms(), MORE, billed_fees=BILLED[:1]), Q2) == [1_351_613]


def test_an_amendment_after_the_quarter_was_billed() -> None:
    assert nets(account(terms(), MORE, billed_fees=BILLED), Q3) == [1_500_000, 151_613]


def test_an_amendment_downwards_gives_back_what_was_billed_too_much() -> None:
    drafted = draft(account(terms(), LESS, billed_fees=BILLED), Q3)
    assert [line.net_pence for line in drafted.lines] == [900_000, -151_613]
    assert drafted.lines[1].quantity == -1
    assert gross(drafted) == 898_064


def test_indexation_on_the_anniversary() -> None:
    # 3.8%: 48,000 becomes 49,824, a mediation beyond 726.60.
    up = raised(terms(), Decimal("3.8"), dt.date(2027, 4, 1))
    used = [event("mediation", dt.date(2027, 4, 1 + n)) for n in range(11)]
    found = account(terms(), up, events=used)
    assert nets(found, parse_period("2027-28-Q1")) == [1_245_600, 72_660]


def test_exempt_from_vat() -> None:
    exempt = terms(fee_vat=Treatment.EXEMPT)
    assert gross(draft(account(exempt))) == 1_200_000


def test_mixed_vat() -> None:
    prices = {**terms().prices, Service.FACILITATION: ServicePrice(0, 50_000, Treatment.EXEMPT)}
    found = account(terms(prices=prices), events=events("facilitation", 1))
    drafted = draft(found)
    assert drafted.net_pence == 1_250_000
    assert gross(drafted) == 1_490_000


EACH_ITS_OWN = terms(
    prices={
        Service.MEDIATION: ServicePrice(10, 70_000, Treatment.EXEMPT),
        Service.FACILITATION: ServicePrice(0, 50_000),
        Service.MIAS: ServicePrice(None, 0),
    },
    late_fee_vat=Treatment.OUTSIDE_SCOPE,
    expenses_vat=Treatment.OUTSIDE_SCOPE,
    vat_reasons={
        Treatment.EXEMPT: "VAT Act 1994 Schedule 9 Group 7",
        Treatment.OUTSIDE_SCOPE: "compensation, and outlay passed on, are no supply",
    },
)


def test_each_price_has_its_own_treatment_and_the_papers_and_the_summary_agree(app: Flask) -> None:
    # Taxed: £12,000 fee, a facilitation £500, a day £620: £13,120, VAT £2,624.
    # Exempt: two mediations beyond, £1,400. Outside: a late cancellation £350, travel £63.50.
    tenant = make_tenant(app)
    order_for(tenant, contract_for(tenant, first_terms=EACH_ITS_OWN))
    with scoped(Scope.finance(tenant.id, None)) as session:
        for day in range(1, 13):
            use(session, "mediation", dt.date(2026, 5, day))
        use(session, "facilitation", dt.date(2026, 5, 20))
        use(session, "late_cancellation", dt.date(2026, 5, 21), notice_days=1)
        use(session, "day_rate", dt.date(2026, 5, 22), description="Training")
        use(session, "expense", dt.date(2026, 5, 23), amount_pence=6_350, description="Travel")
    invoice = issue_period(app, tenant, Q1, on=dt.date(2026, 7, 1))
    assert (invoice.net_pence, invoice.vat_pence) == (1_312_000 + 140_000 + 41_350, 262_400)
    with scoped(Scope.finance(tenant.id, None)) as session:
        paper = Paper.of(document_of(session, invoice.id, "pdf") or b"")
        xml = document_of(session, invoice.id, "xml") or b""
        ours = [d for d in documents(session, Q1_TO_Q2) if d.number == invoice.number]
        summary = vat_summary(ours)
    assert [(r.treatment, r.net_pence, r.vat_pence) for r in summary] == [
        ("standard", 1_312_000, 262_400),
        ("outside_scope", 41_350, 0),
        ("exempt", 140_000, 0),
    ]
    text = " ".join(paper.text.split())
    assert "£15,139.50" not in text and "£17,557.50" in text
    assert "Exempt" in text and "Outside scope" in text
    assert "Lines exempt from VAT: VAT Act 1994 Schedule 9 Group 7." in text
    assert "Lines outside the scope of VAT: compensation, and outlay passed on" in text
    assert einvoice_failures(xml) == []
    assert b'<cbc:TaxAmount currencyID="GBP">2624.00</cbc:TaxAmount>' in xml
    assert b"exempt from VAT: VAT Act 1994 Schedule 9 Group 7" in xml


def test_what_is_given_back_takes_back_the_vat_that_was_billed_whatever_the_rate_is_now() -> None:
    rates = ((dt.date(2011, 1, 4), Decimal(20)), (dt.date(2026, 7, 1), Decimal("22.5")))
    used = [
        *events("mediation", 10),
        event("mediation", dt.date(2026, 5, 6), standing=False, billed_price=70_000,
              billed_vat=(Treatment.STANDARD, Decimal(20))),
    ]  # fmt: skip
    fees = [BilledFee(Q1, 1_200_000, (Treatment.STANDARD, Decimal(20)))]
    less = terms(effective_from=dt.date(2026, 6, 1), annual_fee_pence=3_600_000)
    found = account(terms(), less, events=used, billed_fees=fees)
    drafted = draft_lines(found, Q2, usage_to=Q2.last, tax_point=Q2.first, rates=rates)
    # The quarter at the new price and rate; June's £1,000 and the £700 back at the old rate.
    assert [(x.net_pence, x.vat_rate) for x in drafted.lines] == [
        (900_000, Decimal("22.5")), (-100_000, Decimal(20)), (-70_000, Decimal(20)),
    ]  # fmt: skip
    assert gross(drafted) == 900_000 + 202_500 - 170_000 - 34_000


def test_a_new_rate_of_vat_counts_from_its_day_by_the_tax_point() -> None:
    rates = ((dt.date(2011, 1, 4), Decimal(20)), (dt.date(2026, 10, 1), Decimal("22.5")))
    for tax_point, vat in ((dt.date(2026, 9, 30), 240_000), (dt.date(2026, 10, 1), 270_000)):
        drafted = draft_lines(account(), Q1, usage_to=Q1.last, tax_point=tax_point, rates=rates)
        assert gross(drafted) - drafted.net_pence == vat


@pytest.mark.parametrize(
    ("notice", "fee"), [(0, 35_000), (1, 35_000), (2, 17_500), (4, 17_500), (5, 0), (9, 0)]
)
def test_a_late_cancellation_at_each_notice(notice: int, fee: int) -> None:
    used = [event("late_cancellation", dt.date(2026, 5, 6), notice_days=notice)]
    assert draft(account(events=used)).net_pence == 1_200_000 + fee


def test_expenses_are_passed_on_line_by_line() -> None:
    used = [
        event("expense", dt.date(2026, 5, 6), amount_pence=6_350, description="Travel"),
        event("expense", dt.date(2026, 5, 6), amount_pence=12_000, description="Interpreter"),
    ]
    assert nets(account(events=used)) == [1_200_000, 6_350, 12_000]


def test_a_billed_mediation_that_was_none_is_credited() -> None:
    used = [
        *events("mediation", 10),
        event("mediation", dt.date(2026, 5, 6), standing=False, billed_price=70_000),
    ]
    found = account(events=used, billed_fees=BILLED[:1])
    assert nets(found, Q2) == [1_200_000, -70_000]


def test_what_has_no_limit_is_never_beyond_it() -> None:
    assert nets(account(events=events("mias", 80))) == [1_200_000]


def test_use_without_a_price_is_an_exception_and_no_line() -> None:
    prices = {Service.MEDIATION: ServicePrice(10, 70_000)}
    drafted = draft(account(terms(prices=prices), events=events("facilitation", 1)))
    assert drafted.net_pence == 1_200_000
    assert "No price: Facilitations on 2 April 2026" in drafted.exceptions[0]


def test_an_order_exhausted_midway_stops_the_next_invoice_until_there_is_another(
    app: Flask,
) -> None:
    tenant = make_tenant(app)
    contract_id = contract_for(tenant)
    first = order_for(tenant, contract_id, value_pence=2_000_000)
    supplier = Supplier.of(app.extensions["settings"])
    at = dt.datetime(2026, 7, 2, tzinfo=dt.UTC)

    def run(period: Period) -> Any:
        (entry,) = run_period(period, [tenant], supplier, today=at.date(), at=at, issue_ready=True)
        return entry

    assert run(Q1).purchase_order == first
    refused = run(Q2)
    assert refused.outcome == "drafted"
    assert refused.exceptions == [
        f"Purchase order {first} has £8,000.00 left, £4,000.00 too little"
    ]
    second = order_for(tenant, contract_id)
    issued = run(Q2)
    assert issued.outcome == "issued" and issued.purchase_order == second


def test_a_contract_that_needs_no_order_is_invoiced_without(app: Flask) -> None:
    tenant = make_tenant(app)
    contract_for(tenant, po_required=False)
    supplier = Supplier.of(app.extensions["settings"])
    at = dt.datetime(2026, 7, 2, tzinfo=dt.UTC)
    (entry,) = run_period(Q1, [tenant], supplier, today=at.date(), at=at, issue_ready=True)
    assert entry.outcome == "issued" and entry.exceptions == []
