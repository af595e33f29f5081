"""A family says that an agreed step was not done: kept, told to who looks after the case."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.audit.actions import record as audit
from saas.database.base import ALL, ERASE, Base, Grant, TenantRow, Wall, new_id
from saas.database.scope import LoginRole, ScopedSession
from saas.database.together import OF, TENANT, Asked
from tenants.casework.kinds import Side
from tenants.casework.models import AgreedStep
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.notices.topics import STEP_NOT_DONE
from tenants.notices.writing import write_notice

THEIRS = "case_id = scope_person()"
SAYING = ("tenant_id", "id", "case_id", "step_id", "party_id", "words", "said_at", "said_by_name")


class StepReport(TenantRow, Base):
    """What one of a family said of a step. The authority is not shown the words."""

    __tablename__ = "step_report"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "step_id"], ["agreed_step.tenant_id", "agreed_step.id"]
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["case_party.tenant_id", "case_party.id"]
        ),
        sa.Index("ix_step_report_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index(
            "ix_step_report_waiting",
            "said_at",
            "tenant_id",
            postgresql_where=sa.text("dealt_with_at IS NULL"),
        ),
        sa.CheckConstraint(
            "(dealt_with_at IS NULL) = (dealt_with_by_name IS NULL)", name="someone_dealt_with_it"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: Grant(
                select=ALL, insert=ALL, update=("dealt_with_at", "dealt_with_by_name")
            ),
            LoginRole.PROVIDER_READER: Grant(select=ALL),
            LoginRole.FAMILY: Grant(
                select=("tenant_id", "id", "case_id", "step_id", "said_at", "dealt_with_at"),
                insert=SAYING,
                rows=THEIRS,
                writes="party_id = scope_party()",
            ),
        }
    )

    case_id: Mapped[uuid.UUID]
    step_id: Mapped[uuid.UUID]
    party_id: Mapped[uuid.UUID]
    words: Mapped[str]
    said_at: Mapped[dt.datetime]
    said_by_name: Mapped[str]
    dealt_with_at: Mapped[dt.datetime | None]
    dealt_with_by_name: Mapped[str | None]


def say_not_done(
    session: ScopedSession,
    case_id: uuid.UUID,
    step_id: uuid.UUID,
    *,
    party_id: uuid.UUID,
    words: str,
    by: Actor,
    today: dt.date,
) -> None:
    """Keep that a step was not done, and have who looks after the case told of it.

    Raises:
        RuleBroken: the case has no such step, it is the family's own, it is done, its day is not
            over, or this was said already and nobody has dealt with it yet.
    """
    step = session.execute(
        sa.select(AgreedStep.responsible, AgreedStep.due_on, AgreedStep.done_on).where(
            AgreedStep.tenant_id == session.tenant,
            AgreedStep.case_id == case_id,
            AgreedStep.id == step_id,
        )
    ).one_or_none()
    if step is None or step.responsible == Side.FAMILY:
        raise RuleBroken("words", "This is no step of somebody else in your agreement")
    if step.done_on is not None:
        raise RuleBroken("words", "We have recorded that this step is done. Call us if it is not")
    if step.due_on >= today:
        raise RuleBroken("words", "There is still time for this step")
    if step_id in waiting_reports(session, case_id):
        raise RuleBroken("words", "You told us already. We are asking about it")
    session.execute(
        sa.insert(StepReport)
        .values(
            tenant_id=session.tenant,
            id=new_id(),
            case_id=case_id,
            step_id=step_id,
            party_id=party_id,
            words=words.strip(),
            said_at=by.at,
            said_by_name=by.name,
        )
        .inline()
    )
    write_notice(session, case_id, STEP_NOT_DONE, audience=Side.FAMILY.value, by=by)
    audit(session, "step said not done", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()


def waiting_reports(session: ScopedSession, case_id: uuid.UUID) -> set[uuid.UUID]:
    """The steps of which a family said that they were not done, and nobody dealt with it yet."""
    waiting: set[uuid.UUID] = reports_on_family_page(session, case_id)["steps_reported"]
    return waiting


@dataclass(frozen=True)
class Reported:
    """A step that was said not to be done, as the provider's page shows it."""

    id: uuid.UUID
    wording: str
    due_on: dt.date
    words: str
    said_at: dt.datetime
    said_by: str


_OPEN = (
    sa.select(
        StepReport.id,
        AgreedStep.wording,
        AgreedStep.due_on,
        StepReport.words,
        StepReport.said_at,
        StepReport.said_by_name,
    )
    .join(
        AgreedStep,
        sa.and_(AgreedStep.tenant_id == StepReport.tenant_id, AgreedStep.id == StepReport.step_id),
    )
    .where(
        StepReport.tenant_id == TENANT,
        StepReport.case_id == OF,
        StepReport.dealt_with_at.is_(None),
    )
    .order_by(StepReport.said_at)
)


reports_on_case_page = Asked(
    _OPEN, lambda _, rows: {"step_reports": [Reported(*row) for row in rows]}
)


reports_on_family_page = Asked(
    sa.select(StepReport.step_id).where(
        StepReport.tenant_id == TENANT,
        StepReport.case_id == OF,
        StepReport.dealt_with_at.is_(None),
    ),
    lambda _, rows: {"steps_reported": {row.step_id for row in rows}},
)


def deal_with_report(
    session: ScopedSession, case_id: uuid.UUID, report_id: uuid.UUID, *, by: Actor
) -> None:
    """Somebody asked about the step. To say it twice changes nothing.

    Raises:
        RuleBroken: nobody of this case said such a thing.
    """
    report = session.get(StepReport, (session.tenant, report_id))
    if report is None or report.case_id != case_id:
        raise RuleBroken("report", "Nobody of this case said such a thing")
    if report.dealt_with_at is None:
        report.dealt_with_at, report.dealt_with_by_name = by.at, by.name
        audit(session, "step report dealt with", subject_kind="case", subject_id=case_id, at=by.at)
        session.flush()
