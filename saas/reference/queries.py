"""What other parts of the service ask of the reference data. Every login role may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.reference.models import (
    NOT_APPLICABLE,
    SUPPRESSED,
    UNAVAILABLE,
    DfeAppealRate,
    DfeSen2Figure,
    EducationAuthority,
)

Stage = Literal["request", "assessment", "other"]
STAGES: tuple[Stage, ...] = ("request", "assessment", "other")

_MARKS_IN_WORDS = {
    UNAVAILABLE: "not available",
    NOT_APPLICABLE: "not applicable",
    SUPPRESSED: "suppressed",
}


@dataclass(frozen=True)
class Figure:
    """A published number, or why there is none. A missing number is never a zero."""

    number: int | None
    mark: str | None = None

    @property
    def is_known(self) -> bool:
        return self.number is not None

    def __str__(self) -> str:
        if self.number is not None:
            return f"{self.number:,}"
        return _MARKS_IN_WORDS.get(self.mark or "", "not published")


@dataclass(frozen=True)
class StageFigures:
    """Mediations held at one stage, those of them followed by an appeal, and all appeals."""

    mediations: Figure
    followed_by_appeal: Figure
    appeals: Figure


@dataclass(frozen=True)
class PlaceFigures:
    """What the DfE published of one place and calendar year (SEN2, 'Education, health and care
    plans'). `place` is a DfE number, or the ONS code of a region or of England."""

    place: str
    name: str
    level: str
    year: int
    requests_received: Figure
    requests_refused: Figure
    assessments: Figure
    plans_refused: Figure
    request: StageFigures
    assessment: StageFigures
    other: StageFigures

    @property
    def stages(self) -> dict[Stage, StageFigures]:
        return {"request": self.request, "assessment": self.assessment, "other": self.other}

    @property
    def mediations_held(self) -> int | None:
        """The sum of the three stages; None unless all three were published."""
        return _sum([figures.mediations for figures in self.stages.values()])

    @property
    def followed_by_appeal(self) -> int | None:
        """Of the mediations held; None unless published for all three stages."""
        return _sum([figures.followed_by_appeal for figures in self.stages.values()])

    @property
    def is_complete(self) -> bool:
        """Whether both totals are known."""
        return self.mediations_held is not None and self.followed_by_appeal is not None

    @property
    def caution(self) -> str | None:
        """What to say beside a comparison that stands on this place's figures."""
        if not self.is_complete:
            return f"Some figures of {self.name} for {self.year} were not published."
        if self.mediations_held == 0:
            return f"{self.name} reported no mediation in {self.year}, which may be a gap."
        return None


@dataclass(frozen=True)
class AppealRate:
    """Appeals registered against appealable decisions in a year. `unusable_because` says why the
    published row is withheld: its figures are then left out here."""

    dfe_number: str
    year: int
    appeals: Figure
    decisions: Figure
    rate_percent: Decimal | None
    unusable_because: str | None


def authorities(session: Session, *, closed: bool = False) -> Sequence[EducationAuthority]:
    """The authorities of today by name; with `closed`, those that are gone as well."""
    query = sa.select(EducationAuthority).order_by(EducationAuthority.display_name)
    if not closed:
        query = query.where(EducationAuthority.valid_to.is_(None))
    return session.scalars(query).all()


def authority_by_slug(session: Session, slug: str) -> EducationAuthority | None:
    """The authority whose address this is, open or closed."""
    return session.scalar(sa.select(EducationAuthority).where(EducationAuthority.slug == slug))


def figures_of_places(
    session: Session, places: Sequence[str], year: int
) -> dict[str, PlaceFigures]:
    """What was published of a calendar year for authorities, regions or `shipped.ENGLAND`, by
    their codes, in one query; a place without figures is not there."""
    return _by_place(
        session.scalars(
            sa.select(DfeSen2Figure).where(
                DfeSen2Figure.place.in_(places), DfeSen2Figure.year == year
            )
        )
    )


def all_authority_figures(session: Session, year: int) -> dict[str, PlaceFigures]:
    """Every authority's figures of a year by DfE number, in one query."""
    rows = session.scalars(
        sa.select(DfeSen2Figure).where(
            DfeSen2Figure.year == year, DfeSen2Figure.level == "authority"
        )
    )
    return _by_place(rows)


def published_years(session: Session) -> list[int]:
    """The calendar years that figures are there for, the earliest first."""
    return list(session.scalars(sa.select(DfeSen2Figure.year).distinct().order_by("year")))


def appeal_rate(session: Session, dfe_number: str, year: int) -> AppealRate | None:
    """An authority's appeal rate of a year; None if nothing was published."""
    row = session.get(DfeAppealRate, (dfe_number, year))
    if row is None:
        return None
    usable = row.unusable_because is None
    withheld = Figure(None)
    return AppealRate(
        dfe_number=row.dfe_number,
        year=row.year,
        appeals=Figure(row.appeals, row.appeals_mark) if usable else withheld,
        decisions=Figure(row.decisions, row.decisions_mark) if usable else withheld,
        rate_percent=row.rate_percent if usable else None,
        unusable_because=row.unusable_because,
    )


def _by_place(rows: Iterable[DfeSen2Figure]) -> dict[str, PlaceFigures]:
    by_place: dict[str, list[DfeSen2Figure]] = {}
    for row in rows:
        by_place.setdefault(row.place, []).append(row)
    return {place: _gathered(figures) for place, figures in by_place.items()}


def _gathered(rows: Sequence[DfeSen2Figure]) -> PlaceFigures:
    first = rows[0]
    figures = {row.measure: Figure(row.number, row.mark) for row in rows}

    def stage(name: Stage) -> StageFigures:
        return StageFigures(
            mediations=figures[f"{name}_mediation"],
            followed_by_appeal=figures[f"{name}_tribunal_after_mediation"],
            appeals=figures[f"{name}_tribunal"],
        )

    return PlaceFigures(
        place=first.place,
        name=first.place_name,
        level=first.level,
        year=first.year,
        requests_received=figures["requests_received"],
        requests_refused=figures["requests_refused"],
        assessments=figures["assessments"],
        plans_refused=figures["plans_refused"],
        request=stage("request"),
        assessment=stage("assessment"),
        other=stage("other"),
    )


def _sum(figures: Sequence[Figure]) -> int | None:
    numbers = [figure.number for figure in figures if figure.number is not None]
    return sum(numbers) if len(numbers) == len(figures) else None
