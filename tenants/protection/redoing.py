"""Erasing again what a restore brought back: UK GDPR article 17 holds for what was erased, whatever
a backup has kept of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields

import sqlalchemy as sa
from pydantic.dataclasses import dataclass as checked

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.documents.storage import Storage
from saas.identity.models import Person
from tenants.casework.models import SenCase
from tenants.protection.erasing import erase_of
from tenants.protection.keeping import refusal_words
from tenants.protection.models import CaseErasure
from tenants.subscribers.queries import every_tenant

NOBODY_KNOWN = "the list of erasures"


@checked(frozen=True)
class Erased:
    """One case that was erased, as the log has it: no way leads from here to anybody."""

    tenant_id: uuid.UUID
    id: uuid.UUID
    reference: str
    closed_on: dt.date
    kept_until: dt.date
    years: int
    asked_on: dt.date
    asked_at: dt.datetime
    asked_by: uuid.UUID | None
    erased_at: dt.datetime


@dataclass(frozen=True)
class Redone:
    """How many cases were erased again, and the numbers of those that were not, with the reason."""

    cases: int
    left: tuple[tuple[str, str], ...]


def erased_of(session: ScopedSession) -> list[Erased]:
    """What was erased in the session's authority."""
    rows = session.scalars(
        sa.select(CaseErasure).where(
            CaseErasure.tenant_id == session.tenant, CaseErasure.erased_at.is_not(None)
        )
    )
    names = [one.name for one in fields(Erased)]
    return [Erased(**{name: getattr(row, name) for name in names}) for row in rows]


def erase_again(erased: Iterable[Erased], *, storage: Storage, at: dt.datetime) -> Redone:
    """Erase each of these cases that is there again.

    It is asked for as it was, on the same day, so that what was due then is due now. What the
    database refuses (it is held in what was restored, for one) waits, and the worker tries it
    every hour.
    """
    known = {tenant for tenant, _ in every_tenant()}
    of_tenant: dict[uuid.UUID, list[Erased]] = {}
    for one in erased:
        of_tenant.setdefault(one.tenant_id, []).append(one)
    cases, left = 0, []
    for tenant, wanted in of_tenant.items():
        if tenant not in known:
            continue
        asked = _ask_again(tenant, wanted, at=at)
        # A part of them at a time, as long as it goes on.
        while asked and erase_of(tenant, storage=storage, at=at):
            pass
        still = _still_there(tenant, asked)
        cases += len(asked) - len(still)
        left += still
    return Redone(cases, tuple(left))


def _ask_again(tenant: uuid.UUID, wanted: Iterable[Erased], *, at: dt.datetime) -> list[str]:
    """Ask for those that are there; their numbers."""
    names = _names({one.asked_by for one in wanted})
    asked = []
    with scoped(Scope.provider(tenant, None)) as session:
        for one in wanted:
            case_id = session.scalar(
                sa.select(SenCase.id).where(
                    SenCase.tenant_id == tenant, SenCase.reference == one.reference
                )
            )
            if case_id is None:
                continue
            asked.append(one.reference)
            if _waits(session, case_id):
                continue
            # The log has the first erasure where the restore left it as it was.
            in_log = session.get(CaseErasure, (tenant, one.id)) is not None
            again = CaseErasure(
                tenant_id=tenant, id=new_id() if in_log else one.id, case_id=case_id,
                reference=one.reference, closed_on=one.closed_on, kept_until=one.kept_until,
                years=one.years, asked_on=one.asked_on, asked_at=one.asked_at,
                asked_by=one.asked_by, asked_by_name=names.get(one.asked_by, NOBODY_KNOWN),
                taken_back_at=None, taken_back_by_name=None, refused=None, erased_at=None,
                files_removed_at=None,
            )  # fmt: skip
            session.add(again)
            session.flush()
            audit(
                session, "erasure asked for again", subject_kind="erasure", subject_id=again.id,
                at=at, first_erased_at=one.erased_at.isoformat(),
            )  # fmt: skip
    return asked


def _waits(session: ScopedSession, case_id: uuid.UUID) -> bool:
    waits = sa.select(CaseErasure.id).where(
        CaseErasure.tenant_id == session.tenant,
        CaseErasure.case_id == case_id,
        CaseErasure.erased_at.is_(None),
        CaseErasure.taken_back_at.is_(None),
    )
    return session.scalar(waits) is not None


def _names(people: set[uuid.UUID | None]) -> dict[uuid.UUID | None, str]:
    with scoped(Scope.identity()) as session:
        rows = session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(people)))
        return {row.id: row.name for row in rows}


def _still_there(tenant: uuid.UUID, references: list[str]) -> list[tuple[str, str]]:
    """Which of these cases are not erased, and why."""
    with scoped(Scope.provider(tenant, None)) as session:
        rows = session.execute(
            sa.select(SenCase.reference, CaseErasure.refused)
            .outerjoin(
                CaseErasure,
                sa.and_(
                    CaseErasure.tenant_id == SenCase.tenant_id,
                    CaseErasure.case_id == SenCase.id,
                    CaseErasure.taken_back_at.is_(None),
                ),
            )
            .where(SenCase.tenant_id == tenant, SenCase.reference.in_(references))
            .order_by(SenCase.reference)
        )
        return [(row.reference, refusal_words(row.refused or "fault")) for row in rows]
