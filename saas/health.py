"""Whether the service lives, and whether it can answer."""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app, jsonify
from flask.typing import ResponseReturnValue

from saas.database.migrate import current_revision, lacks_migrations
from saas.database.scope import Scope, scoped
from saas.identity.permissions import Permission
from saas.web.access import DoorPages

pages = DoorPages("health", __name__, door=None)


@pages.page("/health/live", permission=Permission.ANYONE)
def live() -> ResponseReturnValue:
    return jsonify(status="ok")


@pages.page("/health/ready", permission=Permission.ANYONE)
def ready() -> ResponseReturnValue:
    """Ready is: the database answers a login role, and has at least the schema of this release."""
    settings = current_app.extensions["settings"]
    try:
        with scoped(Scope.public()) as session:
            session.execute(sa.text("SELECT 1"))
        revision = current_revision(settings)
    except Exception as fault:
        current_app.logger.error(
            "not ready: the database does not answer (%s)", type(fault).__name__
        )
        return jsonify(status="not ready", database="does not answer"), 503
    if lacks_migrations(revision):
        return jsonify(status="not ready", database="migrations are missing"), 503
    return jsonify(status="ok", database="ok")
