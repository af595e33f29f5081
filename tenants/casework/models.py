"""The tables of a case. Facts are added, never changed; `case_position` is derived from them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, APPEND, ERASE, READ, WRITE, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.casework.audiences import (
    CHILD_IN_NUMBERS,
    ERASED_OF_CASE,
    ERASED_OF_FACT,
    ERASED_OF_STEP,
    FACT_FOR_FAMILY,
    FACT_FOR_SIGNER,
    FOR_FAMILY,
    OF_FAMILYS_CASE,
    OF_SIGNERS_AGREEMENT,
    PARTY_WITHOUT_CONTACT,
    WORKER_SEES_CASE,
)
from tenants.casework.kinds import (
    AUTHORITY_KINDS,
    TAKEN_BACK_BY_AUTHORITY,
    FactKind,
    Route,
    Service,
    Side,
)
from tenants.casework.kinds import one_of as known
from tenants.subscribers.models import of_tenant

FOR_AUTHORITY = "audience IN ('parties', 'authority')"
AUDIENCE_KNOWN = "audience IN ('provider', 'authority', 'family', 'parties')"


# The authority speaks for itself, in its own name; it corrects nothing, and takes back what it
# said itself of two kinds (a trigger sees to "itself").
FACTS_BY_AUTHORITY = (
    f"{known('kind', AUTHORITY_KINDS)}"
    " AND recorded_by = scope_person()"
    " AND (replaces_id IS NULL AND NOT retracted OR retracted"
    f" AND {known('kind', TAKEN_BACK_BY_AUTHORITY)})"
    " AND (kind NOT IN ('consent_given', 'consent_refused', 'dates_answered', 'dates_offered')"
    " OR value = 'authority')"
)


# A family answers the dates offered and whether it takes part, and chooses whether to mediate;
# whoever holds its link is no person who signs in.
FACTS_BY_FAMILY = (
    "(kind IN ('dates_answered', 'consent_given', 'consent_refused') AND value = 'family'"
    " OR kind = 'choice_made' AND value IN ('mediate', 'decline')) AND recorded_by IS NULL"
    " AND replaces_id IS NULL AND NOT retracted"
)


def of_case() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"])


class Child(TenantRow, Base):
    """The child or young person. Several cases may be about one."""

    __tablename__ = "child"
    __table_args__ = (
        of_tenant(),
        sa.Index("ix_child_tenant_id_search_key", "tenant_id", "search_key"),
        sa.Index("ix_child_tenant_id_upn", "tenant_id", "upn"),
        sa.Index("ix_child_tenant_id_date_of_birth", "tenant_id", "date_of_birth"),
        # Those of all tenants: for the provider's own search.
        sa.Index("ix_child_date_of_birth", "date_of_birth", "tenant_id"),
        sa.Index("ix_child_upn", "upn", "tenant_id", postgresql_where=sa.text("upn IS NOT NULL")),
        sa.Index("ix_child_search_key", "search_key", "tenant_id"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(select=CHILD_IN_NUMBERS, insert=ALL, delete=True),
            LoginRole.PROVIDER: WRITE,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: READ,
            # By which the holder of a family's link shows who they are.
        }
    )

    given_name: Mapped[str]
    family_name: Mapped[str]
    date_of_birth: Mapped[dt.date]
    upn: Mapped[str | None]
    primary_need: Mapped[str | None]
    # Names folded for searching: LIKE is not leakproof, equality and starts_with are.
    search_key: Mapped[str]


class SenCase(TenantRow, Base):
    """A case: what was asked, about whom, by whom. What happened in it are its facts."""

    __tablename__ = "sen_case"
    __table_args__ = (
        of_tenant(),
        sa.ForeignKeyConstraint(["tenant_id", "child_id"], ["child.tenant_id", "child.id"]),
        sa.UniqueConstraint("tenant_id", "reference"),
        sa.UniqueConstraint("tenant_id", "external_reference"),
        sa.Index("ix_sen_case_tenant_id_child_id", "tenant_id", "child_id"),
        sa.Index("ix_sen_case_tenant_id_opened_on", "tenant_id", "opened_on"),
        # The provider's own tray and search span all tenants, as does a list of one's own cases.
        sa.Index("ix_sen_case_coordinator", "coordinator_id", "tenant_id", "id"),
        sa.Index(
            "ix_sen_case_mediator",
            "mediator_id",
            "tenant_id",
            "id",
            postgresql_where=sa.text("mediator_id IS NOT NULL"),
        ),
        sa.Index("ix_sen_case_opened_on", "opened_on", "id", "tenant_id"),
        sa.Index("ix_sen_case_reference", "reference", "id", "tenant_id"),
        sa.Index(
            "ix_sen_case_authority_reference",
            "authority_reference",
            "tenant_id",
            postgresql_where=sa.text("authority_reference IS NOT NULL"),
        ),
        sa.CheckConstraint(known("service", Service), name="service_is_known"),
        sa.CheckConstraint(known("route", Route), name="route_is_known"),
        sa.CheckConstraint(
            "service <> 'mediation' OR decision_type IS NOT NULL", name="mediation_has_a_decision"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(select=ALL, update=ERASED_OF_CASE, rows="id = scope_person()"),
            LoginRole.PROVIDER: WRITE,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.WORKER: Grant(select=WORKER_SEES_CASE),
            LoginRole.AUTHORITY: READ,
            LoginRole.FAMILY: Grant(
                select=(
                    "tenant_id",
                    "id",
                    "reference",
                    "service",
                    "route",
                    "decision_type",
                    "sections",
                    "opened_on",
                ),
                rows="id = scope_person()",
            ),
        }
    )

    reference: Mapped[str]
    child_id: Mapped[uuid.UUID]
    service: Mapped[str]
    route: Mapped[str]
    opened_on: Mapped[dt.date]
    decision_type: Mapped[str | None]
    # Sections of the plan in dispute, as letters: 'BFI'.
    sections: Mapped[str] = mapped_column(default="")
    # Of somebody of 25: to when the authority maintains the plan (s.46; SEND Regs 2014 reg 46).
    plan_maintained_until: Mapped[dt.date | None]
    health_issue: Mapped[bool] = mapped_column(default=False)
    social_care_issue: Mapped[bool] = mapped_column(default=False)
    authority_reference: Mapped[str | None]
    # The row's own name in the spreadsheet it came from: a second import changes nothing.
    external_reference: Mapped[str | None]
    coordinator_id: Mapped[uuid.UUID | None]
    mediator_id: Mapped[uuid.UUID | None]


class CaseParty(TenantRow, Base):
    """Someone on a side of a case. How to reach them is the provider's to know alone."""

    __tablename__ = "case_party"
    __table_args__ = (
        of_case(),
        sa.Index("ix_case_party_tenant_id_case_id", "tenant_id", "case_id"),
        sa.CheckConstraint(known("side", Side), name="side_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: WRITE,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.WORKER: Grant(
                select=("tenant_id", "id", "case_id", "side", "email", "telephone")
            ),
            LoginRole.AUTHORITY: Grant(select=PARTY_WITHOUT_CONTACT),
            LoginRole.FAMILY: Grant(select=PARTY_WITHOUT_CONTACT, rows=OF_FAMILYS_CASE),
        }
    )

    case_id: Mapped[uuid.UUID]
    side: Mapped[str]
    name: Mapped[str]
    relation: Mapped[str]
    email: Mapped[str | None]
    telephone: Mapped[str | None]
    postcode: Mapped[str | None]
    preferred_communication: Mapped[str | None]
    adjustments: Mapped[str | None]
    interpreter: Mapped[str | None]


