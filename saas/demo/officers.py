"""Who of each authority's team looks after which case, in the demonstration."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

import sqlalchemy as sa

from saas.database.scope import Scope, scoped
from saas.demo.people import authority_member
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tenants.calendars.feeds import feed_of, make_feed
from tenants.casework.kept.models import CasePosition
from tenants.casework.row_columns import Actor
from tenants.worktrays.assignment import assign_officer
from tenants.worktrays.models import CaseOfficer

# Of ten open cases, so many are the officer's and the manager's; nobody looks after the others yet.
OFFICERS, MANAGERS = 5, 2


def seed_officers(tenancies: Sequence[Tenancy], today: dt.date) -> None:
    """Give open cases to the teams of authorities that have given none, and make a calendar."""
    at = dt.datetime(today.year, today.month, today.day, 8, 50, tzinfo=dt.UTC)
    for tenancy in tenancies:
        officer = authority_member(tenancy.slug, AuthorityRole.OFFICER)
        manager = authority_member(tenancy.slug, AuthorityRole.MANAGER)
        rng = random.Random(f"who looks after what in {tenancy.slug}")
        with scoped(Scope.authority(tenancy.id, manager.id)) as session:
            if session.scalar(sa.select(CaseOfficer.case_id).limit(1)) is not None:
                continue
            cases = session.scalars(
                sa.select(CasePosition.case_id)
                .where(CasePosition.tenant_id == tenancy.id, CasePosition.is_open)
                .order_by(CasePosition.case_id)
            ).all()
            turns = {case_id: rng.randrange(10) for case_id in cases}
            by = Actor(manager.id, manager.name, at)
            for person, first, last in (
                (officer, 0, OFFICERS),
                (manager, OFFICERS, OFFICERS + MANAGERS),
            ):
                own = [case_id for case_id, turn in turns.items() if first <= turn < last]
                assign_officer(session, own, person.id, by=by)
        with scoped(Scope.identity()) as session:
            if feed_of(session, officer.id) is None:
                make_feed(session, officer.id, at=at)
