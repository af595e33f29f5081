"""Both sides of an invoice, over real HTTP against a Stripe of our own."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import stripe
from flask import Flask

from billing.credits.actions import credit
from billing.invoices.models import Invoice
from billing.invoices.queries import lines_of
from billing.payments.actions import record_payment
from billing.payments.allocating import balance_of
from billing.payments.models import Payment
from billing.stripe.gateway import Gateway
from billing.stripe.models import StripeEvent
from billing.stripe.reconciling import Difference, reconcile
from billing.work import do_tasks
from saas.config import Settings
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from tests.billing.making import AT, account_of, count, issue_period
from tests.factories import make_tenant
from tests.stripe_double.control import SECRET, RunningDouble, running_double

NOW = dt.datetime(2026, 4, 6, 9, tzinfo=dt.UTC)


@pytest.fixture(name="double", scope="module")
def one_double() -> Iterator[RunningDouble]:
    with running_double() as double:
        yield double


@pytest.fixture(name="connected")
def app_with_keys(
    app: Flask, double: RunningDouble, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Flask:
    double.tell("faults")
    with_keys = settings.model_copy(
        update={
            "stripe_secret_key": type(settings.secret_key)("sk_test_double"),
            "stripe_webhook_secret": type(settings.secret_key)(SECRET),
            "stripe_api_url": double.address,
        }
    )
    monkeypatch.setitem(app.extensions, "settings", with_keys)
    return app


def work(times: int = 1) -> None:
    for n in range(times):
        do_tasks(at=NOW + dt.timedelta(hours=6 * n))


def deliver(app: Flask, events: list[dict[str, str]]) -> list[int]:
    client = app.test_client()
    return [
        client.post(
            "/webhooks/stripe",
            data=event["body"],
            headers={"Stripe-Signature": event["signature"], "Content-Type": "application/json"},
        ).status_code
        for event in events
    ]


def pushed(double: RunningDouble, invoice: Invoice) -> dict[str, object]:
    found = [i for i in double.invoices() if i.get("number") == invoice.number]
    assert len(found) == 1, "the invoice is there once"
    return found[0]


def owed(tenant: Tenancy, invoice: Invoice) -> int:
    with scoped(Scope.finance(tenant.id, None)) as session:
        return balance_of(session, invoice).owed_pence


def both_agree(app: Flask, tenant: Tenancy, *, repair: bool = False) -> list[Difference]:
    gateway = Gateway.of(app.extensions["settings"])
    assert gateway is not None
    return reconcile(gateway, [tenant], repair=repair, at=NOW)


def test_an_issued_invoice_arrives_with_number_order_period_and_to_the_penny(
    connected: Flask, double: RunningDouble
) -> None:
    tenant = make_tenant(connected)
    account_of(connected, tenant)
    invoice = issue_period(connected, tenant)
    work()
    there = pushed(double, invoice)
    assert there["status"] == "open" and there["total"] == invoice.gross_pence
    assert there["collection_method"] == "send_invoice" and there["times_sent"] == 1
    fields = {f["name"]: f["value"] for f in there["custom_fields"]}  # type: ignore[attr-defined]
    assert fields["Purchase order"] == invoice.purchase_order_number
    assert fields["Period"] == "01/04/2026 to 30/06/2026"
    work(2)
    assert pushed(double, invoice)["times_sent"] == 1
    assert both_agree(connected, tenant) == []


def test_a_payment_is_recorded_once_however_often_and_in_whatever_order_it_is_told(
    connected: Flask, double: RunningDouble
) -> None:
    tenant = make_tenant(connected)
    account_of(connected, tenant)
    invoice = issue_period(connected, tenant)
    work()
    double.events()
    stripe_id = pushed(double, invoice)["id"]
    double.tell("transfer", invoice=stripe_id, pence=invoice.gross_pence)
    events = double.events()
    assert len(events) == 2
    assert set(deliver(connected, [*reversed(events), *events, events[0]])) == {200}
    assert owed(tenant, invoice) == 0
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert count(session, Payment) == 1
        assert count(session, StripeEvent) == 2
    assert both_agree(connected, tenant) == []


def test_a_late_failure_never_makes_a_paid_invoice_unpaid(
    connected: Flask, double: RunningDouble
) -> None:
    tenant = make_tenant(connected)
    account_of(connected, tenant)
    invoice = issue_period(connected, tenant)
    work()
    there = pushed(double, invoice)
    double.tell("transfer", invoice=there["id"], pence=invoice.gross_pence)
    double.tell("event", type="invoice.payment_failed", object={**there, "status": "open"})
    deliver(connected, double.events())
    assert owed(tenant, invoice) == 0


def test_a_wrong_signature_and_another_deployments_event_change_nothing(
    connected: Flask, double: RunningDouble
) -> None:
    tenant = make_tenant(connected)
    account_of(connected, tenant)
    invoice = issue_period(connected, tenant)
    work()
    there = pushed(double, invoice)
    double.events()
    double.tell("transfer", invoice=there["id"], pence=invoice.gross_pence)
    event = double.events()[0]
    assert deliver(connected, [{**event, "body": event["body"] + " "}]) == [400]
    double.tell("mark", invoice=there["id"], fields={"metadata": {"deployment": "another"}})
    assert deliver(connected, [event]) == [200]
    assert owed(tenant, invoice) == invoice.gross_pence


def test_a_part_paid_by_transfer_waits_in_the_cash_balance(
    connected: Flask, double: RunningDouble
) -> None:
    tenant = make_tenant(connected)
    account_of(connected, tenant)
    invoice = issue_period(connected, tenant)
    work()
    there = pushed(double, invoice)
    double.tell("transfer", invoice=there["id"], pence=10_000)
    deliver(connected, double.events())
    assert owed(tenant, invoice) == invoice.gross_pence
    double.tell("transfer", invoice=there["id"], pence=invoice.gross_pence - 10_000)
    deliver(connected, double.events())
    assert owed(tenant, invoice) == 0


def test_credits_and_payments_elsewhere_reach_stripe(
    connected: Flask, double: RunningDouble
) -> None:
    tenant = make_tenant(connected)
    account_of(connected, tenant)
    invoice = issue_period(connected, tenant)
    work()
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = session.get(Invoice, (tenant.id, invoice.id))
        assert ours is not None
        (line,) = _lines(session, invoice)
        credit(session, ours, {line: 100_000}, reason="Agreed", today=NOW.date(), at=NOW)
    work()
    assert pushed(double, invoice)["pre_payment_credit_notes_amount"] == 120_000
    with scoped(Scope.finance(tenant.id, None)) as session:
        record_payment(
            session, received_on=NOW.date(), amount_pence=invoice.gross_pence - 120_000,
            method="bank", source="bank:1", invoice_ids=[invoice.id], today=NOW.date(), at=AT,
        )  # fmt: skip
    work()
    assert pushed(double, invoice)["status"] == "paid"
    assert both_agree(connected, tenant) == []


def _lines(session: ScopedSession, invoice: Invoice) -> list[uuid.UUID]:
    return [line.id for line in lines_of(session, invoice.id)]


@pytest.mark.parametrize("fault", ["before", "after", "hang"])
def test_a_stripe_that_fails_gets_every_invoice_once_all_the_same(
    connected: Flask, double: RunningDouble, fault: str
) -> None:
    tenants = [make_tenant(connected) for _ in range(3)]
    invoices = []
    for tenant in tenants:
        account_of(connected, tenant)
        invoices.append(issue_period(connected, tenant))
    double.tell("faults", seed=7, **{fault: 0.4})
    work(12)
    double.tell("faults")
    work(14)
    for tenant, invoice in zip(tenants, invoices, strict=True):
        there = pushed(double, invoice)
        assert there["status"] == "open" and there["total"] == invoice.gross_pence
        assert both_agree(connected, tenant) == []


def test_a_lost_refusal_and_a_payment_meanwhile_do_not_lose_the_credit(
    connected: Flask, double: RunningDouble
) -> None:
    tenant = make_tenant(connected)
    account_of(connected, tenant)
    invoice = issue_period(connected, tenant)
    work()
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = session.get(Invoice, (tenant.id, invoice.id))
        assert ours is not None
        (line,) = _lines(session, invoice)
        credit(session, ours, {line: 100_000}, reason="Agreed", today=NOW.date(), at=NOW)
    # The double fails before it does anything, keeps that answer, and it is lost on the way.
    double.tell("faults", seed=1, before=1.0, hang=1.0)
    work()
    double.tell("faults")
    double.tell("transfer", invoice=pushed(double, invoice)["id"], pence=invoice.gross_pence)
    work(6)
    there = pushed(double, invoice)
    assert there["post_payment_credit_notes_amount"] == 120_000


def test_reconciliation_records_the_money_whose_event_was_lost(
    connected: Flask, double: RunningDouble
) -> None:
    tenant = make_tenant(connected)
    account_of(connected, tenant)
    invoice = issue_period(connected, tenant)
    work()
    double.tell("transfer", invoice=pushed(double, invoice)["id"], pence=invoice.gross_pence)
    double.events()
    (difference,) = both_agree(connected, tenant)
    assert difference.field == "paid through Stripe" and difference.repaired == ""
    (repaired,) = both_agree(connected, tenant, repair=True)
    assert repaired.repaired
    assert owed(tenant, invoice) == 0
    assert both_agree(connected, tenant) == []


def test_a_parameter_that_stripe_does_not_have_is_refused(double: RunningDouble) -> None:
    client = stripe.StripeClient(
        "sk_test", base_addresses={"api": double.address}, max_network_retries=0
    )
    double.tell("faults")
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: custom_fields"):
        client.v1.customers.create({"custom_fields": [{"name": "x", "value": "y"}]})  # type: ignore[arg-type]


def test_without_keys_nothing_is_pushed_and_the_webhook_is_not_there(app: Flask) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    issue_period(app, tenant)
    do_tasks(at=NOW)
    assert app.test_client().post("/webhooks/stripe", data=b"{}").status_code == 404
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(StripeEvent)) == 0
