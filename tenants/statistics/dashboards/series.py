"""The charts of one authority and period, made from the summary tables."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from saas.database.scope import ScopedSession
from tenants.statistics.dashboards import charts
from tenants.statistics.dashboards.charts import Chart
from tenants.statistics.dashboards.sentences import counted
from tenants.statistics.measures import tallies
from tenants.statistics.measures.breakdowns import BREAKDOWNS, WAIT_BANDS
from tenants.statistics.measures.definitions import SHARE, Share
from tenants.statistics.measures.figures import NOTHING, Figures
from tenants.statistics.measures.periods import Period, PeriodKind, add_months, quarter_of, starting
from tenants.statistics.measures.ratios import Ratio, ratio

QUARTERS_SHOWN = 8
DECISIONS_SHORT = {
    "RTA": "Refusal to assess",
    "RTI": "Refusal to issue a plan",
    "CONTENT": "Contents of the plan",
    "PLACEMENT": "School named",
    "RTRA": "Refusal to re-assess",
    "RTAM": "Refusal to amend",
    "CEASE": "Ceasing the plan",
}
# Fewer answers than this are told as a number, not as a share by kind of participant.
LEAST_ANSWERS = 5


@dataclass(frozen=True, slots=True)
class Background:
    """What the charts of a page stand on, read once."""

    months: Mapping[dt.date, tallies.Counted]
    decisions: Mapping[str, tallies.Counted]
    participants: Mapping[str, tallies.Counted]
    waits: Mapping[int, int]


def span_of_charts(period: Period) -> Period:
    """The months that the charts of a period show: its own, and the quarters before it."""
    last = quarter_of(period.end)
    first = add_months(last.start, -3 * (QUARTERS_SHOWN - 1))
    return Period(min(first, period.start), max(last.end, period.end), PeriodKind.CALENDAR)


def background(session: ScopedSession, tenant: uuid.UUID, period: Period) -> Background:
    """In three queries."""
    decision, participant = BREAKDOWNS["decision_type"], BREAKDOWNS["participant"]
    split = tallies.by_breakdowns(session, period, (decision, participant), tenant=tenant)
    return Background(
        months=tallies.by_month(session, span_of_charts(period), tenant=tenant),
        decisions=split[decision.key],
        participants=split[participant.key],
        waits=tallies.waits(session, period, tenant=tenant),
    )


def summed(months: Mapping[dt.date, tallies.Counted], period: Period) -> tallies.Counted:
    """The counters of a period, from those of its months."""
    total: tallies.Counted = {}
    for month in period.months:
        for key, number in months.get(month, {}).items():
            total[key] = total.get(key, 0) + number
    return total


def quarters(period: Period, today: dt.date) -> list[Period]:
    """The quarters up to the period's last, or today's if that comes first."""
    last = quarter_of(min(period.end, today))
    return [
        starting(add_months(last.start, -3 * back), PeriodKind.QUARTER)
        for back in range(QUARTERS_SHOWN - 1, -1, -1)
    ]


def short(quarter: Period) -> str:
    return f"{quarter.start:%b}-{quarter.end:%b} {quarter.start:%y}"


def trend(behind: Background, figures: Figures, period: Period, today: dt.date) -> Chart:
    bars = [
        (short(q), summed(behind.months, q).get("mediations_held", 0))
        for q in quarters(period, today)
    ]
    inside = [short(q) for q in quarters(period, today) if period.start <= q.start <= period.end]
    held = figures.count("mediations_held")
    before = summed(behind.months, period.year_before).get("mediations_held", 0)
    than = "as many as" if held == before else f"{abs(held - before):,} "
    if held != before:
        than += "more than" if held > before else "fewer than"
    return charts.columns(
        "trend",
        f"{counted(held, 'mediation')} held in {period.name}, {than} a year before.",
        "Mediations held by quarter; the dark bars lie in the period.",
        bars,
        names="Quarter",
        measure="Mediations held",
        marked=inside,
        # The months over the year, so that every quarter has room for its name.
        label="split(datum.label, ' ')",
    )


def outcomes(behind: Background, figures: Figures, period: Period, today: dt.date) -> Chart:
    decisions = BREAKDOWNS["decision_type"]
    bars = [
        (
            DECISIONS_SHORT.get(code, decisions.word(code)),
            [
                counts.get(key, 0)
                for key in ("full_agreements", "partial_agreements", "no_agreements")
            ],
        )
        for code, counts in sorted(
            behind.decisions.items(), key=lambda one: -one[1].get("mediations_held", 0)
        )
        if counts.get("mediations_held")
    ]
    agreed = figures.ratios["agreement_rate"]
    share = f"{agreed.value:.0%}" if agreed.value is not None else "None"
    return charts.stacks(
        "outcomes",
        f"{share} of mediations ended in full or partial agreement.",
        "Mediations held by decision: agreement in full, in part, or none.",
        ("Full", "Partial", "None"),
        bars,
        names="Decision",
    )


def waiting(behind: Background, figures: Figures, period: Period, today: dt.date) -> Chart:
    bars = [
        (name, sum(number for days, number in behind.waits.items() if low <= days <= high))
        for name, low, high in WAIT_BANDS
    ]
    middle = figures.median_days
    finding = "No mediation with a known start was held."
    if middle is not None:
        finding = f"Half of the mediations were held within {middle:g} days."
    return charts.columns(
        "waiting",
        finding,
        "Days from the authority's being told to the first meeting; dark: within 30 days.",
        bars,
        names="Days",
        measure="Mediations held",
        marked=[name for name, _, high in WAIT_BANDS if high <= 30],
    )


def by_quarter(
    key: str, share: Share, behind: Background, figures: Figures, period: Period, today: dt.date
) -> Chart:
    bars = [(short(q), ratio(share, summed(behind.months, q))) for q in quarters(period, today)]
    now = figures.ratios[share.key]
    value = "Nothing to count" if now.value is None else f"{now.value:.0%}"
    of = f" ({now.numerator:,} of {now.denominator:,})" if now.denominator else ""
    return charts.shares(
        key,
        f"{share.name}: {value}{of} in {period.name}.",
        "By quarter.",
        bars,
        names="Quarter",
        measure=share.name,
    )


def timeliness(behind: Background, figures: Figures, period: Period, today: dt.date) -> Chart:
    return by_quarter("timeliness", SHARE["held_within_30"], behind, figures, period, today)


def steps(behind: Background, figures: Figures, period: Period, today: dt.date) -> Chart:
    return by_quarter("steps", SHARE["steps_on_time"], behind, figures, period, today)


def satisfaction(behind: Background, figures: Figures, period: Period, today: dt.date) -> Chart:
    words = BREAKDOWNS["participant"]
    bars: list[tuple[str, Ratio]] = []
    few = 0
    for value in words.words:
        part = ratio(SHARE["satisfaction"], behind.participants.get(value, {}))
        if part.denominator >= LEAST_ANSWERS:
            bars.append((words.word(value), part))
        else:
            few += part.denominator
    all_answers = figures.ratios["satisfaction"]
    said = "No evaluation was received"
    if all_answers.value is not None:
        answers = counted(all_answers.denominator, "answer")
        said = f"{all_answers.value:.0%} of {answers} rate it 4 or 5 of 5"
    left_out = f" {counted(few, 'answer')} of kinds with fewer than 5 left out." if few else ""
    return charts.shares(
        "satisfaction",
        f"{said} in {period.name}.",
        f"By kind of participant.{left_out}",
        bars,
        names="Participant",
        measure="Rate it 4 or 5 of 5",
    )


Maker = Callable[[Background, Figures, Period, dt.date], Chart]
MAKERS: Mapping[str, Maker] = {
    "trend": trend,
    "outcomes": outcomes,
    "waiting": waiting,
    "timeliness": timeliness,
    "steps": steps,
    "satisfaction": satisfaction,
}


def charts_of(
    behind: Background, figures: Figures | None, period: Period, today: dt.date
) -> list[Chart]:
    """Every chart of an authority's page, in order."""
    return [make(behind, figures or NOTHING, period, today) for make in MAKERS.values()]
