"""Issue 13: a connection is set up by who may, tried, switched, corrected and removed."""

from __future__ import annotations

import datetime as dt
import uuid

import psycopg
import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from requests_hardened.ip_filter import InvalidIPAddress
from sqlalchemy.exc import IntegrityError

from saas.audit.models import AuditEntry, PlatformAuditEntry
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.identity import connections
from saas.identity.connections import EmailDomain, ExternalIdentity, Kind
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.sign_in import openid
from saas.sign_in.openid import GuardedSession, ProviderSilent, discover, issuer_fault
from tests.factories import Someone, client_of, make_person, make_tenant
from tests.openid_provider.control import RunningProvider
from tests.openid_provider.server import CLIENT_ID, CLIENT_SECRET
from tests.page_client import PageClient
from tests.saas.sign_in.work_accounts import AT, Council, connection, member, sign_in_there

PAGE = "/authority/team/sign-in"


@pytest.fixture(name="manager")
def managers_browser(app: Flask, tenant: Tenancy) -> PageClient:
    return client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))


@pytest.fixture(name="admin")
def admins_browser(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.ADMIN))


def entered(provider: RunningProvider, **changes: str) -> dict[str, str]:
    return {
        "kind": "other", "issuer": provider.address, "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET, **changes,
    }  # fmt: skip


def new_domain() -> str:
    return f"d{uuid.uuid4().hex[:10]}.example"


def every_page(client: PageClient, address: str) -> str:
    """The texts of all the pages of a list."""
    found, number = [], 1
    while True:
        found.append(client.get(f"{address}?page={number}").text)
        number += 1
        if f"?page={number}" not in found[-1]:
            return "".join(found)


def test_the_provider_binds_the_domain_and_the_councils_manager_connects_its_service(
    app: Flask, provider: RunningProvider, tenant: Tenancy, manager: PageClient, admin: PageClient
) -> None:
    provider.tell(lies=[])
    assert "No work account is connected" in manager.get(PAGE).text
    assert manager.submit(f"{PAGE}/change", entered(provider)).location == PAGE
    page = manager.get(PAGE).text
    assert "Entered; never shown" in page and CLIENT_SECRET not in page
    answer = manager.submit(PAGE, action=f"{PAGE}/try")
    assert answer.status_code == 200 and "nothing is wrong that we can see" in answer.text
    manager.submit(PAGE, action=f"{PAGE}/switch-on")
    assert "No e-mail domain is bound yet" in manager.get(PAGE).text
    assert manager.get(f"{PAGE}/domains").status_code == 404, "the provider alone binds domains"
    domain = new_domain()
    theirs = f"/manager/sign-in/{tenant.slug}"
    assert admin.submit(f"{theirs}/domains", {"domains": f"@{domain.upper()}\n"}).location == theirs
    assert domain in every_page(admin, "/manager/sign-in")
    manager.submit(PAGE, action=f"{PAGE}/switch-on")
    assert ">On<" in manager.get(PAGE).text.replace("\n", "").replace(" ", "")
    with scoped(Scope.all_cases(None)) as session:
        told = session.execute(
            sa.select(AuditEntry.action, AuditEntry.door)
            .where(AuditEntry.tenant_id == tenant.id)
            .order_by(AuditEntry.at, AuditEntry.id)
        ).all()
    assert [tuple(one) for one in told] == [
        ("sign-in connection changed", "authority"),
        ("e-mail domains bound", "provider"),
        ("sign-in connection switched on", "authority"),
    ]


def test_the_secret_is_in_the_database_for_nobody_to_read(
    app: Flask, council: Council, owner_connection: psycopg.Connection
) -> None:
    kept = connection(council)
    assert kept.client_secret is not None and CLIENT_SECRET.encode() not in kept.client_secret
    settings = app.extensions["settings"]
    assert connections.secret_of(kept, secret=settings.session_secret) == CLIENT_SECRET
    assert connections.secret_of(kept, secret="another key of the service") == ""


