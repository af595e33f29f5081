"""The demonstration's papers and messages, for the authorities that have none."""

from __future__ import annotations

import datetime as dt
import random
from functools import partial

import sqlalchemy as sa

from saas.database.base import ids_made_by
from saas.database.scope import Scope, scoped
from saas.demo.case_papers import seed_papers
from saas.demo.ids import MadeIds
from saas.demo.parts import Parts
from saas.demo.people import authority_member
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from saas.reference.progress import ReportsProgress
from tenants.papers.models import CaseDocument

# The authority whose people the quick start names first has more to look at.
MOST_LOOKED_AT, LOOKED_AT = "trafford", 12
ELSEWHERE = 3


def seed_all_papers(
    parts: Parts, tenancies: list[Tenancy], today: dt.date, say: ReportsProgress
) -> int:
    """Papers and messages for each authority without papers; how many papers. The people who are
    told must be there already."""
    with scoped(Scope.all_cases(None)) as session:
        with_papers = set(session.scalars(sa.select(CaseDocument.tenant_id).distinct()))
    broken_off = parts.broken_off()
    without = [
        tenancy
        for tenancy in tenancies
        if tenancy.id not in with_papers or _papers(tenancy) in broken_off
    ]
    written = 0
    for number, tenancy in enumerate(without):
        say(f"Filing the papers of {tenancy.name}", number, len(without))
        rng = random.Random(f"the papers of {tenancy.slug} {today.isoformat()}")
        moment = dt.datetime(today.year, today.month, today.day, 6, tzinfo=dt.UTC)
        officer = authority_member(tenancy.slug, AuthorityRole.OFFICER)
        cases = LOOKED_AT if tenancy.slug == MOST_LOOKED_AT else ELSEWHERE
        ids = MadeIds(random.Random(parts.seed_of(f"the papers of {tenancy.slug}")))
        with parts.making(_papers(tenancy)), ids_made_by(partial(ids, moment)):
            papers, _ = seed_papers(
                tenancy, officer=officer.name, cases=cases, today=today, rng=rng
            )
        written += papers
    return written


def _papers(tenancy: Tenancy) -> str:
    return f"the papers of {tenancy.name}"
