"""Events to be told, and who does not want to be told of what."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import (
    ALL,
    ERASE,
    READ,
    WRITE,
    WRITE_AND_DELETE,
    Base,
    Grant,
    TenantRow,
    Wall,
)
from saas.database.scope import LoginRole
from tenants.casework.audiences import FOR_FAMILY
from tenants.casework.kinds import one_of as known
from tenants.casework.models import AUDIENCE_KNOWN, FOR_AUTHORITY
from tenants.notices.topics import EVENTS, Topic

# Whoever acts in a case may cause a notice, in the transaction of the act; who gets it, and where
# they are reached, the worker finds. So an authority causes a family's message and learns nothing.
CAUSED = ("tenant_id", "id", "case_id", "event", "audience", "caused_by", "caused_at")


class CaseNotice(TenantRow, Base):
    """Something that happened in a case and is to be told. It goes or is undone with its cause."""

    __tablename__ = "case_notice"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        # A reminder is given once, however often the day's work is done.
        sa.UniqueConstraint("tenant_id", "once_key"),
        sa.Index("ix_case_notice_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index(
            "ix_case_notice_waiting", "tenant_id", postgresql_where=sa.text("addressed_at IS NULL")
        ),
        sa.CheckConstraint(
            f"event IN ({', '.join(repr(name) for name in EVENTS)})", name="event_is_known"
        ),
        sa.CheckConstraint(AUDIENCE_KNOWN, name="audience_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: Grant(insert=(*CAUSED, "detail")),
            LoginRole.AUTHORITY: Grant(
                insert=CAUSED, rows=FOR_AUTHORITY, writes="caused_by = scope_person()"
            ),
            LoginRole.FAMILY: Grant(insert=CAUSED, rows=FOR_FAMILY, writes="caused_by IS NULL"),
            LoginRole.WORKER: WRITE,
        }
    )

    case_id: Mapped[uuid.UUID]
    event: Mapped[str]
    audience: Mapped[str]
    # Dates and places of a meeting, a due date, where a signing link goes: never words about a
    # child.
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=sa.text("'{}'::jsonb"))
    once_key: Mapped[str | None]
    caused_at: Mapped[dt.datetime]
    # Nobody is told of what they did themselves.
    caused_by: Mapped[uuid.UUID | None]
    addressed_at: Mapped[dt.datetime | None]


class PersonNoticeRefusal(Base):
    """A topic that a person does not want e-mail about."""

    __tablename__ = "person_notice_refusal"
    __table_args__ = (sa.CheckConstraint(known("topic", Topic), name="topic_is_known"),)
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={LoginRole.IDENTITY: WRITE_AND_DELETE, LoginRole.WORKER: READ},
    )

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)


class PartyNoticeRefusal(Base):
    """A topic that somebody of the family, or another party, does not want e-mail about."""

    __tablename__ = "party_notice_refusal"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["case_party.tenant_id", "case_party.id"]
        ),
        sa.CheckConstraint(known("topic", Topic), name="topic_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(select=("tenant_id", "party_id"), delete=True),
            LoginRole.PROVIDER: Grant(select=ALL, insert=ALL, delete=True),
            LoginRole.WORKER: READ,
        }
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    party_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
