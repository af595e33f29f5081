"""Where anyone asks for the news, confirms it by the link in the e-mail, and leaves the list."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope
from saas.identity.actions import source_key
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, open_session
from saas.web.frame import Door
from saas.web.today import now
from tenants.front_door.forms import MailingForm
from tenants.front_door.mailing.actions import (
    CONFIRM_WITHIN,
    Purpose,
    TooManyAskedError,
    ask_for_news,
    confirm,
    key_of,
    leave,
    read_key,
)

pages = DoorPages("public_mailing", __name__, door=Door.PUBLIC)
# Mail programs leave the list for their reader by a POST of their own (RFC 8058): the signed key in
# the address is its proof, and there is no cookie in it that could be abused.
leaving = DoorPages("public_mailing_leave", __name__, door=Door.PUBLIC)


def _secret() -> str:
    return str(current_app.extensions["settings"].session_secret)


@pages.page("/news", permission=Permission.ANYONE, methods=("GET", "POST"))
def join() -> ResponseReturnValue:
    form = MailingForm()
    if request.method == "POST" and form.validate():
        session = open_session(Scope.identity())
        try:
            ask_for_news(
                session,
                email=form.email.data or "",
                source_key=source_key(request.remote_addr or "", _secret()),
                at=now(),
            )
        except TooManyAskedError:
            form.email.errors = ["Very many people ask just now. Try again in an hour."]
        else:
            session.commit()
            return render_template("tenants/front_door/news_asked.html", days=CONFIRM_WITHIN.days)
    page = render_template("tenants/front_door/news.html", form=form, days=CONFIRM_WITHIN.days)
    return (page, 422) if form.errors else page


@pages.page("/news/confirm/<news_key>", permission=Permission.ANYONE, methods=("GET", "POST"))
def confirm_page(news_key: str) -> ResponseReturnValue:
    """A button, because programs that look at the links of an e-mail press none."""
    if request.method != "POST":
        return render_template("tenants/front_door/news_confirm.html")
    address_id = read_key(_secret(), "confirm", news_key)
    session = open_session(Scope.identity())
    if address_id is None or not confirm(session, address_id, at=now()):
        return render_template("tenants/front_door/news_over.html"), 404
    session.commit()
    return render_template(
        "tenants/front_door/news_done.html",
        heading="You are on the list",
        words="We send our news to your address. Each e-mail has a link to leave the list.",
    )


@leaving.page("/news/leave/<news_key>", permission=Permission.ANYONE, methods=("GET", "POST"))
def leave_page(news_key: str) -> ResponseReturnValue:
    if request.method != "POST":
        return render_template("tenants/front_door/news_leave.html")
    address_id = read_key(_secret(), "leave", news_key)
    if address_id is None:
        return render_template("tenants/front_door/news_over.html"), 404
    session = open_session(Scope.identity())
    leave(session, address_id)
    session.commit()
    return render_template(
        "tenants/front_door/news_done.html",
        heading="You have left the list",
        words="We have deleted your address, and we send you no more news.",
    )


def init_mailing(app: Flask) -> None:
    """Let mail programs leave the list, which know no token of a page."""
    app.extensions["csrf"].exempt(leaving)


def address_of(purpose: Purpose, address_id: uuid.UUID) -> str:
    """The whole address of the page that confirms, or that leaves the list."""
    return addresses(purpose)(address_id)


def addresses(purpose: Purpose) -> Callable[[uuid.UUID], str]:
    """What makes these addresses, also when the page is answered that they are for."""
    settings = current_app.extensions["settings"]
    base = settings.public_url.rstrip("/") or f"http://127.0.0.1:{settings.port}"
    pages_of = {
        "confirm": "public_mailing.confirm_page",
        "leave": "public_mailing_leave.leave_page",
    }
    secret, paths = _secret(), current_app.url_map.bind("")

    def address(address_id: uuid.UUID) -> str:
        key = key_of(secret, purpose, address_id)
        return f"{base}{paths.build(pages_of[purpose], {'news_key': key})}"

    return address
