"""What of the trails is old enough to go, every night."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from saas.audit.chain import years_before
from saas.audit.change_chain import remove_old_changes
from saas.audit.keeping import remove_old
from saas.audit.models import AuditEntry, RowChange
from saas.database.scope import Scope, scoped
from tenants.casework.kept.models import CasePosition
from tenants.subscribers.queries import all_tenancies


def remove_old_trails(*, years: int, at: dt.datetime) -> int:
    """Remove what is older than so many years from each authority's trail and from the one outside
    any, and from the changes of rows. What comes after the beginning of a case that is open, or
    ended later, is kept; of the changes those of the case itself.

    Returns:
        How many entries and changes went.
    """
    before = years_before(at, years)
    ended = CasePosition.closed_on < before.date()
    kept_cases = sa.select(CasePosition.case_id).where(
        sa.or_(CasePosition.is_open, ended.is_not(sa.true()))
    )
    needed = kept_cases.where(
        AuditEntry.subject_kind == "case",
        CasePosition.tenant_id == AuditEntry.tenant_id,
        CasePosition.case_id == AuditEntry.subject_id,
    ).exists()
    of_kept_cases = kept_cases.where(
        CasePosition.tenant_id == RowChange.tenant_id, CasePosition.case_id == RowChange.about
    ).exists()
    with scoped(Scope.jobs()) as session:
        tenants = [tenancy.id for tenancy in all_tenancies(session)]
    went = 0
    for tenant in tenants:
        with scoped(Scope.worker(tenant)) as session:
            went += remove_old(session, before=before, at=at, needed=needed)
            went += remove_old_changes(session, before=before, needed=of_kept_cases)
    with scoped(Scope.identity()) as session:
        went += remove_old(session, before=before, at=at)
    return went
