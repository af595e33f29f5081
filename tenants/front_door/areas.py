"""What the page, the leaflet and the Easy Read page of one authority say: the same content."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as later
from markupsafe import Markup
from sqlalchemy.dialects.postgresql import insert

from saas.config import Settings
from saas.database.scope import ScopedSession
from saas.web.languages import LazyText
from tenants.front_door.contracted import contracted_services
from tenants.front_door.models import AreaDetail
from tenants.front_door.texts.actions import area_text, standing, values_of
from tenants.front_door.texts.markdown import to_blocks, to_html
from tenants.front_door.texts.translated import in_page_language
from tenants.law.clocks import CLOCK_LAW
from tenants.subscribers.models import Subscriber

HOURS = "Monday to Friday, 9am to 6pm, not on bank holidays"
# In the order in which a family meets them: the code, the name, and what it is. The codes are those
# of contracts, too.
SERVICES: Mapping[str, tuple[LazyText, LazyText]] = {
    "mias": (
        later("Mediation information and advice"),
        later(
            "A call of about 20 minutes. An adviser tells you how mediation works. Then you choose."
        ),
    ),
    "mediation": (
        later("Mediation"),
        later(
            "You and the council meet with a mediator. What you agree is written down and signed."
        ),
    ),
    "disagreement_resolution": (
        later("Disagreement resolution"),
        later(
            "A meeting about any other problem with help at school. Both sides must want it. It"
            " does not give you a certificate, and it does not stop the time for an appeal."
        ),
    ),
    "facilitation": (
        later("Facilitation"),
        later(
            "Somebody from outside leads a meeting, such as a review, before things go wrong. It"
            " does not stop the time for an appeal."
        ),
    ),
}
# What the law gives every family of a council, whatever was contracted: mediation, and information
# about it first (Children and Families Act 2014 ss 52-55).
OF_THE_LAW = ("mias", "mediation")


@dataclass(frozen=True)
class Subscription:
    """An authority that subscribes, or did."""

    tenant: uuid.UUID
    slug: str
    name: str
    since: dt.date
    until: dt.date | None

    def is_served(self, today: dt.date) -> bool:
        return self.since <= today and (self.until is None or self.until >= today)


@dataclass(frozen=True)
class Detail:
    """What a manager chose for an authority's page."""

    # What is offered while no contract says it.
    services: tuple[str, ...] = OF_THE_LAW
    telephone: str = ""
    email: str = ""
    hours: str = HOURS
    video_href: str = ""

    @property
    def has_usual_hours(self) -> bool:
        """Whether nobody wrote other hours: these are said in other languages, too."""
        return self.hours == HOURS


@dataclass(frozen=True)
class AreaContent:
    """Everything that is said of one authority."""

    area: Subscription
    detail: Detail
    # Codes of services: those of the contract that runs today, or else what a manager chose.
    offered: frozenset[str]
    telephone: str
    email: str
    introduction: str
    leaflet: str
    values: Mapping[str, str]

    @property
    def services(self) -> list[tuple[LazyText, LazyText]]:
        return [SERVICES[code] for code in SERVICES if code in self.offered]

    def offers(self, code: str) -> bool:
        return code in self.offered

    @property
    def introduction_html(self) -> Markup:
        return to_html(self.introduction, self.values)

    @property
    def leaflet_html(self) -> Markup:
        return to_html(self.leaflet, self.values)

    @property
    def introduction_blocks(self) -> list[dict[str, str]]:
        return to_blocks(self.introduction, self.values)

    @property
    def leaflet_blocks(self) -> list[dict[str, str]]:
        return to_blocks(self.leaflet, self.values)


def subscriptions(session: ScopedSession, today: dt.date) -> Sequence[Subscription]:
    """The authorities whose families are served today, by name."""
    return [one for one in _subscriptions(session) if one.is_served(today)]


def subscription_of(session: ScopedSession, slug: str, today: dt.date) -> Subscription | None:
    """The subscription of an authority, also when it has ended; None before its first day."""
    found = _subscriptions(session, Subscriber.slug == slug)
    return found[0] if found and found[0].since <= today else None


def _subscriptions(session: ScopedSession, *where: sa.ColumnElement[bool]) -> list[Subscription]:
    rows = session.execute(
        sa.select(
            Subscriber.id,
            Subscriber.slug,
            Subscriber.name,
            Subscriber.subscribed_from,
            Subscriber.subscribed_to,
        )
        .where(*where)
        .order_by(Subscriber.name)
    )
    return [Subscription(*row) for row in rows]


def detail_of(session: ScopedSession, slug: str) -> Detail:
    """What a manager chose for this authority's page, or what stands where nobody did."""
    row = session.get(AreaDetail, slug)
    if row is None:
        return Detail()
    return Detail(tuple(row.services), row.telephone, row.email, row.hours or HOURS, row.video_href)


def keep_detail(
    session: ScopedSession, slug: str, detail: Detail, *, by: uuid.UUID | None, at: dt.datetime
) -> None:
    """Keep what a manager chose; what stood before is written over."""
    values = {
        "services": list(detail.services),
        "telephone": detail.telephone,
        "email": detail.email,
        "hours": detail.hours,
        "video_href": detail.video_href,
        "changed_at": at,
        "changed_by": by,
    }
    session.execute(
        insert(AreaDetail)
        .values(slug=slug, **values)
        .on_conflict_do_update(index_elements=["slug"], set_=values)
    )


def content_of(
    session: ScopedSession, area: Subscription, settings: Settings, *, today: dt.date
) -> AreaContent:
    """Everything that is said of one authority."""
    detail = detail_of(session, area.slug)
    contracted = contracted_services(area.tenant, today)
    own = area_text(area.slug)
    texts = standing(session, own, "leaflet")
    return AreaContent(
        area=area,
        detail=detail,
        offered=contracted or frozenset(detail.services),
        telephone=detail.telephone or settings.provider_telephone,
        email=detail.email or settings.provider_email,
        introduction=in_page_language(own, texts[own]),
        leaflet=in_page_language("leaflet", texts["leaflet"]),
        values=values_of(settings, area=area.name),
    )


def time_limits() -> list[tuple[str, LazyText]]:
    """The times of the law that a family meets, in plain words; their lengths are the law's."""
    notice, certificate = CLOCK_LAW.versions["K9", None, None][-1].counts
    return [
        (_length("K1"), later("to get in touch with us, from the date on the council's letter")),
        (
            _length("K2"),
            later("for us to send your certificate, once you say you will not mediate"),
        ),
        (_length("K5"), later("for the meeting to take place, once you say you will mediate")),
        (_length("K6"), later("at least between being told the date and the meeting")),
        (_length("K7"), later("for us to send your certificate after the meeting")),
        (
            f"{notice.length} months, or {certificate.length} month",
            later(
                "to appeal: two months from the letter, or one month from the certificate. The"
                " later of the two counts."
            ),
        ),
    ]


def _length(clock: str) -> str:
    count = CLOCK_LAW.versions[clock, None, None][-1].counts[0]
    unit = count.unit.removesuffix("_before").replace("_", " ")
    return f"{count.length} {unit}"
