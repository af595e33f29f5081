"""Which invoices are claims for late payment."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from billing.debts.models import LatePaymentClaim
from saas.database.scope import ScopedSession


def claim_invoices(session: ScopedSession) -> set[uuid.UUID]:
    """The invoices that claim for late payment: no interest runs on interest, and they bill no
    period of a contract."""
    return set(session.scalars(sa.select(LatePaymentClaim.claim_invoice_id)))
