"""How the authority stands, at its own door, and its exports."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages
from saas.web.frame import Door
from tenants.tenure.reading_only import standing_page

pages = DoorPages("authority_standing", __name__, door=Door.AUTHORITY, url_prefix="/authority")


@pages.page("/standing", permission=Permission.SIGNED_IN)
def standing(_session: ScopedSession) -> ResponseReturnValue:
    """Whether the authority works, reads only or leaves, and what follows from it."""
    return standing_page(refused=False)
