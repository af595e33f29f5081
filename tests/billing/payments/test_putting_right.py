"""Issue 12, point 8: a receipt is recorded once, and put right with a reason and its trail."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.checking import faults_of_accounts
from billing.debts.aged_debtors import statement_of_account
from billing.ledger.balances import balance_of, left_of, unapplied
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment, PaymentSeen
from billing.payments import putting_right
from billing.payments.actions import record_payment, refund
from billing.refusal import BillingRefused
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.web.today import today
from tests.billing.making import AT, Q1, Q2, contract_for, issue_period, order_for
from tests.factories import client_of, make_person, make_tenant
from tests.page_client import PageClient

DAY = dt.date(2026, 7, 10)
WHY = "Entered twice"
GROSS = 14_400_00


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def invoices(app: Flask, tenant: Tenancy) -> tuple[uuid.UUID, uuid.UUID]:
    """Two of £14,400.00 with VAT."""
    contract_id = contract_for(tenant)
    order_for(tenant, contract_id)
    first = issue_period(app, tenant, Q1)
    second = issue_period(app, tenant, Q2, on=dt.date(2026, 7, 5))
    assert (first.gross_pence, second.gross_pence) == (GROSS, GROSS)
    return first.id, second.id


@pytest.fixture
def finance(app: Flask) -> PageClient:
    client = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    assert isinstance(client, PageClient)
    return client


def paid(
    session: ScopedSession, pence: int, *on: uuid.UUID, source: str = "", day: dt.date = DAY
) -> Payment:
    return record_payment(
        session,
        received_on=day,
        amount_pence=pence,
        method="bank",
        source=source or f"manual:{uuid.uuid4()}",
        reference="BACS 17",
        invoice_ids=on,
        at=AT,
        today=max(DAY, day),
    )


def owed(session: ScopedSession, invoice_id: uuid.UUID) -> int:
    invoice = session.get(Invoice, (session.tenant, invoice_id))
    assert invoice is not None
    return balance_of(session, invoice).owed_pence


def test_a_payment_is_split_and_moved_between_invoices(
    tenant: Tenancy, invoices: tuple[uuid.UUID, uuid.UUID]
) -> None:
    first, second = invoices
    with scoped(Scope.finance(tenant.id, None)) as session:
        payment = paid(session, 20_000_00, first)
        assert (owed(session, first), left_of(session, payment)) == (0, 5_600_00)
        putting_right.place_as(
            session, payment, {first: 14_400_00, second: 5_600_00}, reason="", at=AT
        )
        assert (owed(session, second), left_of(session, payment)) == (8_800_00, 0)
        with pytest.raises(BillingRefused, match="Say why it is taken off"):
            putting_right.place_as(session, payment, {second: 14_400_00}, reason=" ", at=AT)
        putting_right.place_as(
            session, payment, {first: 5_600_00, second: 14_400_00}, reason="The remittance", at=AT
        )
        assert (owed(session, first), owed(session, second)) == (8_800_00, 0)
        trail = putting_right.allocations_of(session, payment)
        assert [(a.amount_pence, a.reason) for a, _ in trail] == [
            (14_400_00, ""),
            (5_600_00, ""),
            (-8_800_00, "The remittance"),
            (8_800_00, "The remittance"),
        ]
        with pytest.raises(BillingRefused, match=r"At most £14,400\.00 can be on INV"):
            putting_right.place_as(session, payment, {second: 20_000_00}, reason=WHY, at=AT)
        session.rollback()


def test_a_payment_that_never_came_is_taken_back_and_can_be_recorded_again(
    tenant: Tenancy, invoices: tuple[uuid.UUID, uuid.UUID]
) -> None:
    first, _ = invoices
    with scoped(Scope.finance(tenant.id, None)) as session:
        payment = paid(session, GROSS, first, source="bank:abc")
        assert paid(session, GROSS, first, source="bank:abc").id == payment.id
        with pytest.raises(BillingRefused, match="Say why"):
            putting_right.reverse(session, payment, reason="", at=AT)
        putting_right.reverse(session, payment, reason=WHY, at=AT)
        assert owed(session, first) == GROSS
        assert unapplied(session) == []
        moves = [(one.what, one.pence) for one in statement_of_account(session)]
        assert ("Payment", -GROSS) in moves and ("Payment taken back", GROSS) in moves
        with pytest.raises(BillingRefused, match="taken back already"):
            putting_right.reverse(session, payment, reason=WHY, at=AT)
        again = paid(session, GROSS, first, source="bank:abc")
        assert again.id != payment.id and owed(session, first) == 0
        assert paid(session, GROSS, first, source="bank:abc").id == again.id
    with scoped(Scope.all_accounts(None)) as session:
        assert [f for f in faults_of_accounts(session) if "payment" in f.casefold()] == []


def test_a_payment_goes_to_the_authority_whose_it_is(
    app: Flask, tenant: Tenancy, invoices: tuple[uuid.UUID, uuid.UUID]
) -> None:
    other = make_tenant(app)
    with scoped(Scope.finance(tenant.id, None)) as session:
        payment = paid(session, GROSS, invoices[0])
        with pytest.raises(BillingRefused, match="already"):
            putting_right.move(session, payment, tenant.id, reason=WHY, today=DAY, at=AT)
        putting_right.move(session, payment, other.id, reason="Another council", today=DAY, at=AT)
        assert owed(session, invoices[0]) == GROSS
    with scoped(Scope.finance(other.id, None)) as session:
        ((moved, left),) = unapplied(session)
        assert (moved.amount_pence, left, moved.reference) == (GROSS, GROSS, "BACS 17")


def test_what_is_on_no_invoice_can_go_back_and_no_more(
    tenant: Tenancy, invoices: tuple[uuid.UUID, uuid.UUID]
) -> None:
    with scoped(Scope.finance(tenant.id, None)) as session:
        payment = paid(session, GROSS + 600_00, invoices[0])
        back: dict[str, Any] = {"on": DAY, "reference": "R1", "reason": "Paid too much", "at": AT}
        with pytest.raises(BillingRefused, match=r"Only £600.00 .* take it off its invoices"):
            refund(session, payment, amount_pence=601_00, **back)
        with pytest.raises(BillingRefused, match="before it came in"):
            refund(session, payment, amount_pence=1, **{**back, "on": DAY - dt.timedelta(days=1)})
        refund(session, payment, amount_pence=600_00, **back)
        assert left_of(session, payment) == 0 and unapplied(session) == []
        with pytest.raises(BillingRefused, match="Part of it was refunded"):
            putting_right.reverse(session, payment, reason=WHY, at=AT)
        session.rollback()


def test_the_same_money_by_hand_and_by_statement_is_recognised(
    app: Flask, finance: PageClient, tenant: Tenancy, invoices: tuple[uuid.UUID, uuid.UUID]
) -> None:
    day = today()
    pence = 14_400_00 + (uuid.uuid4().int % 90_000)
    with scoped(Scope.finance(tenant.id, None)) as session:
        by_hand = paid(session, pence, invoices[0], day=day).id
    text = f"Date,Description,Amount\n{day:%d/%m/%Y},COUNCIL BACS,{pence / 100:.2f}\n"

    def read() -> str:
        sent = {"statement": (io.BytesIO(text.encode()), "bank.csv")}
        return finance.submit("/finance/bank", sent).text

    assert "Is it recorded by hand already?" in read()
    hidden = {
        one.get("name"): one.get("value")
        for one in finance.page.all("input")
        if one.get("name").endswith("-1") or one.get("name") == "csrf_token"
    }
    same = {**hidden, "same-1": f"{tenant.id} {by_hand}", "confirm": "1"}
    assert finance.post("/finance/bank/record", data=same).status_code == 302
    assert "Recorded already" in read()
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert len(session.scalars(sa.select(Payment)).all()) == 1
        assert len(session.scalars(sa.select(PaymentSeen)).all()) == 1


def test_a_line_goes_to_the_authority_and_the_invoices_that_the_person_says(
    finance: PageClient, tenant: Tenancy, invoices: tuple[uuid.UUID, uuid.UUID]
) -> None:
    """Point 10: nothing speaks for any invoice, and the person knows."""
    day, pence = today(), 1_234_56
    text = f"Date,Description,Amount\n{day:%d/%m/%Y},UNKNOWN {uuid.uuid4()},{pence / 100:.2f}\n"
    finance.submit("/finance/bank", {"statement": (io.BytesIO(text.encode()), "bank.csv")})
    hidden = {
        one.get("name"): one.get("value")
        for one in finance.page.all("input")
        if one.get("name").endswith("-1") or one.get("name") == "csrf_token"
    }
    with scoped(Scope.finance(tenant.id, None)) as session:
        second = session.get(Invoice, (tenant.id, invoices[1]))
        assert second is not None
        number = second.number
    for chosen, numbers, says in (
        ("", number, "Choose whose payment it is"),
        (str(tenant.id), "INV-2627-99999", "is no open invoice of"),
    ):
        sent = {**hidden, "tenant-1": chosen, "numbers-1": numbers, "confirm": "1"}
        finance.post("/finance/bank/record", data=sent)
        assert says in finance.get("/finance/bank").text
    sent = {**hidden, "tenant-1": str(tenant.id), "numbers-1": number, "confirm": "1"}
    finance.post("/finance/bank/record", data=sent)
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert owed(session, invoices[1]) == GROSS - pence
        assert owed(session, invoices[0]) == GROSS


def test_the_pages_of_a_receipt_put_it_right(
    app: Flask, finance: PageClient, tenant: Tenancy, invoices: tuple[uuid.UUID, uuid.UUID]
) -> None:
    first, second = invoices
    with scoped(Scope.finance(tenant.id, None)) as session:
        payment = paid(session, GROSS, first)
        page = f"/finance/{tenant.slug}/payments/{payment.id}"
    assert page in finance.get(f"/finance/{tenant.slug}/account").text
    assert "Put it right" in finance.get(page).text
    wrong = finance.submit(f"{page}/place", {f"on-{first}": "", f"on-{second}": "99,999"})
    assert wrong.status_code == 422 and "Say why it is taken off" in wrong.text
    more = {f"on-{first}": "", f"on-{second}": "99,999", "reason": "The remittance"}
    wrong = finance.submit(f"{page}/place", more)
    assert wrong.status_code == 422 and "£14,400.00" in wrong.text
    right = {f"on-{first}": "4,400", f"on-{second}": "10,000", "reason": "The remittance"}
    assert finance.submit(f"{page}/place", right).status_code == 302
    shown = finance.get(page).text
    assert "£4,400.00" in shown and "£10,000.00" in shown and "The remittance" in shown
    assert finance.submit(f"{page}/refund", {"amount": "1", "reason": WHY}).status_code == 422
    assert finance.submit(f"{page}/reverse", {"reason": WHY}).status_code == 302
    assert "Taken back" in finance.get(page).text
    assert "Put it right" not in finance.get(page).text


def test_a_payment_entered_twice_by_hand_is_asked_about(
    finance: PageClient, tenant: Tenancy, invoices: tuple[uuid.UUID, uuid.UUID]
) -> None:
    page = f"/finance/{tenant.slug}/payments/new"
    day = today()
    entered = {
        "received_on-day": str(day.day),
        "received_on-month": str(day.month),
        "received_on-year": str(day.year),
        "amount": "700",
        "reference": "BACS 18",
    }
    assert finance.submit(page, entered).status_code == 302
    finance.get(page)
    token = next(
        one.get("value") for one in finance.page.all("input") if one.get("name") == "csrf_token"
    )
    more = {"csrf_token": token, "method": "bank", "invoice": "", "key": str(uuid.uuid4())}
    asked = finance.post(page, data={**entered, **more})
    assert "Is this another payment?" in asked.text and "BACS 18" in asked.text
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert len(session.scalars(sa.select(Payment)).all()) == 1


def test_what_a_payer_did_before_is_proposed_and_not_applied(
    app: Flask, finance: PageClient, tenant: Tenancy, invoices: tuple[uuid.UUID, uuid.UUID]
) -> None:
    """Point 10: a regional hub pays for a council under a name of its own."""
    day, payer = today(), f"HUB {uuid.uuid4()}"
    text = (
        "Date,Description,Amount,Name\n"
        f"{day:%d/%m/%Y},BATCH 7,321.00,{payer}\n{day:%d/%m/%Y},BATCH 8,322.00,{payer} TWO\n"
    )
    with scoped(Scope.finance(tenant.id, None)) as session:
        record_payment(
            session,
            received_on=DAY,
            amount_pence=1_00,
            method="bank",
            source=f"bank:{uuid.uuid4()}",
            payer=payer,
            at=AT,
            today=day,
        )
    page = finance.submit("/finance/bank", {"statement": (io.BytesIO(text.encode()), "b.csv")})
    assert page.text.count(f"This payer paid for {tenant.name} before") == 1
    ticked = [one for one in finance.page.all("input") if one.get("name") == "confirm"]
    assert [one.has("checked") for one in ticked] == [False, False]
