"""Reading from a real streaming replica: the walls hold there, nobody sees less than they wrote,
and its loss is the primary's work."""

from __future__ import annotations

import dataclasses
import logging
import time

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg import sql

from saas.config import SettingsError, load_settings
from saas.database.base import db
from saas.database.connections import login_name, plain_url, replica_url
from saas.database.replica import AWAY_SECONDS, Lag, ask, measured_lag, the_replica
from saas.database.scope import (
    LoginRole,
    Scope,
    ScopedSession,
    replica_bind,
    seal,
)
from saas.identity.permissions import AuthorityRole, ProviderRole
from tests.factories import client_of, make_case, make_person, make_tenant
from tests.saas.operations.own_server import stop_at_once
from tests.saas.operations.replica_pair import ALL, Pair, coordinator, key_of, reads_primary
from tests.saas.operations.replica_server import (
    PATIENCE_SECONDS,
)


def test_what_is_read_of_every_authority_is_read_from_the_replica(pair: Pair) -> None:
    _, before = make_case(pair.app, pair.tenant)
    client = coordinator(pair)
    pair.follow()
    pair.replica.pause()
    case_id, later = make_case(pair.app, pair.tenant)
    page = client.get(ALL).text
    assert before in page and later not in page
    # The case itself, the trail and who is signed in are the primary's.
    path = f"/provider/{pair.tenant.slug}/cases/{case_id}"
    assert not pair.is_asked(client, path)
    pair.replica.resume()
    pair.follow()
    assert later in client.get(ALL).text


def test_statistics_and_the_api_are_read_from_the_replica(pair: Pair) -> None:
    officer = make_person(pair.app, tenant=pair.tenant, role=AuthorityRole.MANAGER)
    key = key_of(pair, officer.id)
    client = client_of(pair.app, officer)
    pair.follow()
    assert pair.is_asked(client, "/authority/statistics")
    assert not pair.is_asked(client, "/authority/")
    caller = pair.app.test_client()
    for path, expected in (("measures", True), ("cases", True), ("sen2", False)):
        pair.asked.clear()
        answer = caller.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 200
        assert bool(pair.asked) is expected, path


def test_the_list_of_every_authority_is_sent_from_the_replica(pair: Pair) -> None:
    _, reference = make_case(pair.app, pair.tenant)
    manager = client_of(pair.app, make_person(pair.app, role=ProviderRole.MANAGER))
    pair.follow()
    pair.replica.pause()
    _, later = make_case(pair.app, pair.tenant)
    text = manager.get("/provider/cases.csv?view=all").text
    assert reference in text and later not in text


def test_the_walls_hold_on_the_replica(pair: Pair) -> None:
    foreign = make_tenant(pair.app)
    own_case, _ = make_case(pair.app, pair.tenant)
    make_case(pair.app, foreign)
    pair.follow()
    count = sql.SQL("SELECT count(*) FROM sen_case WHERE tenant_id = {}").format(foreign.id)
    at = time.time()

    def seen(role: LoginRole, token: str) -> int:
        address = plain_url(replica_url(pair.settings, role))
        with psycopg.connect(address) as raw:
            raw.execute(sql.SQL("SET LOCAL app.scope = {}").format(token))
            (found,) = raw.execute(count).fetchone() or (-1,)
            return int(found)

    def token(scope: Scope, login: LoginRole, *, now: float = at, key: bytes = b"") -> str:
        login_is = login_name(pair.settings, login)
        return seal(scope, key=key or pair.settings.scope_secret, login=login_is, now=now)

    reader, authority = LoginRole.PROVIDER_READER, LoginRole.AUTHORITY
    everything = Scope.all_cases(None)
    assert seen(reader, token(everything, reader)) == 1
    assert seen(reader, "") == 0
    assert seen(reader, token(everything, reader, now=at - 600)) == 0
    assert seen(reader, token(everything, reader, key=b"of somebody else, 32 characters.")) == 0
    assert seen(authority, token(everything, reader)) == 0
    assert seen(authority, token(Scope.authority(pair.tenant.id, None), authority)) == 0
    assert seen(authority, token(Scope.authority(foreign.id, None), authority)) == 1
    with ScopedSession(db, Scope.authority(pair.tenant.id, None)) as session:
        session.on_replica = True
        found = session.scalars(sa.text("SELECT id FROM sen_case")).all()
        assert own_case in found
        with pytest.raises(sa.exc.InternalError, match=r"read-only|recovery"):
            session.execute(sa.text("DELETE FROM sen_case"))


def test_nothing_is_left_on_a_connection_to_the_replica(pair: Pair) -> None:
    engine = db.engines[replica_bind(LoginRole.PROVIDER_READER)]
    engine.dispose()
    with engine.connect() as one:
        one.exec_driver_sql("SET search_path = pg_temp")
        one.exec_driver_sql("SET app.scope = 'left behind'")
        one.commit()
        (number,) = one.exec_driver_sql("SELECT pg_backend_pid()").one()
    with engine.connect() as next_one:
        found = next_one.exec_driver_sql(
            "SELECT pg_backend_pid(), current_setting('search_path'),"
            " current_setting('app.scope', true)"
        ).one()
    assert found[0] == number and "pg_temp" not in found[1] and not found[2]


