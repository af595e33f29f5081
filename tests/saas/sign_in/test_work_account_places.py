"""Issue 13: what a council's account opens, and what it does not, of people of several places."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity import connections, team
from saas.identity.models import Membership, Person, ProviderStaff
from saas.identity.permissions import AuthorityRole, ProviderRole
from tests.factories import make_person, make_tenant
from tests.openid_provider.control import RunningProvider
from tests.saas.sign_in.conftest import browser
from tests.saas.sign_in.work_accounts import (
    AT,
    Council,
    claims_of,
    come_back,
    connect,
    last_refusal,
    member,
    set_out,
    sign_in_there,
)


def test_it_opens_its_own_authority_and_no_other_place_of_the_person(
    app: Flask, council: Council
) -> None:
    """Also of who works for another authority and for the provider: and these prove themselves
    by a second proof of ours, whatever the council says of its own."""
    other = make_tenant(app)
    officer = member(app, council)
    with scoped(Scope.identity()) as session:
        session.add(
            Membership(
                tenant_id=other.id, person_id=officer.id, role=AuthorityRole.MANAGER.value,
                since=dt.date(2020, 1, 1),
            )
        )  # fmt: skip
        team.set_provider_roles(session, officer.id, [ProviderRole.ADMIN], at=AT)
    client, answer = sign_in_there(app, council, officer, amr=["pwd", "mfa"])
    assert answer.status_code == 403 and last_refusal(council)["why"] == "works elsewhere"
    with scoped(Scope.identity()) as session:
        session.execute(
            sa.update(Person).where(Person.id == officer.id).values(code_secret=b"sealed")
        )
    client, answer = sign_in_there(app, council, officer, amr=["pwd", "mfa"])
    assert answer.status_code == 302 and answer.location == "/sign-in/second"
    assert client.get("/account").status_code == 302, "and is nowhere before"


def test_a_session_by_it_is_in_its_own_authority_alone(app: Flask, council: Council) -> None:
    officer = member(app, council)
    client, _ = sign_in_there(app, council, officer)
    other = make_tenant(app)
    with scoped(Scope.identity()) as session:
        session.add(
            Membership(
                tenant_id=other.id, person_id=officer.id, role=AuthorityRole.MANAGER.value,
                since=dt.date(2020, 1, 1),
            )
        )  # fmt: skip
        team_of = [ProviderRole.ADMIN, ProviderRole.COORDINATOR]
        session.add_all(ProviderStaff(person_id=officer.id, role=role.value) for role in team_of)
    assert client.get("/authority/").status_code == 200
    assert council.tenant is not None and council.tenant.name in client.get("/account").text
    assert client.get("/authority/team").status_code == 403, "a manager there, not here"
    assert client.get("/manager/people").status_code == 403
    assert client.get("/provider/").status_code == 403
    security = client.get("/account/security")
    assert f"/places/{other.id}" not in security.text
    token = next(
        one.get("value") for one in client.page.all("input") if one.get("name") == "csrf_token"
    )
    moved = client.post(f"/account/security/places/{other.id}", data={"csrf_token": token})
    assert moved.status_code == 404


def test_an_address_of_another_domain_is_not_spoken_for(app: Flask, council: Council) -> None:
    """A manager invites somebody of another council: their own council speaks for them, or none."""
    guest = make_person(app, tenant=council.tenant, role=AuthorityRole.OFFICER)
    client = browser(app)
    assert client.submit("/sign-in", {"email": guest.email}).status_code == 422
    # The council's service, told to speak for them all the same.
    council.provider.tell(person=claims_of(guest))
    there = set_out(client, f"anybody@{council.domain}")
    assert come_back(client, council.provider.sign_in(there)).status_code == 403
    assert last_refusal(council)["why"] == "another domain"


def test_the_providers_own_people_come_by_theirs(app: Flask, provider: RunningProvider) -> None:
    ours = connect(app, provider, tenant=None)
    admin = member(app, ours, ProviderRole.ADMIN)
    client, answer = sign_in_there(app, ours, admin)
    assert answer.status_code == 302
    assert client.get("/manager/people").status_code == 200
    with scoped(Scope.identity()) as session:
        found = session.get(connections.IdentityConnection, ours.connection_id)
        assert found is not None
        connections.remove_connection(session, found, at=AT)
    assert client.get("/manager/people").status_code == 302
