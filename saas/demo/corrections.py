"""What was misheard, and put right, in the demonstration."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from saas.demo.days import ONE_DAY
from saas.demo.people import authority_member, provider_staff
from saas.demo.words import ADJUSTMENTS
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.upn import check_letter
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty, Child, SenCase
from tenants.casework.row_columns import Actor
from tenants.corrections.actions import correct_child, correct_person
from tenants.corrections.models import CorrectionProposal, RecordCorrection
from tenants.corrections.proposals import propose
from tenants.law.decisions import NEEDS

REASONS = (
    "Misheard on the telephone",
    "The family told us when it read the case page",
    "It stands otherwise on the authority's letter",
)
EACH = 2


def seed_corrections(tenancies: Sequence[Tenancy], today: dt.date) -> None:
    """Put something right in open cases of each authority that has no correction yet."""
    staff = provider_staff()
    coordinator = next(one for one in staff if one.role is ProviderRole.COORDINATOR)
    at = dt.datetime(today.year, today.month, today.day, 11, 20, tzinfo=dt.UTC) - ONE_DAY
    by = Actor(coordinator.id, coordinator.name, at)
    for tenancy in tenancies:
        rng = random.Random(f"what was put right in {tenancy.slug}")
        with scoped(Scope.provider(tenancy.id, coordinator.id)) as session:
            if session.scalar(sa.select(RecordCorrection.id).limit(1)) is None:
                _put_right(session, rng, by, today)
        officer = authority_member(tenancy.slug, AuthorityRole.OFFICER)
        with scoped(Scope.authority(tenancy.id, officer.id)) as session:
            if session.scalar(sa.select(CorrectionProposal.id).limit(1)) is None:
                _propose(session, rng, Actor(officer.id, officer.name, at))


def _propose(session: ScopedSession, rng: random.Random, by: Actor) -> None:
    """The authority says which UPN a child has that is in its return without one."""
    row = session.execute(
        sa.select(SenCase.id, Child)
        .join(Child, sa.and_(Child.tenant_id == SenCase.tenant_id, Child.id == SenCase.child_id))
        .where(SenCase.tenant_id == session.tenant, Child.upn.is_(None))
        .order_by(SenCase.reference.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return
    twelve = "".join(str(rng.randrange(10)) for _ in range(12))
    upn = check_letter(twelve) + twelve
    propose(session, row[0], row[1], {"upn": upn}, reason="The school census", by=by)


def _put_right(session: ScopedSession, rng: random.Random, by: Actor, today: dt.date) -> None:
    rows = session.execute(
        sa.select(SenCase.id, Child.primary_need, CaseParty.id, CaseParty.name, CaseParty.relation)
        .join(Child, sa.and_(Child.tenant_id == SenCase.tenant_id, Child.id == SenCase.child_id))
        .join(
            CasePosition,
            sa.and_(
                CasePosition.tenant_id == SenCase.tenant_id, CasePosition.case_id == SenCase.id
            ),
        )
        .join(
            CaseParty,
            sa.and_(
                CaseParty.tenant_id == SenCase.tenant_id,
                CaseParty.case_id == SenCase.id,
                CaseParty.side == Side.FAMILY.value,
            ),
        )
        .where(SenCase.tenant_id == session.tenant, CasePosition.is_open)
        .order_by(SenCase.reference.desc(), CaseParty.id)
        .limit(EACH)
    ).all()
    for number, (case_id, need, party_id, name, relation) in enumerate(rows):
        why = rng.choice(REASONS)
        if number % 2:
            other = rng.choice([code for code in NEEDS if code != need])
            correct_child(session, case_id, {"primary_need": other}, reason=why, by=by, today=today)
        else:
            said = {
                "name": name,
                "relation": relation,
                "adjustments": f"{rng.choice(ADJUSTMENTS)}, and a quiet room",
            }
            correct_person(session, case_id, party_id, said, reason=why, by=by)
