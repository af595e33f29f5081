"""All boroughs side by side: what managers compare, in a constant number of queries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.identity.models import Person
from saas.reference.models import EducationAuthority
from tenants.casework.kept.models import CasePosition
from tenants.casework.models import SenCase
from tenants.statistics.measures import tallies
from tenants.statistics.measures.breakdowns import BREAKDOWNS, NONE
from tenants.statistics.measures.caseload import Caseload, caseloads
from tenants.statistics.measures.definitions import Share
from tenants.statistics.measures.figures import NOTHING, Figures, figures_of_all
from tenants.statistics.measures.intervals import Interval, Standing, standing, wilson
from tenants.statistics.measures.periods import Period
from tenants.statistics.measures.ratios import Ratio, ratio
from tenants.subscribers.models import Subscriber


@dataclass(frozen=True, slots=True)
class Borough:
    id: uuid.UUID
    slug: str
    name: str
    short: str
    region: str


@dataclass(frozen=True, slots=True)
class BoroughRow:
    """One borough's line; of the totals `borough` is None."""

    borough: Borough | None
    caseload: Caseload
    figures: Figures
    steps_overdue: int = 0

    @property
    def name(self) -> str:
        return self.borough.name if self.borough else "All boroughs"


@dataclass(frozen=True, slots=True)
class LeagueRow:
    """A borough's share with its interval, and whether it differs from all by more than chance."""

    borough: Borough
    ratio: Ratio
    interval: Interval
    standing: Standing


@dataclass(frozen=True, slots=True)
class MediatorRow:
    """What one mediator carries and has done."""

    name: str
    open_cases: int
    counts: tallies.Counted


def all_boroughs(session: ScopedSession, region: str = "") -> list[Borough]:
    """Every authority that subscribes or did, by name; of one region where one is named."""
    query = (
        sa.select(
            Subscriber.id,
            Subscriber.slug,
            Subscriber.name,
            Subscriber.reference_prefix,
            EducationAuthority.region,
        )
        .join(EducationAuthority, EducationAuthority.dfe_number == Subscriber.dfe_number)
        .order_by(Subscriber.name)
    )
    if region:
        query = query.where(EducationAuthority.region == region)
    return [Borough(*row) for row in session.execute(query)]


def borough_rows(
    session: ScopedSession,
    boroughs: Sequence[Borough],
    period: Period,
    *,
    today: dt.date,
    staged: bool = False,
) -> list[BoroughRow]:
    """The line of each borough; with the stages of decisions where they are asked for."""
    loads, overdue = caseloads(session, today=today)
    figures = figures_of_all(session, period, today=today, staged=staged)
    return [
        BoroughRow(
            one, loads.get(one.id, Caseload()), figures.get(one.id, NOTHING), overdue.get(one.id, 0)
        )
        for one in boroughs
    ]


def total_row(rows: Sequence[BoroughRow]) -> BoroughRow:
    """The sums under the lines."""
    counts: dict[str, int] = {}
    for row in rows:
        for key, number in row.figures.counts.items():
            counts[key] = counts.get(key, 0) + number
    return BoroughRow(
        None,
        Caseload(
            sum(row.caseload.open for row in rows),
            sum(row.caseload.overdue for row in rows),
            sum(row.caseload.at_risk for row in rows),
        ),
        Figures(counts),
        sum(row.steps_overdue for row in rows),
    )


def league(rows: Sequence[BoroughRow], share: Share) -> tuple[Ratio, list[LeagueRow]]:
    """The share of all, and each borough's with its interval, the highest first.

    A borough without cases has no share and no line.
    """
    whole = ratio(share, total_row(rows).figures.counts)
    lines = []
    for row in rows:
        part = ratio(share, row.figures.counts)
        interval = wilson(part.numerator, part.denominator)
        if interval is None or row.borough is None:
            continue
        stands = standing(part.numerator, part.denominator, whole.value or 0.0)
        lines.append(LeagueRow(row.borough, part, interval, stands))
    return whole, sorted(lines, key=lambda line: (-(line.ratio.value or 0), line.borough.name))


def causes_and_mediators(
    session: ScopedSession, period: Period
) -> tuple[dict[str, tuple[int, int]], list[MediatorRow]]:
    """Of the mediations held with a known start, how many were late, and of how many: by cause;
    and every mediator with open cases or with figures in the period, by name."""
    chosen = [BREAKDOWNS["delay_cause"], BREAKDOWNS["mediator"]]
    found = tallies.by_breakdowns(session, period, chosen)
    return _late_by_cause(found["delay_cause"]), _mediators(session, found["mediator"])


def _late_by_cause(values: Mapping[str, tallies.Counted]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for cause, counts in values.items():
        timed = counts.get("mediations_timed", 0)
        found[cause] = (timed - counts.get("mediations_held_within_30", 0), timed)
    return found


def _mediators(session: ScopedSession, values: Mapping[str, tallies.Counted]) -> list[MediatorRow]:
    open_cases = {
        str(mediator): number
        for mediator, number in session.execute(
            sa.select(SenCase.mediator_id, sa.func.count())
            .join(
                CasePosition,
                sa.and_(
                    CasePosition.tenant_id == SenCase.tenant_id,
                    CasePosition.case_id == SenCase.id,
                ),
            )
            .where(CasePosition.is_open, SenCase.mediator_id.is_not(None))
            .group_by(SenCase.mediator_id)
        )
    }
    counts = {mediator: numbers for mediator, numbers in values.items() if mediator != NONE}
    known = {
        str(person): name
        for person, name in session.execute(
            sa.select(Person.id, Person.name).where(
                Person.id.in_([uuid.UUID(one) for one in {*open_cases, *counts}])
            )
        )
    }
    rows = [
        MediatorRow(known.get(one, "No longer here"), open_cases.get(one, 0), counts.get(one, {}))
        for one in {*open_cases, *counts}
    ]
    return sorted(rows, key=lambda row: row.name)
