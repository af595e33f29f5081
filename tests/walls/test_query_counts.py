"""No list asks the database more often because it has more rows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.connections import owner_connection
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty, SenCase
from tests.factories import client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.walls.many_cases import LISTS, more_cases
from tests.walls.statements import recorded

pytestmark = pytest.mark.usefixtures("standing_clock")


def _statements(client: PageClient, address: str) -> int:
    client.get(address)
    with recorded() as sent:
        assert client.get(address).status_code == 200
    return len(sent)


def test_a_list_of_many_asks_as_often_as_a_list_of_few(app: Flask) -> None:
    tenant = make_tenant(app)
    people = {
        "officer": make_person(app, tenant=tenant, role=AuthorityRole.OFFICER),
        "coordinator": make_person(app, role=ProviderRole.COORDINATOR),
        "manager": make_person(app, role=ProviderRole.MANAGER),
        "admin": make_person(app, role=ProviderRole.ADMIN),
        "finance": make_person(app, role=ProviderRole.FINANCE),
    }
    clients = {who: client_of(app, someone) for who, someone in people.items()}
    addresses = [(who, a.format(slug=tenant.slug)) for who, some in LISTS.items() for a in some]
    more_cases(tenant, 2)
    few = {address: _statements(clients[who], address) for who, address in addresses}
    more_cases(tenant, 60)
    many = {address: _statements(clients[who], address) for who, address in addresses}
    assert many == few


def test_the_pages_of_every_day_are_read_in_few_statements(app: Flask) -> None:
    tenant = make_tenant(app)
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    more_cases(tenant, 2)
    with scoped(Scope.provider(tenant.id, None)) as session:
        case_id = session.scalars(sa.select(SenCase.id).limit(1)).one()
    case = f"/provider/{tenant.slug}/cases/{case_id}"
    pages = [
        *((officer, f"/authority/{page}") for page in ("", "to-do", "statistics")),
        (officer, f"/authority/cases/{case_id}"),
        *((coordinator, page) for page in ("/provider/", case, f"{case}/family-notices")),
    ]
    asked = {address: _statements(client, address) for client, address in pages}
    assert [address for address, number in asked.items() if number >= 10] == [], asked


def test_a_case_of_a_large_family_is_told_in_as_many_statements(app: Flask) -> None:
    tenant = make_tenant(app)
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    case_id, _ = make_case(app, tenant)
    case = f"/provider/{tenant.slug}/cases/{case_id}"
    pages = [case, f"{case}/family-notices", f"{case}/links", f"{case}/messages"]
    few = {page: _statements(coordinator, page) for page in pages}
    with scoped(Scope.provider(tenant.id, None)) as session:
        for number in range(5):
            session.add(
                CaseParty(
                    tenant_id=tenant.id, case_id=case_id, side=Side.FAMILY.value,
                    name=f"Relative {number}", relation="aunt",
                    email=f"relative{number}@families.example",
                )
            )  # fmt: skip
    assert {page: _statements(coordinator, page) for page in pages} == few
    assert "Relative 4" in coordinator.get(f"{case}/family-notices").text


def test_an_authority_with_thousands_of_cases_is_listed_in_as_many_queries(app: Flask) -> None:
    tenant = make_tenant(app)
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    more_cases(tenant, 1)
    lists = ("/authority/", "/authority/?waiting_for=authority", "/authority/to-do")
    few = [_statements(officer, address) for address in lists]
    more_cases(tenant, 3_000)
    with owner_connection(app.extensions["settings"]) as connection:
        # What autovacuum does within a minute of so many new rows.
        connection.execute("ANALYZE")
    assert [_statements(officer, address) for address in lists] == few
    assert "of 3,001" in officer.get("/authority/").text
    assert "of 6,002 things to do" in officer.get("/authority/to-do").text


def test_a_tray_names_its_authority_beside_the_wall(app: Flask) -> None:
    """Where the wall alone asks for it, PostgreSQL opens the scope's seal at each row looked up."""
    tenant = make_tenant(app)
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    more_cases(tenant, 2)
    for address in LISTS["officer"]:
        with recorded() as sent:
            assert officer.get(address).status_code == 200
        listing = [each for each in sent if "FROM case_position" in each]
        assert listing or address in ("/authority/steps", "/authority/to-do"), address
        for statement in listing:
            assert "case_position.tenant_id = %(tenant)s" in statement, statement
