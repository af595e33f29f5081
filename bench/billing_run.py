"""How long the worker takes to draft, approve and issue a quarter for every authority there is."""

from __future__ import annotations

import datetime as dt
import time

import sqlalchemy as sa

from billing.contracts.actions import NewContract, add_order, keep_contact, make_contract
from billing.contracts.pricing import Service, ServicePrice, Terms
from billing.contracts.queries import subscribers_on
from billing.ledger.invoices import InvoiceDocument, InvoiceDraft
from billing.ledger.usage_entries import UsageEntry
from billing.periods import Period, financial_year
from billing.runs.asking import Asked, ask
from billing.runs.models import APPROVING, DRAFTING, ISSUING, InvoiceRun, InvoiceRunPart
from billing.runs.working import do_runs
from billing.supplier import Supplier
from saas.config import Settings
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.reference.today import london_today
from saas.web.today import now

USES = 14  # mediations in the quarter, of which the fee includes ten


def measured(settings: Settings) -> str:
    """The seconds of each step, and of all, for every authority that subscribes."""
    today = london_today()
    year = financial_year(today)
    quarter = Period(year.first, dt.date(year.first.year, 6, 30))
    with scoped(Scope.all_accounts(None)) as session:
        everyone = [row.id for row in subscribers_on(session, today)]
    for tenant in everyone:
        with scoped(Scope.finance(tenant, None)) as session:
            _make_account(session, year)
    supplier = Supplier.of(settings)
    seconds = {}
    for kind in (DRAFTING, APPROVING, ISSUING):
        with scoped(Scope.all_accounts(None)) as session:
            drafts = session.scalars(sa.select(InvoiceDraft)).all()
            parts = [Asked.draft_as_seen(draft) for draft in drafts]
        begun = time.perf_counter()
        ask(kind, quarter, parts or [Asked(one) for one in everyone], person=None, at=now())
        do_runs(supplier, today=today, at=now())
        seconds[kind] = time.perf_counter() - begun
    with scoped(Scope.all_accounts(None)) as session:
        problems = session.scalars(
            sa.select(InvoiceRunPart.problem)
            .join(InvoiceRun, InvoiceRun.id == InvoiceRunPart.run_id)
            .where(InvoiceRunPart.problem != "", InvoiceRun.period_from == quarter.first)
        ).all()
        files = session.scalar(sa.select(sa.func.count()).select_from(InvoiceDocument)) or 0
    if problems or files < 2 * len(everyone):
        raise RuntimeError(f"the run did not issue everything: {files} files, {problems[:3]}")
    return (
        f"{len(everyone)} authorities in {sum(seconds.values()):.1f} s: drafted in "
        f"{seconds[DRAFTING]:.1f}, approved in {seconds[APPROVING]:.1f}, issued with PDF and "
        f"checked XML in {seconds[ISSUING]:.1f}"
    )


def _make_account(session: ScopedSession, year: Period) -> None:
    at = now()
    keep_contact(
        session,
        customer_name="Example Council",
        address="Accounts payable\nCivic Centre",
        email="invoices@council.example",
        at=at,
    )
    contract = make_contract(
        session,
        NewContract(reference="BENCH", starts_on=year.first, ends_on=year.last),
        Terms(
            effective_from=year.first,
            annual_fee_pence=4_800_000,
            prices={Service.MEDIATION: ServicePrice(10, 70_000)},
        ),
        at=at,
    )
    add_order(
        session,
        contract,
        number="BENCH-1",
        value_pence=10_000_000,
        valid_from=year.first,
        valid_to=year.last,
        side="finance",
        at=at,
    )
    for day in range(USES):
        source = new_id()
        session.add(
            UsageEntry(
                tenant_id=session.tenant,
                id=new_id(),
                source_id=source,
                cause_id=source,
                case_reference=f"BEN-{year.first.year}-{day + 1:04d}",
                kind="mediation",
                clause="mediation",
                on_date=year.first + dt.timedelta(days=day),
                quantity=1,
                amount_pence=None,
                notice_days=None,
                recorded_at=at,
            )
        )
