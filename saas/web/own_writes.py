"""Nobody is shown less than they wrote: a browser carries how far its writes reach in the log.

It does so where there is a replica alone. The cookie names nothing but a place in the database's
log; a page that reads from the replica is the primary's until the replica has come so far.
"""

from __future__ import annotations

import re

from flask import Flask, Response, current_app, request
from flask_login import current_user

from saas.database.replica import has_written, note_write, the_replica, written_until

# A replica that is further behind is not asked at all (DATABASE_READ_MAX_LAG is 240 at most).
WRITTEN_FOR_SECONDS = 300
# When the place could not be asked: no replica has come so far.
FURTHEST = "FFFFFFFF/FFFFFFFF"
_LSN = re.compile(r"[0-9A-F]{1,8}/[0-9A-F]{1,8}")


def written_cookie() -> str:
    """The name of the cookie."""
    return "__Host-written" if current_app.extensions["settings"].is_production else "written"


def last_written() -> str | None:
    """Before which place in the log all lies that this browser wrote lately; None for nothing."""
    if the_replica() is None:
        return None
    kept = request.cookies.get(written_cookie())
    if kept is None:
        return None
    return kept if _LSN.fullmatch(kept, endpos=20) else FURTHEST


def init_own_writes(app: Flask) -> None:
    """Tell each browser of somebody signed in how far what it wrote reaches."""
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
            place = written_until()
        except Exception as fault:
            # The answer is made, and is given.
            current_app.logger.warning(
                "how far the writes reach is not known (%s)", type(fault).__name__
            )
            place = FURTHEST
        response.set_cookie(
            written_cookie(),
            place,
            max_age=WRITTEN_FOR_SECONDS,
            httponly=True,
            secure=current_app.extensions["settings"].is_production,
            samesite="Lax",
        )
        return response
