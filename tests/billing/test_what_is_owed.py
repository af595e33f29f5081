"""Issue 12, point 17: an authority sees what it owes in all, and how to pay it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from billing.ledger.balances import balances, what_is_owed
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole
from tests.billing.making import account_of, issue_period
from tests.factories import TODAY, client_of, make_person, make_tenant

pytestmark = pytest.mark.usefixtures("standing_clock")


def test_an_authority_sees_what_it_owes_and_how_to_pay(app: Flask) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    client = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.FINANCE))
    assert "What you owe" not in client.get("/authority/invoices").text
    issue_period(app, tenant)
    with scoped(Scope.finance(tenant.id, None)) as session:
        known = balances(session)
        owed = what_is_owed(known, TODAY)
        number, invoice_id = known[0].invoice.number, known[0].invoice.id
        assert owed.invoices == len(known) == 1
        assert owed.pence == known[0].owed_pence > 0
    page = " ".join(re.sub("<[^>]+>", " ", client.get("/authority/invoices").text).split())
    assert f"\u00a3{owed.pence / 100:,.2f} on 1 invoice, with VAT" in page
    assert "How to pay" in page and "Quote the number of the invoice" in page
    own = client.get(f"/authority/invoices/{invoice_id}").text
    assert f"Quote {number}" in own


def test_an_empty_dispute_is_told_at_its_field(app: Flask) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    issue_period(app, tenant)
    client = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.FINANCE))
    with scoped(Scope.finance(tenant.id, None)) as session:
        invoice_id = balances(session)[0].invoice.id
    page = f"/authority/invoices/{invoice_id}"
    answer = client.submit(page, {"reason": " "})
    assert answer.status_code == 302
    assert answer.location == f"{page}?wrong=reason#dispute-reason"
    shown = client.get(answer.location.partition("#")[0]).text
    assert 'id="dispute-reason-error"' in shown
    assert "Say what is wrong with the line" in shown
    assert "dispute-reason-error" not in client.get(page).text


def test_nothing_is_owed_where_nothing_is_open() -> None:
    owed = what_is_owed([], TODAY)
    assert (owed.invoices, owed.pence, owed.overdue_pence, owed.next_due) == (0, 0, 0, None)
