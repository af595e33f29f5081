"""What managers and authorities have made for themselves: reports, keys, filters they keep."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

import sqlalchemy as sa

from saas.database.scope import Scope, scoped
from saas.demo.people import EXAMPLE, authority_member, provider_member
from saas.demo.words import COMMENTARIES
from saas.documents.content import Provider
from saas.identity.habits import save_filter
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.progress import ReportsProgress
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty
from tenants.casework.row_columns import Actor
from tenants.notices.actions import choose_for_party, choose_for_person
from tenants.notices.topics import Topic
from tenants.statistics.api.tokens import Allows, make_token, tokens
from tenants.statistics.measures.models import ReportPack
from tenants.statistics.measures.periods import quarter_of
from tenants.statistics.packs.packs import make_draft, release, write_commentary

# The authority that stands for all has a year of reports; of the others, each so manieth has one.
QUARTERS, EVERY = 4, 6
KEY_DAYS = 180
KEPT = (
    ("provider", "Certificates to issue", "stage=certificate"),
    ("provider", "Overdue, and ours", "due=overdue&waiting_for=provider"),
    ("authority", "Meetings ahead", "stage=fixed"),
)


def seed_reports(
    tenancies: Sequence[Tenancy], *, provider: Provider, today: dt.date, say: ReportsProgress
) -> None:
    """Reports of the quarters that are over, where an authority has none."""
    manager = provider_member(ProviderRole.MANAGER)
    by = Actor(manager.id, manager.name, dt.datetime.combine(today, dt.time(14, tzinfo=dt.UTC)))
    with scoped(Scope.all_cases(None)) as session:
        have = set(session.scalars(sa.select(ReportPack.tenant_id).distinct()))
    chosen = [
        tenancy
        for place, tenancy in enumerate(sorted(tenancies, key=lambda each: each.slug))
        if tenancy.id not in have and (tenancy.slug == EXAMPLE or place % EVERY == 0)
    ]
    for number, tenancy in enumerate(chosen):
        say(f"Writing the reports of {tenancy.name}", number, len(chosen))
        _report(tenancy, provider, by, today)


def _report(tenancy: Tenancy, provider: Provider, by: Actor, today: dt.date) -> None:
    rng = random.Random(f"the reports of {tenancy.slug}")
    of = quarter_of(today)
    with scoped(Scope.provider(tenancy.id, by.id)) as session:
        for turn in range(QUARTERS if tenancy.slug == EXAMPLE else 1):
            of = of.before
            pack = make_draft(session, of, provider=provider, by=by, today=today)
            write_commentary(session, pack, rng.choice(COMMENTARIES), by=by)
            if turn or tenancy.slug == EXAMPLE or rng.random() < 0.5:
                release(session, pack, by=by, today=today)


def seed_habits(tenancies: Sequence[Tenancy], today: dt.date) -> None:
    """A key for an authority's own system, filters that people keep, e-mails they do not want."""
    at = dt.datetime.combine(today, dt.time(10, tzinfo=dt.UTC))
    example = next((one for one in tenancies if one.slug == EXAMPLE), None)
    if example is None:
        return
    manager = authority_member(EXAMPLE, AuthorityRole.MANAGER)
    with scoped(Scope.authority(example.id, manager.id)) as session:
        has_key = bool(tokens(session))
        if not has_key:
            make_token(
                session,
                name="Case system of the SEN team",
                allows=list(Allows),
                expires_on=today + dt.timedelta(days=KEY_DAYS),
                at=at,
            )
    if has_key:
        return
    _choose_notices(example, at)
    people = {
        "provider": provider_member(ProviderRole.COORDINATOR).id,
        "authority": authority_member(EXAMPLE, AuthorityRole.OFFICER).id,
    }
    with scoped(Scope.identity()) as session:
        for tray, name, query in KEPT:
            save_filter(session, people[tray], tray, name=name, query=query)


def _choose_notices(tenancy: Tenancy, at: dt.datetime) -> None:
    """Somebody of a family, and one of the staff, who want fewer e-mails."""
    fewer = [topic for topic in Topic if topic not in (Topic.PROGRESS, Topic.REMINDERS)]
    with scoped(Scope.provider(tenancy.id, None)) as session:
        reached = (
            sa.select(CaseParty.case_id, CaseParty.id)
            .where(
                CaseParty.tenant_id == session.tenant,
                CaseParty.side == Side.FAMILY.value,
                CaseParty.email.is_not(None),
            )
            .order_by(CaseParty.id.desc())
            .limit(1)
        )
        for case_id, party_id in session.execute(reached):
            choose_for_party(session, case_id, party_id, wanted=fewer, at=at)
    with scoped(Scope.identity()) as session:
        manager = provider_member(ProviderRole.MANAGER)
        choose_for_person(session, manager.id, wanted=[*fewer, Topic.REMINDERS])
