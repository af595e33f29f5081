"""'Is it really apart?': the walls, checked live for whoever answers for information governance."""

from __future__ import annotations

import time

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue

from saas.audit import chain
from saas.audit.actions import record_apart
from saas.database.apart import WallCheck, check_walls
from saas.database.scope import LoginRole, Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_tenancy
from saas.web.frame import Door
from saas.web.today import now

pages = DoorPages("authority_apart", __name__, door=Door.AUTHORITY, url_prefix="/authority/apart")


@pages.page("", permission=Permission.SEE_WALLS)
def apart(session: ScopedSession) -> ResponseReturnValue:
    """What is promised of the walls, and a button that asks the database."""
    checks: list[WallCheck] | None = None
    if "now" in request.args:
        settings = current_app.extensions["settings"]
        tenancy = the_tenancy()
        checks = check_walls(
            tenancy.id,
            key=settings.scope_secret,
            login=f"{settings.database_role_prefix}_{LoginRole.AUTHORITY}",
            now=time.time(),
        )
        with scoped(Scope.worker(tenancy.id)) as trail:
            found = chain.check(trail)
        checks.append(
            WallCheck(
                "The trail is as it was written",
                not found.faults,
                f"{found.links} entries"
                if not found.faults
                else f"{len(found.faults)} places differ, the first at link"
                f" {found.faults[0].number}",
            )
        )
        record_apart(
            session.scope, "walls checked", subject_kind="authority", subject_id=tenancy.id,
            at=now(), passed=sum(one.passed for one in checks), of=len(checks),
        )  # fmt: skip
    return render_template("tenants/trail/apart.html", checks=checks, checked_at=now())
