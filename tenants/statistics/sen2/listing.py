"""What an authority enters about mediation in its SEN2 return, a person-level census.

SEN2 has yes/no flags alone: `RequestMediation`, `RequestTribunal` (module 2), and in module 3
`AssessmentMediation`, `AssessmentTribunal`, `OtherMediation`, `OtherTribunal`. Source: DfE SEN2
guides 2025 and 2026.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from saas.database.scope import ScopedSession
from saas.database.streaming import Reading
from saas.reference.upn import upn_fault
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import Service
from tenants.casework.models import Child, SenCase
from tenants.law.decisions import Stage
from tenants.statistics.measures.breakdowns import BREAKDOWNS, STAGE_OF
from tenants.statistics.measures.exports import Sheet
from tenants.statistics.measures.periods import Period

MODULES: dict[Stage, str] = {"request": "Request", "assessment": "Assessment", "other": "Other"}
FLAGS = tuple(
    f"{module}{what}" for module in MODULES.values() for what in ("Mediation", "Tribunal")
)
COLUMNS = (
    "UPN",
    "Date of birth",
    "Your reference",
    "Our cases",
    "Decision",
    "Mediation held",
    "Appeal registered",
    *FLAGS,
    "What to fix",
)
NOTES = (
    "A flag is Y where a mediation was held, or an appeal registered, in the calendar year.",
    "Rows that cannot be returned yet come first, with what to fix.",
)


@dataclass(frozen=True, slots=True)
class Sen2Row:
    """A child and a decision, with the flags to set for it."""

    child_id: uuid.UUID
    upn: str | None
    date_of_birth: dt.date
    authority_reference: str | None
    cases: tuple[str, ...]
    decision_type: str
    held_on: dt.date | None
    appeal_on: dt.date | None
    # One of its cases, on whose page what is wrong of the child can be said.
    case_id: uuid.UUID | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags to set."""
        module = MODULES[STAGE_OF[self.decision_type]]
        set_flags = []
        if self.held_on:
            set_flags.append(f"{module}Mediation")
        if self.appeal_on:
            set_flags.append(f"{module}Tribunal")
        return tuple(set_flags)

    @property
    def decision(self) -> str:
        return BREAKDOWNS["decision_type"].word(self.decision_type)

    @property
    def to_fix(self) -> str:
        """What stands in the way of returning the row; nothing if it can go."""
        cases = " and ".join(self.cases)
        if not self.upn:
            return f"No UPN: tell us the child's UPN for {cases}"
        fault = upn_fault(self.upn)
        return f"{fault} ({cases})" if fault else ""

    def as_columns(self) -> tuple[str | dt.date | None, ...]:
        return (
            self.upn,
            self.date_of_birth,
            self.authority_reference,
            ", ".join(self.cases),
            self.decision,
            self.held_on,
            self.appeal_on,
            *("Y" if flag in self.flags else "" for flag in FLAGS),
            self.to_fix,
        )


def sen2_rows(session: ScopedSession, period: Period) -> list[Sen2Row]:
    """The rows of a calendar year for the session's tenant: one a child and decision."""
    found = [_read(row) for row in session.execute(_in_order(session, period))]
    return sorted(found, key=lambda row: not row.to_fix)


def every_row(reading: Reading, period: Period) -> Iterator[Sen2Row]:
    """The same rows in the same order, read while they are asked for.

    They are read twice, as what is to be fixed stands first and is not the database's to say.
    """
    first, second = (reading.stream(_in_order(reading, period)) for _ in range(2))
    return chain(
        (row for row in map(_read, first) if row.to_fix),
        (row for row in map(_read, second) if not row.to_fix),
    )


def how_many(session: ScopedSession, period: Period) -> int:
    """The number of these rows."""
    rows = _grouped(session, period).with_only_columns(Child.id).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(rows)) or 0


def _read(row: sa.Row[*tuple[Any, ...]]) -> Sen2Row:
    child_id, upn, born, theirs, cases, decision_type, held_on, appeal_on, ids = row
    return Sen2Row(
        child_id, upn, born, theirs, tuple(cases), decision_type, held_on, appeal_on, ids[0]
    )


def _in_order(session: ScopedSession, period: Period) -> sa.Select[*tuple[Any, ...]]:
    # As Python orders text, whatever the database's own order is.
    reference = SenCase.reference.collate("C")
    cases = sa.func.array_agg(aggregate_order_by(reference, reference.asc()))
    held, appealed = _within(period)
    return (
        _grouped(session, period)
        .with_only_columns(
            Child.id,
            sa.func.min(Child.upn),
            sa.func.min(Child.date_of_birth),
            sa.func.min(SenCase.authority_reference),
            cases,
            SenCase.decision_type,
            sa.func.min(held),
            sa.func.min(appealed),
            sa.func.array_agg(aggregate_order_by(SenCase.id, reference.asc())),
        )
        .order_by(cases, SenCase.decision_type.collate("C"))
    )


def _within(period: Period) -> tuple[sa.ColumnElement[dt.date], sa.ColumnElement[dt.date]]:
    """When a mediation was held, and an appeal registered, if that was in the year."""
    held = sa.case(
        (
            sa.and_(
                SenCase.service == Service.MEDIATION.value,
                CasePosition.held_on.between(period.start, period.end),
            ),
            CasePosition.held_on,
        )
    )
    appealed = sa.case(
        (CasePosition.appeal_on.between(period.start, period.end), CasePosition.appeal_on)
    )
    return held, appealed


def _grouped(session: ScopedSession, period: Period) -> sa.Select[*tuple[Any, ...]]:
    held, appealed = _within(period)
    return (
        sa.select(Child.id)
        .select_from(SenCase)
        .join(
            CasePosition,
            sa.and_(
                CasePosition.tenant_id == SenCase.tenant_id, CasePosition.case_id == SenCase.id
            ),
        )
        .join(Child, sa.and_(Child.tenant_id == SenCase.tenant_id, Child.id == SenCase.child_id))
        .where(
            SenCase.tenant_id == session.tenant,
            SenCase.decision_type.is_not(None),
            sa.or_(held.is_not(None), appealed.is_not(None)),
        )
        .group_by(Child.tenant_id, Child.id, SenCase.decision_type)
    )


def sheet(rows: Iterable[Sen2Row], period: Period) -> Sheet:
    """The list as a table; its rows are made while they are asked for."""
    return Sheet(
        "SEN2",
        f"SEN2 list for {period.name}",
        COLUMNS,
        (row.as_columns() for row in rows),
        notes=NOTES,
    )
