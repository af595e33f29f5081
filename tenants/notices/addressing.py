"""From an event to the messages about it: the worker's part."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.messages.mail import Sender
from saas.messages.models import Channel, Message, MessageState
from saas.reference.calendar_words import moment_words
from tenants.casework.models import SenCase
from tenants.notices.meetings import Meeting, calendar_file
from tenants.notices.models import CaseNotice
from tenants.notices.recipients import Recipient, concerned
from tenants.notices.topics import EVENTS, Reader, heading, paragraphs

# Who has no sign-in: a link is made for them as the message leaves.
BY_LINK = (Reader.FAMILY, Reader.SIGNER, Reader.PARTICIPANT)
# The address of the case's page for a reader, given the authority's short name and the case.
LinkTo = Callable[[Reader, str, uuid.UUID], str | None]


@dataclass(frozen=True)
class House:
    """What every message of one authority needs."""

    slug: str
    sender: Sender
    link_to: LinkTo


def address_due(tenant: uuid.UUID, house: House, *, at: dt.datetime, most: int = 200) -> int:
    """Write the messages of the events that wait, each event in its own transaction.

    Returns:
        How many events were worked on.
    """
    for done in range(most):
        with scoped(Scope.worker(tenant)) as session:
            notice = session.scalars(
                sa.select(CaseNotice)
                .where(CaseNotice.tenant_id == tenant, CaseNotice.addressed_at.is_(None))
                .order_by(CaseNotice.caused_at, CaseNotice.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if notice is None:
                return done
            address(session, notice, house, at=at)
    return most


def address(session: ScopedSession, notice: CaseNotice, house: House, *, at: dt.datetime) -> int:
    """Write the messages of one event, and mark it. Returns for how many people."""
    rows = list(_messages(session, notice, house, at))
    if rows:
        session.execute(
            insert(Message)
            .values(rows)
            .on_conflict_do_nothing(index_elements=["tenant_id", "cause_id", "recipient"])
        )
    notice.addressed_at = at
    return len(rows)


def _messages(
    session: ScopedSession, notice: CaseNotice, house: House, at: dt.datetime
) -> Iterator[dict[str, object]]:
    reference = session.scalar(
        sa.select(SenCase.reference).where(
            SenCase.tenant_id == session.tenant, SenCase.id == notice.case_id
        )
    )
    meeting = Meeting.from_detail(notice.detail) if "uid" in notice.detail else None
    for person in concerned(session, notice, provider_address=house.sender.address):
        link = house.link_to(person.reader, house.slug, notice.case_id)
        calendar, method = _calendar(meeting, person, str(reference), house, link, at)
        yield {
            "tenant_id": session.tenant,
            "id": new_id(),
            "subject_id": notice.case_id,
            "cause_id": notice.id,
            "topic": EVENTS[notice.event].topic.value,
            "recipient": person.key,
            "side": person.reader.value,
            "address": person.address,
            "channel": person.channel.value,
            "heading": heading(notice.event, str(reference)),
            "text": "\n\n".join(
                paragraphs(
                    notice.event, str(reference), reader=person.reader, when=_when(notice, meeting)
                )
            ),
            "link": link,
            "with_personal_link": person.reader in BY_LINK,
            "calendar": calendar,
            "calendar_method": method,
            "state": MessageState.WAITING.value,
            "attempts": 0,
            "created_at": at,
            "next_attempt_at": at,
        }


def _when(notice: CaseNotice, meeting: Meeting | None) -> str:
    if meeting is not None:
        return meeting.in_words
    if "due_on" in notice.detail:
        due = dt.date.fromisoformat(notice.detail["due_on"])
        return f"due {due:%A} {due.day} {due:%B %Y}"
    if "call_at" in notice.detail:
        return moment_words(dt.datetime.fromisoformat(notice.detail["call_at"]))
    return ""


def _calendar(
    meeting: Meeting | None,
    person: Recipient,
    reference: str,
    house: House,
    link: str | None,
    at: dt.datetime,
) -> tuple[str | None, str | None]:
    if meeting is None or person.channel is not Channel.EMAIL:
        return None, None
    return calendar_file(
        meeting,
        reference=reference,
        organiser_name=house.sender.name,
        organiser=house.sender.address,
        attendee=person.address,
        link=link,
        at=at,
    )
