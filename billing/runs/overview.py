"""Where a period stands for every authority: read, never computed anew, in as many queries for one
authority as for all of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from billing.contracts.models import Contract
from billing.contracts.queries import contracts_everywhere, subscribers_on
from billing.ledger.invoices import Invoice, InvoiceDraft
from billing.ledger.orders_drawn import orders_everywhere
from billing.ledger.queries import of_period_everywhere
from billing.periods import Period
from billing.runs.actions import no_contract_words, order_exceptions
from billing.runs.asking import Asked
from billing.runs.models import DRAFTING, ISSUING, InvoiceRun, InvoiceRunPart
from saas.database.scope import ScopedSession
from saas.identity.signed_in import Tenancy

EXCEPTION, TO_APPROVE, APPROVED, NOT_DRAFTED, ISSUED, NOTHING = (
    "exception", "to-approve", "approved", "not-drafted", "issued", "nothing",
)  # fmt: skip
STATE_WORDS = {
    EXCEPTION: "Exceptions",
    TO_APPROVE: "To approve",
    APPROVED: "Approved",
    NOT_DRAFTED: "Not drafted yet",
    ISSUED: "Issued",
    NOTHING: "Nothing to bill",
}
CHANGED = "Drafted again since the last run: draft for everyone to see what differs"
ALONE = "Drafted by itself: draft for everyone to see what differs"


@dataclass(kw_only=True)
class RunRow:
    """One contract in a period, or an authority without one. Pence."""

    tenancy: Tenancy
    state: str
    contract: str = ""
    purchase_order: str | None = None
    draft: InvoiceDraft | None = None
    invoice: Invoice | None = None
    exceptions: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def net_pence(self) -> int:
        found = self.draft or self.invoice
        return found.net_pence if found else 0

    @property
    def gross_pence(self) -> int:
        found = self.draft or self.invoice
        return found.net_pence + found.vat_pence if found else 0


def overview(session: ScopedSession, period: Period, *, today: dt.date) -> list[RunRow]:
    """Every authority's contracts in a period, exceptions first."""
    contracts: defaultdict[uuid.UUID, list[Contract]] = defaultdict(list)
    for contract in contracts_everywhere(session):
        contracts[contract.tenant_id].append(contract)
    invoices, drafts = of_period_everywhere(session, period)
    orders = orders_everywhere(session)
    drafted = _last_parts(session, period, DRAFTING)
    told = {
        (tenant, entry["contract"]): entry
        for tenant, part in drafted.items()
        for entry in part.entries
    }
    refused = _last_parts(session, period, ISSUING)
    rows = []
    for subscriber in subscribers_on(session, today):
        tenancy = Tenancy(id=subscriber.id, slug=subscriber.slug, name=subscriber.name)
        found = [
            one
            for one in contracts[subscriber.id]
            if period.within(one.starts_on, one.ends_on) or one.id in drafts or one.id in invoices
        ]
        if not found:
            rows.append(
                RunRow(
                    tenancy=tenancy,
                    state=EXCEPTION,
                    exceptions=[no_contract_words(tenancy.name)],
                )
            )
        for contract in found:
            row = _row(
                tenancy,
                contract,
                drafts.get(contract.id),
                invoices.get(contract.id),
                told.get((tenancy.id, contract.reference)),
            )
            if row.draft is not None:
                row.purchase_order, others = order_exceptions(
                    contract, orders.get(contract.id, []), row.draft
                )
                row.exceptions += others
                part = refused.get(row.draft.id)
                if part is not None and part.problem:
                    row.warnings.append(f"Not issued: {part.problem}")
                if row.exceptions:
                    row.state = EXCEPTION
            rows.append(row)
    order = list(STATE_WORDS)
    return sorted(rows, key=lambda r: (order.index(r.state), not r.warnings, r.tenancy.name))


def _row(
    tenancy: Tenancy,
    contract: Contract,
    draft: InvoiceDraft | None,
    invoice: Invoice | None,
    told: dict[str, Any] | None,
) -> RunRow:
    row = RunRow(tenancy=tenancy, state=NOT_DRAFTED, contract=contract.reference)
    if draft is not None:
        row.draft = draft
        row.state = APPROVED if draft.approved_fingerprint == draft.fingerprint else TO_APPROVE
        if told is None:
            row.differences = [ALONE]
        elif told["fingerprint"] != draft.fingerprint:
            row.differences = [CHANGED]
        else:
            row.exceptions = list(told["unpriced"])
            row.warnings = list(told["warnings"])
            row.differences = list(told["differences"])
    elif invoice is not None:
        row.invoice, row.state = invoice, ISSUED
        row.purchase_order = invoice.purchase_order_number or None
    elif told is not None and told["outcome"] == "nothing":
        row.state = NOTHING
    return row


def _last_parts(
    session: ScopedSession, period: Period, kind: str
) -> dict[uuid.UUID, InvoiceRunPart]:
    """The last word about each subject of a period's runs of one kind."""
    parts = session.scalars(
        sa.select(InvoiceRunPart)
        .join(InvoiceRun, InvoiceRun.id == InvoiceRunPart.run_id)
        .where(
            InvoiceRun.kind == kind,
            InvoiceRun.period_from == period.first,
            InvoiceRun.period_to == period.last,
        )
        .ext(distinct_on(InvoiceRunPart.tenant_id, InvoiceRunPart.subject_id))
        .order_by(
            InvoiceRunPart.tenant_id, InvoiceRunPart.subject_id, InvoiceRunPart.done_at.desc()
        )
    )
    return {part.subject_id: part for part in parts}


@dataclass(frozen=True)
class Progress:
    """How far a run is. A part with a problem is done, too."""

    run: InvoiceRun
    done: int
    problems: Sequence[tuple[Tenancy, str]]
    # What the drafts or invoices that it made come to, without VAT, in pence.
    net_pence: int = 0

    @property
    def total(self) -> int:
        return len(self.run.asked)

    @property
    def is_finished(self) -> bool:
        return self.run.finished_at is not None


def progress_of(
    session: ScopedSession, run_id: uuid.UUID, names: dict[uuid.UUID, Tenancy]
) -> Progress | None:
    run = session.get(InvoiceRun, run_id)
    if run is None:
        return None
    parts = session.scalars(
        sa.select(InvoiceRunPart)
        .where(InvoiceRunPart.run_id == run_id)
        .order_by(InvoiceRunPart.done_at, InvoiceRunPart.id)
    ).all()
    return Progress(
        run,
        len(parts),
        [(names[part.tenant_id], part.problem) for part in parts if part.problem],
        sum(entry.get("net_pence", 0) for part in parts for entry in part.entries),
    )


def run_at_work(session: ScopedSession, period: Period) -> uuid.UUID | None:
    return session.scalar(
        sa.select(InvoiceRun.id).where(
            InvoiceRun.period_from == period.first,
            InvoiceRun.period_to == period.last,
            InvoiceRun.finished_at.is_(None),
        )
    )


def parts_in_state(rows: Sequence[RunRow], state: str) -> list[Asked]:
    return [Asked.draft_as_seen(r.draft) for r in rows if r.state == state and r.draft is not None]
