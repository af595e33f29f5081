"""From what was done in a case to its rows, by the rules of the single acts. Writes nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.casework.kinds import FactKind, Side
from tenants.casework.record import CaseRecord, Fact, RuleBroken, Step, certificate_ground
from tenants.casework.referral import check_referral, opening_facts
from tenants.casework.row_columns import (
    Actor,
    Columns,
    agreed_step_columns,
    check_step_done,
    fact_columns,
    note_columns,
    party_columns,
)
from tenants.casework.rules import audience_of, check
from tenants.certificates.text import check_words, whom_it_names
from tenants.imports.bulk.acts import (
    Act,
    Agreed,
    Happened,
    IdOf,
    Issued,
    NewCase,
    Noted,
    StepDone,
    Withdrawn,
    id_now,
)
from tenants.law.clocks import MediationStart
from tenants.subscribers.models import Subscriber, why_refused


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that a case breaks. `act` is the place of the act; None is the referral itself."""

    case: int
    act: int | None
    field: str
    reason: str


class BatchRefusedError(ValueError):
    """Some cases cannot be so; none of the batch was written."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(
            f"{len(self.faults)} rules are broken; case {first.case}: {first.field}: {first.reason}"
        )


@dataclass(frozen=True, slots=True)
class House:
    """What a batch needs to know of the authority it is for."""

    tenant_id: uuid.UUID
    prefix: str
    name: str
    k5_starts: MediationStart
    last_day: dt.date | None = None

    @classmethod
    def of(cls, session: ScopedSession) -> House:
        row = session.execute(
            sa.select(
                Subscriber.id,
                Subscriber.reference_prefix,
                Subscriber.name,
                Subscriber.k5_starts,
                Subscriber.subscribed_to,
            ).where(Subscriber.id == session.tenant)
        ).one()
        return cls(row[0], row[1], row[2], cast(MediationStart, row[3]), row[4])


@dataclass(frozen=True, slots=True)
class PaperDraft:
    """What a certificate will say, but for the case's reference and its own number."""

    act: Issued
    decision: str
    notice_sent: dt.date
    ground: dt.date | None
    beside_appeal_only: bool


@dataclass(slots=True)
class BuiltCase:
    """A case that meets the rules, and its rows but for the numbers it will be given."""

    case: NewCase
    id: uuid.UUID
    record: CaseRecord
    parties: list[Columns] = field(default_factory=list)
    facts: list[Columns] = field(default_factory=list)
    notes: list[Columns] = field(default_factory=list)
    steps: list[Columns] = field(default_factory=list)
    certificates: list[Columns] = field(default_factory=list)


def build_cases(
    cases: Sequence[NewCase], house: House, *, today: dt.date, ids: IdOf = id_now
) -> list[BuiltCase]:
    """Check cases by the rules of the single acts and make their rows. Needs no database.

    Raises:
        BatchRefusedError: with every rule that any of them breaks.
    """
    faults: list[Fault] = []
    built = []
    for number, case in enumerate(cases):
        made, broken = build_case(case, house, today=today, ids=ids)
        faults += [Fault(number, act, rule.field, str(rule)) for act, rule in broken]
        built.append(made)
    if faults:
        raise BatchRefusedError(faults)
    return built


def build_case(
    case: NewCase, house: House, *, today: dt.date, ids: IdOf = id_now
) -> tuple[BuiltCase, list[tuple[int | None, RuleBroken]]]:
    """One case with the rules it breaks, each with the place of its act.

    A broken act is taken as said when those after it are checked, so that each fault is told once.
    """
    broken: list[tuple[int | None, RuleBroken]] = []
    referral = case.referral
    new = partial(ids, case.by.at)
    try:
        check_referral(referral, today=today)
    except RuleBroken as rule:
        broken.append((None, rule))
    if refused := why_refused(house.name, house.last_day, referral.opened_on):
        broken.append((None, RuleBroken("opened_on", refused)))
    record = CaseRecord(
        service=referral.service,
        route=referral.route,
        opened_on=referral.opened_on,
        decision_type=referral.decision_type,
        k5_starts=house.k5_starts,
        sections=referral.sections,
    )
    made = BuiltCase(case, new(), record)
    for party in referral.parties:
        made.parties.append(party_columns(house.tenant_id, new(), made.id, party))
    for fact in opening_facts(referral, ids=new):
        opening: _Broken = []
        _keep(made, None, fact, case.by, house, today, opening)
        # Named by the fact: 'on' alone would not say which of the referral's days is meant.
        broken += [(None, RuleBroken(fact.kind.value, str(rule))) for _, rule in opening]
    for place, act in enumerate(case.acts):
        _do(made, place, act, partial(ids, act.by.at), house, today, broken)
    return made, broken


