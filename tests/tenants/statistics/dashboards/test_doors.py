"""The pages and the command, on cases few enough to count by eye."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from flask import Flask

from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tests.factories import client_of, make_person, make_tenant
from tests.tenants.statistics.caseload import hold_mediation, make_referral


def small_caseload(app: Flask) -> Tenancy:
    """Three mediations held in 2025 (one on its last day), one of them followed by an appeal, and
    one held in 2026."""
    tenant = make_tenant(app)
    hold_mediation(app, tenant, held=dt.date(2025, 3, 5), outcome="full")
    hold_mediation(
        app, tenant, held=dt.date(2025, 12, 31), outcome="none", appeal=dt.date(2026, 2, 2)
    )
    hold_mediation(app, tenant, held=dt.date(2025, 7, 1), outcome="partial", decision_type="CEASE")
    hold_mediation(app, tenant, held=dt.date(2026, 1, 2), outcome="full")
    make_referral(app, tenant, opened_on=dt.date(2025, 6, 1))
    return tenant


def test_the_command_prints_flat_keys_for_one_authority(app: Flask) -> None:
    tenant = small_caseload(app)
    runner = app.test_cli_runner()
    result = runner.invoke(
        args=f"statistics show --authority {tenant.slug} --year 2025 --format json".split()
    )
    assert result.exit_code == 0, result.output
    shown = json.loads(result.output)
    assert (shown["authority"], shown["year"]) == (tenant.slug, 2025)
    assert (shown["mediations_held"], shown["followed_by_appeal"]) == (3, 1)
    assert shown["mediations_held_by_stage"] == {"request": 2, "assessment": 0, "other": 1}
    assert shown["followed_by_appeal_by_stage"] == {"request": 1, "assessment": 0, "other": 0}
    assert shown["agreement_rate"] == {"value": 0.6667, "numerator": 2, "denominator": 3}
    assert shown["certificates_within_3_days"] is None
    assert shown["definitions"]["mediations_held"]["definition"]


def test_the_command_prints_a_list_for_all_authorities(app: Flask) -> None:
    tenant, empty = small_caseload(app), make_tenant(app)
    result = app.test_cli_runner().invoke(
        args=["statistics", "show", "--authority", "all", "--year", "2025", "--format", "json"]
    )
    shown = {one["authority"]: one for one in json.loads(result.output)}
    assert shown[tenant.slug]["mediations_held"] == 3
    assert shown[empty.slug]["mediations_held"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--authority nowhere --year 2025", "No authority called 'nowhere' subscribes"),
        ("--authority all --year 1999", "There are no figures for 1999"),
        ("--authority all --year 2099", "There are no figures for 2099"),
    ],
)
def test_the_command_says_what_would_be_right(app: Flask, arguments: str, said: str) -> None:
    result = app.test_cli_runner().invoke(args=f"statistics show {arguments}".split())
    assert result.exit_code == 2
    assert said in result.output


def test_an_authority_reads_its_year_beside_the_published_figures(app: Flask) -> None:
    tenant = small_caseload(app)
    officer = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)
    page = client_of(app, officer).get("/authority/statistics?year=2025").get_data(as_text=True)
    last = client_of(app, officer).get("/authority/statistics?year=2024")
    assert "In 2025, 2 mediations of the 3 held ended in full or partial agreement" in page
    assert "The DfE has not published figures for 2025 yet" in page
    assert "England" in last.get_data(as_text=True)
    assert "Open Government Licence" in page


def test_a_manager_reads_one_row_for_each_borough(app: Flask) -> None:
    tenant = small_caseload(app)
    manager = make_person(app, role=ProviderRole.MANAGER)
    page = client_of(app, manager).get("/manager/?year=2025").get_data(as_text=True)
    assert tenant.name in page
    assert "2 of 3" in page


def test_an_administrator_reads_who_has_access(app: Flask) -> None:
    admin = make_person(app, role=ProviderRole.ADMIN, name="Ad Min")
    page = client_of(app, admin).get("/manager/people").get_data(as_text=True)
    assert "Ad Min" in page


@pytest.mark.parametrize("path", ["/manager/people", "/manager/"])
def test_a_coordinator_reads_neither_people_nor_dashboards(app: Flask, path: str) -> None:
    coordinator = make_person(app, role=ProviderRole.COORDINATOR)
    assert client_of(app, coordinator).get(path).status_code == 403
