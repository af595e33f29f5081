"""Putting right what was entered: the value changes, what was there before is kept with the why."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.documents.pdf import prints
from saas.reference.search_keys import search_key
from tenants.casework.kept.keeping import store_position
from tenants.casework.kinds import FactKind, Route, Service
from tenants.casework.models import CaseFact, CaseParty, Certificate, Child, SenCase
from tenants.casework.queries import hold_case, load_record
from tenants.casework.record import RuleBroken
from tenants.casework.referral import NOT_PRINTED, NewReferral, check_referral
from tenants.casework.row_columns import Actor
from tenants.corrections.models import RecordCorrection, Subject

CHILD = ("given_name", "family_name", "date_of_birth", "upn", "primary_need")
REFERRAL = (
    "route",
    "decision_type",
    "sections",
    "plan_maintained_until",
    "health_issue",
    "social_care_issue",
    "authority_reference",
)
PERSON = ("name", "relation", "adjustments", "interpreter")
# What a certificate says of a case, word for word.
ON_PAPERS = frozenset({"given_name", "family_name", "decision_type", "name"})


@dataclass(frozen=True)
class Corrected:
    """What was changed, and the papers that say it as it was before."""

    fields: tuple[str, ...]
    outdated: tuple[str, ...] = ()


def correct_child(
    session: ScopedSession,
    case_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    reason: str,
    by: Actor,
    today: dt.date,
) -> Corrected:
    """Put right who the child of a case is; every case about the child has it then.

    Raises:
        RuleBroken: naming the field, where it cannot be so; nothing was written.
    """
    case, child = _held(session, case_id)
    _check(case, child, values, today=today)
    upn = values.get("upn")
    if upn and upn != child.upn:
        another = session.scalar(
            sa.select(SenCase.reference)
            .join(
                Child, sa.and_(Child.tenant_id == SenCase.tenant_id, Child.id == SenCase.child_id)
            )
            .where(Child.tenant_id == session.tenant, Child.upn == upn, Child.id != child.id)
            .limit(1)
        )
        if another is not None:
            raise RuleBroken("upn", f"The child of case {another} has this UPN: check both")
    changed = change(session, Subject.CHILD, case_id, child.id, child, values, reason, by)
    child.search_key = search_key(child.given_name, child.family_name)
    session.flush()
    return _done(session, case_id, Subject.CHILD, changed, by)


def correct_referral(
    session: ScopedSession,
    case_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    reason: str,
    by: Actor,
    today: dt.date,
) -> Corrected:
    """Put right what was referred, and derive anew where the case stands.

    Raises:
        RuleBroken: naming the field, where it cannot be so; nothing was written.
    """
    case, child = _held(session, case_id)
    _check(case, child, values, today=today)
    changed = change(session, Subject.REFERRAL, case_id, case.id, case, values, reason, by)
    session.flush()
    store_position(session, case_id, load_record(session, case_id))
    return _done(session, case_id, Subject.REFERRAL, changed, by)


def correct_person(
    session: ScopedSession,
    case_id: uuid.UUID,
    party_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    reason: str,
    by: Actor,
) -> Corrected:
    """Put right who one of the people of a case is.

    Raises:
        RuleBroken: naming the field, where it cannot be so; nothing was written.
    """
    hold_case(session, case_id)
    party = session.get(CaseParty, (session.tenant, party_id))
    if party is None or party.case_id != case_id:
        raise RuleBroken("name", "This person is not of this case")
    if not prints(values["name"]):
        raise RuleBroken("name", NOT_PRINTED)
    changed = change(session, Subject.PERSON, case_id, party_id, party, values, reason, by)
    session.flush()
    return _done(session, case_id, Subject.PERSON, changed, by)


def _held(session: ScopedSession, case_id: uuid.UUID) -> tuple[SenCase, Child]:
    """The case, held until the transaction ends, and its child."""
    hold_case(session, case_id)
    case = session.get(SenCase, (session.tenant, case_id))
    child = session.get(Child, (session.tenant, case.child_id)) if case else None
    if case is None or child is None:
        raise RuleBroken("reason", "This case is not of this authority")
    return case, child


def _check(case: SenCase, child: Child, values: Mapping[str, Any], *, today: dt.date) -> None:
    """A correction may make nothing of a case that could not have been referred so."""

    def now(name: str) -> Any:
        kept = getattr(child, name) if name in CHILD else getattr(case, name)
        return values.get(name, kept)

    check_referral(
        NewReferral(
            service=Service(case.service),
            route=Route(now("route")),
            opened_on=case.opened_on,
            given_name=now("given_name"),
            family_name=now("family_name"),
            date_of_birth=now("date_of_birth"),
            upn=now("upn"),
            decision_type=now("decision_type"),
            plan_maintained_until=now("plan_maintained_until"),
            # Whether the family permitted it is a fact of the case, with a correction of its own.
            permission_on=case.opened_on,
        ),
        today=today,
    )


def change(
    session: ScopedSession,
    subject: Subject,
    case_id: uuid.UUID,
    subject_id: uuid.UUID,
    row: Any,
    values: Mapping[str, Any],
    reason: str,
    by: Actor,
) -> tuple[str, ...]:
    """Write these values into a row, and keep what was there before. Returns what changed.

    Raises:
        RuleBroken: nothing is different, or no reason is given.
    """
    changed = tuple(name for name, value in values.items() if getattr(row, name) != value)
    if not changed:
        raise RuleBroken("reason", "Nothing is different: change what is wrong, or go back")
    if not reason.strip():
        raise RuleBroken("reason", "Say why it is put right")
    for name in changed:
        session.add(
            RecordCorrection(
                tenant_id=session.tenant,
                id=new_id(),
                case_id=case_id,
                subject=subject.value,
                subject_id=subject_id,
                field=name,
                before=_text(getattr(row, name)),
                after=_text(values[name]),
                reason=reason.strip(),
                at=by.at,
                by=by.id,
                by_name=by.name,
            )
        )
        setattr(row, name, values[name])
    return changed


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _done(
    session: ScopedSession,
    case_id: uuid.UUID,
    subject: Subject,
    changed: tuple[str, ...],
    by: Actor,
) -> Corrected:
    audit(
        session,
        f"{subject.value} put right",
        subject_kind="case",
        subject_id=case_id,
        at=by.at,
        fields=list(changed),
    )
    outdated = standing_certificates(session, case_id) if ON_PAPERS & set(changed) else ()
    return Corrected(changed, outdated)


def standing_certificates(session: ScopedSession, case_id: uuid.UUID) -> tuple[str, ...]:
    """The numbers of the certificates that are not withdrawn."""
    withdrawn = {
        detail["certificate_id"]
        for detail in session.scalars(
            sa.select(CaseFact.detail).where(
                CaseFact.tenant_id == session.tenant,
                CaseFact.case_id == case_id,
                CaseFact.kind == FactKind.CERTIFICATE_WITHDRAWN.value,
            )
        )
    }
    rows = session.execute(
        sa.select(Certificate.id, Certificate.number).where(
            Certificate.tenant_id == session.tenant, Certificate.case_id == case_id
        )
    )
    return tuple(number for id, number in rows if str(id) not in withdrawn)
