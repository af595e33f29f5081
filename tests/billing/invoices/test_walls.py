"""What the database refuses, whatever the pages forgot."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import ProgrammingError

from billing.ledger.invoices import (
    Invoice,
    InvoiceDocument,
    InvoiceDraft,
    InvoiceDraftLine,
    InvoiceLine,
    InvoiceSeries,
)
from saas.database.scope import Scope, scoped
from tests.billing.making import AT, Q1, account_of, count, issue_period
from tests.factories import make_tenant

REFUSED = "permission denied"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoice SET gross_pence = 1, net_pence = 1, vat_pence = 0",
        "UPDATE invoice_line SET net_pence = 0",
        "UPDATE invoice_document SET content = ''",
        "UPDATE billed_usage SET turn = 9",
        "DELETE FROM invoice",
        "DELETE FROM invoice_line",
        "DELETE FROM billed_usage",
        "UPDATE contract_terms SET annual_fee_pence = 0",
        "UPDATE usage_entry SET quantity = -1",
    ],
)
def test_nobody_in_finance_can_change_what_is_issued(app: Flask, statement: str) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    issue_period(app, tenant)
    with (
        pytest.raises(ProgrammingError, match=REFUSED),
        scoped(Scope.finance(tenant.id, None)) as session,
    ):
        session.execute(sa.text(statement))


def test_an_authority_reads_its_own_invoices_and_no_other(app: Flask) -> None:
    first, second = make_tenant(app), make_tenant(app)
    for tenant in (first, second):
        account_of(app, tenant)
        issue_period(app, tenant)
    with scoped(Scope.authority(first.id, None)) as session:
        for model in (Invoice, InvoiceLine, InvoiceDocument):
            seen = set(session.scalars(sa.select(model.tenant_id)))
            assert seen == {first.id}


@pytest.mark.parametrize("model", [InvoiceDraft, InvoiceDraftLine, InvoiceSeries])
def test_an_authority_reads_no_draft_and_no_counter(app: Flask, model: type) -> None:
    tenant = make_tenant(app)
    with (
        pytest.raises(ProgrammingError, match=REFUSED),
        scoped(Scope.authority(tenant.id, None)) as session,
    ):
        count(session, model)


@pytest.mark.parametrize("table", ["sen_case", "case_fact", "child", "case_party", "case_note"])
@pytest.mark.parametrize("everywhere", [False, True])
def test_finance_reads_nothing_of_casework(app: Flask, table: str, everywhere: bool) -> None:
    tenant = make_tenant(app)
    scope = Scope.all_accounts(None) if everywhere else Scope.finance(tenant.id, None)
    with pytest.raises(ProgrammingError, match=REFUSED), scoped(scope) as session:
        session.execute(sa.text(f"SELECT count(*) FROM {table}"))


@pytest.mark.parametrize("table", ["contract", "invoice", "usage_entry", "purchase_order"])
def test_casework_reads_no_account(app: Flask, table: str) -> None:
    tenant = make_tenant(app)
    with (
        pytest.raises(ProgrammingError, match=REFUSED),
        scoped(Scope.provider(tenant.id, None)) as session,
    ):
        session.execute(sa.text(f"SELECT count(*) FROM {table}"))


def test_an_authority_cannot_issue_itself_an_invoice(app: Flask) -> None:
    tenant = make_tenant(app)
    contract_id = account_of(app, tenant)
    with (
        pytest.raises(ProgrammingError, match=REFUSED),
        scoped(Scope.authority(tenant.id, None)) as session,
    ):
        session.execute(
            sa.insert(InvoiceDraft).values(
                tenant_id=tenant.id,
                contract_id=contract_id,
                period_from=Q1.first,
                period_to=Q1.last,
                drafted_at=AT,
            )
        )
