"""What anyone sees: the first page, and how the service treats them."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from saas.identity.permissions import Permission
from saas.web.access import DoorPages
from saas.web.frame import Door

pages = DoorPages("front_door", __name__, door=Door.PUBLIC)


@pages.page("/", permission=Permission.ANYONE)
def home() -> ResponseReturnValue:
    return render_template("tenants/front_door/home.html")


@pages.page("/accessibility", permission=Permission.ANYONE)
def accessibility() -> ResponseReturnValue:
    return render_template("tenants/front_door/accessibility.html")


@pages.page("/privacy", permission=Permission.ANYONE)
def privacy() -> ResponseReturnValue:
    return render_template("tenants/front_door/privacy.html")


@pages.page("/help", permission=Permission.ANYONE)
def help_page() -> ResponseReturnValue:
    return render_template("tenants/front_door/help.html")
