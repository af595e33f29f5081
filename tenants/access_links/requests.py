"""A family asks for a new link by its e-mail address, and gets it there if we know it.

The page writes down the question and nothing else: whether an address is known is found by the
worker, so no answer, and no time that it takes, tells it to whoever asks.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import Base, Grant, Wall, new_id
from saas.database.scope import LoginRole, Scope, ScopedSession, scoped
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty
from tenants.notices.models import CaseNotice
from tenants.notices.topics import PERSONAL_LINK
from tenants.subscribers.models import Subscriber

ASKED_AN_HOUR = 3
# Of everybody together: beyond that it is no family that asks.
ASKED_BY_ALL = 300
ALL_WITHIN = dt.timedelta(minutes=10)
WITHIN = dt.timedelta(hours=1)
KEPT = dt.timedelta(days=1)
CASES_OF_ONE = 10


class LinkRequest(Base):
    """Somebody asked for a new link. The address goes as soon as it is answered."""

    __tablename__ = "link_request"
    __table_args__ = (
        sa.Index("ix_link_request_email_key_asked_at", "email_key", "asked_at"),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (email IS NOT NULL)", name="an_answered_one_names_nobody"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={
            LoginRole.IDENTITY: Grant(
                select=("id", "email_key", "asked_at"),
                insert=("id", "email", "email_key", "asked_at"),
            ),
            LoginRole.JOBS: Grant(
                select=("id", "email", "asked_at", "answered_at"),
                update=("email", "answered_at"),
                delete=True,
            ),
        },
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str | None]
    # A keyed hash, by which somebody's many questions are one.
    email_key: Mapped[str]
    asked_at: Mapped[dt.datetime] = mapped_column(index=True)
    answered_at: Mapped[dt.datetime | None]


class TooManyAskedError(Exception):
    """Far more people ask than there are families: wait."""


def ask_for_link(session: ScopedSession, *, email: str, email_key: str, at: dt.datetime) -> None:
    """Write the question down. Beyond ASKED_AN_HOUR for one address it is heard and not kept.

    Raises:
        TooManyAskedError: ASKED_BY_ALL questions within ALL_WITHIN, of anybody.
    """
    of_all = session.scalar(
        sa.select(sa.func.count(LinkRequest.id)).where(LinkRequest.asked_at > at - ALL_WITHIN)
    )
    if (of_all or 0) >= ASKED_BY_ALL:
        raise TooManyAskedError
    own = session.scalar(
        sa.select(sa.func.count(LinkRequest.id)).where(
            LinkRequest.email_key == email_key, LinkRequest.asked_at > at - WITHIN
        )
    )
    if (own or 0) >= ASKED_AN_HOUR:
        return
    session.execute(
        sa.insert(LinkRequest)
        .values(id=new_id(), email=email.strip().lower(), email_key=email_key, asked_at=at)
        .inline()
    )


def answer_requests(*, at: dt.datetime, most: int = 200) -> int:
    """Have a link sent to each known address that asked. Returns how many questions there were.

    Safe to repeat: one question causes one message to each person, however often it is answered.
    """
    with scoped(Scope.jobs()) as session:
        session.execute(sa.delete(LinkRequest).where(LinkRequest.asked_at < at - KEPT))
        asked = session.execute(
            sa.select(LinkRequest.id, LinkRequest.email)
            .where(LinkRequest.answered_at.is_(None))
            .order_by(LinkRequest.asked_at)
            .limit(most)
        ).all()
        tenants = session.scalars(sa.select(Subscriber.id)).all() if asked else []
    for tenant in tenants:
        with scoped(Scope.worker(tenant)) as session:
            for row in asked:
                _answer(session, row.id, row.email or "", at)
    if asked:
        with scoped(Scope.jobs()) as session:
            session.execute(
                sa.update(LinkRequest)
                .where(LinkRequest.id.in_([row.id for row in asked]))
                .values(answered_at=at, email=None)
            )
    return len(asked)


def _answer(session: ScopedSession, request: uuid.UUID, email: str, at: dt.datetime) -> None:
    parties = session.execute(
        sa.select(CaseParty.id, CaseParty.case_id)
        .where(
            CaseParty.tenant_id == session.tenant,
            sa.func.lower(CaseParty.email) == email,
            CaseParty.side == Side.FAMILY.value,
        )
        # The newest cases: what is looked for is hardly the oldest of many.
        .order_by(CaseParty.id.desc())
        .limit(CASES_OF_ONE)
    ).all()
    for party in parties:
        session.execute(
            insert(CaseNotice)
            .values(
                tenant_id=session.tenant,
                id=new_id(),
                case_id=party.case_id,
                event=PERSONAL_LINK,
                audience=Side.FAMILY.value,
                detail={"party_id": str(party.id)},
                once_key=f"link {request} {party.id}",
                caused_at=at,
            )
            .on_conflict_do_nothing(index_elements=["tenant_id", "once_key"])
        )
