"""Invented families who came by the front door, calls that they chose, and advisers' hours."""

from __future__ import annotations

import datetime as dt
import random
import uuid

import sqlalchemy as sa

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.demo.days import ONE_DAY, worked_after
from saas.demo.names import drama_number, family_name, given_name, parent_of
from saas.demo.people import provider_staff
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.today import LONDON
from tenants.call_backs.actions import add_absence, add_hours, book_call
from tenants.call_backs.models import AdviserHours
from tenants.call_backs.queries import offered
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty
from tenants.casework.row_columns import Actor
from tenants.referring.answers import Answers, Fields
from tenants.referring.drafts import Draft
from tenants.referring.handing_in import Sent, hand_in
from tenants.referring.kinds import CameBy
from tenants.referring.models import FrontReferral

CAME = 4
WORDS = (
    "They say that school can give her all the help she needs. It has tried for two years.",
    "The plan says 10 hours of speech and language therapy. He has had none since September.",
    "They want to end the plan because he is at college now. He still needs it.",
    "The letter says there is not enough evidence. Nobody has looked at the reports.",
)
SAFE = ("after 4pm", "before 3pm, please", "", "by text message first")


def seed_hours(today: dt.date) -> None:
    """Let those who advise be called upon, if nobody can be yet; one of them is away for a week."""
    advise = [
        one
        for one in provider_staff()
        if one.role in (ProviderRole.ADVISER, ProviderRole.COORDINATOR)
    ]
    with scoped(Scope.panel(None)) as session:
        if session.scalar(sa.select(AdviserHours.id).limit(1)) is not None:
            return
        for number, staff in enumerate(advise):
            for weekday in range(5):
                if (weekday + number) % 3:
                    start = 9 + (number + weekday) % 3
                    add_hours(session, staff.id, weekday, dt.time(start), dt.time(start + 3), 4)
        add_absence(session, advise[-1].id, today + 5 * ONE_DAY, today + 12 * ONE_DAY)


def seed_front_door(tenancy: Tenancy, today: dt.date) -> None:
    """Families of the last days, most of them in the intake and one held, if none came yet."""
    seed_hours(today)
    with scoped(Scope.provider(tenancy.id, None)) as session:
        if session.scalar(sa.select(FrontReferral.id).limit(1)) is not None:
            return
    rng = random.Random(f"who came to the front door of {tenancy.slug} {today.isoformat()}")
    at = dt.datetime.combine(today, dt.time(9, 40), LONDON).astimezone(dt.UTC)
    for number in range(CAME):
        _refer(rng, tenancy, at + number * dt.timedelta(minutes=47), number)
    _call_about_the_first(tenancy, at)


def _refer(rng: random.Random, tenancy: Tenancy, at: dt.datetime, number: int) -> None:
    """One family's form, sent; the last is filled in faster than a person types."""
    odd = number == CAME - 1
    today = at.astimezone(LONDON).date()
    draft = Draft(
        new_id(),
        _told(rng, number, today),
        started_at=at - dt.timedelta(seconds=4 if odd else 540),
        kept_until=at,
    )
    answers = Answers(CameBy.FRONT_DOOR, today, draft.answers)
    with scoped(Scope.public()) as session:
        sent = Sent(CameBy.FRONT_DOOR, tenancy.id, at, source_key=f"a demonstration {number}")
        hand_in(session, draft, answers, sent)


def _told(rng: random.Random, number: int, today: dt.date) -> dict[str, Fields]:
    family = family_name(rng)
    parent = parent_of(rng, family)
    born = today - dt.timedelta(days=365 * (7 + number) + rng.randint(0, 300))
    letter = today - dt.timedelta(days=rng.randint(6, 20))
    told: dict[str, Fields] = {
        "who": [("who", "parent")],
        "where": [("postcode", ""), ("council", "")],
        "council": [("right", "yes")],
        "child": [
            ("given_name", given_name(rng)),
            ("family_name", family),
            *_day("date_of_birth", born),
        ],
        "decision": [
            ("decision", ("RTA", "CONTENT", "RTRA", "RTA")[number]),
            *_day("notice_sent", letter),
            ("certificate", "no"),
        ],
        "about": [("about", WORDS[number]), ("sections", "F")],
        "contact": [
            ("contact_name", parent.name),
            ("contact_relation", parent.relation),
            ("contact_telephone", parent.telephone or drama_number(rng)),
        ],
        "needs": [("safe_times", SAFE[number]), ("messages", "no" if number == 1 else "yes")],
        "call": [("day", "any")],
    }
    return told


def _day(name: str, day: dt.date) -> Fields:
    return [(f"{name}-{part}", str(getattr(day, part))) for part in ("day", "month", "year")]


def _call_about_the_first(tenancy: Tenancy, at: dt.datetime) -> None:
    """Calls for those who came, on the next days on which somebody is free."""
    by = Actor(None, "The public form", at)
    wanted = worked_after(at.date() + ONE_DAY)
    with scoped(Scope.provider(tenancy.id, None)) as session:
        parties: list[tuple[uuid.UUID, uuid.UUID]] = [
            (row.case_id, row.id)
            for row in session.execute(
                sa.select(CaseParty.case_id, CaseParty.id)
                .join(
                    FrontReferral,
                    sa.and_(
                        FrontReferral.tenant_id == CaseParty.tenant_id,
                        FrontReferral.case_id == CaseParty.case_id,
                    ),
                )
                .where(CaseParty.tenant_id == tenancy.id, CaseParty.side == Side.FAMILY.value)
                .order_by(CaseParty.id)
            )
        ]
        free = [
            time for time in offered(session, now=at) if time.astimezone(LONDON).date() >= wanted
        ]
        for number, (case_id, party_id) in enumerate(parties):
            book_call(session, case_id, party_id, free[number * 3], by=by)
