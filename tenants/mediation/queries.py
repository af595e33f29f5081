"""What reads who takes part, and who could be appointed."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from tenants.casework.kinds import Service
from tenants.mediation.models import Participant
from tenants.mediation.parts import part_of
from tenants.panel.members import Member, reasons_against, works_in
from tenants.panel.queries import open_appointments, panel
from tenants.subscribers.queries import dfe_number_of


@dataclass(frozen=True)
class Candidate:
    """A member of the panel, with what stands against appointing them here."""

    member: Member
    against: list[str]
    load: int
    near: bool


def candidates(
    session: ScopedSession, case_id: uuid.UUID, service: Service, on: dt.date
) -> list[Candidate]:
    """Everybody on the panel who does such work: first who may be appointed, the least busy."""
    part = part_of(service)
    # Load spans all authorities: only the counts leave the reader's session.
    with scoped(Scope.all_cases(session.scope.person)) as everywhere:
        load = open_appointments(everywhere)
    here = dfe_number_of(session, session.tenant)
    found = [
        Candidate(
            member,
            reasons_against(member, part, on, tenant=session.tenant, case_id=case_id),
            load.get(member.person_id, 0),
            works_in(member, here),
        )
        for member in panel(session)
        if part in member.parts
    ]
    return sorted(found, key=lambda c: (bool(c.against), not c.near, c.load, c.member.name))


def participants(session: ScopedSession, case_id: uuid.UUID) -> list[Any]:
    """Whom the sides bring, in the columns that every side may read."""
    return list(
        session.execute(
            sa.select(Participant.id, Participant.side, Participant.name, Participant.role)
            .where(Participant.tenant_id == session.tenant, Participant.case_id == case_id)
            .order_by(Participant.side, Participant.name)
        )
    )
