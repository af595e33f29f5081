"""The summary tables, kept in step with the cases by triggers (migration 0003); packs and keys.

`measured_case` says of each case what it adds to which counter and when, and by what it is broken
down; `month_tally` is the sum of that. Both are written in the transaction that changes a case.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import (
    ALL,
    ERASE_WITH_THE_REST,
    READ,
    WRITE,
    WRITE_AND_DELETE,
    Base,
    Grant,
    TenantRow,
    Wall,
)
from saas.database.scope import LoginRole
from tenants.statistics.measures.definitions import COUNTERS
from tenants.subscribers.models import of_tenant

_GRANTS = {
    LoginRole.PROVIDER: WRITE_AND_DELETE,
    LoginRole.PROVIDER_READER: READ,
    LoginRole.AUTHORITY: READ,
}

MEASURED_FOR_AUTHORITY = (
    "tenant_id",
    "case_id",
    "service",
    "route",
    "decision_type",
    "need",
    "age_band",
    "phase",
    "delay_cause",
    "held_on",
    "wait_days",
    "shared_counters",
    "shared_days",
)


class MeasuredCase(Base):
    """What one case adds to the counters: three arrays of equal length, an event a place.

    The authority sees which cases are behind a number, but of no case what the family chose or
    answered: those events are in columns that its role does not read.
    """

    __tablename__ = "measured_case"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.Index("ix_measured_case_tenant_id_held_on", "tenant_id", "held_on"),
        sa.Index("ix_measured_case_held_on", "held_on", "tenant_id", "wait_days"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={**_GRANTS, LoginRole.AUTHORITY: Grant(select=MEASURED_FOR_AUTHORITY)}
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    case_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    service: Mapped[str]
    route: Mapped[str]
    decision_type: Mapped[str]
    need: Mapped[str]
    age_band: Mapped[str]
    phase: Mapped[str]
    mediator: Mapped[str]
    delay_cause: Mapped[str]
    # Of a mediation held: the day, and the days since the authority was told, if that is known.
    held_on: Mapped[dt.date | None]
    wait_days: Mapped[int | None]
    counters: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    days: Mapped[list[dt.date]] = mapped_column(ARRAY(sa.Date))
    # Who answered, for an evaluation; nothing for all else.
    participants: Mapped[list[str | None]] = mapped_column(ARRAY(sa.Text))
    # The same without what was told in confidence: the family's choice and its answers.
    shared_counters: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    shared_days: Mapped[list[dt.date]] = mapped_column(ARRAY(sa.Date))


class MonthTally(Base):
    """The counters of one month of one tenant, for all its cases or for one value of a breakdown.

    A column for each counter of `measures.COUNTERS`.
    """

    __tablename__ = "month_tally"
    __table__ = sa.Table(
        "month_tally",
        Base.metadata,
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("subscriber.id"), primary_key=True),
        sa.Column("breakdown", sa.Text, primary_key=True),
        sa.Column("month", sa.Date, primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        *(
            sa.Column(counter.key, sa.Integer, nullable=False, server_default=sa.text("0"))
            for counter in COUNTERS
        ),
        sa.Index("ix_month_tally_breakdown_month", "breakdown", "month", "tenant_id"),
    )
    # Its owner's functions compare authorities by the totals and by decision; they read no other
    # row of a tenant.
    wall: ClassVar[Wall] = Wall(grants=_GRANTS, owner="breakdown IN ('all', 'decision_type')")


class ReportPack(TenantRow, Base):
    """A report of one period to one authority: a draft until a manager releases it, then fixed.

    A trigger refuses every change of a released one.
    """

    __tablename__ = "report_pack"
    __table_args__ = (
        of_tenant(),
        sa.UniqueConstraint("tenant_id", "period"),
        sa.Index("ix_report_pack_period", "period", "tenant_id"),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_by_name IS NULL)", name="a_release_names_who"
        ),
        sa.CheckConstraint(
            "released_at IS NULL OR length(trim(commentary)) > 0", name="a_release_has_commentary"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.PROVIDER: WRITE,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(select=ALL, rows="released_at IS NOT NULL"),
        }
    )

    # As an address writes it: 2026-q1, 2025.
    period: Mapped[str]
    made_at: Mapped[dt.datetime]
    commentary: Mapped[str] = mapped_column(default="")
    # What the pack says, so that the paper can be made again, word for word.
    content: Mapped[dict[str, Any]]
    pdf: Mapped[bytes] = mapped_column(sa.LargeBinary)
    xlsx: Mapped[bytes] = mapped_column(sa.LargeBinary)
    released_at: Mapped[dt.datetime | None]
    released_by: Mapped[uuid.UUID | None]
    released_by_name: Mapped[str | None]


class ApiToken(TenantRow, Base):
    """A key of an authority's own system to the API. Only its hash is kept."""

    __tablename__ = "api_token"
    __table_args__ = (
        of_tenant(),
        sa.UniqueConstraint("tenant_id", "token_hash"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.AUTHORITY: Grant(select=ALL, insert=ALL, update=("revoked_at",)),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.ERASER: ERASE_WITH_THE_REST,
        }
    )

    name: Mapped[str]
    token_hash: Mapped[str]
    # What it may ask for, as words with spaces between: 'statistics cases sen2'.
    allows: Mapped[str]
    made_at: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID | None]
    expires_on: Mapped[dt.date]
    revoked_at: Mapped[dt.datetime | None]


class ApiUse(TenantRow, Base):
    """How often a key asked in its latest minute and in the one before: one row a key.

    In the database, so that the limit holds over all processes that serve. `id` is the key's.
    """

    __tablename__ = "api_use"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "id"], ["api_token.tenant_id", "api_token.id"]),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.AUTHORITY: Grant(
                select=ALL, insert=ALL, update=("minute", "asked", "asked_before")
            ),
            LoginRole.ERASER: ERASE_WITH_THE_REST,
        }
    )

    minute: Mapped[dt.datetime]
    asked: Mapped[int]
    asked_before: Mapped[int]
