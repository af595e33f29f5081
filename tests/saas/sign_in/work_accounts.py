"""A council with a sign-in of its own, and what its people do there."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from saas.audit.models import PlatformAuditEntry
from saas.database.scope import Scope, scoped
from saas.identity import connections
from saas.identity.connections import IdentityConnection, Kind, NewConnection
from saas.identity.models import Person
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.sign_in import openid
from tests.factories import Someone, make_person, make_tenant
from tests.openid_provider.control import RunningProvider
from tests.openid_provider.server import CLIENT_ID, CLIENT_SECRET
from tests.page_client import PageClient

AT = dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Council:
    """A tenant with its connection; with None the provider."""

    tenant: Tenancy | None
    domain: str
    connection_id: uuid.UUID
    provider: RunningProvider

    @property
    def back(self) -> str:
        return f"/sign-in/work-account/back/{self.connection_id}"


def browser(app: Flask, source: str = "192.0.2.1") -> PageClient:
    """One that nobody has signed in by."""
    client = app.test_client()
    assert isinstance(client, PageClient)
    client.environ_base = {**client.environ_base, "REMOTE_ADDR": source}
    return client


def connect(
    app: Flask, provider: RunningProvider, *, tenant: Tenancy | None, **changes: Any
) -> Council:
    """Connect a council to the provider that runs; its domain is bound and it is on."""
    authority_id = tenant.id if tenant else None
    domain = f"d{uuid.uuid4().hex[:10]}.example"
    entered = {
        "kind": Kind.OTHER, "issuer": provider.address, "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET, "must_use": False, "asks_second": False, **changes,
    }  # fmt: skip
    secret = app.extensions["settings"].session_secret
    with scoped(Scope.identity()) as session:
        known = connections.connection_of(session, authority_id)
        if known is not None:
            connections.switch(session, known, on=False, at=AT)
        connections.bind_domains(session, authority_id, [domain], at=AT)
        kept = connections.save_connection(
            session, authority_id, NewConnection(**entered), at=AT, secret=secret
        )
        connections.switch(session, kept, on=True, at=AT)
        connection_id = kept.id
    openid.forget(provider.address)
    provider.tell(
        redirect_uris=[f"http://127.0.0.1:5000/sign-in/work-account/back/{connection_id}"],
        lies=[], signed_in_ago=0, listens_to_prompt=True, person={},
    )  # fmt: skip
    return Council(tenant, domain, connection_id, provider)


def new_council(app: Flask, provider: RunningProvider, **changes: Any) -> Council:
    return connect(app, provider, tenant=make_tenant(app), **changes)


def member(
    app: Flask,
    council: Council,
    role: AuthorityRole | ProviderRole = AuthorityRole.OFFICER,
) -> Someone:
    """One of its people, with an address of its domain."""
    someone = make_person(app, tenant=council.tenant, role=role)
    email = f"p{uuid.uuid4().hex[:10]}@{council.domain}"
    with scoped(Scope.identity()) as session:
        session.execute(sa.update(Person).where(Person.id == someone.id).values(email=email))
    return Someone(someone.id, email, someone.name)


def claims_of(someone: Someone, **changes: Any) -> dict[str, Any]:
    return {
        "sub": f"subject-{someone.id}", "email": someone.email, "email_verified": True, **changes,
    }  # fmt: skip


def set_out(client: PageClient, email: str) -> str:
    """Type the address and go to the council's sign-in; its address, as the browser is led."""
    offered = client.submit("/sign-in", {"email": email})
    assert offered.status_code == 302 and offered.location == "/sign-in/work-account", offered.text
    page = client.get(offered.location)
    assert page.status_code == 200
    links = [one.get("href") for one in client.page.all("a") if "Continue" in one.text]
    gone = client.get(links[0])
    assert gone.status_code == 302, gone.text
    return gone.location


def come_back(client: PageClient, address: str) -> TestResponse:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in_there(
    app: Flask,
    council: Council,
    someone: Someone,
    *,
    client: PageClient | None = None,
    **claims: Any,
) -> tuple[PageClient, TestResponse]:
    """Sign in by the council's account: the browser, and what it was answered in the end."""
    client = client or browser(app)
    council.provider.tell(person=claims_of(someone, **claims))
    there = set_out(client, someone.email)
    return client, come_back(client, council.provider.sign_in(there))


def question(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def last_refusal(council: Council) -> dict[str, Any]:
    """What the trail says of the last sign-in by it that was refused."""
    with scoped(Scope.all_cases(None)) as session:
        entry = session.scalars(
            sa.select(PlatformAuditEntry)
            .where(
                PlatformAuditEntry.action == "work account refused",
                PlatformAuditEntry.detail["connection"].astext == str(council.connection_id),
            )
            .order_by(PlatformAuditEntry.at.desc(), PlatformAuditEntry.id.desc())
        ).first()
        assert entry is not None
        return {**entry.detail, "person": entry.person_id}


def connection(council: Council) -> IdentityConnection:
    with scoped(Scope.identity()) as session:
        found = session.get(IdentityConnection, council.connection_id)
        assert found is not None
        session.expunge(found)
        return found
