"""The managers' files that may be sent on: all boroughs, with small counts hidden."""

from __future__ import annotations

from flask import abort, request
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages
from saas.web.frame import Door
from saas.web.today import today
from tenants.statistics.comparisons.boroughs import all_boroughs
from tenants.statistics.comparisons.shared_tables import SharedRow, shared_row
from tenants.statistics.dashboards.files import table_file, workbook_file
from tenants.statistics.dashboards.sheets import shared_league_sheet, shared_overview_sheet
from tenants.statistics.measures.caseload import Caseload, caseloads
from tenants.statistics.measures.definitions import SHARE, SHARES
from tenants.statistics.measures.exports import definition_sheet
from tenants.statistics.measures.figures import NOTHING, figures_of_periods
from tenants.statistics.measures.periods import Period, PeriodKind, UnknownPeriod, period

pages = DoorPages("manager_shared", __name__, door=Door.MANAGER, url_prefix="/manager")


def may_be_shared(of: Period) -> bool:
    """Quarters and calendar years that are over: others would give away what these hide."""
    return of.kind in (PeriodKind.QUARTER, PeriodKind.CALENDAR) and of.end < today()


def _asked() -> Period:
    try:
        of = period(request.args.get("year", str(today().year - 1)))
    except UnknownPeriod:
        abort(404)
    if not may_be_shared(of):
        abort(404)
    return of


def _rows(session: ScopedSession, of: Period) -> list[tuple[str, SharedRow]]:
    this_day = today()
    parts = [quarter for quarter in of.quarters if quarter != of]
    figures, *quarters = figures_of_periods(session, [of, *parts], today=this_day)
    loads, overdue = caseloads(session, today=this_day)
    return [
        (
            one.name,
            shared_row(
                figures.get(one.id, NOTHING),
                [quarter.get(one.id, NOTHING) for quarter in quarters],
                loads.get(one.id, Caseload()),
                overdue.get(one.id, 0),
            ),
        )
        for one in all_boroughs(session, request.args.get("region", ""))
    ]


@pages.page("/boroughs-to-send.<any(csv, xlsx):ending>", permission=Permission.SEE_DASHBOARDS)
def overview(session: ScopedSession, ending: str) -> ResponseReturnValue:
    """Every measure of every borough."""
    of = _asked()
    rows = _rows(session, of)
    made = shared_overview_sheet(rows, of)
    name = f"boroughs-{of.code}-small-counts-hidden.{ending}"
    if ending == "csv":
        return table_file(name, made)
    sheets = [made, *(shared_league_sheet(rows, share, of) for share in SHARES)]
    return workbook_file(name, [*sheets, definition_sheet()])


@pages.page("/measure-to-send.csv", permission=Permission.SEE_DASHBOARDS)
def measure(session: ScopedSession) -> ResponseReturnValue:
    """One share of every borough."""
    of, share = _asked(), SHARE.get(request.args.get("measure", "agreement_rate"))
    if share is None:
        abort(404)
    made = shared_league_sheet(_rows(session, of), share, of)
    name = f"{share.key}-{of.code}-small-counts-hidden.csv"
    return table_file(name, made)
