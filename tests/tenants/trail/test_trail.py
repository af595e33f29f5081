"""Issue 13: an authority reads who looked at its cases and took what away, and no confidence."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import ProgrammingError

from saas.audit.actions import record
from saas.audit.models import TOLD_TO_AUTHORITY, AuditEntry, PlatformAuditEntry
from saas.database import apart
from saas.database.scope import Scope, ScopedSession, scoped, seal
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tests.factories import client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def manager(app: Flask, tenant: Tenancy) -> PageClient:
    return client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))


def looks(tenant: Tenancy) -> int:
    with scoped(Scope.all_cases(None)) as session:
        wanted = sa.select(sa.func.count()).where(
            AuditEntry.tenant_id == tenant.id, AuditEntry.action == "case seen"
        )
        return session.scalar(wanted) or 0


def test_whoever_looks_at_a_case_is_in_its_trail_on_both_sides(
    app: Flask, tenant: Tenancy, manager: PageClient
) -> None:
    case, reference = make_case(app, tenant)
    coordinator = make_person(app, role=ProviderRole.COORDINATOR, name="Cora Coordinator")
    ours = client_of(app, coordinator)
    officer = client_of(
        app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER, name="Olu Officer")
    )
    assert ours.get(f"/provider/{tenant.slug}/cases/{case}").status_code == 200
    assert officer.get(f"/authority/cases/{case}").status_code == 200
    assert officer.get(f"/authority/cases/{case}").status_code == 200, "the same look"
    assert looks(tenant) == 2
    page = manager.get("/authority/trail").text
    assert "Cora Coordinator" in page and "Olu Officer" in page and f"Case {reference}" in page
    told = ours.get(f"/provider/{tenant.slug}/cases/{case}/seen-by").text
    assert "Olu Officer" in told


def test_what_was_not_shown_was_not_seen(app: Flask, tenant: Tenancy) -> None:
    other = make_tenant(app)
    case, _ = make_case(app, other)
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    assert officer.get(f"/authority/cases/{case}").status_code == 404
    assert looks(tenant) == looks(other) == 0


def test_what_a_family_does_in_confidence_is_not_in_the_authoritys_trail(
    app: Flask, tenant: Tenancy, manager: PageClient
) -> None:
    case, _ = make_case(app, tenant)
    at = dt.datetime.now(dt.UTC)
    with scoped(Scope.family(tenant.id, case)) as session:
        record(session, "document uploaded", subject_kind="document", subject_id=case, at=at)
    with scoped(Scope.provider(tenant.id, None)) as session:
        record(session, "note written", subject_kind="case", subject_id=case, at=at)
    page = manager.get("/authority/trail").text
    assert "ocument uploaded" not in page and "ote written" not in page
    with scoped(Scope.authority(tenant.id, None)) as session:
        seen = session.execute(sa.select(AuditEntry.action, AuditEntry.door)).all()
        assert all(door == "authority" or action in TOLD_TO_AUTHORITY for action, door in seen)
    with scoped(Scope.authority(tenant.id, None)) as session, pytest.raises(ProgrammingError):
        session.execute(sa.select(AuditEntry.detail))


@pytest.mark.parametrize("door", ["provider", "family", ""])
def test_nobody_writes_for_another_door(app: Flask, tenant: Tenancy, door: str) -> None:
    at = dt.datetime.now(dt.UTC)
    entry = AuditEntry(
        tenant_id=tenant.id, at=at, person_id=None, action="case seen", subject_kind="case",
        subject_id=tenant.id, door=door,
    )  # fmt: skip
    session = ScopedSession(app.extensions["sqlalchemy"], scope=Scope.authority(tenant.id, None))
    session.add(entry)
    with pytest.raises(ProgrammingError):
        session.flush()
    session.rollback()
    session.close()


def test_the_list_is_narrowed_and_taken_away_which_is_noted(
    app: Flask, tenant: Tenancy, manager: PageClient
) -> None:
    case, reference = make_case(app, tenant)
    officer = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER, name="Olu Officer")
    client_of(app, officer).get(f"/authority/cases/{case}")
    manager.get("/authority/cases.csv")
    only = manager.get(f"/authority/trail?person={officer.id}&action=case+seen")
    assert f"Case {reference}" in only.text and "ases exported" not in only.text.split("<table")[1]
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    assert "Nothing fits" in manager.get(f"/authority/trail?from={tomorrow}").text
    table = manager.get("/authority/trail/export?action=case+seen")
    assert table.mimetype == "text/csv" and "Olu Officer" in table.text and reference in table.text
    assert "rail exported" in manager.get("/authority/trail").text


def test_who_signed_in_is_listed_for_the_team_alone(
    app: Flask, tenant: Tenancy, manager: PageClient
) -> None:
    other = make_person(app, tenant=make_tenant(app), role=AuthorityRole.OFFICER, name="Not Ours")
    officer = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER, name="Olu Officer")
    for someone in (other, officer):
        browser = app.test_client()
        assert isinstance(browser, PageClient)
        browser.submit("/sign-in", {"email": someone.email, "password": "a-long-enough-password"})
    page = manager.get("/authority/trail?show=sign-ins").text
    assert "Olu Officer" in page and "Signed in" in page and "Not Ours" not in page


@pytest.mark.parametrize("role", [AuthorityRole.OFFICER, AuthorityRole.FINANCE])
def test_the_trail_and_the_walls_are_not_everybodys(
    app: Flask, tenant: Tenancy, role: AuthorityRole
) -> None:
    client = client_of(app, make_person(app, tenant=tenant, role=role))
    for path in ("/authority/trail", "/authority/trail/export", "/authority/apart"):
        assert client.get(path).status_code == 403


def test_the_walls_are_checked_live_and_hold(
    app: Flask, tenant: Tenancy, manager: PageClient
) -> None:
    make_case(app, make_tenant(app))
    answer = manager.get("/authority/apart?now=1")
    assert answer.status_code == 200
    assert "All as it must be" in answer.text and "Does not hold" not in answer.text
    assert answer.text.count("Holds") >= 15


def test_a_check_that_fails_says_so(
    app: Flask, tenant: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the seal opened another authority's rows: the check sees them."""
    other = make_tenant(app)
    make_case(app, other)
    settings = app.extensions["settings"]
    login = f"{settings.database_role_prefix}_authority"
    sealed = seal

    def for_the_other(_scope: Scope, **told: Any) -> str:
        return sealed(Scope.authority(other.id, None), **told)

    monkeypatch.setattr(apart, "seal", for_the_other)
    found = apart.check_walls(tenant.id, key=settings.scope_secret, login=login, now=time.time())
    failed = [one.name for one in found if not one.passed]
    assert failed == ["With its own scope: rows of other authorities"]


