"""Invented children, those who look after them, and how they came to the service."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from saas.demo.days import some_days_before
from saas.demo.names import address_of, drama_number, family_name, given_name, parent_of
from saas.demo.telling import Cast
from saas.demo.words import ADJUSTMENTS, LANGUAGES, PERMISSION_WAYS, WAYS_TO_REACH
from saas.reference.upn import check_letter
from tenants.casework.kinds import Route, Service, Side
from tenants.casework.referral import NewParty, NewReferral
from tenants.law.rights import holds_own_right

# Per cent of plans by primary need, roughly as the DfE's 'Special educational needs in England'.
NEEDS: Mapping[str, float] = {
    "ASD": 33,
    "SEMH": 21,
    "SLCN": 20,
    "MLD": 8,
    "SPLD": 5,
    "SLD": 4,
    "PD": 3,
    "OTH": 2.5,
    "HI": 1.2,
    "VI": 0.8,
    "PMLD": 0.8,
    "DS": 0.5,
    "MSI": 0.2,
}
# The ages at which each decision is mostly made.
AGES: Mapping[str, tuple[int, ...]] = {
    "RTA": (4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 11, 12, 13, 14, 15, 17),
    "RTI": (4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 16),
    "CONTENT": (5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18),
    "PLACEMENT": (4, 4, 10, 10, 10, 11, 11, 13, 15, 16, 18),
    "RTRA": (7, 9, 11, 13, 15, 17),
    "RTAM": (6, 8, 10, 12, 14, 16, 18),
    "CEASE": (16, 17, 18, 18, 19, 20, 21, 23),
}
ROUTES: Mapping[Route, int] = {
    Route.PARENT: 74,
    Route.AUTHORITY: 9,
    Route.SENDIASS: 9,
    Route.SCHOOL: 6,
    Route.OTHER: 2,
}
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "CONTENT": ("BF", "F", "BFI", "B", "CFG"),
    "PLACEMENT": ("I",),
    "RTAM": ("BF", "F", "I"),
}


def refer(
    rng: random.Random,
    cast: Cast,
    coordinator_id: object,
    *,
    service: Service,
    opened_on: dt.date,
    notice: dt.date | None,
    decision: str | None,
    health: bool,
    number: int,
) -> NewReferral:
    """An invented family's referral.

    Args:
        number: how many of the authority's children were made before; it makes the UPN unique.
    """
    family = family_name(rng)
    age = rng.choice(AGES[decision or "CONTENT"])
    born = years_before(opened_on, age) - dt.timedelta(days=rng.randint(1, 360))
    young_person = holds_own_right(born, opened_on) and rng.random() < 0.45
    route = (
        Route.YOUNG_PERSON if young_person else rng.choices(list(ROUTES), list(ROUTES.values()))[0]
    )
    child = given_name(rng)
    permission: dict[str, object] = {}
    if not route.is_family:
        permission = {
            "permission_on": some_days_before(rng, opened_on, 0, 3),
            "permission_by": "the young person" if young_person else "the parent",
            "permission_how": rng.choice(PERMISSION_WAYS),
        }
    return NewReferral(
        service=service,
        route=route,
        opened_on=opened_on,
        given_name=child,
        family_name=family,
        date_of_birth=born,
        upn=_upn(rng, cast, born, number) if rng.random() < 0.93 else None,
        primary_need=rng.choices(list(NEEDS), list(NEEDS.values()))[0],
        decision_type=decision,
        notice_sent=notice,
        authority_reference=f"SEN/{rng.randint(10_000, 99_999)}" if rng.random() < 0.8 else None,
        sections=rng.choice(SECTIONS.get(decision or "", ("",))),
        health_issue=health,
        social_care_issue=rng.random() < 0.06,
        parties=_parties(rng, cast, child, family, young_person=young_person),
        coordinator_id=coordinator_id,  # type: ignore[arg-type]
        **permission,  # type: ignore[arg-type]
    )


def _parties(
    rng: random.Random, cast: Cast, child: str, family: str, *, young_person: bool
) -> tuple[NewParty, ...]:
    parent = parent_of(rng, family)
    name = f"{child} {family}" if young_person else parent.name
    adjustment = rng.choice(ADJUSTMENTS) if rng.random() < 0.15 else None
    language = rng.choice(LANGUAGES) if rng.random() < 0.07 else None
    first = NewParty(
        side=Side.FAMILY,
        name=name,
        relation="Young person" if young_person else parent.relation,
        email=address_of(rng, name) if rng.random() < 0.92 else None,
        telephone=parent.telephone,
        preferred_communication=rng.choice(WAYS_TO_REACH),
        adjustments=adjustment,
        interpreter=language,
    )
    officer = NewParty(
        side=Side.AUTHORITY,
        name=cast.officer,
        relation="SEN officer",
        email=f"officer@{cast.slug}.example",
    )
    parties = [first, officer]
    if not young_person and rng.random() < 0.22:
        other = parent_of(rng, family)
        parties.insert(
            1,
            NewParty(
                side=Side.FAMILY,
                name=other.name,
                relation="Father" if parent.relation == "Mother" else "Mother",
                telephone=drama_number(rng),
            ),
        )
    return tuple(parties)


def _upn(rng: random.Random, cast: Cast, born: dt.date, number: int) -> str:
    """A UPN of the authority's own that no other invented child has."""
    school, serial = divmod(number, 1000)
    # The year in which a child starts school at four or five.
    started = (born.year + 4 + (born.month > 8)) % 100
    twelve = f"{cast.dfe_number}{2000 + school:04d}{started:02d}{serial:03d}"
    return check_letter(twelve) + twelve


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day some years earlier; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
