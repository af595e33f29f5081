"""How the demonstration's meetings are arranged: mediator, dates offered, answers, representative.

Told in full for the last year; what is older keeps the bare dates, so that seeding stays quick.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from saas.demo.days import ONE_DAY, worked_after, worked_before
from saas.demo.names import family_name, given_name
from saas.demo.telling import Telling
from tenants.casework.kinds import FactKind, Outcome
from tenants.law.notice import cancelled_late, is_short_notice, notice_given

TOLD_IN_FULL = 365 * ONE_DAY
TIMES = ("09:30", "10:00", "11:00", "13:30", "14:00")
PLACES = (
    "A room at the central library, step-free",
    "The community centre, first floor, with a lift",
    "A meeting room at the family hub",
)
ROLES = ("SEN team manager", "Head of SEN", "Principal SEN officer", "Assistant director")
# As the setting's default has it.
LATE_WORKING_DAYS = 2
HEARD = (
    "They spoke with the mediator beforehand",
    "In writing, a drawing or a recording",
    "Through the family",
    "The child or young person came to the meeting",
)


def appoint(telling: Telling, on: dt.date, part: str = "mediator") -> None:
    who = telling.mediator
    telling.fact(FactKind.MEDIATOR_APPOINTED, on, part, person_id=str(who.id), name=who.name)


def offer(telling: Telling, on: dt.date, meeting_on: dt.date, after: dt.date) -> str:
    """Dates offered before one of them is fixed, and what each side answers; the time fixed."""
    rng = telling.rng
    time = rng.choice(TIMES)
    offered = max(after, worked_before(on - rng.randint(2, 5) * ONE_DAY))
    if offered >= on:
        return time
    days = [(meeting_on, time)]
    for _ in range(2):
        other = worked_after(meeting_on + rng.randint(-3, 6) * ONE_DAY)
        if other > offered and other not in [day for day, _ in days]:
            days.append((other, rng.choice(TIMES)))
    # Drawn from the story's own generator, so that two seedings of a day are equal.
    ids = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in days]
    listed = sorted(zip(ids, days, strict=True), key=lambda one: one[1])
    telling.fact(
        FactKind.DATES_OFFERED,
        offered,
        offers=[{"id": i, "on": day.isoformat(), "time": at} for i, (day, at) in listed],
    )
    for side in ("family", "authority"):
        can = [i for i in ids if i == ids[0] or rng.random() < 0.4]
        answered = min(on, worked_after(offered + rng.randint(0, 2) * ONE_DAY))
        telling.fact(
            FactKind.DATES_ANSWERED,
            answered,
            side,
            can=can,
            cannot=[i for i in ids if i not in can],
        )
    return time


def fix(telling: Telling, on: dt.date, meeting_on: dt.date, after: dt.date) -> None:
    """A date fixed, and for the last year how it came to it and who comes for the authority."""
    if telling.today - meeting_on > TOLD_IN_FULL:
        telling.fact(FactKind.MEETING_FIXED, on, meeting_on=meeting_on.isoformat())
        return
    rng = telling.rng
    time = offer(telling, on, meeting_on, after)
    where: dict[str, Any] = (
        {"place": rng.choice(PLACES), "video_link": ""}
        if rng.random() < 0.4
        else {"place": "", "video_link": "https://video.example/room"}
    )
    short: dict[str, Any] = {"consented_by": "A parent"} if is_short_notice(on, meeting_on) else {}
    telling.fact(
        FactKind.MEETING_FIXED,
        on,
        meeting_on=meeting_on.isoformat(),
        time=time,
        notice_days=notice_given(on, meeting_on),
        **where,
        **short,
    )
    if rng.random() < 0.93:
        named = min(worked_after(on + rng.randint(1, 6) * ONE_DAY), meeting_on)
        telling.fact(
            FactKind.REPRESENTATIVE_NAMED,
            max(on, named),
            name=f"{given_name(rng)} {family_name(rng)}",
            role=rng.choice(ROLES),
            may_decide=True,
        )
    if rng.random() < 0.4:
        telling.fact(
            FactKind.CHILD_HEARD,
            max(on, worked_before(meeting_on - rng.randint(0, 4) * ONE_DAY)),
            who=telling.mediator,
            how=rng.choice(HEARD),
        )


def cancel(telling: Telling, on: dt.date, meeting_on: dt.date, by: str) -> None:
    hours = max(1, (meeting_on - on).days * 24 - telling.rng.randint(0, 5))
    telling.fact(
        FactKind.MEETING_CANCELLED,
        on,
        by,
        by=by,
        late=cancelled_late(on, meeting_on, late_working_days=LATE_WORKING_DAYS),
        notice_hours=hours,
        meeting_on=meeting_on.isoformat(),
        why="Somebody who had to come could not.",
    )


def result_of(telling: Telling, outcome: Outcome, decision: str) -> str:
    """What an outcome came to, in the word that is kept."""
    if outcome is Outcome.NONE:
        return "decision_stands"
    if decision == "RTA" and outcome is Outcome.FULL:
        return "agreed_to_assess"
    return telling.rng.choice(("back_to_panel", "other_steps"))
