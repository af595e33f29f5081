"""A purchase order is raised, corrected or closed, with its reason and what it said before."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from billing.amending.trail import change
from billing.contracts.models import Contract, PurchaseOrder, PurchaseOrderChange
from billing.contracts.orders import number_refusal
from billing.ledger.orders_drawn import drawn_on
from billing.refusal import BillingRefused
from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from saas.web.money import pounds

WORDS = {
    "number": "Number",
    "value_pence": "Value",
    "valid_from": "Valid from",
    "valid_to": "Valid to",
    "closed_on": "Closed",
}


def change_order(
    session: ScopedSession,
    order: PurchaseOrder,
    contract: Contract,
    wanted: Mapping[str, Any],
    *,
    reason: str,
    at: dt.datetime,
) -> None:
    """Raise an order, or put right what was entered wrongly.

    Raises:
        BillingRefused: naming the field that cannot be so.
    """
    changed = {name: value for name, value in wanted.items() if getattr(order, name) != value}
    if not changed:
        raise BillingRefused("reason", "Nothing is changed")
    if not reason.strip():
        raise BillingRefused("reason", "Say why")
    if "number" in changed:
        refusal = number_refusal(changed["number"], contract.po_format)
        if refusal:
            raise BillingRefused("number", refusal)
        taken = session.scalar(
            sa.select(PurchaseOrder.id).where(
                PurchaseOrder.tenant_id == session.tenant,
                PurchaseOrder.number == changed["number"],
            )
        )
        if taken is not None:
            raise BillingRefused("number", "Another order has this number")
    drawn = drawn_on(session, order)
    if changed.get("value_pence", order.value_pence) < max(drawn, 1):
        raise BillingRefused(
            "value", f"{pounds(drawn)} is drawn on it already: it cannot be worth less"
        )
    if changed.get("valid_to", order.valid_to) < changed.get("valid_from", order.valid_from):
        raise BillingRefused("valid_to", "The order must end after it starts")
    _change(session, order, changed, reason=reason, at=at)


def close_order(
    session: ScopedSession, order: PurchaseOrder, *, reason: str, today: dt.date, at: dt.datetime
) -> None:
    """Let no further invoice draw on an order.

    Raises:
        BillingRefused: it is closed, or no reason is given.
    """
    if order.closed_on is not None:
        raise BillingRefused("reason", "The order is closed already")
    if not reason.strip():
        raise BillingRefused("reason", "Say why")
    _change(session, order, {"closed_on": today}, reason=reason, at=at)


def open_again(
    session: ScopedSession, order: PurchaseOrder, *, reason: str, at: dt.datetime
) -> None:
    """Undo a closing.

    Raises:
        BillingRefused: it is not closed, or no reason is given.
    """
    if order.closed_on is None:
        raise BillingRefused("reason", "The order is not closed")
    if not reason.strip():
        raise BillingRefused("reason", "Say why")
    _change(session, order, {"closed_on": None}, reason=reason, at=at)


def changes_of_order(session: ScopedSession, order_id: uuid.UUID) -> list[PurchaseOrderChange]:
    """What was changed of an order, the latest first."""
    return list(
        session.scalars(
            sa.select(PurchaseOrderChange)
            .where(
                PurchaseOrderChange.tenant_id == session.tenant,
                PurchaseOrderChange.purchase_order_id == order_id,
            )
            .order_by(PurchaseOrderChange.changed_at.desc(), PurchaseOrderChange.id.desc())
        )
    )


def _change(
    session: ScopedSession,
    order: PurchaseOrder,
    columns: Mapping[str, Any],
    *,
    reason: str,
    at: dt.datetime,
) -> None:
    change(
        session,
        order,
        columns,
        PurchaseOrderChange,
        reason=reason,
        at=at,
        purchase_order_id=order.id,
    )
    audit(
        session,
        "purchase order changed",
        subject_kind="purchase order",
        subject_id=order.id,
        at=at,
        what=sorted(columns),
    )
