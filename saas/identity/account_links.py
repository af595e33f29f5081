"""Links by which somebody chooses a password: an invitation, or a password that was forgotten.

The key is made by the worker as the e-mail leaves. The table keeps its SHA-256 alone, so that
nobody who reads the table or the queue can use it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import WRITE_AND_DELETE, Base, Wall, new_id
from saas.database.scope import LoginRole, Scope, ScopedSession, scoped
from saas.identity.models import Person
from saas.identity.opened import password_opens
from saas.messages.mail import Letter, Sender, build
from saas.messages.transport import Bounced, Deferred, Transport

LASTS = {"invitation": dt.timedelta(days=7), "password": dt.timedelta(hours=1)}
# A word to whoever has not signed in for long; it opens nothing.
UNUSED = "unused"
PURPOSES = (*LASTS, UNUSED)
# Of one person in an hour; beyond it a question is heard and not kept.
ASKED_AN_HOUR = 3
ASKED_BY_STRANGERS = 500
KEPT = dt.timedelta(days=120)
AT_ONCE = 100


class AccountLink(Base):
    """One link: asked for, sent, used."""

    __tablename__ = "account_link"
    __table_args__ = (
        sa.Index("ix_account_link_person_id_asked_at", "person_id", "asked_at"),
        sa.Index("ix_account_link_unsent", "asked_at", postgresql_where=sa.text("sent_at IS NULL")),
        sa.CheckConstraint(f"purpose IN {PURPOSES}", name="purpose_is_known"),
    )
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    # None where nobody has the address: the question is written down all the same.
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    purpose: Mapped[str]
    # Whom the invitation is from, in words.
    told_by: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[dt.datetime]
    key_sha256: Mapped[str | None] = mapped_column(unique=True)
    sent_at: Mapped[dt.datetime | None]
    ends_at: Mapped[dt.datetime | None]
    used_at: Mapped[dt.datetime | None]
    # Why it could not be sent.
    failure: Mapped[str] = mapped_column(default="")


@dataclass(frozen=True)
class KnownLink:
    """A link that may be used now."""

    id: uuid.UUID
    person_id: uuid.UUID
    name: str
    email: str
    purpose: str


def ask(
    session: ScopedSession,
    person_id: uuid.UUID | None,
    purpose: str,
    *,
    at: dt.datetime,
    by: str = "",
) -> None:
    """Have a link sent to a person; what was sent before for this is used no more.

    Args:
        person_id: None of an address that nobody has: as much is done, so that no time tells it.
    """
    whose = AccountLink.person_id.is_not_distinct_from(person_id)
    lately = session.scalar(
        sa.select(sa.func.count()).where(whose, AccountLink.asked_at > at - dt.timedelta(hours=1))
    )
    if (lately or 0) >= (ASKED_AN_HOUR if person_id else ASKED_BY_STRANGERS):
        return
    session.execute(
        sa.update(AccountLink)
        .where(
            whose,
            AccountLink.purpose == purpose,
            AccountLink.used_at.is_(None),
        )
        .values(ends_at=at)
    )
    session.add(
        AccountLink(
            person_id=person_id, purpose=purpose, told_by=by, asked_at=at, key_sha256=None,
            sent_at=None, ends_at=None, used_at=None,
        )
    )  # fmt: skip
    session.flush()


def tell_unused(session: ScopedSession, person_id: uuid.UUID, *, at: dt.datetime) -> None:
    """Have a person told that their account is suspended soon, because nobody uses it."""
    session.add(
        AccountLink(
            person_id=person_id, purpose=UNUSED, asked_at=at, key_sha256=None,
            sent_at=None, ends_at=None, used_at=None,
        )
    )  # fmt: skip
    session.flush()


def told_unused(session: ScopedSession, person_id: uuid.UUID) -> dt.datetime | None:
    """When a person was last told so."""
    return session.scalar(
        sa.select(sa.func.max(AccountLink.asked_at)).where(
            AccountLink.person_id == person_id, AccountLink.purpose == UNUSED
        )
    )


def find_link(session: ScopedSession, key: str, *, at: dt.datetime) -> KnownLink | None:
    """The link with this key, if it may still be used."""
    row = session.execute(
        sa.select(AccountLink.id, Person.id, Person.name, Person.email, AccountLink.purpose)
        .join(Person, Person.id == AccountLink.person_id)
        .where(
            AccountLink.key_sha256 == hash_of(key),
            AccountLink.used_at.is_(None),
            AccountLink.ends_at > at,
            Person.active,
        )
    ).one_or_none()
    return KnownLink(*row) if row else None


def use_up(session: ScopedSession, link: KnownLink, *, at: dt.datetime) -> None:
    """This link and all others of the person open nothing any more."""
    session.execute(
        sa.update(AccountLink)
        .where(AccountLink.person_id == link.person_id, AccountLink.used_at.is_(None))
        .values(used_at=at)
    )


def send_links(
    transport: Transport, sender: Sender, address_of: Callable[[str], str], *, at: dt.datetime
) -> int:
    """Send what was asked for and not sent yet; how many left.

    Args:
        address_of: the address of the page that a key opens; of the first page without one.
    """
    sent = 0
    for _ in range(AT_ONCE):
        with scoped(Scope.identity()) as session:
            row = session.execute(
                sa.select(AccountLink, Person.email)
                .join(Person, Person.id == AccountLink.person_id)
                .where(
                    AccountLink.sent_at.is_(None),
                    AccountLink.failure == "",
                    AccountLink.ends_at.is_(None),
                    Person.active,
                )
                .order_by(AccountLink.asked_at)
                .limit(1)
                .with_for_update(skip_locked=True, of=AccountLink)
            ).one_or_none()
            if row is None:
                return sent
            link, email = row
            key = ""
            link.sent_at = link.ends_at = at
            invited = link.person_id if link.purpose == "invitation" else None
            by_work = invited is not None and not password_opens(session, invited)
            if link.purpose in LASTS and not by_work:
                key = secrets.token_urlsafe(32)
                link.key_sha256, link.ends_at = hash_of(key), at + LASTS[link.purpose]
            letter = _letter(link, email, address_of(key), by_work=by_work)
            mail = build(letter, sender, at=at)
            try:
                transport.send(mail)
            except Bounced as refused:
                link.failure, link.sent_at, link.ends_at = str(refused)[:200], None, at
            except Deferred:
                session.rollback()
                return sent
            else:
                sent += 1
    return sent


def _letter(link: AccountLink, email: str, address: str, *, by_work: bool) -> Letter:
    told: tuple[str, ...]
    if by_work:
        heading = "Your account with the mediation service"
        told = (
            f"{link.told_by or 'The service'} has made an account for you.",
            "Sign in by your work account: enter this e-mail address by the link below, and leave "
            "the password empty. You need no other password.",
        )
    elif link.purpose == "invitation":
        heading = "Your account with the mediation service"
        told = (
            f"{link.told_by or 'The service'} has made an account for you.",
            "Choose a password by the link below. It works for 7 days, and once.",
        )
    elif link.purpose == UNUSED:
        heading = "Your account with the mediation service is not used"
        told = (
            "You have not signed in for long. To keep your account, sign in within 14 days; after "
            "that it is suspended, and your manager or the provider can open it again.",
        )
    else:
        heading = "Choose a new password"
        told = (
            "Somebody asked for a new password for your account. If it was you, choose one by the "
            "link below: it works for an hour, and once.",
            "If it was not you, there is nothing to do: your password stays as it is.",
        )
    return Letter(
        id=link.id, address=email, heading=heading, paragraphs=told, link=address,
        about_link="Nobody of the service will ever ask you for it.",
    )  # fmt: skip


def forget_old_links(session: ScopedSession, *, at: dt.datetime) -> int:
    """Delete what was asked longer than KEPT ago; how many were deleted."""
    deleted = session.execute(
        sa.delete(AccountLink).where(AccountLink.asked_at < at - KEPT).returning(AccountLink.id)
    )
    return len(deleted.all())


def hash_of(key: str) -> str:
    """What is kept of a link's key."""
    return hashlib.sha256(key.encode()).hexdigest()
