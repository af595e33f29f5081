"""Who handles complaints is told by e-mail that one arrived, and before its clocks run out.

The e-mail says the authority and the days: not who complained, of what, nor in which case. Its
words are read on the complaint's page.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.models import Person, ProviderStaff
from saas.identity.permissions import PROVIDER_PERMISSIONS, Permission
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message, MessageState
from saas.reference.calendar_words import long_date
from saas.reference.today import LONDON
from saas.reference.working_days import add_working_days
from tenants.feedback.complaint_rules import About, ComplaintDates
from tenants.feedback.models import Complaint
from tenants.notices.models import PersonNoticeRefusal
from tenants.notices.topics import Reader, Topic
from tenants.subscribers.queries import all_tenancies

log = logging.getLogger(__name__)
HANDLE = tuple(
    role.value for role, may in PROVIDER_PERMISSIONS.items() if Permission.HANDLE_COMPLAINTS in may
)
# A complaint that was recorded longer ago is no news to somebody who handles complaints since.
NEWS_FOR = dt.timedelta(days=1)
# Working days before a clock runs out on which it is told of.
SOON = 2

# The page of a complaint, given the authority's short name and the complaint.
ComplaintHref = Callable[[str, uuid.UUID], str]


@dataclass(frozen=True)
class _Open:
    """A complaint that is not answered."""

    id: uuid.UUID
    dates: ComplaintDates
    recorded_at: dt.datetime
    recorded_by: uuid.UUID | None


@dataclass(frozen=True)
class _Told:
    """One thing to tell: `key` tells it from others of the same complaint."""

    complaint: _Open
    key: str
    heading: str
    first: str


def tell_of_new_complaints(href: ComplaintHref, *, at: dt.datetime) -> int:
    """Have those who handle complaints told of each that arrived, once. Returns how many messages
    are new."""

    def new(complaint: _Open, name: str) -> _Told | None:
        if complaint.recorded_at <= at - NEWS_FOR:
            return None
        due = complaint.dates.next_due
        assert due is not None, "it is not answered"
        return _Told(
            complaint,
            "arrived",
            f"A complaint arrived ({name})",
            f"A complaint about our service for {name} arrived. {_by_when(complaint.dates, due)}",
        )

    return _tell_everywhere(new, href, at)


def remind_of_complaints(href: ComplaintHref, *, at: dt.datetime) -> int:
    """Have them told of each clock that runs out within SOON working days, and of each that did.

    Returns:
        How many messages are new.
    """
    today = at.astimezone(LONDON).date()

    def due(complaint: _Open, name: str) -> _Told | None:
        day = complaint.dates.next_due
        if day is None or day > add_working_days(today, SOON):
            return None
        late = day < today
        what = "acknowledge" if complaint.dates.acknowledged_on is None else "answer"
        return _Told(
            complaint,
            f"{what} {day.isoformat()} {'late' if late else 'soon'}",
            f"A complaint {'is late' if late else 'is due soon'} ({name})",
            f"A complaint about our service for {name} waits. {_by_when(complaint.dates, day)}"
            f"{' That day has passed.' if late else ''}",
        )

    return _tell_everywhere(due, href, at)


def _by_when(dates: ComplaintDates, day: dt.date) -> str:
    what = "Acknowledge" if dates.acknowledged_on is None else "Answer"
    return f"{what} it by {long_date(day)}."


def _tell_everywhere(
    say: Callable[[_Open, str], _Told | None], href: ComplaintHref, at: dt.datetime
) -> int:
    written = 0
    with scoped(Scope.jobs()) as session:
        tenancies = all_tenancies(session)
    for tenancy in tenancies:
        try:
            with scoped(Scope.worker(tenancy.id)) as session:
                written += _tell(session, tenancy, say, href, at)
        except Exception:
            # One authority's trouble must not keep the others' waiting.
            log.exception("the complaints of authority %s are not all told of", tenancy.slug)
    return written


def _tell(
    session: ScopedSession,
    tenancy: Tenancy,
    say: Callable[[_Open, str], _Told | None],
    href: ComplaintHref,
    at: dt.datetime,
) -> int:
    told = [
        one for complaint in _open(session) if (one := say(complaint, tenancy.name)) is not None
    ]
    if not told:
        return 0
    people = _who_handle(session)
    rows = [
        row
        for one in told
        for row in _messages(session, one, people, href(tenancy.slug, one.complaint.id), at)
    ]
    if not rows:
        return 0
    made = session.execute(
        insert(Message)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["tenant_id", "cause_id", "recipient"])
        .returning(Message.id)
    )
    return len(made.all())


def _open(session: ScopedSession) -> list[_Open]:
    rows = session.execute(
        sa.select(
            Complaint.id,
            Complaint.received_on,
            Complaint.about,
            Complaint.acknowledged_on,
            Complaint.recorded_at,
            Complaint.recorded_by,
        )
        .where(Complaint.tenant_id == session.tenant, Complaint.answered_on.is_(None))
        .order_by(Complaint.received_on, Complaint.id)
    )
    return [
        _Open(
            row.id,
            ComplaintDates(row.received_on, About(row.about), row.acknowledged_on),
            row.recorded_at,
            row.recorded_by,
        )
        for row in rows
    ]


def _who_handle(session: ScopedSession) -> Sequence[tuple[uuid.UUID, str]]:
    """Who may handle complaints, may sign in, and did not refuse to be told: id and address."""
    refused = sa.select(PersonNoticeRefusal.person_id).where(
        PersonNoticeRefusal.topic == Topic.COMPLAINTS.value
    )
    rows = session.execute(
        sa.select(Person.id, Person.email)
        .where(
            Person.active,
            Person.id.in_(sa.select(ProviderStaff.person_id).where(ProviderStaff.role.in_(HANDLE))),
            Person.id.not_in(refused),
        )
        .order_by(Person.id)
    )
    return [(row.id, row.email) for row in rows]


def _messages(
    session: ScopedSession,
    told: _Told,
    people: Sequence[tuple[uuid.UUID, str]],
    link: str,
    at: dt.datetime,
) -> Iterator[dict[str, object]]:
    cause = uuid.uuid5(told.complaint.id, told.key)
    for person_id, address in people:
        # Who recorded it knows that it is there.
        if told.key == "arrived" and person_id == told.complaint.recorded_by:
            continue
        yield {
            "tenant_id": session.tenant,
            "id": new_id(),
            "subject_id": told.complaint.id,
            "cause_id": cause,
            "topic": Topic.COMPLAINTS.value,
            "recipient": f"person:{person_id}",
            "side": Reader.PROVIDER.value,
            "address": address,
            "heading": told.heading,
            "text": f"{told.first}\n\nSign in to read it:",
            "link": link,
            "state": MessageState.WAITING.value,
            "attempts": 0,
            "created_at": at,
            "next_attempt_at": at,
        }
