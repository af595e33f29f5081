"""What an authority's people see that read only: a notice on every page, and why on one."""

from __future__ import annotations

from flask import Flask, current_app, make_response, render_template
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
# The reasons in a sentence; another is told on the page behind the notice, in the provider's words.
BECAUSE = {
    "unpaid": ", because invoices are not paid",
    "contract": ", because there is no contract at the moment",
}


def notice_of(standing: Standing) -> str:
    """What the frame of every page says to an authority's people: since when they read only, why,
    and whom to ask. Empty where nothing is amiss."""
    day = today()
    if standing.last_day is not None and standing.reads_until is not None:
        if standing.has_left(day):
            return (
                f"Your authority left on {long_date(standing.last_day)}. You can read and export"
                f" until {long_date(standing.reads_until)}, and change nothing. {_whom_to_ask()}"
            )
        return f"Your authority leaves this service after {long_date(standing.last_day)}."
    if standing.suspended_from is None:
        return ""
    why = BECAUSE.get(standing.suspended_because, "")
    if standing.is_suspended(day):
        return (
            f"Your authority's use is suspended since {long_date(standing.suspended_from)}{why}."
            f" You can read and export everything, and change nothing. {_whom_to_ask()}"
        )
    return (
        f"Your authority's use is suspended from {long_date(standing.suspended_from)}{why}. From"
        f" then on you can read and export everything, and change nothing. {_whom_to_ask()}"
    )


def _whom_to_ask() -> str:
    settings = current_app.extensions["settings"]
    ways = (settings.provider_telephone, settings.provider_email)
    return f"Ask {', '.join(filter(None, (settings.provider_name, *ways)))}."


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
