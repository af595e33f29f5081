"""Trails are kept for six years after the end of their case, and their chains go on."""

from __future__ import annotations

import datetime as dt
import uuid

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.actions import record, record_across
from saas.audit.chain import Checked, check, link_entries, years_before
from saas.audit.models import AuditEntry, AuditLink, PlatformAuditEntry
from saas.database.embedded import ServerAddress
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.casework.kept.models import CasePosition
from tenants.trail.keeping import remove_old_trails
from tests.factories import make_case, make_tenant
from tests.saas.audit.test_chain import unbound

# The database judges what is old by its own clock.
NOW = dt.datetime.now(dt.UTC)
YEAR = dt.timedelta(days=365.25)


def did(tenant: Tenancy, *years: float, case: uuid.UUID | None = None) -> None:
    """What was done so many years ago, and linked then."""
    with scoped(Scope.provider(tenant.id, None)) as session:
        for number in years:
            record(
                session,
                f"done {number}",
                subject_kind="case" if case else "authority",
                subject_id=case or tenant.id,
                at=NOW - number * YEAR,
            )
    with scoped(Scope.worker(tenant.id)) as session:
        link_entries(session, all_of_them=True)


def actions(tenant: Tenancy) -> list[str]:
    with scoped(Scope.worker(tenant.id)) as session:
        wanted = sa.select(AuditEntry.action).where(AuditEntry.tenant_id == tenant.id)
        return list(session.scalars(wanted.order_by(AuditEntry.at)))


def checked(tenant: Tenancy) -> Checked:
    with scoped(Scope.worker(tenant.id)) as session:
        return check(session)


def remove(years: int = 6) -> int:
    return remove_old_trails(years=years, at=NOW)


@pytest.fixture
def tenant(fresh_app: Flask) -> Tenancy:
    return make_tenant(fresh_app)


def test_what_is_old_goes_and_the_chain_goes_on_from_there(
    fresh_app: Flask, tenant: Tenancy
) -> None:
    did(tenant, 9, 8, 7, 5, 1)
    head = checked(tenant).head
    assert remove() == 3
    assert actions(tenant) == ["done 5", "done 1", "old entries removed"]
    found = checked(tenant)
    assert found.faults == [] and found.head == head
    assert found.removed is not None and found.removed.number == 3
    assert remove() == 0, "nothing more is old"
    did(tenant, 0)
    found = checked(tenant)
    assert found.faults == [] and found.links == 7 and found.head != head
    told = fresh_app.test_cli_runner().invoke(args=["audit", "verify"])
    assert told.exit_code == 0, told.output
    day = years_before(NOW, 6).date()
    assert f"3 of them, of before {day}, were removed as old on {NOW.date()}" in told.output


def test_what_is_removed_later_goes_from_there(fresh_app: Flask, tenant: Tenancy) -> None:
    did(tenant, 12, 9, 7, 5)
    assert remove(years=10) == 1 and checked(tenant).faults == []
    assert remove(years=8) == 1 and checked(tenant).faults == []
    found = checked(tenant)
    assert found.removed is not None and found.removed.number == 2
    with scoped(Scope.worker(tenant.id)) as session:
        assert session.scalar(sa.select(sa.func.min(AuditLink.number))) == 2


@pytest.mark.parametrize(
    ("open_", "closed", "left"),
    [(True, None, 4), (False, 5, 4), (False, 7, 1), (False, None, 4)],
    ids=["open", "ended lately", "ended long ago", "no day is known"],
)
def test_what_comes_after_the_beginning_of_a_case_is_kept_until_the_case_is_old(
    fresh_app: Flask,
    server: ServerAddress,
    tenant: Tenancy,
    open_: bool,
    closed: int | None,
    left: int,
) -> None:
    case, _ = make_case(fresh_app, tenant)
    with unbound(fresh_app, server) as admin:
        admin.execute("DELETE FROM audit_entry WHERE tenant_id = %s", [tenant.id])
        admin.execute(
            "UPDATE case_position SET is_open = %s, closed_on = %s WHERE case_id = %s",
            [open_, NOW.date() - closed * YEAR if closed else None, case],
        )
    did(tenant, 10)
    did(tenant, 9, case=case)
    did(tenant, 8, 7)
    remove()
    kept = [one for one in actions(tenant) if one.startswith("done")]
    assert len(kept) == left - 1
    assert checked(tenant).faults == []
    with scoped(Scope.worker(tenant.id)) as session:
        assert session.scalar(sa.select(CasePosition.is_open)) is open_


def test_what_was_taken_out_before_is_not_cleared_away(
    fresh_app: Flask, server: ServerAddress, tenant: Tenancy
) -> None:
    did(tenant, 9, 8, 7)
    with unbound(fresh_app, server) as admin:
        admin.execute("DELETE FROM audit_entry WHERE action = 'done 8'")
    assert remove() == 1
    faults = checked(tenant).faults
    assert [(one.number, one.what) for one in faults] == [(2, "the entry is gone")]


@pytest.mark.parametrize(
    ("forgery", "said"),
    [
        ("DELETE FROM audit_entry WHERE action = 'old entries removed'", "links 1 to 2 are gone"),
        (
            "UPDATE audit_entry SET detail = jsonb_set(detail, '{before}', to_jsonb(now()))"
            " WHERE action = 'old entries removed'",
            "entries of less than 6 years were removed",
        ),
    ],
)
def test_who_removes_by_themselves_is_found(
    fresh_app: Flask, server: ServerAddress, tenant: Tenancy, forgery: str, said: str
) -> None:
    did(tenant, 9, 8, 7, 5)
    remove()
    with unbound(fresh_app, server) as admin:
        admin.execute(forgery.encode())
    assert said in [one.what for one in checked(tenant).faults]


def test_the_trail_outside_any_authority_is_kept_as_long(fresh_app: Flask, tenant: Tenancy) -> None:
    for years in (8, 7, 5):
        record_across(f"done {years}", person_id=None, at=NOW - years * YEAR)
    with scoped(Scope.identity()) as session:
        link_entries(session)
    assert remove() == 2
    with scoped(Scope.identity()) as session:
        left = set(session.scalars(sa.select(PlatformAuditEntry.action)))
        found = check(session)
    assert left == {"done 5", "old entries removed"}
    assert found.faults == [] and found.removed is not None and found.removed.number == 2


def test_the_worker_is_refused_what_is_younger(fresh_app: Flask, tenant: Tenancy) -> None:
    did(tenant, 5.9)
    with pytest.raises(sa.exc.DBAPIError) as refused, scoped(Scope.worker(tenant.id)) as session:
        session.execute(sa.delete(AuditEntry).where(AuditEntry.tenant_id == tenant.id))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
