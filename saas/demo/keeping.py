"""What is kept, held and erased in the demonstration; and the breach that runs meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from flask import current_app

from saas.database.scope import Scope, scoped
from saas.demo.breaches import seed_running_incident
from saas.demo.people import EXAMPLE, provider_staff
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework.row_columns import Actor
from tenants.papers.rounds import the_store
from tenants.protection.actions import ask_erasure, place_hold, set_rule
from tenants.protection.erasing import erase_of
from tenants.protection.models import CaseErasure
from tenants.protection.queries import due_cases, rule_of

YEARS = 2
CLAUSE = "the contract, clause 14.2: two years after a case closed"
WHY_HELD = "The family asked the Ombudsman to look at how the authority acted."
ERASED = 2


def seed_keeping(tenancies: Sequence[Tenancy], today: dt.date) -> None:
    """A rule, a case that is held, two that were erased last week, and one that waits.

    The one that waits is kept by the breach whose clock runs: nothing of the authority's is erased
    before that is over.
    """
    manager = next(one for one in provider_staff() if one.role is ProviderRole.MANAGER)
    store = the_store(current_app.extensions["settings"]).storage
    noon = dt.datetime.combine(today, dt.time(12), dt.UTC)
    week = dt.timedelta(days=7)
    for tenancy in tenancies:
        if tenancy.slug != EXAMPLE:
            continue
        scope = Scope.provider(tenancy.id, manager.id)
        with scoped(scope) as session:
            due = []
            is_new = session.scalar(sa.select(CaseErasure.id).limit(1)) is None
            if is_new:
                by = Actor(manager.id, manager.name, noon - week)
                set_rule(session, years=YEARS, reason=CLAUSE, by=by)
                due = [
                    one.case_id
                    for one in due_cases(
                        session, rule_of(session), today=today - week, offset=0, limit=12
                    )
                    if not one.keeps
                ]
                if len(due) > ERASED + 1:
                    place_hold(session, due[-1], reason=WHY_HELD, by=by)
                ask_erasure(session, due[:ERASED], by=by, today=today - week)
        erase_of(tenancy.id, storage=store, at=noon - week + dt.timedelta(minutes=3))
        with scoped(scope) as session:
            if is_new:
                by = Actor(manager.id, manager.name, noon)
                ask_erasure(session, due[ERASED : ERASED + 1], by=by, today=today)
        with scoped(scope) as session:
            seed_running_incident(session, today=today)
        erase_of(tenancy.id, storage=store, at=noon)
