"""Recording an evaluation."""

from __future__ import annotations

import datetime as dt
import uuid

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.feedback.models import Evaluation, Participant


def record_evaluation(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    participant: Participant,
    given_on: dt.date,
    rating: int,
    comment: str = "",
    may_quote: bool = False,
    by: Actor,
    today: dt.date,
) -> Evaluation:
    """Record what one participant thought, rated from 1 to 5.

    Raises:
        RuleBroken: it cannot have been given so; nothing was written.
        tenants.casework.queries.CaseNotFoundError: no such case in this tenant.
    """
    record = load_record(session, case_id)
    if given_on > today:
        raise RuleBroken("given_on", "The day must be today or in the past")
    if given_on < record.opened_on:
        raise RuleBroken("given_on", f"The case was opened only on {record.opened_on:%-d %B %Y}")
    if may_quote and not comment.strip():
        raise RuleBroken("may_quote", "There are no words to quote: enter the comment as well")
    row = Evaluation(
        tenant_id=session.tenant,
        id=new_id(),
        case_id=case_id,
        participant=participant.value,
        given_on=given_on,
        rating=rating,
        comment=comment.strip() or None,
        may_quote=may_quote,
        recorded_at=by.at,
        recorded_by=by.id,
    )
    session.add(row)
    audit(session, "evaluation recorded", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()
    return row
