"""What an address of the statistics asks for, and the choices to ask it with."""

from __future__ import annotations

import datetime as dt

from tenants.statistics.measures.periods import (
    Period,
    PeriodKind,
    add_months,
    calendar_year,
    quarter_of,
    starting,
)

YEARS_OFFERED = 5
QUARTERS_OFFERED = 8


def period_choices(today: dt.date) -> list[tuple[str, str]]:
    """Calendar years, then financial and academic years, then quarters, each the latest first."""
    periods: list[Period] = [calendar_year(today.year - n) for n in range(YEARS_OFFERED + 1)]
    for kind, month in ((PeriodKind.FINANCIAL, 4), (PeriodKind.ACADEMIC, 9)):
        first = today.year if today.month >= month else today.year - 1
        periods += [starting(dt.date(first - n, month, 1), kind) for n in range(YEARS_OFFERED)]
    quarter = quarter_of(today)
    periods += [
        starting(add_months(quarter.start, -3 * n), PeriodKind.QUARTER)
        for n in range(QUARTERS_OFFERED)
    ]
    return [(period.code, period.name) for period in periods]
