"""Issue 13: a team is run by its manager; the last one stays; who is suspended is out at once."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import AuditEntry
from saas.database.scope import Scope, scoped
from saas.identity import team
from saas.identity.account_links import AccountLink
from saas.identity.models import Membership, Person
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.identity.unused import UNUSED_AFTER, UNUSED_NOTICE, suspend_unused
from tests.factories import Someone, client_of, make_person, make_tenant
from tests.page_client import PageClient

AT = dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def manager(app: Flask, tenant: Tenancy) -> Someone:
    return make_person(app, tenant=tenant, role=AuthorityRole.MANAGER)


@pytest.fixture
def managers(app: Flask, manager: Someone) -> PageClient:
    return client_of(app, manager)


def test_who_is_suspended_is_out_at_once_and_let_in_again(
    app: Flask, managers: PageClient, officer: Someone
) -> None:
    theirs = client_of(app, officer)
    assert theirs.get("/authority/").status_code == 200
    page = f"/authority/team/{officer.id}"
    managers.submit(f"{page}/suspend", {"checked": "go-on"})
    assert theirs.get("/authority/").status_code == 302
    assert "Suspended" in managers.get("/authority/team").text
    managers.submit(page, action=f"{page}/resume")
    assert client_of(app, officer).get("/authority/").status_code == 200


def test_another_role_holds_at_once(app: Flask, managers: PageClient, officer: Someone) -> None:
    theirs = client_of(app, officer)
    managers.submit(f"/authority/team/{officer.id}", {"role": "finance"},
                    action=f"/authority/team/{officer.id}")  # fmt: skip
    assert theirs.get("/authority/").status_code == 302, "signed out"
    again = client_of(app, officer)
    assert again.get("/authority/").status_code == 403
    assert again.get("/authority/invoices").status_code == 200


def test_the_last_manager_stays(
    app: Flask, tenant: Tenancy, managers: PageClient, manager: Someone
) -> None:
    page = f"/authority/team/{manager.id}"
    refused = managers.submit(page, {"role": "officer"}, action=page)
    assert refused.status_code == 422 and "last manager" in refused.text
    second = make_person(app, tenant=tenant, role=AuthorityRole.MANAGER)
    client_of(app, second).submit(f"{page}/suspend", {"checked": "go-on"})
    refuses = pytest.raises(team.TeamRefused, match="last manager")
    with scoped(Scope.identity()) as session, refuses:
        team.suspend_place(session, tenant.id, second.id, at=AT)


def test_two_managers_who_suspend_each_other_at_once_do_not_both_go(
    app: Flask, tenant: Tenancy, manager: Someone
) -> None:
    second = make_person(app, tenant=tenant, role=AuthorityRole.MANAGER)
    ready, refused = threading.Barrier(2), []

    def suspend(one: Someone) -> None:
        with app.app_context():
            ready.wait(timeout=10)
            try:
                with scoped(Scope.identity()) as session:
                    team.suspend_place(session, tenant.id, one.id, at=AT)
            except team.TeamRefused as no:
                refused.append(no)

    threads = [threading.Thread(target=suspend, args=(one,)) for one in (manager, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with scoped(Scope.identity()) as session:
        left = session.scalars(
            sa.select(Membership.person_id).where(
                Membership.tenant_id == tenant.id,
                Membership.role == "manager",
                Membership.suspended_at.is_(None),
            )
        ).all()
    assert len(left) == 1 and len(refused) == 1


def test_a_manager_reaches_nobody_of_another_authority(app: Flask, managers: PageClient) -> None:
    other = make_person(app, tenant=make_tenant(app), role=AuthorityRole.OFFICER)
    for path in ("", "/suspend", "/new-second-proof"):
        assert managers.get(f"/authority/team/{other.id}{path}").status_code == 404
    managers.get("/authority/team/invite")
    token = next(
        one.get("value") for one in managers.page.all("input") if one.get("name") == "csrf_token"
    )
    for path in ("", "/suspend", "/resume", "/invite-again", "/new-second-proof"):
        sent = {"csrf_token": token, "role": "officer", "checked": "go-on"}
        answer = managers.post(f"/authority/team/{other.id}{path}", data=sent)
        assert answer.status_code == 404
    assert client_of(app, other).get("/authority/").status_code == 200


def test_a_manager_does_not_decide_about_the_account_of_the_providers_people(
    app: Flask, managers: PageClient, tenant: Tenancy
) -> None:
    """Whoever invites an administrator of ours must not take away their second proof."""
    ours = make_person(app, role=ProviderRole.ADMIN)
    with scoped(Scope.identity()) as session:
        team.invite(
            session, email=ours.email, name="Admin", by="A manager", at=AT, tenant_id=tenant.id,
            role=AuthorityRole.OFFICER,
        )  # fmt: skip
        session.execute(sa.update(Person).where(Person.id == ours.id).values(code_secret=b"sealed"))
    managers.submit(f"/authority/team/{ours.id}/new-second-proof", {"checked": "go-on"})
    with scoped(Scope.identity()) as session:
        person = session.get(Person, ours.id)
        assert person is not None and person.code_secret == b"sealed"


@pytest.mark.parametrize("role", [AuthorityRole.OFFICER, AuthorityRole.FINANCE])
def test_who_runs_no_team_sees_none(app: Flask, tenant: Tenancy, role: AuthorityRole) -> None:
    client = client_of(app, make_person(app, tenant=tenant, role=role))
    for path in ("", "/invite", "/export"):
        assert client.get(f"/authority/team{path}").status_code == 403


def test_an_auditor_reads_who_has_access_and_no_case(app: Flask, tenant: Tenancy) -> None:
    client = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.AUDITOR))
    assert client.get("/authority/team").status_code == 200
    table = client.get("/authority/team/export")
    assert table.mimetype == "text/csv" and "auditor" in table.text
    assert client.get("/authority/team/invite").status_code == 403
    assert client.get("/authority/").status_code == 403


def test_what_is_done_to_a_team_is_in_its_trail(
    app: Flask, tenant: Tenancy, managers: PageClient, officer: Someone, manager: Someone
) -> None:
    managers.submit(f"/authority/team/{officer.id}/suspend", {"checked": "go-on"})
    with scoped(Scope.all_cases(None)) as session:
        entry = session.scalars(
            sa.select(AuditEntry).where(
                AuditEntry.tenant_id == tenant.id, AuditEntry.subject_id == officer.id
            )
        ).one()
        assert (entry.action, entry.person_id) == ("person suspended", manager.id)


def test_the_provider_lets_people_in_everywhere_and_its_last_administrator_stays(
    app: Flask, tenant: Tenancy, officer: Someone
) -> None:
    admin = make_person(app, role=ProviderRole.ADMIN)
    client = client_of(app, admin)
    email = f"new-{tenant.slug}@provider.example"
    client.submit(
        "/manager/people/invite",
        {"name": "New Adviser", "email": email, "roles": ["adviser", "mediator"]},
    )
    with scoped(Scope.identity()) as session:
        (member,) = [one for one in team.everyone(session) if one.email == email]
        assert member.roles == ("adviser", "mediator") and not member.joined
        others = session.scalars(
            sa.text("SELECT person_id FROM provider_staff WHERE role = 'admin'")
        ).all()
        for one in others:
            if one != admin.id:
                team.set_provider_roles(session, one, [ProviderRole.MANAGER], at=AT)
    refused = client.submit(
        f"/manager/people/{admin.id}", {"roles": ["manager"]},
        action=f"/manager/people/{admin.id}",
    )  # fmt: skip
    assert refused.status_code == 422 and "last administrator" in refused.text
    client.submit(f"/manager/people/{officer.id}/suspend", {"checked": "go-on"})
    assert "Suspended" in client.get(f"/manager/people/{officer.id}").text


def test_an_account_that_nobody_uses_is_told_and_then_suspended(
    app: Flask, officer: Someone
) -> None:
    def used(at: dt.datetime) -> None:
        with scoped(Scope.identity()) as session:
            session.execute(
                sa.update(Person).where(Person.id == officer.id).values(last_signed_in_at=at)
            )

    def run(at: dt.datetime) -> bool:
        with scoped(Scope.identity()) as session:
            return officer.id in suspend_unused(session, at=at)

    used(AT)
    # Other tests' people are of other days: theirs is not looked at.
    assert not run(AT + UNUSED_AFTER - UNUSED_NOTICE - dt.timedelta(days=1))
    told = AT + UNUSED_AFTER - UNUSED_NOTICE + dt.timedelta(hours=1)
    assert not run(told)
    with scoped(Scope.identity()) as session:
        purposes = session.scalars(
            sa.select(AccountLink.purpose).where(AccountLink.person_id == officer.id)
        ).all()
    assert list(purposes) == ["unused"]
    assert not run(AT + UNUSED_AFTER + dt.timedelta(minutes=30)), "told less than 14 days ago"
    used(AT + dt.timedelta(days=80))
    assert not run(told + UNUSED_NOTICE + dt.timedelta(hours=1)), "and came back in time"
    used(AT)
    assert run(told + UNUSED_NOTICE + dt.timedelta(hours=1))
