"""The page of quotations."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, open_session
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from tenants.front_door.quotations.actions import shown

pages = DoorPages("public_quotations", __name__, door=Door.PUBLIC)


@pages.page("/what-people-say", permission=Permission.ANYONE)
def quotations() -> ResponseReturnValue:
    number = requested_page()
    found = shown(
        open_session(Scope.public()), offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1
    )
    return render_template(
        "tenants/front_door/quotations.html", page=paginate(found, number=number)
    )
