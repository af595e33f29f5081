"""The panel's members, where they work, when they are away, and what stands in their way.

Members are the provider's, not a tenant's: they are written by a login role of their own, which
reaches these tables and no case. A conflict of interest names an authority or one of its
families, so it is the tenant's, and the provider's alone to see.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import (
    ALL,
    ERASE,
    READ,
    WRITE,
    Base,
    Grant,
    TenantRow,
    Wall,
    new_id,
)
from saas.database.scope import LoginRole
from tenants.panel.members import RegisterBody
from tenants.subscribers.models import of_tenant

READ_AT_WORK = {LoginRole.PROVIDER: READ, LoginRole.PROVIDER_READER: READ}
LISTED = Grant(select=ALL, insert=ALL, delete=True)


class PanelMember(Base):
    """A mediator or facilitator, by the person who signs in. Never deleted: cases name them."""

    __tablename__ = "panel_member"
    __table_args__ = (
        sa.CheckConstraint("mediates OR facilitates", name="does_something"),
        sa.CheckConstraint(
            f"register_body IN ({', '.join(repr(b.value) for b in RegisterBody)})",
            name="register_body_is_known",
        ),
        sa.CheckConstraint("cpd_hours >= 0", name="cpd_hours_are_counted"),
    )
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.PANEL: WRITE, **READ_AT_WORK})

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    mediates: Mapped[bool]
    facilitates: Mapped[bool]
    register_body: Mapped[str]
    register_number: Mapped[str]
    register_expires_on: Mapped[dt.date | None]
    # Hours of continuing professional development in the twelve months before cpd_on.
    cpd_hours: Mapped[int]
    cpd_on: Mapped[dt.date | None]
    dbs_on: Mapped[dt.date | None]
    dbs_expires_on: Mapped[dt.date | None]
    insurance_expires_on: Mapped[dt.date | None]
    languages: Mapped[str] = mapped_column(default="")
    # A local authority, an ICB or NHS England: such a person may not mediate
    # (Children and Families Act 2014 s.56).
    public_employer: Mapped[str | None]
    left_on: Mapped[dt.date | None]


class PanelArea(Base):
    """An authority that a member works for; one without any works everywhere."""

    __tablename__ = "panel_area"
    wall: ClassVar[Wall] = Wall(
        tenant_column=None, grants={LoginRole.PANEL: LISTED, **READ_AT_WORK}
    )

    person_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("panel_member.person_id"), primary_key=True
    )
    dfe_number: Mapped[str] = mapped_column(
        sa.ForeignKey("education_authority.dfe_number"), primary_key=True
    )


class PanelAbsence(Base):
    """Days on which a member cannot be had, first and last included."""

    __tablename__ = "panel_absence"
    __table_args__ = (
        sa.CheckConstraint("last_day >= first_day", name="ends_after_it_starts"),
        sa.Index("ix_panel_absence_person_id", "person_id"),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None, grants={LoginRole.PANEL: LISTED, **READ_AT_WORK}
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("panel_member.person_id"))
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]


class PanelConflict(TenantRow, Base):
    """Why a member must not act for an authority, or in one of its cases."""

    __tablename__ = "panel_conflict"
    __table_args__ = (
        of_tenant(),
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.Index("ix_panel_conflict_tenant_id_person_id", "tenant_id", "person_id"),
        sa.CheckConstraint("length(trim(reason)) > 0", name="a_conflict_has_a_reason"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: Grant(select=ALL, insert=ALL, delete=True),
            LoginRole.PROVIDER_READER: READ,
        }
    )

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    # The case of the family concerned; None for the whole authority.
    case_id: Mapped[uuid.UUID | None]
    reason: Mapped[str]
    recorded_at: Mapped[dt.datetime]
    recorded_by_name: Mapped[str]
