"""Purchase orders, with what invoices drew on them."""

from __future__ import annotations

import uuid
from collections import defaultdict

import sqlalchemy as sa

from billing.contracts.models import PurchaseOrder
from billing.contracts.orders import Order
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import OrderShare
from saas.database.scope import ScopedSession


def drawn_on_orders(session: ScopedSession) -> dict[uuid.UUID, int]:
    """What invoices drew on each order, less what was credited, in pence without VAT.

    A credit gives back to the order that was drawn on last.
    """
    credited: dict[uuid.UUID, int] = {
        invoice: int(net)
        for invoice, net in session.execute(
            sa.select(CreditNote.invoice_id, sa.func.sum(CreditNote.net_pence)).group_by(
                CreditNote.invoice_id
            )
        )
    }
    drawn: defaultdict[uuid.UUID, int] = defaultdict(int)
    for invoice, order, net in session.execute(
        sa.select(OrderShare.invoice_id, OrderShare.purchase_order_id, OrderShare.net_pence)
        .where(OrderShare.invoice_id.in_(credited))
        .order_by(OrderShare.invoice_id, OrderShare.position.desc())
    ):
        back = min(net, credited[invoice])
        credited[invoice] -= back
        drawn[order] -= back
    for order, net in session.execute(
        sa.select(OrderShare.purchase_order_id, sa.func.sum(OrderShare.net_pence)).group_by(
            OrderShare.purchase_order_id
        )
    ):
        drawn[order] += int(net)
    return dict(drawn)


def _order(row: PurchaseOrder, drawn: dict[uuid.UUID, int]) -> Order:
    return Order(
        id=row.id,
        number=row.number,
        value_pence=row.value_pence,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        drawn_pence=drawn.get(row.id, 0),
        closed_on=row.closed_on,
    )


def orders_of(session: ScopedSession, contract_id: uuid.UUID) -> list[Order]:
    """The orders on a contract, the newest first."""
    drawn = drawn_on_orders(session)
    rows = session.scalars(
        sa.select(PurchaseOrder)
        .where(PurchaseOrder.tenant_id == session.tenant, PurchaseOrder.contract_id == contract_id)
        .order_by(PurchaseOrder.valid_from.desc(), PurchaseOrder.id.desc())
    )
    return [_order(row, drawn) for row in rows]


def orders_everywhere(session: ScopedSession) -> dict[uuid.UUID, list[Order]]:
    """The orders of every contract that the session sees."""
    drawn = drawn_on_orders(session)
    orders: defaultdict[uuid.UUID, list[Order]] = defaultdict(list)
    for row in session.scalars(sa.select(PurchaseOrder).order_by(PurchaseOrder.valid_from)):
        orders[row.contract_id].append(_order(row, drawn))
    return orders
