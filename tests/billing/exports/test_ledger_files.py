"""Issue 12, point 13: Xero and Sage accept the files: their own names, and codes that are set."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from decimal import Decimal

import pytest
from flask import Flask

from billing.exports.files import ACCOUNT_LENGTH, account_references, xero_tax
from billing.payments.actions import record_payment, refund
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tests.billing.making import AT, account_of, issue_period
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
    own = [row for row in xero if row["*ContactName"] == tenant.name]
    assert own and {row["*TaxType"] for row in own} <= {
        "20% (VAT on Income)",
        "Exempt Income",
        "No VAT",
    }
    assert {row["Nominal A/C Ref"] for row in sage} == {"4010"}
    assert {row["Department Code"] for row in sage} == {"7"}
    assert all(0 < len(row["Account Reference"]) <= ACCOUNT_LENGTH for row in sage)


SAGE_RECEIPTS = (
    "Type,Account Reference,Nominal A/C Ref,Department Code,Date,Reference,Details,Net Amount,"
    "Tax Code,Tax Amount,Extra Reference\r\n"
    "SA,{account},1200,0,10/07/2026,BACS 17,{number},15000.00,T9,0.00,bank\r\n"
    "SP,{account},1200,0,12/07/2026,REFUND 1,On account,600.00,T9,0.00,refund\r\n"
)
XERO_RECEIPTS = (
    "*Date,*Amount,Payee,Description,Reference,Cheque Number\r\n"
    "10/07/2026,15000.00,{name},{number},BACS 17,\r\n"
    "12/07/2026,-600.00,{name},On account,REFUND 1,\r\n"
)


def test_the_money_of_a_period_settles_the_ledger(fresh_app: Flask) -> None:
    """Receipts and what went back, as Sage and Xero take them in; golden, payers invented."""
    tenant = make_tenant(fresh_app)
    account_of(fresh_app, tenant)
    invoice = issue_period(fresh_app, tenant)
    with scoped(Scope.finance(tenant.id, None)) as session:
        payment = record_payment(
            session,
            received_on=dt.date(2026, 7, 10),
            amount_pence=15_000_00,
            method="bank",
            source="bank:golden",
            reference="BACS 17",
            invoice_ids=[invoice.id],
            at=AT,
            today=dt.date(2026, 7, 12),
        )
        refund(
            session,
            payment,
            amount_pence=600_00,
            on=dt.date(2026, 7, 12),
            reference="REFUND 1",
            reason="Paid too much",
            at=AT,
        )
    account = tenant.slug.upper().replace("-", "")[:ACCOUNT_LENGTH]
    said = {"account": account, "number": invoice.number, "name": tenant.name}
    finance = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.FINANCE))
    for name, golden in (("sage-receipts", SAGE_RECEIPTS), ("xero-receipts", XERO_RECEIPTS)):
        answer = finance.get(f"/finance/reports/{name}.csv?period=2026-27-Q2")
        assert answer.text.removeprefix("\ufeff") == golden.format(**said)
