"""Invented breaches of personal data: one that is over, and one whose clock runs."""

from __future__ import annotations

import datetime as dt

from saas.database.scope import ScopedSession
from tenants.incidents.actions import close, follow_up, record_incident
from tenants.incidents.models import Incident

WORDS = (
    "A letter about a meeting was sent to a family's former address. It came back unopened, and "
    "the address was put right at once."
)
RUNNING = (
    "An e-mail with the date of a meeting went to somebody of the same first name elsewhere. "
    "They were asked to delete it, and said that they did."
)


def seed_incidents(session: ScopedSession, *, today: dt.date) -> None:
    """A breach of some months ago, told and closed."""
    noon = dt.datetime.combine(today, dt.time(12), dt.UTC)
    if session.query(Incident).filter_by(tenant_id=session.tenant).first() is not None:
        return
    aware = noon - dt.timedelta(days=97, hours=3)
    made = record_incident(
        session, happened_at=aware - dt.timedelta(days=2), aware_at=aware, kind="sent",
        words=WORDS, people=2, at=aware + dt.timedelta(hours=1),
    )  # fmt: skip
    at = aware + dt.timedelta(hours=26)
    follow_up(
        session, made, words=WORDS, people=2, commissioner_told_at=None, commissioner_reference="",
        no_risk_because="The letter came back unopened: nobody read it.", late_because="",
        authority_told_at=aware + dt.timedelta(hours=2), people_told_at=at, at=at,
    )  # fmt: skip
    close(session, made, "An address is read back to the family before a letter is printed.", at=at)


def seed_running_incident(session: ScopedSession, *, today: dt.date) -> None:
    """A breach of this morning, whose clock runs; not twice."""
    still = session.query(Incident).filter_by(tenant_id=session.tenant, closed_at=None).first()
    if still is not None:
        return
    aware = dt.datetime.combine(today, dt.time(12), dt.UTC) - dt.timedelta(hours=20)
    record_incident(
        session, happened_at=aware - dt.timedelta(hours=2), aware_at=aware, kind="sent",
        words=RUNNING, people=1, at=aware + dt.timedelta(minutes=20),
    )  # fmt: skip
