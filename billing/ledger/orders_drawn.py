"""Purchase orders, with what invoices drew on them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from billing.contracts.models import PurchaseOrder
from billing.contracts.orders import Order
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import OrderShare
from saas.database.scope import ScopedSession
from saas.database.together import OF, TENANT, Question, Together


def orders_of(session: ScopedSession, contract_id: uuid.UUID) -> list[Order]:
    """The orders on a contract, the newest first."""
    return orders_in(_OF_CONTRACT.ask(session, of=contract_id), contract_id)


def orders_in(found: Mapping[str, list[Any]], contract_id: uuid.UUID) -> list[Order]:
    """The same of the answers to ORDERS_OF_CONTRACT."""
    return list(reversed(_orders(found)[contract_id]))


def drawn_on(session: ScopedSession, order: PurchaseOrder) -> int:
    """What invoices drew on an order, less what was credited, in pence without VAT."""
    (found,) = (one for one in orders_of(session, order.contract_id) if one.id == order.id)
    return found.drawn_pence


def orders_everywhere(session: ScopedSession) -> dict[uuid.UUID, list[Order]]:
    """The orders of every contract that the session sees, the newest last."""
    return _orders(_EVERYWHERE.ask(session))


def _questions(which: sa.ColumnElement[bool]) -> dict[str, Question]:
    credited = sa.select(
        CreditNote.invoice_id, sa.func.sum(CreditNote.net_pence).label("net_pence")
    ).group_by(CreditNote.invoice_id)
    return {
        "orders": sa.select(
            PurchaseOrder.contract_id,
            PurchaseOrder.id,
            PurchaseOrder.number,
            PurchaseOrder.value_pence,
            PurchaseOrder.valid_from,
            PurchaseOrder.valid_to,
            PurchaseOrder.closed_on,
        )
        .where(which)
        .order_by(PurchaseOrder.valid_from, PurchaseOrder.id),
        "credited": credited,
        "shares": sa.select(
            OrderShare.invoice_id, OrderShare.purchase_order_id, OrderShare.net_pence
        )
        .where(OrderShare.invoice_id.in_(sa.select(CreditNote.invoice_id)))
        .order_by(OrderShare.invoice_id, OrderShare.position.desc()),
        "drawn": sa.select(
            OrderShare.purchase_order_id, sa.func.sum(OrderShare.net_pence).label("net_pence")
        ).group_by(OrderShare.purchase_order_id),
    }


ORDERS_OF_CONTRACT = _questions(
    sa.and_(PurchaseOrder.tenant_id == TENANT, PurchaseOrder.contract_id == OF)
)
_OF_CONTRACT = Together(ORDERS_OF_CONTRACT)
_EVERYWHERE = Together(_questions(sa.true()))


def _orders(found: Mapping[str, list[Any]]) -> defaultdict[uuid.UUID, list[Order]]:
    drawn = _drawn(found)
    orders: defaultdict[uuid.UUID, list[Order]] = defaultdict(list)
    for row in found["orders"]:
        orders[row.contract_id].append(
            Order(
                id=row.id,
                number=row.number,
                value_pence=row.value_pence,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                drawn_pence=drawn[row.id],
                closed_on=row.closed_on,
            )
        )
    return orders


def _drawn(found: Mapping[str, list[Any]]) -> defaultdict[uuid.UUID, int]:
    """What invoices drew on each order, less what was credited, in pence without VAT.

    A credit gives back to the order that was drawn on last.
    """
    credited = {row.invoice_id: row.net_pence for row in found["credited"]}
    drawn: defaultdict[uuid.UUID, int] = defaultdict(int)
    for share in found["shares"]:
        back = min(share.net_pence, credited[share.invoice_id])
        credited[share.invoice_id] -= back
        drawn[share.purchase_order_id] -= back
    for row in found["drawn"]:
        drawn[row.purchase_order_id] += row.net_pence
    return drawn
