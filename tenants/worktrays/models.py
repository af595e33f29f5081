"""Who of an authority's team looks after a case: the authority's own to say."""

from __future__ import annotations

import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import READ, WRITE_AND_DELETE, Base, Grant, Wall
from saas.database.scope import LoginRole


class CaseOfficer(Base):
    """The one of an authority's team who looks after a case; no row where nobody does."""

    __tablename__ = "case_officer"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.Index("ix_case_officer_tenant_id_officer_id", "tenant_id", "officer_id"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(
                select=("tenant_id", "case_id"), delete=True, rows="case_id = scope_person()"
            ),
            LoginRole.AUTHORITY: WRITE_AND_DELETE,
            LoginRole.WORKER: READ,
            LoginRole.PROVIDER: READ,
            LoginRole.PROVIDER_READER: READ,
        }
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    case_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    officer_id: Mapped[uuid.UUID]
