"""Evaluations and complaints. What a participant says is the provider's to read alone."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, READ, Base, Grant, TenantRow, Wall
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


WHETHER_TO_QUOTE = ("may_quote", "quote_withdrawn_at")
# What is shown to whoever gave an answer; of an authority's people, whose role reads no words of
# any participant, only that they gave one.
WITHOUT_WORDS = ("tenant_id", "id", "case_id", "meeting_on", "given_on", *WHETHER_TO_QUOTE)
OWN_ANSWER = (*WITHOUT_WORDS, "party_id", "rating", "comment")


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
        sa.CheckConstraint(
            "quote_withdrawn_at IS NULL OR NOT may_quote", name="withdrawn_is_not_quoted"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["case_party.tenant_id", "case_party.id"]
        ),
        # Whoever answers by a link or a sign-in answers once of each meeting.
        sa.UniqueConstraint("tenant_id", "case_id", "party_id", "meeting_on"),
        sa.Index("ix_evaluation_tenant_id_party_id", "tenant_id", "party_id"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(
                select=("tenant_id", "id", "case_id", "participant", "given_on", "rating"),
                update=("comment", "may_quote", "recorded_by", "party_id"),
                rows="case_id = scope_person()",
            ),
            LoginRole.PROVIDER: Grant(select=ALL, insert=ALL, update=WHETHER_TO_QUOTE),
            LoginRole.PROVIDER_READER: READ,
            # Who answers by a page of their own sees what they gave. It is written down in the
            # provider's scope, which counts the measures anew with it.
            LoginRole.FAMILY: Grant(
                select=OWN_ANSWER, rows="case_id = scope_person() AND party_id = scope_party()"
            ),
            LoginRole.AUTHORITY: Grant(
                select=(*WITHOUT_WORDS, "recorded_by"), rows="recorded_by = scope_person()"
            ),
            LoginRole.WORKER: Grant(select=OWN_ANSWER),
        }
    )

    case_id: Mapped[uuid.UUID]
    participant: Mapped[str]
    given_on: Mapped[dt.date]
    rating: Mapped[int] = mapped_column(sa.SmallInteger)
    comment: Mapped[str | None]
    # Whether the participant lets the comment be quoted without a name.
    may_quote: Mapped[bool] = mapped_column(default=False)
    quote_withdrawn_at: Mapped[dt.datetime | None]
    # Who answered by a link, and of which meeting; None for what the provider recorded.
    party_id: Mapped[uuid.UUID | None]
    meeting_on: Mapped[dt.date | None]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]


class Way(StrEnum):
    """How a complaint came."""

    RECORDED = "recorded"
    FAMILY = "family"
    PUBLIC = "public"


NOTHING_DONE_YET = "acknowledged_on IS NULL AND answered_on IS NULL AND ending IS NULL"


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
        sa.CheckConstraint(known("way", Way), name="way_is_known"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["case_party.tenant_id", "case_party.id"]
        ),
        sa.Index("ix_complaint_public", "recorded_at", postgresql_where=sa.text("way = 'public'")),
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
                update=(
                    *("words", "answer", "recorded_by", "party_id"),
                    *("from_name", "reply_to", "case_as_written"),
                ),
                rows="case_id = scope_person()",
            ),
            LoginRole.PROVIDER: Grant(
                select=ALL,
                insert=ALL,
                update=("acknowledged_on", "answered_on", "ending", "answer"),
            ),
            LoginRole.PROVIDER_READER: READ,
            # One's own, with how far it is; never what others of the family complained of.
            LoginRole.FAMILY: Grant(
                select=(
                    *("tenant_id", "id", "case_id", "party_id", "received_on", "about"),
                    *("acknowledged_on", "answered_on"),
                ),
                insert=ALL,
                rows="case_id = scope_person() AND party_id = scope_party()",
                writes=f"way = 'family' AND {NOTHING_DONE_YET}",
            ),
            # Whoever writes at the front door reads nothing back, but how many wrote just now.
            LoginRole.PUBLIC: Grant(
                select=("recorded_at", "way"),
                insert=ALL,
                rows="way = 'public'",
                writes=f"case_id IS NULL AND {NOTHING_DONE_YET}",
            ),
            # That there is one and by when it is answered, to tell who handles it; never its words.
            LoginRole.WORKER: Grant(
                select=(
                    *("tenant_id", "id", "received_on", "about", "acknowledged_on"),
                    *("answered_on", "recorded_at", "recorded_by"),
                )
            ),
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
    way: Mapped[str] = mapped_column(default=Way.RECORDED.value, server_default="recorded")
    party_id: Mapped[uuid.UUID | None]
    # What somebody at the front door wrote of themselves and of their case; nothing was looked up.
    from_name: Mapped[str | None]
    reply_to: Mapped[str | None]
    case_as_written: Mapped[str | None]

    @property
    def dates(self) -> ComplaintDates:
        return ComplaintDates(
            self.received_on,
            About(self.about),
            self.acknowledged_on,
            self.answered_on,
            Ending(self.ending) if self.ending else None,
        )
