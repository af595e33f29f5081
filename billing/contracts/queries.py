"""What is read of contracts and purchase orders."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from billing.contracts.models import BillingContact, Contract, ContractTerms, PurchaseOrder
from billing.contracts.orders import Order
from billing.credits.models import CreditNote
from billing.invoices.models import Invoice
from saas.database.scope import ScopedSession
from saas.identity.signed_in import Tenancy
from tenants.subscribers.models import Subscriber
from tenants.subscribers.queries import subscribed

RENEWAL_DAYS = 120


def current_contract(session: ScopedSession, today: dt.date) -> Contract | None:
    """The tenant's contract that runs today, or the one nearest to it."""
    contracts = session.scalars(
        sa.select(Contract)
        .where(Contract.tenant_id == session.tenant)
        .order_by(Contract.starts_on.desc())
    ).all()
    running = [c for c in contracts if c.starts_on <= today <= c.ends_on]
    return next(iter(running or contracts), None)


def find_contract(session: ScopedSession, contract_id: uuid.UUID) -> Contract | None:
    return session.get(Contract, (session.tenant, contract_id))


def billing_contact(session: ScopedSession) -> BillingContact | None:
    return session.get(BillingContact, session.tenant)


def drawn_on_orders(session: ScopedSession) -> dict[uuid.UUID, int]:
    """What invoices drew on each order, less what was credited, in pence without VAT."""
    drawn: defaultdict[uuid.UUID | None, int] = defaultdict(int)
    for order, net in session.execute(
        sa.select(Invoice.purchase_order_id, sa.func.sum(Invoice.net_pence))
        .where(Invoice.purchase_order_id.is_not(None))
        .group_by(Invoice.purchase_order_id)
    ):
        drawn[order] += int(net)
    for order, net in session.execute(
        sa.select(Invoice.purchase_order_id, sa.func.sum(CreditNote.net_pence))
        .join(
            CreditNote,
            sa.and_(CreditNote.tenant_id == Invoice.tenant_id, CreditNote.invoice_id == Invoice.id),
        )
        .where(Invoice.purchase_order_id.is_not(None))
        .group_by(Invoice.purchase_order_id)
    ):
        drawn[order] -= int(net)
    return {order: net for order, net in drawn.items() if order is not None}


def _order(row: PurchaseOrder, drawn: dict[uuid.UUID, int]) -> Order:
    return Order(
        id=row.id,
        number=row.number,
        value_pence=row.value_pence,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        drawn_pence=drawn.get(row.id, 0),
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


def contracts_everywhere(session: ScopedSession) -> Sequence[Contract]:
    return session.scalars(sa.select(Contract).order_by(Contract.starts_on)).all()


def fees_everywhere(session: ScopedSession, day: dt.date) -> dict[uuid.UUID, int]:
    """The yearly fee in force on a day, in pence, by contract: the first terms' before they run."""
    fees: dict[uuid.UUID, int] = {}
    for contract_id, effective_from, fee in session.execute(
        sa.select(
            ContractTerms.contract_id,
            ContractTerms.effective_from,
            ContractTerms.annual_fee_pence,
        ).order_by(ContractTerms.effective_from)
    ):
        if effective_from <= day or contract_id not in fees:
            fees[contract_id] = fee
    return fees


def subscribers_on(session: ScopedSession, day: dt.date) -> Sequence[Subscriber]:
    """The authorities that subscribe on a day, by name."""
    return session.scalars(
        sa.select(Subscriber).where(subscribed(day)).order_by(Subscriber.name)
    ).all()


def names_of_authorities(session: ScopedSession) -> dict[uuid.UUID, Tenancy]:
    """Every authority that the session sees, by its id."""
    return {
        id_: Tenancy(id=id_, slug=slug, name=name)
        for id_, slug, name in session.execute(
            sa.select(Subscriber.id, Subscriber.slug, Subscriber.name)
        )
    }
