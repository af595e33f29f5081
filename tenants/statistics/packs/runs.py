"""Making the packs of all authorities, by command or by night."""

from __future__ import annotations

import datetime as dt

from flask import current_app

from saas.database.scope import Scope, scoped
from saas.documents.content import Provider
from saas.reference.today import LONDON
from tenants.casework.row_columns import Actor
from tenants.statistics.measures.periods import Period, quarter_of
from tenants.statistics.packs.packs import make_draft, packs
from tenants.subscribers.queries import all_tenancies


def make_every_draft(of: Period, *, at: dt.datetime, only_missing: bool = False) -> tuple[int, int]:
    """Make each authority's draft in a transaction of its own; how many, and how many stayed.

    Safe to run twice: a released pack stays, and with `only_missing` a draft does too.
    """
    provider = Provider.of(current_app.extensions["settings"])
    with scoped(Scope.all_cases(None)) as session:
        tenancies = all_tenancies(session)
        stays = {
            line.tenant_id for line in packs(session, of.code) if only_missing or line.released_at
        }
    made = 0
    for tenancy in tenancies:
        if tenancy.id in stays:
            continue
        with scoped(Scope.provider(tenancy.id, None)) as session:
            by = Actor(None, "The nightly run", at)
            make_draft(session, of, provider=provider, by=by, today=at.astimezone(LONDON).date())
        made += 1
    return made, len(tenancies) - made


def make_missing_drafts(*, at: dt.datetime) -> int:
    """The packs of the quarter that ended last, as far as nobody made them; how many."""
    return make_every_draft(
        quarter_of(at.astimezone(LONDON).date()).before, at=at, only_missing=True
    )[0]
