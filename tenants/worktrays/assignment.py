"""Who at the provider looks after cases, and to whom a case is assigned."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from saas.identity.models import Person, ProviderStaff
from saas.identity.permissions import ProviderRole
from tenants.casework.models import SenCase
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor


def coordinators(session: ScopedSession) -> list[tuple[uuid.UUID, str]]:
    """The provider's coordinators by name: ids and names."""
    rows = session.execute(
        sa.select(Person.id, Person.name)
        .join(ProviderStaff, ProviderStaff.person_id == Person.id)
        .where(ProviderStaff.role == ProviderRole.COORDINATOR.value)
        .order_by(Person.name, Person.id)
    )
    return [(row.id, row.name) for row in rows]


def assign(
    session: ScopedSession, case_id: uuid.UUID, coordinator_id: uuid.UUID, *, by: Actor
) -> None:
    """Give a case to a coordinator.

    Raises:
        RuleBroken: that person is no coordinator, or there is no such case.
    """
    if coordinator_id not in {known for known, _ in coordinators(session)}:
        raise RuleBroken("coordinator", "Choose one of the provider's coordinators")
    assigned = session.execute(
        sa.update(SenCase)
        .where(SenCase.tenant_id == session.tenant, SenCase.id == case_id)
        .values(coordinator_id=coordinator_id)
        .returning(SenCase.id)
    )
    if assigned.one_or_none() is None:
        raise RuleBroken("coordinator", "There is no such case")
    audit(
        session,
        "case assigned",
        subject_kind="case",
        subject_id=case_id,
        at=by.at,
        coordinator=str(coordinator_id),
    )
    session.flush()
