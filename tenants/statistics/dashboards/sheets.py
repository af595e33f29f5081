"""The figures of a period as tables that leave the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tenants.law.decisions import STAGES
from tenants.statistics.comparisons.boroughs import BoroughRow, LeagueRow
from tenants.statistics.comparisons.shared_tables import STAGED, TODAY, SharedRow, staged
from tenants.statistics.measures.breakdowns import STAGE_NAMES, Breakdown
from tenants.statistics.measures.definitions import COUNTER, MEDIAN_DAYS, SHARES, Share
from tenants.statistics.measures.exports import Sheet, Value
from tenants.statistics.measures.figures import Figures
from tenants.statistics.measures.intervals import wilson
from tenants.statistics.measures.periods import Period
from tenants.statistics.measures.tallies import Counted


def values_in_order(by: Breakdown, values: Mapping[str, Counted]) -> list[str]:
    """The values that were counted, in the order in which the breakdown names them."""
    known = [value for value in by.words if value in values]
    return known + sorted(value for value in values if value not in by.words)


def breakdown_sheet(by: Breakdown, values: Mapping[str, Counted], period: Period) -> Sheet:
    """Every counter by the values of a breakdown."""
    return Sheet(
        by.name,
        f"By {by.name.lower()}, {period.name}",
        (by.name, *(counter.name for counter in COUNTER.values())),
        [
            (by.word(value), *(values[value].get(key, 0) for key in COUNTER))
            for value in values_in_order(by, values)
        ],
    )


def figures_sheet(figures: Figures, period: Period) -> Sheet:
    """Every measure, with what it is of and what it means."""
    rows: list[tuple[str | int | float | None, ...]] = [
        (c.key, c.name, figures.count(c.key), None, None, c.sentence) for c in COUNTER.values()
    ]
    for stage in STAGES:
        for key in ("mediations_held", "followed_by_appeal"):
            number = figures.at_stage(key)[stage]
            name = f"{COUNTER[key].name}: {STAGE_NAMES[stage].lower()}"
            rows.append((f"{key}_{stage}", name, number, None, None, COUNTER[key].sentence))
    for share in SHARES:
        part = figures.ratios[share.key]
        rows.append(
            (share.key, share.name, part.value, part.numerator, part.denominator, share.sentence)
        )
    rows.append(
        (MEDIAN_DAYS.key, MEDIAN_DAYS.name, figures.median_days, None, None, MEDIAN_DAYS.sentence)
    )
    return Sheet(
        "Measures",
        f"Measures for {period.name}",
        ("Key", "Measure", "Value", "Number", "Of", "Meaning"),
        rows,
    )


def overview_sheet(rows: Sequence[BoroughRow], period: Period) -> Sheet:
    """Every measure of every borough, a line each."""
    columns = ["Borough", "Open today", "At risk today", "Overdue today", "Steps overdue today"]
    columns += [counter.name for counter in COUNTER.values()]
    for stage in STAGES:
        columns += [
            f"{COUNTER[key].name}: {STAGE_NAMES[stage].lower()}"
            for key in ("mediations_held", "followed_by_appeal")
        ]
    columns += [share.name for share in SHARES] + [MEDIAN_DAYS.name]
    lines: list[tuple[str | int | float | None, ...]] = []
    for row in rows:
        figures = row.figures
        staged = [
            figures.at_stage(key)[stage]
            for stage in STAGES
            for key in ("mediations_held", "followed_by_appeal")
        ]
        lines.append(
            (
                row.name,
                row.caseload.open,
                row.caseload.at_risk,
                row.caseload.overdue,
                row.steps_overdue,
                *(figures.count(key) for key in COUNTER),
                *staged,
                *(part.value for part in figures.ratios.values()),
                figures.median_days,
            )
        )
    return Sheet("Boroughs", f"All boroughs, {period.name}", columns, lines)


HIDDEN = "hidden"
SHARED_NOTE = (
    "'hidden' is a number under 5 or one that rests on fewer than 5, or one beside such from which "
    "it could be computed.",
)


def shared_overview_sheet(rows: Sequence[tuple[str, SharedRow]], period: Period) -> Sheet:
    """The overview with small counts hidden, to be sent on; `rows` are boroughs by name."""
    columns = ["Borough", "Open today", "At risk today", "Overdue today", "Steps overdue today"]
    columns += [counter.name for counter in COUNTER.values()]
    names = {
        staged(key, stage): f"{COUNTER[key].name}: {STAGE_NAMES[stage].lower()}"
        for stage in STAGES
        for key in STAGED
    }
    columns += [*names.values(), *(share.name for share in SHARES), MEDIAN_DAYS.name]
    lines: list[tuple[Value, ...]] = []
    for name, row in rows:
        shares = [row.share(share.numerator, share.denominator) for share in SHARES]
        lines.append(
            (
                name,
                *(row.today.get(key, HIDDEN) for key in (*TODAY, "steps_overdue")),
                *(row.counts.get(key, HIDDEN) for key in (*COUNTER, *names)),
                *(HIDDEN if part is None else part for part in shares),
                HIDDEN if row.median_days is None else row.median_days,
            )
        )
    return Sheet("Boroughs", f"All boroughs, {period.name}", columns, lines, notes=SHARED_NOTE)


def shared_league_sheet(
    rows: Sequence[tuple[str, SharedRow]], share: Share, period: Period
) -> Sheet:
    """One share of every borough, the highest first; those that cannot be said are left out."""
    lines: list[tuple[Value, ...]] = []
    for name, row in rows:
        value = row.share(share.numerator, share.denominator)
        if value is None:
            continue
        number, of = row.counts[share.numerator], row.counts[share.denominator]
        interval = wilson(number, of)
        assert interval is not None, "something was counted"
        lines.append((name, value, interval.low, interval.high, number, of))
    return Sheet(
        share.name,
        f"{share.name}, {period.name}. {share.sentence}",
        ("Borough", "Share", "Interval from", "Interval to", "Number", "Of"),
        sorted(lines, key=lambda line: (-float(str(line[1])), str(line[0]))),
        notes=SHARED_NOTE,
    )


def league_sheet(rows: Sequence[LeagueRow], share: Share, period: Period) -> Sheet:
    """One share of every borough with its 95% interval."""
    return Sheet(
        share.name,
        f"{share.name}, {period.name}. {share.sentence}",
        ("Borough", "Share", "Interval from", "Interval to", "Number", "Of", "Beside all"),
        [
            (
                row.borough.name,
                row.ratio.value,
                row.interval.low,
                row.interval.high,
                row.ratio.numerator,
                row.ratio.denominator,
                row.standing,
            )
            for row in rows
        ],
    )
