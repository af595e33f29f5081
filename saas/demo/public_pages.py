"""What the public pages of the demonstration say, quote and count."""

from __future__ import annotations

import datetime as dt
import itertools

import sqlalchemy as sa

from saas.database.scope import Scope, scoped
from saas.demo.people import EXAMPLE
from saas.identity.signed_in import Tenancy
from saas.page_counts.models import PageCount
from tenants.feedback.models import Evaluation
from tenants.front_door.areas import Detail, keep_detail
from tenants.front_door.mailing.models import MailingAddress
from tenants.front_door.quotations.actions import quote
from tenants.front_door.texts.actions import area_text, publish
from tenants.front_door.texts.models import PublicText

WELCOME = """\
Do you live in {area}? Then our help is free for you. The council pays for it, but it does not tell
us what to do.

**We are in Stretford library each first Tuesday of the month.** Come and ask us, without a date.
"""
FILM = Detail(video_href="https://films.provider.example/trafford")
ON_THE_LIST, DAYS_COUNTED = 12, 60
# Of an ordinary day: how often each step is reached.
STEPS = (
    ("guide", "started", 19),
    ("guide", "corrected", 3),
    ("guide", "finished", 14),
    ("postcode", "found", 22),
    ("postcode", "near-boundary", 2),
    ("postcode", "malformed", 2),
)


def seed_public_pages(tenancies: list[Tenancy], today: dt.date) -> None:
    """Write, quote and count what the public pages show; nothing where it is there already."""
    noon = dt.datetime.combine(today, dt.time(12), dt.UTC)
    with scoped(Scope.panel(None)) as session:
        if session.scalar(sa.select(PublicText.version).limit(1)) is not None:
            return
        publish(session, area_text(EXAMPLE), WELCOME, by=None, at=noon - dt.timedelta(days=40))
        keep_detail(session, EXAMPLE, FILM, by=None, at=noon - dt.timedelta(days=40))
    for tenancy in tenancies:
        if tenancy.slug == EXAMPLE:
            _quote_some(tenancy, noon)
    with scoped(Scope.identity()) as session:
        session.add_all(
            MailingAddress(
                email=f"reader{number}@family.example",
                source_key="",
                asked_at=noon - dt.timedelta(days=5 * number, minutes=20),
                sent_at=noon - dt.timedelta(days=5 * number, minutes=19),
                confirmed_at=noon - dt.timedelta(days=5 * number),
            )
            for number in range(1, ON_THE_LIST + 1)
        )
    with scoped(Scope.public()) as session:
        session.add_all(
            PageCount(on_day=day, page=page, step=step, number=usual * share // 10 + 1)
            for back in range(DAYS_COUNTED)
            for day in [today - dt.timedelta(days=back)]
            for share in [3 if day.weekday() > 4 else 8 + day.day % 5]
            for page, step, usual in STEPS
        )


def _quote_some(tenancy: Tenancy, at: dt.datetime) -> None:
    """One of each kind of participant who let it be quoted."""
    with scoped(Scope.provider(tenancy.id, None)) as session:
        found = session.scalars(
            sa.select(Evaluation)
            .where(Evaluation.tenant_id == tenancy.id, Evaluation.may_quote)
            .order_by(Evaluation.participant, Evaluation.rating.desc(), Evaluation.id)
        ).all()
        with scoped(Scope.panel(None)) as writing:
            for _, some in itertools.groupby(found, key=lambda one: one.participant):
                chosen = next(some)
                quote(writing, chosen, chosen.comment or "", by=None, at=at)
