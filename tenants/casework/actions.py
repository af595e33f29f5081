"""What changes a case. Every change is a fact; where the case stands is derived with it."""

from __future__ import annotations

import datetime as dt
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.casework import numbers
from tenants.casework.clocks import step_due
from tenants.casework.kinds import Choice, FactKind, Route, Service, Side
from tenants.casework.models import (
    AgreedStep,
    CaseFact,
    CaseNote,
    CaseParty,
    CasePosition,
    Child,
    SenCase,
)
from tenants.casework.position import derive
from tenants.casework.queries import load_record
from tenants.casework.record import CaseRecord, Fact, RuleBroken, Step, check
from tenants.subscribers.models import Subscriber


@dataclass(frozen=True)
class Actor:
    """Who records something, and when. The name is kept as it was on that day."""

    id: uuid.UUID | None
    name: str
    at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class NewParty:
    side: Side
    name: str
    relation: str
    email: str | None = None
    telephone: str | None = None
    postcode: str | None = None
    preferred_communication: str | None = None
    adjustments: str | None = None
    interpreter: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewReferral:
    """What a referral says. Dates are days in England."""

    service: Service
    route: Route
    opened_on: dt.date
    given_name: str
    family_name: str
    date_of_birth: dt.date
    upn: str | None = None
    primary_need: str | None = None
    decision_type: str | None = None
    notice_sent: dt.date | None = None
    authority_reference: str | None = None
    sections: str = ""
    health_issue: bool = False
    social_care_issue: bool = False
    permission_on: dt.date | None = None
    permission_by: str = ""
    permission_how: str = ""
    parties: tuple[NewParty, ...] = field(default_factory=tuple)
    external_reference: str | None = None
    coordinator_id: uuid.UUID | None = None


def search_key(given_name: str, family_name: str) -> str:
    """The name as it is searched: without accents, in lower case, the family name first."""
    folded = unicodedata.normalize("NFKD", f"{family_name} {given_name}").casefold()
    return "".join(c for c in folded if not unicodedata.combining(c)).strip()


def check_referral(referral: NewReferral, *, today: dt.date) -> None:
    """Refuse a referral that cannot be so.

    Raises:
        RuleBroken: naming the field.
    """
    if referral.opened_on > today:
        raise RuleBroken("opened_on", "The referral must be today or in the past")
    if referral.date_of_birth >= referral.opened_on:
        raise RuleBroken("date_of_birth", "The date of birth must be before the referral")
    if referral.date_of_birth < years_before(referral.opened_on, 26):
        raise RuleBroken(
            "date_of_birth", "The service is for children and young people up to the age of 25"
        )
    if referral.service is Service.MEDIATION and referral.decision_type is None:
        raise RuleBroken("decision_type", "Say which decision the family disagrees with")
    if referral.notice_sent and referral.notice_sent > today:
        raise RuleBroken("notice_sent", "The notice must have been sent today or in the past")
    if not referral.route.is_family and referral.permission_on is None:
        raise RuleBroken(
            "permission_on",
            "The family must have given its permission before anyone else may refer it",
        )
    if referral.route is Route.YOUNG_PERSON and referral.date_of_birth > years_before(
        referral.opened_on, 16
    ):
        raise RuleBroken("route", "A young person can refer themselves from the age of 16")


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day some years earlier; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def opening_facts(referral: NewReferral) -> list[Fact]:
    """The facts that a referral brings with it."""
    facts = []
    if referral.notice_sent:
        facts.append(Fact(new_id(), FactKind.NOTICE_SENT, referral.notice_sent))
    if referral.permission_on:
        how = {"by": referral.permission_by, "how": referral.permission_how}
        facts.append(Fact(new_id(), FactKind.PERMISSION_GIVEN, referral.permission_on, detail=how))
    return facts


