"""Whom at the provider an authority asks about a case: its adviser and its mediator."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.queries import active_people
from tenants.casework.kinds import Service
from tenants.casework.models import SenCase


@dataclass(frozen=True)
class Contact:
    """One of the provider's people, as an authority reaches them at work."""

    part: str
    name: str
    email: str


def contacts_on_case_page(session: ScopedSession, case_id: uuid.UUID) -> dict[str, Any]:
    # The page has read it already.
    row = session.get(SenCase, {"tenant_id": session.tenant, "id": case_id})
    if row is None:
        return {"contacts": []}
    leads = "Facilitator" if row.service == Service.FACILITATION else "Mediator"
    asked = (("Adviser", row.coordinator_id), (leads, row.mediator_id))
    # What the provider's people are called is not the authority's role's to read of the table.
    with scoped(Scope.identity()) as identity:
        people = active_people(identity, {of for _, of in asked if of})
    found = [Contact(part, people[of].name, people[of].email) for part, of in asked if of in people]
    return {"contacts": found}
