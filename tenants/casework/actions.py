"""What changes a case. Every change is a fact; where the case stands is derived with it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import LoginRole, ScopedSession
from saas.reference.search_keys import search_key
from tenants.casework import fact_listeners as listeners
from tenants.casework.kept.keeping import store_position
from tenants.casework.kept.keeping_tasks import keep_tasks
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import Choice, FactKind
from tenants.casework.models import AgreedStep, CaseFact, CaseNote, CaseParty, Child, SenCase
from tenants.casework.queries import load_record
from tenants.casework.record import CaseRecord, Fact, RuleBroken
from tenants.casework.referral import (
    NewParty,
    NewReferral,
    check_referral,
    opening_facts,
)
from tenants.casework.reported_facts.taking_in import report
from tenants.casework.row_columns import (
    Actor,
    NewStep,
    case_columns,
    check_step_done,
    fact_columns,
    note_columns,
    party_columns,
    position_columns,
    undone,
)
from tenants.casework.rules import (
    UNCORRECTABLE,
    audience_of,
    check,
    check_in_place,
)
from tenants.subscribers import reference_numbers as numbers
from tenants.subscribers.models import Subscriber

# What a caller of these acts has to make is named here with them.
__all__ = [
    "Actor",
    "NewParty",
    "NewReferral",
    "NewStep",
    "add_fact",
    "correct_fact",
    "open_case",
    "record_mias",
    "take_back",
    "write_note",
]


def open_case(
    session: ScopedSession, referral: NewReferral, *, by: Actor, today: dt.date
) -> SenCase:
    """Open a case from a referral.

    Raises:
        RuleBroken: the referral cannot be so; nothing was written.
    """
    check_referral(referral, today=today)
    subscriber = session.scalars(sa.select(Subscriber)).one()
    if refused := subscriber.refuses(referral.opened_on):
        raise RuleBroken("opened_on", refused)
    record = CaseRecord(
        service=referral.service,
        route=referral.route,
        opened_on=referral.opened_on,
        decision_type=referral.decision_type,
        k5_starts=subscriber.k5_starts,  # type: ignore[arg-type]
        sections=referral.sections,
    )
    facts = []
    for fact in opening_facts(referral):
        check(record, fact, today=today)
        facts.append((fact, audience_of(record, fact)))
        record.facts.append(fact)
    child = _child(session, referral)
    year = referral.opened_on.year
    number = numbers.take(session, numbers.CASES, year)[0]
    case = SenCase(
        **case_columns(
            session.tenant,
            new_id(),
            referral,
            reference=numbers.case_reference(subscriber.reference_prefix, year, number),
            child_id=child.id,
        )
    )
    session.add(case)
    session.flush()
    for party in referral.parties:
        session.add(CaseParty(**party_columns(session.tenant, new_id(), case.id, party)))
    for fact, audience in facts:
        session.add(CaseFact(**fact_columns(session.tenant, case.id, fact, by, audience=audience)))
    session.add(CasePosition(tenant_id=session.tenant, case_id=case.id, **position_columns(record)))
    audit(session, "case opened", subject_kind="case", subject_id=case.id, at=by.at)
    session.flush()
    keep_tasks(session, case.id, record)
    for fact in record.facts:
        listeners.tell(session, case.id, record, fact, by)
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
        if known.upn and referral.upn and known.upn != referral.upn:
            raise RuleBroken(
                "upn",
                f"This child is known with another UPN, {known.upn}: check which is right. If it is"
                " that one, correct the child's details in the earlier case first",
            )
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
    return append_fact(session, case_id, record, fact, by=by, today=today)


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
    detail: dict[str, Any] | None = None,
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
        detail=old.detail if detail is None else detail,
        replaces=old.id,
        retracted=retract,
        reason=reason.strip(),
    )
    if fact.kind is FactKind.STEP_DONE and "step_id" in fact.detail:
        _mark_step(session, record, fact)
    return append_fact(session, case_id, record, fact, by=by, today=today)


def _mark_step(session: ScopedSession, record: CaseRecord, fact: Fact) -> None:
    """Let a step be done on the day that a correction says, or not at all."""
    row = session.get(AgreedStep, (session.tenant, uuid.UUID(fact.detail["step_id"])))
    if row is None:
        return
    if not fact.retracted:
        check_step_done(row.agreed_on, None, fact.on)
    row.done_on = fact.on
    if fact.retracted:
        for name, value in undone(row, fact.detail.get("part")).items():
            setattr(row, name, value)
    record.steps = [
        replace(step, done_on=row.done_on, part=row.part, due_on=row.due_on)
        if step.id == row.id
        else step
        for step in record.steps
    ]
    session.flush()


def take_back(
    session: ScopedSession,
    case_id: uuid.UUID,
    fact_id: uuid.UUID,
    *,
    reason: str,
    by: Actor,
    today: dt.date,
) -> Fact:
    """Take a fact back by the act that alone undoes its kind (`record.UNCORRECTABLE`).

    Raises:
        RuleBroken: no reason is given, or something else stands on the fact.
    """
    if not reason.strip():
        raise RuleBroken("reason", "Say why")
    record = load_record(session, case_id, lock=True)
    old = next((f for f in record.effective() if f.id == fact_id), None)
    if old is None:
        raise RuleBroken("fact", "This was taken back already")
    fact = replace(old, id=new_id(), replaces=old.id, retracted=True, reason=reason.strip())
    return append_fact(session, case_id, record, fact, by=by, today=today)


def append_fact(
    session: ScopedSession,
    case_id: uuid.UUID,
    record: CaseRecord,
    fact: Fact,
    *,
    by: Actor,
    today: dt.date,
) -> Fact:
    check_in_place(record, fact, today=today)
    audience = audience_of(record, fact)
    record.facts.append(fact)
    session.add(CaseFact(**fact_columns(session.tenant, case_id, fact, by, audience=audience)))
    taken_in = session.scope.role is LoginRole.PROVIDER
    if taken_in:
        store_position(session, case_id, record)
    else:
        report(session, case_id, fact.id, by)
    audit(
        session,
        "fact recorded" if fact.replaces is None else "fact corrected",
        subject_kind="case",
        subject_id=case_id,
        at=by.at,
        kind=fact.kind.value,
    )
    session.flush()
    if taken_in:
        listeners.tell(session, case_id, record, fact, by)
    return fact


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


def write_note(
    session: ScopedSession, case_id: uuid.UUID, *, text: str, shared: bool, by: Actor
) -> CaseNote:
    """Write a note for the provider alone, or one that the parties may read."""
    note = CaseNote(
        **note_columns(session.tenant, new_id(), case_id, text=text, shared=shared, by=by)
    )
    session.add(note)
    audit(session, "note written", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()
    return note
