"""Two administrators who bind one domain at the same moment; and the list of all places."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity import connections
from saas.identity.connections import ConnectionRefused, EmailDomain, Kind, NewConnection
from saas.identity.permissions import ProviderRole
from tests.factories import NOW, client_of, make_person, make_tenant

SOON = 10.0  # seconds


def new_domain() -> str:
    return f"d{uuid.uuid4().hex[:10]}.example"


def owner_of(domain: str) -> uuid.UUID | None:
    with scoped(Scope.identity()) as session:
        return session.scalars(
            sa.select(EmailDomain.authority_id).where(EmailDomain.domain == domain)
        ).one()


def test_of_two_who_bind_a_domain_at_once_the_second_is_told_at_the_field(app: Flask) -> None:
    """The second page is sent while the first is not committed yet: it waits for it."""
    first, second = make_tenant(app), make_tenant(app)
    admin = client_of(app, make_person(app, role=ProviderRole.ADMIN))
    domain, answers = new_domain(), []
    theirs = f"/manager/sign-in/{second.slug}/domains"
    admin.get(theirs)
    form = next(one for one in admin.page.all("form") if one.get("action") == theirs)
    fields = {one.get("name"): one.get("value") for one in form.all("input")}

    def bind_second() -> None:
        answers.append(admin.post(theirs, data={**fields, "domains": domain}))

    sending = threading.Thread(target=bind_second)
    with scoped(Scope.identity()) as session:
        connections.bind_domains(session, first.id, [domain], at=NOW)
        sending.start()
        with scoped(Scope.jobs()) as looking:
            for _ in range(200):
                waits = looking.scalar(
                    sa.select(sa.func.count())
                    .select_from(sa.text("pg_locks"))
                    .where(sa.text("NOT granted"))
                )
                if waits:
                    break
                sending.join(0.05)
    sending.join(SOON)
    assert not sending.is_alive()
    (answer,) = answers
    assert answer.status_code == 422
    assert f"{domain} has just been bound to somebody else" in answer.text
    assert owner_of(domain) == first.id


def test_of_many_at_once_one_gets_it_and_nobody_meets_an_error(app: Flask) -> None:
    places = [make_tenant(app) for _ in range(4)]
    one, other = sorted((new_domain(), new_domain()))
    together, became = threading.Barrier(len(places)), []

    def bind(place: uuid.UUID, *, backwards: bool) -> None:
        with app.app_context():
            together.wait()
            try:
                with scoped(Scope.identity()) as session:
                    named = [other, one] if backwards else [one, other]
                    connections.bind_domains(session, place, named, at=NOW)
            except ConnectionRefused as refused:
                became.append(refused.field)
            else:
                became.append("bound")

    threads = [
        threading.Thread(target=bind, args=(place.id,), kwargs={"backwards": bool(number % 2)})
        for number, place in enumerate(places)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert sorted(became) == ["bound", "domains", "domains", "domains"]
    assert owner_of(one) == owner_of(other)


def test_what_the_same_place_bound_meanwhile_is_no_fault(app: Flask) -> None:
    tenant, domain = make_tenant(app), new_domain()
    for _ in range(2):
        with scoped(Scope.identity()) as session:
            connections.bind_domains(session, tenant.id, [domain], at=NOW)
    assert owner_of(domain) == tenant.id


def test_of_two_who_enter_a_connection_at_once_the_second_is_told(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = make_tenant(app)
    entered = NewConnection(Kind.OTHER, "https://id.example", "us", "secret", False, False)
    secret = app.extensions["settings"].session_secret
    with scoped(Scope.identity()) as session:
        connections.save_connection(session, tenant.id, entered, at=NOW, secret=secret)
    # As it looked to the second before the first was kept.
    monkeypatch.setattr(connections, "connection_of", lambda session, place: None)
    with (
        pytest.raises(ConnectionRefused, match="look at it first") as refused,
        scoped(Scope.identity()) as session,
    ):
        connections.save_connection(
            session, tenant.id, entered, at=NOW + dt.timedelta(seconds=1), secret=secret
        )
    assert refused.value.field == "issuer"


def test_the_list_of_places_is_paged(fresh_app: Flask) -> None:
    tenants = [make_tenant(fresh_app) for _ in range(26)]
    last = max(tenants, key=lambda one: one.name)
    with scoped(Scope.identity()) as session:
        connections.bind_domains(session, last.id, [domain := new_domain()], at=NOW)
    admin = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.ADMIN))
    first = admin.get("/manager/sign-in").text
    assert "?page=2" in first and domain not in first and last.name not in first
    assert len(admin.page.all("tbody")[0].all("tr")) == 25
    second = admin.get("/manager/sign-in?page=2").text
    assert domain in second and last.name in second
