"""Both sides compared field by field: repaired where one side is behind, reported otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from billing.periods import parse_period
from billing.stripe.comparison import ask_to_compare, findings
from billing.stripe.models import StripeObject
from billing.stripe_tasks import INVOICE, find_task
from billing.tasks import BillingTask
from saas.database.scope import Scope, scoped
from tests.billing.making import issue_period
from tests.billing.stripe.conftest import Sides


def test_the_money_whose_event_was_lost_is_recorded(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence)
    sides.double.events()
    (difference,) = sides.differences(tenant)
    assert difference.field == "paid through Stripe" and difference.repaired == ""
    (repaired,) = sides.differences(tenant, repair=True)
    assert repaired.repaired
    assert sides.owed(tenant, invoice) == 0
    assert sides.differences(tenant) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"number": "OTHER-1"}, "number"),
        ({"total": 1}, "total"),
        ({"total_taxes": []}, "VAT"),
        ({"currency": "eur"}, "currency"),
        ({"custom_fields": [{"name": "Purchase order", "value": "1"}]}, "purchase order"),
        ({"custom_fields": []}, "period"),
        ({"amount_overpaid": 500}, "overpaid"),
        ({"status": "uncollectible"}, "status"),
    ],
)
def test_each_field_that_differs_is_reported(
    sides: Sides, fields: dict[str, Any], field: str
) -> None:
    tenant, invoice = sides.pushed()
    sides.mark(sides.there(invoice)["id"], **fields)
    found = sides.differences(tenant, repair=True)
    assert field in {difference.field for difference in found}
    assert all(difference.number == invoice.number for difference in found)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "Another"}, "customer name"),
        ({"email": "other@council.example"}, "customer e-mail"),
        ({"balance": -500}, "credit balance"),
        ({"deleted": True}, "customer"),
    ],
)
def test_a_customer_that_differs_is_reported(
    sides: Sides, fields: dict[str, Any], field: str
) -> None:
    tenant, invoice = sides.pushed()
    sides.mark(sides.there(invoice)["customer"], **fields)
    assert [difference.field for difference in sides.differences(tenant)] == [field]


def test_an_invoice_that_was_never_pushed_is_pushed(sides: Sides) -> None:
    tenant, invoice = sides.issued()
    with scoped(Scope.finance(tenant.id, None)) as session:
        task = find_task(session, INVOICE, invoice.id)
        assert task is not None
        task.done_at = sides.at  # as it was before there were keys
    (difference,) = sides.differences(tenant)
    assert (difference.field, difference.theirs, difference.repaired) == ("exists", "no", "")
    assert sides.differences(tenant, repair=True)[0].repaired == "queued again"
    assert sides.differences(tenant)[0].repaired == "waits in the queue"
    sides.work()
    assert sides.differences(tenant) == []


def test_an_invoice_that_was_lost_there_is_reported(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    with scoped(Scope.finance(tenant.id, None)) as session:
        for kept in session.scalars(sa.select(StripeObject).where(StripeObject.kind == "invoice")):
            kept.stripe_id = "in_that_is_gone"
    found = {(d.number, d.field, d.theirs) for d in sides.differences(tenant)}
    assert (invoice.number, "exists", "lost there") in found


def test_an_invoice_at_stripe_that_is_not_here_is_reported(sides: Sides) -> None:
    """As after a backup was restored that did not have it yet."""
    tenant, invoice = sides.pushed()
    there = sides.there(invoice)
    wanted = {
        "customer": there["customer"], "number": "INV-STRAY",
        "metadata": {"deployment": "send-mediation", "invoice": "not one of ours"},
    }  # fmt: skip
    sides.double.tell("create", things="invoices", given=wanted)
    (difference,) = sides.differences(tenant, repair=True)
    assert (difference.number, difference.ours, difference.theirs) == ("INV-STRAY", "no", "yes")


def test_a_credit_note_made_at_stripe_is_reported(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    line = {"type": "custom_line_item", "unit_amount": 5_000, "quantity": 1, "tax_amounts": []}
    wanted = {"invoice": sides.there(invoice)["id"], "lines": [line]}
    sides.double.tell("create", things="credit_notes", given=wanted)
    (difference,) = sides.differences(tenant, repair=True)
    assert (difference.ours, difference.theirs) == ("none", "£50.00, made at Stripe")


def test_a_credit_note_that_somebody_voided_at_stripe_is_reported(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    note = sides.credit(tenant, invoice, 10_000)
    sides.work()
    theirs = sides.remembered(tenant, "credit_note").stripe_id
    sides.double.tell("act", things="credit_notes", act="void", name=theirs)
    sides.deliver()
    (difference,) = sides.differences(tenant, repair=True)
    assert (difference.number, difference.field) == (note.number, "credit note")
    assert (difference.ours, difference.theirs) == ("issued", "void")


def test_a_credit_note_that_never_arrived_is_pushed_again(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    note = sides.credit(tenant, invoice, 10_000)
    with scoped(Scope.finance(tenant.id, None)) as session:
        session.execute(sa.update(BillingTask).values(done_at=sides.at))
    (difference,) = sides.differences(tenant, repair=True)
    assert (difference.number, difference.field) == (note.number, "credited")
    assert (difference.ours, difference.theirs) == ("£120.00", "no")
    sides.work()
    assert sides.differences(tenant) == []


def test_many_invoices_are_compared_with_as_many_requests_as_one(sides: Sides) -> None:
    tenant, _ = sides.pushed()
    for quarter in ("2026-27-Q2", "2026-27-Q3"):
        issue_period(sides.app, tenant, parse_period(quarter))
    sides.work()
    before = sides.double.tell("asked")["requests"]
    assert sides.differences(tenant) == []
    # The customer, its invoices with their payments, its credit notes.
    assert sides.double.tell("asked")["requests"] - before == 3


def test_what_a_comparison_in_the_background_found_stays_to_be_seen(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence)
    sides.double.events()
    ask_to_compare(repair=False, person=None, at=sides.at)
    with scoped(Scope.all_accounts(None)) as session:
        assert findings(session).waiting
    sides.work()
    with scoped(Scope.all_accounts(None)) as session:
        found = [one for one in findings(session).differences if one.tenant_id == tenant.id]
        assert [one.field for one in found] == ["paid through Stripe"]
        assert findings(session).compared_at is not None
    ask_to_compare(repair=True, person=None, at=sides.at)
    sides.work()
    assert sides.owed(tenant, invoice) == 0
    ask_to_compare(repair=True, person=None, at=sides.at)
    sides.work()
    with scoped(Scope.all_accounts(None)) as session:
        assert not [one for one in findings(session).differences if one.tenant_id == tenant.id]


def test_the_command_tells_what_differs_and_puts_it_right(lone_sides: Sides) -> None:
    sides = lone_sides
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence)
    sides.double.events()
    told = sides.app.test_cli_runner().invoke(
        args=["billing", "reconcile", "--authority", tenant.slug]
    )
    assert f"{invoice.number} paid through Stripe: here £0.00, there £14,400.00" in told.output
    repaired = sides.app.test_cli_runner().invoke(
        args=["billing", "reconcile", "--authority", tenant.slug, "--repair", "--format", "json"]
    )
    (one,) = json.loads(repaired.output)["differences"]
    assert (one["number"], one["repaired"]) == (invoice.number, "£14,400.00 recorded")
    after = sides.app.test_cli_runner().invoke(
        args=["billing", "reconcile", "--authority", tenant.slug]
    )
    assert after.output == "Both sides agree.\n"
