"""How an authority stands: suspended, leaving, and who comes after it. Its tables."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.subscribers.models import of_tenant

REASONS = {
    "unpaid": "Invoices are not paid",
    "contract": "There is no contract at the moment",
    "other": "Another reason",
}


class AuthoritySuspension(TenantRow, Base):
    """That an authority's people read, and change nothing, from a day until it is lifted.

    `begun_at` is set once its first day has come: from then on the database itself refuses what
    the role `authority` would write.
    """

    __tablename__ = "authority_suspension"
    __table_args__ = (
        of_tenant(),
        sa.CheckConstraint(f"reason IN {tuple(REASONS)}", name="reason_is_known"),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_name IS NULL)", name="somebody_lifted_it"
        ),
        sa.Index(
            "uq_authority_suspension_standing",
            "tenant_id",
            unique=True,
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
    )
    wall: ClassVar[Wall] = Wall(
        # The trigger that refuses writing asks whether it has begun.
        owner="tenant_id = scope_tenant()",
        grants={
            LoginRole.PROVIDER: Grant(
                select=ALL,
                insert=ALL,
                update=(
                    *("reason", "words", "first_day", "told_at", "begun_at"),
                    *("lifted_at", "lifted_by_name", "lifting_told_at"),
                ),
            ),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.FINANCE: READ,
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: Grant(
                select=("tenant_id", "id", "reason", "words", "first_day", "lifted_at")
            ),
            LoginRole.IDENTITY: Grant(
                select=("tenant_id", "reason", "first_day", "lifted_at"), rows="lifted_at IS NULL"
            ),
            LoginRole.WORKER: Grant(select=ALL, update=("told_at", "begun_at", "lifting_told_at")),
        },
    )

    reason: Mapped[str]
    # What the authority reads besides: which invoices, what was agreed.
    words: Mapped[str] = mapped_column(default="")
    first_day: Mapped[dt.date]
    suspended_at: Mapped[dt.datetime]
    suspended_by: Mapped[uuid.UUID | None]
    suspended_by_name: Mapped[str]
    # When its managers and finance were written to; None while that is to be done.
    told_at: Mapped[dt.datetime | None]
    begun_at: Mapped[dt.datetime | None]
    lifted_at: Mapped[dt.datetime | None]
    lifted_by_name: Mapped[str | None]
    lifting_told_at: Mapped[dt.datetime | None]


class AuthorityLeaving(TenantRow, Base):
    """That an authority leaves: its last day, and until when its people may still read.

    `subscriber.subscribed_to` is the same last day, as the public pages read it.
    """

    __tablename__ = "authority_leaving"
    __table_args__ = (
        of_tenant(),
        sa.CheckConstraint("reads_until >= last_day", name="reads_until_the_last_day_or_longer"),
        sa.CheckConstraint(
            "(taken_back_at IS NULL) = (taken_back_by_name IS NULL)", name="somebody_took_it_back"
        ),
        sa.Index(
            "uq_authority_leaving_standing",
            "tenant_id",
            unique=True,
            postgresql_where=sa.text("taken_back_at IS NULL"),
        ),
    )
    wall: ClassVar[Wall] = Wall(
        owner="tenant_id = scope_tenant()",
        grants={
            LoginRole.PROVIDER: Grant(
                select=ALL,
                insert=ALL,
                update=(
                    *("last_day", "reads_until", "reason", "told_at", "ended_at"),
                    *("access_ended_at", "taken_back_at", "taken_back_by_name"),
                ),
            ),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.FINANCE: READ,
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: Grant(
                select=("tenant_id", "id", "last_day", "reads_until", "taken_back_at")
            ),
            LoginRole.IDENTITY: Grant(
                select=("tenant_id", "last_day", "reads_until", "taken_back_at"),
                rows="taken_back_at IS NULL",
            ),
            LoginRole.WORKER: Grant(select=ALL, update=("told_at", "ended_at", "access_ended_at")),
        },
    )

    last_day: Mapped[dt.date]
    reads_until: Mapped[dt.date]
    # The provider's own note of why.
    reason: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]
    recorded_by_name: Mapped[str]
    told_at: Mapped[dt.datetime | None]
    # When the worker saw that the last day is over, and that reading is.
    ended_at: Mapped[dt.datetime | None]
    access_ended_at: Mapped[dt.datetime | None]
    taken_back_at: Mapped[dt.datetime | None]
    taken_back_by_name: Mapped[str | None]


class AuthoritySuccessor(TenantRow, Base):
    """Who takes over from an authority, wholly or in part, from a day: a merger or a split."""

    __tablename__ = "authority_successor"
    __table_args__ = (
        of_tenant(),
        sa.ForeignKeyConstraint(["dfe_number"], ["education_authority.dfe_number"]),
        sa.Index(
            "uq_authority_successor_standing",
            "tenant_id",
            "dfe_number",
            unique=True,
            postgresql_where=sa.text("taken_back_at IS NULL"),
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.PROVIDER: Grant(select=ALL, insert=ALL, update=("from_day", "taken_back_at")),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(
                select=("tenant_id", "id", "dfe_number", "from_day", "taken_back_at")
            ),
            # Who looks after a place is public.
            LoginRole.PUBLIC: Grant(
                select=("tenant_id", "dfe_number", "from_day", "taken_back_at"),
                rows="taken_back_at IS NULL",
            ),
        }
    )

    dfe_number: Mapped[str]
    from_day: Mapped[dt.date]
    recorded_at: Mapped[dt.datetime]
    recorded_by_name: Mapped[str]
    taken_back_at: Mapped[dt.datetime | None]


def join_standing(
    statement: sa.Select[*tuple[Any, ...]], tenant_id: Any
) -> sa.Select[*tuple[Any, ...]]:
    """With the suspension and the leaving that stand for an authority, where there are any.

    Args:
        tenant_id: the column of the statement that says which authority.
    """
    return statement.outerjoin(
        AuthoritySuspension,
        sa.and_(
            AuthoritySuspension.tenant_id == tenant_id, AuthoritySuspension.lifted_at.is_(None)
        ),
    ).outerjoin(
        AuthorityLeaving,
        sa.and_(AuthorityLeaving.tenant_id == tenant_id, AuthorityLeaving.taken_back_at.is_(None)),
    )