_Broken = list[tuple[int | None, RuleBroken]]


def _keep(
    made: BuiltCase,
    place: int | None,
    fact: Fact,
    by: Actor,
    house: House,
    today: dt.date,
    broken: _Broken,
) -> None:
    try:
        check(made.record, fact, today=today)
    except RuleBroken as rule:
        broken.append((place, rule))
    audience = audience_of(made.record, fact)
    made.record.facts.append(fact)
    made.facts.append(fact_columns(house.tenant_id, made.id, fact, by, audience=audience))


def _do(
    made: BuiltCase,
    place: int,
    act: Act,
    new: Callable[[], uuid.UUID],
    house: House,
    today: dt.date,
    broken: _Broken,
) -> None:
    fact: Fact | None = None
    try:
        match act:
            case Happened():
                fact = Fact(new(), act.kind, act.on, act.value, act.detail, reason=act.reason)
            case Issued():
                fact = _issued(made, act, new, house)
            case Withdrawn():
                fact = _withdrawn(made, act, new)
            case Agreed():
                fact = Fact(new(), FactKind.AGREEMENT_MADE, act.on)
                made.steps += agreed_step_columns(
                    house.tenant_id, made.id, act.on, act.steps, ids=new
                )
                made.record.steps = [
                    Step(
                        row["id"],
                        row["kind"],
                        row["part"],
                        row["due_on"],
                        responsible=row["responsible"],
                    )
                    for row in made.steps
                ]
            case StepDone():
                fact = _step_done(made, act, new)
            case Noted():
                made.notes.append(
                    note_columns(
                        house.tenant_id,
                        new(),
                        made.id,
                        text=act.text,
                        shared=act.shared,
                        by=act.by,
                    )
                )
    except RuleBroken as rule:
        broken.append((place, rule))
    if fact is not None:
        _keep(made, place, fact, act.by, house, today, broken)


def _issued(made: BuiltCase, act: Issued, new: Callable[[], uuid.UUID], house: House) -> Fact:
    notice_sent, decision = check_words(made.record, issued_to(made, act.on))
    certificate_id = new()
    made.certificates.append(
        {
            "tenant_id": house.tenant_id,
            "id": certificate_id,
            "case_id": made.id,
            "kind": act.kind.value,
            "issued_on": act.on,
            "issued_at": act.by.at,
            "content": PaperDraft(
                act,
                decision,
                notice_sent,
                certificate_ground(made.record, act.kind),
                made.record.beside_appeal_only is not None,
            ),
        }
    )
    return Fact(
        new(),
        FactKind.CERTIFICATE_ISSUED,
        act.on,
        act.kind.value,
        {"certificate_id": str(certificate_id)},
    )


def issued_to(made: BuiltCase, on: dt.date) -> list[str]:
    """Whom a certificate of a day names."""
    referral = made.case.referral
    return whom_it_names(
        made.record,
        [p.name for p in referral.parties if p.side is Side.FAMILY],
        child_name=f"{referral.given_name} {referral.family_name}",
        date_of_birth=referral.date_of_birth,
        on=on,
    )


def _withdrawn(made: BuiltCase, act: Withdrawn, new: Callable[[], uuid.UUID]) -> Fact:
    standing = made.certificates[-1] if made.certificates else None
    if standing is None:
        raise RuleBroken("certificate", "There is no certificate to withdraw")
    if act.on < standing["issued_on"]:
        raise RuleBroken("on", "It cannot be withdrawn before it was issued")
    return Fact(
        new(),
        FactKind.CERTIFICATE_WITHDRAWN,
        act.on,
        detail={"certificate_id": str(standing["id"])},
        reason=act.reason,
    )


def _step_done(made: BuiltCase, act: StepDone, new: Callable[[], uuid.UUID]) -> Fact:
    if not 0 <= act.due < len(made.steps):
        raise RuleBroken("step", "This step is not one of the case")
    row = made.steps[act.due]
    check_step_done(row["agreed_on"], row["done_on"], act.on)
    row["done_on"] = act.on
    made.record.steps[act.due] = Step(
        row["id"], row["kind"], row["part"], row["due_on"], act.on, row["responsible"]
    )
    return Fact(new(), FactKind.STEP_DONE, act.on, row["kind"], {"step_id": str(row["id"])})
