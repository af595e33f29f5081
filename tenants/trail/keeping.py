"""What of the trails is old enough to go, every night."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from saas.audit.chain import years_before
from saas.audit.keeping import remove_old
from saas.audit.models import AuditEntry
from saas.database.scope import Scope, scoped
from tenants.casework.kept.models import CasePosition
from tenants.subscribers.queries import all_tenancies


def remove_old_trails(*, years: int, at: dt.datetime) -> int:
    """Remove what is older than so many years from each authority's trail and from the one outside
    any; what comes after the beginning of a case that is open, or ended later, is kept.

    Returns:
        How many entries went.
    """
    before = years_before(at, years)
    ended = CasePosition.closed_on < before.date()
    needed = (
        sa.select(CasePosition.case_id)
        .where(
            AuditEntry.subject_kind == "case",
            CasePosition.tenant_id == AuditEntry.tenant_id,
            CasePosition.case_id == AuditEntry.subject_id,
            sa.or_(CasePosition.is_open, ended.is_not(sa.true())),
        )
        .exists()
    )
    with scoped(Scope.jobs()) as session:
        tenants = [tenancy.id for tenancy in all_tenancies(session)]
    went = 0
    for tenant in tenants:
        with scoped(Scope.worker(tenant)) as session:
            went += remove_old(session, before=before, at=at, needed=needed)
    with scoped(Scope.identity()) as session:
        went += remove_old(session, before=before, at=at)
    return went
