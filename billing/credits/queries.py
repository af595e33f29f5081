"""What is read of credit notes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from billing.ledger.credit_notes import CreditNote, CreditNoteLine
from billing.vat import Treatment, VatGroup, vat_by_rate
from saas.database.scope import ScopedSession


def notes_of(session: ScopedSession, invoice_id: uuid.UUID) -> Sequence[CreditNote]:
    return session.scalars(
        sa.select(CreditNote)
        .where(CreditNote.tenant_id == session.tenant, CreditNote.invoice_id == invoice_id)
        .order_by(CreditNote.issued_at)
    ).all()


def vat_of_note(session: ScopedSession, note: CreditNote) -> list[VatGroup]:
    """What a credit note takes back, by treatment and rate."""
    lines = session.scalars(
        sa.select(CreditNoteLine).where(
            CreditNoteLine.tenant_id == session.tenant, CreditNoteLine.credit_note_id == note.id
        )
    ).all()
    told = [(line.vat_treatment, line.vat_rate, line.net_pence) for line in lines]
    return [
        VatGroup(
            Treatment(treatment),
            rate,
            sum(net for own, at, net in told if (own, at) == (treatment, rate)),
            vat,
        )
        for (treatment, rate), vat in vat_by_rate(told, note.vat_pence).items()
    ]


def find_note(session: ScopedSession, note_id: uuid.UUID) -> CreditNote | None:
    return session.get(CreditNote, (session.tenant, note_id))
