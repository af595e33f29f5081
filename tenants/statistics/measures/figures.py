"""The figures of one authority and one period, put together for whoever shows them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from saas.database.scope import ScopedSession
from tenants.law.decisions import STAGES, Stage
from tenants.statistics.measures import tallies
from tenants.statistics.measures.breakdowns import STAGE_BREAKDOWN
from tenants.statistics.measures.definitions import COUNTERS, MEDIAN_DAYS, SHARES
from tenants.statistics.measures.periods import Period
from tenants.statistics.measures.ratios import Ratio, ratios


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted in one period: counters, shares of them, and the two that the DfE stages."""

    counts: dict[str, int]
    stages: dict[str, dict[str, int]] = field(default_factory=dict)
    median_days: float | None = None

    def count(self, key: str) -> int:
        return self.counts.get(key, 0)

    def at_stage(self, key: str) -> dict[Stage, int]:
        return {stage: self.stages.get(stage, {}).get(key, 0) for stage in STAGES}

    @property
    def ratios(self) -> dict[str, Ratio]:
        return ratios(self.counts)


NOTHING = Figures({})


def figures_of_all(
    session: ScopedSession, period: Period, *, today: dt.date, staged: bool = True
) -> dict[uuid.UUID, Figures]:
    """The figures of every tenant the session may see, in a constant number of queries.

    Args:
        staged: whether the stages are asked for as well, which costs more than all the rest.
    """
    return figures_of_periods(session, (period,), today=today, staged=staged)[0]


def figures_of_periods(
    session: ScopedSession, periods: Sequence[Period], *, today: dt.date, staged: bool = True
) -> list[dict[uuid.UUID, Figures]]:
    """The figures of each period (`figures_of_all`), in as many queries as of one."""
    totals = tallies.totals_of(session, periods, today=today)
    medians = tallies.medians_of(session, periods)
    stages: list[dict[uuid.UUID, dict[str, dict[str, int]]]] = (
        tallies.by_value_of(session, periods, STAGE_BREAKDOWN) if staged else [{} for _ in periods]
    )
    return [
        {
            tenant: Figures(counts, by_stage.get(tenant, {}), median.get(tenant))
            for tenant, counts in counted.items()
        }
        for counted, by_stage, median in zip(totals, stages, medians, strict=True)
    ]


def as_json(figures: Figures, *, authority: str, year: int) -> dict[str, Any]:
    """The figures as programs read them: counts as integers, shares with what they are of."""
    shown: dict[str, Any] = {"authority": authority, "year": year}
    shown |= {counter.key: figures.count(counter.key) for counter in COUNTERS}
    for key in ("mediations_held", "followed_by_appeal"):
        shown[f"{key}_by_stage"] = figures.at_stage(key)
    for share_key, ratio in figures.ratios.items():
        shown[share_key] = (
            None
            if ratio.value is None
            else {
                "value": round(ratio.value, 4),
                "numerator": ratio.numerator,
                "denominator": ratio.denominator,
            }
        )
    shown[MEDIAN_DAYS.key] = figures.median_days
    return shown


def definitions() -> dict[str, dict[str, str]]:
    """What each number means, for programs."""
    meant = {
        c.key: {"name": c.name, "definition": c.sentence, "unit": c.unit, "source": c.source}
        for c in (*COUNTERS, MEDIAN_DAYS)
    }
    for s in SHARES:
        meant[s.key] = {
            "name": s.name,
            "definition": s.sentence,
            "numerator": s.numerator,
            "denominator": s.denominator,
            "unit": "percent",
            "source": s.source,
        }
    return meant
