"""The charts that compare boroughs: intervals, funnel, tiles. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from saas.web.charts import DARK, INK, LIGHT, MIDDLE, QUIET, themed
from tenants.statistics.comparisons.boroughs import LeagueRow
from tenants.statistics.comparisons.tilemap import COLUMNS, lay_out
from tenants.statistics.measures.intervals import funnel
from tenants.statistics.measures.ratios import Ratio

Spec = dict[str, Any]
PERCENT = {"format": ".0%", "values": [0, 0.25, 0.5, 0.75, 1]}
_FULL = {"domain": [0, 1]}
OUTSIDE = ("much higher", "much lower")


def intervals(whole: Ratio, rows: Sequence[LeagueRow], name: str, *, width: int) -> Spec:
    """Each borough's share as a point on its 95% interval, the share of all as a line."""
    values = [
        {
            "borough": row.borough.name,
            "share": row.ratio.value,
            "low": row.interval.low,
            "high": row.interval.high,
        }
        for row in rows
    ]
    share = {"type": "quantitative", "title": name, "scale": _FULL, "axis": PERCENT}
    return themed(
        {
            "width": width,
            "height": {"step": 18},
            "data": {"values": values},
            "encoding": {"y": {"field": "borough", "type": "nominal", "sort": None, "title": None}},
            "layer": [
                {
                    "data": {"values": [{"all": whole.value or 0}]},
                    "mark": {"type": "rule", "color": QUIET, "strokeDash": [4, 3]},
                    "encoding": {"x": {"field": "all", **share}, "y": {}},
                },
                {
                    "mark": {"type": "rule", "color": MIDDLE, "strokeWidth": 4},
                    "encoding": {"x": {"field": "low", **share}, "x2": {"field": "high"}},
                },
                {
                    "mark": {"type": "point", "filled": True, "color": DARK, "size": 55},
                    "encoding": {"x": {"field": "share", **share}},
                },
            ],
        },
        size=12,
    )


def funnel_plot(whole: Ratio, rows: Sequence[LeagueRow], name: str, *, width: int) -> Spec:
    """Shares over the number of cases, between the limits that chance allows."""
    most = max((row.ratio.denominator for row in rows), default=10)
    grid = sorted({*range(1, min(most, 30) + 1), *range(30, most + 10, max(1, most // 60))})
    limits = [
        {
            "cases": point.denominator,
            "inner_low": point.inner_low,
            "inner_high": point.inner_high,
            "outer_low": point.outer_low,
            "outer_high": point.outer_high,
        }
        for point in funnel(whole.value or 0.0, grid)
    ]
    points = [
        {
            "cases": row.ratio.denominator,
            "share": row.ratio.value,
            "label": row.borough.short if row.standing in OUTSIDE else "",
            "tone": DARK if row.standing in OUTSIDE else MIDDLE,
        }
        for row in rows
    ]
    cases = {"field": "cases", "type": "quantitative", "title": "Number of cases"}
    share = {"type": "quantitative", "title": name, "scale": _FULL, "axis": PERCENT}

    def line(field: str, dash: list[int]) -> Spec:
        return {
            "data": {"values": limits},
            "mark": {
                "type": "line",
                "color": QUIET,
                "strokeDash": dash,
                "strokeWidth": 1,
                "interpolate": "step",
            },
            "encoding": {"x": cases, "y": {"field": field, **share}},
        }

    return themed(
        {
            "width": width,
            "height": 320,
            "layer": [
                line("outer_low", [1, 0]),
                line("outer_high", [1, 0]),
                line("inner_low", [4, 3]),
                line("inner_high", [4, 3]),
                {
                    "data": {"values": [{"all": whole.value or 0}]},
                    "mark": {"type": "rule", "color": INK},
                    "encoding": {"y": {"field": "all", **share}},
                },
                {
                    "data": {"values": points},
                    "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
                    "encoding": {
                        "x": cases,
                        "y": {"field": "share", **share},
                        "color": {"field": "tone", "type": "nominal", "scale": None},
                    },
                },
                {
                    "data": {"values": points},
                    "mark": {"type": "text", "dy": -11},
                    "encoding": {
                        "x": cases,
                        "y": {"field": "share", **share},
                        "text": {"field": "label"},
                    },
                },
            ],
        }
    )


def tiles(rows: Sequence[LeagueRow], name: str, *, width: int) -> Spec:
    """One tile a borough, in three shades with the share written in it."""
    by_slug = {row.borough.slug: row for row in rows}
    placed, labels = lay_out([(row.borough.slug, row.borough.region) for row in rows])
    ordered = sorted(row.ratio.value or 0.0 for row in rows) or [0.0]
    third = (ordered[len(ordered) // 3], ordered[2 * len(ordered) // 3])
    values = []
    for tile in placed:
        row = by_slug[tile.slug]
        value = row.ratio.value or 0.0
        shade = LIGHT if value <= third[0] else MIDDLE if value <= third[1] else DARK
        values.append(
            {
                "column": tile.column,
                "row": tile.row,
                "short": row.borough.short,
                "share": f"{value:.0%}",
                "shade": shade,
                "ink": "white" if shade == DARK else INK,
            }
        )
    heads = [{"column": 0, "row": label.row, "text": label.text} for label in labels]
    place = {
        # Every column of the grid, so that few boroughs do not stretch over the whole of it.
        "x": {
            "field": "column",
            "type": "ordinal",
            "axis": None,
            "scale": {"domain": list(range(COLUMNS))},
        },
        "y": {"field": "row", "type": "ordinal", "axis": None},
    }
    written = {"field": "ink", "type": "nominal", "scale": None}
    return themed(
        {
            "width": width,
            "height": {"step": 44},
            "title": {
                "text": f"{name}: the darker, the higher",
                "anchor": "start",
                "fontWeight": "normal",
                "fontSize": 13,
                "color": QUIET,
            },
            "layer": [
                {
                    "data": {"values": values},
                    "mark": {"type": "rect", "stroke": "white", "strokeWidth": 3},
                    "encoding": {
                        **place,
                        "color": {"field": "shade", "type": "nominal", "scale": None},
                    },
                },
                {
                    "data": {"values": values},
                    "mark": {"type": "text", "dy": -7, "fontWeight": "bold", "fontSize": 11},
                    "encoding": {**place, "text": {"field": "short"}, "color": written},
                },
                {
                    "data": {"values": values},
                    "mark": {"type": "text", "dy": 8, "fontSize": 12},
                    "encoding": {**place, "text": {"field": "share"}, "color": written},
                },
                {
                    "data": {"values": heads},
                    "mark": {
                        "type": "text",
                        "align": "left",
                        "dx": -20,
                        "dy": 8,
                        "color": QUIET,
                    },
                    "encoding": {**place, "text": {"field": "text"}},
                },
            ],
        }
    )
