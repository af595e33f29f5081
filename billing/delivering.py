"""Papers on their way: e-mailed by the service, or uploaded by a person who ticks them off.

There is no access point of ours on Peppol, and portals differ: what goes there is uploaded by hand,
and stays on finance's list until somebody says that it is done.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from billing.contracts.queries import billing_contact
from billing.ledger.deliveries import PaperDelivery
from billing.refusal import BillingRefused
from billing.tasks import BillingTask, add_task
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession

WAY_WORDS = {
    "email": "By e-mail",
    "portal": "Uploaded to the authority's portal",
    "peppol": "Through Peppol",
}


def deliver(
    session: ScopedSession,
    paper: str,
    document_id: uuid.UUID,
    number: str,
    *,
    at: dt.datetime,
    mailed: bool = False,
) -> PaperDelivery:
    """Write down that a paper is to reach its authority, in the way that the authority takes it.

    Args:
        paper: one of `billing.ledger.deliveries.PAPERS`.
        number: as the paper is called.
        mailed: it goes by e-mail, however invoices go.
    """
    contact = billing_contact(session)
    way = contact.delivery if contact and not mailed else "email"
    place = ""
    if contact:
        place = contact.customer_email if way == "email" else contact.place
    delivery = PaperDelivery(
        tenant_id=session.tenant,
        id=new_id(),
        document_id=document_id,
        paper=paper,
        number=number,
        way=way,
        place=place,
        written_at=at,
        done_at=None,
        done_by=None,
    )
    session.add(delivery)
    session.flush()
    if delivery.way == "email":
        add_task(session, f"send {paper}", document_id, at=at)
    return delivery


def delivery_of(session: ScopedSession, document_id: uuid.UUID) -> PaperDelivery | None:
    """How a paper goes; None of one that was made before this was written down."""
    return session.scalar(
        sa.select(PaperDelivery).where(
            PaperDelivery.tenant_id == session.tenant, PaperDelivery.document_id == document_id
        )
    )


def to_deliver() -> sa.Select[PaperDelivery]:
    """What waits for a person, in every tenant that the session sees, the oldest first."""
    return (
        sa.select(PaperDelivery)
        .where(PaperDelivery.done_at.is_(None), PaperDelivery.way != "email")
        .order_by(PaperDelivery.written_at, PaperDelivery.id)
    )


def count_to_deliver(session: ScopedSession) -> int:
    waiting = to_deliver().order_by(None).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(waiting)) or 0


def delivered_by_hand(session: ScopedSession, *, limit: int) -> Sequence[PaperDelivery]:
    """What people ticked off, the latest first."""
    return session.scalars(
        sa.select(PaperDelivery)
        .where(
            PaperDelivery.done_at.is_not(None),
            sa.or_(PaperDelivery.way != "email", PaperDelivery.done_by.is_not(None)),
        )
        .order_by(PaperDelivery.done_at.desc(), PaperDelivery.id)
        .limit(limit)
    ).all()


def undeliverable(session: ScopedSession) -> Sequence[tuple[PaperDelivery, str]]:
    """The papers whose e-mail failed, with the reason."""
    rows = session.execute(
        sa.select(PaperDelivery, BillingTask.failure)
        .join(
            BillingTask,
            sa.and_(
                BillingTask.tenant_id == PaperDelivery.tenant_id,
                BillingTask.subject_id == PaperDelivery.document_id,
                BillingTask.kind == sa.literal("send ") + PaperDelivery.paper,
            ),
        )
        .where(PaperDelivery.done_at.is_(None), BillingTask.failure != "")
        .order_by(PaperDelivery.written_at, PaperDelivery.id)
        .limit(100)
    )
    return [(delivery, failure) for delivery, failure in rows]


def tick_off(
    session: ScopedSession, delivery_id: uuid.UUID, note: str, *, at: dt.datetime
) -> PaperDelivery:
    """Say that a paper was uploaded, or given in another way.

    Args:
        note: what the portal answered, if anything.

    Raises:
        BillingRefused: it is delivered already, or there is no such paper.
    """
    delivery = _the_delivery(session, delivery_id)
    if delivery.done_at is not None:
        raise BillingRefused("note", f"{delivery.number} is delivered already")
    delivery.done_at, delivery.done_by, delivery.note = at, session.scope.person, note.strip()
    session.flush()
    _audit(session, "paper delivered by hand", delivery, at)
    return delivery


def take_back_tick(
    session: ScopedSession, delivery_id: uuid.UUID, *, at: dt.datetime
) -> PaperDelivery:
    """Put a paper back on the list: it was ticked off by mistake.

    Raises:
        BillingRefused: nobody ticked it off.
    """
    delivery = _the_delivery(session, delivery_id)
    if delivery.done_at is None or (delivery.way == "email" and delivery.done_by is None):
        raise BillingRefused("note", f"Nobody ticked {delivery.number} off")
    delivery.done_at, delivery.done_by, delivery.note = None, None, ""
    session.flush()
    _audit(session, "delivery by hand taken back", delivery, at)
    return delivery


def was_sent(
    session: ScopedSession, document_id: uuid.UUID, address: str, *, at: dt.datetime
) -> None:
    """Note that the service e-mailed a paper."""
    delivery = delivery_of(session, document_id)
    if delivery is not None and delivery.done_at is None:
        delivery.place, delivery.done_at = address, at


def _the_delivery(session: ScopedSession, delivery_id: uuid.UUID) -> PaperDelivery:
    found = session.get(PaperDelivery, (session.tenant, delivery_id), with_for_update=True)
    if found is None:
        raise BillingRefused("note", "There is no such paper")
    return found


def _audit(session: ScopedSession, what: str, delivery: PaperDelivery, at: dt.datetime) -> None:
    audit(
        session, what, subject_kind=delivery.paper, subject_id=delivery.document_id, at=at,
        number=delivery.number,
    )  # fmt: skip
