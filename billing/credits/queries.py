"""What is read of credit notes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from billing.ledger.credit_notes import CreditNote
from saas.database.scope import ScopedSession


def notes_of(session: ScopedSession, invoice_id: uuid.UUID) -> Sequence[CreditNote]:
    return session.scalars(
        sa.select(CreditNote)
        .where(CreditNote.tenant_id == session.tenant, CreditNote.invoice_id == invoice_id)
        .order_by(CreditNote.issued_at)
    ).all()


def find_note(session: ScopedSession, note_id: uuid.UUID) -> CreditNote | None:
    return session.get(CreditNote, (session.tenant, note_id))
