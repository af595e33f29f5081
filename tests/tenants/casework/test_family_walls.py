"""The family's login role, asked directly: one case, the shared rows of it, and nothing else."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from saas.config import Settings
from saas.database.base import ALL, Base, declared_walls
from saas.database.connections import login_name, plain_url, role_url
from saas.database.scope import LoginRole, Scope, ScopeError, scoped, seal
from tenants.access_links.family_links import family_of, make_link
from tenants.casework import actions
from tenants.casework.kinds import FactKind
from tenants.casework.models import SenCase
from tests.factories import NOW, TODAY, actor, make_case, make_tenant

Ask = Callable[[uuid.UUID, uuid.UUID], Any]


@pytest.fixture(name="as_family")
def family_connection(settings: Settings) -> Ask:
    @contextmanager
    def ask(tenant: uuid.UUID, case: uuid.UUID) -> Iterator[psycopg.Connection]:
        token = seal(
            Scope.family(tenant, case),
            key=settings.scope_secret,
            login=login_name(settings, LoginRole.FAMILY),
            now=time.time(),
        )
        url = plain_url(role_url(settings, LoginRole.FAMILY))
        with psycopg.connect(url) as connection:
            connection.execute(f"SET LOCAL app.scope = '{token}'".encode())
            yield connection
            connection.rollback()

    return ask


def busy_case(app: Flask, tenant_id: uuid.UUID, case_id: uuid.UUID) -> None:
    """Rows of every audience in one case."""
    with scoped(Scope.provider(tenant_id, None)) as session:
        for shared in (True, False):
            actions.write_note(session, case_id, text="A note", shared=shared, by=actor())
        actions.add_fact(session, case_id, FactKind.CONTACT_MADE, TODAY, by=actor(), today=TODAY)
        ((party_id, _),) = family_of(session, case_id)
        make_link(session, case_id, party_id, by=actor())


def reachable() -> dict[str, str]:
    """The tables of a tenant that the family may ask, each with the column of its case."""
    found = {}
    for name, wall in declared_walls().items():
        grant = wall.grants.get(LoginRole.FAMILY)
        if grant is None or wall.tenant_column is None or not grant.select:
            continue
        columns = Base.metadata.tables[name].columns
        # What one of a family said of themselves is theirs alone, by the party of their link.
        found[name] = next(one for one in ("case_id", "id", "party_id") if one in columns)
    return found


def test_a_family_sees_rows_of_its_own_case_alone(app: Flask, as_family: Ask) -> None:
    tenant, other_tenant = make_tenant(app), make_tenant(app)
    own, _ = make_case(app, tenant)
    neighbour, _ = make_case(app, tenant)
    stranger, _ = make_case(app, other_tenant)
    for place, case_id in ((tenant, own), (tenant, neighbour), (other_tenant, stranger)):
        busy_case(app, place.id, case_id)
    seen = reachable()
    assert {"sen_case", "case_fact", "case_note", "case_party", "case_position"} <= set(seen)
    with scoped(Scope.provider(tenant.id, None)) as session:
        child = session.get_one(SenCase, (tenant.id, own)).child_id
    others = {"subscriber": {tenant.id}, "child": {child}, "party_telling": set[uuid.UUID]()}
    with as_family(tenant.id, own) as connection:
        for table, column in seen.items():
            expected = others.get(table, {own})
            found = {
                row[0]
                for row in connection.execute(
                    sql.SQL("SELECT {} FROM {}").format(
                        sql.Identifier(column), sql.Identifier(table)
                    )
                )
            }
            assert found <= expected, f"{table} shows a family rows of another case"
            if table in (
                "sen_case",
                "case_fact",
                "case_note",
                "case_party",
                "case_position",
                "child",
            ):
                assert found == expected, f"{table} shows nothing, so this proved nothing"
        audiences = connection.execute(
            "SELECT audience FROM case_note UNION SELECT audience FROM case_fact"
        ).fetchall()
        assert {a for (a,) in audiences} <= {"parties", "family"}


def test_a_case_of_another_authority_is_not_opened_by_naming_it(app: Flask, as_family: Ask) -> None:
    tenant, other = make_tenant(app), make_tenant(app)
    case_id, _ = make_case(app, tenant)
    with as_family(other.id, case_id) as connection:
        assert connection.execute("SELECT count(*) FROM sen_case").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM case_fact").fetchone() == (0,)


@pytest.mark.parametrize(
    "question",
    [
        "SELECT email FROM case_party",
        "SELECT telephone FROM case_party",
        "SELECT given_name FROM child",
        "SELECT recorded_by_name FROM case_fact",
        "SELECT written_by_name FROM case_note",
        "SELECT next_step FROM case_position",
        "SELECT authority_reference FROM sen_case",
        "SELECT token_hash FROM family_link",
        "SELECT name FROM person",
        "SELECT 1 FROM audit_entry",
        "UPDATE case_position SET stage = 'closed'",
        "UPDATE agreed_step SET done_on = current_date",
        "DELETE FROM case_fact",
        "UPDATE certificate SET number = 'X'",
    ],
)
def test_a_family_is_refused(app: Flask, as_family: Ask, question: str) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    with (
        as_family(tenant.id, case_id) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(question.encode())


def test_a_family_writes_no_fact(app: Flask, as_family: Ask) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    with (
        as_family(tenant.id, case_id) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(
            "INSERT INTO case_fact (tenant_id, id, case_id, kind, on_date, detail, audience,"
            " recorded_at, recorded_by_name, retracted)"
            " VALUES (%s, %s, %s, 'closed', %s, '{}', 'parties', %s, 'X', false)",
            [tenant.id, uuid.uuid4(), case_id, TODAY, NOW],
        )


def test_a_family_reads_every_column_of_no_table_but_what_is_its_own_paper() -> None:
    """A new column of a case is the family's only when its model says so."""
    whole = {
        name
        for name, wall in declared_walls().items()
        if wall.tenant_column
        and (grant := wall.grants.get(LoginRole.FAMILY))
        and grant.select == ALL
    }
    assert whole <= {"certificate", "agreed_step", "agreement", "agreement_signature"}


def test_a_familys_scope_without_a_case_is_refused() -> None:
    with pytest.raises(ScopeError, match="inside one case"):
        Scope(LoginRole.FAMILY, uuid.uuid4(), None)
