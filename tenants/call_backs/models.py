"""When advisers can be called upon, which times are taken, and which family has which.

Hours and taken times are the provider's, of no tenant: one adviser speaks with families of every
authority. They name nobody but the adviser; whose call it is stands in the tenant's own row.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, ERASE, READ, WRITE, Base, Grant, TenantRow, Wall, new_id
from saas.database.scope import LoginRole
from tenants.call_backs.kinds import CallState
from tenants.casework.kinds import one_of
from tenants.casework.models import of_case

LISTED = Grant(select=ALL, insert=ALL, delete=True)
READ_BY_ALL_WHO_CHOOSE = {
    LoginRole.PROVIDER: READ,
    LoginRole.PROVIDER_READER: READ,
    LoginRole.FAMILY: READ,
    LoginRole.PUBLIC: READ,
}
# A taken time is no more than that to whoever looks for a free one.
TIMES_ALONE = Grant(select=("person_id", "starts_at"))


class AdviserHours(Base):
    """A stretch of every week in which an adviser makes calls, in London's time."""

    __tablename__ = "adviser_hours"
    __table_args__ = (
        sa.CheckConstraint("weekday BETWEEN 0 AND 4", name="weekday_is_worked"),
        sa.CheckConstraint("to_time > from_time", name="ends_after_it_starts"),
        sa.CheckConstraint(
            "from_time >= TIME '09:00' AND to_time <= TIME '18:00'", name="in_the_services_hours"
        ),
        sa.CheckConstraint("most BETWEEN 1 AND 18", name="most_is_a_number_of_calls"),
        sa.Index("ix_adviser_hours_person_id", "person_id"),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None, grants={LoginRole.PANEL: LISTED, **READ_BY_ALL_WHO_CHOOSE}
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    # Monday is 0.
    weekday: Mapped[int]
    from_time: Mapped[dt.time]
    to_time: Mapped[dt.time]
    # The most calls of one day in this stretch.
    most: Mapped[int]


class AdviserAbsence(Base):
    """Days on which an adviser makes no calls, first and last included."""

    __tablename__ = "adviser_absence"
    __table_args__ = (
        sa.CheckConstraint("last_day >= first_day", name="ends_after_it_starts"),
        sa.Index("ix_adviser_absence_person_id", "person_id"),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None, grants={LoginRole.PANEL: LISTED, **READ_BY_ALL_WHO_CHOOSE}
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]


class AdviserSlot(Base):
    """A time of an adviser that is taken. Its key is what keeps two families from one time."""

    __tablename__ = "adviser_slot"
    __table_args__ = (sa.Index("ix_adviser_slot_starts_at", "starts_at"),)
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={
            LoginRole.PROVIDER: LISTED,
            LoginRole.PROVIDER_READER: TIMES_ALONE,
            LoginRole.FAMILY: TIMES_ALONE,
            LoginRole.PUBLIC: TIMES_ALONE,
        },
    )

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    starts_at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    call_back_id: Mapped[uuid.UUID] = mapped_column(unique=True)


class CallBack(TenantRow, Base):
    """A call that is booked for one of a family, and what became of it."""

    __tablename__ = "call_back"
    __table_args__ = (
        of_case(),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["case_party.tenant_id", "case_party.id"]
        ),
        sa.CheckConstraint(one_of("state", CallState), name="state_is_known"),
        sa.Index("ix_call_back_tenant_id_case_id", "tenant_id", "case_id"),
        # A family has one call before it at a time.
        sa.Index(
            "uq_call_back_booked",
            "tenant_id",
            "case_id",
            unique=True,
            postgresql_where=sa.text("state = 'booked'"),
        ),
        # Those of all tenants: for the provider's own list and calendars.
        sa.Index("ix_call_back_starts_at", "starts_at", "tenant_id"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: WRITE,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.FAMILY: Grant(
                select=("tenant_id", "id", "case_id", "party_id", "starts_at", "state"),
                rows="case_id = scope_person()",
            ),
            LoginRole.WORKER: Grant(
                select=("tenant_id", "id", "case_id", "party_id", "starts_at", "state")
            ),
        }
    )

    case_id: Mapped[uuid.UUID]
    party_id: Mapped[uuid.UUID]
    adviser_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    starts_at: Mapped[dt.datetime]
    state: Mapped[str]
    booked_at: Mapped[dt.datetime]
    booked_by_name: Mapped[str]
    ended_at: Mapped[dt.datetime | None]
    ended_by_name: Mapped[str | None]
