"""What the worker does for authorities that are suspended or leave: their day comes, they are told,
and their people's access ends. Safe to run twice, and to be cut short at any moment.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.models import Membership, Person
from saas.identity.permissions import AuthorityRole
from saas.messages.models import Message, MessageState
from saas.reference.calendar_words import long_date
from saas.reference.today import LONDON
from tenants.subscribers.standing import AuthorityLeaving, AuthoritySuspension

log = logging.getLogger(__name__)
TOLD = (AuthorityRole.MANAGER.value, AuthorityRole.FINANCE.value)
TOPIC = "standing"
READS = (
    "From then on your team can read and export everything, and change nothing. Your duties in each"
    " case, the provider's work on your cases and the families' pages go on."
)
REFER = (
    "A family's right to mediation advice does not depend on this: families can refer themselves by"
    " the form that is open to everyone, or by telephone."
)


def look_after_standings(href: str, *, at: dt.datetime) -> None:
    """Do for every authority what its standing asks for now.

    Args:
        href: where its people read how it stands.
    """
    today = at.astimezone(LONDON).date()
    for tenant in _with_something_to_do(today):
        try:
            with scoped(Scope.worker(tenant)) as session:
                _suspensions(session, href, today, at)
                _leavings(session, href, today, at)
            _end_or_give_access(tenant, today, at)
        except Exception:
            # One authority's trouble must not keep the others waiting.
            log.exception("the standing of an authority is not looked after")


def _with_something_to_do(today: dt.date) -> list[uuid.UUID]:
    with scoped(Scope.all_cases(None)) as session:
        suspended = session.scalars(
            sa.select(AuthoritySuspension.tenant_id).where(
                sa.or_(
                    sa.and_(
                        AuthoritySuspension.lifted_at.is_(None),
                        sa.or_(
                            AuthoritySuspension.told_at.is_(None),
                            sa.and_(
                                AuthoritySuspension.begun_at.is_(None),
                                AuthoritySuspension.first_day <= today,
                            ),
                        ),
                    ),
                    sa.and_(
                        AuthoritySuspension.lifted_at.is_not(None),
                        AuthoritySuspension.lifting_told_at.is_(None),
                    ),
                )
            )
        )
        # Few ever leave; each is looked at again.
        leaving = session.scalars(sa.select(AuthorityLeaving.tenant_id))
        return sorted({*suspended, *leaving})


def _suspensions(session: ScopedSession, href: str, today: dt.date, at: dt.datetime) -> None:
    for one in session.scalars(
        sa.select(AuthoritySuspension)
        .where(AuthoritySuspension.tenant_id == session.tenant)
        .with_for_update()
    ):
        day = long_date(one.first_day)
        if one.lifted_at is None:
            if one.begun_at is None and one.first_day <= today:
                one.begun_at = at
            if one.told_at is None:
                since = "since" if one.first_day <= today else "from"
                why = {"unpaid": "Invoices are not paid.", "contract": "There is no contract."}
                said = " ".join(part for part in (why.get(one.reason, ""), one.words) if part)
                _tell(
                    session, f"suspension {one.id} {one.first_day} {one.reason} {one.words}",
                    f"Your use of SEND mediation is suspended {since} {day}",
                    (said, READS, REFER), href, at,
                )  # fmt: skip
                one.told_at = at
        elif one.lifting_told_at is None:
            _tell(
                session, f"lifting {one.id} {one.lifted_at.isoformat()}",
                "Your use of SEND mediation is no longer suspended",
                ("Your team can work as before.",), href, at,
            )  # fmt: skip
            one.lifting_told_at = at


def _leavings(session: ScopedSession, href: str, today: dt.date, at: dt.datetime) -> None:
    for one in session.scalars(
        sa.select(AuthorityLeaving)
        .where(AuthorityLeaving.tenant_id == session.tenant)
        .with_for_update()
    ):
        stands = one.taken_back_at is None
        if stands and one.ended_at is None and one.last_day < today:
            one.ended_at = at
        if stands and one.access_ended_at is None and one.reads_until < today:
            one.access_ended_at = at
        if one.told_at is None:
            if stands:
                last, until = long_date(one.last_day), long_date(one.reads_until)
                heading = f"Your authority leaves SEND mediation after {last}"
                words: tuple[str, ...] = (
                    f"After that day your team can read and export until {until}, and no more.",
                    "Take all your data along before then: the page says how.",
                )
            else:
                heading = "Your authority does not leave SEND mediation"
                words = ("Your team can work as before.",)
            _tell(session, f"{one.id} {heading} {words[0]}", heading, words, href, at)
            one.told_at = at


def _end_or_give_access(tenant: uuid.UUID, today: dt.date, at: dt.datetime) -> None:
    """Close the places of an authority's people, or open again those that were closed so."""
    with scoped(Scope.worker(tenant)) as session:
        leavings = session.execute(
            sa.select(
                AuthorityLeaving.id,
                AuthorityLeaving.access_ended_at,
                sa.and_(
                    AuthorityLeaving.taken_back_at.is_(None), AuthorityLeaving.reads_until < today
                ).label("over"),
            ).where(
                AuthorityLeaving.tenant_id == tenant, AuthorityLeaving.access_ended_at.is_not(None)
            )
        ).all()
    for one in leavings:
        of_this = sa.update(Membership).where(Membership.tenant_id == tenant)
        with scoped(Scope.identity()) as identities:
            if one.over:
                identities.execute(
                    of_this.where(Membership.suspended_at.is_(None)).values(
                        suspended_at=one.access_ended_at
                    )
                )
            else:
                identities.execute(
                    of_this.where(Membership.suspended_at == one.access_ended_at).values(
                        suspended_at=None
                    )
                )
        if not one.over:
            with scoped(Scope.worker(tenant)) as session:
                session.execute(
                    sa.update(AuthorityLeaving)
                    .where(AuthorityLeaving.tenant_id == tenant, AuthorityLeaving.id == one.id)
                    .values(access_ended_at=None)
                )


def _tell(
    session: ScopedSession,
    cause: str,
    heading: str,
    paragraphs: tuple[str, ...],
    href: str,
    at: dt.datetime,
) -> None:
    """Write to the authority's managers and finance; the same cause is told of once."""
    people = session.execute(
        sa.select(Person.id, Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.tenant_id == session.tenant,
            Membership.suspended_at.is_(None),
            Membership.role.in_(TOLD),
            Person.active,
        )
        .order_by(Person.id)
    ).all()
    rows = [
        {
            "tenant_id": session.tenant,
            "id": new_id(),
            "subject_id": session.tenant,
            "cause_id": uuid.uuid5(session.tenant, cause),
            "topic": TOPIC,
            "recipient": f"person:{person.id}",
            "side": "authority",
            "address": person.email,
            "heading": heading,
            "text": "\n\n".join(part for part in paragraphs if part),
            "link": href,
            "state": MessageState.WAITING.value,
            "attempts": 0,
            "created_at": at,
            "next_attempt_at": at,
        }
        for person in people
    ]
    if rows:
        session.execute(
            insert(Message)
            .values(rows)
            .on_conflict_do_nothing(index_elements=["tenant_id", "cause_id", "recipient"])
        )
