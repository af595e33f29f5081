"""All boroughs side by side: what managers compare, in a constant number of queries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.identity.models import Person
from saas.reference.models import EducationAuthority
from tenants.casework.kept.models import CasePosition
from tenants.casework.models import AgreedStep, SenCase
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


def overdue_steps(session: ScopedSession, *, today: dt.date) -> dict[uuid.UUID, int]:
    """Agreed steps that should be done by now and are not, by tenant."""
    rows = session.execute(
        sa.select(AgreedStep.tenant_id, sa.func.count())
        .where(AgreedStep.done_on.is_(None), AgreedStep.due_on < today)
        .group_by(AgreedStep.tenant_id)
    )
    return {row[0]: row[1] for row in rows}


def borough_rows(
    session: ScopedSession,
    boroughs: Sequence[Borough],
    period: Period,
    *,
    today: dt.date,
    staged: bool = False,
) -> list[BoroughRow]:
    """The line of each borough; with the stages of decisions where they are asked for."""
    loads = caseloads(session, today=today)
    overdue = overdue_steps(session, today=today)
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


def late_by_cause(session: ScopedSession, period: Period) -> dict[str, tuple[int, int]]:
    """Of the mediations held with a known start, how many were late, and of how many: by cause."""
    found: dict[str, tuple[int, int]] = {}
    for values in tallies.by_value(session, period, BREAKDOWNS["delay_cause"]).values():
        for cause, counts in values.items():
            timed = counts.get("mediations_timed", 0)
            late = timed - counts.get("mediations_held_within_30", 0)
            before = found.get(cause, (0, 0))
            found[cause] = (before[0] + late, before[1] + timed)
    return found


def mediators(session: ScopedSession, period: Period) -> list[MediatorRow]:
    """Every mediator with open cases or with figures in the period, by name."""
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
    counts: dict[str, tallies.Counted] = {}
    for values in tallies.by_value(session, period, BREAKDOWNS["mediator"]).values():
        for mediator, numbers in values.items():
            if mediator == NONE:
                continue
            sums = counts.setdefault(mediator, {})
            for key, number in numbers.items():
                sums[key] = sums.get(key, 0) + number
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
