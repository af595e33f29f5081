"""What makes invoices: drafting, approving, issuing."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace

import sqlalchemy as sa

from billing.contracts.models import Contract
from billing.invoices.drafting import draft_lines
from billing.invoices.drafts import Drafted
from billing.ledger.account import Account
from billing.ledger.accounts import load_accounts
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice, InvoiceDraft, InvoiceDraftLine
from billing.ledger.late_payment_claims import claim_invoices
from billing.ledger.queries import ONE_OFF
from billing.periods import Period
from billing.refusal import BillingRefused
from billing.vat import vat_groups
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession


@dataclass(frozen=True)
class DraftMade:
    """What drafting a period came to for one contract."""

    contract: Contract
    # 'drafted', 'issued' before, or 'nothing' to bill.
    outcome: str
    draft: InvoiceDraft | None = None
    invoice: Invoice | None = None
    drafted: Drafted | None = None
    # What decided it.
    account: Account | None = None


def draft_period(
    session: ScopedSession,
    period: Period,
    *,
    today: dt.date,
    at: dt.datetime,
    usage_to: dt.date | None = None,
) -> list[DraftMade]:
    """Make the tenant's drafts for a period, or make them again. Safe at any time, any number of
    times: a period has one draft a contract, and none once its invoice is issued.

    Args:
        usage_to: the day up to which use is counted; today, but never after the period.
    """
    counted_to = usage_to or min(period.last, today)
    made = []
    for contract, account in load_accounts(session):
        if account.starts_on > period.last:
            continue
        # Two runs at once draft one after the other.
        session.execute(
            sa.select(Contract.id)
            .where(Contract.tenant_id == session.tenant, Contract.id == contract.id)
            .with_for_update()
        )
        result = _draft(session, contract, account, period, usage_to=counted_to, today=today, at=at)
        if result.outcome != "nothing" or period.within(contract.starts_on, contract.ends_on):
            made.append(replace(result, account=account))
    return made


def _draft(
    session: ScopedSession,
    contract: Contract,
    account: Account,
    period: Period,
    *,
    usage_to: dt.date,
    today: dt.date,
    at: dt.datetime,
) -> DraftMade:
    same_period = (
        Invoice.tenant_id == session.tenant,
        Invoice.contract_id == contract.id,
        Invoice.period_from == period.first,
        Invoice.period_to == period.last,
    )
    found = session.scalars(
        sa.select(Invoice).where(*same_period).order_by(Invoice.sequence.desc())
    ).all()
    claims = claim_invoices(session) if found else set()
    invoice = next(
        (one for one in found if one.id not in claims and ONE_OFF not in one.words), None
    )
    drafted = draft_lines(account, period, usage_to=usage_to, tax_point=today)
    if invoice is not None and not _bills_again(session, invoice):
        _drop_drafts(session, contract, period)
        return DraftMade(contract, "issued", invoice=invoice)
    if not any(line.net_pence for line in drafted.lines) and not drafted.exceptions:
        _drop_drafts(session, contract, period)
        return DraftMade(contract, "nothing")
    sequence = found[0].sequence + 1 if found else 0
    draft = _stored_draft(session, contract, period, sequence)
    if draft is None:
        draft = InvoiceDraft(
            tenant_id=session.tenant,
            id=new_id(),
            contract_id=contract.id,
            period_from=period.first,
            period_to=period.last,
            sequence=sequence,
            purchase_order_id=None,
            approved_at=None,
            approved_by=None,
            approved_fingerprint=None,
        )
        session.add(draft)
        _fill(session, draft, drafted, usage_to=usage_to, today=today, at=at)
    elif (draft.fingerprint, draft.tax_point, draft.usage_to) != (
        drafted.fingerprint,
        today,
        usage_to,
    ):
        _fill(session, draft, drafted, usage_to=usage_to, today=today, at=at)
    session.flush()
    return DraftMade(contract, "drafted", draft=draft, drafted=drafted)


def _bills_again(session: ScopedSession, invoice: Invoice) -> bool:
    """Whether a credit note took the invoice back so that it is billed again."""
    found = session.scalar(
        sa.select(CreditNote.id).where(
            CreditNote.tenant_id == session.tenant,
            CreditNote.invoice_id == invoice.id,
            CreditNote.bill_again,
        )
    )
    return found is not None


def _stored_draft(
    session: ScopedSession, contract: Contract, period: Period, sequence: int
) -> InvoiceDraft | None:
    return session.scalar(
        sa.select(InvoiceDraft).where(
            InvoiceDraft.tenant_id == session.tenant,
            InvoiceDraft.contract_id == contract.id,
            InvoiceDraft.period_from == period.first,
            InvoiceDraft.period_to == period.last,
            InvoiceDraft.sequence == sequence,
        )
    )


def _drop_drafts(session: ScopedSession, contract: Contract, period: Period) -> None:
    drafts = session.scalars(
        sa.select(InvoiceDraft).where(
            InvoiceDraft.tenant_id == session.tenant,
            InvoiceDraft.contract_id == contract.id,
            InvoiceDraft.period_from == period.first,
            InvoiceDraft.period_to == period.last,
        )
    ).all()
    for draft in drafts:
        delete_draft(session, draft)


def delete_draft(session: ScopedSession, draft: InvoiceDraft) -> None:
    """A draft is nobody's record: it goes without a trace."""
    _delete_lines(session, draft)
    session.delete(draft)
    session.flush()


