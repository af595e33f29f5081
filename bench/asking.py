"""A page asked again and again by somebody who is signed in, and how long it took."""

from __future__ import annotations

import datetime as dt
import statistics
import time
import uuid
from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from saas.database.scope import Scope, scoped
from saas.demo.people import add_people
from saas.identity import sessions
from saas.identity.models import Membership, ProviderStaff
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.service import find_signed_in
from saas.web.today import now
from tenants.casework.models import SenCase
from tenants.subscribers.queries import all_tenancies

A_DAY = dt.timedelta(hours=24)


def let_people_in() -> None:
    """The demonstration's people, of the provider and of each authority there is."""
    with scoped(Scope.all_cases(None)) as session:
        tenancies: list[Tenancy] = list(all_tenancies(session))
    with scoped(Scope.identity()) as session:
        add_people(session, tenancies)


def provider_person(role: ProviderRole) -> uuid.UUID:
    """Somebody of the provider with this role."""
    with scoped(Scope.identity()) as session:
        found = session.scalars(
            sa.select(ProviderStaff.person_id)
            .where(ProviderStaff.role == role.value)
            .order_by(ProviderStaff.person_id)
        ).first()
    if found is None:
        raise LookupError(f"nobody of the provider is a {role}: make the demonstration first")
    return found


def largest_authority() -> tuple[uuid.UUID, int, uuid.UUID]:
    """Of the authorities with an officer the one with the most cases, how many, and the officer."""
    with scoped(Scope.all_cases(None)) as session:
        counted = session.execute(
            sa.select(SenCase.tenant_id, sa.func.count()).group_by(SenCase.tenant_id)
        )
        cases = {row[0]: row[1] for row in counted}
    with scoped(Scope.identity()) as session:
        officers = {
            row[0]: row[1]
            for row in session.execute(
                sa.select(Membership.tenant_id, Membership.person_id).where(
                    Membership.role == AuthorityRole.OFFICER.value
                )
            )
        }
    if not officers:
        raise LookupError("no authority has an officer: make the demonstration first")
    tenant = max(officers, key=lambda one: cases.get(one, 0))
    return tenant, cases.get(tenant, 0), officers[tenant]


def browser(app: Flask, person_id: uuid.UUID, path: str) -> Callable[[], None]:
    """Asks for one page as this person.

    Raises:
        RuntimeError: by the asking, when the page answers anything but 200.
    """
    client = _signed_in(app, person_id)

    def ask() -> None:
        status = client.get(path).status_code
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")

    return ask


def searcher(app: Flask, person_id: uuid.UUID, path: str, words: str) -> Callable[[], None]:
    """Searches for these words as this person; one case alone is answered by the way to it.

    Raises:
        RuntimeError: by the asking, when the search answers otherwise.
    """
    client = _signed_in(app, person_id)
    # What a form proves is not what is measured.
    app.config["WTF_CSRF_ENABLED"] = False

    def ask() -> None:
        status = client.post(path, data={"search": words}).status_code
        if status not in (200, 302):
            raise RuntimeError(f"{path} answered {status}")

    return ask


def _signed_in(app: Flask, person_id: uuid.UUID) -> FlaskClient:
    client = app.test_client()
    with app.app_context():
        at = now()
        with scoped(Scope.identity()) as session:
            key = sessions.begin(session, person_id, device="A benchmark", at=at, lasts=A_DAY)
        found = find_signed_in(person_id, key, at=at)
    if found is None:
        raise LookupError("the person of the benchmark cannot sign in")
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = found.get_id(), True
    return client


def cookie_of(app: Flask, person_id: uuid.UUID) -> str:
    """The header by which a browser shows that this person is signed in."""
    kept = _signed_in(app, person_id).get_cookie(app.config["SESSION_COOKIE_NAME"])
    if kept is None:
        raise LookupError("the person of the benchmark has no session")
    return f"{kept.key}={kept.value}"


def median(
    ask: Callable[[], None], times: int, *, before: Callable[[], None] = lambda: None
) -> float:
    """The median of so many answers, in seconds. `before` is done before each and not counted."""
    taken = []
    for _ in range(times):
        before()
        begun = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)
