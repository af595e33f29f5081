"""Issue 12, point 13: Xero and Sage accept the files: their own names, and codes that are set."""

from __future__ import annotations

import csv
import io
import uuid
from decimal import Decimal

import pytest
from flask import Flask

from billing.exports.files import ACCOUNT_LENGTH, account_references, xero_tax
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tests.billing.making import account_of, issue_period
from tests.factories import client_of, make_person, make_tenant

pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.mark.parametrize(
    ("treatment", "rate", "name"),
    [
        ("standard", Decimal("20.00"), "20% (VAT on Income)"),
        ("standard", Decimal("5.00"), "5% (VAT on Income)"),
        ("standard", Decimal("17.50"), "17.5% (VAT on Income)"),
        ("standard", Decimal("100.00"), "100% (VAT on Income)"),
        ("exempt", Decimal("0.00"), "Exempt Income"),
        ("outside_scope", Decimal("0.00"), "No VAT"),
    ],
)
def test_a_rate_has_the_name_that_xero_gives_it(treatment: str, rate: Decimal, name: str) -> None:
    assert xero_tax(treatment, rate) == name


def test_no_two_authorities_share_an_account() -> None:
    slugs = {
        "kingston-upon-hull": "KUH",
        "kingston-upon-thames": "KUT",
        "leicester": "LCR",
        "leicestershire": "LEI",
        "trafford": "TRA",
    }
    ids = {slug: uuid.uuid4() for slug in slugs}
    names = {ids[slug]: Tenancy(ids[slug], slug, slug.title()) for slug in slugs}
    accounts = account_references(names, {ids[slug]: prefix for slug, prefix in slugs.items()})
    assert len(set(accounts.values())) == len(slugs)
    assert all(len(one) <= ACCOUNT_LENGTH for one in accounts.values())
    assert accounts[ids["trafford"]] == "TRAFFORD", "as every ledger has it already"
    assert accounts[ids["kingston-upon-hull"]] == "KINGSKUH"


def rows(app: Flask, name: str) -> list[dict[str, str]]:
    finance = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    answer = finance.get(f"/finance/reports/{name}.csv?period=2026-27")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_the_files_bear_the_codes_that_are_set(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    issue_period(app, tenant)
    settings = app.extensions["settings"].model_copy(
        update={
            "sage_nominal_code": "4010",
            "sage_department": "7",
            "xero_account_code": "260",
            "xero_tracking_name": "Service",
            "xero_tracking_option": "Mediation",
        }
    )
    monkeypatch.setitem(app.extensions, "settings", settings)
    xero, sage = rows(app, "xero"), rows(app, "sage")
    assert xero and sage
    assert {row["*AccountCode"] for row in xero} == {"260"}
    assert {(row["TrackingName1"], row["TrackingOption1"]) for row in xero} == {
        ("Service", "Mediation")
    }
    assert {row["*TaxType"] for row in xero} <= {
        "20% (VAT on Income)",
        "Exempt Income",
        "No VAT",
    }
    assert {row["Nominal A/C Ref"] for row in sage} == {"4010"}
    assert {row["Department Code"] for row in sage} == {"7"}
    assert all(0 < len(row["Account Reference"]) <= ACCOUNT_LENGTH for row in sage)
