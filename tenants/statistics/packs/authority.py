"""The report packs that were released to an authority."""

from __future__ import annotations

import uuid

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_tenancy
from saas.web.frame import Door
from tenants.statistics.packs.manager import pack_response
from tenants.statistics.packs.packs import find_pack, packs

pages = DoorPages(
    "authority_packs", __name__, door=Door.AUTHORITY, url_prefix="/authority/statistics/packs"
)


@pages.page("", permission=Permission.SEE_OWN_STATISTICS)
def released(session: ScopedSession) -> ResponseReturnValue:
    """Every released pack, the latest first."""
    return render_template("tenants/statistics/packs/authority_packs.html", packs=packs(session))


@pages.page("/<uuid:pack_id>.<any(pdf, xlsx):ending>", permission=Permission.SEE_OWN_STATISTICS)
def pack_file(session: ScopedSession, pack_id: uuid.UUID, ending: str) -> ResponseReturnValue:
    """The paper or the workbook of a released pack."""
    found = find_pack(session, pack_id)
    if found is None:
        abort(404)
    return pack_response(found, the_tenancy().slug, ending)
