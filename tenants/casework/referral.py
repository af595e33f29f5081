"""What a referral says, and the rules it must meet. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from saas.database.base import new_id
from saas.documents.pdf import prints
from tenants.casework.kinds import FactKind, Route, Service, Side
from tenants.casework.record import Fact, RuleBroken
from tenants.law.rights import last_day_of_right, own_right_from

NewId = Callable[[], uuid.UUID]
TOO_OLD = (
    "The service is for children and young people up to the age of 25: under 25, or until"
    " the 26th birthday while the authority maintains the plan"
)
NOT_PRINTED = (
    "This holds a character that no certificate can print, such as a picture: leave it out, or"
    " write the name in other letters"
)


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
    # Of a young person (over compulsory school age): 'own' when they decide for themselves,
    # 'represented' when somebody decides for them because they lack capacity (SEND Regs 2014
    # reg 64).
    capacity: str = ""
    plan_maintained_until: dt.date | None = None
    parties: tuple[NewParty, ...] = field(default_factory=tuple)
    external_reference: str | None = None
    coordinator_id: uuid.UUID | None = None


def check_referral(referral: NewReferral, *, today: dt.date) -> None:
    """Refuse a referral that cannot be so.

    Raises:
        RuleBroken: naming the field.
    """
    for name, text in (
        ("given_name", referral.given_name),
        ("family_name", referral.family_name),
        *(("contact_name", party.name) for party in referral.parties),
    ):
        if not prints(text):
            raise RuleBroken(name, NOT_PRINTED)
    if referral.opened_on > today:
        raise RuleBroken("opened_on", "The referral must be today or in the past")
    if referral.date_of_birth >= referral.opened_on:
        raise RuleBroken("date_of_birth", "The date of birth must be before the referral")
    born, until = referral.date_of_birth, referral.plan_maintained_until
    if referral.opened_on > last_day_of_right(born, dt.date.max):
        raise RuleBroken("date_of_birth", TOO_OLD)
    if referral.opened_on > last_day_of_right(born, until):
        raise RuleBroken(
            "plan_maintained_until",
            "At 25 this goes on only while the authority maintains the plan: enter until when",
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
    own_from = own_right_from(referral.date_of_birth)
    if referral.route is Route.YOUNG_PERSON and referral.opened_on < own_from:
        raise RuleBroken(
            "route",
            "A young person refers in their own right after compulsory school age: from"
            f" {own_from:%A} {own_from.day} {own_from:%B %Y}. Until then a parent does",
        )


def opening_facts(referral: NewReferral, *, ids: NewId = new_id) -> list[Fact]:
    """The facts that a referral brings with it."""
    facts = []
    if referral.notice_sent:
        facts.append(Fact(ids(), FactKind.NOTICE_SENT, referral.notice_sent))
    if referral.permission_on or referral.capacity:
        how = {"by": referral.permission_by, "how": referral.permission_how}
        if referral.capacity:
            how["capacity"] = referral.capacity
        given_on = referral.permission_on or referral.opened_on
        facts.append(Fact(ids(), FactKind.PERMISSION_GIVEN, given_on, detail=how))
    return facts
