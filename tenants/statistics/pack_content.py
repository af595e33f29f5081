"""What a report pack says of one authority and period; its charts are drawn with it.

The content is kept with the pack, so that the same paper can be made from it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saas.web.charts import svg
from tenants.casework.decisions import STAGES
from tenants.statistics.breakdowns import BREAKDOWNS, STAGE_NAMES
from tenants.statistics.charts import WIDE, Chart
from tenants.statistics.figures import Figures
from tenants.statistics.measures import COUNTER, MEDIAN_DAYS, SHARE, Ratio
from tenants.statistics.periods import Period
from tenants.statistics.sheets import values_in_order
from tenants.statistics.tallies import Counted
from tenants.statistics.words import headline

PACK_FONT = "Source Sans Pro"
PACK_WIDTH = WIDE
SHOWN_CHARTS = ("trend", "outcomes", "waiting", "steps")
PACK_BREAKDOWNS = ("route", "need", "age_band", "phase", "led_by", "delay_cause")


@dataclass(frozen=True, slots=True)
class Target:
    """What the provider promises of a share, unless a contract says otherwise."""

    share: str
    at_least: float


TARGETS = (
    Target("certificates_within_3_days", 1.0),
    Target("fixed_within_30", 0.9),
    Target("held_within_30", 0.8),
    Target("agreement_rate", 0.7),
    Target("authority_attended", 0.95),
    Target("authority_could_decide", 0.9),
    Target("voice_heard", 0.8),
    Target("steps_on_time", 0.9),
    Target("satisfaction", 0.85),
)
SHOWN_COUNTERS = (
    "referrals",
    "mias_delivered",
    "chose_mediation",
    "certificates",
    "mediations_held",
    "followed_by_appeal",
    "resolutions_held",
    "facilitations_held",
)


@dataclass(frozen=True, slots=True)
class PackFigures:
    """Everything that was counted for a pack."""

    authority: str
    period: Period
    now: Figures
    before: Figures
    year_before: Figures
    broken_down: Mapping[str, Mapping[str, Counted]]
    charts: Sequence[Chart]
    quotations: Sequence[str]


def content_of(figures: PackFigures, *, provider: Mapping[str, object]) -> dict[str, Any]:
    """What the paper prints, the commentary apart."""
    period, now = figures.period, figures.now
    return {
        "authority": figures.authority,
        "period": period.name,
        "code": period.code,
        "provider": dict(provider),
        "headline": headline(now, period.name),
        "before_name": period.before.name,
        # Of a year the period before is the year before: said once.
        "year_before_name": period.year_before.name if period.year_before != period.before else "",
        "counts": [
            [
                COUNTER[key].name,
                f"{now.count(key):,}",
                f"{figures.before.count(key):,}",
                f"{figures.year_before.count(key):,}",
            ]
            for key in SHOWN_COUNTERS
        ]
        + [
            [MEDIAN_DAYS.name, *(_days(f) for f in (now, figures.before, figures.year_before))],
        ],
        "targets": [
            _against_target(target, now.ratios[target.share], figures.before.ratios[target.share])
            for target in TARGETS
        ],
        "stages": [
            [
                STAGE_NAMES[stage],
                now.at_stage("mediations_held")[stage],
                now.at_stage("agreements")[stage],
                now.at_stage("followed_by_appeal")[stage],
            ]
            for stage in STAGES
        ],
        "charts": [
            {
                "finding": chart.finding,
                "note": chart.note,
                "svg": svg(chart.spec(width=PACK_WIDTH, font=PACK_FONT)),
                "alt": _said(chart),
            }
            for chart in figures.charts
            if chart.key in SHOWN_CHARTS and chart.has_something
        ],
        "breakdowns": [
            _broken_down(key, figures.broken_down.get(key, {})) for key in PACK_BREAKDOWNS
        ],
        "themes": themes(figures),
        "quotations": list(figures.quotations),
        "definitions": [
            [SHARE[target.share].name, SHARE[target.share].sentence] for target in TARGETS
        ]
        + [[COUNTER[key].name, COUNTER[key].sentence] for key in SHOWN_COUNTERS]
        + [[MEDIAN_DAYS.name, MEDIAN_DAYS.sentence]],
    }


def _days(figures: Figures) -> str:
    return "none" if figures.median_days is None else f"{figures.median_days:g}"


def _against_target(target: Target, now: Ratio, before: Ratio) -> list[str]:
    share = SHARE[target.share]
    if now.value is None:
        met = "Nothing to count"
    else:
        met = "Met" if now.value >= target.at_least else "Not met"
    shown = "none" if now.value is None else f"{now.value:.0%}"
    earlier = "none" if before.value is None else f"{before.value:.0%}"
    of = f"{now.numerator:,} of {now.denominator:,}" if now.denominator else ""
    return [share.name, shown, of, f"{target.at_least:.0%}", met, earlier]


def _broken_down(key: str, values: Mapping[str, Counted]) -> dict[str, Any]:
    by = BREAKDOWNS[key]
    return {
        "name": by.name,
        "rows": [
            [
                by.word(value),
                values[value].get("referrals", 0),
                values[value].get("mediations_held", 0),
                values[value].get("agreements", 0),
            ]
            for value in values_in_order(by, values)
            if values[value].get("referrals") or values[value].get("mediations_held")
        ],
    }


def _said(chart: Chart) -> str:
    """The chart in words, for who cannot see it."""
    rows = "; ".join(": ".join((row[0], ", ".join(row[1:]))) for row in chart.table)
    return f"{chart.finding} {chart.note} {rows}."


def themes(figures: PackFigures) -> list[str]:
    """What stands out, in sentences."""
    found = []
    for key, about in (
        ("decision_type", "Most referrals were about: "),
        ("need", "The needs named most often: "),
        ("delay_cause", "What made mediations late: "),
    ):
        by = BREAKDOWNS[key]
        values = figures.broken_down.get(key, {})
        if key == "delay_cause":
            counted = {
                v: c.get("mediations_timed", 0) - c.get("mediations_held_within_30", 0)
                for v, c in values.items()
            }
        else:
            counted = {v: c.get("referrals", 0) for v, c in values.items()}
        top = sorted((-n, by.word(v)) for v, n in counted.items() if n and v != "unknown")[:3]
        if top:
            found.append(about + ", ".join(f"{word.lower()} ({-n:,})" for n, word in top) + ".")
    steps = figures.now.ratios["steps_on_time"]
    late = steps.denominator - steps.numerator
    if late:
        found.append(
            f"{late:,} of {steps.denominator:,} agreed steps that fell due were not done on time. "
            "The Ombudsman has found fault where agreed steps were not done."
        )
    absent = figures.now.ratios["authority_attended"]
    missed = absent.denominator - absent.numerator
    if missed:
        found.append(
            f"The authority did not come to {missed:,} of {absent.denominator:,} meetings."
        )
    return found


def file_name(authority: str, period: Period, ending: str) -> str:
    """The name of a pack's file: place and period, nothing of a person."""
    return f"report-{authority}-{period.code}.{ending}"


def issued_words(at: dt.datetime) -> str:
    return f"{at:%-d %B %Y}"