@pytest.mark.parametrize(
    ("role", "see", "change"),
    [
        (AuthorityRole.OFFICER, 403, 403),
        (AuthorityRole.FINANCE, 403, 403),
        (AuthorityRole.AUDITOR, 200, 403),
        (AuthorityRole.MANAGER, 200, 200),
    ],
)
def test_who_runs_no_team_connects_nothing(
    app: Flask, tenant: Tenancy, role: AuthorityRole, see: int, change: int
) -> None:
    client = client_of(app, make_person(app, tenant=tenant, role=role))
    assert client.get(PAGE).status_code == see
    assert client.get(f"{PAGE}/change").status_code == change


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        ("no answer", "answers 503"),
        ("redirects", "leads elsewhere"),
        ("endless", "does not answer in time"),
        ("other name", "It calls itself"),
        ("not json", "does not answer in JSON"),
        ("weak algorithms", "signs its tokens in no way that we take"),
        ("no keys", "publishes no keys"),
    ],
)
def test_trying_says_what_is_wrong_and_nothing_is_switched_on(
    app: Flask, council: Council, lie: str, says: str
) -> None:
    manager = client_of(app, member(app, council, AuthorityRole.MANAGER))
    manager.submit(PAGE, action=f"{PAGE}/switch-off")
    council.provider.tell(lies=[lie])
    answer = manager.submit(PAGE, action=f"{PAGE}/try")
    assert answer.status_code == 200 and says in answer.text
    refused = manager.submit(PAGE, action=f"{PAGE}/switch-on")
    assert refused.status_code == 422 and says in refused.text
    assert not connection(council).is_on


def test_trying_tells_that_the_secret_is_not_right(app: Flask, council: Council) -> None:
    manager = client_of(app, member(app, council, AuthorityRole.MANAGER))
    manager.submit(f"{PAGE}/change", {"client_secret": "ran out"})
    answer = manager.submit(PAGE, action=f"{PAGE}/try")
    assert "the client id or the secret is not right" in answer.text
    manager.submit(f"{PAGE}/change", {"client_secret": CLIENT_SECRET})
    assert "nothing is wrong" in manager.submit(PAGE, action=f"{PAGE}/try").text
    assert connection(council).is_on, "a new secret ends nothing"


def test_another_service_needs_its_own_secret_and_signs_out_who_came_by_the_one_before(
    app: Flask, council: Council
) -> None:
    theirs, _ = sign_in_there(app, council, member(app, council))
    manager = client_of(app, member(app, council, AuthorityRole.MANAGER))
    refused = manager.submit(f"{PAGE}/change", {"client_id": "another"})
    assert refused.status_code == 422 and "secret of this registration" in refused.text
    assert theirs.get("/authority/").status_code == 200
    manager.submit(f"{PAGE}/change", {"client_id": "another", "client_secret": "its own"})
    assert theirs.get("/authority/").status_code == 302


def test_it_is_removed_and_its_people_are_forgotten(app: Flask, council: Council) -> None:
    officer = member(app, council)
    theirs, _ = sign_in_there(app, council, officer)
    manager = client_of(app, member(app, council, AuthorityRole.MANAGER))
    manager.get(f"{PAGE}/remove")
    assert "Its secret is forgotten" in manager.get(f"{PAGE}/remove").text
    manager.submit(f"{PAGE}/remove", {"checked": "go-on"})
    assert "No work account is connected" in manager.get(PAGE).text
    assert theirs.get("/authority/").status_code == 302
    with scoped(Scope.identity()) as session:
        left = sa.select(ExternalIdentity).where(ExternalIdentity.person_id == officer.id)
        assert session.scalar(left) is None
        assert connections.domains_of(session, council.tenant.id if council.tenant else None)


def test_a_domain_is_one_organisations_alone(
    app: Flask, council: Council, admin: PageClient, tenant: Tenancy
) -> None:
    page = f"/manager/sign-in/{tenant.slug}/domains"
    taken = admin.submit(page, {"domains": council.domain})
    assert taken.status_code == 422 and "bound to somebody else" in taken.text
    for wrong, says in (
        ("gmail.com", "Anybody can have"),
        ("not a domain", "not a domain is none"),
    ):
        answer = admin.submit(page, {"domains": wrong})
        assert answer.status_code == 422 and says in answer.text
    # The database says so itself, whoever asks it.
    refuses = pytest.raises(IntegrityError, match="pk_email_domain")
    with refuses, scoped(Scope.identity()) as session:
        session.add(EmailDomain(domain=council.domain, authority_id=tenant.id, bound_at=AT))
        session.flush()


def test_the_last_domain_stays_while_the_connection_is_on(
    app: Flask, council: Council, admin: PageClient
) -> None:
    assert council.tenant is not None
    page = f"/manager/sign-in/{council.tenant.slug}/domains"
    officers, _ = sign_in_there(app, council, member(app, council))
    answer = admin.submit(page, {"domains": ""})
    assert answer.status_code == 422 and "Switch the connection off" in answer.text
    other = new_domain()
    admin.submit(page, {"domains": f"{council.domain}\n{other}"})
    assert officers.get("/authority/").status_code == 302, "signs in anew"


