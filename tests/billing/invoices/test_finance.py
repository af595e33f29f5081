"""Finance's door: from the contract to an issued invoice."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from billing.ledger.invoices import Invoice
from billing.periods import financial_year, quarter_name, quarter_of
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.web.today import today
from tests.billing.making import account_of, contract_for, count, issue_period, order_for, terms
from tests.factories import client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.saas.documents.papers import Paper

# The doors read the real clock, and the database would take no other.
YEAR = financial_year(today())
QUARTER = quarter_name(quarter_of(today()))
TERM = {
    "starts_on-day": "1", "starts_on-month": "4", "starts_on-year": str(YEAR.first.year),
    "ends_on-day": "31", "ends_on-month": "3", "ends_on-year": str(YEAR.last.year + 2),
}  # fmt: skip
VALID = {
    "valid_from-day": "1", "valid_from-month": "4", "valid_from-year": str(YEAR.first.year),
    "valid_to-day": "31", "valid_to-month": "3", "valid_to-year": str(YEAR.last.year),
}  # fmt: skip


def shown(client: FlaskClient) -> str:
    assert isinstance(client, PageClient) and client.page is not None
    return client.page.text


def test_a_contract_is_recorded_drafted_refused_without_an_order_and_then_issued(
    app: Flask,
) -> None:
    tenant = make_tenant(app)
    client = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    contract = f"/finance/{tenant.slug}/contract"
    made = client.submit(
        f"{contract}/new",
        {
            "reference": "SEND-2026-001",
            **TERM,
            "annual_fee": "£48,000",
            "mediation_included": "10",
            "mediation_price": "700",
            "mias_price": "0",
            "po_format": "45########",
        },
    )  # fmt: skip
    assert made.status_code == 302, shown(client)
    contact = {
        "customer_name": "Example Council",
        "customer_address": "Civic Centre\nExample",
        "customer_email": "invoices@example.example",
    }
    client.submit(f"/finance/{tenant.slug}/billing-contact", contact)
    drafted = client.submit(contract, {"period": QUARTER}, action=f"/finance/{tenant.slug}/drafts")
    draft = drafted.headers["Location"]
    page = client.get(draft)
    assert "£12,000.00" in page.text and "£14,400.00" in page.text
    assert "There is no purchase order" in page.text
    refused = client.submit(f"{draft}/issue")
    assert refused.status_code == 422
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert count(session, Invoice) == 0
    order = {
        "number": "4500118273",
        "value": "60,000",
        **VALID,
    }  # fmt: skip
    wrong = client.submit(
        f"/finance/{tenant.slug}/purchase-orders/new", {**order, "number": "99118273"}
    )
    assert wrong.status_code == 422 and "4500000000" in shown(client)
    client.submit(f"/finance/{tenant.slug}/purchase-orders/new", order)
    issued = client.submit(f"{draft}/issue")
    assert issued.status_code == 302
    confirmation = client.get(issued.headers["Location"])
    assert "INV-" in confirmation.text
    invoice = issued.headers["Location"].removesuffix("/issued")
    assert "4500118273" in client.get(invoice).text
    paper = Paper.of(client.get(f"{invoice}/pdf").data)
    assert "4500118273" in paper.text and "£14,400.00" in paper.text
    assert client.get(draft).status_code == 404


def test_an_authority_sees_its_invoice_and_another_finds_nothing_there(app: Flask) -> None:
    tenant, other = make_tenant(app), make_tenant(app)
    account_of(app, tenant)
    invoice = issue_period(app, tenant)
    own = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.FINANCE))
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    stranger = client_of(app, make_person(app, tenant=other, role=AuthorityRole.FINANCE))
    address = f"/authority/invoices/{invoice.id}"
    assert invoice.number in own.get("/authority/invoices").text
    assert own.get(address).status_code == 200
    assert own.get(f"{address}/pdf").data.startswith(b"%PDF")
    assert officer.get(address).status_code == 403
    assert stranger.get(address).status_code == 404
    assert stranger.get(f"{address}/pdf").status_code == 404
    assert own.get(f"/finance/{tenant.slug}/invoices/{invoice.id}").status_code == 403


def test_an_authority_enters_its_own_order(app: Flask) -> None:
    tenant = make_tenant(app)
    contract_for(tenant, starts_on=YEAR.first, first_terms=terms(effective_from=YEAR.first))
    own = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.FINANCE))
    assert "we cannot invoice you" in own.get("/authority/invoices").text
    done = own.submit(
        "/authority/purchase-orders/new",
        {
            "number": "PO 77 12", "value": "50000",
            **VALID,
        },
    )  # fmt: skip
    assert done.status_code == 302
    page = own.get("/authority/invoices").text
    assert "PO 77 12" in page and "we cannot invoice you" not in page


def test_what_changed_since_it_was_seen_is_not_issued(app: Flask) -> None:
    tenant = make_tenant(app)
    contract_id = contract_for(
        tenant, starts_on=YEAR.first, first_terms=terms(effective_from=YEAR.first)
    )
    order_for(tenant, contract_id, valid_from=YEAR.first, valid_to=YEAR.last)
    client = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    drafted = client.submit(
        f"/finance/{tenant.slug}/contract",
        {"period": QUARTER},
        action=f"/finance/{tenant.slug}/drafts",
    )
    address = f"{drafted.headers['Location']}/issue"
    refused = client.submit(address, {"seen": "0" * 64})
    assert refused.status_code == 422
    assert "changed since you saw it" in shown(client)
