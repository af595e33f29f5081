"""Our own sessions on the pool: one scope each, sealed anew in every transaction.

Everything here commits for real, as in test_seal.py.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.config import Settings
from saas.database.base import db
from saas.database.connections import login_name
from saas.database.scope import (
    TENANT_ROLES,
    LoginRole,
    Scope,
    ScopedSession,
    ScopeError,
    scoped,
    seal,
)
from tenants.casework import actions
from tenants.casework.kinds import Choice
from tenants.casework.models import Child, SenCase
from tenants.casework.queries import CaseNotFoundError
from tests.factories import actor
from tests.saas.database.attack import Connect, Place, present


def references(session: ScopedSession) -> list[str]:
    return list(session.scalars(sa.select(SenCase.reference)))


def test_pooled_connections_serve_two_tenants_in_turn_and_mix_nothing(
    app: Flask, places: tuple[Place, Place]
) -> None:
    used = set()
    for turn in range(40):
        place = places[turn % 2]
        opener = Scope.authority if turn % 3 else Scope.provider
        with scoped(opener(place.id, None)) as session:
            assert references(session) == [place.reference]
            used.add(session.scalar(sa.text("SELECT pg_backend_pid()")))
            session.commit()
            # The second transaction of the same session is sealed anew.
            assert references(session) == [place.reference]
    assert len(used) <= 4, "the pool gave every turn a new connection, so this proved nothing"


def test_threads_with_a_tenant_each_never_see_the_other(
    shared_app: Flask, places: tuple[Place, Place]
) -> None:
    wrong: list[object] = []
    together = threading.Barrier(4)

    def work(place: Place) -> None:
        try:
            together.wait(timeout=20)
            for turn in range(40):
                with shared_app.app_context():
                    session = db.session()
                    assert isinstance(session, ScopedSession)
                    session.open(Scope.authority(place.id, None))
                    found = references(session)
                    if found != [place.reference]:
                        wrong.append(found)
                    if turn % 2:
                        session.commit()
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=[places[n % 2]]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_session_without_a_scope_reaches_no_database(app: Flask) -> None:
    session = db.session()
    with pytest.raises(ScopeError, match="no scope"):
        session.execute(sa.text("SELECT 1"))
    with pytest.raises(ScopeError, match="no scope"):
        session.get(SenCase, (uuid.uuid4(), uuid.uuid4()))


def test_a_session_keeps_the_scope_it_was_opened_with(
    app: Flask, places: tuple[Place, Place]
) -> None:
    """So that its identity map cannot hold one tenant's object while it works for another."""
    own, other = places
    session = db.session()
    assert isinstance(session, ScopedSession)
    session.open(Scope.provider(own.id, None))
    session.open(Scope.provider(own.id, None))
    held = session.get(SenCase, (own.id, own.case_id))
    assert held is not None
    for second in (
        Scope.provider(other.id, None),
        Scope.authority(own.id, None),
        Scope.all_cases(None),
        Scope.provider(own.id, uuid.uuid4()),
    ):
        with pytest.raises(ScopeError, match="One session, one scope"):
            session.open(second)
    session.commit()
    with pytest.raises(ScopeError, match="One session, one scope"):
        session.open(Scope.provider(other.id, None))
    assert session.get(SenCase, (other.id, other.case_id)) is None


@pytest.mark.parametrize("role", LoginRole)
def test_a_tenant_is_never_optional_and_never_too_much(role: LoginRole) -> None:
    with pytest.raises(ScopeError):
        Scope(role, None if role in TENANT_ROLES else uuid.uuid4(), None)


def test_a_transaction_of_one_tenant_cannot_be_turned_to_another(
    app: Flask, places: tuple[Place, Place], token: Callable[..., str]
) -> None:
    """Injected SQL that changes the setting closes the page's own scope and opens no other."""
    own, other = places
    with scoped(Scope.authority(own.id, None)) as session:
        assert references(session) == [own.reference]
        for injected in (
            f"SET LOCAL app.scope = '{other.id.hex}'",
            f"SET app.scope = 'all.none.9999999999.x.{'0' * 64}'",
            f"SELECT set_config('app.scope', '{token(LoginRole.PROVIDER, other.id)}', true)",
            "RESET app.scope",
        ):
            session.execute(sa.text(injected.replace(":", "\\:")))
            assert references(session) == []


def test_a_setting_left_on_a_pooled_connection_opens_nothing_for_the_next(
    app: Flask, places: tuple[Place, Place]
) -> None:
    own, other = places
    for _ in range(4):
        with scoped(Scope.authority(own.id, None)) as session:
            session.execute(
                sa.text("SELECT set_config('app.scope', current_setting('app.scope'), false)")
            )
        with scoped(Scope.authority(other.id, None)) as session:
            assert references(session) == [other.reference]


def test_a_token_cannot_be_read_off_another_connection_of_the_same_role(
    app: Flask, connect: Connect, places: tuple[Place, Place]
) -> None:
    """PostgreSQL shows a role what its own connections run just now."""
    thief = connect(LoginRole.AUTHORITY)
    with scoped(Scope.authority(places[1].id, None)) as session:
        # Begins, seals, and asks nothing yet.
        held = session.connection().connection.driver_connection
        assert isinstance(held, psycopg.Connection)
        row = thief.execute(
            "SELECT query FROM pg_stat_activity WHERE pid = %s AND state LIKE 'idle in%%'",
            [held.info.backend_pid],
        ).fetchone()
    assert row is not None, "the victim's connection was not looked at in time"
    assert row[0].startswith("/*") and "app.scope" not in row[0]


