"""The check of the accounts finds what is wrong with them."""

from __future__ import annotations

import datetime as dt

import psycopg
from flask import Flask

from billing.checking import faults_of_accounts
from billing.credits.actions import credit
from billing.ledger.invoices import Invoice
from saas.database.connections import owner_connection
from saas.database.scope import Scope, scoped
from tests.billing.making import AT, account_of, issue_period
from tests.factories import make_tenant


def faults() -> list[str]:
    with scoped(Scope.all_accounts(None)) as session:
        return faults_of_accounts(session)


def test_it_finds_a_hole_a_wrong_sum_and_too_much_credit(fresh_app: Flask) -> None:
    tenant = make_tenant(fresh_app)
    account_of(fresh_app, tenant)
    invoice = issue_period(fresh_app, tenant)
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = session.get(Invoice, (tenant.id, invoice.id))
        assert ours is not None
        credit(session, ours, None, reason="Wrong", today=dt.date(2026, 7, 1), at=AT)
    assert faults() == []
    with owner_connection(fresh_app.extensions["settings"]) as owner:
        break_accounts(owner)
    assert faults() == [
        "the invoices of 2026 are not numbered 1 to 3 without a hole",
        "the lines of INV-2627-00001 do not sum to its total",
        "more was credited of INV-2627-00001 than was invoiced",
        "more is placed on INV-2627-00001 than it comes to",
    ]


def break_accounts(owner: psycopg.Connection) -> None:
    """What no role of the service may do; the owner is let in first, for its rows are walled."""
    owner.execute("ALTER TABLE invoice NO FORCE ROW LEVEL SECURITY")
    owner.execute("UPDATE invoice SET net_pence = net_pence - 1, gross_pence = gross_pence - 1")
    owner.execute("ALTER TABLE invoice FORCE ROW LEVEL SECURITY")
    owner.execute("UPDATE invoice_series SET last_number = 3 WHERE series = 'invoice'")
