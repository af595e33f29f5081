"""The public page of each subscriber: what is offered there, its leaflet, its Easy Read page."""

from __future__ import annotations

from flask import Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from saas.config import Settings
from saas.database.scope import Scope
from saas.documents.content import Provider
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, open_session
from saas.web.frame import Door
from saas.web.today import today
from tenants.front_door.areas import (
    AreaContent,
    Subscription,
    content_of,
    subscription_of,
    subscriptions,
    time_limits,
)
from tenants.front_door.leaflet import leaflet_of
from tenants.subscribers.successors import successors_of

pages = DoorPages("public_areas", __name__, door=Door.PUBLIC)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@pages.page("/areas", permission=Permission.ANYONE)
def areas() -> ResponseReturnValue:
    found = subscriptions(open_session(Scope.public()), today())
    return render_template("tenants/front_door/areas.html", areas=found)


@pages.page("/areas/<area>", permission=Permission.ANYONE)
def area_page(area: str) -> ResponseReturnValue:
    found = _found(area)
    if not found.is_served(today()):
        return _ended(found)
    return render_template(
        "tenants/front_door/area.html", content=_content(found), limits=time_limits()
    )


@pages.page("/areas/<area>/easy-read", permission=Permission.ANYONE)
def easy_read(area: str) -> ResponseReturnValue:
    found = _found(area)
    if not found.is_served(today()):
        return _ended(found)
    return render_template("tenants/front_door/easy_read.html", content=_content(found))


@pages.page("/areas/<area>/leaflet.pdf", permission=Permission.ANYONE)
def leaflet(area: str) -> ResponseReturnValue:
    found = _found(area)
    if not found.is_served(today()):
        abort(404)
    paper = leaflet_of(_content(found), Provider.of(_settings()), on=today())
    return Response(
        paper,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="leaflet-{found.slug}.pdf"'},
    )


def _ended(area: Subscription) -> ResponseReturnValue:
    """That our work there is over, and who looks after it now."""
    session = open_session(Scope.public())
    return render_template(
        "tenants/front_door/area_ended.html",
        area=area,
        successors=successors_of(session, area.slug, today=today()),
    )


def _found(slug: str) -> Subscription:
    found = subscription_of(open_session(Scope.public()), slug, today())
    if found is None:
        abort(404)
    return found


def _content(area: Subscription) -> AreaContent:
    return content_of(open_session(Scope.public()), area, _settings(), today=today())
