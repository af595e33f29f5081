"""A facilitation as each audience may read it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.facilitation.models import (
    ActionPoint,
    FacilitatedMeeting,
    FacilitationPaper,
    Invitee,
    PaperKind,
)

INVITEE_FOR_AUTHORITY = (Invitee.id, Invitee.name, Invitee.role, Invitee.side, Invitee.coming)


@dataclass(frozen=True)
class FacilitationView:
    """What a facilitation page shows. `papers` holds the newest of each kind first."""

    meeting: FacilitatedMeeting | None
    invitees: list[Any]
    papers: list[FacilitationPaper]
    points: list[ActionPoint]

    def newest(self, kind: str) -> FacilitationPaper | None:
        return next((p for p in self.papers if p.kind == PaperKind(kind)), None)


def facilitation_view(session: ScopedSession, case_id: uuid.UUID) -> FacilitationView:
    """The facilitation of a case, as far as the session's role may read it."""

    def of(table: Any) -> sa.ColumnElement[bool]:
        return sa.and_(table.tenant_id == session.tenant, table.case_id == case_id)

    return FacilitationView(
        meeting=session.scalar(sa.select(FacilitatedMeeting).where(of(FacilitatedMeeting))),
        invitees=list(
            session.execute(
                sa.select(*INVITEE_FOR_AUTHORITY).where(of(Invitee)).order_by(Invitee.id)
            )
        ),
        papers=list(
            session.scalars(
                sa.select(FacilitationPaper)
                .where(of(FacilitationPaper))
                .order_by(FacilitationPaper.written_at.desc(), FacilitationPaper.id.desc())
            )
        ),
        points=list(
            session.scalars(
                sa.select(ActionPoint).where(of(ActionPoint)).order_by(ActionPoint.due_on)
            )
        ),
    )
