"""The pages that say how people are treated: each a text of the provider's."""

from __future__ import annotations

import datetime as dt

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, open_session
from saas.web.frame import Door
from tenants.front_door.cookies_used import cookies_used
from tenants.front_door.texts.actions import last_published, standing, values_of
from tenants.front_door.texts.markdown import to_html

pages = DoorPages("public_texts", __name__, door=Door.PUBLIC)
# Where no manager has published a text, the shipped one was written with this release.
SHIPPED_ON = dt.date(2026, 11, 30)


def _page(
    name: str, title: str, template: str = "tenants/front_door/text.html", **more: object
) -> ResponseReturnValue:
    session = open_session(Scope.public())
    text = standing(session, name)[name]
    published = last_published(session, [name]).get(name)
    return render_template(
        template,
        title=title,
        text=to_html(text, values_of(current_app.extensions["settings"])),
        written_on=published.date() if published else SHIPPED_ON,
        **more,
    )


@pages.page("/accessibility", permission=Permission.ANYONE)
def accessibility() -> ResponseReturnValue:
    return _page("accessibility", "Accessibility statement")


@pages.page("/privacy", permission=Permission.ANYONE)
def privacy() -> ResponseReturnValue:
    return _page("privacy", "Privacy notice")


@pages.page("/how-we-use-your-data", permission=Permission.ANYONE)
def your_data() -> ResponseReturnValue:
    return _page("your-data", "How we use your data")


@pages.page("/contact", permission=Permission.ANYONE)
def contact() -> ResponseReturnValue:
    return _page("contact", "Contact us")


@pages.page("/cookies", permission=Permission.ANYONE)
def cookies() -> ResponseReturnValue:
    used = cookies_used(current_app)
    return _page("cookies", "Cookies", template="tenants/front_door/cookies.html", cookies=used)
