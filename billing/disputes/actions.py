"""Disputing a line, and answering."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from billing.disputes.models import DisputeAnswer, InvoiceDispute
from billing.ledger.invoices import InvoiceLine
from billing.refusal import BillingRefused
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession


@dataclass(frozen=True)
class Disputed:
    dispute: InvoiceDispute
    line: InvoiceLine
    answer: DisputeAnswer | None


def disputes(session: ScopedSession, *conditions: sa.ColumnElement[bool]) -> Sequence[Disputed]:
    """What is disputed, the newest first."""
    rows = session.execute(
        sa.select(InvoiceDispute, InvoiceLine, DisputeAnswer)
        .join(
            InvoiceLine,
            sa.and_(
                InvoiceLine.tenant_id == InvoiceDispute.tenant_id,
                InvoiceLine.id == InvoiceDispute.invoice_line_id,
            ),
        )
        .outerjoin(
            DisputeAnswer,
            sa.and_(
                DisputeAnswer.tenant_id == InvoiceDispute.tenant_id,
                DisputeAnswer.dispute_id == InvoiceDispute.id,
            ),
        )
        .where(*conditions)
        .order_by(InvoiceDispute.raised_at.desc())
    )
    return [Disputed(dispute, line, answer) for dispute, line, answer in rows]


def of_invoice(session: ScopedSession, invoice_id: uuid.UUID) -> Sequence[Disputed]:
    return disputes(
        session,
        InvoiceDispute.tenant_id == session.tenant,
        InvoiceDispute.invoice_id == invoice_id,
    )


def dispute(
    session: ScopedSession,
    invoice_id: uuid.UUID,
    line_id: uuid.UUID,
    *,
    reason: str,
    at: dt.datetime,
) -> InvoiceDispute:
    """Say that a line is not accepted, and why.

    Raises:
        BillingRefused: no reason, no such line, or it is disputed and not answered yet.
    """
    if not reason.strip():
        raise BillingRefused("reason", "Say what is wrong with this line")
    line = session.scalar(
        sa.select(InvoiceLine).where(
            InvoiceLine.tenant_id == session.tenant,
            InvoiceLine.invoice_id == invoice_id,
            InvoiceLine.id == line_id,
        )
    )
    if line is None:
        raise BillingRefused("line", "Choose the line")
    if any(d.line.id == line_id and d.answer is None for d in of_invoice(session, invoice_id)):
        raise BillingRefused("line", "This line is disputed already: we are looking into it")
    made = InvoiceDispute(
        tenant_id=session.tenant,
        id=new_id(),
        invoice_id=invoice_id,
        invoice_line_id=line_id,
        reason=reason.strip(),
        raised_at=at,
        raised_by=session.scope.person,
    )
    session.add(made)
    session.flush()
    audit(session, "line disputed", subject_kind="invoice", subject_id=invoice_id, at=at)
    return made


def answer(
    session: ScopedSession, dispute_id: uuid.UUID, *, upheld: bool, text: str, at: dt.datetime
) -> DisputeAnswer:
    """Answer a dispute. Whoever upholds it credits the line next.

    Raises:
        BillingRefused: no such dispute, no text, or it is answered already.
    """
    if not text.strip():
        raise BillingRefused("answer", "Say why: the authority reads it")
    found = disputes(
        session, InvoiceDispute.tenant_id == session.tenant, InvoiceDispute.id == dispute_id
    )
    if not found:
        raise BillingRefused("dispute", "There is no such dispute")
    if found[0].answer is not None:
        raise BillingRefused("dispute", "This dispute is answered already")
    made = DisputeAnswer(
        tenant_id=session.tenant,
        id=new_id(),
        dispute_id=dispute_id,
        upheld=upheld,
        answer=text.strip(),
        answered_at=at,
        answered_by=session.scope.person,
    )
    session.add(made)
    session.flush()
    audit(session, "dispute answered", subject_kind="invoice",
          subject_id=found[0].dispute.invoice_id, at=at, upheld=upheld)  # fmt: skip
    return made
