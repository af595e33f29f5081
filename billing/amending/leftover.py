"""What a contract that is over still gives back becomes credit notes, not a draft for ever."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections import defaultdict

import sqlalchemy as sa

from billing.contracts.models import Contract
from billing.contracts.queries import contracts_everywhere
from billing.credits.actions import credit, left_to_credit
from billing.invoices.actions import delete_draft
from billing.invoices.drafting import draft_lines
from billing.invoices.drafts import DraftLine
from billing.ledger.account import Account
from billing.ledger.accounts import load_accounts
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice, InvoiceDraft, InvoiceLine
from billing.periods import billing_period
from billing.refusal import BillingRefused
from saas.database.scope import Scope, ScopedSession, scoped

log = logging.getLogger(__name__)
# Use is still entered, or taken back, for a while after the last day.
SETTLED_AFTER = dt.timedelta(days=14)
REASON = "The contract {reference} is over: what was billed for later, or too much, is given back"


def lines_left(account: Account, today: dt.date) -> list[DraftLine]:
    """What a contract that is over gives back, where no invoice can: its lines below zero.

    None while it runs, or while an invoice of it still comes to more than it gives back.
    """
    if account.ends_on >= today:
        return []
    last = billing_period(account.ends_on, account.frequency, account.anchor)
    drafted = draft_lines(account, last, usage_to=account.ends_on, tax_point=today)
    if drafted.net_pence >= 0:
        return []
    return [line for line in drafted.lines if line.net_pence < 0]


def credit_what_is_left(
    session: ScopedSession, contract_id: uuid.UUID, *, today: dt.date, at: dt.datetime
) -> list[CreditNote]:
    """Give it back by credit notes on the invoices that billed it.

    Raises:
        BillingRefused: nothing is left, or the invoices that billed it are taken back already.
    """
    found = {contract.id: (contract, account) for contract, account in load_accounts(session)}
    contract, account = found[contract_id]
    lines = lines_left(account, today)
    if not lines:
        raise BillingRefused("draft", "Nothing is left to give back under this contract")
    invoices = _invoices(session, contract)
    billed = [part for invoice in invoices for part in left_to_credit(session, invoice.id)]
    left = {part.line.id: part.net_pence for part in billed}
    amounts: defaultdict[uuid.UUID, dict[uuid.UUID, int]] = defaultdict(dict)
    for line in lines:
        wanted = -line.net_pence
        for one in (part.line for part in billed if _billed_by(line, part.line)):
            taken = min(wanted, max(0, left[one.id]))
            if not taken:
                continue
            left[one.id] -= taken
            wanted -= taken
            of_invoice = amounts[one.invoice_id]
            of_invoice[one.id] = of_invoice.get(one.id, 0) + taken
        if wanted:
            raise BillingRefused(
                "draft", f"'{line.description}' is on no invoice that could still be taken back"
            )
    reason = REASON.format(reference=contract.reference)
    _drop_drafts_below_zero(session, contract)
    return [
        credit(
            session, invoice, amounts[invoice.id], reason=reason, today=today, at=at, adjusts=True
        )
        for invoice in invoices
        if invoice.id in amounts
    ]


def settle_contracts_that_are_over(*, today: dt.date, at: dt.datetime) -> int:
    """Give back by itself what contracts that ended a while ago have left. Returns how many notes.

    What cannot be settled so is logged, and named on the contract's page.
    """
    with scoped(Scope.all_accounts(None)) as session:
        over = [
            (one.tenant_id, one.id)
            for one in contracts_everywhere(session)
            if one.ends_on + SETTLED_AFTER < today
        ]
    issued = 0
    for tenant, contract_id in over:
        try:
            with scoped(Scope.finance(tenant, None)) as session:
                account = next(a for c, a in load_accounts(session) if c.id == contract_id)
                if not lines_left(account, today):
                    continue
                issued += len(credit_what_is_left(session, contract_id, today=today, at=at))
        except BillingRefused as refused:
            log.warning("contract %s still gives back: %s", contract_id, refused.message)
    return issued


def _drop_drafts_below_zero(session: ScopedSession, contract: Contract) -> None:
    for draft in session.scalars(
        sa.select(InvoiceDraft).where(
            InvoiceDraft.tenant_id == session.tenant,
            InvoiceDraft.contract_id == contract.id,
            InvoiceDraft.net_pence <= 0,
        )
    ).all():
        delete_draft(session, draft)


def _invoices(session: ScopedSession, contract: Contract) -> list[Invoice]:
    return list(
        session.scalars(
            sa.select(Invoice)
            .where(Invoice.tenant_id == session.tenant, Invoice.contract_id == contract.id)
            .order_by(Invoice.issued_at.desc(), Invoice.id.desc())
        )
    )


def _billed_by(line: DraftLine, billed: InvoiceLine) -> bool:
    """Whether an invoice's line is what a line below zero gives back."""
    if billed.vat_treatment != line.vat or billed.vat_rate != line.vat_rate:
        return False
    if line.kind == "fee_adjustment":
        days = (billed.covers_from, billed.covers_to)
        of_fee = billed.kind in ("fee", "fee_adjustment")
        return of_fee and days == (line.covers.first, line.covers.last)
    return bool({str(one) for one in line.usage} & set(billed.usage_ids))
