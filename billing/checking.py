"""What must hold of the accounts as a whole, asked of the database."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from billing.invoices.coverage import gaps, use_without_contract
from billing.ledger.accounts import load_accounts
from billing.ledger.balances import balances
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import BilledUsage, Invoice, InvoiceLine, InvoiceSeries
from saas.database.scope import Scope, ScopedSession, scoped
from tenants.subscribers.queries import every_tenant


def faults_of_accounts(session: ScopedSession) -> list[str]:
    """Everything that is wrong with the accounts that the session sees, in words."""
    return [*_series(session), *_sums(session), *_balances(session), *_usage(session)]


def unbilled(today: dt.date) -> list[str]:
    """Days of a contract that were never billed, of any age, and use that no contract covers."""
    faults = []
    for tenant, slug in every_tenant():
        with scoped(Scope.finance(tenant, None)) as session:
            accounts = [account for _, account in load_accounts(session)]
        for account in accounts:
            faults += [
                f"{slug}, contract {account.reference}: {gap.first} to {gap.last} was never billed"
                for gap in gaps(account, today)
            ]
        used = use_without_contract(accounts)
        if used:
            faults.append(
                f"{slug}: {len(used)} uses from {used[0].on} on are of days that no contract covers"
            )
    return faults


def _series(session: ScopedSession) -> list[str]:
    faults = []
    models: dict[str, tuple[type[Invoice] | type[CreditNote], str]] = {
        "invoice": (Invoice, "invoices"),
        "credit_note": (CreditNote, "credit notes"),
    }
    for series, year, last in session.execute(
        sa.select(InvoiceSeries.series, InvoiceSeries.year, InvoiceSeries.last_number)
    ):
        model, words = models[series]
        numbers = list(
            session.scalars(
                sa.select(model.series_number)
                .where(model.series_year == year)
                .order_by(model.series_number)
            )
        )
        if numbers != list(range(1, last + 1)):
            faults.append(f"the {words} of {year} are not numbered 1 to {last} without a hole")
    return faults


def _balances(session: ScopedSession) -> list[str]:
    faults = []
    for balance in balances(session):
        number = balance.invoice.number
        if balance.credited_pence > balance.invoice.gross_pence:
            faults.append(f"more was credited of {number} than was invoiced")
        if balance.owed_pence < 0:
            faults.append(f"more is placed on {number} than it comes to")
    return faults


def _sums(session: ScopedSession) -> list[str]:
    nets = (
        sa.select(InvoiceLine.invoice_id, sa.func.sum(InvoiceLine.net_pence).label("net"))
        .group_by(InvoiceLine.invoice_id)
        .subquery()
    )
    wrong = session.scalars(
        sa.select(Invoice.number)
        .join(nets, nets.c.invoice_id == Invoice.id, isouter=True)
        .where(sa.func.coalesce(nets.c.net, 0) != Invoice.net_pence)
    )
    return [f"the lines of {number} do not sum to its total" for number in wrong]


def _usage(session: ScopedSession) -> list[str]:
    gaps = session.execute(
        sa.select(BilledUsage.usage_entry_id)
        .group_by(BilledUsage.tenant_id, BilledUsage.usage_entry_id)
        .having(sa.func.count() != sa.func.max(BilledUsage.turn))
    ).all()
    return [f"usage entry {entry} was billed out of turn" for (entry,) in gaps]
