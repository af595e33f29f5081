"""The stories beside an authority's own mediations: resolution, facilitation, health alone."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

from saas.demo import meetings
from saas.demo.days import some_days_after, some_days_before, working_days_later
from saas.demo.names import family_name, given_name
from saas.demo.stories import Teller
from saas.demo.words import FACILITATED, PROVIDER_NOTES
from tenants.casework.kinds import HEALTH_ONLY, Choice, FactKind, Outcome, Service
from tenants.imports.bulk.acts import NewCase
from tenants.law.notice import notice_given


def disagreement_resolution(teller: Teller, opened_on: dt.date) -> NewCase | None:
    """Both sides must agree to it before it goes on; now and then one does not."""
    rng, telling = teller.rng, teller.begin()
    telling.fact(FactKind.CONTACT_MADE, opened_on, way="telephone")
    asked = working_days_later(rng, opened_on, 0, 3)
    telling.fact(FactKind.CONSENT_GIVEN, asked, "family")
    answered = some_days_after(rng, asked, 3, 16)
    if teller.likely(0.2):
        telling.fact(FactKind.CONSENT_REFUSED, answered, "authority")
        telling.fact(FactKind.CLOSED, working_days_later(rng, answered, 1, 4))
        return teller.finish_beside(telling, opened_on, Service.DISAGREEMENT_RESOLUTION)
    telling.fact(FactKind.CONSENT_GIVEN, answered, "authority")
    meetings.appoint(telling, working_days_later(rng, answered, 1, 4))
    fixed = working_days_later(rng, answered, 4, 8)
    held = some_days_after(rng, fixed, 8, 25)
    meetings.fix(telling, fixed, held, answered)
    telling.fact(
        FactKind.MEETING_HELD,
        held,
        who=telling.mediator,
        way=rng.choice(("video", "in person")),
        authority_attended=True,
        authority_could_decide=rng.random() < 0.9,
    )
    outcome = rng.choices(list(Outcome), (60, 28, 12))[0]
    telling.fact(FactKind.CONCLUDED, held, outcome.value, who=telling.mediator)
    telling.fact(FactKind.CLOSED, working_days_later(rng, held, 2, 10))
    return teller.finish_beside(telling, opened_on, Service.DISAGREEMENT_RESOLUTION)


def health_alone(teller: Teller, chosen_on: dt.date) -> NewCase | None:
    """Only health is in dispute: the ICB arranges the mediation and takes part in it."""
    rng, telling = teller.rng, teller.begin()
    opened, notice = teller.until_choice(telling, chosen_on, Choice.MEDIATE)
    telling.fact(FactKind.FAMILY_INFORMED_AUTHORITY, chosen_on)
    telling.fact(FactKind.HEALTH_TOLD_AUTHORITY, chosen_on, HEALTH_ONLY)
    told = working_days_later(rng, chosen_on, 1, 3)
    telling.fact(FactKind.AUTHORITY_TOLD_ICB, told)
    meetings.appoint(telling, working_days_later(rng, told, 1, 2))
    offered = working_days_later(rng, told, 2, 3)
    held = some_days_after(rng, offered, 12, 18)
    offer = {"id": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "time": "10:00"}
    telling.fact(FactKind.DATES_OFFERED, offered, offers=[{**offer, "on": held.isoformat()}])
    for side in ("health", "family"):
        answered = working_days_later(rng, offered, 1, 2)
        telling.fact(FactKind.DATES_ANSWERED, answered, side, can=[offer["id"]], cannot=[])
    fixed = working_days_later(rng, offered, 2, 3)
    telling.fact(
        FactKind.MEETING_FIXED,
        fixed,
        meeting_on=held.isoformat(),
        time="10:00",
        place="",
        video_link="https://video.example/room",
        notice_days=notice_given(fixed, held),
    )
    telling.fact(
        FactKind.REPRESENTATIVE_NAMED,
        fixed,
        name=f"Dr {given_name(rng)} {family_name(rng)}",
        role="Designated clinical officer",
        may_decide=True,
    )
    telling.fact(
        FactKind.MEETING_HELD,
        held,
        who=telling.mediator,
        health_attended=True,
        health_could_decide=True,
        voice_heard=True,
        further=False,
    )
    case = teller.finish_case(telling, opened, notice, "CONTENT", health=True)
    if case is None:
        return None
    # Sections C and G of a plan: health needs and health provision.
    return replace(case, referral=replace(case.referral, sections="CG", social_care_issue=False))


def facilitation(teller: Teller, held_on: dt.date) -> NewCase | None:
    """An independent facilitator chairs a review or a discussion of a plan."""
    rng, telling = teller.rng, teller.begin()
    fixed = some_days_before(rng, held_on, 8, 21)
    agreed = some_days_before(rng, fixed, 1, 6)
    opened = some_days_before(rng, agreed, 0, 5)
    telling.fact(FactKind.CONTACT_MADE, opened, way="e-mail")
    telling.fact(FactKind.CONSENT_GIVEN, agreed, "family")
    meetings.appoint(telling, fixed, "facilitator")
    kind = rng.choice(FACILITATED)
    telling.fact(FactKind.MEETING_FIXED, fixed, meeting_on=held_on.isoformat(), meeting=kind)
    telling.fact(
        FactKind.MEETING_HELD,
        held_on,
        who=telling.mediator,
        way=rng.choice(("video", "in person")),
        authority_attended=rng.random() < 0.95,
    )
    telling.fact(FactKind.CONCLUDED, held_on, who=telling.mediator)
    if teller.likely(0.2):
        telling.note(held_on, rng.choice(PROVIDER_NOTES), shared=False)
    telling.fact(FactKind.CLOSED, working_days_later(rng, held_on, 1, 8))
    return teller.finish_beside(telling, opened, Service.FACILITATION)
