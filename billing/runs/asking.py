"""Asking for a run: what a page writes down, for the worker to do."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects.postgresql import insert

from billing.ledger.invoices import InvoiceDraft
from billing.periods import Period
from billing.runs.models import APPROVING, DRAFTING, ISSUING, InvoiceRun
from saas.database.base import new_id
from saas.database.scope import Scope, scoped

# The task of the worker that does runs: saas.jobs.
TASK = "do_invoice_runs"
KIND_WORDS = {DRAFTING: "Drafting", APPROVING: "Approving", ISSUING: "Issuing"}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """One part of a run. For approving and issuing: the draft, as it was seen."""

    tenant: uuid.UUID
    draft: uuid.UUID | None = None
    fingerprint: str = ""

    @property
    def subject(self) -> uuid.UUID:
        return self.draft or self.tenant

    def as_json(self) -> dict[str, str]:
        told = {"tenant": str(self.tenant)}
        if self.draft is not None:
            told |= {"draft": str(self.draft), "fingerprint": self.fingerprint}
        return told

    @classmethod
    def of(cls, told: dict[str, str]) -> Asked:
        draft = told.get("draft")
        return cls(
            uuid.UUID(told["tenant"]),
            uuid.UUID(draft) if draft else None,
            told.get("fingerprint", ""),
        )

    @classmethod
    def draft_as_seen(cls, draft: InvoiceDraft) -> Asked:
        return cls(draft.tenant_id, draft.id, draft.fingerprint)


def ask(
    kind: str,
    period: Period,
    parts: Sequence[Asked],
    *,
    person: uuid.UUID | None,
    at: dt.datetime,
) -> tuple[uuid.UUID, bool]:
    """Write a run down and wake the worker. Its id, and whether it is a new one: a period has one
    run at a time, so asking twice gives the one that is at work.

    Args:
        parts: at least one.
    """
    # The run is no tenant's. Who reads every account writes none, so it is written by the role
    # that finance works with inside one.
    with scoped(Scope.finance(parts[0].tenant, person)) as session:
        made = session.scalar(
            insert(InvoiceRun)
            .values(
                id=new_id(),
                kind=kind,
                period_from=period.first,
                period_to=period.last,
                asked=[part.as_json() for part in parts],
                asked_at=at,
                asked_by=person,
            )
            .on_conflict_do_nothing(
                index_elements=["period_from", "period_to"],
                index_where=sa.text("finished_at IS NULL"),
            )
            .returning(InvoiceRun.id)
        )
        run_id = (
            made
            or session.scalars(
                sa.select(InvoiceRun.id)
                .where(InvoiceRun.period_from == period.first, InvoiceRun.period_to == period.last)
                .order_by(InvoiceRun.asked_at.desc())
                .limit(1)
            ).one()
        )
    _wake_the_worker()
    return run_id, made is not None


def _wake_the_worker() -> None:
    """So that it begins now: every minute it looks by itself."""
    wake = current_app.extensions.get("wake_worker")
    if wake is None:
        return
    try:
        wake(TASK)
    except Exception:
        log.exception("the worker could not be woken: it will look within a minute")
