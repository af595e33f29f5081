"""Recording a breach, and what is done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.casework.record import RuleBroken
from tenants.incidents.clock import clock_of
from tenants.incidents.models import Incident


def record_incident(
    session: ScopedSession,
    *,
    happened_at: dt.datetime,
    aware_at: dt.datetime,
    kind: str,
    words: str,
    people: int,
    at: dt.datetime,
) -> Incident:
    """Write a breach down; the clock runs from the moment at which somebody was aware of it.

    Raises:
        RuleBroken: the moments are in the future, or in the wrong order.
    """
    if happened_at > at:
        raise RuleBroken("happened_on", "It must have happened already")
    if aware_at > at:
        raise RuleBroken("aware_on", "Enter when somebody first knew of it: now, or before")
    if aware_at < happened_at:
        raise RuleBroken("aware_on", "Nobody can have known of it before it happened")
    incident = Incident(
        tenant_id=session.tenant, id=new_id(), happened_at=happened_at, aware_at=aware_at,
        kind=kind, words=words.strip(), people=people, commissioner_told_at=None,
        authority_told_at=None, people_told_at=None, closed_at=None, recorded_at=at,
        recorded_by=session.scope.acting,
    )  # fmt: skip
    session.add(incident)
    session.flush()
    _audit(session, "incident recorded", incident, at)
    return incident


def follow_up(
    session: ScopedSession,
    incident: Incident,
    *,
    words: str,
    people: int,
    commissioner_told_at: dt.datetime | None,
    commissioner_reference: str,
    no_risk_because: str,
    late_because: str,
    authority_told_at: dt.datetime | None,
    people_told_at: dt.datetime | None,
    at: dt.datetime,
) -> None:
    """Record who was told when, and what is known better by now; all of it can be put right.

    Raises:
        RuleBroken: the answers contradict each other, or something is told without its reason.
    """
    if commissioner_told_at and no_risk_because.strip():
        raise RuleBroken("no_risk_because", "The Commissioner was told: leave this empty")
    told = {
        "commissioner_told": commissioner_told_at,
        "authority_told": authority_told_at,
        "people_told": people_told_at,
    }
    for name, moment in told.items():
        if moment is not None and not incident.aware_at <= moment <= at:
            raise RuleBroken(name, "Enter a moment after it was known, and not in the future")
    clock = clock_of(
        incident.aware_at, told_at=commissioner_told_at,
        not_to_tell=bool(no_risk_because.strip()), now=at,
    )  # fmt: skip
    if clock.state == "told late" and not late_because.strip():
        raise RuleBroken("late_because", "Say why it was later than 72 hours: the law asks for it")
    incident.words, incident.people = words.strip(), people
    incident.commissioner_told_at = commissioner_told_at
    incident.commissioner_reference = commissioner_reference.strip()
    incident.no_risk_because = no_risk_because.strip()
    incident.late_because = late_because.strip()
    incident.authority_told_at, incident.people_told_at = authority_told_at, people_told_at
    session.flush()
    _audit(session, "incident followed up", incident, at)


def close(session: ScopedSession, incident: Incident, lesson: str, *, at: dt.datetime) -> None:
    """Close a breach, with what was learned of it.

    Raises:
        RuleBroken: the Commissioner was neither told nor need be, or nobody told the authority.
    """
    if not lesson.strip():
        raise RuleBroken("lesson", "Say what was learned, and what is different now")
    if incident.commissioner_told_at is None and not incident.no_risk_because:
        raise RuleBroken("lesson", "First say when the Commissioner was told, or why not")
    if incident.authority_told_at is None:
        raise RuleBroken("lesson", "First tell the authority, whose data it is, and say when")
    incident.closed_at, incident.lesson = at, lesson.strip()
    session.flush()
    _audit(session, "incident closed", incident, at)


def open_again(session: ScopedSession, incident: Incident, *, at: dt.datetime) -> None:
    """It was closed too early; what was learned stays."""
    incident.closed_at = None
    session.flush()
    _audit(session, "incident opened again", incident, at)


def incidents_of(
    session: ScopedSession, *, offset: int, limit: int, open_only: bool = False
) -> Sequence[Incident]:
    """The breaches that the session sees, the latest first."""
    wanted = sa.select(Incident).order_by(Incident.aware_at.desc(), Incident.id)
    if session.scope.tenant is not None:
        wanted = wanted.where(Incident.tenant_id == session.tenant)
    if open_only:
        wanted = wanted.where(Incident.closed_at.is_(None))
    return session.scalars(wanted.offset(offset).limit(limit)).all()


def _audit(session: ScopedSession, what: str, incident: Incident, at: dt.datetime) -> None:
    audit(session, what, subject_kind="incident", subject_id=incident.id, at=at)
