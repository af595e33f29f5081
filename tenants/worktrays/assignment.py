"""Who at the provider looks after cases, and to whom a case is assigned."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.models import Person, ProviderStaff
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.queries import team_of
from tenants.casework.models import SenCase
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.worktrays.models import CaseOfficer

COORDINATORS = (
    sa.select(Person.id, Person.name)
    .join(ProviderStaff, ProviderStaff.person_id == Person.id)
    .where(ProviderStaff.role == ProviderRole.COORDINATOR.value)
    .order_by(Person.name, Person.id)
)
OFFICERS = team_of((AuthorityRole.OFFICER, AuthorityRole.MANAGER))


def coordinators(session: ScopedSession) -> list[tuple[uuid.UUID, str]]:
    """The provider's coordinators by name: ids and names."""
    return [(row.id, row.name) for row in session.execute(COORDINATORS)]


def officers(tenant_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    """Those of an authority's team who act on its cases, read in a transaction of their own."""
    with scoped(Scope.identity()) as session:
        return [(row.id, row.name) for row in session.execute(OFFICERS, {"tenant": tenant_id})]


def assign_officer(
    session: ScopedSession,
    case_ids: Sequence[uuid.UUID],
    officer_id: uuid.UUID | None,
    *,
    by: Actor,
) -> int:
    """Give cases of the session's authority to one of its team; None takes them from everybody.

    The caller has looked whether that person is of the team. Returns how many were given.
    """
    given = session.scalars(
        sa.select(SenCase.id).where(SenCase.tenant_id == session.tenant, SenCase.id.in_(case_ids))
    ).all()
    session.execute(
        sa.delete(CaseOfficer).where(
            CaseOfficer.tenant_id == session.tenant, CaseOfficer.case_id.in_(given)
        )
    )
    if officer_id is not None and given:
        session.execute(
            sa.insert(CaseOfficer),
            [
                {"tenant_id": session.tenant, "case_id": case_id, "officer_id": officer_id}
                for case_id in given
            ],
        )
    for case_id in given:
        audit(
            session,
            "case assigned in the authority",
            subject_kind="case",
            subject_id=case_id,
            at=by.at,
            officer=str(officer_id) if officer_id else "nobody",
        )
    return len(given)


def cases_by_tenant(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Whose cases these are; one that is not there is left out."""
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    with scoped(Scope.all_cases(None)) as session:
        for tenant, case_id in session.execute(
            sa.select(SenCase.tenant_id, SenCase.id).where(SenCase.id.in_(ids)).order_by(SenCase.id)
        ):
            found.setdefault(tenant, []).append(case_id)
    return found


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
