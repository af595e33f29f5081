"""What is kept until when, what is held, what is due and what was erased."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from saas.database.scope import Scope, ScopedSession, scoped
from saas.database.together import OF, TENANT, Asked, Question
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import FactKind
from tenants.casework.models import CaseFact, SenCase
from tenants.protection.answers.models import SubjectRequest
from tenants.protection.keeping import DEFAULT_YEARS, Kept, Rule, closed_before, kept_until
from tenants.protection.models import CaseErasure, LegalHold, RetentionRule

# What the reference of a case begins with once nobody is known by it.
ERASED = "ERASED-"


@dataclass(frozen=True)
class Due:
    """A closed case whose time is over."""

    case_id: uuid.UUID
    reference: str
    closed_on: dt.date
    kept_until: dt.date
    # The words of what keeps it all the same, as far as the provider's role can see it.
    keeps: list[str]


@dataclass(frozen=True)
class PlaceKept:
    """How an authority's cases stand: its rule, what is due, what is held."""

    tenant_id: uuid.UUID
    rule: Rule
    due: int
    held: int
    waiting: int
    # Requests of people for their data that are not answered.
    asked: int


def is_erased(reference: str) -> bool:
    return reference.startswith(ERASED)


def rule_of(session: ScopedSession) -> Rule:
    """The rule of the session's authority: the latest that was set, or what holds without one."""
    found = session.scalar(_rules_of(session.tenant).limit(1))
    return Rule() if found is None else Rule(found.years, found.reason, is_own=True)


def rules(session: ScopedSession, *, limit: int) -> Sequence[RetentionRule]:
    """The rules that were set, the latest first."""
    return session.scalars(_rules_of(session.tenant).limit(limit)).all()


def _rules_of(tenant: Any) -> sa.Select[RetentionRule]:
    return (
        sa.select(RetentionRule)
        .where(RetentionRule.tenant_id == tenant)
        .order_by(RetentionRule.set_at.desc(), RetentionRule.id.desc())
    )


def _held(case_id: Any) -> sa.Exists:
    # An authority reads no more of a hold than that it is there.
    return sa.exists(LegalHold.id).where(
        LegalHold.tenant_id == CasePosition.tenant_id,
        LegalHold.case_id == case_id,
        LegalHold.lifted_at.is_(None),
    )


def kept_of(session: ScopedSession, case_id: uuid.UUID) -> Kept:
    """Until when a case is kept, and why."""
    return kept_on_case_page(session, case_id)["kept"]


def _kept() -> Question:
    latest = _rules_of(TENANT).limit(1).subquery()
    return (
        sa.select(
            CasePosition.closed_on,
            _held(CasePosition.case_id).label("held"),
            latest.c.years,
            latest.c.reason,
        )
        .outerjoin(latest, sa.true())
        .where(CasePosition.tenant_id == TENANT, CasePosition.case_id == OF)
    )


KEPT = _kept()


def kept_in(row: Any) -> Kept:
    """What the row of KEPT says."""
    rule = Rule() if row.years is None else Rule(row.years, row.reason, is_own=True)
    return Kept(kept_until(row.closed_on, rule.years) if row.closed_on else None, rule, row.held)


def reference_of(session: ScopedSession, case_id: uuid.UUID) -> str | None:
    """The number of a case of the session's authority; None if it has none such."""
    return session.scalar(
        sa.select(SenCase.reference).where(
            SenCase.tenant_id == session.tenant, SenCase.id == case_id
        )
    )


def are_all_there(session: ScopedSession, ids: Sequence[uuid.UUID]) -> bool:
    """Whether all of these are cases of the session's authority."""
    known = session.scalar(
        sa.select(sa.func.count())
        .select_from(SenCase)
        .where(SenCase.tenant_id == session.tenant, SenCase.id.in_(ids))
    )
    return known == len(set(ids))


kept_on_case_page = Asked(KEPT, lambda _, rows: {"kept": kept_in(rows[0])})


def holds_of(session: ScopedSession, case_id: uuid.UUID) -> Sequence[LegalHold]:
    """The holds of a case, the latest first."""
    return session.scalars(
        sa.select(LegalHold)
        .where(LegalHold.tenant_id == session.tenant, LegalHold.case_id == case_id)
        .order_by(LegalHold.placed_at.desc(), LegalHold.id.desc())
    ).all()


def _stands(kind: FactKind) -> sa.Exists:
    later = sa.orm.aliased(CaseFact)
    return sa.exists().where(
        CaseFact.tenant_id == CasePosition.tenant_id,
        CaseFact.case_id == CasePosition.case_id,
        CaseFact.kind == kind.value,
        ~CaseFact.retracted,
        ~sa.exists().where(later.tenant_id == CaseFact.tenant_id, later.replaces_id == CaseFact.id),
    )


def _waiting() -> sa.Exists:
    return sa.exists().where(
        CaseErasure.tenant_id == CasePosition.tenant_id,
        CaseErasure.case_id == CasePosition.case_id,
        CaseErasure.erased_at.is_(None),
        CaseErasure.taken_back_at.is_(None),
    )


