"""Each morning: where the dates offered have passed unanswered, whoever arranges is on turn again.

What a case waits for follows from its facts, whatever day it is; that the days passed is one.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from tenants.casework.actions import add_fact
from tenants.casework.arrangement import offers, side_to_answer
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import FactKind, Stage
from tenants.casework.queries import load_record, records_of
from tenants.casework.record import CaseRecord
from tenants.casework.row_columns import Actor
from tenants.subscribers.queries import every_tenant

BY = "The service"
CASES_AT_ONCE = 200


def dates_have_passed(record: CaseRecord, today: dt.date) -> bool:
    """Whether a side's answer is waited for, and no date is left that it could say yes to."""
    side = side_to_answer(record)
    if side is None:
        return False
    return all(offer.on < today for offer in offers(record) if offer.answer(side) is None)


def note_passed_dates(*, at: dt.datetime, today: dt.date) -> int:
    """Record it in every authority's cases. Returns in how many; safe to repeat."""
    noted = 0
    for tenant, _ in every_tenant():
        with scoped(Scope.provider(tenant, None)) as session:
            arranged = _arranged(session)
        for start in range(0, len(arranged), CASES_AT_ONCE):
            with scoped(Scope.provider(tenant, None)) as session:
                noted += _note(session, arranged[start : start + CASES_AT_ONCE], at, today)
    return noted


def _arranged(session: ScopedSession) -> list[uuid.UUID]:
    return list(
        session.scalars(
            sa.select(CasePosition.case_id)
            .where(
                CasePosition.tenant_id == session.tenant,
                CasePosition.is_open.is_(True),
                CasePosition.stage == Stage.ARRANGING.value,
            )
            .order_by(CasePosition.case_id)
        )
    )


def _note(session: ScopedSession, some: list[uuid.UUID], at: dt.datetime, today: dt.date) -> int:
    noted = 0
    for case_id, read in records_of(session, session.tenant, some).items():
        if not dates_have_passed(read, today):
            continue
        # Somebody may have answered since it was read.
        if dates_have_passed(load_record(session, case_id, lock=True), today):
            by = Actor(None, BY, at)
            add_fact(session, case_id, FactKind.DATES_PASSED, today, by=by, today=today)
            noted += 1
    return noted
