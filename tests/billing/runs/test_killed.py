"""A run that was asked for is done once, whichever worker is killed, and however many work."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time

import sqlalchemy as sa
from flask import Flask

from billing.checking import faults_of_accounts
from billing.ledger.invoices import Invoice, InvoiceDocument, InvoiceDraft
from billing.periods import Period, financial_year
from billing.runs.asking import Asked, ask
from billing.runs.models import APPROVING, DRAFTING, ISSUING, InvoiceRun, InvoiceRunPart
from billing.runs.working import do_runs
from billing.supplier import Supplier
from saas.config import ROOT
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from saas.web.today import now, today
from tests.billing.making import contract_for, count, order_for, terms
from tests.factories import make_tenant

YEAR = financial_year(today())
PERIOD = Period(YEAR.first, dt.date(YEAR.first.year, 6, 30))


def approved_run(app: Flask, number: int) -> list[Tenancy]:
    """Authorities whose drafts are approved, and a run asked for that issues them."""
    tenants = [make_tenant(app) for _ in range(number)]
    for tenant in tenants:
        contract_id = contract_for(
            tenant, starts_on=YEAR.first, first_terms=terms(effective_from=YEAR.first)
        )
        order_for(tenant, contract_id, valid_from=YEAR.first, valid_to=YEAR.last)
    supplier = Supplier.of(app.extensions["settings"])
    ask(DRAFTING, PERIOD, [Asked(tenant.id) for tenant in tenants], person=None, at=now())
    do_runs(supplier, today=today(), at=now())
    for kind in (APPROVING, ISSUING):
        with scoped(Scope.all_accounts(None)) as session:
            drafts = session.scalars(sa.select(InvoiceDraft)).all()
            seen = [Asked.draft_as_seen(draft) for draft in drafts]
        ask(kind, PERIOD, seen, person=None, at=now())
        if kind == APPROVING:
            do_runs(supplier, today=today(), at=now())
    return tenants


def worker(app: Flask) -> subprocess.Popen[bytes]:
    settings = app.extensions["settings"]
    environment = os.environ | {
        "ENVIRONMENT": "test",
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "DATABASE_ROLE_PREFIX": settings.database_role_prefix,
        "VAR_DIR": str(settings.var_dir),
        "PROVIDER_ADDRESS": "1 Example Yard, London N1 1AA",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "saas.app", "billing", "work"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def issued() -> int:
    with scoped(Scope.all_accounts(None)) as session:
        return count(session, Invoice)


def check_each_issued_once(number: int) -> None:
    assert issued() == number
    with scoped(Scope.all_accounts(None)) as session:
        assert faults_of_accounts(session) == []
        assert count(session, InvoiceDraft) == 0
        assert count(session, InvoiceDocument) == 2 * number
        (run,) = session.scalars(sa.select(InvoiceRun).where(InvoiceRun.kind == ISSUING))
        assert run.finished_at is not None
        parts = session.scalars(
            sa.select(InvoiceRunPart).where(InvoiceRunPart.run_id == run.id)
        ).all()
        assert len(parts) == number and not any(part.problem for part in parts)


def test_a_worker_killed_in_the_middle_of_a_run_has_issued_nothing_twice(fresh_app: Flask) -> None:
    approved_run(fresh_app, 8)
    for invoices_before_the_kill in (1, 4):
        process = worker(fresh_app)
        while process.poll() is None and issued() < invoices_before_the_kill:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert worker(fresh_app).wait(120) == 0
    check_each_issued_once(8)


def test_two_workers_at_once_issue_each_invoice_once(fresh_app: Flask) -> None:
    approved_run(fresh_app, 8)
    both = [worker(fresh_app), worker(fresh_app)]
    assert [process.wait(120) for process in both] == [0, 0]
    check_each_issued_once(8)
