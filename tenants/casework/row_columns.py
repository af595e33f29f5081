"""From what is recorded to the columns of its rows: one place for the single act and the batch."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from saas.database.base import new_id
from tenants.casework.kinds import BOUND_BY_LAW, Side
from tenants.casework.models import AgreedStep
from tenants.casework.position import Position, derive
from tenants.casework.record import CaseRecord, Fact, RuleBroken
from tenants.casework.referral import NewId, NewParty, NewReferral
from tenants.law.clocks import step_due

Columns = dict[str, Any]


@dataclass(frozen=True)
class Actor:
    """Who records something, and when. The name is kept as it was on that day."""

    id: uuid.UUID | None
    name: str
    at: dt.datetime


def case_columns(
    tenant_id: uuid.UUID,
    case_id: uuid.UUID,
    referral: NewReferral,
    *,
    reference: str,
    child_id: uuid.UUID,
) -> Columns:
    return {
        "tenant_id": tenant_id,
        "id": case_id,
        "reference": reference,
        "child_id": child_id,
        "service": referral.service.value,
        "route": referral.route.value,
        "opened_on": referral.opened_on,
        "decision_type": referral.decision_type,
        "sections": referral.sections,
        "plan_maintained_until": referral.plan_maintained_until,
        "health_issue": referral.health_issue,
        "social_care_issue": referral.social_care_issue,
        "authority_reference": referral.authority_reference,
        "external_reference": referral.external_reference,
        "coordinator_id": referral.coordinator_id,
    }


def party_columns(
    tenant_id: uuid.UUID, party_id: uuid.UUID, case_id: uuid.UUID, party: NewParty
) -> Columns:
    return {
        "tenant_id": tenant_id,
        "id": party_id,
        "case_id": case_id,
        "side": party.side.value,
        "name": party.name,
        "relation": party.relation,
        "email": party.email,
        "telephone": party.telephone,
        "postcode": party.postcode,
        "preferred_communication": party.preferred_communication,
        "adjustments": party.adjustments,
        "interpreter": party.interpreter,
    }


def fact_columns(
    tenant_id: uuid.UUID, case_id: uuid.UUID, fact: Fact, by: Actor, *, audience: str
) -> Columns:
    return {
        "tenant_id": tenant_id,
        "id": fact.id,
        "case_id": case_id,
        "kind": fact.kind.value,
        "on_date": fact.on,
        "value": None if fact.value is None else str(fact.value),
        "detail": dict(fact.detail),
        "audience": audience,
        "recorded_at": by.at,
        "recorded_by": by.id,
        "recorded_by_name": by.name,
        "replaces_id": fact.replaces,
        "retracted": fact.retracted,
        "reason": fact.reason,
    }


def note_columns(
    tenant_id: uuid.UUID,
    note_id: uuid.UUID,
    case_id: uuid.UUID,
    *,
    text: str,
    shared: bool,
    by: Actor,
) -> Columns:
    return {
        "tenant_id": tenant_id,
        "id": note_id,
        "case_id": case_id,
        "audience": "parties" if shared else "provider",
        "text": text,
        "written_at": by.at,
        "written_by": by.id,
        "written_by_name": by.name,
    }


_POSITION = tuple(field.name for field in fields(Position))


def position_columns(record: CaseRecord) -> Columns:
    """What is derived from the facts, as `case_position` holds it, without its keys."""
    position = derive(record)
    columns = {name: getattr(position, name) for name in _POSITION}
    columns["stage"] = position.stage.value
    return columns


@dataclass(frozen=True, kw_only=True)
class NewStep:
    """A step in the participants' own words. `due_on` is given where the agreement says so.

    `statutory` is False for what disagreement resolution agrees: regs 42 and 44 are about
    mediation, so such a step has the agreement's own date alone. So has what the family, the
    school or somebody else does: the Regulations bind the authority and the ICB.
    """

    kind: str
    wording: str
    responsible: Side = Side.AUTHORITY
    due_on: dt.date | None = None
    who: str = ""
    statutory: bool = True

    def due_dates(self, agreed_on: dt.date) -> list[tuple[str | None, dt.date, dt.date]]:
        """Each due date that is followed: its part, the default, and the one that counts.

        A date of the parties' own is the day by which the whole step is done: its earlier parts
        keep their defaults, but none is due after it.

        Raises:
            RuleBroken: a step that no law gives a time has no date of its own.
        """
        if not self.statutory and self.due_on is None:
            raise RuleBroken("due_on", "Give each step the date that was agreed")
        # A text that went out to be signed before this was asked for has the time of its kind.
        if self.due_on and not (self.statutory and bound_by_law(self.responsible)):
            return [(None, self.due_on, self.due_on)]
        followed = [
            (part, default)
            for part, default in step_due(self.kind, agreed_on).items()
            if part in FOLLOWED_PARTS.get(self.kind, (part,))
        ]
        if self.due_on is None:
            return [(part, default, default) for part, default in followed]
        last = followed[-1][0]
        return [
            (part, default, self.due_on if part == last else min(default, self.due_on))
            for part, default in followed
        ]


# Of an assessment two due dates are followed; 'no plan' is the other end of the same road.
FOLLOWED_PARTS: Mapping[str, tuple[str, ...]] = {"assess": ("tell", "final_plan")}
# A part that may be done in another way: one of the two done ends both (SEND Regs 2014 reg 44).
ALTERNATIVES: Mapping[tuple[str, str | None], tuple[str, str]] = {
    ("assess", "final_plan"): ("final_plan", "no_plan"),
    ("assess", "no_plan"): ("final_plan", "no_plan"),
}


def bound_by_law(responsible: Side) -> bool:
    """Whether SEND Regs 2014 regs 42 and 44 give a side's steps a time."""
    return responsible in BOUND_BY_LAW