def open_case(
    session: ScopedSession, referral: NewReferral, *, by: Actor, today: dt.date
) -> SenCase:
    """Open a case from a referral.

    Raises:
        RuleBroken: the referral cannot be so; nothing was written.
    """
    check_referral(referral, today=today)
    subscriber = session.scalars(sa.select(Subscriber)).one()
    record = CaseRecord(
        service=referral.service,
        route=referral.route,
        opened_on=referral.opened_on,
        decision_type=referral.decision_type,
        k5_starts=subscriber.k5_starts,  # type: ignore[arg-type]
    )
    facts = opening_facts(referral)
    for fact in facts:
        check(record, fact, today=today)
        record.facts.append(fact)
    child = _child(session, referral)
    year = referral.opened_on.year
    number = numbers.take(session, numbers.CASES, year)[0]
    case = SenCase(
        tenant_id=session.tenant,
        id=new_id(),
        reference=numbers.case_reference(subscriber.reference_prefix, year, number),
        child_id=child.id,
        service=referral.service.value,
        route=referral.route.value,
        opened_on=referral.opened_on,
        decision_type=referral.decision_type,
        sections=referral.sections,
        health_issue=referral.health_issue,
        social_care_issue=referral.social_care_issue,
        authority_reference=referral.authority_reference,
        external_reference=referral.external_reference,
        coordinator_id=referral.coordinator_id,
    )
    session.add(case)
    session.flush()
    for party in referral.parties:
        session.add(
            CaseParty(
                tenant_id=session.tenant,
                case_id=case.id,
                **{**asdict(party), "side": party.side.value},
            )
        )
    for fact in facts:
        session.add(fact_row(session.tenant, case.id, fact, by))
    session.add(CasePosition(tenant_id=session.tenant, case_id=case.id, **position_row(record)))
    audit(session, "case opened", subject_kind="case", subject_id=case.id, at=by.at)
    session.flush()
    return case


def _child(session: ScopedSession, referral: NewReferral) -> Child:
    """The child of the referral: the one known already, if name, birth and authority agree."""
    key = search_key(referral.given_name, referral.family_name)
    known = session.scalar(
        sa.select(Child).where(
            Child.tenant_id == session.tenant,
            Child.search_key == key,
            Child.date_of_birth == referral.date_of_birth,
        )
    )
    if known is not None:
        known.upn = known.upn or referral.upn
        known.primary_need = referral.primary_need or known.primary_need
        return known
    child = Child(
        tenant_id=session.tenant,
        id=new_id(),
        given_name=referral.given_name,
        family_name=referral.family_name,
        date_of_birth=referral.date_of_birth,
        upn=referral.upn,
        primary_need=referral.primary_need,
        search_key=key,
    )
    session.add(child)
    session.flush()
    return child


def fact_row(tenant_id: uuid.UUID, case_id: uuid.UUID, fact: Fact, by: Actor) -> CaseFact:
    return CaseFact(
        tenant_id=tenant_id,
        id=fact.id,
        case_id=case_id,
        kind=fact.kind.value,
        on_date=fact.on,
        value=fact.value,
        detail=dict(fact.detail),
        audience=fact.audience,
        recorded_at=by.at,
        recorded_by=by.id,
        recorded_by_name=by.name,
        replaces_id=fact.replaces,
        retracted=fact.retracted,
        reason=fact.reason,
    )


def position_row(record: CaseRecord) -> dict[str, Any]:
    position = asdict(derive(record))
    position["stage"] = position["stage"].value
    return position


