"""The invoice run as finance makes it: asked for on a page, done by the worker."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.checking import faults_of_accounts
from billing.ledger.invoices import Invoice, InvoiceDraft
from billing.periods import financial_year, quarter_name, quarter_of
from billing.runs.models import InvoiceRun, InvoiceRunPart
from billing.runs.working import do_runs
from billing.supplier import Supplier
from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.web.today import now, today
from tests.billing.making import contract_for, count, order_for, terms, use
from tests.factories import client_of, make_person, make_tenant
from tests.page_client import PageClient

YEAR = financial_year(today())
QUARTER = quarter_name(quarter_of(today()))


@pytest.fixture(name="finance")
def finance_client(fresh_app: Flask) -> PageClient:
    client = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.FINANCE))
    assert isinstance(client, PageClient)
    return client


def subscriber_with_contract(app: Flask, *, order: bool = True) -> Tenancy:
    tenant = make_tenant(app)
    contract_id = contract_for(
        tenant, starts_on=YEAR.first, first_terms=terms(effective_from=YEAR.first)
    )
    if order:
        order_for(tenant, contract_id, valid_from=YEAR.first, valid_to=YEAR.last)
    return tenant


def work(app: Flask) -> dict[str, int]:
    """What the worker does each minute, and when it is woken."""
    return dict(do_runs(Supplier.of(app.extensions["settings"]), today=today(), at=now()))


def press(finance: PageClient, page: str, action: str) -> str:
    """Send a page's form with all its hidden fields; the address that it leads to."""
    finance.get(page)
    assert finance.page is not None
    data: dict[str, list[str]] = {}
    for form in finance.page.all("form"):
        if form.get("action") == action and form.get("method") == "post":
            for one in form.all("input"):
                data.setdefault(one.get("name"), []).append(one.get("value"))
    answer = finance.post(action, data=data)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def test_a_run_is_drafted_approved_and_issued_by_the_worker_while_a_page_tells_how_far_it_is(
    fresh_app: Flask, finance: PageClient
) -> None:
    for _ in range(3):
        subscriber_with_contract(fresh_app)
    subscriber_with_contract(fresh_app, order=False)
    assert "4 of 4 are not drafted yet" in finance.get("/finance/runs").text
    drafting = press(finance, "/finance/runs", "/finance/runs")
    waiting = finance.get(drafting).text
    assert "0 of 4 done" in waiting and "begins within a minute" in waiting
    assert work(fresh_app) == {"done": 4}
    assert "4 of 4 authorities are drafted: £48,000.00 without VAT" in finance.get(drafting).text
    page = finance.get("/finance/runs").text
    assert "1 of 4 need something before they can be issued" in page
    assert "There is no purchase order" in page and "The first invoice of this contract" in page
    approving = press(finance, "/finance/runs", "/finance/runs/approve")
    work(fresh_app)
    assert "3 of 3 drafts are approved" in finance.get(approving).text
    confirmation = f"/finance/runs/issue?period={QUARTER}"
    assert "£43,200.00" in finance.get(confirmation).text
    issuing = press(finance, confirmation, "/finance/runs/issue")
    work(fresh_app)
    assert "3 of 3 invoices are issued" in finance.get(issuing).text
    assert work(fresh_app) == {}, "a finished run is not done again"
    assert "Issued (3)" in finance.get("/finance/runs").text
    only = finance.get("/finance/runs?state=exception").text
    assert "Exception" in only and "INV-" not in only
    with scoped(Scope.all_accounts(None)) as session:
        assert count(session, Invoice) == 3
        assert faults_of_accounts(session) == []


def test_a_run_asked_for_twice_is_one_run(fresh_app: Flask, finance: PageClient) -> None:
    subscriber_with_contract(fresh_app)
    first = press(finance, "/finance/runs", "/finance/runs")
    assert press(finance, "/finance/runs", "/finance/runs") == first
    assert "at work already" in finance.get(first).text
    with scoped(Scope.all_accounts(None)) as session:
        assert count(session, InvoiceRun) == 1
    work(fresh_app)
    assert press(finance, "/finance/runs", "/finance/runs") != first


