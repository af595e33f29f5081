"""Ask for the news, confirm it, leave the list."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import Literal

import sqlalchemy as sa
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.dialects.postgresql import insert

from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.database.streaming import Reading
from saas.messages.mail import Letter, Sender, build
from saas.messages.transport import Bounced, Deferred, Transport
from tenants.front_door.mailing.models import MailingAddress

# Within an hour: of one place, whoever it writes for; and of one address.
ASKED_FROM_ONE_PLACE = 10
ONE_PLACE_WITHIN = dt.timedelta(hours=1)
# Of everybody together: beyond that nobody asks for news.
ASKED_BY_ALL = 300
ALL_WITHIN = dt.timedelta(minutes=10)
# An address is written to no more often than that, however often somebody enters it.
WRITTEN_TO = 3
# What is not confirmed by then is deleted.
CONFIRM_WITHIN = dt.timedelta(days=7)
AT_ONCE = 100

Purpose = Literal["confirm", "leave"]
# The whole address of the page that confirms, or that leaves the list.
AddressOf = Callable[[Purpose, uuid.UUID], str]


class TooManyAskedError(Exception):
    """Far more addresses are entered than people ask for news: wait."""


def key_of(secret: str, purpose: Purpose, address_id: uuid.UUID) -> str:
    """What a link has to hold to confirm an address, or to take it off the list."""
    return str(_keys(secret, purpose).dumps(address_id.hex))


def read_key(secret: str, purpose: Purpose, key: str) -> uuid.UUID | None:
    """Whose key this is; None where we made no such key."""
    try:
        return uuid.UUID(hex=_keys(secret, purpose).loads(key))
    except (BadData, ValueError, TypeError, AttributeError):
        return None


def _keys(secret: str, purpose: Purpose) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=f"news: {purpose}")


def ask_for_news(session: ScopedSession, *, email: str, source_key: str, at: dt.datetime) -> None:
    """Have an address asked whether it wants the news.

    As much is done for an address that is on the list as for another, and nobody is told which it
    is. Beyond WRITTEN_TO, or again within ONE_PLACE_WITHIN, it is heard and not written to.

    Raises:
        TooManyAskedError: ASKED_FROM_ONE_PLACE, or ASKED_BY_ALL from anywhere.
    """
    lately = sa.select(sa.func.count()).select_from(MailingAddress)
    of_all = session.scalar(lately.where(MailingAddress.asked_at > at - ALL_WITHIN)) or 0
    from_there = (
        session.scalar(
            lately.where(
                MailingAddress.source_key == source_key,
                MailingAddress.asked_at > at - ONE_PLACE_WITHIN,
            )
        )
        or 0
    )
    if of_all >= ASKED_BY_ALL or from_there >= ASKED_FROM_ONE_PLACE:
        raise TooManyAskedError
    asked = insert(MailingAddress).values(
        id=new_id(),
        email=email.strip().lower(),
        source_key=source_key,
        asked_at=at,
        times_asked=1,
        sent_at=None,
        confirmed_at=None,
        failure="",
    )
    session.execute(
        asked.on_conflict_do_update(
            index_elements=["email"],
            set_={
                "asked_at": at,
                "source_key": source_key,
                "times_asked": MailingAddress.times_asked + 1,
                "sent_at": None,
                "failure": "",
            },
            where=sa.and_(
                MailingAddress.confirmed_at.is_(None),
                MailingAddress.times_asked < WRITTEN_TO,
                MailingAddress.asked_at <= at - ONE_PLACE_WITHIN,
            ),
        )
    )


def confirm(session: ScopedSession, address_id: uuid.UUID, *, at: dt.datetime) -> bool:
    """Put an address on the list; whether there is such an address. Repeatable."""
    done = session.execute(
        sa.update(MailingAddress)
        .where(MailingAddress.id == address_id)
        .values(
            confirmed_at=sa.func.coalesce(MailingAddress.confirmed_at, at),
            source_key="",
        )
        .returning(MailingAddress.id)
    )
    return done.scalar_one_or_none() is not None


def leave(session: ScopedSession, address_id: uuid.UUID) -> None:
    """Delete an address. Repeatable."""
    session.execute(sa.delete(MailingAddress).where(MailingAddress.id == address_id))


def how_many(session: ScopedSession) -> int:
    """Addresses on the list."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(MailingAddress)
            .where(MailingAddress.confirmed_at.is_not(None))
        )
        or 0
    )


def everyone_on_it(reading: Reading) -> Iterator[tuple[uuid.UUID, str, dt.datetime]]:
    """Id, address and since when, the longest first, read while they are asked for."""
    rows = reading.stream(
        sa.select(MailingAddress.id, MailingAddress.email, MailingAddress.confirmed_at)
        .where(MailingAddress.confirmed_at.is_not(None))
        .order_by(MailingAddress.confirmed_at, MailingAddress.id)
    )
    return ((id_, email, at) for id_, email, at in rows)


def send_confirmations(
    transport: Transport,
    sender: Sender,
    address_of: AddressOf,
    *,
    at: dt.datetime,
) -> int:
    """Ask the addresses that were entered whether they want the news; how many letters left.

    Args:
        address_of: the whole address of the page that confirms, or that leaves the list.
    """
    sent = 0
    for _ in range(AT_ONCE):
        with scoped(Scope.jobs()) as session:
            row = session.execute(
                sa.select(MailingAddress.id, MailingAddress.email)
                .where(
                    MailingAddress.sent_at.is_(None),
                    MailingAddress.confirmed_at.is_(None),
                    MailingAddress.failure == "",
                )
                .order_by(MailingAddress.asked_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if row is None:
                return sent
            failure = ""
            try:
                transport.send(build(_letter(row.id, row.email, address_of), sender, at=at))
            except (Bounced, ValueError) as refused:
                failure = str(refused)[:200]
            except Deferred:
                session.rollback()
                return sent
            else:
                sent += 1
            session.execute(
                sa.update(MailingAddress)
                .where(MailingAddress.id == row.id)
                .values(sent_at=None if failure else at, failure=failure)
            )
    return sent


def _letter(address_id: uuid.UUID, email: str, address_of: AddressOf) -> Letter:
    days = CONFIRM_WITHIN.days
    return Letter(
        id=new_id(),
        address=email,
        heading="Do you want our news by e-mail?",
        paragraphs=(
            "Somebody asked us to send our news to this address.",
            "If it was you, open the link below and press the button. Then you are on the list.",
            f"If it was not you, there is nothing to do: we delete the address after {days} days.",
        ),
        link=address_of("confirm", address_id),
        leave=address_of("leave", address_id),
    )


def forget_unconfirmed(*, at: dt.datetime) -> int:
    """Delete the addresses that were not confirmed within CONFIRM_WITHIN; how many."""
    with scoped(Scope.jobs()) as session:
        gone = session.execute(
            sa.delete(MailingAddress)
            .where(
                MailingAddress.confirmed_at.is_(None),
                MailingAddress.asked_at < at - CONFIRM_WITHIN,
            )
            .returning(MailingAddress.id)
        )
        return len(gone.all())
