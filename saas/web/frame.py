"""The frame around every page: who one is, through which door, and in whose place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from flask import Flask, g, has_request_context
from flask_wtf.csrf import CSRFProtect
from werkzeug.local import LocalProxy

from saas.config import ROOT, Settings
from saas.reference.written import dialled, within_sentence
from saas.web import cells, dates, money, paging
from saas.web.errors import init_errors
from saas.web.forms import error_entries
from saas.web.headers import init_headers
from saas.web.languages import init_languages
from saas.web.static_files import STATIC_FOLDER, static_url
from saas.web.templating import init_templating

SERVICE_NAME = "SEND mediation"
TEMPLATE_FOLDER = ROOT / "templates"

__all__ = [
    "SERVICE_NAME",
    "STATIC_FOLDER",
    "TEMPLATE_FOLDER",
    "Door",
    "FooterLink",
    "NavItem",
    "PageFrame",
    "init_frame",
]


class Door(Enum):
    """The doors of the service, each with the name that its band shows."""

    AUTHORITY = "authority"
    PROVIDER = "provider"
    MANAGER = "manager"
    FINANCE = "finance"
    FAMILY = "family"
    SIGNER = "signer"
    PUBLIC = "public"

    @property
    def plain_name(self) -> str:
        return {
            Door.AUTHORITY: "Authority",
            Door.PROVIDER: "Provider",
            Door.MANAGER: "Manager",
            Door.FINANCE: "Finance",
            Door.FAMILY: "Your mediation",
            Door.SIGNER: "Sign an agreement",
            Door.PUBLIC: "Public pages",
        }[self]

    @property
    def css_class(self) -> str:
        own = f"app-door--{self.value}"
        # Who signs one agreement comes from outside and sees one page: in the public's colour.
        return f"{own} {Door.PUBLIC.css_class}" if self is Door.SIGNER else own

    @property
    def for_staff(self) -> bool:
        """Whether the people behind it work here all day: their pages are set more densely."""
        return self not in (Door.FAMILY, Door.SIGNER, Door.PUBLIC)


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """One noun of the primary navigation."""

    text: str
    href: str
    current: bool = False


@dataclass(frozen=True, kw_only=True)
class FooterLink:
    text: str
    href: str


@dataclass(frozen=True, kw_only=True)
class PageFrame:
    """What the frame of one page shows.

    `place` is whose rows the page works on ('Trafford', 'All boroughs'); empty where there is no
    such place (sign-in, public pages). `sign_out_href` takes a POST.
    """

    door: Door | None = None
    door_name: str = ""
    place: str = ""
    navigation: list[NavItem] = field(default_factory=list)
    signed_in_name: str | None = None
    account_href: str | None = None
    sign_out_href: str | None = None
    home_href: str = "/"
    # Where a search is sent to, by POST; None for who may search nothing.
    search_href: str | None = None
    # What everybody of this place has to know, on every page.
    notice: str = ""
    notice_href: str = ""

    @property
    def shown_door(self) -> Door:
        return self.door or Door.PUBLIC

    @property
    def band(self) -> tuple[str, str]:
        """The band's two parts: the place, and the door in words; either may be empty."""
        name = self.door_name or (self.door.plain_name if self.door else "")
        return self.place, name


@dataclass(frozen=True, kw_only=True)
class Service:
    """The part of the settings that a page may show. The settings themselves hold secrets."""

    name: str
    provider_name: str
    provider_telephone: str
    provider_email: str
    release: str
    demo: bool
    footer: list[FooterLink]


def _service(settings: Settings) -> Service:
    return Service(
        name=SERVICE_NAME,
        provider_name=settings.provider_name,
        provider_telephone=settings.provider_telephone,
        provider_email=settings.provider_email,
        release=settings.release,
        demo=settings.demo,
        footer=[
            FooterLink(text="Accessibility", href="/accessibility"),
            FooterLink(text="Privacy", href="/privacy"),
            FooterLink(text="How we use your data", href="/how-we-use-your-data"),
            FooterLink(text="Cookies", href="/cookies"),
            FooterLink(text="Contact", href="/contact"),
            FooterLink(text="Help", href="/help"),
        ],
    )


def init_frame(app: Flask, build_frame: Callable[[], PageFrame], *, settings: Settings) -> None:
    """Install the frame: templates, filters, headers, error pages, protection against CSRF.

    `build_frame` is called at most once a request, and only when a page is shown. When it fails,
    error pages fall back on a frame without person and place.

    Raises:
        RuntimeError: a template was loaded before, so the environment can no longer be set up.
    """
    init_templating(app)
    init_headers(app, production=settings.is_production)
    if "csrf" not in app.extensions:
        CSRFProtect(app)

    def current_frame() -> PageFrame:
        if not has_request_context():
            return PageFrame()
        if "page_frame" not in g:
            g.page_frame = build_frame()
        frame: PageFrame = g.page_frame
        return frame

    # A proxy, because every form field is a render of its own: only the page itself pays.
    proxy = LocalProxy(current_frame)

    @app.context_processor
    def frame_of_the_page() -> dict[str, Any]:
        return {"frame": proxy}

    environment = app.jinja_env
    environment.globals.update(
        service=_service(settings),
        static_url=static_url,
        clock_words=dates.clock_words,
        table_cell=cells.table_cell,
        clock_of_day=cells.clock,
        date_hint=dates.date_hint,
        short_date=dates.short_date,
        long_date=dates.long_date,
        dated=dates.dated,
        error_entries=error_entries,
        # Where nobody is signed in; `init_access` knows more.
        can_send=lambda _address: True,
        url_with=paging.url_with,
        url_without=paging.url_without,
        sort_column=paging.sort_column,
    )
    environment.filters.update(
        dialled=dialled,
        long_date=dates.long_date,
        dated=dates.dated,
        short_date=dates.short_date,
        london_time=dates.london_time,
        pounds=money.pounds,
        count=money.count,
        percent=money.percent,
        within_sentence=within_sentence,
    )
    init_languages(app)
    init_errors(app, bare_frame=PageFrame)
