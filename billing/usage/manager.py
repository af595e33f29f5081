"""Packages and renewals, for the provider's managers: no prices, no invoices."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from billing.contracts.pricing import SERVICE_WORDS
from billing.usage.everywhere import RENEW_WITHIN_DAYS, use_everywhere
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person
from saas.web.frame import Door
from saas.web.today import today

pages = DoorPages("manager_packages", __name__, door=Door.MANAGER, url_prefix="/manager/packages")


@pages.page("", permission=Permission.SEE_DASHBOARDS)
def packages(session: ScopedSession) -> ResponseReturnValue:
    """What each authority has used of its package, and whose contract ends soon."""
    this_day = today()
    # Contracts are read by the role of accounts alone; of cases it reads nothing.
    with scoped(Scope.all_accounts(the_person().id)) as accounts:
        lines = use_everywhere(accounts, today=this_day)
    return render_template(
        "billing/manager_packages.html",
        lines=lines,
        words=SERVICE_WORDS,
        renew=sum(1 for line in lines if line.to_renew),
        beyond=sum(1 for line in lines if any(u.is_beyond for u in line.services.values())),
        days=RENEW_WITHIN_DAYS,
        query={},
        today=this_day,
    )
