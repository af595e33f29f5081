"""Recording that a person asks for a restriction or objects, deciding it, and lifting it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.reference.working_days import is_working_day, next_working_day
from tenants.casework.models import SenCase
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.restrictions.models import CaseRestriction


def decide_by(received_on: dt.date) -> dt.date:
    """The last day to decide: a month, as for every right (UK GDPR article 12(3))."""
    day = received_on + relativedelta(months=1)
    return day if is_working_day(day) else next_working_day(day)


def restrictions_of(session: ScopedSession, case_id: uuid.UUID) -> Sequence[CaseRestriction]:
    """All that was asked and decided of a case, the latest first."""
    return session.scalars(
        sa.select(CaseRestriction)
        .where(CaseRestriction.tenant_id == session.tenant, CaseRestriction.case_id == case_id)
        .order_by(CaseRestriction.received_on.desc(), CaseRestriction.id.desc())
    ).all()


def undecided(session: ScopedSession, *, limit: int) -> Sequence[tuple[CaseRestriction, str]]:
    """Those of the session's authority that wait for a decision, each with its case's number, the
    oldest first."""
    of_case = sa.and_(
        SenCase.tenant_id == CaseRestriction.tenant_id, SenCase.id == CaseRestriction.case_id
    )
    rows = session.execute(
        sa.select(CaseRestriction, SenCase.reference)
        .join(SenCase, of_case)
        .where(CaseRestriction.tenant_id == session.tenant, CaseRestriction.decision.is_(None))
        .order_by(CaseRestriction.received_on, CaseRestriction.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def record(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    ground: str,
    words: str,
    received_on: dt.date,
    by: Actor,
    today: dt.date,
) -> CaseRestriction:
    """Write down what a person asks. An objection restricts the case at once.

    Raises:
        RuleBroken: it is to come yet, or says nothing.
    """
    if received_on > today:
        raise RuleBroken("received_on", "It must have come already")
    if not words.strip():
        raise RuleBroken("words", "Say what the person asks for, and why")
    made = CaseRestriction(
        tenant_id=session.tenant, id=new_id(), case_id=case_id, ground=ground,
        words=words.strip(), received_on=received_on, decision=None, decided_on=None,
        reason=None, told_on=None, lifted_on=None, lifted_because=None, recorded_at=by.at,
        recorded_by=by.id, recorded_by_name=by.name,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _note(session, "restriction asked for", made, by)
    return made


def decide(
    session: ScopedSession,
    one: CaseRestriction,
    *,
    decision: str,
    reason: str,
    told_on: dt.date | None,
    by: Actor,
    today: dt.date,
) -> None:
    """Decide what was asked; another decision can be made until it is lifted.

    Raises:
        RuleBroken: it is lifted, no reason is given, or the day of telling cannot be.
    """
    if one.lifted_on is not None:
        raise RuleBroken("decision", "It is lifted already")
    if not reason.strip():
        raise RuleBroken("reason", "Say why: the person is told")
    if told_on is not None and not one.received_on <= told_on <= today:
        raise RuleBroken("told_on", "Enter a day from when it came until today")
    one.decision, one.decided_on, one.reason = decision, today, reason.strip()
    one.told_on = told_on
    session.flush()
    _note(session, "restriction decided", one, by)


def lift(
    session: ScopedSession,
    one: CaseRestriction,
    *,
    because: str,
    told_on: dt.date | None,
    by: Actor,
    today: dt.date,
) -> None:
    """End a restriction, once who asked for it was told that it ends (UK GDPR article 18(3)).

    Raises:
        RuleBroken: none is in force, no reason is given, or nobody was told before.
    """
    if one.decision != "restricted" or one.lifted_on is not None:
        raise RuleBroken("because", "No restriction is in force: decide it first")
    if not because.strip():
        raise RuleBroken("because", "Say why it is no longer restricted")
    if told_on is None or not one.received_on <= told_on <= today:
        raise RuleBroken("told_on", "First tell the person that it ends, and say when you did")
    one.told_on, one.lifted_on, one.lifted_because = told_on, today, because.strip()
    session.flush()
    _note(session, "restriction lifted", one, by)


def _note(session: ScopedSession, what: str, one: CaseRestriction, by: Actor) -> None:
    audit(session, what, subject_kind="case", subject_id=one.case_id, at=by.at)
