"""Issue 13: an entry that is changed or taken out of the trail is evident, and said where."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.actions import record, record_across
from saas.audit.chain import GENESIS, Checked, check, link_entries
from saas.audit.models import AuditEntry, AuditLink, PlatformAuditEntry, PlatformAuditLink
from saas.database.embedded import ServerAddress
from saas.database.scope import LoginRole, Scope, scoped
from saas.identity.signed_in import Tenancy
from tests.factories import NOW, make_tenant

ENTRIES = 7


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    made = make_tenant(app)
    with scoped(Scope.provider(made.id, None)) as session:
        for number in range(ENTRIES):
            record(
                session, f"done {number}", subject_kind="case", subject_id=uuid.uuid4(), at=NOW,
                many={"of": [number, "and more"], "ä": 0.5},
            )  # fmt: skip
    assert linked(made) == ENTRIES
    return made


@contextmanager
def unbound(app: Flask, server: ServerAddress) -> Iterator[psycopg.Connection]:
    """A connection past all walls and triggers."""
    url = app.extensions["settings"].database_url.get_secret_value()
    name = urlsplit(url).path.lstrip("/")
    with psycopg.connect(server.url(name), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def superuser(app: Flask, server: ServerAddress) -> Iterator[psycopg.Connection]:
    """Somebody whom no wall binds: an administrator of the database, or who stole their key."""
    with unbound(app, server) as connection:
        yield connection


def linked(tenant: Tenancy) -> int:
    with scoped(Scope.worker(tenant.id)) as session:
        return link_entries(session)


def checked(tenant: Tenancy) -> Checked:
    with scoped(Scope.worker(tenant.id)) as session:
        return check(session)


def take_out(superuser: psycopg.Connection, tenant: Tenancy, action: str) -> None:
    entry = "tenant_id = %s AND action = %s"
    superuser.execute(f"DELETE FROM audit_entry WHERE {entry}".encode(), [tenant.id, action])


def test_a_trail_that_nobody_touched_is_whole(app: Flask, tenant: Tenancy) -> None:
    found = checked(tenant)
    assert found.faults == [] and found.links == ENTRIES and found.head != GENESIS
    assert linked(tenant) == 0, "nothing is linked twice"
    assert checked(tenant).head == found.head


@pytest.mark.parametrize(
    ("act", "where", "what"),
    [
        ("UPDATE audit_entry SET action = 'nothing' WHERE action = 'done 3'", 4, "changed"),
        ("UPDATE audit_entry SET person_id = id WHERE action = 'done 0'", 1, "changed"),
        ("UPDATE audit_entry SET at = at - interval '1 s' WHERE action = 'done 6'", 7, "changed"),
        ("UPDATE audit_entry SET detail = '{}' WHERE action = 'done 2'", 3, "changed"),
        ("DELETE FROM audit_entry WHERE action = 'done 5'", 6, "entry is gone"),
        ("DELETE FROM audit_link WHERE number = 2", 2, "links 2 to 2 are gone"),
        ("UPDATE audit_link SET sha256 = repeat('0', 64) WHERE number = 4", 4, "changed"),
    ],
)  # fmt: skip
def test_what_is_changed_behind_the_walls_is_found_at_its_link(
    app: Flask, tenant: Tenancy, superuser: psycopg.Connection, act: str, where: int, what: str
) -> None:
    superuser.execute(f"{act} AND tenant_id = '{tenant.id}'".encode())
    first = checked(tenant).faults[0]
    assert first.number == where and what in first.what


def test_a_chain_that_is_written_anew_ends_in_another_hash(
    app: Flask, tenant: Tenancy, superuser: psycopg.Connection
) -> None:
    noted = checked(tenant).head
    superuser.execute("DELETE FROM audit_link WHERE tenant_id = %s", [tenant.id])
    take_out(superuser, tenant, "done 1")
    assert linked(tenant) == ENTRIES - 1
    found = checked(tenant)
    assert found.faults == [] and found.head != noted, "the noted hash shows it"


def test_the_command_says_where_and_ends_with_1(
    app: Flask, tenant: Tenancy, superuser: psycopg.Connection
) -> None:
    runner = app.test_cli_runner()
    told = runner.invoke(args=["audit", "verify", "--authority", tenant.slug])
    assert told.exit_code == 0 and f"{tenant.slug}: {ENTRIES} entries, ends in " in told.output
    take_out(superuser, tenant, "done 1")
    told = runner.invoke(args=["audit", "verify", "--authority", tenant.slug])
    assert told.exit_code == 1 and "link 2: the entry is gone" in told.output


def test_no_role_of_the_service_changes_the_trail(app: Flask, tenant: Tenancy) -> None:
    """Each may add or read; who removes what is old is refused by the database what is not."""
    removing = {AuditEntry: LoginRole.WORKER, AuditLink: LoginRole.WORKER}
    removing |= {PlatformAuditEntry: LoginRole.IDENTITY, PlatformAuditLink: LoginRole.IDENTITY}
    for model, who in removing.items():
        for role, grant in model.wall.grants.items():
            assert not grant.update and grant.delete == (role is who)
    for model in (AuditEntry, AuditLink):
        with (
            pytest.raises(sa.exc.ProgrammingError, match="younger than six years"),
            scoped(Scope.worker(tenant.id)) as session,
        ):
            session.execute(sa.delete(model).where(model.tenant_id == tenant.id))
    assert checked(tenant).faults == []


@pytest.fixture
def outside(fresh_app: Flask, server: ServerAddress) -> Iterator[psycopg.Connection]:
    """Five things done outside any authority, linked, on a database of their own."""
    for number in range(5):
        record_across(f"done {number}", person_id=uuid.uuid4(), at=NOW, many=[number])
    with scoped(Scope.identity()) as session:
        assert link_entries(session) == 5
    with unbound(fresh_app, server) as connection:
        yield connection


@pytest.mark.parametrize(
    ("act", "where", "what"),
    [
        ("UPDATE platform_audit_entry SET action = 'x' WHERE action = 'done 3'", 4, "changed"),
        ("UPDATE platform_audit_entry SET person_id = NULL WHERE action = 'done 0'", 1, "changed"),
        ("UPDATE platform_audit_entry SET detail = '{}' WHERE action = 'done 1'", 2, "changed"),
        ("DELETE FROM platform_audit_entry WHERE action = 'done 2'", 3, "entry is gone"),
        ("DELETE FROM platform_audit_entry WHERE action = 'done 0'", 1, "entry is gone"),
        ("DELETE FROM platform_audit_link WHERE number < 3", 1, "links 1 to 2 are gone"),
    ],
)
def test_what_is_changed_outside_any_authority_is_found_too(
    fresh_app: Flask, outside: psycopg.Connection, act: str, where: int, what: str
) -> None:
    runner = fresh_app.test_cli_runner()
    told = runner.invoke(args=["audit", "verify"])
    assert told.exit_code == 0 and "outside any authority: 5 entries, ends in " in told.output
    outside.execute(act.encode())
    told = runner.invoke(args=["audit", "verify"])
    assert told.exit_code == 1 and f"link {where}: " in told.output and what in told.output
