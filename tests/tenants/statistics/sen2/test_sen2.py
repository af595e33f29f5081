"""The SEN2 list: one row a child and decision, the flag to set, what to fix first."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import AuditEntry
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tenants.casework.kinds import FactKind
from tenants.statistics.measures.periods import calendar_year
from tenants.statistics.sen2.listing import Sen2Row, sen2_rows
from tests.factories import client_of, make_person, make_tenant
from tests.tenants.statistics.caseload import add, hold_mediation, make_referral

DAY = dt.date(2025, 3, 5)
GOOD_UPN = "H820200100001"


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


def rows(tenant: Tenancy, year: int = 2025) -> list[Sen2Row]:
    with scoped(Scope.authority(tenant.id, None)) as session:
        return sen2_rows(session, calendar_year(year))


@pytest.mark.parametrize(
    ("decision", "module"),
    [
        ("RTA", "Request"),
        ("RTI", "Assessment"),
        ("CONTENT", "Other"),
        ("PLACEMENT", "Other"),
        ("RTRA", "Other"),
        ("RTAM", "Other"),
        ("CEASE", "Other"),
    ],
)
def test_the_decision_says_which_flag_to_set(
    app: Flask, tenant: Tenancy, decision: str, module: str
) -> None:
    hold_mediation(app, tenant, held=DAY, decision_type=decision, appeal=dt.date(2025, 6, 1))
    (row,) = rows(tenant)
    assert row.flags == (f"{module}Mediation", f"{module}Tribunal")


def test_a_flag_belongs_to_the_year_of_its_event(app: Flask, tenant: Tenancy) -> None:
    hold_mediation(app, tenant, held=dt.date(2025, 12, 31), appeal=dt.date(2026, 1, 15))
    assert [row.flags for row in rows(tenant, 2025)] == [("RequestMediation",)]
    assert [row.flags for row in rows(tenant, 2026)] == [("RequestTribunal",)]
    assert rows(tenant, 2024) == []


def test_two_cases_of_one_child_and_decision_are_one_row(app: Flask, tenant: Tenancy) -> None:
    same: dict[str, Any] = {"given_name": "Sam", "family_name": "Twice"}
    hold_mediation(app, tenant, held=DAY, **same)
    again = make_referral(app, tenant, opened_on=dt.date(2025, 7, 1), **same)
    add(app, tenant, again, FactKind.APPEAL_REGISTERED, dt.date(2025, 8, 1))
    hold_mediation(app, tenant, held=DAY, decision_type="CEASE", **same)
    found = {row.decision_type: row for row in rows(tenant)}
    assert set(found) == {"RTA", "CEASE"}
    assert len(found["RTA"].cases) == 2
    assert found["RTA"].flags == ("RequestMediation", "RequestTribunal")


def test_who_was_neither_mediated_nor_appealed_is_not_returned(app: Flask, tenant: Tenancy) -> None:
    make_referral(app, tenant, opened_on=DAY)
    assert rows(tenant) == []


def test_rows_that_cannot_be_returned_come_first_and_say_what_to_fix(
    app: Flask, tenant: Tenancy
) -> None:
    for number, upn in enumerate((GOOD_UPN, None, "123")):
        hold_mediation(app, tenant, held=DAY, upn=upn, family_name=f"Child {number}")
    found = rows(tenant)
    assert found[-1].upn == GOOD_UPN and found[-1].to_fix == ""
    assert [bool(row.to_fix) for row in found] == [True, True, False]
    assert any(row.to_fix.startswith("No UPN") for row in found[:2])


def test_a_manager_downloads_it_and_that_is_written_down(app: Flask, tenant: Tenancy) -> None:
    hold_mediation(app, tenant, held=DAY, upn=GOOD_UPN, authority_reference="=SUM(A1)")
    client = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    text = client.get("/authority/statistics/sen2.csv?year=2025").data.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["UPN"], row["RequestMediation"], row["RequestTribunal"]) == (GOOD_UPN, "Y", "")
    assert row["Your reference"] == "'=SUM(A1)", "a spreadsheet must not run it"
    workbook = client.get("/authority/statistics/sen2.xlsx?year=2025")
    book = openpyxl.load_workbook(io.BytesIO(workbook.data), read_only=True)
    assert any(GOOD_UPN in values for values in book["SEN2"].values)
    assert "Example" not in text
    with scoped(Scope.provider(tenant.id, None)) as session:
        written = session.scalars(
            sa.select(AuditEntry.detail).where(AuditEntry.action == "SEN2 list exported")
        ).all()
    assert {(d["ending"], d["rows"]) for d in written} == {("csv", 1), ("xlsx", 1)}


def test_an_officer_reads_it_but_takes_no_file(app: Flask, tenant: Tenancy) -> None:
    client = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    assert client.get("/authority/statistics/sen2?year=2025").status_code == 200
    assert client.get("/authority/statistics/sen2.csv?year=2025").status_code == 403