def add_fact(
    session: ScopedSession,
    case_id: uuid.UUID,
    kind: FactKind,
    on: dt.date,
    *,
    by: Actor,
    today: dt.date,
    value: str | None = None,
    detail: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> Fact:
    """Record that something happened, and derive where the case stands now.

    Raises:
        RuleBroken: it cannot have happened so; nothing was written.
    """
    fact = Fact(new_id(), kind, on, value=value, detail=detail or {}, reason=reason)
    record = load_record(session, case_id, lock=True)
    return _add(session, case_id, record, fact, by=by, today=today)


def correct_fact(
    session: ScopedSession,
    case_id: uuid.UUID,
    fact_id: uuid.UUID,
    *,
    on: dt.date,
    value: str | None,
    reason: str,
    by: Actor,
    today: dt.date,
    retract: bool = False,
) -> Fact:
    """Put another fact in the place of one that was recorded wrongly; the old one is kept.

    Raises:
        RuleBroken: no reason is given, the fact is not the case's or was corrected before, it is
            one that only its own act undoes, or what would stand then cannot be so.
    """
    record = load_record(session, case_id, lock=True)
    old = next((f for f in record.effective() if f.id == fact_id), None)
    if old is None:
        raise RuleBroken("fact", "This fact was corrected already: correct the newer one")
    if old.kind in UNCORRECTABLE:
        raise RuleBroken("fact", UNCORRECTABLE[old.kind])
    if not reason.strip():
        raise RuleBroken("reason", "Say why this is corrected")
    fact = Fact(
        new_id(),
        old.kind,
        on,
        value=value if value is not None else old.value,
        detail=old.detail,
        replaces=old.id,
        retracted=retract,
        reason=reason.strip(),
    )
    return _add(session, case_id, record, fact, by=by, today=today)


UNCORRECTABLE = {
    FactKind.CERTIFICATE_ISSUED: "An issued certificate is not corrected: withdraw it",
    FactKind.AGREEMENT_MADE: "A signed agreement is not corrected",
    FactKind.CERTIFICATE_WITHDRAWN: "A withdrawal is not corrected: issue a new certificate",
}


def _add(
    session: ScopedSession,
    case_id: uuid.UUID,
    record: CaseRecord,
    fact: Fact,
    *,
    by: Actor,
    today: dt.date,
) -> Fact:
    check_in_place(record, fact, today=today)
    record.facts.append(fact)
    session.add(fact_row(session.tenant, case_id, fact, by))
    store_position(session, case_id, record)
    audit(
        session,
        "fact recorded" if fact.replaces is None else "fact corrected",
        subject_kind="case",
        subject_id=case_id,
        at=by.at,
        kind=fact.kind.value,
    )
    session.flush()
    return fact


def check_in_place(record: CaseRecord, fact: Fact, *, today: dt.date) -> None:
    """Check a fact; for a correction, also everything that stands on what it replaces.

    Raises:
        RuleBroken: the fact, or one recorded after it, could then not be so.
    """
    if fact.replaces is None:
        check(record, fact, today=today)
        return
    rebuilt = CaseRecord(
        service=record.service,
        route=record.route,
        opened_on=record.opened_on,
        decision_type=record.decision_type,
        k5_starts=record.k5_starts,
        steps=record.steps,
    )
    standing = {f.id for f in record.effective()}
    for known in record.facts:
        if known.id not in standing:
            continue
        stands = fact if known.id == fact.replaces else known
        if stands.retracted:
            continue
        try:
            check(rebuilt, _unlinked(stands), today=today)
        except RuleBroken as broken:
            if stands is fact:
                raise
            raise RuleBroken("on", f"Something recorded later would not fit: {broken}") from None
        rebuilt.facts.append(_unlinked(stands))


def _unlinked(fact: Fact) -> Fact:
    return Fact(fact.id, fact.kind, fact.on, fact.value, fact.detail, reason=fact.reason)


def store_position(session: ScopedSession, case_id: uuid.UUID, record: CaseRecord) -> None:
    """Write what follows from the facts beside them, in the same transaction."""
    session.execute(
        sa.update(CasePosition)
        .where(CasePosition.tenant_id == session.tenant, CasePosition.case_id == case_id)
        .values(**position_row(record))
    )


def record_mias(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    on: dt.date,
    way: str,
    minutes: int,
    choice: Choice,
    choice_on: dt.date,
    by: Actor,
    today: dt.date,
) -> None:
    """Record mediation information and advice, and what the family chose then.

    Args:
        way: telephone, video, in person or in writing.
        minutes: how long it took.

    Raises:
        RuleBroken: it cannot have been so; nothing was written.
    """
    add_fact(
        session,
        case_id,
        FactKind.MIAS_HELD,
        on,
        detail={"way": way, "minutes": minutes},
        by=by,
        today=today,
    )
    add_fact(
        session, case_id, FactKind.CHOICE_MADE, choice_on, value=choice.value, by=by, today=today
    )


def record_agreement(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    on: dt.date,
    steps: tuple[NewStep, ...],
    by: Actor,
    today: dt.date,
) -> list[AgreedStep]:
    """Record the agreement and its steps, each with the due dates that the Regulations give.

    Raises:
        RuleBroken: it cannot have been made so; nothing was written.
    """
    record = load_record(session, case_id, lock=True)
    fact = Fact(new_id(), FactKind.AGREEMENT_MADE, on)
    rows = agreed_step_rows(session.tenant, case_id, on, steps)
    record.steps = [Step(row.id, row.kind, row.part, row.due_on) for row in rows]
    session.add_all(rows)
    _add(session, case_id, record, fact, by=by, today=today)
    return rows


@dataclass(frozen=True, kw_only=True)
class NewStep:
    """A step in the participants' own words. `due_on` is given where the agreement says so."""

    kind: str
    wording: str
    responsible: Side = Side.AUTHORITY
    due_on: dt.date | None = None


# Of an assessment two due dates are followed; 'no plan' is the other end of the same road.
FOLLOWED_PARTS: Mapping[str, tuple[str, ...]] = {"assess": ("tell", "final_plan")}


def agreed_step_rows(
    tenant_id: uuid.UUID, case_id: uuid.UUID, agreed_on: dt.date, steps: tuple[NewStep, ...]
) -> list[AgreedStep]:
    rows = []
    for step in steps:
        for part, default in step_due(step.kind, agreed_on).items():
            followed = FOLLOWED_PARTS.get(step.kind)
            if followed is not None and part not in followed:
                continue
            rows.append(
                AgreedStep(
                    tenant_id=tenant_id,
                    id=new_id(),
                    case_id=case_id,
                    kind=step.kind,
                    part=part,
                    wording=step.wording,
                    responsible=step.responsible.value,
                    agreed_on=agreed_on,
                    default_due_on=default,
                    due_on=step.due_on or default,
                )
            )
    return rows


def record_step_done(
    session: ScopedSession,
    case_id: uuid.UUID,
    step_id: uuid.UUID,
    *,
    on: dt.date,
    by: Actor,
    today: dt.date,
) -> None:
    """Record that an agreed step was done.

    Raises:
        RuleBroken: the step is not of this case, or is done already.
    """
    row = session.get(AgreedStep, (session.tenant, step_id))
    if row is None or row.case_id != case_id:
        raise RuleBroken("step", "This step is not one of the case")
    if row.done_on is not None:
        raise RuleBroken("step", "This step is recorded as done already")
    if on < row.agreed_on:
        raise RuleBroken("on", "A step cannot be done before it was agreed")
    row.done_on = on
    session.flush()
    add_fact(
        session,
        case_id,
        FactKind.STEP_DONE,
        on,
        value=row.kind,
        detail={"step_id": str(step_id)},
        by=by,
        today=today,
    )


def write_note(
    session: ScopedSession, case_id: uuid.UUID, *, text: str, shared: bool, by: Actor
) -> CaseNote:
    """Write a note for the provider alone, or one that the parties may read."""
    note = CaseNote(
        tenant_id=session.tenant,
        id=new_id(),
        case_id=case_id,
        audience="parties" if shared else "provider",
        text=text,
        written_at=by.at,
        written_by=by.id,
        written_by_name=by.name,
    )
    session.add(note)
    audit(session, "note written", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()
    return note
