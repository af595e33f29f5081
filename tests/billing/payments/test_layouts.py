"""Issue 12, point 9: the columns of a file that nobody knows are named, and kept for its bank."""

from __future__ import annotations

import datetime as dt
import io
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.payments.bank_files import HeadingsUnknown, Layout, StatementRefused
from billing.payments.layouts import BankLayout, sample_of
from billing.payments.statements import read_statement
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from tests.billing.making import account_of, issue_period
from tests.factories import client_of, make_person, make_tenant
from tests.page_client import PageClient

# Welsh headings, an unsigned amount with its side beside it, the payer in a column of its own.
ODD = (
    "Cyfrif;00000001\n\n"
    "Dyddiad;Swm;Math;Cyfeirnod;Talwr\n"
    "02/07/2026;14.400,00;CR;{number};EXAMPLETON COUNCIL\n"
    "01/07/2026;900,00;DR;RENT;LANDLORD\n"
)
COLUMNS = ("date", "amount", "sign", "reference", "payer")
TOLD = {f"column-{place}": role for place, role in enumerate(COLUMNS)}


@pytest.fixture(name="finance")
def finance_client(app: Flask) -> PageClient:
    client = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    assert isinstance(client, PageClient)
    return client


def test_a_file_is_read_by_what_was_said_of_its_columns() -> None:
    content = ODD.format(number="INV-2627-00042").encode()
    with pytest.raises(HeadingsUnknown):
        read_statement(content)
    sample = sample_of(content)
    assert sample.separator == ";" and sample.rows[0][0] == "Dyddiad"
    layout = Layout(";", tuple(sample.rows[0]), COLUMNS)
    (line,) = read_statement(content, [layout])
    assert (line.on, line.pence) == (dt.date(2026, 7, 2), 1_440_000)
    assert (line.reference, line.payer) == ("INV-2627-00042", "EXAMPLETON COUNCIL")


def test_without_headings_the_file_is_known_by_its_width() -> None:
    bare = "\n".join(ODD.format(number="X").splitlines()[3:]).encode()
    layout = Layout(";", (), COLUMNS)
    (line,) = read_statement(bare, [layout])
    assert line.pence == 1_440_000
    with pytest.raises(StatementRefused):
        read_statement(b"a;b\nc;d\n", [layout])


def test_a_layout_of_another_bank_does_not_touch_a_file_that_is_known() -> None:
    known = b"Date,Amount,Description\n02/07/2026,10.00,X\n"
    (line,) = read_statement(known, [Layout(";", ("Dyddiad",), COLUMNS)])
    assert line.pence == 1_000


def test_finance_names_the_columns_once_and_the_next_file_is_read_by_itself(
    app: Flask, finance: PageClient
) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    invoice = issue_period(app, tenant)
    bank = f"Banc {uuid.uuid4().hex[:8]}"
    content = ODD.format(number=invoice.number).encode()

    def upload() -> str:
        sent = {"statement": (io.BytesIO(content), "statement.csv")}
        answer = finance.submit("/finance/bank", sent, action="/finance/bank")
        return answer.text

    asked = upload()
    assert "Name the columns" in asked and "EXAMPLETON COUNCIL" in asked
    (token, *_) = [
        one.get("value") for one in finance.page.all("input") if one.get("name") == "csrf_token"
    ]
    said = {"csrf_token": token, "text": content.decode(), "headings": "yes"}
    page = "/finance/bank/columns"
    for wrong, words in (
        ({"bank": bank}, "Say which column is the date"),
        ({"bank": bank, **TOLD, "column-1": ""}, "Say which column is the amount"),
        ({"bank": " ", **TOLD}, "Enter the bank&#39;s name"),
        ({"bank": bank, **TOLD, "column-2": "date"}, "Only one column can be"),
    ):
        refused = finance.post(page, data={**said, **wrong})
        assert refused.status_code == 422 and words in refused.text
    read = finance.post(page, data={**said, "bank": bank, **TOLD})
    assert read.status_code == 200 and invoice.number in read.text and "Certain" in read.text

    again = upload()
    assert "Name the columns" not in again and "£14,400.00" in again and bank in again
    with scoped(Scope.finance(tenant.id, None)) as session:
        kept = session.scalar(sa.select(BankLayout.id).where(BankLayout.bank == bank))
    finance.submit("/finance/bank", action=f"/finance/bank/layouts/{kept}/forget")
    assert "Name the columns" in upload()
