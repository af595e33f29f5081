"""Issue 12, point 11: a purchase order is raised, corrected and closed, with its trail."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask

from billing.amending.orders import change_order, changes_of_order, close_order, open_again
from billing.contracts.models import Contract, PurchaseOrder
from billing.contracts.orders import chosen_order, order_problem
from billing.ledger.orders_drawn import orders_of
from billing.refusal import BillingRefused
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tests.billing.contracts.test_finance import YEAR, contract_of, on, under_contract
from tests.billing.making import AT, Q1, contract_for, issue_period, order_for
from tests.factories import client_of, make_person, make_tenant

DAY = dt.date(2026, 7, 1)
WHY = "Uplift agreed on 3 May"


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


def the_order(session: ScopedSession) -> tuple[PurchaseOrder, Contract]:
    order, contract = session.query(PurchaseOrder).one(), session.query(Contract).one()
    return order, contract


def test_an_order_is_raised_and_put_right_but_not_below_what_is_drawn(
    app: Flask, tenant: Tenancy
) -> None:
    order_for(tenant, contract_for(tenant), value_pence=12_000_00, number="4500000001")
    issue_period(app, tenant, Q1)
    with scoped(Scope.finance(tenant.id, None)) as session:
        order, contract = the_order(session)
        change = {"value_pence": 30_000_00, "valid_to": dt.date(2027, 6, 30)}
        change_order(session, order, contract, change, reason=WHY, at=AT)
        (known,) = orders_of(session, contract.id)
        assert (known.left_pence, known.valid_to) == (18_000_00, dt.date(2027, 6, 30))
        trail = [(one.what, one.was, one.is_now) for one in changes_of_order(session, order.id)]
        assert ("value_pence", "£12,000.00", "£30,000.00") in trail and len(trail) == 2
        for wrong, says in (
            ({"value_pence": 11_999_99}, "£12,000.00 is drawn on it"),
            ({"valid_to": dt.date(2026, 1, 1)}, "end after it starts"),
            ({"value_pence": 30_000_00}, "Nothing is changed"),
        ):
            with pytest.raises(BillingRefused, match=says):
                change_order(session, order, contract, wrong, reason=WHY, at=AT)


def test_no_invoice_draws_on_a_closed_order_until_it_is_open_again(
    app: Flask, tenant: Tenancy
) -> None:
    order_for(tenant, contract_for(tenant))
    billed: dict[str, Any] = {"first": Q1.first, "last": Q1.last, "net_pence": 1}
    with scoped(Scope.finance(tenant.id, None)) as session:
        order, contract = the_order(session)
        assert chosen_order(orders_of(session, contract.id), **billed) is not None
        close_order(session, order, reason="The council replaced it", today=DAY, at=AT)
        (known,) = orders_of(session, contract.id)
        assert known.state(DAY) == "closed"
        assert chosen_order([known], **billed) is None
        assert order_problem([known], **billed) == "Every purchase order is closed"
        with pytest.raises(BillingRefused, match="closed already"):
            close_order(session, order, reason=WHY, today=DAY, at=AT)
        open_again(session, order, reason="By mistake", at=AT)
        (known,) = orders_of(session, contract.id)
        assert (known.state(DAY), known.state(dt.date(2030, 1, 1))) == ("open", "expired")


def test_an_order_that_does_not_cover_the_next_invoice_is_warned_of(app: Flask) -> None:
    tenant = under_contract(app)
    finance = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    entered = finance.submit(
        f"/finance/{tenant.slug}/purchase-orders/new",
        {
            "number": "4500000009",
            "value": "60,000",
            **on("valid_from", YEAR.first),
            **on("valid_to", YEAR.first + dt.timedelta(days=10)),
        },
    )
    assert entered.status_code == 302
    shown = finance.get(f"/finance/{tenant.slug}/contract").text
    assert "does not cover the next invoice" in shown
    with scoped(Scope.finance(tenant.id, None)) as session:
        order, _ = the_order(session)
        page = f"/finance/{tenant.slug}/purchase-orders/{order.id}"
    wrong = finance.submit(f"{page}/change", {"value": "70,000"})
    assert wrong.status_code == 422 and "Say why" in wrong.text
    right = {**on("valid_to", YEAR.last), "value": "70,000", "reason": WHY}
    done = finance.submit(f"{page}/change", right)
    assert done.status_code == 302, done.text
    assert finance.submit(f"{page}/close", {"reason": "Replaced"}).status_code == 302
    shown = finance.get(f"/finance/{tenant.slug}/contract").text
    assert "£70,000.00" in shown and "Closed" in shown and "Open again" in shown
    assert contract_of(tenant)[0].po_required
