"""Money that Stripe holds for an authority: too little, too much, too late; and placing it."""

from __future__ import annotations

import pytest

from billing.ledger.invoices import Invoice
from billing.periods import parse_period
from billing.refusal import BillingRefused
from billing.stripe.cash import apply_cash, cash_here, cash_waiting, payable_from
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tests.billing.making import issue_period
from tests.billing.stripe.conftest import Sides


def cash(tenant: Tenancy) -> int:
    with scoped(Scope.finance(tenant.id, None)) as session:
        return cash_here(session)[0]


def place(sides: Sides, tenant: Tenancy, invoice: Invoice) -> None:
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = session.get(Invoice, (tenant.id, invoice.id))
        assert ours is not None
        apply_cash(session, ours, at=sides.at)


def test_a_part_paid_by_transfer_waits_until_the_rest_comes(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, 10_000)
    sides.deliver()
    assert sides.owed(tenant, invoice) == invoice.gross_pence, "Stripe pays whole or not at all"
    assert cash(tenant) == 10_000
    sides.transfer(invoice, invoice.gross_pence - 10_000)
    sides.deliver()
    assert sides.owed(tenant, invoice) == 0
    assert cash(tenant) == 0, "though no event tells that it became less"
    assert sides.differences(tenant) == []


def test_what_is_too_much_waits_and_is_seen(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence + 1_250)
    sides.deliver()
    assert sides.owed(tenant, invoice) == 0
    with scoped(Scope.all_accounts(None)) as session:
        assert dict(cash_waiting(session))[tenant.id] == 1_250


def test_what_came_for_an_invoice_long_overdue_is_placed_by_finance(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence + 99, placed=False)
    sides.deliver()
    with scoped(Scope.finance(tenant.id, None)) as session:
        (payable,) = payable_from(session, cash_here(session)[0])
        assert payable.covered and not payable.asked
    place(sides, tenant, invoice)
    sides.work()
    assert sides.there(invoice)["status"] == "paid"
    assert sides.owed(tenant, invoice) == 0, "recorded without waiting for the event"
    assert cash(tenant) == 99
    sides.deliver()
    assert sides.owed(tenant, invoice) == 0
    assert sides.differences(tenant) == []


@pytest.mark.parametrize("fault", ["before", "after", "hang"])
def test_cash_whose_placing_had_no_useful_answer_is_placed_once(sides: Sides, fault: str) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, 2 * invoice.gross_pence, placed=False)
    sides.deliver()
    place(sides, tenant, invoice)
    sides.double.fault(fault, "apply_customer_balance")
    sides.work(4)
    assert sides.owed(tenant, invoice) == 0
    assert cash(tenant) == invoice.gross_pence
    assert sides.differences(tenant) == []


def test_cash_that_does_not_cover_an_invoice_is_refused_with_a_way_out(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, 10_000)
    sides.deliver()
    with pytest.raises(BillingRefused, match="whole or not at all"):
        place(sides, tenant, invoice)


def test_an_invoice_that_cash_nearly_covers_is_credited_and_then_paid(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence - 12_000)
    sides.deliver()
    sides.credit(tenant, invoice, 10_000)
    sides.work()
    place(sides, tenant, invoice)
    sides.work()
    assert sides.owed(tenant, invoice) == 0 and cash(tenant) == 0
    assert sides.differences(tenant) == []


def test_cash_pays_any_invoice_of_the_authority(sides: Sides) -> None:
    tenant, first = sides.pushed()
    second = issue_period(sides.app, tenant, parse_period("2026-27-Q2"))
    sides.work()
    sides.transfer(first, first.gross_pence + second.gross_pence)
    sides.deliver()
    assert cash(tenant) == second.gross_pence
    place(sides, tenant, second)
    sides.work()
    assert sides.owed(tenant, second) == 0 and cash(tenant) == 0
    assert sides.differences(tenant) == []


def test_cash_that_was_used_meanwhile_is_told_and_changes_nothing(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence, placed=False)
    sides.deliver()
    place(sides, tenant, invoice)
    # Somebody paid it back from Stripe's own pages in between.
    sides.double.tell("take_cash", customer=sides.there(invoice)["customer"])
    sides.work()
    assert "£0.00 waits" in sides.failure(tenant, "stripe cash")
    assert sides.owed(tenant, invoice) == invoice.gross_pence
    (difference,) = sides.differences(tenant, repair=True)
    assert (difference.field, difference.theirs) == ("cash balance", "£0.00")
    assert sides.differences(tenant) == []


def test_an_invoice_paid_while_its_cash_was_placed_is_paid_once(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence, placed=False)
    sides.deliver()
    place(sides, tenant, invoice)
    sides.transfer(invoice, 1)
    sides.work()
    assert sides.owed(tenant, invoice) == 0 and cash(tenant) == 1
    assert sides.differences(tenant) == []


def test_nothing_is_placed_on_an_invoice_that_stripe_does_not_wait_for(sides: Sides) -> None:
    tenant, invoice = sides.issued()
    with pytest.raises(BillingRefused, match="does not wait"):
        place(sides, tenant, invoice)
