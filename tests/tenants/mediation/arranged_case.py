"""A case on its way to a meeting, with who acts in it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.casework import actions as casework
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import FactKind
from tenants.casework.models import CaseFact
from tests.factories import (
    TODAY,
    Someone,
    actor,
)
from tests.page_client import PageClient


def day(name: str, on: dt.date) -> dict[str, str]:
    return {
        f"{name}-day": str(on.day),
        f"{name}-month": str(on.month),
        f"{name}-year": str(on.year),
    }


@dataclass
class Case:
    tenant: Tenancy
    id: uuid.UUID
    provider: PageClient
    authority: PageClient
    mediator: Someone

    @property
    def meetings(self) -> str:
        return f"/provider/{self.tenant.slug}/cases/{self.id}/meetings"

    @property
    def own(self) -> str:
        return f"/authority/cases/{self.id}/meetings"

    def does(self, act: str, **fields: object) -> None:
        response = self.provider.submit(f"{self.meetings}/{act}", fields)
        assert response.status_code == 302, response.text

    def facts(self, kind: FactKind) -> list[sa.Row[str | None, dict[str, object]]]:
        with scoped(Scope.provider(self.tenant.id, None)) as session:
            return list(
                session.execute(
                    sa.select(CaseFact.value, CaseFact.detail)
                    .where(CaseFact.case_id == self.id, CaseFact.kind == kind)
                    .order_by(CaseFact.recorded_at, CaseFact.id)
                )
            )

    def position(self) -> tuple[str | None, str | None]:
        with scoped(Scope.provider(self.tenant.id, None)) as session:
            row = session.execute(
                sa.select(CasePosition.next_step, CasePosition.waiting_for).where(
                    CasePosition.case_id == self.id
                )
            ).one()
            return row[0], row[1]


def fixed_case(case: Case, meeting_on: dt.date, **more: str) -> None:
    """Fixed long enough ago, for a day that is over or not."""
    with scoped(Scope.provider(case.tenant.id, None)) as session:
        casework.add_fact(
            session,
            case.id,
            FactKind.ADVISER_INFORMED_AUTHORITY,
            dt.date(2026, 5, 8) if more.get("late") else dt.date(2026, 5, 20),
            by=actor(),
            today=TODAY,
        )
        casework.add_fact(
            session,
            case.id,
            FactKind.MEETING_FIXED,
            dt.date(2026, 5, 21),
            detail={"meeting_on": meeting_on.isoformat(), "time": "10:00", "place": "Library"},
            by=actor(),
            today=TODAY,
        )


def make_person_of(case: Case) -> uuid.UUID:
    return uuid.uuid5(case.tenant.id, "an officer")


HELD = {
    "started_at": "10:05",
    "ended_at": "12:30",
    "authority_attended": "yes",
    "could_decide": "no",
    "voice_heard": "yes",
    "further": "no",
}
