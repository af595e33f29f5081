"""The table of requests: who asks, how it was made sure of, what was decided, and when."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, ERASE_WITH_THE_REST, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.subscribers.models import of_tenant

OUTCOMES = {
    "given": "Given what is held",
    "nothing": "Nothing is held",
    "refused": "Refused, with the reason and where to complain",
    "withdrawn": "The person took it back",
}
HOW = {
    "known": "Known to us: asked by an address that we write to",
    "document": "A document was shown",
    "questions": "Answered questions that nobody else could",
    "representative": "Somebody acts for them, with authority shown",
}


class SubjectRequest(TenantRow, Base):
    """That a child, a young person or a party asks what is held about them.

    It names nobody: it leads to the child or the parties of cases, and to nothing once these are
    erased. What it says stays with the provider.
    """

    __tablename__ = "subject_request"
    __table_args__ = (
        of_tenant(),
        sa.Index("ix_subject_request_tenant_id_received_on", "tenant_id", "received_on"),
        sa.Index(
            "ix_subject_request_unanswered",
            "tenant_id",
            postgresql_where=sa.text("answered_on IS NULL"),
        ),
        sa.CheckConstraint(f"how_known IS NULL OR how_known IN {tuple(HOW)}", name="how_is_known"),
        sa.CheckConstraint(
            "(identity_on IS NULL) = (how_known IS NULL)", name="who_asks_is_known_somehow"
        ),
        sa.CheckConstraint(
            f"outcome IS NULL OR outcome IN {tuple(OUTCOMES)}", name="outcome_is_known"
        ),
        sa.CheckConstraint(
            "(answered_on IS NULL) = (outcome IS NULL)", name="an_answer_has_an_outcome"
        ),
        sa.CheckConstraint(
            "(extended_on IS NULL) = (extended_because IS NULL)", name="more_time_has_a_reason"
        ),
        sa.CheckConstraint(
            "identity_on >= received_on AND acknowledged_on >= received_on"
            " AND extended_on >= received_on AND answered_on >= received_on",
            name="nothing_comes_before_it",
        ),
        sa.CheckConstraint(
            "made_at IS NULL OR identity_on IS NOT NULL", name="nothing_is_given_to_a_stranger"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.PROVIDER: Grant(
                select=ALL,
                insert=ALL,
                update=(
                    *("identity_on", "how_known", "acknowledged_on", "extended_on"),
                    *("extended_because", "decisions", "made_at", "answered_on", "outcome"),
                    "outcome_words",
                ),
            ),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.ERASER: ERASE_WITH_THE_REST,
        }
    )

    # The side on which the person stands in their cases.
    side: Mapped[str]
    # The cases that the answer covers: each with its id and the party in it that asks, if one is.
    cases: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    received_on: Mapped[dt.date]
    identity_on: Mapped[dt.date | None]
    how_known: Mapped[str | None]
    acknowledged_on: Mapped[dt.date | None]
    extended_on: Mapped[dt.date | None]
    extended_because: Mapped[str | None]
    # What was decided otherwise than proposed: by item, whether it is given.
    decisions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # When the file was made; it can be taken away for some days from then.
    made_at: Mapped[dt.datetime | None]
    answered_on: Mapped[dt.date | None]
    outcome: Mapped[str | None]
    outcome_words: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]
    recorded_by_name: Mapped[str]
