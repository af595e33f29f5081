"""The table of evaluations. What a participant says is the provider's to read alone."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import APPEND, READ, Base, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.casework.kinds import one_of as known


class Participant(StrEnum):
    """Who answers."""

    PARENT = "parent"
    YOUNG_PERSON = "young_person"
    AUTHORITY = "authority"
    SCHOOL = "school"
    HEALTH = "health"
    OTHER = "other"


PARTICIPANT_WORDS = {
    Participant.PARENT: "Parents and carers",
    Participant.YOUNG_PERSON: "Young people",
    Participant.AUTHORITY: "Authority officers",
    Participant.SCHOOL: "Schools",
    Participant.HEALTH: "Health (ICB)",
    Participant.OTHER: "Others",
}
# Of 5; an answer from here on counts as satisfied.
SATISFIED_FROM = 4


class Evaluation(TenantRow, Base):
    """One participant's answers about one case."""

    __tablename__ = "evaluation"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.Index("ix_evaluation_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index("ix_evaluation_tenant_id_given_on", "tenant_id", "given_on"),
        sa.CheckConstraint(known("participant", Participant), name="participant_is_known"),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="rating_is_of_five"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={LoginRole.PROVIDER: APPEND, LoginRole.PROVIDER_READER: READ}
    )

    case_id: Mapped[uuid.UUID]
    participant: Mapped[str]
    given_on: Mapped[dt.date]
    rating: Mapped[int] = mapped_column(sa.SmallInteger)
    comment: Mapped[str | None]
    # Whether the participant lets the comment be quoted without a name.
    may_quote: Mapped[bool] = mapped_column(default=False)
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]
