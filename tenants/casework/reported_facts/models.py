"""The table of what was said through other doors than the provider's, and is not taken in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.database.base import ALL, ERASE, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.casework.audiences import OF_FAMILYS_CASE


class ReportedFact(TenantRow, Base):
    """A fact that somebody recorded through another door than the provider's, not yet taken in.

    Who records it there may add the fact and this row, nothing else; where the case stands, and
    whoever listens, follows in the provider's scope (see `taking_in`). The row is gone then.
    """

    __tablename__ = "said_fact"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "fact_id"], ["case_fact.tenant_id", "case_fact.id"]),
        sa.Index("ix_said_fact_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index("ix_said_fact_tenant_id_fact_id", "tenant_id", "fact_id"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: Grant(select=ALL, delete=True),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(insert=ALL),
            LoginRole.FAMILY: Grant(insert=ALL, rows=OF_FAMILYS_CASE),
        }
    )

    # Whoever says something may not read what others said, so nothing is fetched back.
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012

    case_id: Mapped[uuid.UUID]
    fact_id: Mapped[uuid.UUID]
    said_at: Mapped[dt.datetime]