class CaseFact(TenantRow, Base):
    """Something that happened, on its day. Never changed: a correction is a new fact."""

    __tablename__ = "case_fact"
    __table_args__ = (
        of_case(),
        sa.ForeignKeyConstraint(
            ["tenant_id", "replaces_id"], ["case_fact.tenant_id", "case_fact.id"]
        ),
        # A fact is corrected once; a second correction corrects the first.
        sa.UniqueConstraint("tenant_id", "replaces_id"),
        sa.Index("ix_case_fact_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index("ix_case_fact_tenant_id_recorded_at", "tenant_id", "recorded_at"),
        sa.CheckConstraint(known("kind", FactKind), name="kind_is_known"),
        sa.CheckConstraint(AUDIENCE_KNOWN, name="audience_is_known"),
        sa.CheckConstraint(
            "replaces_id IS NULL OR length(trim(reason)) > 0", name="a_correction_has_a_reason"
        ),
        sa.CheckConstraint(
            "NOT retracted OR replaces_id IS NOT NULL", name="a_retraction_names_a_fact"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(select=ALL, update=ERASED_OF_FACT, rows=OF_FAMILYS_CASE),
            LoginRole.PROVIDER: APPEND,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(
                select=ALL, insert=ALL, rows=FOR_AUTHORITY, writes=FACTS_BY_AUTHORITY
            ),
            LoginRole.FAMILY: Grant(
                select=FACT_FOR_FAMILY, insert=ALL, rows=FOR_FAMILY, writes=FACTS_BY_FAMILY
            ),
            LoginRole.SIGNER: Grant(select=FACT_FOR_SIGNER, rows=OF_SIGNERS_AGREEMENT),
        }
    )

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    on_date: Mapped[dt.date]
    # The word that the kind asks for: a choice, an outcome, a kind of certificate.
    value: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    audience: Mapped[str]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]
    recorded_by_name: Mapped[str]
    replaces_id: Mapped[uuid.UUID | None]
    retracted: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None]


