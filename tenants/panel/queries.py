"""What reads the panel."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.database.together import Together
from saas.identity.models import Person, ProviderStaff
from saas.identity.permissions import ProviderRole
from tenants.casework.kept.models import CasePosition
from tenants.casework.models import SenCase
from tenants.panel.members import Conflict, Member, Part, RegisterBody
from tenants.panel.models import PanelAbsence, PanelArea, PanelConflict, PanelMember
from tenants.subscribers.models import Subscriber


def panel(session: ScopedSession, *, conflicts: bool = True) -> list[Member]:
    """Every member, by name, in a fixed number of queries.

    The conflicts are those that the session's role may read: all of them for the reader of all
    tenants, the tenant's own for the provider inside one.
    """
    return _members(session, sa.true(), conflicts=conflicts)


def panel_member(session: ScopedSession, person_id: uuid.UUID) -> Member | None:
    """One member, or None."""
    return next(iter(_members(session, PanelMember.person_id == person_id, conflicts=True)), None)


def _members(
    session: ScopedSession, which: sa.ColumnElement[bool], *, conflicts: bool
) -> list[Member]:
    found = (_WITH_CONFLICTS if conflicts else _ABOUT_ALL).ask(session)
    areas: dict[uuid.UUID, set[str]] = defaultdict(set)
    for area in found["areas"]:
        areas[area.person_id].add(area.dfe_number)
    absences: dict[uuid.UUID, list[tuple[dt.date, dt.date]]] = defaultdict(list)
    for away in found["absences"]:
        absences[away.person_id].append((away.first_day, away.last_day))
    barred: dict[uuid.UUID, list[Conflict]] = defaultdict(list)
    for row in found.get("conflicts", ()):
        barred[row.person_id].append(
            Conflict(row.id, row.tenant_id, row.case_id, row.reason, row.reference)
        )
    rows = session.execute(
        sa.select(PanelMember, Person.name)
        .join(Person, Person.id == PanelMember.person_id)
        .where(which)
        .order_by(Person.name, Person.id)
    )
    return [
        _member(
            row.PanelMember,
            row.name,
            areas[row.PanelMember.person_id],
            absences[row.PanelMember.person_id],
            barred[row.PanelMember.person_id],
        )
        for row in rows
    ]


_ABOUT = {
    "areas": sa.select(PanelArea.person_id, PanelArea.dfe_number),
    "absences": sa.select(
        PanelAbsence.person_id, PanelAbsence.first_day, PanelAbsence.last_day
    ).order_by(PanelAbsence.first_day),
}
_CONFLICTS = (
    sa.select(
        PanelConflict.person_id,
        PanelConflict.id,
        PanelConflict.tenant_id,
        PanelConflict.case_id,
        PanelConflict.reason,
        SenCase.reference,
    )
    .outerjoin(
        SenCase,
        sa.and_(SenCase.tenant_id == PanelConflict.tenant_id, SenCase.id == PanelConflict.case_id),
    )
    .order_by(PanelConflict.recorded_at)
)
_ABOUT_ALL = Together(_ABOUT)
_WITH_CONFLICTS = Together({**_ABOUT, "conflicts": _CONFLICTS})


def _member(
    row: PanelMember,
    name: str,
    areas: set[str],
    absences: list[tuple[dt.date, dt.date]],
    conflicts: list[Conflict],
) -> Member:
    parts = {Part.MEDIATOR: row.mediates, Part.FACILITATOR: row.facilitates}
    return Member(
        person_id=row.person_id,
        name=name,
        parts=frozenset(part for part, does in parts.items() if does),
        register_body=RegisterBody(row.register_body),
        register_number=row.register_number,
        register_expires_on=row.register_expires_on,
        dbs_expires_on=row.dbs_expires_on,
        insurance_expires_on=row.insurance_expires_on,
        cpd_hours=row.cpd_hours,
        cpd_on=row.cpd_on,
        dbs_on=row.dbs_on,
        languages=row.languages,
        public_employer=row.public_employer,
        left_on=row.left_on,
        areas=frozenset(areas),
        absences=tuple(absences),
        conflicts=tuple(conflicts),
    )


def open_appointments(session: ScopedSession) -> Mapping[uuid.UUID, int]:
    """How many open cases each mediator has, over all authorities: for the reader's session."""
    counted = session.execute(
        sa.select(SenCase.mediator_id, sa.func.count())
        .join(
            CasePosition,
            sa.and_(
                CasePosition.tenant_id == SenCase.tenant_id, CasePosition.case_id == SenCase.id
            ),
        )
        .where(SenCase.mediator_id.is_not(None), CasePosition.is_open)
        .group_by(SenCase.mediator_id)
    )
    return {row[0]: row[1] for row in counted if row[0] is not None}


def not_on_panel(session: ScopedSession) -> list[tuple[uuid.UUID, str]]:
    """The provider's mediators who are not on the panel yet: id and name."""
    rows = session.execute(
        sa.select(Person.id, Person.name)
        .join(ProviderStaff, ProviderStaff.person_id == Person.id)
        .where(
            ProviderStaff.role == ProviderRole.MEDIATOR.value,
            Person.id.not_in(sa.select(PanelMember.person_id)),
        )
        .order_by(Person.name, Person.id)
    )
    return [(row[0], row[1]) for row in rows]


def places_served(session: ScopedSession) -> list[tuple[str, str]]:
    """The DfE number and the name of every authority that subscribes or did, by name."""
    rows = session.execute(
        sa.select(Subscriber.dfe_number, Subscriber.name).order_by(Subscriber.name)
    )
    return [(row[0], row[1]) for row in rows]


def absences_of(session: ScopedSession, person_id: uuid.UUID) -> list[Any]:
    """A member's days away, each with its id."""
    return list(
        session.execute(
            sa.select(PanelAbsence.id, PanelAbsence.first_day, PanelAbsence.last_day)
            .where(PanelAbsence.person_id == person_id)
            .order_by(PanelAbsence.first_day)
        )
    )
