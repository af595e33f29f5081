"""Derives again what is kept of cases beside their facts: positions, and the authority's tasks.

For after an upgrade that derives more or otherwise, and to prove that what is kept is true.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from saas.reference.progress import ReportsProgress, silent
from saas.reference.search_keys import search_key
from tenants.casework.kept.keeping import store_position
from tenants.casework.kept.keeping_tasks import task_columns
from tenants.casework.kept.models import AuthorityTask, CasePosition
from tenants.casework.models import Child, SenCase
from tenants.casework.queries import hold_case, records_of
from tenants.casework.row_columns import position_columns

CASES_AT_ONCE = 500


@dataclass(frozen=True)
class Difference:
    """A case of which something else is kept than its facts say."""

    case_id: uuid.UUID
    what: str


def case_ids(session: ScopedSession, tenant: uuid.UUID) -> list[uuid.UUID]:
    """Every case of a tenant, in the order of the ids."""
    return list(
        session.scalars(
            sa.select(SenCase.id).where(SenCase.tenant_id == tenant).order_by(SenCase.id)
        )
    )


def pieces_of(tenancy: Tenancy) -> list[list[uuid.UUID]]:
    """Every case of an authority, so many at once as one transaction looks at."""
    with scoped(Scope.all_cases(None)) as session:
        ids = case_ids(session, tenancy.id)
    return [ids[start : start + CASES_AT_ONCE] for start in range(0, len(ids), CASES_AT_ONCE)]


def derive_all(tenancies: Sequence[Tenancy], say: ReportsProgress = silent) -> tuple[int, int]:
    """Derive every case of these authorities again, in transactions of their own.

    Returns:
        How many cases were looked at, and how many of them were written anew.
    """
    cases = written = 0
    for number, tenancy in enumerate(tenancies):
        say(f"Deriving the cases of {tenancy.name}", number, len(tenancies))
        for some in pieces_of(tenancy):
            with scoped(Scope.provider(tenancy.id, None)) as session:
                written += derive_again(session, some)
            cases += len(some)
        with scoped(Scope.provider(tenancy.id, None)) as session:
            fold_names_again(session)
    return cases, written


def fold_names_again(session: ScopedSession) -> int:
    """Write anew by what the children's names are searched. Returns of how many it differed."""
    children = session.execute(
        sa.select(Child.id, Child.given_name, Child.family_name, Child.search_key).where(
            Child.tenant_id == session.tenant
        )
    )
    wrong = [
        {"tenant_id": session.tenant, "id": id, "search_key": key}
        for id, given_name, family_name, kept in children
        if (key := search_key(given_name, family_name)) != kept
    ]
    if wrong:
        session.execute(sa.update(Child), wrong)
    return len(wrong)


def differences(
    session: ScopedSession, tenant: uuid.UUID, ids: Sequence[uuid.UUID]
) -> Iterator[Difference]:
    """Where what is kept of these cases is not what their facts say."""
    kept_positions = {
        row.case_id: row._asdict()
        for row in session.execute(
            sa.select(CasePosition.__table__).where(
                CasePosition.tenant_id == tenant, CasePosition.case_id.in_(ids)
            )
        )
    }
    kept_tasks: dict[uuid.UUID, dict[uuid.UUID, dict[str, object]]] = {}
    for row in session.execute(
        sa.select(AuthorityTask.__table__).where(
            AuthorityTask.tenant_id == tenant, AuthorityTask.case_id.in_(ids)
        )
    ):
        kept_tasks.setdefault(row.case_id, {})[row.id] = row._asdict()
    for case_id, record in records_of(session, tenant, ids).items():
        kept = kept_positions.get(case_id, {})
        wrong = [k for k, v in position_columns(record).items() if kept.get(k) != v]
        if wrong:
            yield Difference(case_id, f"its position, in {', '.join(sorted(wrong))}")
        tasks = {row["id"]: row for row in task_columns(tenant, case_id, record)}
        if tasks != kept_tasks.get(case_id, {}):
            yield Difference(case_id, "what the authority must do")


def derive_again(session: ScopedSession, ids: Sequence[uuid.UUID]) -> int:
    """Write anew what differs of these cases. Returns in how many of them anything did."""
    wrong = {found.case_id for found in differences(session, session.tenant, ids)}
    for case_id in sorted(wrong):
        hold_case(session, case_id)
    # Read again: somebody may have recorded a fact before the case was held.
    for case_id, record in records_of(session, session.tenant, sorted(wrong)).items():
        store_position(session, case_id, record)
    return len(wrong)
