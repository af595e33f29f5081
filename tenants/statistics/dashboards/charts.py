"""The charts: what each shows, its table, and the finding that is its title. Pure.

A chart never stands alone: its rows are the table beside it and the file one downloads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saas.web.charts import DARK, INK, MIDDLE, SERIES, themed
from tenants.statistics.measures.exports import Sheet
from tenants.statistics.measures.ratios import Ratio

WIDE, NARROW = 640, 330  # pixels: a page, and a telephone
# In a chart's expressions, whose width is the drawing's without its labels. What is written after
# a bar, or stands in the key, needs more of a telephone's.
ON_A_TELEPHONE = f"width <= {NARROW}"
Spec = dict[str, Any]
Row = tuple[str | int | float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A finding, the numbers it rests on, and how they are drawn."""

    key: str
    finding: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    marks: Mapping[str, Any]
    has_something: bool = True

    def spec(self, *, width: int = WIDE, font: str = "Arial") -> Spec:
        limit = 185 if width < WIDE else 260
        return themed({"width": width, **self.marks}, font=font, label_limit=limit)

    @property
    def sheet(self) -> Sheet:
        return Sheet(self.key, f"{self.finding} {self.note}", self.columns, self.rows)

    @property
    def table(self) -> list[list[str]]:
        """The rows as a page shows them."""
        return [[_shown(value) for value in row] for row in self.rows]


def _shown(value: str | int | float | None) -> str:
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:.0%}"
    return f"{value:,}" if isinstance(value, int) else value


def columns(
    key: str,
    finding: str,
    note: str,
    bars: Sequence[tuple[str, int]],
    *,
    names: str,
    measure: str,
    marked: Sequence[str] = (),
    label: str = "datum.label",
) -> Chart:
    """Upright bars in their order, each with its number; those marked are dark.

    Args:
        label: what stands under a bar, as an expression of its name; a list is so many lines.
    """
    dark = set(marked) or {name for name, _ in bars}
    values = [
        {"name": name, "number": number, "tone": DARK if name in dark else MIDDLE}
        for name, number in bars
    ]
    marks = {
        "height": 220,
        "data": {"values": values},
        "encoding": {
            "x": {
                "field": "name",
                "type": "ordinal",
                "sort": None,
                "title": None,
                "axis": {"labelAngle": 0, "labelOverlap": True, "labelExpr": label},
            },
            "y": {"field": "number", "type": "quantitative", "title": measure, "axis": _whole()},
        },
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadius": 0},
                "encoding": {"color": {"field": "tone", "type": "nominal", "scale": None}},
            },
            {
                "mark": {"type": "text", "dy": -8},
                "encoding": {"text": {"field": "number", "type": "quantitative"}},
            },
        ],
    }
    return Chart(key, finding, note, (names, measure), tuple(bars), marks, any(n for _, n in bars))


def _whole() -> Spec:
    return {"tickMinStep": 1, "format": ",d"}


def stacks(
    key: str,
    finding: str,
    note: str,
    parts: Sequence[str],
    bars: Sequence[tuple[str, Sequence[int]]],
    *,
    names: str,
) -> Chart:
    """Lying bars of two or three parts, the numbers written in them."""
    values: list[dict[str, Any]] = []
    for name, numbers in bars:
        before = 0
        for order, (part, number) in enumerate(zip(parts, numbers, strict=True)):
            values.append(
                {
                    "name": name,
                    "part": part,
                    "number": number,
                    "order": order,
                    "from": before,
                    "to": before + number,
                    "middle": before + number / 2,
                    "written": str(number) if number else "",
                    "on": "white" if order == 0 else INK,
                }
            )
            before += number
    marks = {
        "height": {"step": 36},
        "data": {"values": values},
        "encoding": {
            "y": {"field": "name", "type": "nominal", "sort": None, "title": None},
        },
        "layer": [
            {
                "mark": {"type": "bar", "stroke": "white", "strokeWidth": 1},
                "encoding": {
                    "x": {
                        "field": "from",
                        "type": "quantitative",
                        "title": "Mediations",
                        "axis": _whole(),
                    },
                    "x2": {"field": "to"},
                    "color": {
                        "field": "part",
                        "type": "nominal",
                        "sort": None,
                        "scale": {"domain": list(parts), "range": list(SERIES[: len(parts)])},
                        "legend": {"columns": {"expr": f"{ON_A_TELEPHONE} ? 1 : {len(parts)}"}},
                    },
                },
            },
            {
                "mark": {"type": "text"},
                "encoding": {
                    "x": {"field": "middle", "type": "quantitative"},
                    "text": {"field": "written"},
                    "color": {"field": "on", "type": "nominal", "scale": None},
                },
            },
        ],
    }
    rows: tuple[Row, ...] = tuple((name, *numbers) for name, numbers in bars)
    return Chart(key, finding, note, (names, *parts), rows, marks, any(sum(n) for _, n in bars))


def shares(
    key: str,
    finding: str,
    note: str,
    bars: Sequence[tuple[str, Ratio]],
    *,
    names: str,
    measure: str,
) -> Chart:
    """Lying bars from 0 to 100%, each with its share and what it is of."""
    values = [
        {
            "name": name,
            "share": ratio.value or 0,
            "written": f"{ratio.value:.0%} ({ratio.numerator:,} of {ratio.denominator:,})"
            if ratio.value is not None
            else "none",
        }
        for name, ratio in bars
    ]
    marks = {
        "height": {"step": 34},
        "data": {"values": values},
        "encoding": {
            "y": {"field": "name", "type": "nominal", "sort": None, "title": None},
            "x": {
                "field": "share",
                "type": "quantitative",
                "title": measure,
                "scale": {"domainMin": 0, "domainMax": {"expr": f"{ON_A_TELEPHONE} ? 2.2 : 1.35"}},
                "axis": {"format": ".0%", "values": [0, 0.5, 1]},
            },
        },
        "layer": [
            {"mark": {"type": "bar", "color": MIDDLE, "height": {"band": 0.7}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {"text": {"field": "written"}},
            },
        ],
    }
    rows = tuple((name, r.value, r.numerator, r.denominator) for name, r in bars)
    heads = (names, measure, "Number", "Of")
    return Chart(key, finding, note, heads, rows, marks, any(r.denominator for _, r in bars))