class CaseNote(TenantRow, Base):
    """A note and who may read it. What an adviser or mediator is told stays with the provider."""

    __tablename__ = "case_note"
    __table_args__ = (
        of_case(),
        sa.Index("ix_case_note_tenant_id_case_id", "tenant_id", "case_id"),
        sa.CheckConstraint(AUDIENCE_KNOWN, name="audience_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: APPEND,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(select=ALL, rows=FOR_AUTHORITY),
            LoginRole.FAMILY: Grant(
                select=("tenant_id", "id", "case_id", "audience", "text", "written_at"),
                rows=FOR_FAMILY,
            ),
        }
    )

    case_id: Mapped[uuid.UUID]
    audience: Mapped[str]
    text: Mapped[str]
    written_at: Mapped[dt.datetime]
    written_by: Mapped[uuid.UUID | None]
    written_by_name: Mapped[str]


class Certificate(TenantRow, Base):
    """A certificate as it was issued. Never edited; withdrawing it is a fact of the case."""

    __tablename__ = "certificate"
    __table_args__ = (
        of_case(),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.Index("ix_certificate_tenant_id_case_id", "tenant_id", "case_id"),
        sa.CheckConstraint("kind IN ('s55_4', 's55_5', 'deemed')", name="kind_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: APPEND,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: READ,
            LoginRole.FAMILY: Grant(select=ALL, rows=OF_FAMILYS_CASE),
        }
    )

    case_id: Mapped[uuid.UUID]
    number: Mapped[str]
    kind: Mapped[str]
    issued_on: Mapped[dt.date]
    issued_at: Mapped[dt.datetime]
    # What the paper says, word for word, so that it reads the same for ever.
    content: Mapped[dict[str, Any]]


class AgreedStep(TenantRow, Base):
    """A step that an agreement contains: who does what by when."""

    __tablename__ = "agreed_step"
    __table_args__ = (
        of_case(),
        sa.Index("ix_agreed_step_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index("ix_agreed_step_tenant_id_due_on", "tenant_id", "due_on"),
        # Most are done sooner or later: what is overdue anywhere is few.
        sa.Index(
            "ix_agreed_step_undone",
            "due_on",
            "tenant_id",
            postgresql_where=sa.text("done_on IS NULL"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id"], ["agreement.tenant_id", "agreement.id"]
        ),
        sa.CheckConstraint(known("responsible", Side), name="responsible_is_known"),
    )
    # What was agreed is never changed: only that a step was done is added, and as which of its
    # alternatives.
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(select=ALL, update=ERASED_OF_STEP, rows=OF_FAMILYS_CASE),
            LoginRole.PROVIDER: Grant(select=ALL, insert=ALL, update=("done_on", "part", "due_on")),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.WORKER: Grant(select=("tenant_id", "id", "case_id", "due_on", "done_on")),
            LoginRole.AUTHORITY: READ,
            LoginRole.FAMILY: Grant(select=ALL, rows=OF_FAMILYS_CASE),
        }
    )

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    part: Mapped[str | None]
    wording: Mapped[str]
    responsible: Mapped[str]
    agreed_on: Mapped[dt.date]
    # The period that the Regulations give, and the one that counts (reg 42(5) lets parties agree).
    default_due_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    # The mark that the agreement itself says another date than the Regulations.
    agreement_says_so: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # Who of the side does it, in the agreement's words.
    who: Mapped[str] = mapped_column(default="", server_default="")
    done_on: Mapped[dt.date | None]
    # The text that was signed; None for what another system's case brought with it.
    agreement_id: Mapped[uuid.UUID | None]
