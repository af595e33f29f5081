"""Issue 12, point 15: papers reach each authority in its own way, and are ticked off."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from billing.addresses import ElectronicAddress, gln_with
from billing.contracts.actions import keep_contact
from billing.delivering import delivery_of, take_back_tick, tick_off
from billing.ledger.deliveries import PaperDelivery
from billing.refusal import BillingRefused
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tests.billing.making import AT, account_of, issue_period, work_through
from tests.billing.test_work import mail_folder as mail_folder
from tests.billing.test_work import mails, open_tasks
from tests.factories import client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.saas.documents.papers import Paper

NOW = dt.datetime(2026, 4, 6, 9, tzinfo=dt.UTC)
PORTAL = "https://suppliers.council.example/upload"


@pytest.fixture(name="finance")
def finance_client(app: Flask) -> PageClient:
    client = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    assert isinstance(client, PageClient)
    return client


def takes(tenant: Tenancy, way: str, **more: Any) -> None:
    with scoped(Scope.finance(tenant.id, None)) as session:
        keep_contact(
            session, customer_name=f"{tenant.name} Council", address="Civic Centre",
            email=f"invoices@{tenant.slug}.example", delivery=way, at=AT, **more,
        )  # fmt: skip


def the_delivery(tenant: Tenancy, document: Any) -> PaperDelivery:
    with scoped(Scope.finance(tenant.id, None)) as session:
        found = delivery_of(session, document.id)
        assert found is not None
        session.expunge(found)
        return found


def test_an_invoice_for_a_portal_waits_on_finances_list_and_is_ticked_off(
    app: Flask, finance: PageClient, folder: Path
) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    takes(tenant, "portal", portal=PORTAL)
    invoice = issue_period(app, tenant)
    work_through(at=NOW)
    assert mails(folder, tenant) == [], "it is uploaded, and not e-mailed as well"

    listed = finance.get("/finance/deliveries").text
    assert invoice.number in listed and PORTAL in listed
    waiting = the_delivery(tenant, invoice)
    page = f"/finance/{tenant.slug}/deliveries/{waiting.id}"
    pdf = finance.get(f"{page}/pdf")
    assert pdf.data.startswith(b"%PDF") and finance.get(f"{page}/xml").mimetype == "application/xml"
    finance.submit(page, {"note": "RCPT-118"})
    done = the_delivery(tenant, invoice)
    assert done.done_at is not None and done.note == "RCPT-118"
    assert "RCPT-118" in finance.get(f"/finance/{tenant.slug}/invoices/{invoice.id}").text

    finance.submit("/finance/deliveries", action=f"{page}/take-back")
    again = the_delivery(tenant, invoice)
    assert again.done_at is None and again.note == ""


def test_through_peppol_the_file_to_upload_is_the_e_invoice(
    app: Flask, finance: PageClient
) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    gln = gln_with("506001234567")
    takes(tenant, "peppol", peppol=ElectronicAddress("0088", gln))
    invoice = issue_period(app, tenant)
    waiting = the_delivery(tenant, invoice)
    assert (waiting.way, waiting.place) == ("peppol", f"0088:{gln}")
    assert f"/deliveries/{waiting.id}/xml" in finance.get("/finance/deliveries").text


def test_what_is_e_mailed_says_when_it_went(app: Flask, folder: Path) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    invoice = issue_period(app, tenant)
    assert the_delivery(tenant, invoice).done_at is None
    work_through(at=NOW)
    sent = the_delivery(tenant, invoice)
    assert (sent.done_at, sent.done_by) == (NOW, None)
    assert sent.place == f"invoices@{tenant.slug}.example"
    with scoped(Scope.finance(tenant.id, None)) as session:
        with pytest.raises(BillingRefused):
            tick_off(session, sent.id, "", at=NOW)
        with pytest.raises(BillingRefused):
            take_back_tick(session, sent.id, at=NOW)


@pytest.mark.parametrize(
    ("entered", "says"),
    [
        ({"delivery": "portal"}, "Enter where invoices are uploaded"),
        ({"delivery": "peppol"}, "Enter the Peppol scheme and number"),
    ],
)
def test_a_way_without_its_address_is_refused_at_the_field(
    app: Flask, finance: PageClient, entered: dict[str, str], says: str
) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    page = f"/finance/{tenant.slug}/billing-contact"
    answer = finance.submit(page, entered)
    assert answer.status_code == 422 and says in answer.text


def test_a_statement_of_account_is_kept_and_sent_as_a_document(
    app: Flask, finance: PageClient, folder: Path
) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    takes(tenant, "portal", portal=PORTAL)
    invoice = issue_period(app, tenant)
    account = f"/finance/{tenant.slug}/account"
    seen = Paper.of(finance.get(f"{account}/statement").data)
    assert invoice.number in seen.text and "£14,400.00" in seen.text

    finance.submit(f"{account}/send", {"checked": "go-on"})
    assert "send statement" in open_tasks(tenant)
    work_through(at=dt.datetime.now(dt.UTC))
    (mail,) = [one for one in mails(folder, tenant) if one["Subject"].startswith("Statement")]
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "statement.pdf"
    paper = Paper.of(attached.get_payload(decode=True))  # type: ignore[arg-type]
    assert invoice.number in paper.text and "Table" in paper.tags()
    assert open_tasks(tenant) == []
