"""Runs a period over many authorities. Each has a transaction of its own, so that a run that is
interrupted anywhere has done some authorities whole and the others not at all."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from billing.contracts.models import Contract
from billing.contracts.orders import Order, draws, numbers_of, order_problem
from billing.invoices.actions import DraftMade, draft_period, find_draft
from billing.invoices.coverage import gaps
from billing.invoices.issuing import issue
from billing.ledger.invoices import Invoice, InvoiceDraft, InvoiceLine
from billing.ledger.orders_drawn import orders_of
from billing.ledger.queries import draft_lines_of, for_a_supply, lines_of
from billing.periods import Period
from billing.refusal import BillingRefused
from billing.runs.explaining import Charged, differences
from billing.supplier import Supplier
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from saas.reference.progress import ReportsProgress, silent


@dataclass
class RunEntry:
    """What the run came to for one contract. Pence; `outcome` is drafted, issued, nothing or
    no_contract."""

    authority: str
    name: str
    outcome: str
    contract: str | None = None
    purchase_order: str | None = None
    number: str | None = None
    net_pence: int = 0
    vat_pence: int = 0
    gross_pence: int = 0
    # Use that no clause prices: an exception that only drafting anew takes away.
    unpriced: list[str] = field(default_factory=list)
    # Each keeps the invoice from being issued; `warnings` do not.
    exceptions: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    approved: bool = False
    draft_id: uuid.UUID | None = None
    fingerprint: str = ""
    invoice_id: uuid.UUID | None = None

    def as_json(self) -> dict[str, Any]:
        told = asdict(self)
        for name in ("draft_id", "invoice_id"):
            told[name] = str(told[name]) if told[name] else None
        return told


def run_period(
    period: Period,
    tenancies: Sequence[Tenancy],
    supplier: Supplier,
    *,
    today: dt.date,
    at: dt.datetime,
    person: uuid.UUID | None = None,
    dry_run: bool = False,
    issue_ready: bool = False,
    approved_alone: bool = False,
    progress: ReportsProgress = silent,
) -> list[RunEntry]:
    """Draft a period for these authorities, exceptions first.

    Args:
        dry_run: compute everything and keep nothing.
        issue_ready: issue what has no exception.
        approved_alone: and of that what somebody has approved as it stands.
    """
    entries: list[RunEntry] = []
    for done, tenancy in enumerate(tenancies, start=1):
        with scoped(Scope.finance(tenancy.id, person)) as session:
            made = draft_period(session, period, today=today, at=at)
            found = entries_of(session, tenancy, made, period, today=today)
            if dry_run:
                session.rollback()
        if issue_ready and not dry_run:
            found = [
                _waits(one)
                if approved_alone and one.draft_id and not one.approved
                else _issue(tenancy, one, supplier, today=today, at=at, person=person)
                for one in found
            ]
        entries += found
        progress("Invoices", done, len(tenancies))
    return sorted(entries, key=lambda e: (not e.exceptions, not e.warnings, e.authority))


def entries_of(
    session: ScopedSession,
    tenancy: Tenancy,
    made: Sequence[DraftMade],
    period: Period,
    *,
    today: dt.date,
) -> list[RunEntry]:
    """What drafting came to, contract by contract; that there is none is an exception too."""
    found = [_entry(session, tenancy, one, period, today=today) for one in made]
    if not found:
        found = [RunEntry(tenancy.slug, tenancy.name, "no_contract")]
        found[0].exceptions.append(no_contract_words(tenancy.name))
    return found


def no_contract_words(name: str) -> str:
    return f"{name} has no contract for this period"


def order_exceptions(
    contract: Contract, orders: Sequence[Order], draft: InvoiceDraft
) -> tuple[str | None, list[str]]:
    """The number of the order that a draft would draw on, and what keeps it from being issued."""
    billed = {"first": draft.period_from, "last": draft.period_to}
    net_pence = draft.net_pence
    drawn = draws(orders, **billed, net_pence=net_pence)
    found = []
    if contract.po_required and not drawn:
        found.append(order_problem(orders, **billed, net_pence=net_pence))
    if net_pence <= 0:
        found.append(
            "It comes to no charge: carried into the next period, or given back by a credit note "
            "where the contract is over"
        )
    return numbers_of(drawn) or None, found


def _waits(entry: RunEntry) -> RunEntry:
    entry.warnings.append("Nobody has approved it as it stands: look at it on the page of the run")
    return entry


def _issue(
    tenancy: Tenancy,
    entry: RunEntry,
    supplier: Supplier,
    *,
    today: dt.date,
    at: dt.datetime,
    person: uuid.UUID | None,
) -> RunEntry:
    if entry.draft_id is None or entry.exceptions:
        return entry
    try:
        invoice = issue_draft(tenancy, entry.draft_id, supplier, today=today, at=at, person=person)
    except BillingRefused as refused:
        entry.exceptions.append(refused.message)
        return entry
    entry.outcome, entry.number = "issued", invoice.number
    entry.invoice_id, entry.draft_id = invoice.id, None
    return entry


def issue_draft(
    tenancy: Tenancy,
    draft_id: uuid.UUID,
    supplier: Supplier,
    *,
    today: dt.date,
    at: dt.datetime,
    person: uuid.UUID | None,
) -> Invoice:
    """Issue one draft in a transaction of its own.

    Raises:
        BillingRefused: it cannot be issued, or is gone; nothing was written.
    """
    with scoped(Scope.finance(tenancy.id, person)) as session:
        draft = find_draft(session, draft_id)
        if draft is None:
            raise BillingRefused("draft", "The draft is gone: it was issued or made anew")
        invoice = issue(session, draft, supplier, authority_name=tenancy.name, today=today, at=at)
        session.expunge(invoice)
        return invoice


def _entry(
    session: ScopedSession, tenancy: Tenancy, made: DraftMade, period: Period, *, today: dt.date
) -> RunEntry:
    entry = RunEntry(tenancy.slug, tenancy.name, made.outcome, contract=made.contract.reference)
    if made.invoice is not None:
        _amounts(entry, made.invoice)
        entry.number, entry.invoice_id = made.invoice.number, made.invoice.id
        entry.purchase_order = made.invoice.purchase_order_number or None
        return entry
    if made.draft is None or made.drafted is None:
        return entry
    _amounts(entry, made.draft)
    entry.draft_id = made.draft.id
    entry.approved = made.draft.approved_fingerprint == made.draft.fingerprint
    entry.fingerprint = made.draft.fingerprint
    entry.unpriced = list(made.drafted.exceptions)
    entry.purchase_order, others = order_exceptions(
        made.contract,
        orders_of(session, made.contract.id),
        made.draft,
    )
    entry.exceptions += [*entry.unpriced, *others]
    if made.account is not None:
        entry.warnings += [
            f"Never billed: {gap.name}, {gap.days} days" for gap in gaps(made.account, period.first)
        ]
    entry.differences = _differences(session, made.draft)
    return entry


def _amounts(entry: RunEntry, found: Invoice | InvoiceDraft) -> None:
    entry.net_pence, entry.vat_pence = found.net_pence, found.vat_pence
    entry.gross_pence = found.net_pence + found.vat_pence


def _differences(session: ScopedSession, draft: InvoiceDraft) -> list[str]:
    last = session.scalar(
        sa.select(Invoice)
        .where(
            Invoice.tenant_id == session.tenant,
            Invoice.contract_id == draft.contract_id,
            Invoice.period_to < draft.period_from,
            for_a_supply(),
        )
        .order_by(Invoice.period_to.desc(), Invoice.sequence.desc())
        .limit(1)
    )
    before = [_charged(line) for line in lines_of(session, last.id)] if last else None
    now = [Charged(x.clause, x.quantity, x.net_pence) for x in draft_lines_of(session, draft.id)]
    return differences(before, now)


def _charged(line: InvoiceLine) -> Charged:
    return Charged(line.clause, line.quantity, line.net_pence)
