"""The tables of keeping and erasing: the rule, what stops it, and the log of what was erased."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, APPEND, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.casework.kept.models import CasePosition
from tenants.protection.keeping import LEAST_YEARS, MOST_YEARS
from tenants.subscribers.models import of_tenant

# What is due is looked for by the day on which a case closed.
sa.Index("ix_case_position_tenant_id_closed_on", CasePosition.tenant_id, CasePosition.closed_on)


def _of_case() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"])


class RetentionRule(TenantRow, Base):
    """How many years an authority's cases are kept after they close. The latest row holds."""

    __tablename__ = "retention_rule"
    __table_args__ = (
        of_tenant(),
        sa.Index("ix_retention_rule_tenant_id_set_at", "tenant_id", "set_at"),
        sa.CheckConstraint(
            f"years BETWEEN {LEAST_YEARS} AND {MOST_YEARS}", name="years_are_some_and_not_many"
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name="a_rule_has_a_reason"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.PROVIDER: APPEND,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: READ,
            LoginRole.ERASER: READ,
        }
    )

    years: Mapped[int]
    # The clause of the contract, or whatever else the years follow from.
    reason: Mapped[str]
    set_at: Mapped[dt.datetime]
    set_by: Mapped[uuid.UUID | None]
    set_by_name: Mapped[str]


HELD = ("tenant_id", "id", "case_id", "placed_at", "lifted_at")


class LegalHold(TenantRow, Base):
    """That a case is not to be erased for now, and why. The authority learns that it is so."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        _of_case(),
        sa.Index("ix_legal_hold_tenant_id_case_id", "tenant_id", "case_id"),
        sa.CheckConstraint("length(trim(reason)) > 0", name="a_hold_has_a_reason"),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_name IS NULL)"
            " AND (lifted_at IS NULL) = (lifted_because IS NULL)",
            name="a_lifting_says_who_and_why",
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.PROVIDER: Grant(
                select=ALL, insert=ALL, update=("lifted_at", "lifted_by_name", "lifted_because")
            ),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(select=HELD),
            LoginRole.ERASER: Grant(select=HELD, delete=True, rows="case_id = scope_person()"),
        }
    )

    case_id: Mapped[uuid.UUID]
    reason: Mapped[str]
    placed_at: Mapped[dt.datetime]
    placed_by: Mapped[uuid.UUID | None]
    placed_by_name: Mapped[str]
    lifted_at: Mapped[dt.datetime | None]
    lifted_by_name: Mapped[str | None]
    lifted_because: Mapped[str | None]


LOGGED = (
    *("tenant_id", "id", "reference", "closed_on", "kept_until", "years", "asked_on", "asked_at"),
    *("asked_by_name", "taken_back_at", "erased_at", "erased", "files", "files_removed_at"),
)


class CaseErasure(TenantRow, Base):
    """That a case is to be erased, and then the entry in the log that it was.

    Once it is done nothing leads from here to what stays for the figures: `case_id` is empty. A
    trigger refuses what must not be erased, whoever asks.
    """

    __tablename__ = "case_erasure"
    __table_args__ = (
        of_tenant(),
        _of_case(),
        sa.Index("ix_case_erasure_tenant_id_asked_at", "tenant_id", "asked_at"),
        # A case is asked for once at a time.
        sa.Index(
            "ix_case_erasure_waiting",
            "tenant_id",
            "case_id",
            unique=True,
            postgresql_where=sa.text("erased_at IS NULL AND taken_back_at IS NULL"),
        ),
        sa.Index(
            "ix_case_erasure_files_left",
            "tenant_id",
            postgresql_where=sa.text("erased_at IS NOT NULL AND files_removed_at IS NULL"),
        ),
        sa.CheckConstraint("asked_on > kept_until", name="not_before_its_time"),
        sa.CheckConstraint(
            "(erased_at IS NULL) = (case_id IS NOT NULL)", name="what_is_erased_is_not_found_again"
        ),
        sa.CheckConstraint("erased_at IS NULL OR taken_back_at IS NULL", name="done_or_taken_back"),
        sa.CheckConstraint(
            "files_removed_at IS NULL OR erased_at IS NOT NULL", name="files_go_after_the_rows"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.PROVIDER: Grant(
                select=ALL, insert=ALL, update=("taken_back_at", "taken_back_by_name")
            ),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(select=LOGGED),
            LoginRole.ERASER: Grant(
                select=ALL,
                update=("case_id", "erased_at", "erased", "files", "files_left"),
                delete=True,
            ),
            LoginRole.WORKER: Grant(
                select=(
                    *("tenant_id", "id", "case_id", "asked_at", "taken_back_at", "erased_at"),
                    *("files_left", "files_removed_at"),
                ),
                update=("files_left", "files_removed_at", "refused"),
            ),
        },
        # Whether an emptied change was emptied by an erasure that was done.
        owner="erased_at IS NOT NULL",
    )

    case_id: Mapped[uuid.UUID | None]
    reference: Mapped[str]
    closed_on: Mapped[dt.date]
    kept_until: Mapped[dt.date]
    years: Mapped[int]
    asked_on: Mapped[dt.date]
    asked_at: Mapped[dt.datetime]
    asked_by: Mapped[uuid.UUID | None]
    asked_by_name: Mapped[str]
    taken_back_at: Mapped[dt.datetime | None]
    taken_back_by_name: Mapped[str | None]
    # What stopped the last try, as words of `keeping.KEEPS`.
    refused: Mapped[str | None]
    erased_at: Mapped[dt.datetime | None]
    # How many rows of each kind were erased, by the name of the table.
    erased: Mapped[dict[str, Any]] = mapped_column(default=dict)
    files: Mapped[int] = mapped_column(default=0)
    # The keys of stored files that are still to be removed, by a job after the rows are gone.
    files_left: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    files_removed_at: Mapped[dt.datetime | None]
