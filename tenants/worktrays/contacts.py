"""Whom at the provider an authority asks about a case: its adviser and its mediator."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.queries import find_active_person
from tenants.casework.kinds import Service
from tenants.casework.models import SenCase


@dataclass(frozen=True)
class Contact:
    """One of the provider's people, as an authority reaches them at work."""

    part: str
    name: str
    email: str


def contacts_on_case_page(session: ScopedSession, case_id: uuid.UUID) -> dict[str, Any]:
    row = session.execute(
        sa.select(SenCase.service, SenCase.coordinator_id, SenCase.mediator_id).where(
            SenCase.tenant_id == session.tenant, SenCase.id == case_id
        )
    ).one_or_none()
    if row is None:
        return {"contacts": []}
    leads = "Facilitator" if row.service == Service.FACILITATION else "Mediator"
    asked = (("Adviser", row.coordinator_id), (leads, row.mediator_id))
    found = []
    # What the provider's people are called is not the authority's role's to read of the table.
    with scoped(Scope.identity()) as identity:
        for part, person_id in asked:
            person = find_active_person(identity, person_id) if person_id else None
            if person is not None:
                found.append(Contact(part, person.name, person.email))
    return {"contacts": found}
