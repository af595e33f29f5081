"""What the public pages of the demonstration say, quote and count."""

from __future__ import annotations

import datetime as dt
import itertools
from contextlib import closing

import sqlalchemy as sa

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.database.streaming import begun
from saas.demo.people import EXAMPLE
from saas.identity.signed_in import Tenancy
from saas.page_counts.models import PageCount
from tenants.feedback.models import Evaluation
from tenants.front_door.areas import Detail, keep_detail
from tenants.front_door.mailing.actions import everyone_on_it
from tenants.front_door.mailing.models import MailingAddress
from tenants.front_door.mailing.news_models import CopyState, News, NewsCopy
from tenants.front_door.quotations.actions import quote
from tenants.front_door.texts.actions import area_text, publish
from tenants.front_door.texts.models import PublicText

WELCOME = """\
Do you live in {area}? Then our help is free for you. The council pays for it, but it does not tell
us what to do.

**We are in Stretford library each first Tuesday of the month.** Come and ask us, without a date.
"""
FIRST_WELCOME = "Do you live in {area}? Then our help is free for you."
YEAR = dt.timedelta(days=365)
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
        publish(session, area_text(EXAMPLE), FIRST_WELCOME, by=None, at=noon - YEAR)
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
    _write_news(noon)
    with scoped(Scope.public()) as session:
        session.add_all(
            PageCount(on_day=day, page=page, step=step, number=usual * share // 10 + 1)
            for back in range(DAYS_COUNTED)
            for day in [today - dt.timedelta(days=back)]
            for share in [3 if day.weekday() > 4 else 8 + day.day % 5]
            for page, step, usual in STEPS
        )


NEWS = (
    (
        "What mediation was like for other families",
        "Parents told us what helped them. [Read what they say](https://provider.example/said)."
        "\n\n- Bring somebody you trust.\n- Write down three things that matter most.",
    ),
    (
        "We call you when it suits you",
        "You can now **choose when we call you**, on your own page. Ring {telephone} if you would"
        " rather speak with somebody at once.",
    ),
    (
        "An evening for parents in Stretford library",
        "Come and ask us anything. Tea and biscuits are there, and so is a sign language"
        " interpreter. Write to {email} if you need something else.",
    ),
)


def _write_news(at: dt.datetime) -> None:
    """Two that were sent, one of them not taken by one address; and a draft."""
    with begun(Scope.identity()) as reading, closing(reading):
        readers = [(id_, since) for id_, _, since in everyone_on_it(reading)]
    for number, (heading, text) in enumerate(NEWS):
        sent_at = at - dt.timedelta(days=30 - 20 * number) if number < len(NEWS) - 1 else None
        with scoped(Scope.panel(None)) as session:
            row = News(
                id=new_id(),
                heading=heading,
                markdown=text,
                written_at=(sent_at or at) - dt.timedelta(hours=2),
                sending_since=sent_at,
                copies_made_at=sent_at,
            )
            session.add(row)
            session.flush()
            news_id = row.id
        with scoped(Scope.jobs()) as session:
            session.add_all(
                NewsCopy(
                    news_id=news_id,
                    address_id=reader,
                    state=(CopyState.SENT if place or number else CopyState.NOT_TAKEN).value,
                    attempts=1,
                    next_attempt_at=sent_at,
                )
                for place, (reader, since) in enumerate(readers)
                if sent_at is not None and since <= sent_at
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
