"""No list of an authority asks the wall more often because it has more rows.

To open a scope's seal takes PostgreSQL as long as to look up a dozen rows. A subquery for each row,
or an outer join that goes to an index row by row, opens it as often as there are rows. (Over all
authorities the wall is asked at each row that is looked up; there is no single one to compare.)
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.config import Settings
from saas.database.connections import owner_connection
from saas.database.embedded import ServerAddress
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions
from tenants.casework.kinds import FactKind, Side
from tenants.casework.models import AgreedStep
from tests.conftest import close_connections
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.walls.many_cases import LISTS, more_cases

pytestmark = pytest.mark.usefixtures("standing_clock")

# More cases than a page has rows; and what another plan may ask more, which is less than the rows.
FULL_PAGE, LEEWAY = 60, 10
# However PostgreSQL joins: where it takes many rows for few, it goes from one to the next.
LOOPS_ALONE = [f"enable_{way} = off" for way in ("hashjoin", "mergejoin", "material", "memoize")]
OPENED = "SELECT pg_stat_get_xact_function_calls('scope_claims()'::regprocedure)"


@pytest.fixture
def counting(fresh_settings: Settings, fresh_app: Flask, server: ServerAddress) -> Flask:
    """The service on a database that counts how often its functions are called."""
    name = sa.make_url(fresh_settings.database_url.get_secret_value()).database
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        for setting in ("track_functions = 'all'", *LOOPS_ALONE):
            admin.execute(f'ALTER DATABASE "{name}" SET {setting}'.encode())
    close_connections(fresh_app)
    return fresh_app


@contextmanager
def openings() -> Iterator[list[int]]:
    """Collects how often each transaction opens a seal meanwhile.

    The server counts on from transaction to transaction, until it has put its numbers away.
    """
    found: list[int] = []
    before: dict[int, int] = {}

    def called(connection: sa.Connection) -> int:
        return connection.exec_driver_sql(OPENED).scalar_one() or 0

    def begin(connection: sa.Connection) -> None:
        before[id(connection)] = called(connection)

    def end(connection: sa.Connection) -> None:
        found.append(called(connection) - before.pop(id(connection)))

    heard = {"begin": begin, "commit": end, "rollback": end}
    for name, hear in heard.items():
        sa.event.listen(sa.Engine, name, hear)
    try:
        yield found
    finally:
        for name, hear in heard.items():
            sa.event.remove(sa.Engine, name, hear)


def opened(client: PageClient, address: str) -> int:
    client.get(address)
    with openings() as found:
        assert client.get(address).status_code == 200
    return sum(found)


def with_cases(app: Flask, tenant: Tenancy, count: int) -> None:
    """So many cases more, counted as autovacuum counts them within a minute."""
    more_cases(tenant, count)
    with owner_connection(app.extensions["settings"]) as connection:
        connection.execute("ANALYZE")


def test_an_authoritys_list_of_many_asks_the_wall_as_often_as_one_of_few(counting: Flask) -> None:
    tenant = make_tenant(counting)
    officer = client_of(counting, make_person(counting, tenant=tenant, role=AuthorityRole.OFFICER))
    with_cases(counting, tenant, 2)
    few = {address: opened(officer, address) for address in LISTS["officer"]}
    with_cases(counting, tenant, FULL_PAGE)
    many = {address: opened(officer, address) for address in LISTS["officer"]}
    grown = {address: (few[address], many[address]) for address in few}
    assert {a: n for a, n in grown.items() if n[1] - n[0] > LEEWAY} == {}
    assert min(few.values()) > 0, "what is counted is there"


def test_what_closed_cases_left_undone_is_not_looked_up_step_by_step(counting: Flask) -> None:
    """It grows for ever, and stands first: it is the longest overdue."""
    tenant = make_tenant(counting)
    case_id, _ = make_case(counting, tenant)
    people = {
        "/authority/steps": make_person(counting, tenant=tenant, role=AuthorityRole.OFFICER),
        "/provider/steps": make_person(counting, role=ProviderRole.COORDINATOR),
    }
    clients = {address: client_of(counting, someone) for address, someone in people.items()}
    found: list[dict[str, int]] = []
    for count in (1, FULL_PAGE):
        with scoped(Scope.provider(tenant.id, None)) as session:
            session.add_all(undone_step(tenant, case_id) for _ in range(count))
            if not found:
                actions.add_fact(session, case_id, FactKind.CLOSED, TODAY, by=actor(), today=TODAY)
        found.append({address: opened(client, address) for address, client in clients.items()})
    few, many = found
    assert {a: (few[a], many[a]) for a in few if many[a] - few[a] > LEEWAY} == {}


def undone_step(tenant: Tenancy, case_id: uuid.UUID) -> AgreedStep:
    return AgreedStep(
        tenant_id=tenant.id,
        case_id=case_id,
        kind="school_only",
        wording="A letter",
        responsible=Side.AUTHORITY.value,
        agreed_on=dt.date(2026, 3, 2),
        default_due_on=dt.date(2026, 4, 1),
        due_on=dt.date(2026, 4, 1),
    )
