"""The managers' dashboards across boroughs."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.identity.signed_in import Tenancy
from saas.web.access import DoorPages
from saas.web.frame import Door
from saas.web.today import today
from tenants.statistics.caseload import AT_RISK, Caseload, caseloads
from tenants.statistics.figures import NOTHING, Figures, figures_of_all
from tenants.statistics.measures import COUNTER, SHARE
from tenants.statistics.periods import asked_period, selectable_years
from tenants.statistics.words import across
from tenants.subscribers.queries import all_tenancies

pages = DoorPages("manager_dashboard", __name__, door=Door.MANAGER, url_prefix="/manager")


@dataclass(frozen=True, slots=True)
class BoroughRow:
    """One borough's line; of the totals `tenancy` is None."""

    tenancy: Tenancy | None
    caseload: Caseload
    figures: Figures

    @property
    def name(self) -> str:
        return self.tenancy.name if self.tenancy else "All boroughs"


def total_row(rows: list[BoroughRow]) -> BoroughRow:
    counts: dict[str, int] = {}
    for row in rows:
        for key, number in row.figures.counts.items():
            counts[key] = counts.get(key, 0) + number
    return BoroughRow(
        None,
        Caseload(
            sum(r.caseload.open for r in rows),
            sum(r.caseload.overdue for r in rows),
            sum(r.caseload.at_risk for r in rows),
        ),
        Figures(counts),
    )


@pages.page("/", permission=Permission.SEE_DASHBOARDS)
def boroughs(session: ScopedSession) -> ResponseReturnValue:
    """One row per borough."""
    this_day = today()
    period = asked_period(request.args.get("year"), this_day)
    tenancies = all_tenancies(session)
    open_cases = caseloads(session, today=this_day)
    figures = figures_of_all(session, period, today=this_day)
    rows = [
        BoroughRow(t, open_cases.get(t.id, Caseload()), figures.get(t.id, NOTHING))
        for t in tenancies
    ]
    return render_template(
        "tenants/statistics/manager_boroughs.html",
        period=period,
        years=[(p.code, p.name) for p in selectable_years(this_day)],
        rows=rows,
        total=total_row(rows),
        headline=across([row.figures for row in rows], len(rows), period.name),
        at_risk=AT_RISK,
        COUNTER=COUNTER,
        SHARE=SHARE,
    )
