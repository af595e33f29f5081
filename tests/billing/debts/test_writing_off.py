"""Issue 12, point 6: a debt is written off with a reason, its VAT and the day relief begins."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from billing.debts.aged_debtors import aged_debtors, statement_of_account
from billing.debts.writing_off import vat_in, write_back, write_off, write_offs_of
from billing.ledger.balances import balance_of, balances
from billing.ledger.invoices import Invoice
from billing.refusal import BillingRefused
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tests.billing.making import AT, Q1, account_of, issue_period
from tests.billing.test_doors import browser, overdue_invoice
from tests.factories import make_person, make_tenant

made = overdue_invoice
WHY = "The council disputes it and the sum is small"
DAY = dt.date(2026, 12, 1)


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def issued(app: Flask, tenant: Tenancy) -> Invoice:
    """£12,000.00 and VAT of 5 April, due 5 May 2026."""
    account_of(app, tenant)
    return issue_period(app, tenant, Q1)


def test_a_debt_is_written_off_with_its_vat_and_written_back(
    app: Flask, tenant: Tenancy, issued: Invoice
) -> None:
    with scoped(Scope.finance(tenant.id, None)) as session:
        for today, reason, says in (
            (issued.due_on, WHY, "It is not overdue"),
            (DAY, " ", "Say why"),
        ):
            with pytest.raises(BillingRefused, match=says):
                write_off(session, issued, reason=reason, today=today, at=AT)
        gone = write_off(session, issued, reason=WHY, today=DAY, at=AT)
        assert (gone.amount_pence, gone.vat_pence) == (14_400_00, 2_400_00)
        # Six months from the day it was due: VAT Notice 700/18.
        assert gone.relief_from == dt.date(2026, 11, 5)
        balance = balance_of(session, issued)
        assert (balance.owed_pence, balance.state(DAY)) == (0, "written off")
        assert aged_debtors(balances(session), DAY) == []
        assert [e.balance_pence for e in statement_of_account(session)][-1] == 0
        with pytest.raises(BillingRefused, match="Nothing is owed"):
            write_off(session, issued, reason=WHY, today=DAY, at=AT)
        write_back(session, issued, reason="Paid after all", today=DAY, at=AT)
        assert balance_of(session, issued).owed_pence == 14_400_00
        assert [one.amount_pence for one in write_offs_of(session, issued.id)] == [
            14_400_00,
            -14_400_00,
        ]
        assert vat_in(issued, 1) == 0 and vat_in(issued, 7_200_00) == 1_200_00


def test_to_the_authority_it_is_still_a_debt(app: Flask, made: tuple[Tenancy, Invoice]) -> None:
    tenant, invoice = made
    finance = browser(app, make_person(app, role=ProviderRole.FINANCE))
    page = f"/finance/{tenant.slug}/invoices/{invoice.id}"
    assert "Write it off" in finance.get(page).text
    assert finance.submit(f"{page}/write-off", {"reason": ""}).status_code == 422
    assert finance.submit(f"{page}/write-off", {"reason": WHY}).status_code == 302
    shown = finance.get(page).text
    assert "Write it back" in shown and WHY in shown
    assert invoice.number in finance.get("/finance/reports/year-end").text
    own = browser(app, make_person(app, tenant=tenant, role=AuthorityRole.FINANCE))
    seen = own.get(f"/authority/invoices/{invoice.id}").text
    assert WHY not in seen and "Written off" not in seen and "overdue" in seen
    assert "Written off" not in own.get("/authority/account-statement").text
    assert finance.submit(f"{page}/write-off", {"reason": "Paid after all"}).status_code == 302
    assert "Write it off" in finance.get(page).text
