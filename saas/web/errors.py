"""Error pages: what happened, and what to do. The frame stays, whatever failed."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask, Response, current_app, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from werkzeug.exceptions import (
    Forbidden,
    HTTPException,
    InternalServerError,
    SecurityError,
    ServiceUnavailable,
)

from saas.web.dates import london_now, london_time

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Explanation:
    """The words of an error page."""

    title: str
    happened: str
    advice: str


EXPLANATIONS = {
    400: Explanation(
        "We could not read that request",
        "Something in the address or in what was sent is not what this page expects.",
        "Go back, check what you entered and try again.",
    ),
    401: Explanation(
        "Sign in to see this page",
        "This page is for people who are signed in.",
        "Sign in, then open the page again.",
    ),
    403: Explanation(
        "You are not allowed to do this",
        "You are signed in, but your role here does not include this page or this action.",
        "If you need it for your work, ask the person who manages your team to change your role. "
        "The attempt has been noted.",
    ),
    404: Explanation(
        "Page not found",
        "There is nothing at this address that you can see.",
        "If you typed the address, check it. If you followed a link, what it pointed to may have "
        "moved, or belong to someone else.",
    ),
    405: Explanation(
        "This page does not work that way",
        "The address exists, but it is not one that can be opened like this.",
        "Go back to the page you came from and use its buttons.",
    ),
    409: Explanation(
        "This case is restricted",
        "Somebody asked for its data to be restricted, or objects to its use. Until that is "
        "decided or lifted it is kept, put right, and used for certificates and appeals alone. "
        "Nothing was saved.",
        "Ask the provider's manager, who answers for the data, if you think that it may be done.",
    ),
    413: Explanation(
        "That is too large",
        "What you sent is larger than the service takes.",
        "Send a smaller file, or split it into parts. Nothing was saved.",
    ),
    429: Explanation(
        "Too many attempts",
        "The same thing was tried many times in a short while, so we paused it.",
        "Wait a minute, then try again. You do not need to contact us.",
    ),
    500: Explanation(
        "Something went wrong on our side",
        "The service made a mistake. What you sent was not saved.",
        "Try again in a few minutes. If it happens again, tell us the time shown below and what "
        "you were doing.",
    ),
    503: Explanation(
        "The service is not available",
        "We are working on it, or a part it needs does not answer.",
        "Try again in a few minutes. What was saved before is safe.",
    ),
}

# Raised as a 503 as well: nothing but the room is missing.
NO_ROOM = Explanation(
    "There is no room for it just now",
    "The service could not keep what you sent: its disk is full. Nothing of it was saved.",
    "Tell us, and send it again later. What was saved before is safe.",
)

# Raised as a 403 as well: it is not the role that is missing.
READS_ONLY = Explanation(
    "Your authority can read, and change nothing, at the moment",
    "Its use of the service is suspended, or it has left. Nothing was saved.",
    "Ask the person who manages your team, or the provider.",
)

# Flask-WTF raises it as a 400; it deserves its own words because the reader did nothing wrong.
STALE_FORM = Explanation(
    "This form is out of date",
    "The page was open for a long time, or you signed in or out in another window, so we could "
    "not be sure that the form came from you. Nothing was saved.",
    "Go back, reload the page and send the form again.",
)

OTHER = Explanation(
    "That did not work",
    "The service could not do what was asked.",
    "Go back and try again.",
)

# Shown when even the error page cannot be made. It needs no template, no session, no database.
LAST_RESORT = Markup(
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>{title} - SEND mediation</title></head>"
    "<body><main><h1>{title}</h1><p>{happened}</p><p>{advice}</p><p>{at}</p></main></body></html>"
)


def explanation_of(error: HTTPException) -> Explanation:
    """The words for an error."""
    if isinstance(error, CSRFError):
        return STALE_FORM
    if isinstance(error, ReadsOnlyError):
        return READS_ONLY
    if isinstance(error, NoRoomError):
        return NO_ROOM
    return EXPLANATIONS.get(error.code or 500, OTHER)


# In seconds: a database that is started anew is back by then.
RETRY_AFTER = 10
# What PostgreSQL says when it goes, starts, or takes no more connections (its manual, appendix A).
GONE = ("08", "57P", "53300")


# A full disk, a quota that is used up, a file that may not be so large.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DatabaseAwayError(ServiceUnavailable):
    """The database does not answer for a while."""


class ReadsOnlyError(Forbidden):
    """The database refused what an authority that is suspended, or has left, would write."""


class NoRoomError(ServiceUnavailable):
    """The disk is full."""


def is_database_gone(fault: sa.exc.SQLAlchemyError | psycopg.Error) -> bool:
    """Whether the database is away for a while, rather than refusing what it was asked."""
    if isinstance(fault, sa.exc.TimeoutError):
        return True  # every connection of the pool is taken
    if isinstance(fault, psycopg.Error):
        # What seals a scope is said to the driver itself.
        state = fault.sqlstate
        return state.startswith(GONE) if state else isinstance(fault, psycopg.OperationalError)
    if not isinstance(fault, sa.exc.DBAPIError):
        return False
    state = getattr(fault.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(GONE)
    return fault.connection_invalidated or isinstance(fault, sa.exc.OperationalError)


def log_without_path(app: Flask) -> None:
    """Log a fault by its endpoint. Flask logs the path, which behind a personal link is a key."""

    def log_exception(exc_info: Any) -> None:
        app.logger.error(
            "Fault in %s [%s]", request.endpoint or "no page", request.method, exc_info=exc_info
        )

    app.log_exception = log_exception  # type: ignore[method-assign]


def init_errors(app: Flask, *, bare_frame: Callable[[], object]) -> None:
    """Answer every HTTP error with a page in the frame.

    `bare_frame` makes the frame without person and place, for when the real one cannot be made.
    """

    log_without_path(app)

    def page(error: HTTPException) -> str:
        words, at = explanation_of(error), london_now()
        shown: dict[str, Any] = {
            "explanation": words,
            "code": error.code,
            # The time finds the entry in the log; it says nothing about anyone.
            "at": at,
            "own_fault": (error.code or 500) >= HTTPStatus.INTERNAL_SERVER_ERROR,
        }
        last_resort = LAST_RESORT.format(
            title=words.title, happened=words.happened, advice=words.advice, at=london_time(at)
        )
        if isinstance(error, SecurityError):
            # The request names a host that is not ours (TRUSTED_HOSTS): no address can be made
            # for it, and whoever scans for such hosts is to fill no log with failed pages.
            return last_resort
        # The frame asks the database who is there: not where it is the database that is away.
        if not isinstance(error, DatabaseAwayError):
            try:
                return render_template("saas/error.html", **shown)
            except Exception:
                log.exception("the frame of an error page failed")
        try:
            # Around the context processors: they are what failed.
            template = current_app.jinja_env.get_template("saas/error.html")
            return template.render(**shown, frame=bare_frame())
        except Exception:
            log.exception("the error page failed")
        return last_resort

    @app.errorhandler(HTTPException)
    def show_error(error: HTTPException) -> Response | HTTPException:
        code = error.code
        if code is None or code < HTTPStatus.BAD_REQUEST:
            return error  # a redirect that Werkzeug raises
        if error.response is not None:
            return error  # a view made its own answer
        stale = current_app.extensions.get("stale_form")
        if isinstance(error, CSRFError) and stale is not None:
            instead = stale()
            if instead is not None:
                return make_response(instead)
        # Keeps what the error says in headers: Allow of a 405, Retry-After of a 429.
        response = Response(page(error), status=code, content_type="text/html; charset=utf-8")
        for name, value in error.get_headers():
            if name.lower() != "content-type":
                response.headers[name] = value
        return response

    app.register_error_handler(InternalServerError, show_error)
    # What triggers of the database refuse by an SQLSTATE of their own, and the answer to it.
    refusals: dict[str, type[HTTPException]] = {}
    app.extensions["database_refusals"] = refusals

    @app.errorhandler(psycopg.Error)
    @app.errorhandler(sa.exc.SQLAlchemyError)
    def show_database_fault(
        fault: sa.exc.SQLAlchemyError | psycopg.Error,
    ) -> Response | HTTPException:
        state = str(getattr(getattr(fault, "orig", fault), "sqlstate", None))
        if state in refusals:
            return show_error(refusals[state]())
        if not is_database_gone(fault):
            raise fault
        # Thousands of these come at once: one line each, without the way there.
        log.error("the database is away: no answer to %s", request.endpoint or "no page")
        return show_error(DatabaseAwayError(retry_after=RETRY_AFTER))

    @app.errorhandler(OSError)
    def show_full_disk(fault: OSError) -> Response | HTTPException:
        if fault.errno not in FULL:
            raise fault
        log.error("the disk is full: no answer to %s", request.endpoint or "no page")
        return show_error(NoRoomError(retry_after=RETRY_AFTER))
