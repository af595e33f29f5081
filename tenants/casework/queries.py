"""What reads cases."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.database.together import Together, named
from saas.reference.search_keys import search_key
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import FactKind, Route, Service
from tenants.casework.models import AgreedStep, CaseFact, Child, SenCase
from tenants.casework.record import CaseRecord, Fact, Step
from tenants.casework.referral import NewReferral
from tenants.law.clocks import MediationStart
from tenants.subscribers.models import Subscriber

_READ = "the record of the page's case"


class CaseNotFoundError(LookupError):
    """There is no such case in the tenant that the session works in."""


def hold_case(session: ScopedSession, case_id: uuid.UUID) -> None:
    """Let nobody else change the case until the transaction ends; wait for who holds it.

    Whoever may add a row takes it, also a role that may change no row and so lock none.
    """
    session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"case {case_id}", 0)))
    )


def load_record(session: ScopedSession, case_id: uuid.UUID, *, lock: bool = False) -> CaseRecord:
    """The case as its facts tell it.

    Args:
        lock: hold the case until the transaction ends, so that facts are added one at a time.

    Raises:
        CaseNotFoundError: no such case in this tenant.
    """
    if lock:
        hold_case(session, case_id)
    elif (case_id, _READ) in session.info:
        return cast(CaseRecord, session.info[case_id, _READ])
    record = records_of(session, session.tenant, [case_id]).get(case_id)
    if record is None:
        raise CaseNotFoundError(str(case_id))
    return record


def keep_record(session: ScopedSession, case_id: uuid.UUID, record: CaseRecord) -> None:
    """Let the rest of a page that changes nothing have the record that it read."""
    session.info[case_id, _READ] = record


OF_TENANT, IDS = named("of_tenant"), sa.any_(named("ids", sa.ARRAY(sa.Uuid)))
RECORDS = Together(
    {
        "cases": sa.select(
            SenCase.id,
            SenCase.service,
            SenCase.route,
            SenCase.opened_on,
            SenCase.decision_type,
            SenCase.sections,
            Subscriber.k5_starts,
        )
        .join(Subscriber, Subscriber.id == SenCase.tenant_id)
        .where(SenCase.tenant_id == OF_TENANT, SenCase.id == IDS),
        "facts": sa.select(
            CaseFact.case_id,
            CaseFact.id,
            CaseFact.kind,
            CaseFact.on_date,
            CaseFact.value,
            CaseFact.detail,
            CaseFact.replaces_id,
            CaseFact.retracted,
            CaseFact.reason,
            CaseFact.recorded_at,
        ).where(CaseFact.tenant_id == OF_TENANT, CaseFact.case_id == IDS),
        "steps": sa.select(
            AgreedStep.case_id,
            AgreedStep.id,
            AgreedStep.kind,
            AgreedStep.part,
            AgreedStep.due_on,
            AgreedStep.done_on,
            AgreedStep.responsible,
        ).where(AgreedStep.tenant_id == OF_TENANT, AgreedStep.case_id == IDS),
    }
)


def records_of(
    session: ScopedSession, tenant: uuid.UUID, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, CaseRecord]:
    """The cases as their facts tell them, in one statement however many they are."""
    found = RECORDS.ask(session, of_tenant=tenant, ids=list(ids))
    facts, steps = defaultdict(list), defaultdict(list)
    for fact in found["facts"]:
        facts[fact.case_id].append(fact)
    for step in found["steps"]:
        steps[step.case_id].append(step)
    return {
        case.id: record_of(case, case.k5_starts, facts[case.id], steps[case.id])
        for case in found["cases"]
    }


def record_of(case: Any, k5_starts: str, facts: Iterable[Any], steps: Iterable[Any]) -> CaseRecord:
    """A case as its facts tell it, of what was read of it already, in any order."""
    return CaseRecord(
        Service(case.service),
        Route(case.route),
        case.opened_on,
        case.decision_type,
        cast(MediationStart, k5_starts),
        [
            Fact(
                f.id,
                FactKind(f.kind),
                f.on_date,
                f.value,
                f.detail,
                f.replaces_id,
                f.retracted,
                f.reason,
            )
            for f in sorted(facts, key=lambda f: (f.recorded_at, f.id))
        ],
        [
            Step(s.id, s.kind, s.part, s.due_on, s.done_on, s.responsible)
            for s in sorted(steps, key=lambda s: (s.due_on, s.id))
        ],
        sections=case.sections,
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