def test_who_asks_for_a_page_that_is_not_theirs_is_in_the_trail(
    app: Flask, tenant: Tenancy, manager: PageClient
) -> None:
    officer = client_of(
        app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER, name="Olu Officer")
    )
    # One page that an officer may not open, and one of another door.
    assert officer.get("/authority/team").status_code == 403
    assert officer.get("/finance/").status_code == 403
    with scoped(Scope.all_cases(None)) as session:
        asked = session.scalars(
            sa.select(AuditEntry.detail)
            .where(AuditEntry.tenant_id == tenant.id, AuditEntry.action == "page refused")
            .order_by(AuditEntry.at)
        ).all()
    assert [one["page"] for one in asked] == [
        "authority_team.members",
        "finance_billing.first_page",
    ]
    page = manager.get("/authority/trail").text
    assert page.count("Page refused") >= 2 and "Olu Officer" in page


def test_a_refusal_at_the_providers_own_pages_is_in_the_trail_across_authorities(
    app: Flask,
) -> None:
    someone = make_person(app, role=ProviderRole.MEDIATOR)
    assert client_of(app, someone).get("/manager/people").status_code == 403
    with scoped(Scope.all_cases(None)) as session:
        found = session.scalars(
            sa.select(PlatformAuditEntry.detail).where(
                PlatformAuditEntry.person_id == someone.id,
                PlatformAuditEntry.action == "page refused",
            )
        ).all()
    assert found == [{"page": "manager_people.people"}]


def test_a_file_that_is_taken_away_is_in_the_trail_once(app: Flask, tenant: Tenancy) -> None:
    """By construction: a page that says so itself is left to do so."""

    def said(action: str) -> list[dict[str, Any]]:
        with scoped(Scope.all_cases(None)) as session:
            return list(
                session.scalars(
                    sa.select(AuditEntry.detail).where(
                        AuditEntry.tenant_id == tenant.id, AuditEntry.action == action
                    )
                )
            )

    manager = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    assert manager.get("/authority/statistics/figures.csv").status_code == 200
    assert [one["page"] for one in said("file taken away")] == [
        "authority_statistics.figures_table"
    ]
    assert manager.get("/authority/cases.csv").status_code == 200
    assert len(said("cases exported")) == len(said("file taken away")) == 1
