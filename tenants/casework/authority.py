"""What an authority sees: its own cases, what it must do next, and nothing told in confidence."""

from __future__ import annotations

import uuid

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_tenancy
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import today
from tenants.casework.case_view import case_for_authority
from tenants.casework.downloads import certificate_download
from tenants.casework.filters import asked_filter, selected_tags
from tenants.casework.kinds import SERVICE_WORDS, STAGE_WORDS, WAITING_WORDS, WORDS
from tenants.casework.models import Certificate
from tenants.casework.queries import CaseNotFoundError
from tenants.casework.trays import TrayFilter, tray_counts, tray_page, tray_total

pages = DoorPages("authority_cases", __name__, door=Door.AUTHORITY, url_prefix="/authority")


@pages.page("/", permission=Permission.SEE_OWN_CASES)
def tray(session: ScopedSession) -> ResponseReturnValue:
    day = today()
    asked = asked_filter(request.args)
    number = requested_page()
    rows = tray_page(session, asked, today=day, number=number, size=PAGE_SIZE)
    return render_template(
        "tenants/casework/authority_tray.html",
        page=paginate(rows, number=number, total=tray_total(session, asked, today=day)),
        counts=tray_counts(session, TrayFilter(), today=day, waiting_for="authority"),
        asked=asked,
        selected=selected_tags(asked),
        services=list(SERVICE_WORDS.items()),
        stages=list(STAGE_WORDS.items()),
        waiting=list(WAITING_WORDS.items()),
        words=WORDS,
        hrefs={row.id: url_for("authority_cases.case", case_id=row.id) for row in rows},
        today=day,
    )


@pages.page("/cases/<uuid:case_id>", permission=Permission.SEE_OWN_CASES)
def case(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    try:
        view = case_for_authority(session, case_id)
    except CaseNotFoundError:
        abort(404)
    return render_template(
        "tenants/casework/authority_case.html",
        view=view,
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
    )


@pages.page("/certificates/<uuid:certificate_id>.pdf", permission=Permission.SEE_OWN_CASES)
def certificate_file(session: ScopedSession, certificate_id: uuid.UUID) -> ResponseReturnValue:
    issued = session.get(Certificate, (session.tenant, certificate_id))
    if issued is None:
        abort(404)
    return certificate_download(session, issued)
