"""What is kept, held and erased in the demonstration, who asked for their data, and the breach that
runs meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from flask import current_app

from saas.database.scope import Scope, ScopedSession, scoped
from saas.demo.breaches import seed_running_incident
from saas.demo.people import EXAMPLE, provider_staff
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty
from tenants.casework.row_columns import Actor
from tenants.papers.rounds import the_store
from tenants.protection.actions import ask_erasure, place_hold, set_rule
from tenants.protection.answers.actions import answer, decide, follow_up, record_request
from tenants.protection.erasing import erase_of
from tenants.protection.models import RetentionRule
from tenants.protection.queries import due_cases, rule_of
from tenants.restrictions import actions as restricting

YEARS = 2
CLAUSE = "the contract, clause 14.2: two years after a case closed"
WHY_HELD = "The family asked the Ombudsman to look at how the authority acted."
ERASED = 2
CONTESTED = "The mother says that the day of the meeting is recorded wrongly."
OBJECTED = "The young person does not want the case to be used any further."


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
        by = Actor(manager.id, manager.name, noon - week)
        with scoped(scope) as session:
            is_new = session.scalar(sa.select(RetentionRule.id).limit(1)) is None
            if is_new:
                set_rule(session, years=YEARS, reason=CLAUSE, by=by)
        if not is_new:
            continue
        with scoped(scope) as session:
            due = [
                one.case_id
                for one in due_cases(
                    session, rule_of(session), today=today - week, offset=0, limit=12
                )
                if not one.keeps
            ]
            place_hold(session, due.pop(), reason=WHY_HELD, by=by)
            ask_erasure(session, due[:ERASED], by=by, today=today - week)
        erase_of(tenancy.id, storage=store, at=noon - week + dt.timedelta(minutes=3))
        by = Actor(manager.id, manager.name, noon)
        with scoped(scope) as session:
            ask_erasure(session, due[ERASED : ERASED + 1], by=by, today=today)
        with scoped(scope) as session:
            seed_running_incident(session, today=today)
            _seed_requests(session, by, today)
            _seed_restrictions(session, by, today)
        erase_of(tenancy.id, storage=store, at=noon)


def _seed_requests(session: ScopedSession, by: Actor, today: dt.date) -> None:
    """A mother who waits for her answer, and a young person who got theirs."""
    parties = session.scalars(
        sa.select(CaseParty)
        .join(
            CasePosition,
            sa.and_(
                CasePosition.tenant_id == CaseParty.tenant_id,
                CasePosition.case_id == CaseParty.case_id,
            ),
        )
        .where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.side == Side.FAMILY.value,
            CasePosition.is_open,
        )
        .order_by(CaseParty.case_id)
        .limit(2)
    ).all()
    for number, party in enumerate(parties):
        came = today - dt.timedelta(days=19 + 60 * number)
        one = record_request(
            session,
            side=party.side,
            cases=[{"case": str(party.case_id), "party": str(party.id)}],
            received_on=came,
            by=by,
            today=today,
        )
        follow_up(
            session, one, identity_on=came + dt.timedelta(days=2), how_known="known",
            acknowledged_on=came + dt.timedelta(days=1), extended_on=None, extended_because="",
            by=by, today=today,
        )  # fmt: skip
        if number:
            decide(session, one, proposed={}, given=set(), by=by)
            on = came + dt.timedelta(days=16)
            answer(session, one, on=on, outcome="given", words="", by=by, today=today)


def _seed_restrictions(session: ScopedSession, by: Actor, today: dt.date) -> None:
    """One whose accuracy was contested and is clear now, and an objection that waits."""
    cases = session.scalars(
        sa.select(CasePosition.case_id)
        .where(CasePosition.tenant_id == session.tenant, CasePosition.held_on.is_not(None))
        .order_by(CasePosition.is_open, CasePosition.held_on.desc(), CasePosition.case_id)
        .limit(2)
    ).all()
    said = (("accuracy", CONTESTED), ("objection", OBJECTED))
    for number, (case_id, (ground, words)) in enumerate(zip(cases, said, strict=False)):
        one = restricting.record(
            session, case_id, ground=ground, words=words,
            received_on=today - dt.timedelta(days=40 - 34 * number), by=by, today=today,
        )  # fmt: skip
        if not number:
            restricting.decide(
                session, one, decision="restricted", reason="The date is being looked up.",
                told_on=one.received_on, by=by, today=one.received_on + dt.timedelta(days=1),
            )  # fmt: skip
            on = one.received_on + dt.timedelta(days=9)
            restricting.lift(
                session, one, because="The date was put right.", told_on=on, by=by, today=on
            )
