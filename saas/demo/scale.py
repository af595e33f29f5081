"""A great many cases over every authority of England, to measure the service with.

The stories and the rules are those of the demonstration; the numbers follow nothing.
"""

from __future__ import annotations

import datetime as dt
import random
import string
from collections.abc import Iterator
from itertools import product

import sqlalchemy as sa

from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.demo.ids import MadeIds
from saas.demo.load import (
    EARLIEST_TODAY,
    PROVIDER,
    DemoRefusedError,
    Place,
    cast_of,
    find_places,
    morning,
    subscribe,
)
from saas.demo.people import DAY_ONE
from saas.demo.stories import Teller
from saas.reference.models import EducationAuthority
from saas.reference.progress import ReportsProgress
from tenants.casework.bulk.acts import NewCase
from tenants.casework.bulk.build import House, build_cases
from tenants.casework.bulk.write import write_cases
from tenants.casework.rows import Actor
from tenants.subscribers.models import Subscriber

YEARS = 10
# What becomes of a hundred referrals.
_FATES = ("mediation", "declined", "fell_through", "thinking", "unreached")
_SHARES = (36, 50, 4, 5, 5)
_CODES = ("RTA", "RTA", "RTA", "RTA", "RTI", "CONTENT", "PLACEMENT", "RTAM", "CEASE")


def seed_scale(settings: Settings, cases: int, today: dt.date, say: ReportsProgress) -> int:
    """Add so many cases, spread evenly over every authority and ten years; how many were added.

    Authorities that do not subscribe yet do afterwards. Each is one transaction.

    Raises:
        DemoRefusedError: in production, or without the reference data.
    """
    if settings.is_production:
        raise DemoRefusedError("This is production: invented families have no place here.")
    if today < EARLIEST_TODAY:
        raise DemoRefusedError(f"Give a day from {EARLIEST_TODAY} on.")
    with scoped(Scope.public()) as session:
        slugs = list(
            session.scalars(
                sa.select(EducationAuthority.slug)
                .where(EducationAuthority.valid_to.is_(None))
                .order_by(EducationAuthority.slug)
            )
        )
    with scoped(Scope.all_cases(None)) as session:
        prefixes = {
            row[0]: row[1]
            for row in session.execute(sa.select(Subscriber.slug, Subscriber.reference_prefix))
        }
    free = _free_prefixes(set(prefixes.values()))
    prefixes |= {slug: next(free) for slug in slugs if slug not in prefixes}
    places = find_places({slug: prefixes[slug] for slug in slugs})
    written = 0
    for place, share in zip(places, _shares(cases, len(places)), strict=True):
        say("Telling many cases", written, cases)
        if share:
            written += _fill(place, prefixes[place.slug], share, today)
    return written


def _shares(cases: int, places: int) -> list[int]:
    each, left = divmod(cases, places)
    return [each + (number < left) for number in range(places)]


def _free_prefixes(taken: set[str]) -> Iterator[str]:
    return (
        "".join(letters)
        for letters in product(string.ascii_uppercase, repeat=3)
        if "".join(letters) not in taken
    )


def _fill(place: Place, prefix: str, cases: int, today: dt.date) -> int:
    with scoped(Scope.public()) as session:
        known = session.scalar(sa.select(Subscriber.id).where(Subscriber.slug == place.slug))
    rng = random.Random(f"many of {place.slug} {today.isoformat()} {known}")
    ids = MadeIds(rng)
    house = House(known or ids(DAY_ONE), prefix, place.name, "earlier")
    told = list(_stories(Teller(rng, cast_of(place), today), cases))
    built = build_cases(told, house, today=today, ids=ids)
    with scoped(Scope.provider(house.tenant_id, None)) as session:
        if known is None:
            subscribe(session, house, place)
        write_cases(
            session,
            built,
            house,
            provider=PROVIDER,
            by=Actor(None, "The demonstration", morning(today)),
            ids=ids,
        )
    return len(built)


def _stories(teller: Teller, cases: int) -> Iterator[NewCase]:
    """So many cases with their turning point on any day of ten years; the latest are open."""
    rng = teller.rng
    told = 0
    while told < cases:
        day = teller.today + dt.timedelta(days=rng.randint(-365 * YEARS, 20))
        decision = rng.choice(_CODES)
        fate = rng.choices(_FATES, _SHARES)[0]
        if fate == "mediation":
            case = teller.mediation(day, decision, appeal=rng.random() < 0.18)
        else:
            case = getattr(teller, fate)(day, decision)
        if case is not None:
            told += 1
            yield case
