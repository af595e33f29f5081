"""Issue 13: the database writes down every change of a tenant's row, and nobody takes it back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.chain import years_before
from saas.audit.change_chain import (
    check_changes,
    first_id_at,
    link_changes,
    moment_of,
    remove_old_changes,
)
from saas.audit.models import RowChange, RowChangeLink
from saas.database.base import new_id
from saas.database.embedded import ServerAddress
from saas.database.scope import LoginRole, Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework.models import Child, SenCase
from tenants.mediation.models import Participant
from tenants.statistics.measures.models import ApiToken
from tests.factories import make_case, make_person, make_tenant
from tests.saas.audit.test_chain import unbound

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def superuser(app: Flask, server: ServerAddress) -> Iterator[psycopg.Connection]:
    with unbound(app, server) as connection:
        yield connection


def noted(tenant: Tenancy, **of: Any) -> list[RowChange]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        wanted = sa.select(RowChange).where(RowChange.tenant_id == tenant.id).filter_by(**of)
        found = list(session.scalars(wanted.order_by(RowChange.id)))
        session.expunge_all()
    return found


def test_what_is_added_changed_and_deleted_is_noted_with_who_and_through_which_door(
    app: Flask, tenant: Tenancy
) -> None:
    case, _ = make_case(app, tenant)
    person = make_person(app, role=ProviderRole.COORDINATOR)
    (added,) = noted(tenant, table_name="sen_case")
    assert (added.act, added.row_id, added.about) == ("insert", case, case)
    assert added.was is None and added.is_now is None and added.door == "provider"
    with scoped(Scope.provider(tenant.id, person.id)) as session:
        row = session.get_one(SenCase, (tenant.id, case))
        child, was = row.child_id, session.get_one(Child, (tenant.id, row.child_id)).family_name
        session.get_one(Child, (tenant.id, child)).family_name = "Otherwise"
    (changed,) = noted(tenant, table_name="child", act="update")
    assert changed.was is not None and changed.is_now is not None
    assert (changed.was["family_name"], changed.is_now["family_name"]) == (was, "Otherwise")
    assert "given_name" not in changed.was, "what did not change is not copied"
    assert (changed.person_id, changed.door, changed.row_id) == (person.id, "provider", child)
    assert abs(moment_of(changed.id) - changed.at) < dt.timedelta(milliseconds=2)


def test_a_row_that_goes_leaves_what_it_said(app: Flask, tenant: Tenancy) -> None:
    case, _ = make_case(app, tenant)
    person = Participant(
        tenant_id=tenant.id, id=new_id(), case_id=case, side="school", name="Nia Lawson",
        role="Head", added_at=NOW, added_by_name="Coordinator Example",
    )  # fmt: skip
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.add(person)
        session.flush()
        session.delete(person)
    added, gone = noted(tenant, table_name="participant")
    assert (added.act, gone.act, gone.about) == ("insert", "delete", case)
    assert gone.was is not None and gone.was["name"] == "Nia Lawson" and gone.is_now is None


def test_what_opens_something_is_named_and_not_copied(
    app: Flask, tenant: Tenancy, superuser: psycopg.Connection
) -> None:
    token = ApiToken(
        tenant_id=tenant.id, id=new_id(), name="Power BI", token_hash="a" * 64,
        allows="statistics", made_at=NOW, made_by=None, expires_on=NOW.date(), revoked_at=None,
    )  # fmt: skip
    with scoped(Scope.authority(tenant.id, None)) as session:
        session.add(token)
    superuser.execute("SET session_replication_role = origin")
    superuser.execute(
        "UPDATE api_token SET token_hash = repeat('b', 64), name = 'Excel' WHERE tenant_id = %s",
        [tenant.id],
    )
    with scoped(Scope.all_cases(None)) as session:
        wanted = sa.select(RowChange).where(
            RowChange.tenant_id == tenant.id, RowChange.act == "update"
        )
        (changed,) = session.scalars(wanted)
        assert changed.was == {"token_hash": None, "name": "Power BI"}
        assert changed.is_now == {"token_hash": None, "name": "Excel"}


def test_what_is_written_as_it_was_is_no_change(app: Flask, tenant: Tenancy) -> None:
    case, _ = make_case(app, tenant)
    before = len(noted(tenant))
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.execute(
            sa.update(SenCase)
            .where(SenCase.tenant_id == tenant.id, SenCase.id == case)
            .values(reference=SenCase.reference)
        )
    assert len(noted(tenant)) == before


def test_what_a_family_does_names_who_held_the_link_and_nobody_of_staff(
    app: Flask, tenant: Tenancy
) -> None:
    case, _ = make_case(app, tenant)
    party = uuid.uuid4()
    person = sa.insert(Participant).values(
        tenant_id=tenant.id, id=new_id(), case_id=case, side="family", name="An Aunt",
        role="Aunt", added_at=NOW, added_by_name="A Parent",
    )  # fmt: skip
    with scoped(Scope.family(tenant.id, case, party)) as session:
        session.execute(person)
    (added,) = noted(tenant, table_name="participant")
    assert (added.door, added.person_id, added.party_id) == ("family", None, party)


@pytest.mark.parametrize("scope", ["authority", "family", "finance"])
def test_who_may_not_read_a_table_reads_no_change_of_it(
    app: Flask, tenant: Tenancy, scope: str
) -> None:
    case, _ = make_case(app, tenant)
    wanted = sa.select(RowChange.table_name).where(RowChange.tenant_id == tenant.id)
    with scoped(getattr(Scope, scope)(tenant.id, case)) as session:
        if scope == "finance":
            assert set(session.scalars(wanted)) <= {"subscriber"}
        else:
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                session.execute(wanted)
            session.rollback()


def test_no_role_writes_changes_and_none_takes_them_away(app: Flask, tenant: Tenancy) -> None:
    make_case(app, tenant)
    for role, grant in RowChange.wall.grants.items():
        assert not grant.insert and not grant.update
        assert grant.delete == (role is LoginRole.WORKER)
    with (
        pytest.raises(sa.exc.ProgrammingError, match="younger than six years"),
        scoped(Scope.worker(tenant.id)) as session,
    ):
        session.execute(sa.delete(RowChange).where(RowChange.tenant_id == tenant.id))
    with (
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        scoped(Scope.worker(tenant.id)) as session,
    ):
        session.execute(sa.select(RowChange.is_now))


def linked(tenant: Tenancy) -> int:
    with scoped(Scope.worker(tenant.id)) as session:
        return link_changes(session)


def faults(tenant: Tenancy) -> list[tuple[int, uuid.UUID | None, str]]:
    with scoped(Scope.worker(tenant.id)) as session:
        found = check_changes(session, now=NOW)
    return [(one.number, one.entry_id, one.what) for one in found.faults]


def test_changes_are_linked_once_and_are_whole(app: Flask, tenant: Tenancy) -> None:
    make_case(app, tenant)
    first = linked(tenant)
    assert first > 3 and linked(tenant) == 0
    make_case(app, tenant)
    assert linked(tenant) > 3 and linked(tenant) == 0
    with scoped(Scope.worker(tenant.id)) as session:
        found = check_changes(session, now=NOW)
    assert found.faults == [] and found.links == len(noted(tenant))


@pytest.mark.parametrize(
    ("act", "what"),
    [
        ("UPDATE row_change SET person_id = id WHERE id = %s", "not as it was written"),
        ("UPDATE row_change SET is_now = '{}' WHERE id = %s", "not as it was written"),
        ("UPDATE row_change SET at = at + interval '1 s' WHERE id = %s", "not as it was written"),
        ("DELETE FROM row_change WHERE id = %s", "the change is gone"),
    ],
)
def test_a_change_that_is_touched_behind_the_walls_is_named(
    app: Flask, tenant: Tenancy, superuser: psycopg.Connection, act: str, what: str
) -> None:
    make_case(app, tenant)
    linked(tenant)
    victim = noted(tenant)[2]
    superuser.execute(act.encode(), [victim.id])
    ((number, change, said),) = faults(tenant)
    assert (number, change) == (1, victim.id) and what in said
    told = app.test_cli_runner().invoke(args=["audit", "verify", "--authority", tenant.slug])
    assert told.exit_code == 1 and str(victim.id) in told.output


@pytest.mark.parametrize(
    ("act", "what"),
    [
        ("UPDATE row_change_link SET hashes = changes[1]::text::bytea", "the link was changed"),
        ("UPDATE row_change_link SET changes = changes[2:]", "the link was changed"),
        ("DELETE FROM row_change_link", "links 1 to 1 are gone"),
    ],
)
def test_a_link_that_is_touched_is_named(
    app: Flask, tenant: Tenancy, superuser: psycopg.Connection, act: str, what: str
) -> None:
    for _ in range(2):
        make_case(app, tenant)
        linked(tenant)
    superuser.execute(f"{act} WHERE tenant_id = %s AND number = 1".encode(), [tenant.id])
    assert (1, None, what) in faults(tenant)


def test_old_changes_go_and_the_chain_still_holds(
    app: Flask, tenant: Tenancy, superuser: psycopg.Connection
) -> None:
    make_case(app, tenant)
    old = uuid.UUID(int=first_id_at(NOW - dt.timedelta(days=2_500)).int + 7)
    superuser.execute(
        "INSERT INTO row_change SELECT tenant_id, %s, at - interval '2500 days', table_name,"
        " row_id, about, act, person_id, party_id, door, was, is_now, for_provider, for_manager,"
        " for_finance FROM row_change WHERE tenant_id = %s LIMIT 1",
        [old, tenant.id],
    )
    linked(tenant)
    young = len(noted(tenant)) - 1
    before = years_before(NOW, 6)
    with scoped(Scope.worker(tenant.id)) as session:
        assert remove_old_changes(session, before=before, needed=RowChange.about == old) == 1
    assert len(noted(tenant)) == young and faults(tenant) == []
    with scoped(Scope.worker(tenant.id)) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RowChangeLink)) == 1
