"""Invented evaluations and complaints for the demonstration."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.reference.working_days import add_working_days
from tenants.casework import fact_listeners as listeners
from tenants.casework.kept.models import CasePosition
from tenants.feedback.complaint_rules import About, Ending
from tenants.feedback.models import Complaint, Evaluation, Participant
from tenants.imports.bulk.copying import copy_rows

# How often each kind of participant answers, and what it tends to say (weights of 1 to 5).
ANSWERING: tuple[tuple[Participant, float, tuple[int, ...]], ...] = (
    (Participant.PARENT, 0.55, (3, 5, 12, 38, 42)),
    (Participant.YOUNG_PERSON, 0.08, (2, 4, 14, 40, 40)),
    (Participant.AUTHORITY, 0.45, (1, 4, 15, 50, 30)),
    (Participant.SCHOOL, 0.15, (1, 3, 16, 45, 35)),
)
WORDS = {
    1: "We waited too long and nobody told us why.",
    2: "The meeting felt rushed.",
    3: "It was fair, but little came of it.",
    4: "We were listened to and knew what came next.",
    5: "Kind, clear and on our level. We would recommend it.",
}


def seed_evaluations(
    session: ScopedSession,
    rng: random.Random,
    *,
    today: dt.date,
    ids: Callable[[dt.datetime], uuid.UUID],
) -> int:
    """Evaluations of the meetings that the session's tenant has held; how many. Deterministic.

    Args:
        rng: gives the same answers for the same cases.
        ids: makes an id for a moment.
    """
    held: list[tuple[uuid.UUID, dt.date]] = [
        (row[0], row[1])
        for row in session.execute(
            sa.select(CasePosition.case_id, CasePosition.held_on)
            .where(CasePosition.tenant_id == session.tenant, CasePosition.held_on.is_not(None))
            .order_by(CasePosition.case_id)
        )
        if row[1] is not None
    ]
    rows: list[dict[str, Any]] = []
    for case_id, held_on in held:
        for participant, often, weights in ANSWERING:
            answers, rating = rng.random() < often, rng.choices(range(1, 6), weights)[0]
            after, says = rng.randint(1, 21), rng.random() < 0.3
            given_on = held_on + dt.timedelta(days=after)
            if not answers or given_on > today:
                continue
            at = dt.datetime.combine(given_on, dt.time(12), dt.UTC)
            rows.append(
                {
                    "tenant_id": session.tenant,
                    "id": ids(at),
                    "case_id": case_id,
                    "participant": participant.value,
                    "given_on": given_on,
                    "rating": rating,
                    "comment": WORDS[rating] if says else None,
                    "may_quote": says and rating >= 4,
                    "recorded_at": at,
                    "recorded_by": None,
                }
            )
    with listeners.batch(session) as written:
        copy_rows(session, Evaluation, rows)
        written(sorted({row["case_id"] for row in rows}))
    return len(rows)


# A complaint for about so many meetings held.
MEETINGS_A_COMPLAINT = 35
COMPLAINTS: dict[About, str] = {
    About.DELAY: "We were told three weeks and it took seven. Nobody rang us.",
    About.COMMUNICATION: "The link for the meeting came on the morning itself.",
    About.CONDUCT: "The mediator cut us short twice while we explained.",
    About.NEUTRALITY: "It felt as if the authority's view was taken for granted.",
    About.ACCESS: "We had asked for an interpreter and none was there.",
    About.DATA_PROTECTION: "A letter about our child went to our old address.",
}
ANSWERS: dict[Ending, str] = {
    Ending.UPHELD: "We were wrong and have said so. The way we do this has changed.",
    Ending.PARTLY_UPHELD: "Part of this was our fault, and we have apologised for it.",
    Ending.NOT_UPHELD: "We looked at the record and spoke to everyone. We found no fault.",
    Ending.WITHDRAWN: "They told us that the matter is settled.",
}


def seed_complaints(
    session: ScopedSession,
    rng: random.Random,
    *,
    today: dt.date,
    ids: Callable[[dt.datetime], uuid.UUID],
) -> int:
    """Complaints about some of the meetings that the session's tenant has held; how many.

    Most are acknowledged and answered in time, a few late, the newest wait.
    """
    held: list[tuple[uuid.UUID, dt.date]] = [
        (row[0], row[1])
        for row in session.execute(
            sa.select(CasePosition.case_id, CasePosition.held_on)
            .where(CasePosition.tenant_id == session.tenant, CasePosition.held_on <= today)
            .order_by(CasePosition.held_on, CasePosition.case_id)
        )
        if row[1] is not None
    ]
    rows: list[dict[str, Any]] = []
    for case_id, held_on in held:
        complains, after = rng.random() < 1 / MEETINGS_A_COMPLAINT, rng.randint(1, 20)
        about = rng.choice(list(COMPLAINTS))
        ending = rng.choices(list(Ending), (25, 25, 40, 10))[0]
        days = rng.choice((1, 1, 2, 3, 4, 7)), rng.choice((8, 12, 15, 18, 20, 26))
        received = held_on + dt.timedelta(days=after)
        if not complains or received > today:
            continue
        acknowledged, answered = (add_working_days(received, one) for one in days)
        at = dt.datetime.combine(received, dt.time(12), dt.UTC)
        rows.append(
            {
                "tenant_id": session.tenant,
                "id": ids(at),
                "case_id": case_id,
                "received_on": received,
                "from_whom": rng.choices(
                    (Participant.PARENT, Participant.YOUNG_PERSON, Participant.SCHOOL), (85, 5, 10)
                )[0].value,
                "about": about.value,
                "words": COMPLAINTS[about],
                "acknowledged_on": acknowledged if acknowledged <= today else None,
                "answered_on": answered if answered <= today else None,
                "ending": ending.value if answered <= today else None,
                "answer": ANSWERS[ending] if answered <= today else None,
                "recorded_at": at,
                "recorded_by": None,
            }
        )
    copy_rows(session, Complaint, rows)
    return len(rows)