def test_the_lag_is_on_the_page_and_in_the_numbers(pair: Pair) -> None:
    manager = client_of(pair.app, make_person(pair.app, role=ProviderRole.MANAGER))
    anybody = pair.app.test_client()
    pair.follow()
    page = manager.get("/manager/status").text
    assert "Replica" in page and "Follows" in page
    told = anybody.get("/metrics").text
    assert "send_replica_up 1.0" in told and "send_replica_lag_seconds" in told
    deadline = time.monotonic() + PATIENCE_SECONDS
    # The primary writes a little for itself.
    while measured_lag() != Lag(0.0, 0):
        assert time.monotonic() < deadline
    pair.replica.pause()
    make_case(pair.app, pair.tenant)
    lag = measured_lag()
    assert lag.bytes > 0 and lag.seconds > 0
    assert f"{lag.bytes:,} bytes behind" in manager.get("/manager/status").text
    assert f"send_replica_lag_bytes {float(lag.bytes)}" in anybody.get("/metrics").text
    # Further behind than is allowed, it is not asked.
    replica = the_replica()
    assert replica is not None
    client = coordinator(pair)
    pair.app.extensions["replica"] = dataclasses.replace(replica, most_seconds=0.0)
    assert reads_primary(pair, client)
    assert "Late" in manager.get("/manager/status").text
    pair.replica.resume()
    pair.follow()
    pair.app.extensions["replica"] = dataclasses.replace(replica)
    assert pair.is_asked(client, ALL)


def test_the_answer_is_the_primarys_when_the_replica_is_lost_in_the_middle(pair: Pair) -> None:
    where: list[bool] = []

    def question() -> int:
        where.append(session.on_replica)
        number = session.scalar(sa.text("SELECT pg_backend_pid()"))
        if session.on_replica:
            with pair.replica.admin() as admin:
                admin.execute("SELECT pg_terminate_backend(%s)", [number])
        return int(session.scalar(sa.text("SELECT 7")) or 0)

    with ScopedSession(db, Scope.all_cases(None)) as session:
        assert ask(session, question) == 7
    assert where == [True, False]
    replica = the_replica()
    assert replica is not None and replica.is_away


def test_a_page_that_writes_and_said_it_only_reads_is_the_primarys(pair: Pair) -> None:
    where: list[bool] = []

    def question() -> int:
        where.append(session.on_replica)
        if session.on_replica:
            session.execute(sa.text("CREATE TEMPORARY TABLE one (id int)"))
        return 7

    with ScopedSession(db, Scope.all_cases(None)) as session:
        assert ask(session, question) == 7
    assert where == [True, False]
    replica = the_replica()
    assert replica is not None and not replica.is_away


def test_a_fault_of_the_question_itself_is_not_asked_twice(pair: Pair) -> None:
    asked: list[bool] = []

    def question() -> None:
        asked.append(session.on_replica)
        session.execute(sa.text("SET LOCAL statement_timeout = 20"))
        session.execute(sa.text("SELECT pg_sleep(5)"))

    with (
        ScopedSession(db, Scope.all_cases(None)) as session,
        pytest.raises(sa.exc.OperationalError, match="statement timeout"),
    ):
        ask(session, question)
    assert asked == [True]


def test_the_loss_of_the_replica_is_the_primarys_work(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    _, reference = make_case(pair.app, pair.tenant)
    client = coordinator(pair)
    manager = client_of(pair.app, make_person(pair.app, role=ProviderRole.MANAGER))
    pair.follow()
    assert pair.is_asked(client, ALL)
    moment = [time.monotonic()]
    pair.app.extensions["replica"] = dataclasses.replace(
        pair.app.extensions["replica"], clock=lambda: moment[0]
    )
    assert pair.is_asked(client, ALL)
    stop_at_once(pair.replica.embedded)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert not pair.is_asked(client, ALL)
            assert reference in client.get(ALL).text
    # Once for as long as it is left in peace, and without anybody's name.
    told = [r.getMessage() for r in caplog.records if "replica" in r.getMessage()]
    assert len(told) == 1 and "OperationalError" in told[0]
    assert "Does not answer" in manager.get("/manager/status").text
    assert "send_replica_up 0.0" in pair.app.test_client().get("/metrics").text
    assert pair.app.test_client().get("/health/ready").status_code == 200
    pair.replica.embedded.start()
    pair.follow()
    assert not pair.is_asked(client, ALL)
    moment[0] += AWAY_SECONDS
    assert pair.is_asked(client, ALL)


def test_without_a_replica_nothing_is_asked_and_nothing_is_kept(app: Flask) -> None:
    assert the_replica() is None
    assert {role.value for role in LoginRole} == {name for name in db.engines if name}
    make_case(app, make_tenant(app))
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    assert client.get(ALL).status_code == 200
    assert client.get_cookie("written") is None
    assert "send_replica" not in app.test_client().get("/metrics").text
    assert "Replica" not in client_of(
        app, make_person(app, role=ProviderRole.MANAGER)
    ).get("/manager/status").text  # fmt: skip


@pytest.mark.parametrize("given", ["replica:5432", "mysql://replica/x", "postgresql:///x"])
def test_an_address_of_a_replica_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_READ_URL"):
        load_settings(environment="test", database_read_url=given)
