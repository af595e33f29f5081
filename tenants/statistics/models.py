"""The summary tables, kept in step with the cases by triggers (migration 0003).

`measured_case` says of each case what it adds to which counter and when, and by what it is broken
down; `month_tally` is the sum of that. Both are written in the transaction that changes a case.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import READ, WRITE_AND_DELETE, Base, Wall
from saas.database.scope import LoginRole
from tenants.statistics.measures import COUNTERS

_GRANTS = {
    LoginRole.PROVIDER: WRITE_AND_DELETE,
    LoginRole.PROVIDER_READER: READ,
    LoginRole.AUTHORITY: READ,
}


class MeasuredCase(Base):
    """What one case adds to the counters: three arrays of equal length, an event a place."""

    __tablename__ = "measured_case"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.Index("ix_measured_case_tenant_id_held_on", "tenant_id", "held_on"),
        sa.Index("ix_measured_case_held_on", "held_on", "tenant_id", "wait_days"),
    )
    wall: ClassVar[Wall] = Wall(grants=_GRANTS)

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
    # Its owner's function compares authorities by the totals; it reads no other row of a tenant.
    wall: ClassVar[Wall] = Wall(grants=_GRANTS, owner="breakdown = 'all'")
