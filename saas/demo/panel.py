"""The demonstration's panel: its mediators, with papers that hold, run out or have run out."""

from __future__ import annotations

import datetime as dt
import random

import sqlalchemy as sa

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.demo.authorities import DEMO_AUTHORITIES
from saas.demo.days import ONE_DAY
from saas.demo.people import EXAMPLE, provider_staff
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.models import EducationAuthority
from tenants.casework.row_columns import Actor
from tenants.panel.actions import MemberPapers, record_conflict, write_member
from tenants.panel.members import Part, RegisterBody
from tenants.panel.models import PanelAbsence, PanelMember

LANGUAGES = ("", "Urdu", "British Sign Language", "Polish, Romanian", "Bengali", "", "French")


def seed_panel(tenancies: list[Tenancy], today: dt.date) -> int:
    """Put the provider's mediators on the panel who are not on it yet; how many were added.

    Where none is, also days away of one of them and a conflict of another.
    """
    rng = random.Random(f"the panel {today.isoformat()}")
    mediators = [one for one in provider_staff() if one.role is ProviderRole.MEDIATOR]
    with scoped(Scope.panel(None)) as session:
        known = set(session.scalars(sa.select(PanelMember.person_id)))
        numbers = sorted(
            session.scalars(
                sa.select(EducationAuthority.dfe_number).where(
                    EducationAuthority.slug.in_(DEMO_AUTHORITIES)
                )
            )
        )
        missing = [one for one in mediators if one.id not in known]
        for number, staff in enumerate(mediators):
            papers = _papers(rng, number, today, numbers)
            if staff in missing:
                write_member(session, staff.id, papers)
        if not known and len(mediators) > 4:
            session.add(
                PanelAbsence(
                    id=new_id(),
                    person_id=mediators[4].id,
                    first_day=today - 2 * ONE_DAY,
                    last_day=today + 12 * ONE_DAY,
                )
            )
    example = next((one for one in tenancies if one.slug == EXAMPLE), None)
    if not known and example is not None:
        at = dt.datetime(today.year, today.month, today.day, 6, tzinfo=dt.UTC)
        with scoped(Scope.provider(example.id, None)) as session:
            record_conflict(
                session,
                mediators[2].id,
                case_reference="",
                reason="Worked in its SEN team until two years ago",
                by=Actor(None, "The demonstration", at),
            )
    return len(missing)


def _papers(rng: random.Random, number: int, today: dt.date, numbers: list[str]) -> MemberPapers:
    """By its number: the second's accreditation runs out soon, the fourth's insurance has."""

    def ahead(least: int, most: int) -> dt.date:
        return today + rng.randint(least, most) * ONE_DAY

    checked = today - rng.randint(100, 900) * ONE_DAY
    accredited, insured = ahead(90, 900), ahead(70, 360)
    college = rng.random() < 0.45
    some = frozenset(rng.sample(numbers, min(len(numbers), 12)))
    return MemberPapers(
        parts=frozenset({Part.MEDIATOR, Part.FACILITATOR} if number % 3 else {Part.MEDIATOR}),
        register_body=(
            RegisterBody.COLLEGE_OF_MEDIATORS if college else RegisterBody.CIVIL_MEDIATION_COUNCIL
        ),
        register_number=f"{'CoM' if college else 'CMC'}-{rng.randint(1000, 9999)}",
        register_expires_on=today + 31 * ONE_DAY if number == 1 else accredited,
        cpd_hours=rng.randint(8, 40),
        cpd_on=today - rng.randint(5, 90) * ONE_DAY,
        dbs_on=checked,
        dbs_expires_on=today + 45 * ONE_DAY if number == 5 else checked + 3 * 365 * ONE_DAY,
        insurance_expires_on=today - 9 * ONE_DAY if number == 3 else insured,
        languages=LANGUAGES[number % len(LANGUAGES)],
        public_employer=None,
        left_on=None,
        areas=some if number % 4 == 2 else frozenset(),
    )
