"""What an authority's people see that read only: a notice on every page, and why on one."""

from __future__ import annotations

from flask import Flask, make_response, render_template
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Standing
from saas.web.access import the_tenancy
from saas.web.dates import long_date
from saas.web.errors import ReadsOnlyError
from saas.web.today import today
from tenants.subscribers.suspending import suspension_told

# What the trigger `authority_changes_nothing` says; a class of our own.
REFUSED = "RO001"


def notice_of(standing: Standing) -> str:
    """What the frame of every page says to an authority's people; empty where nothing is amiss."""
    day = today()
    if standing.last_day is not None and standing.reads_until is not None:
        if standing.has_left(day):
            return (
                f"Your authority left on {long_date(standing.last_day)}. You can read and export"
                f" until {long_date(standing.reads_until)}, and change nothing."
            )
        return f"Your authority leaves this service after {long_date(standing.last_day)}."
    if standing.suspended_from is None:
        return ""
    if standing.is_suspended(day):
        return (
            f"Your authority's use is suspended since {long_date(standing.suspended_from)}. You"
            " can read and export everything, and change nothing."
        )
    return (
        f"Your authority's use is suspended from {long_date(standing.suspended_from)}. From then on"
        " you can read and export everything, and change nothing."
    )


def standing_page(*, refused: bool) -> str:
    """Why nothing can be changed, whom to ask, and what goes on all the same."""
    tenancy = the_tenancy()
    with scoped(Scope.authority(tenancy.id, None)) as session:
        suspension = suspension_told(session)
    return render_template(
        "tenants/tenure/standing.html",
        standing=tenancy.standing,
        suspension=suspension,
        today=today(),
        refused=refused,
    )


def init_reading_only(app: Flask) -> None:
    """Answer what an authority that reads only would change by a page that says why."""

    def refuse() -> ResponseReturnValue:
        return make_response(standing_page(refused=True), 403)

    app.extensions["reads_only"] = refuse
    app.extensions["database_refusals"][REFUSED] = ReadsOnlyError
