"""What settles an invoice here is brought to Stripe: credits, voids, money paid to us."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from billing.ledger.balances import unapplied
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment
from billing.payments.actions import allocate, place_oldest_first
from billing.periods import parse_period
from saas.database.scope import Scope, scoped
from tests.billing.making import issue_period
from tests.billing.stripe.conftest import Sides


def test_a_credit_of_a_part_and_a_payment_elsewhere_reach_stripe(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.credit(tenant, invoice, 100_000)
    sides.work()
    there = sides.there(invoice)
    assert there["pre_payment_credit_notes_amount"] == 120_000 and there["status"] == "open"
    sides.pay_by_bank(tenant, invoice, invoice.gross_pence - 120_000)
    sides.work()
    assert sides.there(invoice)["status"] == "paid"
    assert sides.differences(tenant) == []


def test_an_invoice_credited_whole_before_it_was_paid_is_void_at_stripe(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.credit(tenant, invoice)
    sides.work()
    there = sides.there(invoice)
    assert there["status"] == "void" and there["amount_remaining"] == 0
    assert not there["pre_payment_credit_notes_amount"]
    assert sides.deliver() == [200], "and Stripe tells of it"
    assert sides.remembered(tenant).status == "void"
    assert sides.differences(tenant) == []


def test_the_rest_of_an_invoice_that_was_credited_in_part_is_credited_not_void(
    sides: Sides,
) -> None:
    tenant, invoice = sides.pushed()
    sides.credit(tenant, invoice, 100_000)
    sides.work()
    sides.credit(tenant, invoice)
    sides.work()
    there = sides.there(invoice)
    assert there["status"] == "paid"
    assert there["pre_payment_credit_notes_amount"] == invoice.gross_pence
    assert sides.differences(tenant) == []


def test_an_invoice_credited_whole_after_it_was_paid_keeps_its_payment_and_gets_a_note(
    sides: Sides,
) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence)
    sides.deliver()
    sides.credit(tenant, invoice)
    sides.work()
    there = sides.there(invoice)
    assert there["status"] == "paid"
    assert there["post_payment_credit_notes_amount"] == invoice.gross_pence
    assert sides.differences(tenant) == []


@pytest.mark.parametrize("fault", ["before", "after", "hang"])
def test_a_void_whose_answer_is_no_use_is_made_once(sides: Sides, fault: str) -> None:
    tenant, invoice = sides.pushed()
    sides.credit(tenant, invoice)
    sides.double.fault(fault, "void")
    sides.work(4)
    assert sides.there(invoice)["status"] == "void"
    assert sides.differences(tenant) == []


def test_a_void_that_comes_too_late_becomes_a_credit_note(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.credit(tenant, invoice)
    # It fails before it does anything; meanwhile the money comes in.
    sides.double.fault("before", "void")
    sides.work()
    sides.transfer(invoice, invoice.gross_pence)
    sides.deliver()
    sides.work(4)
    there = sides.there(invoice)
    assert there["status"] == "paid"
    assert there["post_payment_credit_notes_amount"] == invoice.gross_pence
    assert sides.differences(tenant) == []


def test_a_lost_refusal_and_a_payment_meanwhile_do_not_lose_the_credit(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.credit(tenant, invoice, 100_000)
    # The double fails before it does anything, keeps that answer, and it is lost on the way.
    sides.double.tell("faults", seed=1, before=1.0, hang=1.0)
    sides.work()
    sides.double.tell("faults")
    sides.transfer(invoice, invoice.gross_pence)
    sides.work(6)
    assert sides.there(invoice)["post_payment_credit_notes_amount"] == 120_000


def test_a_credit_waits_until_its_invoice_is_finalised_and_goes_then(sides: Sides) -> None:
    tenant, invoice = sides.issued()
    sides.double.fault("before", "finalize", times=2)
    sides.work()
    sides.credit(tenant, invoice, 50_000)
    sides.work(6)
    assert sides.there(invoice)["pre_payment_credit_notes_amount"] == 60_000
    assert sides.differences(tenant) == []


@pytest.mark.parametrize("act", ["credit", "bank"])
def test_what_settles_an_invoice_arrives_though_the_answer_to_finalising_it_was_lost(
    sides: Sides, act: str
) -> None:
    """The answer and the event were lost: Stripe knows that it is open, and so must we."""
    tenant, invoice = sides.issued()
    sides.double.fault("hang", "finalize")
    sides.work(3)
    sides.double.events()
    if act == "credit":
        sides.credit(tenant, invoice)
    else:
        sides.pay_by_bank(tenant, invoice, invoice.gross_pence)
    sides.work(2)
    assert sides.there(invoice)["status"] == ("void" if act == "credit" else "paid")
    assert sides.differences(tenant) == []


@pytest.mark.parametrize("fault", ["before", "after", "hang"])
def test_a_payment_elsewhere_whose_answer_is_no_use_is_told_once(sides: Sides, fault: str) -> None:
    tenant, invoice = sides.pushed()
    sides.pay_by_bank(tenant, invoice, invoice.gross_pence)
    sides.double.fault(fault, "pay")
    sides.work(4)
    assert sides.there(invoice)["status"] == "paid"
    assert sides.differences(tenant) == []


def test_an_uncollectible_invoice_that_is_paid_after_all_is_paid_on_both_sides(
    sides: Sides,
) -> None:
    tenant, invoice = sides.pushed()
    sides.at_stripe("mark_uncollectible", invoice)
    (difference,) = sides.differences(tenant)
    assert (difference.field, difference.theirs) == ("status", "uncollectible")
    sides.pay_by_bank(tenant, invoice, invoice.gross_pence)
    sides.work()
    assert sides.there(invoice)["status"] == "paid"
    assert sides.differences(tenant) == []


def test_money_from_stripe_that_finance_moves_to_another_invoice_is_told_there_at_once(
    sides: Sides,
) -> None:
    tenant, first = sides.pushed()
    sides.transfer(first, first.gross_pence)
    sides.deliver()
    second = issue_period(sides.app, tenant, parse_period("2026-27-Q2"))
    sides.credit(tenant, first)
    sides.work()
    assert sides.there(second)["status"] == "open"
    with scoped(Scope.finance(tenant.id, None)) as session:
        ((payment, _),) = unapplied(session)
        place_oldest_first(session, payment, at=sides.at)
    assert sides.owed(tenant, second) == 0
    sides.work()
    assert sides.there(second)["status"] == "paid"
    assert sides.differences(tenant) == []


def test_an_invoice_whose_payment_was_taken_back_is_told_when_it_is_paid_again(
    sides: Sides,
) -> None:
    tenant, invoice = sides.pushed()
    sides.pay_by_bank(tenant, invoice, invoice.gross_pence)
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = session.get_one(Invoice, (tenant.id, invoice.id))
        payment = session.scalars(sa.select(Payment).where(Payment.tenant_id == tenant.id)).one()
        allocate(session, payment, ours, -invoice.gross_pence, at=sides.at)
    sides.work()
    assert sides.there(invoice)["status"] == "open", "it was taken back before Stripe was told"
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = session.get_one(Invoice, (tenant.id, invoice.id))
        payment = session.scalars(sa.select(Payment).where(Payment.tenant_id == tenant.id)).one()
        allocate(session, payment, ours, invoice.gross_pence, at=sides.at)
    sides.work()
    assert sides.there(invoice)["status"] == "paid"
