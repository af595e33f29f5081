"""What reads cases."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.casework.clocks import MediationStart
from tenants.casework.kinds import FactKind, Route, Service
from tenants.casework.models import AgreedStep, CaseFact, CasePosition, Child, SenCase
from tenants.casework.naming import search_key
from tenants.casework.record import CaseRecord, Fact, Step
from tenants.casework.referral import NewReferral
from tenants.subscribers.models import Subscriber


class CaseNotFoundError(LookupError):
    """There is no such case in the tenant that the session works in."""


def load_record(session: ScopedSession, case_id: uuid.UUID, *, lock: bool = False) -> CaseRecord:
    """The case as its facts tell it.

    Args:
        lock: hold the case until the transaction ends, so that facts are added one at a time.

    Raises:
        CaseNotFoundError: no such case in this tenant.
    """
    if lock:
        # Whoever may add a fact takes it, also a role that may change no row and so lock none.
        session.execute(
            sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"case {case_id}", 0)))
        )
    statement = (
        sa.select(
            SenCase.service,
            SenCase.route,
            SenCase.opened_on,
            SenCase.decision_type,
            Subscriber.k5_starts,
        )
        .join(Subscriber, Subscriber.id == SenCase.tenant_id)
        .where(SenCase.tenant_id == session.tenant, SenCase.id == case_id)
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        raise CaseNotFoundError(str(case_id))
    facts = session.execute(
        sa.select(
            CaseFact.id,
            CaseFact.kind,
            CaseFact.on_date,
            CaseFact.value,
            CaseFact.detail,
            CaseFact.replaces_id,
            CaseFact.retracted,
            CaseFact.reason,
        )
        .where(CaseFact.tenant_id == session.tenant, CaseFact.case_id == case_id)
        .order_by(CaseFact.recorded_at, CaseFact.id)
    )
    steps = session.execute(
        sa.select(
            AgreedStep.id,
            AgreedStep.kind,
            AgreedStep.part,
            AgreedStep.due_on,
            AgreedStep.done_on,
            AgreedStep.responsible,
        ).where(AgreedStep.tenant_id == session.tenant, AgreedStep.case_id == case_id)
    )
    return CaseRecord(
        service=Service(row.service),
        route=Route(row.route),
        opened_on=row.opened_on,
        decision_type=row.decision_type,
        k5_starts=cast(MediationStart, row.k5_starts),
        facts=[Fact(f[0], FactKind(f[1]), f[2], f[3], f[4], f[5], f[6], f[7]) for f in facts],
        steps=[Step(*step) for step in steps],
    )


@dataclass(frozen=True)
class SameMatter:
    """A case about the same child and the same decision."""

    id: uuid.UUID
    reference: str
    opened_on: dt.date
    is_open: bool


def same_matter(session: ScopedSession, referral: NewReferral) -> list[SameMatter]:
    """Cases of the tenant that a referral may be a second telling of, newest first.

    The child is the same by UPN, or by name and date of birth. Another decision about the same
    child is another case, and so is the same kind of decision with another notice.
    """
    key = search_key(referral.given_name, referral.family_name)
    same_child = sa.and_(Child.search_key == key, Child.date_of_birth == referral.date_of_birth)
    if referral.upn:
        same_child = sa.or_(same_child, Child.upn == referral.upn)
    conditions = [
        SenCase.tenant_id == session.tenant,
        same_child,
        SenCase.service == referral.service.value,
        SenCase.decision_type.is_not_distinct_from(referral.decision_type),
    ]
    if referral.notice_sent:
        conditions.append(
            sa.or_(
                CasePosition.notice_sent.is_(None),
                CasePosition.notice_sent == referral.notice_sent,
            )
        )
    rows = session.execute(
        sa.select(SenCase.id, SenCase.reference, SenCase.opened_on, CasePosition.is_open)
        .join(Child, sa.and_(Child.tenant_id == SenCase.tenant_id, Child.id == SenCase.child_id))
        .join(
            CasePosition,
            sa.and_(
                CasePosition.tenant_id == SenCase.tenant_id, CasePosition.case_id == SenCase.id
            ),
        )
        .where(*conditions)
        .order_by(SenCase.opened_on.desc())
        .limit(5)
    )
    return [SameMatter(*row) for row in rows]
