"""An issued invoice arrives at Stripe whole and once, whatever goes wrong; we alone send it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
import stripe
from flask import Flask

from billing.contracts.actions import keep_contact
from billing.ledger.queries import lines_of
from billing.stripe.models import StripeEvent
from billing.supplier import Supplier
from billing.vat import Treatment
from saas.database.scope import Scope, scoped
from saas.reference.today import LONDON
from tests.billing.making import (
    Q1,
    Q2,
    account_of,
    contract_for,
    issue_period,
    order_for,
    terms,
    use,
    work_through,
)
from tests.billing.stripe.conftest import NOW, Sides
from tests.factories import make_tenant


def test_an_issued_invoice_arrives_with_number_order_period_and_to_the_penny(sides: Sides) -> None:
    tenant, invoice = sides.issued()
    sides.work()
    there = sides.there(invoice)
    assert there["status"] == "open" and there["total"] == invoice.gross_pence
    assert there["collection_method"] == "send_invoice" and there["auto_advance"] == "false"
    due = dt.datetime.fromtimestamp(there["due_date"], LONDON)
    assert due.date() == invoice.due_on and due.time() == dt.time(23, 59, 59)
    fields = {f["name"]: f["value"] for f in there["custom_fields"]}
    assert fields["Purchase order"] == invoice.purchase_order_number
    assert fields["Period"] == "01/04/2026 to 30/06/2026"
    bank = there["payment_settings"]["payment_method_options"]["customer_balance"]
    assert bank["bank_transfer"]["type"] == "gb_bank_transfer"
    assert there["metadata"]["deployment"] == "send-mediation"
    sides.work(2)
    assert sides.there(invoice)["times_sent"] == 0, "the authority gets our document alone"
    assert sides.differences(tenant) == []


def test_the_authority_has_a_sort_code_and_account_of_its_own(sides: Sides) -> None:
    tenant, _ = sides.pushed()
    account = sides.remembered(tenant, "customer").detail["account"]
    assert account["sort_code"] == "108800" and len(account["number"]) == 8


def test_an_account_without_bank_transfers_holds_no_customer_up(sides: Sides) -> None:
    tenant, invoice = sides.issued()
    sides.double.fault("refused", "funding_instructions")
    sides.work()
    assert sides.there(invoice)["status"] == "open"
    assert "account" not in sides.remembered(tenant, "customer").detail


@pytest.mark.parametrize("of_expenses", [Treatment.STANDARD, Treatment.EXEMPT])
def test_the_lines_are_ours_and_their_vat_sums_to_that_of_the_rate(
    sides: Sides, of_expenses: Treatment
) -> None:
    tenant = make_tenant(sides.app)
    odd = terms(
        annual_fee_pence=400_112,
        late_fees=(),
        expenses_vat=of_expenses,
        vat_reasons={Treatment.EXEMPT: "Welfare services (VAT Act 1994 sch. 9 group 7)"},
    )
    order_for(tenant, contract_for(tenant, first_terms=odd))
    with scoped(Scope.finance(tenant.id, None)) as session:
        for n, amount in enumerate((1_003, 2_003, 3_003, 4_008)):
            use(session, "expense", dt.date(2026, 4, 2 + n), amount_pence=amount, clause="Travel")
    invoice = issue_period(sides.app, tenant, Q1, on=dt.date(2026, 7, 2))
    sides.rounds = 400
    sides.work()
    there = sides.there(invoice)
    assert there["total"] == invoice.gross_pence
    things = sides.double.tell("state")["things"]["il"].values()
    lines = [line for line in things if line["invoice"] == there["id"]]
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = lines_of(session, invoice.id)
        assert [line["amount"] for line in lines] == [line.net_pence for line in ours]
        assert len(ours) > 2
    taxes = [tax for line in lines for tax in line["taxes"]]
    assert sum(tax["amount"] for tax in taxes) == invoice.vat_pence
    for tax in taxes:
        exact = tax["taxable_amount"] * Decimal(tax["rate"]) / 100
        assert abs(tax["amount"] - exact) <= 1
    assert sides.differences(tenant) == []


@pytest.mark.parametrize("fault", ["before", "after", "hang"])
def test_a_stripe_that_fails_gets_every_invoice_once_all_the_same(sides: Sides, fault: str) -> None:
    made = [sides.issued() for _ in range(3)]
    sides.double.tell("faults", seed=7, **{fault: 0.4})
    sides.work(12)
    sides.double.tell("faults")
    sides.work(14)
    for tenant, invoice in made:
        there = sides.there(invoice)
        assert there["status"] == "open" and there["total"] == invoice.gross_pence
        assert there["times_sent"] == 0
        assert sides.differences(tenant) == []


@pytest.mark.parametrize("fault", ["before", "after", "hang"])
@pytest.mark.parametrize(
    "request_", ["customers", "invoices", "add_lines", "finalize", "funding_instructions"]
)
def test_each_step_whose_answer_is_no_use_is_done_once(
    sides: Sides, fault: str, request_: str
) -> None:
    tenant, invoice = sides.issued()
    sides.double.fault(fault, request_)
    sides.work(4)
    there = sides.there(invoice)
    assert there["status"] == "open" and there["times_sent"] == 0
    assert sides.remembered(tenant).status == "open", "though no event told of it"
    customers = sides.double.tell("state")["things"]["cus"].values()
    assert [c["metadata"]["tenant"] for c in customers].count(str(tenant.id)) == 1
    assert sides.differences(tenant) == []


@pytest.mark.parametrize("request_", ["invoices", "add_lines", "finalize"])
def test_a_step_whose_key_stripe_has_forgotten_is_looked_up_first(
    sides: Sides, request_: str
) -> None:
    """Stripe keeps a key for a day; a worker that comes back after a weekend must not do twice."""
    tenant, invoice = sides.issued()
    sides.double.fault("hang", request_)
    sides.work()
    sides.double.tell("forget_keys")
    sides.rounds += 10
    sides.work(2)
    assert sides.there(invoice)["status"] == "open"
    assert sides.differences(tenant) == []


def test_invoices_bear_the_account_that_stripe_gave_the_authority(sides: Sides) -> None:
    """One document with one set of bank details: ours, paid into the authority's own account."""
    tenant, first = sides.pushed()
    account = sides.remembered(tenant, "customer").detail["account"]
    ours = Supplier.of(sides.app.extensions["settings"]).bank_details
    assert first.words["supplier"]["bank_details"] == list(ours)
    second = issue_period(sides.app, tenant, Q2, on=dt.date(2026, 7, 2))
    assert second.words["supplier"]["bank_details"] == [
        f"Account name {account['name']}",
        "Sort code 10-88-00",
        f"Account number {account['number']}",
    ]


