"""Evaluations and complaints. What a participant says is the provider's to read alone."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, APPEND, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.casework.kinds import one_of as known
from tenants.feedback.complaint_rules import About, ComplaintDates, Ending
from tenants.subscribers.models import of_tenant


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
        sa.Index("ix_evaluation_quotable", "given_on", postgresql_where=sa.text("may_quote")),
        sa.CheckConstraint(known("participant", Participant), name="participant_is_known"),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="rating_is_of_five"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(
                select=("tenant_id", "id", "case_id", "participant", "given_on", "rating"),
                update=("comment", "may_quote", "recorded_by"),
                rows="case_id = scope_person()",
            ),
            LoginRole.PROVIDER: APPEND,
            LoginRole.PROVIDER_READER: READ,
        }
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


class Complaint(TenantRow, Base):
    """A complaint about the service, as the provider recorded it.

    Only the provider reads it: a family may complain without the authority's knowing. The
    authority learns how many there were. What was said stays; that it was acknowledged and how it
    was answered are added later.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        of_tenant(),
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.Index("ix_complaint_tenant_id_received_on", "tenant_id", "received_on"),
        sa.Index("ix_complaint_received_on", "received_on"),
        sa.CheckConstraint(known("from_whom", Participant), name="from_whom_is_known"),
        sa.CheckConstraint(known("about", About), name="about_is_known"),
        sa.CheckConstraint(f"ending IS NULL OR {known('ending', Ending)}", name="ending_is_known"),
        sa.CheckConstraint(
            "(answered_on IS NULL) = (ending IS NULL)", name="an_answer_says_how_it_ended"
        ),
        sa.CheckConstraint(
            "acknowledged_on >= received_on AND answered_on >= received_on",
            name="nothing_comes_before_it",
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(
                select=("tenant_id", "id", "case_id"),
                update=("words", "answer", "recorded_by"),
                rows="case_id = scope_person()",
            ),
            LoginRole.PROVIDER: Grant(
                select=ALL,
                insert=ALL,
                update=("acknowledged_on", "answered_on", "ending", "answer"),
            ),
            LoginRole.PROVIDER_READER: READ,
        }
    )

    case_id: Mapped[uuid.UUID | None]
    received_on: Mapped[dt.date]
    from_whom: Mapped[str]
    about: Mapped[str]
    words: Mapped[str]
    acknowledged_on: Mapped[dt.date | None]
    answered_on: Mapped[dt.date | None]
    ending: Mapped[str | None]
    answer: Mapped[str | None]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]

    @property
    def dates(self) -> ComplaintDates:
        return ComplaintDates(
            self.received_on,
            About(self.about),
            self.acknowledged_on,
            self.answered_on,
            Ending(self.ending) if self.ending else None,
        )
