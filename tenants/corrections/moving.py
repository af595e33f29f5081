"""A case that was opened with the wrong authority: moved to the right one, with its trail.

It is moved while only the family and the provider have acted in it. What the wrong authority must
not keep (names, how to reach people) is taken from its case; what was there stays with the
provider, as before every correction (UK GDPR art. 16).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from saas.reference.search_keys import search_key
from tenants.access_links.models import FamilyLink
from tenants.casework.actions import add_fact, open_case
from tenants.casework.kinds import FactKind, Route, Service, Side, fact_words
from tenants.casework.models import CaseParty, Child, SenCase
from tenants.casework.queries import load_record
from tenants.casework.record import CaseRecord, RuleBroken
from tenants.casework.referral import NewParty, NewReferral
from tenants.casework.row_columns import Actor
from tenants.corrections.actions import change
from tenants.corrections.models import RecordCorrection, Subject
from tenants.papers.models import CaseDocument

# What happens before any authority takes part.
BEFORE_ANY_AUTHORITY = (
    FactKind.NOTICE_SENT,
    FactKind.PERMISSION_GIVEN,
    FactKind.CONTACT_MADE,
    FactKind.MIAS_HELD,
    FactKind.CHOICE_MADE,
)
_IN_THE_REFERRAL = BEFORE_ANY_AUTHORITY[:2]
NOBODY = "Moved"


@dataclasses.dataclass(frozen=True)
class Moved:
    """The case in its right place."""

    id: uuid.UUID
    reference: str


def move_case(
    session: ScopedSession,
    case_id: uuid.UUID,
    here: Tenancy,
    there: Tenancy,
    *,
    reason: str,
    by: Actor,
    today: dt.date,
) -> Moved:
    """Open the case with the right authority as it stands, and close and empty it here.

    The new case is committed first. Where closing the old one fails after that, moving again finds
    the new case by the old one's reference and goes on.

    Raises:
        RuleBroken: it is the same authority, no reason is given, or the authority took part.
    """
    if there.id == here.id:
        raise RuleBroken("authority", f"The case is {here.name}'s already: choose another")
    if not reason.strip():
        raise RuleBroken("reason", "Say why it is moved")
    record = load_record(session, case_id, lock=True)
    check_move(session, case_id, record)
    case = session.get_one(SenCase, (session.tenant, case_id))
    child = session.get_one(Child, (session.tenant, case.child_id))
    parties = session.scalars(
        sa.select(CaseParty)
        .where(CaseParty.tenant_id == session.tenant, CaseParty.case_id == case_id)
        .order_by(CaseParty.id)
    ).all()
    moved = _open_there(here, there, case, child, parties, record, reason, by, today)
    _trail(session, case_id, here.name, f"{there.name}, {moved.reference}", reason, by)
    _take_away(session, case, child, parties, reason, by)
    add_fact(
        session,
        case_id,
        FactKind.CLOSED,
        today,
        detail={"moved_to": there.slug},
        by=by,
        today=today,
    )
    audit(
        session,
        "case moved",
        subject_kind="case",
        subject_id=case_id,
        at=by.at,
        to=there.slug,
        as_case=str(moved.id),
    )
    session.flush()
    return moved


def check_move(session: ScopedSession, case_id: uuid.UUID, record: CaseRecord) -> None:
    """Refuse to move a case in which an authority took part.

    Raises:
        RuleBroken: saying what to do instead.
    """
    for fact in record.effective():
        if fact.kind not in BEFORE_ANY_AUTHORITY:
            raise RuleBroken(
                "authority",
                f"'{fact_words(fact.kind, record.service)}' is recorded here already. End the case"
                " before a meeting, as one whose family moved, and refer it anew",
            )
    papers = sa.select(CaseDocument.id).where(
        CaseDocument.tenant_id == session.tenant,
        CaseDocument.case_id == case_id,
        CaseDocument.withdrawn_at.is_(None),
    )
    if session.scalar(papers.limit(1)) is not None:
        raise RuleBroken("authority", "It has documents: take them back first, and add them there")


def _open_there(
    here: Tenancy,
    there: Tenancy,
    case: SenCase,
    child: Child,
    parties: Sequence[CaseParty],
    record: CaseRecord,
    reason: str,
    by: Actor,
    today: dt.date,
) -> Moved:
    mark = f"moved from {case.reference}"
    notice = record.first(FactKind.NOTICE_SENT)
    permission = record.last(FactKind.PERMISSION_GIVEN)
    said = permission.detail if permission else {}
    referral = NewReferral(
        service=Service(case.service),
        route=Route(case.route),
        opened_on=case.opened_on,
        given_name=child.given_name,
        family_name=child.family_name,
        date_of_birth=child.date_of_birth,
        upn=child.upn,
        primary_need=child.primary_need,
        decision_type=case.decision_type,
        notice_sent=notice.on if notice else None,
        sections=case.sections,
        plan_maintained_until=case.plan_maintained_until,
        health_issue=case.health_issue,
        social_care_issue=case.social_care_issue,
        permission_on=permission.on if permission else None,
        permission_by=said.get("by", ""),
        permission_how=said.get("how", ""),
        capacity=said.get("capacity", ""),
        external_reference=mark,
        coordinator_id=case.coordinator_id,
        parties=tuple(
            NewParty(
                side=Side(party.side),
                name=party.name,
                relation=party.relation,
                email=party.email,
                telephone=party.telephone,
                postcode=party.postcode,
                preferred_communication=party.preferred_communication,
                adjustments=party.adjustments,
                interpreter=party.interpreter,
            )
            for party in parties
            if party.side != Side.AUTHORITY.value
        ),
    )
    with scoped(Scope.provider(there.id, by.id)) as session:
        known = session.execute(
            sa.select(SenCase.id, SenCase.reference).where(
                SenCase.tenant_id == there.id, SenCase.external_reference == mark
            )
        ).one_or_none()
        if known is not None:
            return Moved(known.id, known.reference)
        new = open_case(session, referral, by=by, today=today)
        for fact in record.effective():
            if fact.kind in _IN_THE_REFERRAL:
                continue
            add_fact(
                session,
                new.id,
                fact.kind,
                fact.on,
                value=fact.value,
                detail=dict(fact.detail),
                by=by,
                today=today,
            )
        _trail(session, new.id, f"{here.name}, {case.reference}", there.name, reason, by)
        session.flush()
        return Moved(new.id, new.reference)


def _trail(
    session: ScopedSession, case_id: uuid.UUID, before: str, after: str, reason: str, by: Actor
) -> None:
    session.add(
        RecordCorrection(
            tenant_id=session.tenant,
            id=new_id(),
            case_id=case_id,
            subject=Subject.REFERRAL.value,
            subject_id=case_id,
            field="authority",
            before=before,
            after=after,
            reason=reason.strip(),
            at=by.at,
            by=by.id,
            by_name=by.name,
        )
    )


def _take_away(
    session: ScopedSession,
    case: SenCase,
    child: Child,
    parties: Sequence[CaseParty],
    reason: str,
    by: Actor,
) -> None:
    """Names and addresses go from the wrong authority's case; links to it end."""
    others = session.scalar(
        sa.select(sa.func.count())
        .select_from(SenCase)
        .where(SenCase.tenant_id == session.tenant, SenCase.child_id == child.id)
    )
    if others == 1:
        year = dt.date(child.date_of_birth.year, 1, 1)
        blank = {"given_name": NOBODY, "family_name": NOBODY, "date_of_birth": year, "upn": None}
        if any(getattr(child, name) != value for name, value in blank.items()):
            change(session, Subject.CHILD, case.id, child.id, child, blank, reason, by)
            child.search_key = search_key(NOBODY, NOBODY)
    for party in parties:
        if party.side == Side.AUTHORITY.value or party.name == NOBODY:
            continue
        nothing = dict.fromkeys(
            (
                *("email", "telephone", "postcode"),
                *("preferred_communication", "adjustments", "interpreter"),
            )
        )
        said = {"name": NOBODY, **nothing}
        change(session, Subject.PERSON, case.id, party.id, party, said, reason, by)
    session.execute(
        sa.update(FamilyLink)
        .where(
            FamilyLink.tenant_id == session.tenant,
            FamilyLink.case_id == case.id,
            FamilyLink.revoked_at.is_(None),
        )
        .values(revoked_at=by.at, revoked_by_name=by.name)
    )
    session.flush()
