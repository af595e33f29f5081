"""Nobody is shown less than they wrote, by a replica that is behind."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from saas.database.scope import (
    Scope,
    scoped,
)
from saas.identity.last_writes import KEPT_FOR, LastWrite, forget_last_writes
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.web.own_writes import FURTHEST
from tests.factories import client_of, make_case, make_person
from tests.saas.operations.replica_pair import (
    ALL,
    Pair,
    coordinator,
    give_to,
    key_of,
    reads_primary,
)


def test_nobody_sees_less_than_they_have_just_written(pair: Pair) -> None:
    case_id, reference = make_case(pair.app, pair.tenant)
    person = make_person(pair.app, role=ProviderRole.COORDINATOR)
    client, other = client_of(pair.app, person), coordinator(pair)
    pair.follow()
    elsewhere = client_of(pair.app, person)
    assert pair.is_asked(client, ALL) and pair.is_asked(elsewhere, ALL)
    pair.replica.pause()
    give_to(pair, client, case_id, person.id)
    assert client.get_cookie("written") is None
    assert "1 case is assigned" in client.get("/provider/?view=mine").text
    # The person's other browser knows as well, also one that was opened since.
    for browser in (client, elsewhere, client_of(pair.app, person)):
        assert reference in browser.get("/provider/?view=mine").text
    # To others it is not there yet, and that is no fault.
    assert reference not in other.get(f"/provider/?view=all&person={person.id}").text
    pair.replica.resume()
    pair.follow()
    for browser in (client, elsewhere):
        assert pair.is_asked(browser, "/provider/?view=mine")
        assert reference in browser.get("/provider/?view=mine").text


def test_an_authoritys_own_system_sees_what_its_people_have_just_written(pair: Pair) -> None:
    manager = make_person(pair.app, tenant=pair.tenant, role=AuthorityRole.MANAGER)
    headers = {"Authorization": f"Bearer {key_of(pair, manager.id)}"}
    client, caller = client_of(pair.app, manager), pair.app.test_client()

    def of_replica() -> bool:
        pair.asked.clear()
        assert caller.get("/api/v1/cases", headers=headers).status_code == 200
        return any("pg_last_wal_replay_lsn" not in statement for statement in pair.asked)

    pair.follow()
    assert of_replica()
    pair.replica.pause()
    assert client.get("/authority/trail/export").status_code == 200
    assert not of_replica()
    pair.replica.resume()
    pair.follow()
    assert of_replica()


def test_a_write_that_is_long_ago_asks_the_replica(pair: Pair) -> None:
    person = make_person(pair.app, role=ProviderRole.COORDINATOR)
    client = client_of(pair.app, person)
    pair.follow()
    assert pair.is_asked(client, ALL)
    for ago, is_primarys in ((KEPT_FOR - dt.timedelta(minutes=1), True), (KEPT_FOR, False)):
        with scoped(Scope.identity()) as session:
            session.execute(sa.delete(LastWrite))
            at = dt.datetime.now(dt.UTC) - ago
            session.add(LastWrite(id=person.id, place=FURTHEST, at=at))
        assert reads_primary(pair, client) is is_primarys
    with scoped(Scope.identity()) as session:
        forget_last_writes(session, at=dt.datetime.now(dt.UTC))
    assert last_writes(person.id) == 0


def last_writes(*whose: uuid.UUID) -> int:
    """Of how many of these it is noted how far their writes reach."""
    with scoped(Scope.identity()) as session:
        wanted = sa.select(sa.func.count()).where(LastWrite.id.in_(whose))
        return session.scalar(wanted) or 0


def test_what_somebody_took_away_is_in_the_trail_that_they_open_next(pair: Pair) -> None:
    person = make_person(pair.app, role=ProviderRole.ADMIN)
    admin = client_of(pair.app, person)
    pair.follow()
    pair.replica.pause()
    assert last_writes(person.id) == 0
    assert admin.get("/manager/people/export").status_code == 200
    assert last_writes(person.id) == 1


def test_a_browser_whose_write_could_not_be_noted_asks_the_primary(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, _ = make_case(pair.app, pair.tenant)
    person = make_person(pair.app, role=ProviderRole.COORDINATOR)
    client = client_of(pair.app, person)
    pair.follow()

    def fail(*_args: object, **_named: object) -> None:
        raise OSError("the database is gone")

    monkeypatch.setattr("saas.web.own_writes.note_last_write", fail)
    cookie = give_to(pair, client, case_id, person.id)
    assert "written=" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    pair.follow()
    assert reads_primary(pair, client)
