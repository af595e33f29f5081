"""Issue 13: sessions are seen and ended by their owner, and end by themselves."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.models import Membership
from saas.identity.permissions import AuthorityRole
from saas.identity.sessions import IDLE, WebSession, forget_old_sessions
from saas.identity.signed_in import Tenancy
from tests.factories import Someone, client_of, make_person, make_tenant
from tests.saas.sign_in.conftest import browser, sign_in


def move(someone: Someone, **columns: dt.datetime) -> None:
    with scoped(Scope.identity()) as session:
        session.execute(
            sa.update(WebSession).where(WebSession.person_id == someone.id).values(**columns)
        )


def test_a_session_ends_when_nobody_is_there_and_when_its_hours_are_over(
    app: Flask, officer: Someone
) -> None:
    now = dt.datetime.now(dt.UTC)
    client = client_of(app, officer)
    assert client.get("/account").status_code == 200
    move(officer, seen_at=now - IDLE + dt.timedelta(minutes=1))
    assert client.get("/account").status_code == 200, "and that one is there is noted"
    move(officer, seen_at=now - IDLE - dt.timedelta(seconds=1))
    assert client.get("/account").status_code == 302
    other = client_of(app, officer)
    move(officer, ends_at=now - dt.timedelta(seconds=1))
    assert other.get("/account").status_code == 302


def test_where_one_is_signed_in_is_listed_and_ended_one_by_one(
    app: Flask, officer: Someone
) -> None:
    here, there = browser(app), browser(app)
    for client, agent in ((here, "Firefox/130 (Windows NT 10.0)"), (there, "Chrome/140 Android")):
        client.environ_base["HTTP_USER_AGENT"] = agent
        sign_in(client, officer)
    page = here.get("/account/security").text
    assert "Firefox on Windows" in page and "Chrome on Android" in page
    with scoped(Scope.identity()) as session:
        ended = session.scalar(
            sa.select(WebSession.id).where(
                WebSession.person_id == officer.id, WebSession.device == "Chrome on Android"
            )
        )
    here.submit("/account/security", action=f"/account/security/sessions/{ended}/end")
    assert there.get("/account").status_code == 302 and here.get("/account").status_code == 200


def test_nobody_ends_anothers_session(app: Flask, officer: Someone, tenant: Tenancy) -> None:
    other = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)
    theirs = client_of(app, other)
    mine = client_of(app, officer)
    with scoped(Scope.identity()) as session:
        wanted = sa.select(WebSession.id).where(WebSession.person_id == other.id)
        theirs_id = session.scalar(wanted)
    mine.get("/account/security")
    token = next(
        one.get("value") for one in mine.page.all("input") if one.get("name") == "csrf_token"
    )
    answer = mine.post(f"/account/security/sessions/{theirs_id}/end", data={"csrf_token": token})
    assert answer.status_code == 404 and theirs.get("/account").status_code == 200


def test_signing_out_ends_the_session_also_for_a_copy_of_its_cookie(
    app: Flask, officer: Someone
) -> None:
    client, thief = browser(app), browser(app)
    sign_in(client, officer)
    cookie = client.get_cookie("session")
    assert cookie is not None
    thief.set_cookie("session", cookie.value)
    assert thief.get("/account").status_code == 200
    client.submit("/account", action="/sign-out")
    assert thief.get("/account").status_code == 302


def test_changing_the_password_ends_all_other_sessions(app: Flask, officer: Someone) -> None:
    here, there = client_of(app, officer), client_of(app, officer)
    answer = here.submit(
        "/account/security/password",
        {"old": "a-long-enough-password", "password": "quilt harbour pigeon seven"},
    )
    assert answer.status_code == 302
    assert here.get("/account").status_code == 200 and there.get("/account").status_code == 302


def test_who_works_for_two_authorities_chooses_in_each_browser(
    app: Flask, officer: Someone, tenant: Tenancy
) -> None:
    second = make_tenant(app)
    with scoped(Scope.identity()) as session:
        session.add(
            Membership(
                tenant_id=second.id, person_id=officer.id, role="manager",
                since=dt.date(2026, 2, 1),
            )
        )  # fmt: skip
    here, there = client_of(app, officer), client_of(app, officer)
    assert tenant.name in here.get("/authority/").text
    here.submit("/account/security", action=f"/account/security/places/{second.id}")
    assert second.name in here.get("/authority/team").text, "a manager there"
    assert there.get("/authority/team").status_code == 403, "an officer here"


def test_old_sessions_are_forgotten(app: Flask, officer: Someone) -> None:
    client_of(app, officer)
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    move(officer, ends_at=long_ago)
    with scoped(Scope.identity()) as session:
        assert forget_old_sessions(session, at=dt.datetime.now(dt.UTC)) >= 1
