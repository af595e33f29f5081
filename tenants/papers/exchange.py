"""The exchange: both sides' summaries become readable for both at one moment."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.reference.written import within_sentence
from tenants.casework import actions
from tenants.casework.kinds import SIDE_WORDS, FactKind, Side
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.papers.kinds import OWN_AUDIENCE, Audience, DocumentKind
from tenants.papers.models import CaseDocument


def summaries_waiting(session: ScopedSession, case_id: uuid.UUID) -> dict[Side, int]:
    """How many summaries of each side are here and not exchanged. For the provider's eyes."""
    counted = session.execute(
        sa.select(CaseDocument.side, sa.func.count())
        .where(
            CaseDocument.tenant_id == session.tenant,
            CaseDocument.case_id == case_id,
            CaseDocument.kind == DocumentKind.SUMMARY.value,
            CaseDocument.exchanged_at.is_(None),
            CaseDocument.withdrawn_at.is_(None),
        )
        .group_by(CaseDocument.side)
    )
    found = {row[0]: row[1] for row in counted}
    return {side: found.get(side.value, 0) for side in OWN_AUDIENCE}


def exchange_summaries(
    session: ScopedSession, case_id: uuid.UUID, *, by: Actor, today: dt.date
) -> None:
    """Release the summaries of both sides, in one transaction: both see both, or neither does.

    Raises:
        RuleBroken: one side's is not here; nothing was released.
    """
    load_record(session, case_id, lock=True)
    missing = [side for side, number in summaries_waiting(session, case_id).items() if not number]
    if missing:
        whose = " and ".join(within_sentence(SIDE_WORDS[side]) for side in missing)
        raise RuleBroken("summaries", f"There is no new summary yet of the side: {whose}")
    session.execute(
        sa.update(CaseDocument)
        .where(
            CaseDocument.tenant_id == session.tenant,
            CaseDocument.case_id == case_id,
            CaseDocument.kind == DocumentKind.SUMMARY.value,
            CaseDocument.exchanged_at.is_(None),
            CaseDocument.withdrawn_at.is_(None),
        )
        .values(audience=Audience.PARTIES.value, exchanged_at=by.at)
    )
    actions.add_fact(session, case_id, FactKind.SUMMARIES_EXCHANGED, today, by=by, today=today)