def test_stripe_knows_the_address_and_the_day_it_is_due(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    there = sides.there(invoice)
    customer = sides.double.tell("state")["things"]["cus"][there["customer"]]
    assert customer["address"]["country"] == "GB" and customer["address"]["city"]
    later = {"due_date": there["due_date"] + 86_400}
    sides.double.tell("mark", name=there["id"], fields=later)
    (difference,) = sides.differences(tenant)
    assert difference.field == "due"


def test_a_wrong_key_of_the_api_refuses_nothing_for_good(sides: Sides) -> None:
    tenant, invoice = sides.issued()
    sides.double.fault("unauthorised", "customers")
    sides.work()
    assert "401" in sides.failure(tenant, "stripe invoice")
    sides.work()
    assert sides.there(invoice)["status"] == "open"


def test_a_contact_that_changed_is_told_with_the_next_invoice(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    for name in ("New Council", "Old Council", "New Council"):
        with scoped(Scope.finance(tenant.id, None)) as session:
            keep_contact(
                session, customer_name=name, address="Civic Centre", email="new@council.example",
                at=sides.at,
            )  # fmt: skip
        assert {d.field for d in sides.differences(tenant, repair=True)} >= {"customer name"}
        sides.work()
        customer = sides.double.tell("state")["things"]["cus"][sides.there(invoice)["customer"]]
        assert (customer["name"], customer["email"]) == (name, "new@council.example")
    assert sides.differences(tenant) == []


def test_a_parameter_that_stripe_does_not_have_is_refused(sides: Sides) -> None:
    client = stripe.StripeClient(
        "sk_test", base_addresses={"api": sides.double.address}, max_network_retries=0
    )
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: custom_fields"):
        client.v1.customers.create({"custom_fields": [{"name": "x", "value": "y"}]})  # type: ignore[arg-type]


def test_without_keys_nothing_is_pushed_and_the_webhook_is_not_there(app: Flask) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    issue_period(app, tenant)
    work_through(at=NOW)
    assert app.test_client().post("/webhooks/stripe", data=b"{}").status_code == 404
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(StripeEvent)) == 0
