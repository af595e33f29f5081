"""Issue 12, point 10: a remittance advice splits one payment over many invoices."""

from __future__ import annotations

import io
import uuid

import pytest
from flask import Flask

from billing.ledger.balances import left_of
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment
from billing.payments.remittance import RemittanceRefused, Told, by_invoice, read_remittance
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tests.billing.payments.test_putting_right import invoices, owed, paid, tenant
from tests.factories import client_of, make_person
from tests.page_client import PageClient

__all__ = ["invoices", "tenant"]

AS_PASTED = """Remittance advice 00981   Example Council
Your ref          Our ref     Date         Amount
INV-2627-00012    4500118273  05/07/2026   £14,400.00
inv 2627 00013    4500118273  05/07/2026    7,200.50
CN-2627-00001     4500118273  06/07/2026   (1,440.00)
Total                                      20,160.50
"""
AS_CSV = '"Invoice","Date","Paid"\r\n"INV-2627-00012","05/07/2026","14,400.00"\r\n\r\n'


def test_rows_are_read_as_councils_write_them() -> None:
    assert read_remittance(AS_PASTED) == [
        Told("INV-2627-00012", 14_400_00),
        Told("INV-2627-00013", 7_200_50),
        Told("CN-2627-00001", -1_440_00),
    ]
    assert read_remittance(AS_CSV) == [Told("INV-2627-00012", 14_400_00)]
    assert read_remittance("INV262700012;1440.00-") == [Told("INV-2627-00012", -1_440_00)]


def test_a_credit_note_is_off_its_own_invoice() -> None:
    told = read_remittance(AS_PASTED)
    assert by_invoice(told, {"CN-2627-00001": "INV-2627-00012"}) == {
        "INV-2627-00012": 12_960_00,
        "INV-2627-00013": 7_200_50,
    }
    with pytest.raises(RemittanceRefused, match="no credit note of this authority"):
        by_invoice(told, {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "No row names an invoice"),
        ("Total 1,250.00", "No row names an invoice"),
        ("INV-2627-00012 paid", "Row 1 has no amount"),
        ("INV-2627-00012 INV-2627-00013 5.00", "Row 1 names two"),
    ],
)
def test_what_is_no_advice_is_refused_with_the_row(text: str, says: str) -> None:
    with pytest.raises(RemittanceRefused, match=says):
        read_remittance(text)


@pytest.fixture
def finance(app: Flask) -> PageClient:
    client = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    assert isinstance(client, PageClient)
    return client


def hidden(client: PageClient, name: str) -> str:
    fields = [one for one in client.page.all("input") if one.get("name") == name]
    return fields[-1].get("value")


@pytest.mark.parametrize("as_file", [False, True])
def test_one_payment_is_placed_on_what_the_advice_names(
    finance: PageClient, tenant: Tenancy, invoices: tuple[uuid.UUID, uuid.UUID], as_file: bool
) -> None:
    with scoped(Scope.finance(tenant.id, None)) as session:
        payment = paid(session, 20_000_00).id
        numbers = [session.get(Invoice, (tenant.id, one)).number for one in invoices]  # type: ignore[union-attr]
    page = f"/finance/{tenant.slug}/payments/{payment}/remittance"
    wrong = finance.submit(page, {"text": f"{numbers[0]} 14,400.01"})
    assert wrong.status_code == 422 and "At most £14,400.00" in wrong.text
    unknown = finance.submit(page, {"text": "INV-9900-00001 1.00"})
    assert unknown.status_code == 422 and "is no invoice of this authority" in unknown.text
    text = f"{numbers[0]},14400.00\r\n{numbers[1]},5000.00\r\n"
    if as_file:
        finance.get(page)
        file = (io.BytesIO(text.encode()), "advice.csv")
        sent = {"csrf_token": hidden(finance, "csrf_token"), "file": file}
        assert "is then on no invoice" in finance.post(page, data=sent).text
        # The file itself does not travel on: what was read of it does.
        told = {name: hidden(finance, name) for name in ("csrf_token", "text")}
        assert finance.post(page, data={**told, "checked": "go-on"}).status_code == 302
    else:
        assert finance.submit(page, {"text": text}).status_code == 302
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert [owed(session, one) for one in invoices] == [0, 9_400_00]
        found = session.get(Payment, (tenant.id, payment))
        assert found is not None and left_of(session, found) == 600_00
