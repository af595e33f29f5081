"""How many stories of each kind an authority has, and on which days.

Of each finished year that the DfE published, the mediations held by stage and those of them that
were followed by an appeal are the DfE's own. What it did not count is in proportion to them.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from saas.demo.days import ONE_DAY, worked_after, worked_before, working_days_of
from saas.demo.stories import Teller
from saas.demo.stories_beside import disagreement_resolution, facilitation, health_alone
from saas.demo.telling import Cast
from saas.reference.queries import STAGES, PlaceFigures, Stage
from tenants.imports.bulk.acts import NewCase

FIRST_YEAR = 2023
PUBLISHED_YEARS = (2023, 2024)

# A national study: 42% of families with a choice recorded choose mediation.
CHOOSE_MEDIATION = 0.42
# Of those who choose it, some settle, change their mind or get no date.
FALL_THROUGH = 0.11
GROWTH_A_YEAR = 1.07
DECISIONS: Mapping[Stage, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "request": (("RTA",), (1,)),
    "assessment": (("RTI",), (1,)),
    "other": (("CONTENT", "PLACEMENT", "RTAM", "CEASE", "RTRA"), (45, 24, 12, 14, 5)),
}
# Fewer meetings in the school holidays.
MONTHS = {4: 0.8, 8: 0.4, 12: 0.7}


@dataclass(frozen=True)
class Counts:
    """Mediations held at a stage in a year, and those of them followed by an appeal."""

    held: int
    appeals: int


YearCounts = Mapping[Stage, Counts]


@dataclass(frozen=True)
class Caseload:
    """An authority's cases in the order of their referrals, and the years that are invented."""

    cases: list[NewCase]
    invented_years: tuple[int, ...]


def published(figures: PlaceFigures | None) -> YearCounts | None:
    """What the DfE counted; None where it has a gap, or a zero that may be one."""
    if figures is None or not figures.is_complete or not figures.mediations_held:
        return None
    counts: dict[Stage, Counts] = {}
    for stage, of_stage in figures.stages.items():
        held, appeals = of_stage.mediations.number, of_stage.followed_by_appeal.number
        if held is None or appeals is None:
            return None
        counts[stage] = Counts(held, appeals)
    return counts


def invented(rng: random.Random) -> YearCounts:
    """A plausible year of an authority that published none."""
    total = rng.randint(18, 46)
    request = round(total * rng.uniform(0.66, 0.8))
    assessment = round((total - request) * rng.uniform(0.4, 0.65))
    return {
        "request": Counts(request, round(request * rng.uniform(0.08, 0.22))),
        "assessment": Counts(assessment, round(assessment * rng.uniform(0.1, 0.25))),
        "other": Counts(total - request - assessment, 1),
    }


def grown(rng: random.Random, year: YearCounts) -> YearCounts:
    """The year after: somewhat more of everything."""
    counts: dict[Stage, Counts] = {}
    for stage, before in year.items():
        held = max(0, round(before.held * GROWTH_A_YEAR * rng.uniform(0.9, 1.15)))
        share = before.appeals / before.held if before.held else 0.0
        counts[stage] = Counts(held, min(held, round(held * share * rng.uniform(0.7, 1.15))))
    return counts


def tell_caseload(
    cast: Cast, figures: Mapping[int, PlaceFigures | None], today: dt.date
) -> Caseload:
    """An authority's cases from FIRST_YEAR to a day: the same for the same arguments.

    Args:
        figures: what the DfE published of the authority, by year.
    """
    rng = random.Random(f"{cast.slug} {today.isoformat()}")
    teller = Teller(rng, cast, today)
    cases: list[NewCase] = []
    invented_years = []
    counts: YearCounts | None = None
    # Meetings of next January are being arranged this autumn.
    for year in range(FIRST_YEAR, today.year + 2):
        if year in PUBLISHED_YEARS:
            counts = published(figures.get(year))
            if counts is None:
                invented_years.append(year)
        else:
            counts = grown(rng, counts) if counts else None
        counts = counts or invented(rng)
        cases += _year(teller, year, counts)
    cases += _desk(teller)
    cases.sort(key=lambda case: (case.referral.opened_on, case.by.at))
    return Caseload(cases, tuple(invented_years))


