"""Issue 12, point 18: what was earned, what is to come in, and what is accrued on 31 March."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from billing.exports.figures import documents
from billing.exports.year_end import accrued, cash_to_come, earned_by_month, recognised
from billing.ledger.accounts import load_accounts
from billing.ledger.balances import balances
from billing.periods import Period, financial_year
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.web.today import today
from tests.billing.making import Q1, Q2, STARTS, contract_for, issue_period, order_for, terms, use
from tests.factories import client_of, make_person, make_tenant

YEAR = financial_year(STARTS)


@given(
    st.integers(-10_000_000, 10_000_000),
    st.dates(dt.date(2024, 1, 1), dt.date(2028, 1, 1)),
    st.integers(0, 500),
)
def test_the_months_of_a_fee_sum_to_it(net: int, first: dt.date, days: int) -> None:
    parts = list(earned_by_month(net, Period(first, first + dt.timedelta(days=days))))
    assert sum(pence for _, pence in parts) == net
    assert [month for month, _ in parts] == sorted({month for month, _ in parts})


def test_a_quarter_is_earned_a_third_a_month_and_half_a_may_by_its_days() -> None:
    assert [pence for _, pence in earned_by_month(12_000_00, Q1)] == [4_000_00] * 3
    half = Period(dt.date(2026, 5, 16), dt.date(2026, 6, 30))
    # 16 of 31 days, and a whole month.
    assert [pence for _, pence in earned_by_month(6_064_52, half)] == [2_064_52, 4_000_00]


def test_the_year_is_earned_by_month_and_what_is_prepaid_is_deferred(app: Flask) -> None:
    tenant = make_tenant(app)
    contract_id = contract_for(tenant)
    order_for(tenant, contract_id)
    with scoped(Scope.finance(tenant.id, None)) as session:
        for _ in range(12):
            use(session, "mediation", dt.date(2026, 5, 20))
    issue_period(app, tenant, Q1)
    issue_period(app, tenant, Q2, on=dt.date(2026, 7, 1))
    with scoped(Scope.finance(tenant.id, None)) as session:
        rows = recognised(documents(session, Period(dt.date(2000, 1, 1), YEAR.last)), YEAR)
        ((_, account),) = load_accounts(session)
        to_come = cash_to_come(balances(session), dt.date(2026, 7, 2))
    found = {f"{one.month:%b}": one for one in rows}
    assert len(rows) == 12
    assert found["Apr"].billed == 12_000_00 and found["Jul"].billed == 13_400_00
    assert [found[month].fees for month in ("Apr", "May", "Jul", "Oct")] == [
        4_000_00, 4_000_00, 4_000_00, 0,
    ]  # fmt: skip
    assert found["May"].use == 1_400_00 and found["Jun"].use == 0
    assert [found[month].deferred for month in ("Apr", "May", "Jun", "Jul", "Sep")] == [
        8_000_00, 4_000_00, 0, 8_000_00, 0,
    ]  # fmt: skip
    assert sum(one.fees + one.use for one in rows) == 25_400_00
    told = {one.words: (one.pence, one.invoices) for one in to_come}
    assert told["Overdue"] == (14_400_00, 1) and told["July 2026"] == (16_080_00, 1)
    # On 15 August: half of the quarter's August and September are prepaid, all else is billed.
    letter = accrued(account, dt.date(2026, 8, 15))
    assert letter.net_pence == 0
    assert letter.prepaid_pence == 12_000_00 - 4_000_00 - 1_935_48


def test_what_is_supplied_and_not_billed_is_accrued_and_shown_to_both_sides(app: Flask) -> None:
    day = today()
    year = financial_year(day)
    tenant = make_tenant(app)
    contract_for(
        tenant,
        starts_on=year.first,
        ends_on=dt.date(year.last.year + 1, 3, 31),
        first_terms=terms(effective_from=year.first),
    )
    with scoped(Scope.finance(tenant.id, None)) as session:
        ((_, account),) = load_accounts(session)
    letter = accrued(account, year.first + dt.timedelta(days=29))
    assert [(line.words[:17], line.net_pence) for line in letter.lines] == [
        ("Mediation service", 4_000_00)
    ]
    finance = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    own = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.FINANCE))
    listed = finance.get("/finance/reports/year-end").text
    assert f"/finance/{tenant.slug}/accruals" in listed and "Deferred at its end" in listed
    for page in (
        finance.get(f"/finance/{tenant.slug}/accruals"),
        own.get("/authority/accruals"),
    ):
        assert page.status_code == 200
        assert "Mediation service" in page.text and "without VAT" in page.text
