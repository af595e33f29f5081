"""Makes what a test needs, through the same actions as a user. All people are invented."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass, replace

import sqlalchemy as sa
from flask import Flask
from psycopg import sql

from saas.database.base import new_id
from saas.database.connections import owner_connection
from saas.database.scope import Scope, scoped
from saas.identity import actions as identity
from saas.identity import sessions
from saas.identity.passwords import hash_password
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.models import EducationAuthority
from saas.service import find_signed_in
from saas.web.today import now as page_clock
from tenants.casework import actions as casework
from tenants.casework.actions import Actor, NewParty, NewReferral
from tenants.casework.kinds import Route, Service, Side
from tenants.subscribers.models import Subscriber
from tests.page_client import PageClient

TODAY = dt.date(2026, 6, 10)
NOW = dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC)
PASSWORD = "a-long-enough-password"
_HASH = hash_password(PASSWORD)
_count = itertools.count(1)
FOR_YEARS = dt.timedelta(days=3_650)


@dataclass(frozen=True)
class Someone:
    """A person who can sign in."""

    id: uuid.UUID
    email: str
    name: str


def make_tenant(app: Flask, **columns: object) -> Tenancy:
    """A subscribing authority that no other test in this database uses."""
    with scoped(Scope.public()) as session:
        taken = set(session.scalars(sa.select(Subscriber.dfe_number)))
        place = session.scalars(
            sa.select(EducationAuthority)
            .where(EducationAuthority.dfe_number.not_in(taken))
            .order_by(EducationAuthority.dfe_number)
        ).first()
        session.expunge_all()
    if place is None:
        place = _invent_authority(app, taken)
    dfe_number, slug, name = place.dfe_number, place.slug, place.display_name
    number = len(taken)
    prefix = "".join(chr(65 + number // 26**n % 26) for n in (2, 1, 0))
    tenant_id = new_id()
    with scoped(Scope.provider(tenant_id, None)) as session:
        session.add(
            Subscriber(
                **{
                    "id": tenant_id,
                    "slug": slug,
                    "reference_prefix": prefix,
                    "name": name,
                    "dfe_number": dfe_number,
                    "subscribed_from": dt.date(2020, 4, 1),
                    **columns,
                }
            )
        )
    return Tenancy(id=tenant_id, slug=slug, name=name)


def _invent_authority(app: Flask, taken: set[str]) -> EducationAuthority:
    """One more authority than England has, when the worker's tests have used them all up."""
    number = next(n for n in (f"{i:03d}" for i in range(1000)) if n not in taken)
    word = "".join("abcdefghij"[int(digit)] for digit in number)
    invented = EducationAuthority(
        dfe_number=number,
        gss_code=f"E99999{number}",
        gss_valid_from=dt.date(2020, 4, 1),
        name=f"Example {word}",
        display_name=f"Example {word}",
        slug=f"example-{word}",
        type="unitary authority",
        region_code="E12000002",
        region="North West",
        valid_from=dt.date(2020, 4, 1),
    )
    columns = {
        column.key: getattr(invented, column.key)
        for column in sa.inspect(EducationAuthority).column_attrs
    }
    with owner_connection(app.extensions["settings"]) as connection:
        connection.execute(
            sql.SQL("INSERT INTO education_authority ({}) VALUES ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.SQL(", ").join(sql.Placeholder() * len(columns)),
            ),
            list(columns.values()),
        )
        connection.execute(
            "INSERT INTO district (lad_code, name, dfe_number) VALUES (%s, %s, %s)",
            [invented.gss_code, invented.name, number],
        )
    return invented


def make_person(
    app: Flask,
    *,
    tenant: Tenancy | None = None,
    role: AuthorityRole | ProviderRole,
    name: str = "Robin Example",
) -> Someone:
    person_id = new_id()
    email = f"person{next(_count)}-{person_id.hex[-6:]}@example.example"
    with scoped(Scope.identity()) as session:
        person = identity.add_person(
            session, email=email, name=name, password_hash=_HASH, id=person_id
        )
        if isinstance(role, AuthorityRole):
            assert tenant is not None, "an authority's role needs the authority"
            identity.join_authority(
                session,
                person=person,
                tenant_id=tenant.id,
                role=role,
                since=dt.date(2026, 1, 5),
            )
        else:
            identity.join_provider(session, person=person, role=role)
    return Someone(person_id, email, name)


def client_of(app: Flask, someone: Someone) -> PageClient:
    """A browser in which this person is signed in."""
    client = app.test_client()
    assert isinstance(client, PageClient)
    with app.app_context():
        found = find_signed_in(someone.id)
        at = page_clock()
        with scoped(Scope.identity()) as session:
            key = sessions.begin(session, someone.id, device="A test", at=at, lasts=FOR_YEARS)
            # Tests move the clock: to whoever is signed in that is not time that went by.
            session.execute(
                sa.update(sessions.WebSession)
                .where(sessions.WebSession.key_sha256 == sessions.key_of(key))
                .values(seen_at=at + FOR_YEARS, proven_at=at + FOR_YEARS)
            )
    assert found is not None
    found = replace(found, session_key=key)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = found.get_id()
        cookie["_fresh"] = True
    return client


def actor(name: str = "Coordinator Example") -> Actor:
    return Actor(id=None, name=name, at=NOW)


def referral(**changes: object) -> NewReferral:
    """A parent's referral about a refusal to assess, whole and in order."""
    values: dict[str, object] = {
        "service": Service.MEDIATION,
        "route": Route.PARENT,
        "opened_on": dt.date(2026, 5, 5),
        "given_name": "Ada",
        "family_name": f"Example{next(_count)}",
        "date_of_birth": dt.date(2016, 3, 9),
        "decision_type": "RTA",
        "notice_sent": dt.date(2026, 4, 20),
        "parties": (
            NewParty(
                side=Side.FAMILY,
                name="Jo Example",
                relation="Mother",
                email="jo@family.example",
                telephone="07700 900000",
            ),
        ),
    }
    return NewReferral(**{**values, **changes})  # type: ignore[arg-type]


def make_case(app: Flask, tenant: Tenancy, **changes: object) -> tuple[uuid.UUID, str]:
    """A case in the tenant: its id and its reference."""
    with scoped(Scope.provider(tenant.id, None)) as session:
        case = casework.open_case(session, referral(**changes), by=actor(), today=TODAY)
        return case.id, case.reference