def test_what_cannot_be_issued_is_told_with_its_authority_and_holds_up_nobody(
    fresh_app: Flask, finance: PageClient
) -> None:
    whole, changed = (subscriber_with_contract(fresh_app) for _ in range(2))
    press(finance, "/finance/runs", "/finance/runs")
    work(fresh_app)
    press(finance, "/finance/runs", "/finance/runs/approve")
    work(fresh_app)
    issuing = press(finance, f"/finance/runs/issue?period={QUARTER}", "/finance/runs/issue")
    with scoped(Scope.finance(changed.id, None)) as session:
        use(session, "late_cancellation", today() - dt.timedelta(days=1), notice_days=1)
    assert work(fresh_app) == {"done": 1, "with a problem": 1}
    told = finance.get(issuing).text
    assert "1 of 2 invoices are issued" in told
    assert changed.name in told and "has changed since you saw it" in told
    assert "Not issued: The draft has changed" in finance.get("/finance/runs").text
    with scoped(Scope.all_accounts(None)) as session:
        assert session.scalars(sa.select(Invoice.tenant_id)).all() == [whole.id]
        # The draft stands as it was approved: what was refused was rolled back whole.
        assert count(session, InvoiceDraft) == 1


def test_a_draft_that_changed_since_it_was_seen_is_not_approved(
    fresh_app: Flask, finance: PageClient
) -> None:
    tenant = subscriber_with_contract(fresh_app)
    press(finance, "/finance/runs", "/finance/runs")
    work(fresh_app)
    finance.get("/finance/runs")
    approving = press(finance, "/finance/runs", "/finance/runs/approve")
    with scoped(Scope.finance(tenant.id, None)) as session:
        session.execute(sa.update(InvoiceDraft).values(fingerprint="another"))
    assert work(fresh_app) == {"with a problem": 1}
    assert "0 of 1 draft" in finance.get(approving).text
    with scoped(Scope.all_accounts(None)) as session:
        assert session.scalars(sa.select(InvoiceDraft.approved_fingerprint)).all() == [None]


def test_a_part_that_another_worker_did_meanwhile_is_left_as_it_is(
    fresh_app: Flask, finance: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = subscriber_with_contract(fresh_app)
    run_id = uuid.UUID(press(finance, "/finance/runs", "/finance/runs").rpartition("/")[2])

    def another_is_faster(session: object, *_: object) -> list[dict[str, object]]:
        with scoped(Scope.finance(tenant.id, None)) as other:
            other.add(
                InvoiceRunPart(
                    tenant_id=tenant.id,
                    id=new_id(),
                    run_id=run_id,
                    subject_id=tenant.id,
                    done_at=now(),
                    problem="",
                    entries=[],
                )
            )
        return [{"net_pence": 1}]

    monkeypatch.setattr("billing.runs.working._draft", another_is_faster)
    work(fresh_app)
    with scoped(Scope.all_accounts(None)) as session:
        (part,) = session.scalars(sa.select(InvoiceRunPart))
        assert part.entries == []
        (run,) = session.scalars(sa.select(InvoiceRun))
        assert run.finished_at is not None


def test_a_run_is_for_those_who_issue_invoices(fresh_app: Flask, finance: PageClient) -> None:
    subscriber_with_contract(fresh_app)
    address = press(finance, "/finance/runs", "/finance/runs")
    manager = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.MANAGER))
    assert manager.get(address).status_code == 403
    assert "/sign-in" in fresh_app.test_client().get(address).headers["Location"]


def test_a_run_that_nobody_asked_for_is_not_there(finance: PageClient) -> None:
    assert finance.get(f"/finance/runs/{uuid.uuid4()}").status_code == 404
    empty = finance.get(f"/finance/runs/issue?period={QUARTER}")
    assert empty.status_code == 302
    assert "No draft of this period is approved" in finance.get("/finance/runs").text
