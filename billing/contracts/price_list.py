"""The provider's price list: what a service costs from a day on, where nothing else was agreed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing.contracts.pricing import SERVICE_WORDS
from billing.refusal import BillingRefused
from saas.database.base import APPEND, READ, Base, Wall, new_id
from saas.database.scope import LoginRole, ScopedSession

ITEM_WORDS = {
    **{service.value: words for service, words in SERVICE_WORDS.items()},
    "late_fee_2": "Cancelled with less than 2 working days' notice",
    "late_fee_5": "Cancelled with less than 5 working days' notice",
    "day_rate": "Day rate",
}


class ListPrice(Base):
    """A price of the list. It holds until a later one of the same item begins; none is changed,
    so that one can say what was offered on any day."""

    __tablename__ = "list_price"
    __table_args__ = (
        sa.UniqueConstraint("item", "valid_from"),
        sa.CheckConstraint(f"item IN {tuple(ITEM_WORDS)}", name="item_is_known"),
        sa.CheckConstraint("price_pence >= 0", name="no_price_is_negative"),
        sa.CheckConstraint("valid_to >= valid_from", name="ends_after_it_starts"),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={LoginRole.FINANCE: APPEND, LoginRole.FINANCE_READER: READ},
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    item: Mapped[str]
    # Pence without VAT.
    price_pence: Mapped[int]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]


def listed(session: ScopedSession) -> Sequence[ListPrice]:
    """The whole list, each item's newest price first."""
    return session.scalars(
        sa.select(ListPrice).order_by(ListPrice.item, ListPrice.valid_from.desc())
    ).all()


def prices_on(prices: Sequence[ListPrice], day: dt.date) -> dict[str, int]:
    """The price in pence of each item that has one on a day."""
    found: dict[str, ListPrice] = {}
    for price in prices:
        if price.valid_from > day or (price.valid_to is not None and price.valid_to < day):
            continue
        known = found.get(price.item)
        if known is None or known.valid_from < price.valid_from:
            found[price.item] = price
    return {item: price.price_pence for item, price in found.items()}


def add_price(
    session: ScopedSession,
    *,
    item: str,
    price_pence: int,
    valid_from: dt.date,
    valid_to: dt.date | None,
    at: dt.datetime,
) -> ListPrice:
    """Put a price on the list.

    Raises:
        BillingRefused: naming the field.
    """
    if valid_to is not None and valid_to < valid_from:
        raise BillingRefused("valid_to", "The price must end after it begins")
    taken = session.scalar(
        sa.select(ListPrice.id).where(ListPrice.item == item, ListPrice.valid_from == valid_from)
    )
    if taken is not None:
        raise BillingRefused("valid_from", "This item has a price from that day already")
    price = ListPrice(
        id=new_id(),
        item=item,
        price_pence=price_pence,
        valid_from=valid_from,
        valid_to=valid_to,
        recorded_at=at,
        recorded_by=session.scope.person,
    )
    session.add(price)
    session.flush()
    return price
