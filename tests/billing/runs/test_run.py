"""A run bills a period once, whatever happens to it."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time

import sqlalchemy as sa
from flask import Flask

from billing.checking import faults_of_accounts
from billing.invoices.actions import approve
from billing.ledger.invoices import BilledUsage, Invoice, InvoiceDraft, InvoiceLine
from billing.runs.actions import RunEntry, run_period
from billing.supplier import Supplier
from saas.config import ROOT
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from saas.reference.today import london_today
from tests.billing.making import Q1, Q2, account_of, contract_for, count, order_for, use
from tests.factories import make_tenant

DAY = dt.date(2026, 7, 2)
AT = dt.datetime(2026, 7, 2, 9, tzinfo=dt.UTC)


def run(app: Flask, *tenants: Tenancy, **changes: object) -> list[RunEntry]:
    supplier = Supplier.of(app.extensions["settings"])
    return run_period(
        **{"period": Q1, "tenancies": tenants, "supplier": supplier, "today": DAY, "at": AT}
        | changes  # type: ignore[arg-type]
    )


def test_a_run_drafts_with_exceptions_first_and_a_second_changes_nothing(app: Flask) -> None:
    whole, orderless, bare = make_tenant(app), make_tenant(app), make_tenant(app)
    account_of(app, whole)
    contract_for(orderless)
    first = run(app, whole, orderless, bare)
    assert [e.authority for e in first if e.exceptions] == sorted([orderless.slug, bare.slug])
    assert first[-1].authority == whole.slug and first[-1].net_pence == 1_200_000
    assert [e.outcome for e in first].count("drafted") == 2
    second = run(app, whole, orderless, bare)
    assert [e.as_json() for e in second] == [e.as_json() for e in first]


def test_a_dry_run_keeps_nothing(app: Flask) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    (entry,) = run(app, tenant, dry_run=True)
    assert entry.net_pence == 1_200_000
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert count(session, InvoiceDraft) == 0


def test_issuing_twice_gives_one_invoice_with_its_use_billed_once(app: Flask) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    with scoped(Scope.finance(tenant.id, None)) as session:
        for day in range(1, 13):
            use(session, "mediation", dt.date(2026, 5, day))
    for _ in range(3):
        (entry,) = run(app, tenant, issue_ready=True)
        assert entry.outcome == "issued"
        assert entry.net_pence == 1_200_000 + 2 * 70_000
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert count(session, Invoice) == 1
        assert count(session, BilledUsage) == 2
    (later,) = run(app, tenant, period=Q2)
    assert later.net_pence == 1_200_000
    assert later.differences == ["Mediations beyond those included: £1,400.00 less (0 after 2)"]


def test_use_recorded_late_is_on_the_next_invoice(app: Flask) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    run(app, tenant, issue_ready=True)
    with scoped(Scope.finance(tenant.id, None)) as session:
        use(session, "late_cancellation", dt.date(2026, 5, 6), notice_days=1)
    (entry,) = run(app, tenant, period=Q2)
    assert entry.net_pence == 1_200_000 + 35_000


def test_periods_billed_out_of_order_come_to_the_same(app: Flask) -> None:
    forwards, backwards = make_tenant(app), make_tenant(app)
    for tenant in (forwards, backwards):
        account_of(app, tenant)
    run(app, forwards, period=Q1, issue_ready=True)
    run(app, forwards, period=Q2, issue_ready=True)
    (early,) = run(app, backwards, period=Q2, issue_ready=True)
    assert early.warnings == ["Never billed: 2026-27-Q1, 91 days"]
    run(app, backwards, period=Q1, issue_ready=True)
    with scoped(Scope.all_accounts(None)) as session:
        sums = session.execute(
            sa.select(Invoice.tenant_id, sa.func.sum(Invoice.net_pence))
            .where(Invoice.tenant_id.in_([forwards.id, backwards.id]))
            .group_by(Invoice.tenant_id)
        ).all()
    assert [net for _, net in sums] == [2_400_000, 2_400_000]


def test_a_run_killed_anywhere_and_run_again_bills_everyone_once(fresh_app: Flask) -> None:
    tenants = [make_tenant(fresh_app) for _ in range(8)]
    for tenant in tenants:
        # The command issues today, whenever that is.
        order_for(tenant, contract_for(tenant), valid_to=dt.date(2099, 3, 31))
    approve_all(fresh_app, tenants)
    settings = fresh_app.extensions["settings"]
    environment = os.environ | {
        "ENVIRONMENT": "test",
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "DATABASE_ROLE_PREFIX": settings.database_role_prefix,
        "PROVIDER_ADDRESS": "1 Example Yard, London N1 1AA",
    }
    command = [
        sys.executable, "-m", "flask", "--app", "saas.app",
        "billing", "run", "--period", "2026-27-Q1", "--issue", "--format", "json",
    ]  # fmt: skip
    for invoices_before_the_kill in (1, 4):
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and issued(tenants) < invoices_before_the_kill:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    told = json.loads(done.stdout)
    assert {one["outcome"] for one in told["invoices"]} == {"issued"}
    assert issued(tenants) == 8
    with scoped(Scope.all_accounts(None)) as session:
        assert faults_of_accounts(session) == []
        assert count(session, InvoiceLine) == 8
        assert count(session, InvoiceDraft) == 0


def approve_all(app: Flask, tenants: list[Tenancy]) -> None:
    """As somebody did on the page of the run: the command issues what was approved alone."""
    at = dt.datetime.now(dt.UTC)
    supplier = Supplier.of(app.extensions["settings"])
    run_period(Q1, tenants, supplier, today=london_today(), at=at)
    for tenant in tenants:
        with scoped(Scope.finance(tenant.id, None)) as session:
            for draft in session.scalars(sa.select(InvoiceDraft)):
                approve(session, draft, at=at)


def test_the_command_issues_what_was_approved_and_no_mistyped_year(fresh_app: Flask) -> None:
    """Issue 12, point 4."""
    tenant = make_tenant(fresh_app)
    order_for(tenant, contract_for(tenant), valid_to=dt.date(2099, 3, 31))
    runner = fresh_app.test_cli_runner()
    command = ["billing", "run", "--period", "2026-27-Q1", "--issue"]
    first = runner.invoke(args=command)
    assert "Nobody has approved it as it stands" in first.output
    assert issued([tenant]) == 0
    approve_all(fresh_app, [tenant])
    assert "1 issued" in runner.invoke(args=command).output
    assert issued([tenant]) == 1
    mistyped = runner.invoke(args=["billing", "run", "--period", "2096-97-Q1"])
    assert mistyped.exit_code == 2
    assert "check the year" in mistyped.output
    with scoped(Scope.all_accounts(None)) as session:
        assert count(session, InvoiceDraft) == 0


def issued(tenants: list[Tenancy]) -> int:
    with scoped(Scope.all_accounts(None)) as session:
        return count(session, Invoice)
