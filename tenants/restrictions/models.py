"""The table of restrictions and objections, and which cases are restricted now."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole, ScopedSession

# Article 18(1)(a) to (c); an objection restricts until it is decided (18(1)(d), 21(1)).
GROUNDS = {
    "accuracy": "The person says that something is not accurate, and it is being checked",
    "unlawful": "It is unlawful, and the person would have it restricted and not erased",
    "claim": "It is needed no more here, but by the person for a legal claim",
    "objection": "The person objects to its use",
}
DECISIONS = {
    "restricted": "It is restricted",
    "refused": "It is not restricted, or goes on in spite of the objection",
}
SEEN = ("tenant_id", "id", "case_id", "ground", "received_on", "decision", "lifted_on")
# Until it is decided an objection restricts; anything else once that was decided.
IN_FORCE = (
    "lifted_on IS NULL AND (decision = 'restricted' OR ground = 'objection' AND decision IS NULL)"
)


class CaseRestriction(TenantRow, Base):
    """That a person asked for a case's data to be restricted, or objected, and what was decided.

    Both sides see that it is so, and on which ground; the words are the provider's alone.
    """

    __tablename__ = "case_restriction"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.Index("ix_case_restriction_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index(
            "ix_case_restriction_in_force",
            "tenant_id",
            "case_id",
            postgresql_where=sa.text(IN_FORCE),
        ),
        sa.CheckConstraint(f"ground IN {tuple(GROUNDS)}", name="ground_is_known"),
        sa.CheckConstraint(
            f"decision IS NULL OR decision IN {tuple(DECISIONS)}", name="decision_is_known"
        ),
        sa.CheckConstraint("length(trim(words)) > 0", name="it_has_words"),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_on IS NULL) AND (decision IS NULL) = (reason IS NULL)",
            name="a_decision_has_a_day_and_a_reason",
        ),
        sa.CheckConstraint(
            "(lifted_on IS NULL) = (lifted_because IS NULL)"
            " AND (lifted_on IS NULL OR decision = 'restricted' AND told_on <= lifted_on)",
            name="who_asked_is_told_before_it_is_lifted",
        ),
        sa.CheckConstraint(
            "decided_on >= received_on AND lifted_on >= decided_on",
            name="one_follows_the_other",
        ),
    )
    wall: ClassVar[Wall] = Wall(
        # The trigger that refuses writing asks which cases are restricted, whoever writes.
        owner="tenant_id = scope_tenant()",
        grants={
            LoginRole.PROVIDER: Grant(
                select=ALL,
                insert=ALL,
                update=(
                    *("decision", "decided_on", "reason"),
                    *("told_on", "lifted_on", "lifted_because"),
                ),
            ),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(select=SEEN),
            LoginRole.FAMILY: Grant(select=SEEN, rows="case_id = scope_person()"),
            LoginRole.ERASER: Grant(
                select=("tenant_id", "id", "case_id", "ground", "decision", "lifted_on"),
                delete=True,
                rows="case_id = scope_person()",
            ),
        },
    )

    case_id: Mapped[uuid.UUID]
    ground: Mapped[str]
    # Who asked, and for what, in words that name nobody else.
    words: Mapped[str]
    received_on: Mapped[dt.date]
    decision: Mapped[str | None]
    decided_on: Mapped[dt.date | None]
    reason: Mapped[str | None]
    # When those concerned were told of what was decided, or that it is lifted (18(3), 19).
    told_on: Mapped[dt.date | None]
    lifted_on: Mapped[dt.date | None]
    lifted_because: Mapped[str | None]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]
    recorded_by_name: Mapped[str] = mapped_column(default="")


def in_force() -> sa.ColumnElement[bool]:
    """The condition that a restriction is in force."""
    return sa.text(IN_FORCE)  # type: ignore[return-value]


def restricted_cases(session: ScopedSession) -> set[uuid.UUID]:
    """The cases of the session's scope that are restricted now: they leave in no list."""
    return set(session.scalars(sa.select(CaseRestriction.case_id).where(in_force())))
