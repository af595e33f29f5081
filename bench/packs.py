"""How long the report packs of every authority take: counted, drawn, printed and written."""

from __future__ import annotations

import datetime as dt
import time

import sqlalchemy as sa

from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.reference.today import LONDON
from tenants.statistics.measures.models import ReportPack
from tenants.statistics.measures.periods import quarter_of
from tenants.statistics.packs.runs import make_every_draft


def measured(_settings: Settings) -> str:
    """Make the packs of the last quarter that is over as the nightly job does, in one process."""
    at = dt.datetime.now(dt.UTC)
    of = quarter_of(at.astimezone(LONDON).date()).before
    begun = time.perf_counter()
    made, stayed = make_every_draft(of, at=at)
    took = time.perf_counter() - begun
    with scoped(Scope.all_cases(None)) as session:
        size = session.scalar(
            sa.select(
                sa.func.sum(sa.func.length(ReportPack.pdf) + sa.func.length(ReportPack.xlsx))
            ).where(ReportPack.period == of.code)
        )
    return (
        f"{made} packs of {of.name} in {took:.1f} s, {1000 * took / max(made, 1):.0f} ms each, "
        f"{(size or 0) / 1e6:.0f} MB of paper and workbooks; {stayed} were released before"
    )