LEFT_BEHIND = (
    "SET search_path = pg_temp, public",
    "CREATE TEMPORARY TABLE sen_case (reference text)",
    "INSERT INTO sen_case VALUES ('NOT-A-CASE')",
    "DECLARE kept CURSOR WITH HOLD FOR SELECT reference FROM public.sen_case",
    "SELECT pg_advisory_lock(20260610)",
    "LISTEN to_the_next",
)
STILL_THERE = """SELECT
    (SELECT count(*) FROM pg_prepared_statements WHERE from_sql),
    (SELECT count(*) FROM pg_cursors WHERE name <> ''),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
    (SELECT count(*) FROM pg_listening_channels()),
    (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()),
    current_setting('search_path')"""


def test_nothing_that_one_borrower_of_a_connection_did_is_there_for_the_next(
    app: Flask, places: tuple[Place, Place]
) -> None:
    here, there = places
    used: dict[int, tuple[Any, ...]] = {}
    with scoped(Scope.provider(here.id, None)) as session:
        as_new = tuple(session.execute(sa.text(STILL_THERE)).one())
        session.commit()
        for statement in LEFT_BEHIND:
            session.execute(sa.text(statement))
        assert session.scalar(sa.text("SELECT reference FROM sen_case")) == "NOT-A-CASE"
        left = session.scalar(sa.text("SELECT pg_backend_pid()"))
        assert tuple(session.execute(sa.text(STILL_THERE)).one()) != as_new
    # The pool gives out its connections in turn.
    for _ in range(8):
        with scoped(Scope.provider(there.id, None)) as session:
            assert references(session) == [there.reference]
            used[session.scalar(sa.text("SELECT pg_backend_pid()")) or 0] = tuple(
                session.execute(sa.text(STILL_THERE)).one()
            )
    assert used.get(left) == as_new, "it was no connection of these, or something was left on it"


def test_a_commit_that_fails_is_told_and_leaves_nothing_either(
    app: Flask, places: tuple[Place, Place]
) -> None:
    """What ends a transaction cleans up in the same round trip; a commit may fail."""
    scope = Scope.provider(places[0].id, None)
    with ScopedSession(app.extensions["sqlalchemy"], scope=scope) as session:
        as_new = tuple(session.execute(sa.text(STILL_THERE)).one())
        left = session.scalar(sa.text("SELECT pg_backend_pid()"))
        session.execute(sa.text("SET search_path = pg_temp, public"))
        session.execute(
            sa.text("CREATE TEMPORARY TABLE once (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        )
        session.execute(sa.text("INSERT INTO once VALUES (1), (1)"))
        with pytest.raises(sa.exc.IntegrityError):
            session.commit()
        session.rollback()
        assert session.scalar(sa.text("SELECT pg_backend_pid()")) == left
        assert tuple(session.execute(sa.text(STILL_THERE)).one()) == as_new
        assert session.scalar(sa.text("SELECT to_regclass('once')")) is None


def test_the_policy_is_the_condition_of_an_index(app: Flask, places: tuple[Place, Place]) -> None:
    with scoped(Scope.authority(places[0].id, None)) as session:
        session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        session.execute(sa.text("SET LOCAL enable_bitmapscan = off"))
        for asked in ("true", "id = gen_random_uuid()", "opened_on > '2026-01-01'"):
            plan = "\n".join(
                session.scalars(sa.text(f"EXPLAIN SELECT * FROM sen_case WHERE {asked}"))
            )
            assert "Index Cond: (" in plan, plan
            assert "tenant_id = scope_tenant()" in plan.split("Index Cond:")[1], plan
            assert "Filter: (tenant_id" not in plan, plan


def test_the_scope_is_opened_once_a_statement_however_many_rows(
    app: Flask, places: tuple[Place, Place], server: Any, settings: Settings
) -> None:
    """Once by the planner and once as it runs; a VOLATILE function would be asked at each row."""
    own = places[0]
    with scoped(Scope.provider(own.id, None)) as session:
        session.add_all(
            Child(
                tenant_id=own.id,
                given_name="Bo",
                family_name=f"Example{n}",
                date_of_birth=dt.date(2015, 1, 1),
                search_key=f"bo example{n}",
            )
            for n in range(300)
        )
    name = sa.make_url(settings.database_url.get_secret_value()).database
    assert name is not None
    with psycopg.connect(server.url(name), autocommit=True) as admin:
        admin.execute("SET track_functions = 'all'")
        login = login_name(settings, LoginRole.PROVIDER)
        token = seal(
            Scope.provider(own.id, None),
            key=settings.scope_secret,
            login=login,
            now=time.time(),
        )
        admin.execute(f"SET SESSION AUTHORIZATION {login}".encode())
        with admin.transaction():
            present(admin, token)
            admin.execute("SET LOCAL enable_seqscan = off")
            admin.execute("SET LOCAL enable_bitmapscan = off")
            row = admin.execute("SELECT count(*), count(given_name) FROM child").fetchone()
            assert row is not None and row[0] > 300
            calls = admin.execute(
                "SELECT pg_stat_get_xact_function_calls('scope_tenant()'::regprocedure)"
            ).fetchone()
    assert calls == (2,)


def test_an_action_in_the_wrong_tenant_does_not_find_the_case(
    app: Flask, places: tuple[Place, Place]
) -> None:
    own, other = places
    with (
        pytest.raises(CaseNotFoundError),
        scoped(Scope.provider(own.id, None)) as session,
    ):
        actions.record_mias(
            session,
            other.case_id,
            on=dt.date(2026, 5, 6),
            way="telephone",
            minutes=20,
            choice=Choice.THINKING,
            choice_on=dt.date(2026, 5, 6),
            by=actor(),
            today=dt.date(2026, 6, 10),
        )
