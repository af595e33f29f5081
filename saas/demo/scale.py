"""A great many cases over every authority of England, to measure the service with.

The stories, the rules and the way into the tables are those of the demonstration; the numbers
follow nothing.
"""

from __future__ import annotations

import datetime as dt
import gc
import multiprocessing
import os
import random
import string
import uuid
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product

import sqlalchemy as sa
from psycopg import sql

from saas.config import Settings
from saas.database.connections import owner_connection
from saas.database.scope import Scope, scoped
from saas.demo.ids import MadeIds, morning
from saas.demo.load import (
    EARLIEST_TODAY,
    PROVIDER,
    Place,
    cast_of,
    find_places,
    subscribe,
)
from saas.demo.parts import DemoRefusedError
from saas.demo.people import DAY_ONE
from saas.demo.stories import Teller
from saas.reference.models import EducationAuthority
from saas.reference.progress import ReportsProgress
from saas.service import build_service
from tenants.casework.models import SenCase
from tenants.casework.row_columns import Actor
from tenants.imports.bulk.acts import NewCase
from tenants.imports.bulk.build import House, build_cases
from tenants.imports.bulk.write import write_cases
from tenants.subscribers.models import Subscriber

YEARS = 10
# A million takes about 9 GB of disk, and no provider sees five in its time.
MOST_CASES = 5_000_000
# An authority's cases are in memory by so many: about 25 kB each.
AT_ONCE = 5_000
# To start a process takes as long as to tell some thousand cases.
WORTH_MORE_PROCESSES = 5_000
READ_BY_PAGES = ("sen_case", "case_position", "agreed_step", "measured_case", "month_tally")
READ_BY_CASE = ("subscriber", "child", "case_party", "case_fact", "case_note", "certificate")
# What becomes of a hundred referrals.
_FATES = ("mediation", "declined", "fell_through", "thinking", "unreached")
_SHARES = (36, 50, 4, 5, 5)
_CODES = ("RTA", "RTA", "RTA", "RTA", "RTI", "CONTENT", "PLACEMENT", "RTAM", "CEASE")


@dataclass(frozen=True)
class Part:
    """One authority's part: how many cases, and the tenant, if it subscribes already."""

    place: Place
    prefix: str
    tenant_id: uuid.UUID | None
    cases: int
    today: dt.date


def seed_scale(
    settings: Settings,
    cases: int,
    today: dt.date,
    say: ReportsProgress,
    *,
    slugs: Collection[str] = (),
    processes: int | None = None,
) -> int:
    """Add so many cases, spread evenly over authorities and ten years; how many were added.

    Authorities that do not subscribe yet do afterwards. Each is one transaction. The same cases
    come of the same day and the same cases before, however many processes make them.

    Args:
        slugs: the authorities; every one of England's when left out.
        processes: how many make cases beside each other; as many as there are processors when
            left out, and this one alone for few cases.

    Raises:
        DemoRefusedError: in production, without the reference data, or for a number of cases
            below 1 or above MOST_CASES.
    """
    if settings.is_production:
        raise DemoRefusedError("This is production: invented families have no place here.")
    if not 1 <= cases <= MOST_CASES:
        raise DemoRefusedError(f"Give a number of cases from 1 to {MOST_CASES:,}, not {cases:,}.")
    if today < EARLIEST_TODAY:
        raise DemoRefusedError(f"Give a day from {EARLIEST_TODAY} on.")
    written = 0
    for added in _filled(settings, _parts(cases, today, slugs), processes):
        written += added
        say("Telling many cases", written, cases)
    say("Counting for the planner", cases, cases)
    _settle(settings)
    return written


def _parts(cases: int, today: dt.date, only: Collection[str]) -> list[Part]:
    with scoped(Scope.public()) as session:
        slugs = [
            slug
            for slug in session.scalars(
                sa.select(EducationAuthority.slug)
                .where(EducationAuthority.valid_to.is_(None))
                .order_by(EducationAuthority.slug)
            )
            if not only or slug in only
        ]
    with scoped(Scope.all_cases(None)) as session:
        known = {
            row[0]: (row[1], row[2])
            for row in session.execute(
                sa.select(Subscriber.slug, Subscriber.id, Subscriber.reference_prefix)
            )
        }
    free = _free_prefixes({prefix for _, prefix in known.values()})
    prefixes = {slug: known[slug][1] if slug in known else next(free) for slug in slugs}
    places = find_places(prefixes)
    if not places:
        raise DemoRefusedError(
            "The reference data is not loaded: run `flask --app saas.app reference load` first."
        )
    return [
        Part(place, prefixes[place.slug], known.get(place.slug, (None,))[0], share, today)
        for place, share in zip(places, _shares(cases, len(places)), strict=True)
        if share
    ]


def _filled(settings: Settings, parts: Sequence[Part], processes: int | None) -> Iterator[int]:
    """How many cases were added, as each authority is done."""
    few = sum(part.cases for part in parts) < WORTH_MORE_PROCESSES
    number = min(processes or (1 if few else os.cpu_count() or 1), len(parts))
    if number == 1:
        yield from map(_fill, parts)
        return
    # Begun afresh, never forked: a fork would share this process's open connections, and two
    # that talk on one of them wait for each other for ever.
    pool = ProcessPoolExecutor(
        number,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin_process,
        initargs=(settings,),
    )
    try:
        for done in as_completed([pool.submit(_fill, part) for part in parts]):
            yield done.result()
    except BrokenProcessPool:
        raise DemoRefusedError(
            "A process that made cases was ended from outside, perhaps for want of memory."
            " The authorities that were done are there; run it again for the others."
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _begin_process(settings: Settings) -> None:
    build_service(settings).app_context().push()


def _shares(cases: int, places: int) -> list[int]:
    each, left = divmod(cases, places)
    return [each + (number < left) for number in range(places)]


def _free_prefixes(taken: set[str]) -> Iterator[str]:
    return (
        "".join(letters)
        for letters in product(string.ascii_uppercase, repeat=3)
        if "".join(letters) not in taken
    )


def _fill(part: Part) -> int:
    """The cases of one authority, in one transaction."""
    place, before = part.place, 0
    house: House | None = None
    if part.tenant_id is not None:
        with scoped(Scope.provider(part.tenant_id, None)) as session:
            house = House.of(session)
            before = session.scalar(sa.select(sa.func.count()).select_from(SenCase)) or 0
    rng = random.Random(f"many of {place.slug} {part.today.isoformat()} after {before}")
    ids = MadeIds(rng)
    is_new = house is None
    house = house or House(ids(DAY_ONE), part.prefix, place.name, "earlier")
    teller = Teller(rng, cast_of(place), part.today, told=before)
    left = part.cases
    with _uncollected(), scoped(Scope.provider(house.tenant_id, None)) as session:
        if is_new:
            subscribe(session, house, place)
        while left:
            told = list(_stories(teller, min(left, AT_ONCE)))
            write_cases(
                session,
                build_cases(told, house, today=part.today, ids=ids),
                house,
                provider=PROVIDER,
                by=Actor(None, "The demonstration", morning(part.today)),
                ids=ids,
                at_once=AT_ONCE,
            )
            left -= len(told)
    return part.cases


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without searches for unreachable cycles: the rows of thousands of cases have none, and to
    look through them all, time and again, takes a quarter of the whole."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _settle(settings: Settings) -> None:
    """What autovacuum would find out by and by: how the tables look that the pages read."""
    with owner_connection(settings) as connection:
        # Outside a transaction, as VACUUM must be.
        connection.autocommit = True
        for table in READ_BY_PAGES:
            connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))
        for table in READ_BY_CASE:
            connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


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
