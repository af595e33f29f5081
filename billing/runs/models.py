"""The tables of runs: what finance asked of all authorities at once, and what became of each part.

A run is asked for by a page and done by the worker. Each part is done in a transaction that also
writes down that it is done, so that a worker killed anywhere has done a part whole or not at all.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import APPEND, READ, WRITE, Base, TenantRow, Wall, new_id
from saas.database.scope import LoginRole
from tenants.subscribers.models import of_tenant

DRAFTING, APPROVING, ISSUING = "draft", "approve", "issue"


class InvoiceRun(Base):
    """Drafting, approving or issuing a period for many authorities. Finance alone reads it.

    `asked` names the parts by ids alone: the tenant, and for approving and issuing
    the draft with the fingerprint that was seen.
    """

    __tablename__ = "invoice_run"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('draft', 'approve', 'issue')", name="kind_is_known"),
        sa.CheckConstraint("period_to >= period_from", name="ends_after_it_starts"),
        # Asked for twice by an impatient hand, or by two people: one run of a period at a time.
        sa.Index(
            "uq_invoice_run_at_work",
            "period_from",
            "period_to",
            unique=True,
            postgresql_where=sa.text("finished_at IS NULL"),
        ),
        sa.Index("ix_invoice_run_period_from", "period_from", "period_to", "asked_at"),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={LoginRole.FINANCE: WRITE, LoginRole.FINANCE_READER: READ},
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    period_from: Mapped[dt.date]
    period_to: Mapped[dt.date]
    asked: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    asked_at: Mapped[dt.datetime]
    asked_by: Mapped[uuid.UUID | None]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]


class InvoiceRunPart(TenantRow, Base):
    """What a run came to for one authority, or for one of its drafts."""

    __tablename__ = "invoice_run_part"
    __table_args__ = (
        of_tenant(),
        sa.ForeignKeyConstraint(["run_id"], ["invoice_run.id"]),
        # What makes doing a part twice impossible, whoever tries at once.
        sa.UniqueConstraint("tenant_id", "run_id", "subject_id"),
        sa.Index("ix_invoice_run_part_run_id", "run_id"),
    )
    wall: ClassVar[Wall] = Wall(grants={LoginRole.FINANCE: APPEND, LoginRole.FINANCE_READER: READ})

    run_id: Mapped[uuid.UUID]
    # The draft that was to be issued; where the whole authority was drafted, the authority.
    subject_id: Mapped[uuid.UUID]
    done_at: Mapped[dt.datetime]
    # Why it was not done; '' when it was. Words for finance, never a name of a child.
    problem: Mapped[str] = mapped_column(default="")
    # What it came to, contract by contract: billing.runs.actions.RunEntry.
    entries: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