def _delete_lines(session: ScopedSession, draft: InvoiceDraft) -> None:
    session.execute(
        sa.delete(InvoiceDraftLine).where(
            InvoiceDraftLine.tenant_id == session.tenant, InvoiceDraftLine.draft_id == draft.id
        )
    )


def _fill(
    session: ScopedSession,
    draft: InvoiceDraft,
    drafted: Drafted,
    *,
    usage_to: dt.date,
    today: dt.date,
    at: dt.datetime,
) -> None:
    """Put the lines into the draft. An approval of other lines falls away by the fingerprint."""
    groups = vat_groups((x.vat, x.vat_rate, x.net_pence) for x in drafted.lines)
    draft.tax_point = today
    draft.usage_to = usage_to
    draft.net_pence = drafted.net_pence
    draft.vat_pence = sum(group.vat_pence for group in groups)
    draft.fingerprint = drafted.fingerprint
    draft.drafted_at = at
    session.flush()
    _delete_lines(session, draft)
    for position, line in enumerate(drafted.lines, start=1):
        session.add(
            InvoiceDraftLine(
                tenant_id=session.tenant,
                draft_id=draft.id,
                position=position,
                kind=line.kind,
                description=line.description,
                quantity=line.quantity,
                unit_price_pence=line.unit_price_pence,
                net_pence=line.net_pence,
                vat_treatment=line.vat.value,
                vat_rate=line.vat_rate,
                clause=line.clause,
                covers_from=line.covers.first,
                covers_to=line.covers.last,
                usage_ids=[str(one) for one in line.usage],
            )
        )


def approve(session: ScopedSession, draft: InvoiceDraft, *, at: dt.datetime) -> None:
    """Say that the draft is right as it stands now."""
    draft.approved_fingerprint = draft.fingerprint
    draft.approved_at = at
    draft.approved_by = session.scope.person
    audit(session, "draft approved", subject_kind="draft", subject_id=draft.id, at=at)
    session.flush()


def redraft(
    session: ScopedSession, draft: InvoiceDraft, *, today: dt.date, at: dt.datetime
) -> tuple[InvoiceDraft, Drafted]:
    """The draft as it would be made now, with use counted to the same day as before.

    Raises:
        BillingRefused: there is nothing left to bill, or it was issued meanwhile.
    """
    period = Period(draft.period_from, draft.period_to)
    usage_to = draft.usage_to
    for made in draft_period(session, period, today=today, at=at, usage_to=usage_to):
        if made.contract.id != draft.contract_id:
            continue
        if made.outcome == "issued" and made.invoice is not None:
            raise BillingRefused("draft", f"This is issued already, as {made.invoice.number}")
        if made.draft is not None and made.drafted is not None:
            return made.draft, made.drafted
    raise BillingRefused("draft", "There is nothing left to bill for this period")


def find_draft(session: ScopedSession, draft_id: uuid.UUID) -> InvoiceDraft | None:
    return session.get(InvoiceDraft, (session.tenant, draft_id))
