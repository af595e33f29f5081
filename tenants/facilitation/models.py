"""The meeting that is facilitated, who is invited, its papers and its action points."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, APPEND, ERASE, READ, WRITE, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.casework.audiences import FOR_FAMILY, OF_FAMILYS_CASE
from tenants.casework.kinds import Side, one_of
from tenants.casework.models import AUDIENCE_KNOWN, FOR_AUTHORITY


class MeetingType(StrEnum):
    """What meetings are facilitated (domain.md, section 2)."""

    ANNUAL_REVIEW = "annual_review"
    TEAM_AROUND_THE_CHILD = "team_around_the_child"
    DRAFT_PLAN = "draft_plan"
    EHC_PLAN = "ehc_plan"
    IEP = "iep"
    OTHER = "other"


class PaperKind(StrEnum):
    AGENDA = "agenda"
    SUMMARY = "summary"


MEETING_WORDS = {
    MeetingType.ANNUAL_REVIEW: "Annual review",
    MeetingType.TEAM_AROUND_THE_CHILD: "Team around the child",
    MeetingType.DRAFT_PLAN: "Discussion of a draft plan",
    MeetingType.EHC_PLAN: "Discussion of an EHC plan",
    MeetingType.IEP: "Individual education plan",
    MeetingType.OTHER: "Another meeting",
}


MEETING_FOR_FAMILY = (
    "tenant_id",
    "case_id",
    "meeting_type",
    "purpose",
    "requested_by",
    "requested_by_side",
)
PAPER_FOR_FAMILY = (
    "tenant_id",
    "id",
    "case_id",
    "kind",
    "audience",
    "text",
    "written_at",
    "written_by_name",
)
POINT_FOR_FAMILY = (
    "tenant_id",
    "id",
    "case_id",
    "what",
    "who",
    "side",
    "agreed_on",
    "due_on",
    "done_on",
)
INVITEE_FOR_PARTIES = ("tenant_id", "id", "case_id", "name", "role", "side", "coming")


def _of_case() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"])


class FacilitatedMeeting(Base):
    """What is to be facilitated and who asked for it: one a case."""

    __tablename__ = "facilitated_meeting"
    __table_args__ = (
        _of_case(),
        sa.CheckConstraint(one_of("meeting_type", MeetingType), name="meeting_type_is_known"),
        sa.CheckConstraint(one_of("requested_by_side", Side), name="requested_by_side_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(
                select=("tenant_id", "case_id"), delete=True, rows=OF_FAMILYS_CASE
            ),
            LoginRole.PROVIDER: WRITE,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: READ,
            LoginRole.FAMILY: Grant(select=MEETING_FOR_FAMILY, rows=OF_FAMILYS_CASE),
        }
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    case_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    meeting_type: Mapped[str]
    purpose: Mapped[str]
    requested_by: Mapped[str]
    requested_by_side: Mapped[str]


class Invitee(TenantRow, Base):
    """Someone invited. How to reach them is the provider's to know."""

    __tablename__ = "invitee"
    __table_args__ = (
        _of_case(),
        sa.Index("ix_invitee_tenant_id_case_id", "tenant_id", "case_id"),
        sa.CheckConstraint(one_of("side", Side), name="side_is_known"),
        sa.CheckConstraint("coming IN ('asked', 'yes', 'no')", name="coming_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: WRITE,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(select=INVITEE_FOR_PARTIES),
            LoginRole.FAMILY: Grant(select=INVITEE_FOR_PARTIES, rows=OF_FAMILYS_CASE),
        }
    )

    case_id: Mapped[uuid.UUID]
    name: Mapped[str]
    role: Mapped[str]
    side: Mapped[str]
    email: Mapped[str | None]
    coming: Mapped[str] = mapped_column(default="asked")


class FacilitationPaper(TenantRow, Base):
    """A version of the agenda or the summary. A draft is the provider's; what is shared stays."""

    __tablename__ = "facilitation_paper"
    __table_args__ = (
        _of_case(),
        sa.Index("ix_facilitation_paper_tenant_id_case_id", "tenant_id", "case_id"),
        sa.CheckConstraint(one_of("kind", PaperKind), name="kind_is_known"),
        sa.CheckConstraint(AUDIENCE_KNOWN, name="audience_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: APPEND,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(select=ALL, rows=FOR_AUTHORITY),
            LoginRole.FAMILY: Grant(select=PAPER_FOR_FAMILY, rows=FOR_FAMILY),
        }
    )

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    audience: Mapped[str]
    text: Mapped[str]
    written_at: Mapped[dt.datetime]
    written_by: Mapped[uuid.UUID | None]
    written_by_name: Mapped[str]


class ActionPoint(TenantRow, Base):
    """What somebody takes on at the meeting, and by when. Agreed in writing by all."""

    __tablename__ = "action_point"
    __table_args__ = (
        _of_case(),
        sa.Index("ix_action_point_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index("ix_action_point_tenant_id_due_on", "tenant_id", "due_on"),
        sa.CheckConstraint(one_of("side", Side), name="side_is_known"),
        sa.CheckConstraint("done_on >= agreed_on", name="done_after_it_was_agreed"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: WRITE,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: READ,
            LoginRole.FAMILY: Grant(select=POINT_FOR_FAMILY, rows=OF_FAMILYS_CASE),
        }
    )

    case_id: Mapped[uuid.UUID]
    what: Mapped[str]
    who: Mapped[str]
    side: Mapped[str]
    agreed_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    done_on: Mapped[dt.date | None]
