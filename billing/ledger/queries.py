"""What is read of drafts and invoices."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from billing.ledger.invoices import (
    Invoice,
    InvoiceDocument,
    InvoiceDraft,
    InvoiceDraftLine,
    InvoiceLine,
)
from billing.ledger.late_payment_claims import LatePaymentClaim
from billing.periods import Period
from saas.database.scope import ScopedSession

# In the words of an invoice: it is for something beside the contract.
ONE_OFF = "one_off"


def for_a_supply() -> sa.ColumnElement[bool]:
    """That an invoice bills what the contract is for: it is not for something beside it, and does
    not claim for late payment."""
    claims = sa.select(LatePaymentClaim.id).where(
        LatePaymentClaim.tenant_id == Invoice.tenant_id,
        LatePaymentClaim.claim_invoice_id == Invoice.id,
    )
    return sa.and_(~claims.exists(), ~Invoice.words.has_key(ONE_OFF))


def find_invoice(session: ScopedSession, invoice_id: uuid.UUID) -> Invoice | None:
    return session.get(Invoice, (session.tenant, invoice_id))


def lines_of(session: ScopedSession, invoice_id: uuid.UUID) -> Sequence[InvoiceLine]:
    return session.scalars(
        sa.select(InvoiceLine)
        .where(InvoiceLine.tenant_id == session.tenant, InvoiceLine.invoice_id == invoice_id)
        .order_by(InvoiceLine.position)
    ).all()


def draft_lines_of(session: ScopedSession, draft_id: uuid.UUID) -> Sequence[InvoiceDraftLine]:
    return session.scalars(
        sa.select(InvoiceDraftLine)
        .where(InvoiceDraftLine.tenant_id == session.tenant, InvoiceDraftLine.draft_id == draft_id)
        .order_by(InvoiceDraftLine.position)
    ).all()


def document_of(session: ScopedSession, document_id: uuid.UUID, kind: str) -> bytes | None:
    return session.scalar(
        sa.select(InvoiceDocument.content).where(
            InvoiceDocument.tenant_id == session.tenant,
            InvoiceDocument.document_id == document_id,
            InvoiceDocument.kind == kind,
        )
    )


def invoices_of(session: ScopedSession) -> Sequence[Invoice]:
    """The tenant's invoices, the newest first."""
    return session.scalars(
        sa.select(Invoice)
        .where(Invoice.tenant_id == session.tenant)
        .order_by(Invoice.issued_on.desc(), Invoice.number.desc())
    ).all()


def drafts_of(session: ScopedSession) -> Sequence[InvoiceDraft]:
    return session.scalars(
        sa.select(InvoiceDraft)
        .where(InvoiceDraft.tenant_id == session.tenant)
        .order_by(InvoiceDraft.period_from.desc())
    ).all()


def of_period_everywhere(
    session: ScopedSession, period: Period
) -> tuple[dict[uuid.UUID, Invoice], dict[uuid.UUID, InvoiceDraft]]:
    """The invoice and the draft of a period by contract, for every authority."""
    invoices = session.scalars(
        sa.select(Invoice)
        .where(
            Invoice.period_from == period.first,
            Invoice.period_to == period.last,
            for_a_supply(),
        )
        .order_by(Invoice.sequence)
    )
    drafts = session.scalars(
        sa.select(InvoiceDraft).where(
            InvoiceDraft.period_from == period.first, InvoiceDraft.period_to == period.last
        )
    )
    return {i.contract_id: i for i in invoices}, {d.contract_id: d for d in drafts}


def newest_invoices(session: ScopedSession, *, limit: int, offset: int) -> Sequence[Invoice]:
    """Invoices of every authority the session sees, the newest first."""
    return session.scalars(
        sa.select(Invoice)
        .order_by(Invoice.issued_on.desc(), Invoice.number.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def count_invoices(session: ScopedSession) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Invoice)) or 0


def drafts_to_issue(session: ScopedSession, period: Period) -> Sequence[InvoiceDraft]:
    """The drafts of a period that the session sees."""
    return session.scalars(
        sa.select(InvoiceDraft)
        .where(InvoiceDraft.period_from == period.first, InvoiceDraft.period_to == period.last)
        .order_by(InvoiceDraft.tenant_id)
    ).all()
