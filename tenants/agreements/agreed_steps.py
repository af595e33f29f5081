"""The steps of an agreement: recorded with their due dates, and done."""

from __future__ import annotations

import datetime as dt
import uuid

from saas.database.base import new_id
from saas.database.scope import LoginRole, ScopedSession
from tenants.casework.actions import add_fact, append_fact
from tenants.casework.kinds import FactKind, Side
from tenants.casework.models import AgreedStep
from tenants.casework.queries import load_record
from tenants.casework.record import Fact, RuleBroken, Step
from tenants.casework.row_columns import (
    Actor,
    NewStep,
    agreed_step_columns,
    check_step_done,
    done_as,
)


def record_agreement(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    on: dt.date,
    steps: tuple[NewStep, ...],
    by: Actor,
    today: dt.date,
    agreement_id: uuid.UUID | None = None,
) -> list[AgreedStep]:
    """Record the agreement and its steps, each with the due dates that the Regulations give.

    Args:
        agreement_id: the text that was signed, where it was signed here.

    Raises:
        RuleBroken: it cannot have been made so; nothing was written.
    """
    record = load_record(session, case_id, lock=True)
    detail = {"agreement_id": str(agreement_id)} if agreement_id else {}
    fact = Fact(new_id(), FactKind.AGREEMENT_MADE, on, detail=detail)
    rows = [
        AgreedStep(**row)
        for row in agreed_step_columns(
            session.tenant, case_id, on, steps, agreement_id=agreement_id
        )
    ]
    record.steps = [
        Step(row.id, row.kind, row.part, row.due_on, responsible=row.responsible) for row in rows
    ]
    session.add_all(rows)
    append_fact(session, case_id, record, fact, by=by, today=today)
    return rows


def record_step_done(
    session: ScopedSession,
    case_id: uuid.UUID,
    step_id: uuid.UUID,
    *,
    on: dt.date,
    by: Actor,
    today: dt.date,
    evidence: str = "",
    part: str | None = None,
) -> None:
    """Record that an agreed step was done.

    An authority says it of its own steps alone: the step itself is marked when that is taken in
    (`taking_in`).

    Args:
        evidence: what shows it, in words both sides read.
        part: which of its alternatives was done, where it has some.

    Raises:
        RuleBroken: the step is not of this case, is another side's, or is done already.
    """
    row = session.get(AgreedStep, (session.tenant, step_id))
    if row is None or row.case_id != case_id:
        raise RuleBroken("step", "This step is not one of the case")
    check_step_done(row.agreed_on, row.done_on, on)
    changed = done_as(row, part)
    if session.scope.role is LoginRole.AUTHORITY:
        if row.responsible != Side.AUTHORITY:
            raise RuleBroken("step", "This step is for another side to do")
    else:
        row.done_on = on
        for name, value in changed.items():
            setattr(row, name, value)
        session.flush()
    add_fact(
        session,
        case_id,
        FactKind.STEP_DONE,
        on,
        value=row.kind,
        detail={"step_id": str(step_id)}
        | ({"evidence": evidence} if evidence else {})
        | ({"part": part} if changed else {}),
        by=by,
        today=today,
    )
