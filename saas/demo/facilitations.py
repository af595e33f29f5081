"""Facilitated meetings of the demonstration: who was invited, what stood on the agenda, what all
took on. And whom the sides of a mediation bring.

They are written by the same acts as a user's.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from saas.demo.names import family_name, given_name
from saas.demo.people import EXAMPLE, Staff, authority_member, provider_staff
from saas.demo.words import AGENDAS, BROUGHT, POINTS, PURPOSES, SUMMARY
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.progress import ReportsProgress
from tenants.access_links.family_links import family_of
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import FactKind, Service, Side, Stage
from tenants.casework.models import SenCase
from tenants.casework.queries import load_record
from tenants.casework.record import CaseRecord
from tenants.casework.row_columns import Actor
from tenants.facilitation.actions import (
    action_point_done,
    answer_invitation,
    describe_meeting,
    invite,
    take_on,
    write_paper,
)
from tenants.facilitation.models import FacilitatedMeeting, MeetingType, PaperKind
from tenants.mediation.actions import add_participant

# So many cases of each authority are told in full; more of the one that stands for all.
EACH, OF_THE_EXAMPLE = 3, 6
ASKERS = (
    ("The school's SENCO", Side.SCHOOL),
    ("The family", Side.FAMILY),
    ("The SEN officer", Side.AUTHORITY),
)
AFTERNOON = dt.time(15, tzinfo=dt.UTC)


def seed_facilitations(tenancies: Sequence[Tenancy], today: dt.date, say: ReportsProgress) -> None:
    """Tell the open facilitations of each authority that has none told, and who takes part in
    its mediations."""
    with scoped(Scope.all_cases(None)) as session:
        have = set(session.scalars(sa.select(FacilitatedMeeting.tenant_id).distinct()))
    wanting = [tenancy for tenancy in tenancies if tenancy.id not in have]
    for number, tenancy in enumerate(wanting):
        say(f"Preparing the meetings of {tenancy.name}", number, len(wanting))
        rng = random.Random(f"the meetings of {tenancy.slug}")
        staff = rng.choice(_coordinators())
        with scoped(Scope.provider(tenancy.id, staff.id)) as session:
            for case_id, _ in _open(session, Service.FACILITATION, tuple(Stage), tenancy.slug):
                _tell(session, tenancy, case_id, staff, rng, today)
            arranged = (Stage.ARRANGING, Stage.FIXED)
            for case_id, opened in _open(session, Service.MEDIATION, arranged, tenancy.slug):
                _bring(session, tenancy, case_id, Actor(staff.id, staff.name, _at(opened)), rng)


def _open(
    session: ScopedSession, service: Service, stages: Sequence[Stage], slug: str
) -> list[tuple[uuid.UUID, dt.date]]:
    found = session.execute(
        sa.select(SenCase.id, SenCase.opened_on)
        .join(
            CasePosition,
            sa.and_(
                CasePosition.tenant_id == SenCase.tenant_id, CasePosition.case_id == SenCase.id
            ),
        )
        .where(
            SenCase.tenant_id == session.tenant,
            SenCase.service == service.value,
            CasePosition.is_open,
            CasePosition.stage.in_(stages),
        )
        .order_by(CasePosition.held_on.desc().nulls_last(), SenCase.opened_on, SenCase.id)
        .limit(OF_THE_EXAMPLE if slug == EXAMPLE else EACH)
    )
    return [(row[0], row[1]) for row in found]


def _tell(
    session: ScopedSession,
    tenancy: Tenancy,
    case_id: uuid.UUID,
    staff: Staff,
    rng: random.Random,
    today: dt.date,
) -> None:
    record = load_record(session, case_id)
    by = Actor(staff.id, staff.name, _at(record.opened_on))
    kind = rng.choice([one for one in MeetingType if one is not MeetingType.OTHER])
    ((_, family), *_others) = family_of(session, case_id)
    asker, side = rng.choice(ASKERS)
    describe_meeting(
        session,
        case_id,
        meeting_type=kind,
        purpose=PURPOSES[kind],
        requested_by=asker,
        requested_by_side=side,
        by=by,
    )
    for name, role, of, likely in _invited(tenancy.slug, family.partition(" (")[0], rng):
        one = invite(session, case_id, name=name, role=role, side=of, email=None, by=by)
        if record.has(FactKind.MEETING_FIXED) and rng.random() < likely:
            answer_invitation(session, case_id, one.id, coming=rng.random() < 0.9)
    _papers(session, case_id, record, kind, staff, rng, today)


def _invited(slug: str, family: str, rng: random.Random) -> list[tuple[str, str, Side, float]]:
    officer = authority_member(slug, AuthorityRole.OFFICER)

    def somebody() -> str:
        return f"{given_name(rng)} {family_name(rng)}"

    return [
        (family, "Family", Side.FAMILY, 1),
        (officer.name, "SEN officer", Side.AUTHORITY, 0.9),
        (somebody(), "SENCO", Side.SCHOOL, 0.9),
        (somebody(), "Educational psychologist", Side.AUTHORITY, 0.6),
        (somebody(), "Speech and language therapist", Side.HEALTH, 0.5),
    ]


def _papers(
    session: ScopedSession,
    case_id: uuid.UUID,
    record: CaseRecord,
    kind: MeetingType,
    staff: Staff,
    rng: random.Random,
    today: dt.date,
) -> None:
    fixed = record.last(FactKind.MEETING_FIXED)
    held = record.first(FactKind.MEETING_HELD)
    on = fixed.on if fixed else record.opened_on
    write_paper(
        session,
        case_id,
        PaperKind.AGENDA,
        text=AGENDAS[kind],
        share=fixed is not None and (held is not None or rng.random() < 0.6),
        on=on,
        by=Actor(staff.id, staff.name, _at(on)),
        today=today,
    )
    if held is None:
        return
    by = Actor(staff.id, staff.name, _at(held.on))
    for what, who, side, days in rng.sample(POINTS, 3):
        due = held.on + dt.timedelta(days=days)
        point = take_on(
            session,
            case_id,
            what=what,
            who=who,
            side=side,
            agreed_on=held.on,
            due_on=due,
            by=by,
        )
        done = held.on + dt.timedelta(days=rng.randint(1, days))
        if done <= today and rng.random() < 0.7:
            action_point_done(session, case_id, point.id, on=done, by=by, today=today)
    share = rng.random() < 0.7
    write_paper(
        session,
        case_id,
        PaperKind.SUMMARY,
        text=SUMMARY,
        share=share,
        on=held.on,
        by=by,
        today=today,
    )


def _bring(
    session: ScopedSession, tenancy: Tenancy, case_id: uuid.UUID, by: Actor, rng: random.Random
) -> None:
    for side, roles in BROUGHT.items():
        if rng.random() < 0.7:
            add_participant(
                session,
                case_id,
                side=side,
                name=f"{given_name(rng)} {family_name(rng)}",
                role=rng.choice(roles),
                by=by,
            )


def _at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, AFTERNOON)


def _coordinators() -> list[Staff]:
    return [one for one in provider_staff() if one.role is ProviderRole.COORDINATOR]
