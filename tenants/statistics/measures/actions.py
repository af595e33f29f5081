"""What changes the summary tables outside a case's own acts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from saas.reference.progress import ReportsProgress, silent
from tenants.statistics.measures.models import MeasuredCase, MonthTally

# As keep_measures itself draws the line (migration 0003).
FEW_CASES = 50


def keep_later(session: ScopedSession) -> None:
    """Leave the summary alone for the rest of this transaction, which is writing a batch.

    The batch ends with `keep_all`, in the same transaction.
    """
    session.execute(sa.text("SET LOCAL app.measures_kept_later = 'yes'"))


def keep_all(session: ScopedSession) -> None:
    """Bring the summary of the session's tenant in step with every one of its cases."""
    session.execute(
        sa.text(
            "SELECT keep_measures(:tenant, ARRAY("
            "SELECT id FROM sen_case WHERE tenant_id = :tenant))"
        ),
        {"tenant": session.tenant},
    )
    session.execute(sa.text("SET LOCAL app.measures_kept_later = 'no'"))


@contextmanager
def keep_after_batch(session: ScopedSession) -> Iterator[Callable[[Sequence[uuid.UUID]], None]]:
    """For the time of a batch: the summary is brought in step once for each part of it, not once
    for each table that the part is written to."""

    def keep(case_ids: Sequence[uuid.UUID]) -> None:
        # Of an authority whose first thousand cases are in this transaction the planner knows
        # nothing, expects one row and joins each with all: 30 seconds instead of 0.1. For a few
        # cases it is the other way round: joined otherwise, they read the whole of the authority.
        # The limit of time is that of a page; a batch of thousands may take longer.
        session.execute(sa.text("SET LOCAL statement_timeout = '10min'"))
        many = len(case_ids) > FEW_CASES
        if many:
            session.execute(sa.text("SET LOCAL enable_nestloop = off"))
        session.execute(
            sa.text("SELECT keep_measures(:tenant, :cases)").bindparams(
                sa.bindparam("cases", type_=sa.ARRAY(sa.Uuid))
            ),
            {"tenant": session.tenant, "cases": list(case_ids)},
        )
        if many:
            session.execute(sa.text("SET LOCAL enable_nestloop = on"))

    keep_later(session)
    yield keep
    session.execute(sa.text("SET LOCAL app.measures_kept_later = 'no'"))


def count_anew(session: ScopedSession) -> None:
    """Throw the summary of the session's tenant away and make it from its cases."""
    # The lock of keep_measures, taken before anything is thrown away.
    session.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtextextended('measures ' || :tenant, 0))"),
        {"tenant": str(session.tenant)},
    )
    tenant = session.tenant
    session.execute(sa.delete(MeasuredCase).where(MeasuredCase.tenant_id == tenant))
    tally = MonthTally.__table__
    session.execute(tally.delete().where(tally.c.tenant_id == tenant))
    keep_all(session)


def count_all_anew(tenancies: Sequence[Tenancy], say: ReportsProgress = silent) -> None:
    """Count the summary of each of these authorities anew, in a transaction of its own."""
    for number, tenancy in enumerate(tenancies):
        say(f"Counting {tenancy.name}", number, len(tenancies))
        with scoped(Scope.provider(tenancy.id, None)) as session:
            count_anew(session)
