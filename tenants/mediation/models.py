"""Who takes part in a meeting beside the parties themselves."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.database.base import ALL, ERASE, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.casework.audiences import OF_FAMILYS_CASE
from tenants.casework.kinds import Side, one_of

SHOWN = ("tenant_id", "id", "case_id", "side", "name", "role")


class Participant(TenantRow, Base):
    """Someone whom a side brings. Whom a family brings is its own choice: nobody may refuse
    (Kumar v LB Hillingdon [2020] EWHC 3362 (Admin)), so there is nothing to accept here."""

    __tablename__ = "participant"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.Index("ix_participant_tenant_id_case_id", "tenant_id", "case_id"),
        sa.CheckConstraint(one_of("side", Side), name="side_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: Grant(select=ALL, insert=ALL, delete=True),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(select=SHOWN, insert=ALL, writes="side = 'authority'"),
            LoginRole.FAMILY: Grant(
                select=SHOWN, insert=ALL, rows=OF_FAMILYS_CASE, writes="side = 'family'"
            ),
        }
    )

    case_id: Mapped[uuid.UUID]
    side: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    added_at: Mapped[dt.datetime]
    added_by_name: Mapped[str]
