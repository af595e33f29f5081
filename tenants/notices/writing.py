"""Write down that something is to be told, in the transaction in which it happens."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.casework.kinds import FactKind
from tenants.casework.record import CaseRecord, Fact
from tenants.casework.row_columns import Actor
from tenants.casework.rules import audience_of
from tenants.notices import topics
from tenants.notices.meetings import meeting_of, previous_meeting
from tenants.notices.models import CaseNotice


def write_notice(
    session: ScopedSession,
    case_id: uuid.UUID,
    event: str,
    *,
    audience: str,
    by: Actor,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Have an event told to those concerned. The worker finds who they are.

    Args:
        event: one of `topics.EVENTS`.
        audience: who may read what happened; nobody else is told.
        detail: the meeting of a notice about one; an authority's own acts have none.
    """
    if not topics.readers(event, audience):
        return
    columns: dict[str, Any] = {
        "tenant_id": session.tenant,
        "id": new_id(),
        "case_id": case_id,
        "event": event,
        "audience": audience,
        "caused_by": by.id,
        "caused_at": by.at,
    }
    if detail:
        columns["detail"] = dict(detail)
    # Nobody who acts may read what is to be told, so nothing is fetched back.
    session.execute(sa.insert(CaseNotice).values(**columns).inline())


def tell_of_fact(
    session: ScopedSession, case_id: uuid.UUID, record: CaseRecord, fact: Fact, by: Actor
) -> None:
    """A fact was recorded: have those told who may read it. A correction speaks anew of a meeting
    alone; what else was wrong is put right on the page."""
    event = fact.kind
    if event not in topics.OF_FACTS:
        return
    if event in (FactKind.MEETING_FIXED, FactKind.MEETING_CANCELLED):
        _tell_of_meeting(session, case_id, record, fact, by)
        return
    if fact.replaces is not None or is_history(fact, by.at.date()):
        return
    write_notice(session, case_id, event.value, audience=audience_of(record, fact), by=by)


def is_history(fact: Fact, day: dt.date) -> bool:
    """Whether the fact is of so long ago that it is no news: somebody enters an old case."""
    return (day - fact.on).days > 31


def _tell_of_meeting(
    session: ScopedSession, case_id: uuid.UUID, record: CaseRecord, fact: Fact, by: Actor
) -> None:
    if fact.kind is FactKind.MEETING_CANCELLED and (fact.retracted or fact.replaces):
        return
    meeting = meeting_of(case_id, record, fact)
    if meeting is None or meeting.on < by.at.date():
        return
    cancelled = fact.kind is FactKind.MEETING_CANCELLED or fact.retracted
    if cancelled:
        event = FactKind.MEETING_CANCELLED.value
    elif previous_meeting(record, fact) is not None:
        event = topics.MEETING_CHANGED
    else:
        event = FactKind.MEETING_FIXED.value
    write_notice(
        session,
        case_id,
        event,
        audience=audience_of(record, fact),
        by=by,
        detail=meeting.as_detail(cancelled=cancelled),
    )
