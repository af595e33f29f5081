"""The demo's accounts."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask import Flask

from billing.ledger.invoices import Invoice
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.demo.accounts import seed_accounts
from saas.demo.parts import Parts
from saas.identity.permissions import AuthorityRole, ProviderRole
from tests.factories import client_of, make_person, make_tenant


def test_the_demo_has_contracts_invoices_and_an_exception(
    fresh_app: Flask, fresh_settings: Settings
) -> None:
    tenants = [make_tenant(fresh_app) for _ in range(7)]
    today = dt.date(2026, 11, 21)
    seed_accounts(Parts(fresh_settings, today), tenants, today=today)
    with scoped(Scope.all_accounts(None)) as session:
        numbers = session.scalars(sa.select(Invoice.series_number)).all()
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    finance = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.FINANCE))
    page = finance.get("/finance/contracts").get_data(as_text=True)
    assert "No purchase order" in page
    for tenant in tenants:
        assert finance.get(f"/finance/{tenant.slug}/contract").status_code == 200
        theirs = client_of(
            fresh_app, make_person(fresh_app, tenant=tenant, role=AuthorityRole.FINANCE)
        )
        assert theirs.get("/authority/invoices").status_code == 200
    assert finance.get("/finance/invoices").status_code == 200
