"""Taking in what was said through other doors than the provider's.

An authority (or a family) may add facts of its own kinds to a case, as its own login role, and
mark them as said; it reaches neither the derived position nor what listens to facts (usage,
notices, measures). Those follow in the provider's scope, in a transaction of their own: at once
after the commit, and from the sweep if that was cut short. A fact is told to listeners once,
because the mark goes in the transaction that tells them.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable

import sqlalchemy as sa

from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from tenants.casework import fact_listeners as listeners
from tenants.casework.kept.keeping import store_position
from tenants.casework.kinds import FactKind, Side
from tenants.casework.models import AgreedStep, CaseFact
from tenants.casework.queries import load_record
from tenants.casework.record import Fact
from tenants.casework.reported_facts.models import ReportedFact
from tenants.casework.row_columns import Actor, done_as, undone

log = logging.getLogger(__name__)

# What a fact changes beside the position, when it is taken in: in the provider's scope.
Effect = Callable[[ScopedSession, uuid.UUID, Fact], None]


def _mark_step(session: ScopedSession, case_id: uuid.UUID, fact: Fact) -> None:
    """Mark the authority's own step as done; that of another side is not its to mark."""
    step = session.get(AgreedStep, (session.tenant, uuid.UUID(fact.detail["step_id"])))
    own = step is not None and step.case_id == case_id and step.responsible == Side.AUTHORITY
    if step is None or not own:
        return
    if fact.retracted:
        for name, value in undone(step, fact.detail.get("part")).items():
            setattr(step, name, value)
        return
    if step.done_on is not None:
        return
    step.done_on = fact.on
    for name, value in done_as(step, fact.detail.get("part")).items():
        setattr(step, name, value)


EFFECTS: dict[FactKind, Effect] = {FactKind.STEP_DONE: _mark_step}


def report(session: ScopedSession, case_id: uuid.UUID, fact_id: uuid.UUID, by: Actor) -> None:
    """Mark a fact of this transaction as said; it is taken in as soon as that is committed."""
    tenant = session.tenant
    session.flush()
    session.add(
        ReportedFact(tenant_id=tenant, id=new_id(), case_id=case_id, fact_id=fact_id, said_at=by.at)
    )

    def take_in() -> None:
        try:
            take_in_case(tenant, case_id)
        except Exception:
            # The fact is kept and marked; the sweep takes it in. The page has done its part.
            log.exception("what was said in case %s waits for the sweep", case_id)

    session.once_committed(take_in)


def take_in_case(tenant: uuid.UUID, case_id: uuid.UUID) -> int:
    """Take in what was said in a case, in order. Returns how many facts were; safe to repeat."""
    with scoped(Scope.provider(tenant, None)) as session:
        record = load_record(session, case_id, lock=True)
        said = session.execute(
            sa.select(
                ReportedFact.fact_id,
                CaseFact.recorded_by,
                CaseFact.recorded_by_name,
                CaseFact.recorded_at,
            )
            .join(
                CaseFact,
                sa.and_(
                    CaseFact.tenant_id == ReportedFact.tenant_id,
                    CaseFact.id == ReportedFact.fact_id,
                ),
            )
            .where(ReportedFact.tenant_id == tenant, ReportedFact.case_id == case_id)
            .order_by(ReportedFact.said_at, ReportedFact.id)
        ).all()
        facts = {fact.id: fact for fact in record.facts}
        for row in said:
            effect = EFFECTS.get(facts[row.fact_id].kind)
            if effect is not None:
                effect(session, case_id, facts[row.fact_id])
        session.flush()
        record = load_record(session, case_id)
        store_position(session, case_id, record)
        for row in said:
            by = Actor(row.recorded_by, row.recorded_by_name, row.recorded_at)
            listeners.tell(session, case_id, record, facts[row.fact_id], by)
        session.execute(
            sa.delete(ReportedFact).where(
                ReportedFact.tenant_id == tenant,
                ReportedFact.fact_id.in_([row.fact_id for row in said]),
            )
        )
        return len(said)


def sweep(*, before: dt.datetime) -> int:
    """Take in what was said before a time and is still marked. Returns how many facts were.

    A case that cannot be settled is logged and does not hold up the others.
    """
    with scoped(Scope.all_cases(None)) as session:
        waiting = session.execute(
            sa.select(ReportedFact.tenant_id, ReportedFact.case_id)
            .where(ReportedFact.said_at < before)
            .distinct()
        ).all()
    taken = 0
    for tenant, case_id in waiting:
        try:
            taken += take_in_case(tenant, case_id)
        except Exception:
            log.exception("what was said in case %s cannot be taken in", case_id)
    return taken
