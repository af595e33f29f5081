"""The table of breaches."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.subscribers.models import of_tenant

KINDS = {
    "sent": "Sent or shown to the wrong person",
    "lost": "Lost or stolen",
    "access": "Seen by somebody who had no right to",
    "destroyed": "Destroyed or changed",
    "unavailable": "Could not be reached when it was needed",
    "other": "Something else",
}


class Incident(TenantRow, Base):
    """A breach of personal data of one authority's children. Its words name nobody.

    The authority, whose data it is, reads all of it: a processor hides nothing from a controller.
    """

    __tablename__ = "incident"
    __table_args__ = (
        of_tenant(),
        sa.Index("ix_incident_tenant_id_aware_at", "tenant_id", "aware_at"),
        sa.Index("ix_incident_aware_at", "aware_at"),
        sa.CheckConstraint(f"kind IN {tuple(KINDS)}", name="kind_is_known"),
        sa.CheckConstraint("people >= 0", name="people_are_counted"),
        sa.CheckConstraint("aware_at >= happened_at", name="known_after_it_happened"),
        sa.CheckConstraint(
            "commissioner_told_at IS NULL OR no_risk_because = ''",
            name="told_or_not_to_tell",
        ),
        sa.CheckConstraint("closed_at IS NULL OR lesson <> ''", name="closed_with_a_lesson"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(select=("tenant_id", "id", "closed_at")),
            LoginRole.PROVIDER: Grant(
                select=ALL,
                insert=ALL,
                update=(
                    *("words", "people", "commissioner_told_at", "commissioner_reference"),
                    *("no_risk_because", "authority_told_at", "people_told_at", "late_because"),
                    *("closed_at", "lesson"),
                ),
            ),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: READ,
        }
    )

    happened_at: Mapped[dt.datetime]
    aware_at: Mapped[dt.datetime]
    kind: Mapped[str]
    # What happened, whose kind of data, what was done at once; no names.
    words: Mapped[str]
    # About how many people.
    people: Mapped[int]
    commissioner_told_at: Mapped[dt.datetime | None]
    commissioner_reference: Mapped[str] = mapped_column(default="")
    # Why nobody has to be told; and why it was told late.
    no_risk_because: Mapped[str] = mapped_column(default="")
    late_because: Mapped[str] = mapped_column(default="")
    authority_told_at: Mapped[dt.datetime | None]
    people_told_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]
    lesson: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]
