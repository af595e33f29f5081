"""What an authority enters about mediation in its SEN2 return, a person-level census.

SEN2 has yes/no flags alone: `RequestMediation`, `RequestTribunal` (module 2), and in module 3
`AssessmentMediation`, `AssessmentTribunal`, `OtherMediation`, `OtherTribunal`. Source: DfE SEN2
guides 2025 and 2026.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
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
    rows = session.execute(
        sa.select(
            Child.id,
            sa.func.min(Child.upn),
            sa.func.min(Child.date_of_birth),
            sa.func.min(SenCase.authority_reference),
            sa.func.array_agg(SenCase.reference),
            SenCase.decision_type,
            sa.func.min(held),
            sa.func.min(appealed),
            sa.func.array_agg(SenCase.id),
        )
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
    found = [
        Sen2Row(
            row[0], row[1], row[2], row[3], tuple(sorted(row[4])), row[5], row[6], row[7], row[8][0]
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: (not row.to_fix, row.cases, row.decision_type))


def sheet(rows: Sequence[Sen2Row], period: Period) -> Sheet:
    return Sheet(
        "SEN2",
        f"SEN2 list for {period.name}",
        COLUMNS,
        [row.as_columns() for row in rows],
        notes=NOTES,
    )
