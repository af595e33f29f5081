"""Save and come back: a link by e-mail that opens one draft, made by the worker as it leaves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import sqlalchemy as sa

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.identity.personal_link import new_token, token_hash
from saas.messages.mail import Letter, Sender, build
from saas.messages.transport import Bounced, Deferred, Transport
from tenants.referring.drafts import KEPT_WITH_LINK, Draft, opened
from tenants.referring.models import ReferralDraft

# Of one draft at all, of one address in an hour, and of everybody in ten minutes.
OF_ONE_DRAFT = 3
OF_ONE_ADDRESS = 3
OF_ALL = 300
AT_ONCE = 100


class TooManyAskedError(Exception):
    """More links are asked for than families need."""


def ask_for_return(draft: Draft, *, email: str, email_key: str, at: dt.datetime) -> None:
    """Have a link to a draft sent; the draft is kept for KEPT_WITH_LINK from now on.

    Beyond what one draft or one address may ask it is heard and not sent again.

    Raises:
        TooManyAskedError: OF_ALL were asked for within ten minutes.
    """
    with scoped(Scope.identity()) as session:
        lately = session.scalar(
            sa.select(sa.func.count(ReferralDraft.id)).where(
                ReferralDraft.return_asked_at > at - dt.timedelta(minutes=10)
            )
        )
        if (lately or 0) >= OF_ALL:
            raise TooManyAskedError
        of_address = session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(ReferralDraft.return_times), 0)).where(
                ReferralDraft.return_email_key == email_key,
                ReferralDraft.return_asked_at > at - dt.timedelta(hours=1),
            )
        )
        if (of_address or 0) >= OF_ONE_ADDRESS:
            return
        session.execute(
            sa.update(ReferralDraft)
            .where(ReferralDraft.id == draft.id, ReferralDraft.return_times < OF_ONE_DRAFT)
            .values(
                return_email=email.strip().lower(),
                return_email_key=email_key,
                return_asked_at=at,
                return_times=ReferralDraft.return_times + 1,
                kept_until=at + KEPT_WITH_LINK,
            )
        )


def is_open(return_key: str, *, at: dt.datetime, secret: str) -> bool:
    """Whether an e-mailed link opens a draft now."""
    with scoped(Scope.identity()) as session:
        row = session.scalars(
            sa.select(ReferralDraft).where(
                ReferralDraft.return_key_sha256 == token_hash(return_key)
            )
        ).one_or_none()
        return opened(row, at=at, secret=secret) is not None


def come_back(return_key: str, *, at: dt.datetime) -> str | None:
    """The key of a draft for the browser at hand; the one before opens nothing any more.

    Returns:
        None where the link has run out, or the referral was sent.
    """
    key = new_token()
    with scoped(Scope.identity()) as session:
        found = session.execute(
            sa.update(ReferralDraft)
            .where(
                ReferralDraft.return_key_sha256 == token_hash(return_key),
                ReferralDraft.kept_until > at,
            )
            .values(key_sha256=token_hash(key))
            .returning(ReferralDraft.id)
        ).one_or_none()
    return key if found is not None else None


def send_return_links(
    transport: Transport, sender: Sender, address_of: Callable[[str], str], *, at: dt.datetime
) -> int:
    """Send the links that were asked for and not sent yet; how many left."""
    sent = 0
    for _ in range(AT_ONCE):
        with scoped(Scope.identity()) as session:
            draft = session.scalars(
                sa.select(ReferralDraft)
                .where(ReferralDraft.return_email.is_not(None), ReferralDraft.kept_until > at)
                .order_by(ReferralDraft.return_asked_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if draft is None:
                return sent
            key = new_token()
            mail = build(_letter(draft, address_of(key)), sender, at=at)
            draft.return_email, draft.return_key_sha256 = None, token_hash(key)
            try:
                transport.send(mail)
            except Bounced:
                draft.return_key_sha256 = None
            except Deferred:
                session.rollback()
                return sent
            else:
                sent += 1
    return sent


def _letter(draft: ReferralDraft, address: str) -> Letter:
    return Letter(
        # Each is a message of its own: one with a known id is thrown away as sent twice.
        id=new_id(),
        address=draft.return_email or "",
        heading="Go on with what you began",
        paragraphs=(
            "You asked for a link to go on with a form that you began with the mediation service.",
            "It works for 7 days, and until you have sent the form. If you did not ask for it,"
            " there is nothing to do: what was written is deleted by itself.",
        ),
        link=address,
        about_link="The link is for you alone: do not pass it on.",
    )