def _year(teller: Teller, year: int, counts: YearCounts) -> Iterator[NewCase]:
    days = working_days_of(dt.date(year, 1, 3), dt.date(year, 12, 22))
    weights = [MONTHS.get(day.month, 1.0) for day in days]

    def some_days(count: float) -> list[dt.date]:
        return sorted(teller.rng.choices(days, weights, k=round(count)))

    stages = list(STAGES)
    shares = [counts[stage].held + 1 for stage in stages]

    def some_decision() -> str:
        return _decision(teller.rng, teller.rng.choices(stages, shares)[0])

    for stage in stages:
        yield from _held(teller, some_days(counts[stage].held), stage, counts[stage].appeals)
    held = sum(of_stage.held for of_stage in counts.values())
    choosers = held / (1 - FALL_THROUGH)
    decliners = choosers * (1 - CHOOSE_MEDIATION) / CHOOSE_MEDIATION
    for day in some_days(choosers - held):
        yield from _told(teller.fell_through(day, some_decision()))
    for day in some_days(decliners):
        yield from _told(teller.declined(day, some_decision()))
    for day in some_days(held * 0.09):
        yield from _told(teller.thinking(day, some_decision()))
    for day in some_days(held * 0.07):
        yield from _told(teller.unreached(day, some_decision()))
    for day in some_days(1 + held * 0.12):
        yield from _told(facilitation(teller, day))
    for day in some_days(1 + held * 0.06):
        yield from _told(disagreement_resolution(teller, day))


def _desk(teller: Teller) -> Iterator[NewCase]:
    """What lies on the desk today whatever chance brought: a case at every stage, some of them
    late. None has a meeting in a year that is over."""
    today = teller.today

    def ago(days: int) -> dt.date:
        return worked_before(today - days * ONE_DAY)

    def standing(until: dt.date, tell: Callable[[], NewCase | None]) -> Iterator[NewCase]:
        teller.until = until
        yield from _told(tell())
        teller.until = None

    yield from standing(ago(0), lambda: teller.unreached(ago(2), "RTA"))
    yield from standing(ago(1), lambda: teller.declined(ago(1), "RTA"))
    yield from standing(ago(7), lambda: teller.declined(ago(7), "RTI"))
    yield from standing(ago(6), lambda: teller.thinking(ago(6), "CONTENT"))
    yield from standing(ago(0), lambda: disagreement_resolution(teller, ago(3)))
    for days in (1, 12):
        yield from standing(ago(1), partial(facilitation, teller, ago(days)))
    for ahead in (9, 16):
        yield from _told(facilitation(teller, worked_after(today + ahead * ONE_DAY)))
    for ahead, decision in ((6, "RTA"), (17, "CONTENT"), (26, "RTA")):
        held_on = worked_after(today + ahead * ONE_DAY)
        yield from _told(teller.mediation(held_on, decision, appeal=False))
    for held_on in (ago(1), ago(9)):
        if held_on.year == today.year:
            yield from standing(held_on, partial(teller.mediation, held_on, "RTA", appeal=False))
    # The certificate is out, the agreement is being written or signed.
    for held, until in ((6, 2), (8, 4), (13, 8), (15, 10)):
        held_on = ago(held)
        if held_on.year == today.year:
            tell = partial(teller.mediation, held_on, "CONTENT", appeal=False)
            yield from standing(ago(until), tell)
    # The ICB was told, its dates are offered; and one in which it was not told yet.
    yield from standing(ago(0), lambda: health_alone(teller, ago(9)))
    yield from standing(ago(1), lambda: health_alone(teller, ago(1)))


def _held(teller: Teller, days: list[dt.date], stage: Stage, appeals: int) -> Iterator[NewCase]:
    # A family has a month after the certificate, so an appeal after a meeting of this week is
    # rather after one of last month, while there is one.
    settled = [n for n, day in enumerate(days) if (teller.today - day).days > 45]
    pool = settled if len(settled) >= appeals else list(range(len(days)))
    appealed = set(teller.rng.sample(pool, min(appeals, len(pool))))
    for number, day in enumerate(days):
        decision = _decision(teller.rng, stage)
        yield from _told(teller.mediation(day, decision, appeal=number in appealed))


def _decision(rng: random.Random, stage: Stage) -> str:
    codes, weights = DECISIONS[stage]
    return rng.choices(codes, weights)[0]


def _told(case: NewCase | None) -> Iterator[NewCase]:
    if case is not None:
        yield case