def test_the_provider_connects_its_own(
    app: Flask, provider: RunningProvider, admin: PageClient
) -> None:
    provider.tell(lies=[])
    page = "/manager/sign-in/provider"
    assert admin.submit(f"{page}/change", entered(provider)).location == page
    domain = new_domain()
    admin.submit(f"{page}/domains", {"domains": domain})
    admin.submit(page, action=f"{page}/switch-on")
    assert ">On<" in admin.get(page).text.replace("\n", "").replace(" ", "")
    with scoped(Scope.identity()) as session:
        kept = connections.connection_of(session, None)
        assert kept is not None
        connection_id = str(kept.id)
    with scoped(Scope.all_cases(None)) as session:
        told = session.scalars(
            sa.select(PlatformAuditEntry.action)
            .where(PlatformAuditEntry.detail["connection"].astext == connection_id)
            .order_by(PlatformAuditEntry.at, PlatformAuditEntry.id)
        ).all()
    assert told[-1] == "sign-in connection switched on"
    admin.submit(f"{page}/remove", {"checked": "go-on"})


@pytest.mark.parametrize(
    ("issuer", "kind", "says"),
    [
        ("login.example.org", Kind.OTHER, "Enter the issuer"),
        ("http://login.example.org", Kind.OTHER, "https://"),
        ("https://user@login.example.org", Kind.OTHER, "address alone"),
        ("https://login.example.org/?a=1", Kind.OTHER, "address alone"),
        ("https://login.example.org:no", Kind.OTHER, "Enter the issuer"),
        ("https://login.microsoftonline.com/common/v2.0", Kind.MICROSOFT, "your own tenant"),
        ("https://login.example.org/1234/v2.0", Kind.MICROSOFT, "your own tenant"),
        ("https://login.example.org", Kind.GOOGLE, "accounts.google.com"),
        ("https://accounts.google.com", Kind.OTHER, "Choose Microsoft Entra or Google"),
        ("https://login.microsoftonline.com/1234/v2.0", Kind.OTHER, "Choose Microsoft Entra"),
    ],
)
def test_an_issuer_that_cannot_be_right_is_refused_at_its_field(
    settings: Settings, issuer: str, kind: Kind, says: str
) -> None:
    assert says in issuer_fault(issuer, kind, settings)


def test_a_service_inside_a_network_is_never_asked(
    settings: Settings, provider: RunningProvider
) -> None:
    at = dt.datetime.now(dt.UTC)
    for issuer in ("https://10.0.0.1", "https://169.254.169.254", "https://[fd00::1]"):
        with pytest.raises(ProviderSilent, match="inside a network"):
            discover(issuer, settings, at=at)
    production = settings.model_copy(update={"environment": "production"})
    assert "on the internet" in issuer_fault(provider.address, Kind.OTHER, production)
    openid.forget(provider.address)
    with pytest.raises(ProviderSilent, match="cannot be reached"):
        discover(provider.address, production, at=at)
    with GuardedSession(local=False) as session, pytest.raises(InvalidIPAddress):
        session.request("GET", "https://localhost:1/", withhold_token=True)
    with GuardedSession(local=False) as session, pytest.raises(requests.RequestException):
        session.request("GET", provider.address, withhold_token=True)


def test_who_tries_while_it_is_down_is_answered_without_asking_each_time(
    app: Flask, settings: Settings, provider: RunningProvider
) -> None:
    provider.tell(lies=["no answer"])
    openid.forget(provider.address)
    at = dt.datetime.now(dt.UTC)
    with pytest.raises(ProviderSilent):
        discover(provider.address, settings, at=at)
    provider.tell(lies=[])
    with pytest.raises(ProviderSilent):
        discover(provider.address, settings, at=at + dt.timedelta(seconds=5))
    later = at + openid.FAILURE_KEPT
    assert discover(provider.address, settings, at=later)["issuer"] == provider.address


def test_a_manager_reaches_the_connection_of_no_other_authority(
    app: Flask, council: Council, manager: PageClient, tenant: Tenancy
) -> None:
    assert council.provider.address not in manager.get(PAGE).text
    other = make_tenant(app)
    assert council.tenant is not None
    for slug in (council.tenant.slug, other.slug, "provider"):
        assert manager.get(f"/manager/sign-in/{slug}").status_code == 403
    assert isinstance(member(app, council), Someone)
