"""Setting a rule, holding a case, and asking for what is due to be erased."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.casework.kept.models import CasePosition
from tenants.casework.models import SenCase
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.protection.keeping import LEAST_YEARS, MOST_YEARS, kept_until, words_of
from tenants.protection.models import CaseErasure, LegalHold, RetentionRule
from tenants.protection.queries import is_erased, rule_of, what_keeps


def set_rule(session: ScopedSession, *, years: int, reason: str, by: Actor) -> RetentionRule:
    """Keep the authority's cases so many years after they close, from now on.

    Raises:
        RuleBroken: the years are too few or too many, or no reason is given.
    """
    if not LEAST_YEARS <= years <= MOST_YEARS:
        raise RuleBroken("years", f"Enter a number of years from {LEAST_YEARS} to {MOST_YEARS}")
    if not reason.strip():
        raise RuleBroken("reason", "Say where the years follow from: the contract's clause")
    rule = RetentionRule(
        tenant_id=session.tenant, id=new_id(), years=years, reason=reason.strip(),
        set_at=by.at, set_by=by.id, set_by_name=by.name,
    )  # fmt: skip
    session.add(rule)
    session.flush()
    audit(
        session, "retention set", subject_kind="authority", subject_id=session.tenant,
        at=by.at, years=years,
    )  # fmt: skip
    return rule


def _closed_case(session: ScopedSession, case_id: uuid.UUID) -> tuple[str, dt.date | None]:
    """A case's number, and when it closed; the row is locked.

    Raises:
        RuleBroken: there is nothing left of it to hold or to erase.
    """
    reference, closed_on = session.execute(
        sa.select(SenCase.reference, CasePosition.closed_on)
        .join(
            CasePosition,
            sa.and_(
                CasePosition.tenant_id == SenCase.tenant_id, CasePosition.case_id == SenCase.id
            ),
        )
        .where(SenCase.tenant_id == session.tenant, SenCase.id == case_id)
        .with_for_update(of=SenCase)
    ).one()
    if is_erased(reference):
        raise RuleBroken("reason", "This case is erased already")
    return reference, closed_on


def place_hold(session: ScopedSession, case_id: uuid.UUID, *, reason: str, by: Actor) -> LegalHold:
    """Let a case not be erased until the hold is lifted; what was asked for is refused by it.

    Raises:
        RuleBroken: no reason is given, or the case is erased.
    """
    if not reason.strip():
        raise RuleBroken("reason", "Say why it is held: a claim, an inquiry, a complaint")
    _closed_case(session, case_id)
    hold = LegalHold(
        tenant_id=session.tenant, id=new_id(), case_id=case_id, reason=reason.strip(),
        placed_at=by.at, placed_by=by.id, placed_by_name=by.name,
        lifted_at=None, lifted_by_name=None, lifted_because=None,
    )  # fmt: skip
    session.add(hold)
    session.flush()
    audit(session, "case held", subject_kind="case", subject_id=case_id, at=by.at)
    return hold


def lift_hold(session: ScopedSession, hold: LegalHold, *, because: str, by: Actor) -> None:
    """End a hold; that it was there stays to be seen.

    Raises:
        RuleBroken: no reason is given, or it is lifted already.
    """
    if not because.strip():
        raise RuleBroken("because", "Say why it is no longer held")
    if hold.lifted_at is not None:
        raise RuleBroken("because", "This hold is lifted already")
    hold.lifted_at, hold.lifted_by_name, hold.lifted_because = by.at, by.name, because.strip()
    session.flush()
    audit(session, "hold lifted", subject_kind="case", subject_id=hold.case_id, at=by.at)


def ask_erasure(
    session: ScopedSession, case_ids: Sequence[uuid.UUID], *, by: Actor, today: dt.date
) -> list[CaseErasure]:
    """Have these cases erased by the worker. Until it has done so each can be taken back.

    Raises:
        RuleBroken: naming the first case that must be kept, and why.
    """
    if not case_ids:
        raise RuleBroken("case", "Choose at least one case")
    rule = rule_of(session)
    asked = []
    for case_id in sorted(set(case_ids)):
        reference, closed_on = _closed_case(session, case_id)
        keeps = what_keeps(session.tenant, case_id, on=today)
        if keeps or closed_on is None:
            raise RuleBroken("case", f"{reference} stays: {words_of(keeps or ['open'])}")
        waits = session.scalar(
            sa.select(CaseErasure.id).where(
                CaseErasure.tenant_id == session.tenant,
                CaseErasure.case_id == case_id,
                CaseErasure.taken_back_at.is_(None),
            )
        )
        if waits is not None:
            raise RuleBroken("case", f"{reference} is to be erased already")
        erasure = CaseErasure(
            tenant_id=session.tenant, id=new_id(), case_id=case_id, reference=reference,
            closed_on=closed_on, kept_until=kept_until(closed_on, rule.years), years=rule.years,
            asked_on=today, asked_at=by.at, asked_by=by.id, asked_by_name=by.name,
            taken_back_at=None, taken_back_by_name=None, refused=None, erased_at=None,
            files_removed_at=None,
        )  # fmt: skip
        session.add(erasure)
        asked.append(erasure)
    session.flush()
    for erasure in asked:
        audit(session, "erasure asked for", subject_kind="erasure", subject_id=erasure.id, at=by.at)
    return asked


def take_back(session: ScopedSession, erasure: CaseErasure, *, by: Actor) -> None:
    """Leave a case as it is after all.

    Raises:
        RuleBroken: it is erased already.
    """
    if erasure.erased_at is not None or erasure.taken_back_at is not None:
        raise RuleBroken("case", "It is erased, or was taken back, already")
    erasure.taken_back_at, erasure.taken_back_by_name = by.at, by.name
    session.flush()
    audit(session, "erasure taken back", subject_kind="erasure", subject_id=erasure.id, at=by.at)
