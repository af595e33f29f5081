"""The drawings of a report pack: as on the authority's page, without the hidden counts. Pure."""

from __future__ import annotations

import datetime as dt

from tenants.statistics.dashboards import charts
from tenants.statistics.dashboards.charts import Chart
from tenants.statistics.dashboards.series import DECISIONS_SHORT, Background, steps, trend
from tenants.statistics.measures.breakdowns import BREAKDOWNS, WAIT_BANDS
from tenants.statistics.measures.figures import Figures
from tenants.statistics.measures.periods import Period
from tenants.statistics.packs.tables import OUTCOMES, WAITS, PackTables

LEAST_BARS = 3
LEFT_OUT = " Left out: what counts fewer than 5, or would give such away."


def pack_charts(
    behind: Background, figures: Figures, tables: PackTables, period: Period, today: dt.date
) -> list[Chart]:
    """Every drawing of a pack, in order. One without a bar is not drawn."""
    made = [
        trend(behind, figures, period, today),
        _outcomes(figures, tables),
        _waiting(figures, tables),
        steps(behind, figures, period, today),
    ]
    return [chart for chart in made if chart.has_something]


def _outcomes(figures: Figures, tables: PackTables) -> Chart:
    bars: list[tuple[str, list[int]]] = []
    left_out = False
    for code in BREAKDOWNS["decision_type"].words:
        numbers = [tables.at("decision_type", code, counter) for counter in OUTCOMES]
        shown = [number for number in numbers if number is not None]
        if len(shown) == len(numbers):
            bars.append((DECISIONS_SHORT.get(code, "No decision"), shown))
        else:
            left_out = True
    bars.sort(key=lambda bar: -sum(bar[1]))
    agreed = figures.ratios["agreement_rate"]
    share = f"{agreed.value:.0%}" if agreed.value is not None else "None"
    return charts.stacks(
        "outcomes",
        f"{share} of mediations ended in full or partial agreement.",
        "Mediations held by decision: agreement in full, in part, or none."
        + (LEFT_OUT if left_out else ""),
        ("Full", "Partial", "None"),
        bars,
        names="Decision",
    )


def _waiting(figures: Figures, tables: PackTables) -> Chart:
    numbers = [(name, tables.at(WAITS, name, "mediations_timed")) for name, _, _ in WAIT_BANDS]
    bars = [(name, number) for name, number in numbers if number is not None]
    # One or two bars are no distribution: the workbook has them.
    if len(bars) < LEAST_BARS:
        bars = []
    middle = figures.median_days
    return charts.columns(
        "waiting",
        f"Half of the mediations were held within {middle:g} days."
        if middle is not None
        else "No mediation with a known start was held.",
        "Days from the authority's being told to the first meeting; dark: within 30 days."
        + (LEFT_OUT if len(bars) < len(numbers) else ""),
        bars,
        names="Days",
        measure="Mediations held",
        marked=[name for name, _, high in WAIT_BANDS if high <= 30],
    )
