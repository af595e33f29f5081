"""Read the text that stands, publish another, look at those before."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError

from saas.config import Settings
from saas.database.scope import ScopedSession
from saas.documents.content import lines_of
from tenants.front_door.texts.models import PublicText

SHIPPED = Path(__file__).with_name("shipped")
# Every text of the provider, what managers call it, and where it is seen.
TEXTS: Mapping[str, tuple[str, str]] = {
    "home": ("First page: introduction", "front_door.home"),
    "guide": ("Guide: introduction", "public_guide.guide_page"),
    "leaflet": ("Leaflet: what happens", "public_areas.areas"),
    "contact": ("Contact", "public_texts.contact"),
    "privacy": ("Privacy notice", "public_texts.privacy"),
    "your-data": ("How we use your data", "public_texts.your_data"),
    "cookies": ("Cookies: introduction", "public_texts.cookies"),
    "accessibility": ("Accessibility statement", "public_texts.accessibility"),
}
AREA = "area"


@dataclass(frozen=True)
class Version:
    """A version that was published."""

    version: int
    markdown: str
    published_at: dt.datetime
    published_by: uuid.UUID | None


class PublishedMeanwhile(Exception):
    """Two published the same text at once, and this was the later."""


def area_text(slug: str) -> str:
    """The name of the introduction to one authority's page."""
    return f"{AREA}/{slug}"


def shipped(name: str) -> str:
    """The text that comes with the product."""
    return (SHIPPED / f"{name.partition('/')[0]}.md").read_text(encoding="utf-8")


def standing(session: ScopedSession, *names: str) -> dict[str, str]:
    """What each of these texts says now, as Markdown, in one question."""
    newest = session.execute(
        sa.select(PublicText.name, PublicText.markdown)
        .where(PublicText.name.in_(names))
        .ext(distinct_on(PublicText.name))
        .order_by(PublicText.name, PublicText.version.desc())
    )
    written = {name: markdown for name, markdown in newest if markdown.strip()}
    return {name: written.get(name) or shipped(name) for name in names}


def last_published(session: ScopedSession, names: Iterable[str]) -> dict[str, dt.datetime]:
    """When each was published last; what never was is not there."""
    rows = session.execute(
        sa.select(PublicText.name, sa.func.max(PublicText.published_at))
        .where(PublicText.name.in_(list(names)))
        .group_by(PublicText.name)
    )
    return {row[0]: row[1] for row in rows}


def versions_of(
    session: ScopedSession, name: str, *, offset: int = 0, limit: int
) -> Sequence[Version]:
    """The versions of a text, the newest first."""
    rows = session.execute(
        sa.select(
            PublicText.version,
            PublicText.markdown,
            PublicText.published_at,
            PublicText.published_by,
        )
        .where(PublicText.name == name)
        .order_by(PublicText.version.desc())
        .offset(offset)
        .limit(limit)
    )
    return [Version(*row) for row in rows]


def version_of(session: ScopedSession, name: str, version: int) -> Version | None:
    """One version of a text."""
    found = session.get(PublicText, (name, version))
    if found is None:
        return None
    return Version(found.version, found.markdown, found.published_at, found.published_by)


def publish(
    session: ScopedSession, name: str, markdown: str, *, by: uuid.UUID | None, at: dt.datetime
) -> int:
    """Publish a text; the number of its version. An empty one brings the shipped text back.

    Raises:
        PublishedMeanwhile: somebody else published it in the same moment; nothing was written.
    """
    last = session.scalar(sa.select(sa.func.max(PublicText.version)).where(PublicText.name == name))
    version = (last or 0) + 1
    session.add(
        PublicText(
            name=name,
            version=version,
            markdown=markdown.strip(),
            published_at=at,
            published_by=by,
        )
    )
    try:
        session.flush()
    except IntegrityError:
        raise PublishedMeanwhile from None
    return version


def values_of(settings: Settings, *, area: str = "your area") -> dict[str, str]:
    """What may stand in braces in a text."""
    return {
        "provider": settings.provider_name,
        "telephone": settings.provider_telephone or "the number on our letters",
        "email": settings.provider_email or settings.sender,
        "address": ", ".join(lines_of(settings.provider_address)),
        "area": area,
    }
