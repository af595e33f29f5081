"""Issue 12, point 11: an invoice draws on several purchase orders where one is too little."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from billing.contracts.orders import Order, draws, numbers_of, order_problem
from billing.credits.actions import credit
from billing.ledger.invoices import Invoice, OrderShare
from billing.ledger.orders_drawn import orders_of
from billing.ledger.queries import document_of, lines_of
from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from tests.billing.making import AT, Q1, contract_for, issue_period, order_for
from tests.factories import make_tenant
from tests.saas.documents.papers import Paper

FIRST, LAST = Q1.first, Q1.last


def order(number: str, left: int, valid_to: dt.date = LAST) -> Order:
    return Order(id=new_id(), number=number, value_pence=left, valid_from=FIRST, valid_to=valid_to)


def test_one_order_that_is_enough_is_drawn_on_alone() -> None:
    small, large = order("A", 40), order("B", 100, LAST + dt.timedelta(days=90))
    (draw,) = draws([small, large], first=FIRST, last=LAST, net_pence=100)
    assert (draw.order, draw.net_pence) == (large, 100)


def test_of_several_the_one_that_ends_first_is_emptied_first() -> None:
    early, late = order("B", 40), order("A", 70, LAST + dt.timedelta(days=90))
    drawn = draws([late, early], first=FIRST, last=LAST, net_pence=100)
    assert [(d.order.number, d.net_pence) for d in drawn] == [("B", 40), ("A", 60)]
    assert numbers_of(drawn) == "B, A"


def test_all_of_them_too_little_is_said_in_one_sum() -> None:
    known = [order("A", 4_000), order("B", 5_000)]
    assert draws(known, first=FIRST, last=LAST, net_pence=10_000) == ()
    words = order_problem(known, first=FIRST, last=LAST, net_pence=10_000)
    assert "£90.00 left together, £10.00 too little" in words


@given(st.lists(st.integers(1, 500), max_size=6), st.integers(1, 2_000))
def test_what_is_drawn_is_the_invoice_and_never_more_than_is_left(
    left: list[int], net: int
) -> None:
    known = [order(f"PO{place}", pence) for place, pence in enumerate(left)]
    drawn = draws(known, first=FIRST, last=LAST, net_pence=net)
    assert all(0 < d.net_pence <= d.order.left_pence for d in drawn)
    assert sum(d.net_pence for d in drawn) == (net if sum(left) >= net else 0)


def test_an_invoice_quotes_both_orders_and_a_credit_gives_back_to_the_last(app: Flask) -> None:
    tenant = make_tenant(app)
    contract = contract_for(tenant)
    order_for(tenant, contract, number="4500000001", value_pence=500_000,
              valid_to=dt.date(2026, 12, 31))  # fmt: skip
    order_for(tenant, contract, number="4500000002", value_pence=900_000)
    invoice = issue_period(app, tenant)  # a quarter of £48,000
    assert invoice.purchase_order_number == "4500000001, 4500000002"

    def left() -> dict[str, int]:
        with scoped(Scope.finance(tenant.id, None)) as session:
            return {one.number: one.left_pence for one in orders_of(session, contract)}

    assert left() == {"4500000001": 0, "4500000002": 200_000}
    with scoped(Scope.finance(tenant.id, None)) as session:
        pdf = document_of(session, invoice.id, "pdf")
        xml = document_of(session, invoice.id, "xml")
        shares = session.scalars(sa.select(OrderShare).order_by(OrderShare.position)).all()
        assert [share.net_pence for share in shares] == [500_000, 700_000]
    assert pdf is not None
    said = Paper.of(pdf).text
    assert "4500000001, 4500000002" in said
    assert "£5,000.00 on 4500000001, £7,000.00 on 4500000002" in said
    assert xml is not None and b"4500000001, 4500000002</cbc:ID>" in xml
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = session.get(Invoice, (tenant.id, invoice.id))
        assert ours is not None
        (line,) = lines_of(session, invoice.id)
        credit(session, ours, {line.id: 800_000}, reason="Agreed", today=dt.date(2026, 5, 1), at=AT)
    assert left() == {"4500000001": 100_000, "4500000002": 900_000}
