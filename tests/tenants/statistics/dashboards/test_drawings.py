"""Charts under the strict policy, each with its numbers; the managers' pages with real rows."""

from __future__ import annotations

import csv
import datetime as dt
import io
import xml.etree.ElementTree as ET

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from saas.database.base import db
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.statistics.comparisons.tilemap import LONDON, lay_out
from tenants.statistics.dashboards.series import MAKERS
from tests.factories import client_of, make_person, make_tenant
from tests.tenants.statistics.caseload import hold_mediation


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    made = make_tenant(app)
    for outcome in ("full", "partial", "none"):
        hold_mediation(app, made, held=dt.date(2025, 3, 5), outcome=outcome)
    return made


def assert_clean(drawn: bytes) -> None:
    """No script and no style, which the policy would refuse, and nothing from elsewhere."""
    root = ET.fromstring(drawn)
    for one in root.iter():
        tag = one.tag.rpartition("}")[2]
        assert tag not in {"script", "style", "image", "foreignObject"}
        assert "style" not in one.attrib
        assert not any(name.startswith("on") for name in one.attrib)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("width", ["", "narrow"])
def test_each_chart_is_drawn_without_script_or_style(
    app: Flask, tenant: Tenancy, name: str, width: str
) -> None:
    officer = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)
    answer = client_of(app, officer).get(
        f"/authority/statistics/chart.svg?name={name}&year=2025&width={width}"
    )
    assert answer.mimetype == "image/svg+xml"
    assert_clean(answer.data)


def test_the_numbers_of_a_chart_are_a_file(app: Flask, tenant: Tenancy) -> None:
    officer = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)
    client = client_of(app, officer)
    text = client.get("/authority/statistics/chart.csv?name=outcomes&year=2025").data
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert rows == [["Decision", "Full", "Partial", "None"], ["Refusal to assess", "1", "1", "1"]]
    assert client.get("/authority/statistics/chart.svg?name=nothing").status_code == 404


@pytest.mark.parametrize("name", ["intervals", "funnel", "tiles"])
def test_each_comparison_of_boroughs_is_drawn(app: Flask, tenant: Tenancy, name: str) -> None:
    manager = make_person(app, role=ProviderRole.MANAGER)
    answer = client_of(app, manager).get(f"/manager/measure.svg?name={name}&year=2025")
    assert answer.status_code == 200
    assert_clean(answer.data)


@pytest.mark.parametrize(
    "path",
    [
        "/manager/measure?year=2025&measure=agreement_rate",
        "/manager/measure?year=2012",
        "/manager/work?year=2025",
        "/manager/boroughs/{slug}?year=2025",
        "/manager/?year=2025&region=London",
        "/manager/packages",
        "/manager/packs",
    ],
)
def test_a_manager_reads_each_dashboard(app: Flask, tenant: Tenancy, path: str) -> None:
    manager = make_person(app, role=ProviderRole.MANAGER)
    answer = client_of(app, manager).get(path.format(slug=tenant.slug))
    assert answer.status_code == 200


def test_the_files_of_all_boroughs_say_what_the_page_says(app: Flask, tenant: Tenancy) -> None:
    client = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    text = client.get("/manager/boroughs.csv?year=2025").data.decode("utf-8-sig")
    lines = {row["Borough"]: row for row in csv.DictReader(io.StringIO(text))}
    assert lines[tenant.name]["Mediations held"] == "3"
    assert lines[tenant.name]["Mediations held: refusals to assess"] == "3"
    book = openpyxl.load_workbook(
        io.BytesIO(client.get("/manager/boroughs.xlsx?year=2025").data), read_only=True
    )
    assert {"Boroughs", "Agreement rate", "Definitions"} <= set(book.sheetnames)


def test_the_files_to_send_on_hide_small_counts_and_are_made_of_periods_that_are_over(
    app: Flask, tenant: Tenancy
) -> None:
    client = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    text = client.get("/manager/boroughs-to-send.csv?year=2025").data.decode("utf-8-sig")
    lines = {row["Borough"]: row for row in csv.DictReader(io.StringIO(text))}
    assert set(lines[tenant.name].values()) == {tenant.name, "hidden"}
    league = client.get("/manager/measure-to-send.csv?year=2025&measure=agreement_rate")
    assert tenant.name not in league.text
    book = client.get("/manager/boroughs-to-send.xlsx?year=2025-q1").data
    assert "Definitions" in openpyxl.load_workbook(io.BytesIO(book), read_only=True).sheetnames
    for of in ("fy2025", "ay2025", "2025-03", "2099", "nothing"):
        assert client.get(f"/manager/boroughs-to-send.csv?year={of}").status_code == 404
    assert "small counts hidden" in client.get("/manager/?year=2025").text
    assert "small counts hidden" not in client.get("/manager/?year=fy2025").text


def test_the_dashboard_asks_as_often_for_many_boroughs_as_for_few(
    app: Flask, tenant: Tenancy
) -> None:
    client = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    engine = db.engines["provider_reader"]

    def asked() -> int:
        statements: list[str] = []

        def note(*arguments: object) -> None:
            statements.append(str(arguments[2]))

        event.listen(engine, "before_cursor_execute", note)
        try:
            assert client.get("/manager/?year=2025").status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(statements)

    before = asked()
    for _ in range(3):
        hold_mediation(app, make_tenant(app), held=dt.date(2025, 3, 5))
    assert asked() == before > 0
    assert isinstance(engine, sa.Engine)


def test_no_two_boroughs_share_a_tile() -> None:
    assert len(set(LONDON.values())) == len(LONDON) == 33
    places = [(slug, "London") for slug in LONDON]
    places += [(f"north-{n}", "North West") for n in range(11)] + [("kent", "South East")]
    tiles, labels = lay_out(places)
    assert len({(tile.column, tile.row) for tile in tiles}) == len(places)
    assert [label.text for label in labels] == ["North West", "South East"]
    assert not {(0, label.row) for label in labels} & {(t.column, t.row) for t in tiles}
