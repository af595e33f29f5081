"""What is recorded of a meeting that was held, and how the meetings ended."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from saas.database.scope import ScopedSession
from tenants.casework.actions import add_fact
from tenants.casework.arrangement import held_late
from tenants.casework.kinds import DelayCause, FactKind, Outcome
from tenants.casework.queries import load_record
from tenants.casework.record import Fact, RuleBroken
from tenants.casework.row_columns import Actor


def hear_child(
    session: ScopedSession, case_id: uuid.UUID, *, on: dt.date, how: str, by: Actor, today: dt.date
) -> Fact:
    """Record that the child's voice was heard, and how; what it said is no fact of the case."""
    return add_fact(
        session, case_id, FactKind.CHILD_HEARD, on, detail={"how": how}, by=by, today=today
    )


def record_meeting(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    on: dt.date,
    started_at: str,
    ended_at: str,
    attended: Sequence[str],
    other_attended: bool,
    other_could_decide: bool,
    voice_heard: bool,
    further: bool,
    delay_cause: DelayCause | None,
    by: Actor,
    today: dt.date,
) -> Fact:
    """Record a meeting that was held.

    Args:
        other_attended: whether who meets the family came: the authority, or the ICB.
        other_could_decide: whether its representative had the power to decide.

    Raises:
        RuleBroken: the 30 days of K5 are missed and no cause is given, or it ended before it
            began.
    """
    record = load_record(session, case_id, lock=True)
    if ended_at and started_at and ended_at <= started_at:
        raise RuleBroken("ended_at", "It cannot end before it starts")
    if held_late(record, on) and delay_cause is None:
        raise RuleBroken(
            "delay_cause", "The 30 days are missed: say on whose side the delay was caused"
        )
    detail: dict[str, Any] = {
        "time": started_at,
        "ended_at": ended_at,
        "attended": list(attended),
        # Of the ICB where health is the only issue: the authority is no party then.
        f"{record.answering[1]}_attended": other_attended,
        f"{record.answering[1]}_could_decide": other_attended and other_could_decide,
        "voice_heard": voice_heard,
        "further": further,
    }
    if delay_cause is not None:
        detail["delay_cause"] = delay_cause.value
    return add_fact(session, case_id, FactKind.MEETING_HELD, on, detail=detail, by=by, today=today)


def conclude(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    on: dt.date,
    outcome: Outcome | None,
    result: str,
    words: str,
    by: Actor,
    today: dt.date,
) -> Fact:
    """Record how the meetings ended: K7 starts here.

    Args:
        outcome: None for a facilitated meeting, which ends in action points.
        result: one word of `RESULT_WORDS`.
    """
    return add_fact(
        session,
        case_id,
        FactKind.CONCLUDED,
        on,
        value=outcome.value if outcome else None,
        detail={key: said for key, said in (("result", result), ("words", words)) if said},
        by=by,
        today=today,
    )
