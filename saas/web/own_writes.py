"""Nobody is shown less than they wrote: it is kept of each person how far their writes reach.

It is where there is a replica alone. A page that reads from the replica is the primary's until the
replica has come so far, in whichever browser the person opens it.
"""

from __future__ import annotations

import uuid

from flask import Flask, Response, current_app, request
from flask_login import current_user

from saas.database.replica import has_written, note_write, the_replica
from saas.database.scope import Scope, scoped
from saas.identity.last_writes import KEPT_FOR, last_write_of, note_last_write
from saas.web.today import now

WRITTEN_FOR_SECONDS = int(KEPT_FOR.total_seconds())
# Where the place is not known: no replica has come so far.
FURTHEST = 2**63 - 1


def written_cookie() -> str:
    """The name of the cookie of a browser whose last write could not be noted."""
    return "__Host-written" if current_app.extensions["settings"].is_production else "written"


def last_written() -> int | None:
    """Before which place in the log all lies that this person wrote lately; None for nothing."""
    if the_replica() is None:
        return None
    if written_cookie() in request.cookies:
        return FURTHEST
    wrote_until: int | None = getattr(current_user, "wrote_until", None)
    return wrote_until


def written_in(authority_id: uuid.UUID) -> int | None:
    """The same of whoever works in an authority, for its own systems."""
    if the_replica() is None:
        return None
    with scoped(Scope.identity()) as session:
        return last_write_of(session, authority_id, at=now())


def init_own_writes(app: Flask) -> None:
    """Note of everybody signed in how far what they wrote reaches."""
    if "replica" not in app.extensions:
        return

    @app.after_request
    def mark(response: Response) -> Response:
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            # What a statement in words wrote is not noticed by itself.
            note_write()
        if not has_written():
            return response
        try:
            if not current_user.is_authenticated:
                return response
            whose = [current_user.id]
            if current_user.tenancy is not None:
                whose.append(current_user.tenancy.id)
            with scoped(Scope.identity()) as session:
                note_last_write(session, whose, at=now())
        except Exception as fault:
            # The answer is made, and is given: this browser asks the primary for a while.
            current_app.logger.warning(
                "how far the writes reach is not known (%s)", type(fault).__name__
            )
            response.set_cookie(
                written_cookie(),
                "1",
                max_age=WRITTEN_FOR_SECONDS,
                httponly=True,
                secure=current_app.extensions["settings"].is_production,
                samesite="Lax",
            )
        return response
