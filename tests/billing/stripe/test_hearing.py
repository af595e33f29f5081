"""Stripe's events: believed only by their signature, taken in once, in whatever order."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from billing.ledger.payments import Payment
from billing.stripe.hearing import HEARD, hear
from billing.stripe.models import StripeEvent
from billing.stripe_tasks import COMPARE, find_task
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tests.billing.making import count
from tests.billing.stripe.conftest import Sides

# As the endpoint at Stripe is to be set up.
ASKED_FOR = {
    "invoice.finalized", "invoice.finalization_failed", "invoice.sent", "invoice.overdue",
    "invoice.paid", "invoice.overpaid", "invoice.payment_failed", "invoice.voided",
    "invoice.marked_uncollectible", "invoice.updated", "invoice_payment.paid",
    "credit_note.created", "credit_note.updated", "credit_note.voided",
    "cash_balance.funds_available",
}  # fmt: skip


def effects(tenant: Tenancy) -> dict[str, str]:
    with scoped(Scope.finance(tenant.id, None)) as session:
        return {one.kind: one.effect for one in session.scalars(sa.select(StripeEvent))}


def compared(tenant: Tenancy) -> bool:
    """Whether the account is to be compared."""
    with scoped(Scope.finance(tenant.id, None)) as session:
        task = find_task(session, COMPARE, tenant.id)
        return task is not None and task.done_at is None


def test_every_event_that_is_asked_for_is_heard_by_name() -> None:
    assert HEARD == ASKED_FOR


def test_an_event_of_another_name_is_answered_and_let_go(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.double.tell("event", type="invoice.created", object=sides.there(invoice))
    sides.double.tell("event", type="customer.updated", object={"id": "cus_1"})
    assert sides.deliver() == [200, 200]
    assert effects(tenant) == {}


@pytest.mark.parametrize("kind", sorted(ASKED_FOR))
def test_each_event_is_taken_in_once_and_changes_no_money_that_did_not_move(
    sides: Sides, kind: str
) -> None:
    tenant, invoice = sides.pushed()
    sides.credit(tenant, invoice, 10_000)
    sides.work()
    sides.double.events()
    there = sides.there(invoice)
    things = sides.double.tell("state")["things"]
    thing: dict[str, Any] = there
    if kind.startswith("credit_note."):
        (thing,) = [n for n in things["cn"].values() if n["invoice"] == there["id"]]
    elif kind.startswith("invoice_payment."):
        (thing,) = [p for p in things["inpay"].values() if p["invoice"] == there["id"]]
    elif kind.startswith("cash_balance."):
        thing = {"object": "cash_balance", "customer": there["customer"]}
    sides.double.tell("event", type=kind, object=thing)
    events = sides.double.events()
    assert sides.deliver([*events, *events]) == [200, 200]
    assert list(effects(tenant)) == [kind]
    assert sides.owed(tenant, invoice) == invoice.gross_pence - 12_000
    assert sides.differences(tenant) == []


def test_a_payment_is_recorded_once_however_often_and_in_whatever_order_it_is_told(
    sides: Sides,
) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence)
    events = sides.double.events()
    assert len(events) == 2
    assert set(sides.deliver([*reversed(events), *events, events[0]])) == {200}
    assert sides.owed(tenant, invoice) == 0
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert count(session, Payment) == 1
        assert count(session, StripeEvent) == 2
    assert sides.differences(tenant) == []


@pytest.mark.parametrize("seed", range(3))
def test_a_life_that_is_told_in_any_order_and_late_ends_the_same(sides: Sides, seed: int) -> None:
    tenant, invoice = sides.issued()
    sides.double.events()
    sides.work()
    sides.credit(tenant, invoice, 10_000)
    sides.work()
    sides.transfer(invoice, 5_000)
    sides.transfer(invoice, invoice.gross_pence)
    events = sides.double.events() * 2
    random.Random(seed).shuffle(events)
    assert set(sides.deliver(events)) == {200}
    assert sides.owed(tenant, invoice) == 0
    assert sides.remembered(tenant, "customer").detail["cash_pence"] == 17_000
    assert sides.remembered(tenant).status == "paid"
    sides.work()
    assert sides.differences(tenant) == []


def test_one_event_that_is_delivered_twice_at_the_same_moment_has_one_effect(
    sides: Sides,
) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence)
    event = sides.double.events()[0]
    answers: list[int] = []

    def deliver() -> None:
        with sides.app.app_context():
            answers.extend(sides.deliver([event]))

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert count(session, Payment) == count(session, StripeEvent) == 1


def test_a_late_failure_never_makes_a_paid_invoice_unpaid(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    there = sides.there(invoice)
    sides.transfer(invoice, invoice.gross_pence)
    sides.double.tell("event", type="invoice.payment_failed", object={**there, "status": "open"})
    sides.deliver()
    assert sides.owed(tenant, invoice) == 0
    assert sides.remembered(tenant).status == "paid"


def test_an_older_answer_takes_nothing_back(sides: Sides) -> None:
    """Two events are fetched for, and the one that saw less commits last."""
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence)
    sides.deliver()
    stale = {**sides.there(invoice), "status": "open", "amount_paid": 0}
    sides.mark(stale["id"], status="open")
    sides.double.tell("event", type="invoice.updated", object=stale)
    sides.deliver()
    assert sides.remembered(tenant).status == "paid"


def test_a_wrong_signature_and_another_deployments_event_change_nothing(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    there = sides.there(invoice)
    sides.transfer(invoice, invoice.gross_pence + 700)
    events = sides.double.events()
    assert sides.deliver([{**events[0], "body": events[0]["body"] + " "}]) == [400]
    another = {"deployment": "another"}
    sides.mark(there["id"], metadata=another)
    sides.mark(there["customer"], metadata=another)
    assert set(sides.deliver(events)) == {200}
    assert sides.owed(tenant, invoice) == invoice.gross_pence
    assert "cash_pence" not in sides.remembered(tenant, "customer").detail
    assert effects(tenant) == {}


def test_an_event_that_came_while_stripe_could_not_be_asked_is_asked_for_again(
    sides: Sides,
) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence)
    events = sides.double.events()
    sides.double.tell("faults", hang=1.0)
    assert sides.deliver(events) == [503, 503]
    assert effects(tenant) == {}
    sides.double.tell("faults")
    assert sides.deliver(events) == [200, 200]
    assert sides.owed(tenant, invoice) == 0


def test_an_invoice_voided_at_stripe_is_reported_and_stays_owed(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    sides.at_stripe("void", invoice)
    assert sides.deliver() == [200]
    assert sides.remembered(tenant).status == "void" and compared(tenant)
    assert sides.owed(tenant, invoice) == invoice.gross_pence
    (difference,) = sides.differences(tenant, repair=True)
    assert (difference.field, difference.theirs, difference.repaired) == ("status", "void", "")


def test_a_draft_that_stripe_could_not_finalise_is_reported_with_its_reason(sides: Sides) -> None:
    tenant, invoice = sides.issued()
    sides.double.fault("before", "finalize", times=9)
    sides.work()
    there = sides.there(invoice)
    sides.mark(there["id"], last_finalization_error={"code": "customer_tax_location_invalid"})
    sides.double.tell("event", type="invoice.finalization_failed", object=there)
    assert sides.deliver() == [200]
    assert compared(tenant)
    (difference,) = sides.differences(tenant)
    assert difference.theirs == "draft customer_tax_location_invalid"
    sides.double.tell("faults")
    sides.work(3)
    assert sides.there(invoice)["status"] == "open"


def test_what_the_product_does_not_know_is_no_error(sides: Sides) -> None:
    event = {
        "id": "evt_x", "type": "invoice.paid", "created": 1, "data": {"object": {"id": "in_none"}},
    }  # fmt: skip
    assert hear(sides.gateway, event, at=sides.at).effect == "another deployment's"
