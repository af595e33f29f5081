"""Finance's days through the doors: being paid, crediting, reminding, disputing, reporting."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from flask import Flask

from billing.debts.interest import reference_day
from billing.ledger.balances import balance_of
from billing.ledger.invoices import Invoice
from billing.periods import financial_year, parse_period
from billing.vat import Treatment
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.web.today import today
from tests.billing.making import contract_for, issue_period, order_for, terms, use
from tests.factories import Someone, client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.page_parts import Element

YEAR = financial_year(today())


def browser(app: Flask, someone: Someone) -> PageClient:
    client = client_of(app, someone)
    assert isinstance(client, PageClient)
    return client


def shown(client: PageClient) -> Element:
    assert client.page is not None
    return client.page


@pytest.fixture(name="finance")
def finance_client(app: Flask) -> PageClient:
    return browser(app, make_person(app, role=ProviderRole.FINANCE))


@pytest.fixture(name="made")
def overdue_invoice(app: Flask) -> tuple[Tenancy, Invoice]:
    """An invoice that was due 40 days ago."""
    tenant = make_tenant(app)
    on = today() - dt.timedelta(days=70)
    year = financial_year(on)
    contract_id = contract_for(
        tenant,
        starts_on=year.first,
        ends_on=dt.date(year.last.year + 1, 3, 31),
        first_terms=terms(effective_from=year.first),
    )
    order_for(tenant, contract_id, valid_from=year.first, valid_to=dt.date(2099, 3, 31))
    return tenant, issue_period(app, tenant, type(YEAR)(year.first, year.last), on=on)


def owed(tenant: Tenancy, invoice: Invoice) -> int:
    with scoped(Scope.finance(tenant.id, None)) as session:
        return balance_of(session, invoice).owed_pence


def test_a_payment_by_hand_settles_the_invoice(
    finance: PageClient, made: tuple[Tenancy, Invoice]
) -> None:
    tenant, invoice = made
    day = today()
    sent = finance.submit(
        f"/finance/{tenant.slug}/payments/new",
        {
            "received_on-day": day.day, "received_on-month": day.month,
            "received_on-year": day.year, "amount": f"{invoice.gross_pence // 100}",
            "reference": invoice.number, "invoice": "oldest",
        },
    )  # fmt: skip
    assert sent.status_code == 302
    assert owed(tenant, invoice) == 0
    assert "Payment" in finance.get(f"/finance/{tenant.slug}/account").text
    assert "Paid" in finance.get(f"/finance/{tenant.slug}/invoices/{invoice.id}").text


def test_a_statement_of_the_bank_is_matched_confirmed_and_recorded_once(
    finance: PageClient, made: tuple[Tenancy, Invoice]
) -> None:
    tenant, invoice = made
    text = (
        f"Date,Description,Amount\n{today():%d/%m/%Y},{invoice.number},"
        f"{invoice.gross_pence / 100:.2f}\n"
    )
    for _ in range(2):
        page = finance.submit(
            "/finance/bank", {"statement": (io.BytesIO(text.encode()), "bank.csv")}
        )
        assert page.status_code == 200
        if "Recorded already" in page.text:
            break
        assert "Certain" in page.text
        fields = {
            one.get("name"): one.get("value")
            for one in shown(finance).all("input")
            if one.get("name").endswith("-1") or one.get("name") in ("csrf_token", "confirm")
        }
        fields["tenant-1"] = str(tenant.id)
        assert finance.post("/finance/bank/record", data=fields).status_code == 302
    else:
        pytest.fail("the second reading did not know the payment again")
    assert owed(tenant, invoice) == 0


def test_an_overdue_invoice_is_aged_and_reminded_of_once(
    finance: PageClient, made: tuple[Tenancy, Invoice]
) -> None:
    tenant, invoice = made
    assert "31 to 60 days" in finance.get("/finance/debtors").text
    address = f"/finance/{tenant.slug}/invoices/{invoice.id}/remind"
    # Other tests leave debts in the same database.
    pages = [f"/finance/reminders?page={number}" for number in range(1, 9)]
    page = next(page for page in pages if address in finance.get(page).text)
    assert "40 days" in finance.get(page).text
    finance.submit(page, action=address)
    assert "Reminded" in finance.get(f"/finance/{tenant.slug}/invoices/{invoice.id}").text
    assert all(address not in finance.get(page).text for page in pages)


def test_a_dispute_is_raised_answered_and_credited(
    app: Flask, finance: PageClient, made: tuple[Tenancy, Invoice]
) -> None:
    tenant, invoice = made
    own = browser(app, make_person(app, tenant=tenant, role=AuthorityRole.FINANCE))
    raised = own.submit(
        f"/authority/invoices/{invoice.id}",
        {"reason": "We left in May"},
        action=f"/authority/invoices/{invoice.id}/dispute",
    )
    assert raised.status_code == 302
    page = finance.get(f"/finance/{tenant.slug}/invoices/{invoice.id}")
    assert "We left in May" in page.text
    (action,) = [
        form.get("action")
        for form in shown(finance).all("form")
        if "/disputes/" in form.get("action")
    ]
    answered = finance.submit(
        f"/finance/{tenant.slug}/invoices/{invoice.id}",
        {"answer": "You are right", "outcome": "upheld"},
        action=action,
    )
    assert answered.headers["Location"].endswith("/credit")
    credited = finance.submit(
        answered.headers["Location"], {"line_0": "100", "reason": "Left in May"}
    )
    assert credited.status_code == 302
    assert owed(tenant, invoice) == invoice.gross_pence - 12_000
    theirs = own.get(f"/authority/invoices/{invoice.id}").text
    assert "You are right" in theirs and "CN-" in theirs
    assert "Credit note" in own.get("/authority/account-statement").text


def test_too_large_a_credit_is_refused_on_the_form(
    finance: PageClient, made: tuple[Tenancy, Invoice]
) -> None:
    tenant, invoice = made
    refused = finance.submit(
        f"/finance/{tenant.slug}/invoices/{invoice.id}/credit",
        {"line_0": "999999", "reason": "Too much"},
    )
    assert refused.status_code == 422
    assert "At most" in refused.text
    assert owed(tenant, invoice) == invoice.gross_pence


def test_reports_and_journals_come_to_what_was_issued(
    finance: PageClient, made: tuple[Tenancy, Invoice]
) -> None:
    _, invoice = made
    period = f"{invoice.issued_on}/{invoice.issued_on}"
    assert finance.get(f"/finance/reports?period={period}").status_code == 200
    for name in ("sage", "xero", "invoices"):
        file = finance.get(f"/finance/reports/{name}.csv?period={period}")
        assert invoice.number in file.data.decode("utf-8-sig")


@pytest.mark.parametrize(
    "address",
    ["/finance/runs", "/finance/debtors", "/finance/bank", "/finance/reports", "/finance/stripe"],
)
def test_only_finance_comes_in(app: Flask, finance: PageClient, address: str) -> None:
    assert finance.get(address).status_code == 200
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    assert manager.get(address).status_code == 403


def test_the_price_list_has_its_days_and_fills_a_new_contract(
    app: Flask, finance: PageClient
) -> None:
    tenant = make_tenant(app)
    later = YEAR.last.year + 1
    for price, year in (("725", YEAR.first.year - 1), ("799.50", later)):
        sent = finance.submit(
            "/finance/prices",
            {
                "item": "mediation", "price": price, "valid_from-day": "1",
                "valid_from-month": "4", "valid_from-year": str(year),
            },
        )  # fmt: skip
        assert sent.status_code == 302
    again = finance.submit(
        "/finance/prices",
        {
            "item": "mediation", "price": "1", "valid_from-day": "1",
            "valid_from-month": "4", "valid_from-year": str(later),
        },
    )  # fmt: skip
    assert again.status_code == 422
    finance.get(f"/finance/{tenant.slug}/contract/new")
    (field,) = [one for one in shown(finance).all("input") if one.get("name") == "mediation_price"]
    assert field.get("value") == "725.00"


def test_reminders_are_paused_and_resumed_for_an_invoice_and_for_an_authority(
    finance: PageClient, made: tuple[Tenancy, Invoice]
) -> None:
    tenant, invoice = made
    own = f"/finance/{tenant.slug}/invoices/{invoice.id}"
    for page, back in (
        (f"{own}/pause", own),
        (f"/finance/{tenant.slug}/pause-reminders", f"/finance/{tenant.slug}/account"),
    ):
        empty = finance.submit(page, {"reason": " "}, action=page)
        assert empty.status_code == 422 and "Say why no reminder" in empty.text
        assert finance.submit(page, {"reason": "They call back"}, action=page).status_code == 302
        assert "They call back" in finance.get(back).text
        assert finance.submit(page, {"act": "resume"}, action=page).status_code == 302
        assert "They call back" not in finance.get(back).text


def test_interest_by_law_is_claimed_after_a_page_that_says_how_it_was_worked_out(
    finance: PageClient, made: tuple[Tenancy, Invoice]
) -> None:
    tenant, invoice = made
    page = f"/finance/{tenant.slug}/invoices/{invoice.id}/claim"
    overdue_from = invoice.due_on + dt.timedelta(days=1)
    day = reference_day(overdue_from)
    finance.submit(
        "/finance/base-rates",
        {
            "day-day": day.day, "day-month": day.month, "day-year": day.year,
            "percent": "4", "source": "Read for a test",
        },
    )  # fmt: skip
    wrong = finance.submit(
        "/finance/base-rates",
        {"day-day": 1, "day-month": 7, "day-year": 2025, "percent": "4", "source": "Read"},
    )
    assert wrong.status_code == 422 and "30 June or of 31 December" in wrong.text
    shown_page = finance.get(page).text
    assert "12.00% a year" in shown_page and "outside the scope of VAT" in shown_page
    claimed = finance.submit(page)
    assert claimed.status_code == 302
    assert "late payment of invoice" in finance.get(claimed.headers["Location"]).text
    assert "claimed already" in finance.get(page).text
    assert finance.get(f"/finance/{tenant.slug}/invoices/{invoice.id}").text.count("Claimed") == 1


def test_finance_is_told_what_the_e_invoice_says_of_lines_outside_the_scope_beside_others(
    app: Flask, finance: PageClient
) -> None:
    tenant = make_tenant(app)
    outside = terms(
        expenses_vat=Treatment.OUTSIDE_SCOPE,
        vat_reasons={Treatment.OUTSIDE_SCOPE: "outlay passed on at cost is no supply"},
    )
    order_for(tenant, contract_for(tenant, first_terms=outside))
    fee_alone = issue_period(app, tenant)
    with scoped(Scope.finance(tenant.id, None)) as session:
        use(session, "expense", dt.date(2026, 5, 23), amount_pence=6_350, description="Travel")
    mixed = issue_period(app, tenant, parse_period("2026-27-Q2"), on=dt.date(2026, 7, 5))
    address = f"/finance/{tenant.slug}/invoices"
    assert "have category E" in finance.get(f"{address}/{mixed.id}").text
    assert "have category E" not in finance.get(f"{address}/{fee_alone.id}").text
