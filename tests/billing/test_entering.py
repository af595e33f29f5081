"""What finance enters by hand: expenses and days, and a bank's camt.053 statement."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from flask import Flask

from billing.ledger.balances import balance_of, unapplied
from billing.periods import financial_year
from billing.runs.actions import run_period
from billing.supplier import Supplier
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.web.today import now, today
from tests.billing.making import contract_for, issue_period, order_for, terms, use
from tests.factories import client_of, make_person, make_tenant
from tests.page_client import PageClient

DAY = today()
YEAR = financial_year(DAY)


@pytest.fixture(name="finance")
def finance_client(app: Flask) -> PageClient:
    client = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    assert isinstance(client, PageClient)
    return client


@pytest.fixture(name="tenant")
def under_contract(app: Flask) -> Tenancy:
    tenant = make_tenant(app)
    contract_id = contract_for(
        tenant,
        starts_on=YEAR.first,
        first_terms=terms(effective_from=YEAR.first),
        frequency="annual",
    )
    order_for(tenant, contract_id, valid_from=YEAR.first, valid_to=YEAR.last)
    return tenant


def on(day: dt.date) -> dict[str, str]:
    return {"on-day": str(day.day), "on-month": str(day.month), "on-year": str(day.year)}


def drafted(app: Flask, tenant: Tenancy) -> int:
    """What the year's invoice would come to beyond the fee, without VAT."""
    supplier = Supplier.of(app.extensions["settings"])
    (entry,) = run_period(YEAR, [tenant], supplier, today=DAY, at=now(), dry_run=True)
    return entry.net_pence - 4_800_000


def test_an_expense_and_a_day_are_entered_billed_and_taken_back(
    app: Flask, finance: PageClient, tenant: Tenancy
) -> None:
    address = f"/finance/{tenant.slug}/use/new"
    expense = {
        "kind": "expense", "amount": "£63.50", "description": "Travel to the meeting",
        "case_reference": "exa-2026-0001", **on(DAY),
    }  # fmt: skip
    assert finance.submit(address, expense).status_code == 302
    day = {"kind": "day_rate", "description": "Training for SENCOs", **on(DAY)}
    assert finance.submit(address, day).status_code == 302
    page = finance.get(f"/finance/{tenant.slug}/use").text
    assert "Travel to the meeting" in page and "EXA-2026-0001" in page
    assert "Training for SENCOs" in page
    assert drafted(app, tenant) == 6_350 + 62_000
    assert finance.page is not None
    (action, _) = [
        form.get("action")
        for form in finance.page.all("form")
        if form.get("action").endswith("/take-back")
    ]
    assert finance.submit(f"/finance/{tenant.slug}/use", action=action).status_code == 302
    assert drafted(app, tenant) in (6_350, 62_000)
    again = finance.get(f"/finance/{tenant.slug}/use").text
    assert action not in again, "what is taken back is not offered once more"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": ""}, "Enter what it cost"),
        ({"amount": "0"}, "Enter what it cost"),
        ({"amount": "about 60"}, "Enter an amount in pounds"),
        ({"description": " "}, "Say what it was for"),
        ({"case_reference": "the Smith case"}, "looks like TRA-2026-0042"),
        (on(DAY + dt.timedelta(days=2)), "today or in the past"),
        ({"on-day": "31", "on-month": "2"}, "date"),
    ],
)
def test_an_expense_that_cannot_be_so_is_refused_and_nothing_is_lost(
    app: Flask, finance: PageClient, tenant: Tenancy, changes: dict[str, str], told: str
) -> None:
    good = {"kind": "expense", "amount": "63.50", "description": "Kept words", **on(DAY)}
    refused = finance.submit(f"/finance/{tenant.slug}/use/new", {**good, **changes})
    assert refused.status_code == 422 and told in refused.text
    if "description" not in changes:
        assert "Kept words" in refused.text
    assert drafted(app, tenant) == 0


def camt(number: str, pence: int, *, reference: str, currency: str = "GBP") -> bytes:
    amount = f"{pence / 100:.2f}"
    return (
        '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        "<BkToCstmrStmt><Stmt>"
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<BookgDt><Dt>{DAY.isoformat()}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        "<NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>Example Council</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>{number}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def read(finance: PageClient, content: bytes) -> str:
    page = finance.submit("/finance/bank", {"statement": (io.BytesIO(content), "statement.xml")})
    return page.text


def confirm(finance: PageClient) -> None:
    assert finance.page is not None
    fields = {
        one.get("name"): one.get("value")
        for one in finance.page.all("input")
        if one.get("name").endswith("-1") or one.get("name") in ("csrf_token", "confirm")
    }
    fields["tenant-1"] = next(
        one.get("value")
        for one in finance.page.all("option")
        if one.has("selected") and one.get("value")
    )
    assert finance.post("/finance/bank/record", data=fields).status_code == 302


@pytest.mark.parametrize(
    ("off_by", "left", "kept"), [(0, 0, 0), (-10_000, 10_000, 0), (2_500, 0, 2_500)]
)
def test_a_camt_statement_is_matched_confirmed_and_recorded_also_when_it_is_not_quite_right(
    app: Flask, finance: PageClient, tenant: Tenancy, off_by: int, left: int, kept: int
) -> None:
    """Paid in full, too little, and too much: the rest stays unapplied."""
    invoice = issue_period(app, tenant, YEAR, on=DAY)
    content = camt(
        invoice.number.replace("-", " "),
        invoice.gross_pence + off_by,
        reference=f"B-{tenant.slug}",
    )
    text = read(finance, content)
    assert invoice.number in text and ("Certain" in text) is (off_by == 0)
    confirm(finance)
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert balance_of(session, invoice).owed_pence == left
        assert sum(pence for _, pence in unapplied(session)) == kept
    assert "Recorded already" in read(finance, content)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (camt("x", 100, reference="1", currency="EUR"), "not in pounds"),
        (b"<?xml version='1.0'?><Document xmlns='urn:other'/>", "no camt.053"),
        (b"<?xml version='1.0'?><Doc", "broken"),
        (b"", "heading"),
    ],
)
def test_a_file_that_is_no_statement_is_refused_at_the_file(
    finance: PageClient, content: bytes, told: str
) -> None:
    assert told in read(finance, content)
    assert 'href="#statement"' in read(finance, content)


def test_the_uses_of_a_year_are_paged_for_both_sides(
    app: Flask, finance: PageClient, tenant: Tenancy
) -> None:
    with scoped(Scope.finance(tenant.id, None)) as session:
        for number in range(30):
            use(session, "mias", DAY, case_reference=f"EXA-2026-{number:04d}")
    own = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.FINANCE))
    for client, address in ((finance, f"/finance/{tenant.slug}/use"), (own, "/authority/use")):
        assert "1 to 25 of 30 uses" in client.get(address).text
        assert "26 to 30 of 30 uses" in client.get(f"{address}?page=2").text