def due_cases(
    session: ScopedSession, rule: Rule, *, today: dt.date, offset: int, limit: int
) -> list[Due]:
    """The session's closed cases whose time is over and that are not to be erased yet, the
    longest closed first."""
    appealed = _stands(FactKind.APPEAL_REGISTERED)
    decided = _stands(FactKind.APPEAL_OUTCOME)
    rows = session.execute(
        sa.select(
            CasePosition.case_id,
            SenCase.reference,
            CasePosition.closed_on,
            _held(CasePosition.case_id).label("held"),
            sa.and_(appealed, ~decided).label("appeal"),
        )
        .join(
            SenCase,
            sa.and_(
                SenCase.tenant_id == CasePosition.tenant_id, SenCase.id == CasePosition.case_id
            ),
        )
        .where(
            CasePosition.tenant_id == session.tenant,
            CasePosition.closed_on < closed_before(today, rule.years),
            ~SenCase.reference.startswith(ERASED),
            ~_waiting(),
        )
        .order_by(CasePosition.closed_on, CasePosition.case_id)
        .offset(offset)
        .limit(limit)
    )
    return [
        Due(
            row.case_id,
            row.reference,
            row.closed_on,
            kept_until(row.closed_on, rule.years),
            [word for word in ("hold", "appeal") if (row.held, row.appeal)[word == "appeal"]],
        )
        for row in rows
    ]


def what_keeps(tenant: uuid.UUID, case_id: uuid.UUID, *, on: dt.date) -> list[str]:
    """All that keeps a case, as the database itself judges it: words of `keeping.KEEPS`.

    Asked as the role that would erase it, which sees that an invoice is disputed.
    """
    with scoped(Scope.eraser(tenant, case_id)) as session:
        found = session.scalar(
            sa.select(sa.func.what_keeps_case(tenant, case_id, on, type_=sa.ARRAY(sa.Text)))
        )
    return list(found or [])


def erasures(session: ScopedSession, *, done: bool, offset: int, limit: int) -> Sequence[Any]:
    """What is to be erased, or the log of what was: the latest first. The columns are those that
    an authority may read, too."""
    wanted = sa.select(
        CaseErasure.id,
        CaseErasure.reference,
        CaseErasure.closed_on,
        CaseErasure.kept_until,
        CaseErasure.asked_at,
        CaseErasure.asked_by_name,
        CaseErasure.erased_at,
        CaseErasure.files,
        CaseErasure.files_removed_at,
    ).where(CaseErasure.tenant_id == session.tenant, CaseErasure.taken_back_at.is_(None))
    order = CaseErasure.erased_at if done else CaseErasure.asked_at
    return session.execute(
        wanted.where(
            CaseErasure.erased_at.is_not(None) if done else CaseErasure.erased_at.is_(None)
        )
        .order_by(order.desc(), CaseErasure.id)
        .offset(offset)
        .limit(limit)
    ).all()


def refusals(session: ScopedSession, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Of those that are still to be erased: what stopped the last try."""
    rows = session.execute(
        sa.select(CaseErasure.id, CaseErasure.refused).where(
            CaseErasure.tenant_id == session.tenant,
            CaseErasure.id.in_(ids),
            CaseErasure.refused.is_not(None),
        )
    )
    return {row.id: row.refused for row in rows}


def places_kept(session: ScopedSession, *, today: dt.date) -> dict[uuid.UUID, PlaceKept]:
    """Of every authority: its rule, and how many cases are due, held and waiting to be erased."""
    latest = (
        sa.select(RetentionRule.tenant_id, RetentionRule.years, RetentionRule.reason)
        .ext(distinct_on(RetentionRule.tenant_id))
        .order_by(RetentionRule.tenant_id, RetentionRule.set_at.desc(), RetentionRule.id.desc())
    )
    own = {row.tenant_id: Rule(row.years, row.reason, True) for row in session.execute(latest)}
    limits = {DEFAULT_YEARS, *(rule.years for rule in own.values())}
    due: dict[uuid.UUID, int] = {}
    for years in sorted(limits):
        counted = (
            sa.select(CasePosition.tenant_id, sa.func.count())
            .join(
                SenCase,
                sa.and_(
                    SenCase.tenant_id == CasePosition.tenant_id, SenCase.id == CasePosition.case_id
                ),
            )
            .where(
                CasePosition.closed_on < closed_before(today, years),
                ~SenCase.reference.startswith(ERASED),
                ~_waiting(),
            )
            .group_by(CasePosition.tenant_id)
        )
        for tenant, number in session.execute(counted):
            if own.get(tenant, Rule()).years == years:
                due[tenant] = number
    held = _counted(session, LegalHold.tenant_id, LegalHold.lifted_at.is_(None))
    waiting = _counted(
        session,
        CaseErasure.tenant_id,
        sa.and_(CaseErasure.erased_at.is_(None), CaseErasure.taken_back_at.is_(None)),
    )
    asked = _counted(session, SubjectRequest.tenant_id, SubjectRequest.answered_on.is_(None))
    return {
        tenant: PlaceKept(
            tenant,
            own.get(tenant, Rule()),
            due.get(tenant, 0),
            held.get(tenant, 0),
            waiting.get(tenant, 0),
            asked.get(tenant, 0),
        )
        for tenant in {*own, *due, *held, *waiting, *asked}
    }


def _counted(
    session: ScopedSession, tenant: Any, where: sa.ColumnElement[bool]
) -> dict[uuid.UUID, int]:
    rows = session.execute(sa.select(tenant, sa.func.count()).where(where).group_by(tenant))
    return {row[0]: row[1] for row in rows}
