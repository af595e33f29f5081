"""Recording complaints, acknowledging and answering them, and reading them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.casework.models import SenCase
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.feedback.complaint_rules import About, ComplaintDates, ComplaintTally, Ending, tally
from tenants.feedback.models import Complaint, Participant
from tenants.subscribers.models import Subscriber


@dataclass(frozen=True, slots=True)
class ComplaintLine:
    """A complaint in the list across authorities; its words stay on its own page."""

    id: uuid.UUID
    slug: str
    authority: str
    from_whom: str
    dates: ComplaintDates


def record_complaint(
    session: ScopedSession,
    *,
    received_on: dt.date,
    from_whom: Participant,
    about: About,
    words: str,
    case_reference: str = "",
    by: Actor,
    today: dt.date,
) -> Complaint:
    """Record a complaint about the service given for the session's tenant.

    Raises:
        RuleBroken: the day has not come, or there is no such case here; nothing was written.
    """
    if received_on > today:
        raise RuleBroken("received_on", "The day must be today or in the past")
    row = Complaint(
        tenant_id=session.tenant,
        id=new_id(),
        case_id=_case_called(session, case_reference) if case_reference.strip() else None,
        received_on=received_on,
        from_whom=from_whom.value,
        about=about.value,
        words=words.strip(),
        recorded_at=by.at,
        recorded_by=by.id,
    )
    session.add(row)
    audit(session, "complaint recorded", subject_kind="complaint", subject_id=row.id, at=by.at)
    session.flush()
    return row


def _case_called(session: ScopedSession, reference: str) -> uuid.UUID:
    found = session.scalar(
        sa.select(SenCase.id).where(
            SenCase.tenant_id == session.tenant,
            SenCase.reference == reference.strip().upper(),
        )
    )
    if found is None:
        raise RuleBroken(
            "case_reference", "This authority has no case of that reference: leave it empty if none"
        )
    return found


def acknowledge(
    session: ScopedSession, complaint: Complaint, *, on: dt.date, by: Actor, today: dt.date
) -> None:
    """Record that whoever complained was told that the complaint arrived.

    Raises:
        RuleBroken: it was acknowledged or answered already, or not on such a day.
    """
    if complaint.acknowledged_on or complaint.answered_on:
        raise RuleBroken("acknowledged_on", "The complaint is acknowledged already")
    _check_day("acknowledged_on", on, complaint, today)
    complaint.acknowledged_on = on
    audit(
        session,
        "complaint acknowledged",
        subject_kind="complaint",
        subject_id=complaint.id,
        at=by.at,
        on=on.isoformat(),
    )
    session.flush()


def answer(
    session: ScopedSession,
    complaint: Complaint,
    *,
    on: dt.date,
    ending: Ending,
    words: str,
    by: Actor,
    today: dt.date,
) -> None:
    """Record how the complaint was answered, for good.

    Raises:
        RuleBroken: it was answered already, or not on such a day.
    """
    if complaint.answered_on:
        raise RuleBroken("answered_on", "The complaint is answered already")
    _check_day("answered_on", on, complaint, today)
    if complaint.acknowledged_on and on < complaint.acknowledged_on:
        raise RuleBroken("answered_on", "The answer cannot come before the acknowledgement")
    complaint.answered_on, complaint.ending = on, ending.value
    complaint.answer = words.strip() or None
    audit(
        session,
        "complaint answered",
        subject_kind="complaint",
        subject_id=complaint.id,
        at=by.at,
        on=on.isoformat(),
        ending=ending.value,
    )
    session.flush()


def _check_day(field: str, on: dt.date, complaint: Complaint, today: dt.date) -> None:
    if on > today:
        raise RuleBroken(field, "The day must be today or in the past")
    if on < complaint.received_on:
        raise RuleBroken(field, f"The complaint came only on {complaint.received_on:%-d %B %Y}")


def find_complaint(session: ScopedSession, complaint_id: uuid.UUID) -> Complaint | None:
    return session.get(Complaint, (session.tenant, complaint_id))


def reference_of(session: ScopedSession, complaint: Complaint) -> str:
    """The reference of the case that a complaint is about; '' if it is about none."""
    if complaint.case_id is None:
        return ""
    return (
        session.scalar(
            sa.select(SenCase.reference).where(
                SenCase.tenant_id == session.tenant, SenCase.id == complaint.case_id
            )
        )
        or ""
    )


def complaint_lines(
    session: ScopedSession, *, waiting: bool, offset: int, limit: int
) -> tuple[Sequence[ComplaintLine], int]:
    """Complaints of every authority that the session sees, and how many there are in all.

    Args:
        waiting: those without an answer, the oldest first; the answered ones, the newest first.
    """
    chosen = Complaint.answered_on.is_(None) if waiting else Complaint.answered_on.is_not(None)
    order = Complaint.received_on.asc() if waiting else Complaint.received_on.desc()
    rows = session.execute(
        sa.select(Complaint, Subscriber.slug, Subscriber.name)
        .join(Subscriber, Subscriber.id == Complaint.tenant_id)
        .where(chosen)
        .order_by(order, Complaint.id)
        .offset(offset)
        .limit(limit)
    )
    lines = [
        ComplaintLine(one.id, slug, name, one.from_whom, one.dates) for one, slug, name in rows
    ]
    number = session.scalar(sa.select(sa.func.count()).select_from(Complaint).where(chosen)) or 0
    return lines, number


def complaints_counted(
    session: ScopedSession, first: dt.date, last: dt.date, *, today: dt.date
) -> ComplaintTally:
    """The complaints about the service of the session's tenant, received between two days."""
    rows = session.scalars(
        sa.select(Complaint).where(
            Complaint.tenant_id == session.tenant, Complaint.received_on.between(first, last)
        )
    )
    return tally((row.dates for row in rows), today=today)