def done_as(step: AgreedStep, part: str | None) -> Columns:
    """The columns of a step that is done as one of its alternatives; none for what it was.

    Raises:
        RuleBroken: the step has no such alternative.
    """
    if part is None or part == step.part:
        return {}
    if part not in ALTERNATIVES.get((step.kind, step.part), ()):
        raise RuleBroken("part", "Say what was done, of the ways in which this step can be done")
    due_on = step_due(step.kind, step.agreed_on)[part]
    return {"part": part, "due_on": step.due_on if step.agreement_says_so else due_on}


def undone(step: AgreedStep, part: str | None) -> Columns:
    """The columns of a step that was not done after all: as it was agreed."""
    first = ALTERNATIVES.get((step.kind, step.part), (step.part,))[0] if part else step.part
    return {"done_on": None, **done_as(step, first)}


def agreed_step_columns(
    tenant_id: uuid.UUID,
    case_id: uuid.UUID,
    agreed_on: dt.date,
    steps: tuple[NewStep, ...],
    *,
    agreement_id: uuid.UUID | None = None,
    ids: NewId = new_id,
) -> list[Columns]:
    """The rows of the agreed steps: one for each due date that is followed."""
    return [
        {
            "tenant_id": tenant_id,
            "id": ids(),
            "case_id": case_id,
            "kind": step.kind,
            "part": part,
            "wording": step.wording,
            "responsible": step.responsible.value,
            "agreed_on": agreed_on,
            "default_due_on": default,
            "due_on": due_on,
            "agreement_says_so": step.due_on is not None,
            "who": step.who,
            "done_on": None,
            "agreement_id": agreement_id,
        }
        for step in steps
        for part, default, due_on in step.due_dates(agreed_on)
    ]


def check_step_done(agreed_on: dt.date, done_before: dt.date | None, on: dt.date) -> None:
    """Refuse that a step was done on a day when it cannot have been.

    Raises:
        RuleBroken: it is done already, or the day is before the agreement.
    """
    if done_before is not None:
        raise RuleBroken("step", "This step is recorded as done already")
    if on < agreed_on:
        raise RuleBroken("on", "A step cannot be done before it was agreed")
