"""The papers for an hour without the service, printed while it is there."""

from __future__ import annotations

import datetime as dt
from io import BytesIO

from flask import current_app, render_template, send_file
from flask.typing import ResponseReturnValue

from saas.audit.actions import record_across
from saas.config import Settings
from saas.database.scope import ScopedSession
from saas.documents.content import Provider
from saas.documents.day_sheet import render_blank_certificate
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person
from saas.web.frame import Door
from saas.web.today import now, today
from tenants.outage.queries import day_sheet
from tenants.outage.sheet import sheet_as_pdf

pages = DoorPages("provider_outage", __name__, door=Door.PROVIDER, url_prefix="/provider/outage")


@pages.page("", permission=Permission.SEE_CASES)
def outage(session: ScopedSession) -> ResponseReturnValue:
    """What to do in an hour without the service, and the papers for it."""
    return render_template("tenants/outage/outage.html")


@pages.page("/day-sheet.pdf", permission=Permission.SEE_CASES)
def sheet(session: ScopedSession) -> ResponseReturnValue:
    """The meetings and clocks of the week that begins today, with telephone numbers."""
    settings: Settings = current_app.extensions["settings"]
    at = now()
    found = day_sheet(session, today=today())
    record_across(
        "day sheet printed",
        person_id=the_person().id,
        at=at,
        meetings=len(found.meetings),
        clocks=len(found.clocks),
    )
    return _pdf(sheet_as_pdf(found, settings, at=at), f"day-sheet-{found.day:%Y-%m-%d}.pdf")


@pages.page("/certificate-by-hand.pdf", permission=Permission.SEE_CASES)
def certificate_by_hand(session: ScopedSession) -> ResponseReturnValue:
    """A certificate to be filled in with a pen."""
    settings: Settings = current_app.extensions["settings"]
    day: dt.date = today()
    return _pdf(render_blank_certificate(Provider.of(settings), day=day), "certificate-by-hand.pdf")


def _pdf(content: bytes, name: str) -> ResponseReturnValue:
    return send_file(
        BytesIO(content),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=name,
        max_age=0,
    )
