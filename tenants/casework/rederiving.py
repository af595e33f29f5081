"""Derives again what is kept of cases beside their facts: positions, and the authority's tasks.

For after an upgrade that derives more or otherwise, and to prove that what is kept is true.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.casework.models import CasePosition, SenCase
from tenants.casework.queries import hold_case, records_of
from tenants.casework.rows import position_columns
from tenants.casework.standing import store_position
from tenants.casework.todo.keeping import task_columns
from tenants.casework.todo.models import AuthorityTask

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
