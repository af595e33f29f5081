"""What a report pack says of one authority and period; its charts are drawn with it.

The content is kept with the pack, so that the same paper can be made from it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saas.reference.written import within_sentence
from saas.web.charts import svg
from tenants.feedback.complaint_rules import (
    ACKNOWLEDGED_WITHIN_WORKING_DAYS,
    ANSWERED_WITHIN_WORKING_DAYS,
    ComplaintTally,
)
from tenants.law.decisions import STAGES
from tenants.statistics.dashboards.charts import WIDE, Chart
from tenants.statistics.dashboards.sentences import headline
from tenants.statistics.measures.breakdowns import BREAKDOWNS, NONE, STAGE_NAMES, UNKNOWN
from tenants.statistics.measures.contracts import PackContract
from tenants.statistics.measures.definitions import COUNTER, MEDIAN_DAYS, SHARE
from tenants.statistics.measures.figures import Figures
from tenants.statistics.measures.periods import Period
from tenants.statistics.measures.ratios import Ratio
from tenants.statistics.packs.tables import COUNTERS, PackTables
from tenants.statistics.packs.targets import Target, targets

PACK_FONT = "Source Sans Pro"
PACK_WIDTH = WIDE
# What stands where a count is not said.
HIDDEN = "hidden"
PACK_BREAKDOWNS = ("route", "need", "age_band", "phase", "led_by", "delay_cause")


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
    tables: PackTables
    charts: Sequence[Chart]
    quotations: Sequence[str]
    contract: PackContract | None
    complaints: ComplaintTally
    complaints_before: ComplaintTally
    # Agreed steps that were due by the day of counting and are not done.
    steps_overdue: int
    counted_on: dt.date


def content_of(figures: PackFigures, *, provider: Mapping[str, object]) -> dict[str, Any]:
    """What the paper prints, the commentary apart."""
    period, now = figures.period, figures.now
    three = (now, figures.before, figures.year_before)
    chosen = targets(figures.contract.targets if figures.contract else {})
    return {
        "authority": figures.authority,
        "period": period.name,
        "code": period.code,
        "provider": dict(provider),
        "headline": headline(now, period.name),
        "before_name": period.before.name,
        # Of a year the period before is the year before: said once.
        "year_before_name": period.year_before.name if period.year_before != period.before else "",
        "counted_on": f"{figures.counted_on:%-d %B %Y}",
        "counts": [
            [COUNTER[key].name, *(f"{one.count(key):,}" for one in three)] for key in SHOWN_COUNTERS
        ]
        + [[MEDIAN_DAYS.name, *(_days(one) for one in three)]],
        "targets": [
            _against_target(one, now.ratios[one.share], figures.before.ratios[one.share])
            for one in chosen
        ],
        "contract": _contract(figures.contract),
        "stages": [
            [
                STAGE_NAMES[stage],
                now.at_stage("mediations_held")[stage],
                _said(figures.tables.at("stage", stage, "agreements")),
                now.at_stage("followed_by_appeal")[stage],
            ]
            for stage in STAGES
        ],
        "charts": [
            {
                "finding": chart.finding,
                "note": chart.note,
                "svg": svg(chart.spec(width=PACK_WIDTH, font=PACK_FONT)),
                "alt": _in_words(chart),
            }
            for chart in figures.charts
        ],
        "steps": [
            ["Steps that fell due", *(f"{one.count('steps_due'):,}" for one in three)],
            ["Done on time", *(f"{one.count('steps_in_time'):,}" for one in three)],
            ["Share done on time", *(_percent(one.ratios["steps_on_time"]) for one in three)],
        ],
        "steps_overdue": figures.steps_overdue,
        "complaints": _complaints(figures.complaints, figures.complaints_before),
        "satisfaction": [
            [
                BREAKDOWNS["participant"].word(value),
                _said(figures.tables.at("participant", value, "answers")),
                _said(figures.tables.at("participant", value, "satisfied_answers")),
            ]
            for value in BREAKDOWNS["participant"].words
            if figures.tables.at("participant", value, "answers") is not None
        ],
        "satisfaction_all": _of(now.ratios["satisfaction"]),
        "breakdowns": [_broken_down(figures, key) for key in PACK_BREAKDOWNS],
        "themes": themes(figures),
        "quotations": list(figures.quotations),
        "definitions": [[SHARE[one.share].name, SHARE[one.share].sentence] for one in chosen]
        + [[COUNTER[key].name, COUNTER[key].sentence] for key in SHOWN_COUNTERS]
        + [[MEDIAN_DAYS.name, MEDIAN_DAYS.sentence]],
    }


def _days(figures: Figures) -> str:
    return "none" if figures.median_days is None else f"{figures.median_days:g}"


def _percent(part: Ratio) -> str:
    return "none" if part.value is None else f"{part.value:.0%}"


def _of(part: Ratio) -> str:
    return f"{part.numerator:,} of {part.denominator:,}" if part.denominator else ""


def _said(number: int | None) -> str | int:
    return HIDDEN if number is None else number


def _against_target(target: Target, now: Ratio, before: Ratio) -> list[str]:
    met = {True: "Met", False: "Not met", None: "Nothing to count"}
    return [
        SHARE[target.share].name,
        _percent(now),
        _of(now),
        f"{target.percent}%",
        "Contract" if target.agreed else "Our own",
        met[target.is_met(now.numerator, now.denominator)],
        _percent(before),
    ]


def _contract(contract: PackContract | None) -> dict[str, Any] | None:
    if contract is None:
        return None
    return {
        "reference": contract.reference,
        "year": f"{contract.year_first:%-d %B %Y} to {contract.year_last:%-d %B %Y}",
        "counted_to": f"{contract.counted_to:%-d %B %Y}",
        "ends_on": f"{contract.ends_on:%-d %B %Y}",
        "package": [
            [
                line.service,
                line.used_in_period,
                line.used_in_year,
                "No limit" if line.included is None else line.included,
                ""
                if line.included is None
                else f"{line.included - line.used_in_year} left"
                if line.used_in_year <= line.included
                else f"{line.used_in_year - line.included} beyond",
            ]
            for line in contract.package
        ],
    }


def _complaints(now: ComplaintTally, before: ComplaintTally) -> list[list[str | int]]:
    def part(number: int, of: int) -> str:
        return f"{number:,} of {of:,}" if of else "none due"

    return [
        ["Complaints received", now.received, before.received],
        [
            f"Acknowledged within {ACKNOWLEDGED_WITHIN_WORKING_DAYS} working days",
            part(now.acknowledged_in_time, now.acknowledge_due),
            part(before.acknowledged_in_time, before.acknowledge_due),
        ],
        [
            f"Answered within {ANSWERED_WITHIN_WORKING_DAYS} working days",
            part(now.answered_in_time, now.answer_due),
            part(before.answered_in_time, before.answer_due),
        ],
        ["Upheld in whole or part", now.upheld, before.upheld],
        ["Waiting for an answer", now.waiting, before.waiting],
    ]


def _broken_down(figures: PackFigures, key: str) -> dict[str, Any]:
    """The values that have a number to show, then all; those without are named."""
    by, rows, unsaid = BREAKDOWNS[key], [], []
    for value in by.words:
        numbers = [figures.tables.at(key, value, counter) for counter in COUNTERS]
        if all(number is None for number in numbers):
            unsaid.append(by.word(value))
        elif any(numbers):
            rows.append([by.word(value), *map(_said, numbers)])
    totals = [figures.now.count(counter) for counter in COUNTERS]
    return {"name": by.name, "rows": [*rows, ["All", *totals]] if rows else [], "unsaid": unsaid}


def _in_words(chart: Chart) -> str:
    """The chart in words, for who cannot see it."""
    rows = "; ".join(": ".join((row[0], ", ".join(row[1:]))) for row in chart.table)
    return f"{chart.finding} {chart.note} {rows}."


def themes(figures: PackFigures) -> list[str]:
    """What stands out, in sentences; of what may be said alone."""
    found = []
    for key, counter, about in (
        ("decision_type", "referrals", "Most referrals were about: "),
        ("need", "referrals", "The needs named most often: "),
        ("delay_cause", "mediations_held", "Causes of delay recorded for mediations held: "),
    ):
        by = BREAKDOWNS[key]
        counted = {
            value: figures.tables.at(key, value, counter) or 0
            for value in by.words
            if value not in (UNKNOWN, NONE)
        }
        top = sorted((-number, by.word(value)) for value, number in counted.items() if number)[:3]
        if top:
            most = ", ".join(f"{within_sentence(word)} ({-n:,})" for n, word in top)
            found.append(f"{about}{most}.")
    steps = figures.now.ratios["steps_on_time"]
    late = steps.denominator - steps.numerator
    if late:
        found.append(
            f"{late:,} of {steps.denominator:,} agreed steps that fell due were not done on time. "
            "The Ombudsman has found fault where agreed steps were not done."
        )
    attended = figures.now.ratios["authority_attended"]
    missed = attended.denominator - attended.numerator
    if missed:
        found.append(
            f"The authority did not come to {missed:,} of {attended.denominator:,} meetings."
        )
    return found


def file_name(authority: str, period: Period, ending: str) -> str:
    """The name of a pack's file: place and period, nothing of a person."""
    return f"report-{authority}-{period.code}.{ending}"


def issued_words(at: dt.datetime) -> str:
    return f"{at:%-d %B %Y}"
