"""The managers' dashboards: all boroughs, one measure of them, how the work goes, one borough."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_tenancy
from saas.web.charts import svg_response
from saas.web.frame import Door
from saas.web.today import today
from tenants.statistics.comparisons import boroughs as compare
from tenants.statistics.dashboards import manager_charts
from tenants.statistics.dashboards.charts import NARROW, WIDE, Chart
from tenants.statistics.dashboards.files import table_file, workbook_file
from tenants.statistics.dashboards.glance import at_a_glance
from tenants.statistics.dashboards.manager_shared import may_be_shared
from tenants.statistics.dashboards.period_choices import period_choices
from tenants.statistics.dashboards.sentences import across, headline
from tenants.statistics.dashboards.series import MAKERS, background, charts_of
from tenants.statistics.dashboards.sheets import league_sheet, overview_sheet
from tenants.statistics.measures import tallies
from tenants.statistics.measures.breakdowns import BREAKDOWNS, CAUSES, STAGE_NAMES
from tenants.statistics.measures.caseload import AT_RISK
from tenants.statistics.measures.definitions import COUNTER, MEDIAN_DAYS, SHARE, SHARES, Share
from tenants.statistics.measures.exports import definition_sheet
from tenants.statistics.measures.figures import NOTHING, figures_of_all
from tenants.statistics.measures.periods import Period, asked_period
from tenants.statistics.measures.ratios import change, ratio

pages = DoorPages("manager_dashboard", __name__, door=Door.MANAGER, url_prefix="/manager")

DRAWINGS = ("intervals", "funnel", "tiles")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; every page of the dashboards keeps it."""

    period: Period
    region: str
    share: Share
    today: dt.date

    @property
    def query(self) -> dict[str, str]:
        return {"year": self.period.code, "region": self.region, "measure": self.share.key}


def _asked() -> Asked:
    this_day = today()
    share = SHARE.get(request.args.get("measure", "agreement_rate"))
    if share is None:
        abort(404)
    return Asked(
        asked_period(request.args.get("year"), this_day),
        request.args.get("region", ""),
        share,
        this_day,
    )


def _rows(
    session: ScopedSession,
    asked: Asked,
    every: Sequence[compare.Borough] | None = None,
    *,
    staged: bool = False,
) -> list[compare.BoroughRow]:
    """The figures of the boroughs that are asked for, of `every` one where it was read."""
    among = compare.all_boroughs(session) if every is None else every
    chosen = [borough for borough in among if asked.region in ("", borough.region)]
    return compare.borough_rows(session, chosen, asked.period, today=asked.today, staged=staged)


def _frame(asked: Asked, every: Sequence[compare.Borough]) -> dict[str, object]:
    """What every page of the dashboards shows around its own figures."""
    regions = sorted({borough.region for borough in every})
    return {
        "asked": asked,
        "period": asked.period,
        "years": period_choices(asked.today),
        "regions": [("", "All regions"), *((name, name) for name in regions)],
        "measures": [(share.key, share.name) for share in SHARES],
        "COUNTER": COUNTER,
        "SHARE": SHARE,
        "MEDIAN": MEDIAN_DAYS,
        "to_send": may_be_shared(asked.period),
    }


@pages.page("/", permission=Permission.SEE_DASHBOARDS)
def boroughs(session: ScopedSession) -> ResponseReturnValue:
    """One row per borough."""
    asked = _asked()
    every = compare.all_boroughs(session)
    rows = _rows(session, asked, every)
    return render_template(
        "tenants/statistics/dashboards/manager_boroughs.html",
        **_frame(asked, every),
        rows=rows,
        total=compare.total_row(rows),
        headline=across([row.figures for row in rows], len(rows), asked.period.name),
        at_risk=AT_RISK,
    )


@pages.page("/measure", permission=Permission.SEE_DASHBOARDS)
def measure(session: ScopedSession) -> ResponseReturnValue:
    """One share of all boroughs: league table, funnel, map."""
    asked = _asked()
    every = compare.all_boroughs(session)
    whole, lines = compare.league(_rows(session, asked, every), asked.share)
    apart = [line for line in lines if line.standing in ("much higher", "much lower")]
    return render_template(
        "tenants/statistics/dashboards/manager_measure.html",
        **_frame(asked, every),
        whole=whole,
        lines=lines,
        apart=apart,
        drawings=DRAWINGS,
    )


@pages.page("/measure.svg", permission=Permission.SEE_DASHBOARDS)
def measure_drawing(session: ScopedSession) -> ResponseReturnValue:
    """One drawing of a share: intervals, funnel or tiles."""
    asked = _asked()
    whole, lines = compare.league(_rows(session, asked), asked.share)
    width = NARROW if request.args.get("width") == "narrow" else WIDE
    match request.args.get("name"):
        case "intervals":
            spec = manager_charts.intervals(whole, lines, asked.share.name, width=width)
        case "funnel":
            spec = manager_charts.funnel_plot(whole, lines, asked.share.name, width=width)
        case "tiles":
            spec = manager_charts.tiles(lines, asked.share.name, width=min(width, 480))
        case _:
            abort(404)
    return svg_response(spec)


@pages.page("/measure.csv", permission=Permission.SEE_DASHBOARDS)
def measure_table(session: ScopedSession) -> ResponseReturnValue:
    """The league table as a file."""
    asked = _asked()
    _, lines = compare.league(_rows(session, asked), asked.share)
    made = league_sheet(lines, asked.share, asked.period)
    return table_file(f"{asked.share.key}-{asked.period.code}.csv", made)


@pages.page("/work", permission=Permission.SEE_DASHBOARDS)
def work(session: ScopedSession) -> ResponseReturnValue:
    """How the work goes: lateness and its causes, attendance, steps, mediators' load."""
    asked = _asked()
    every = compare.all_boroughs(session)
    rows = _rows(session, asked, every)
    causes, mediators = compare.causes_and_mediators(session, asked.period)
    return render_template(
        "tenants/statistics/dashboards/manager_work.html",
        **_frame(asked, every),
        rows=rows,
        total=compare.total_row(rows),
        causes=[
            (CAUSES.get(cause, cause), *numbers)
            for cause, numbers in sorted(causes.items(), key=lambda one: -one[1][0])
            if numbers[0]
        ],
        mediators=mediators,
        ratio=ratio,
    )


@pages.page("/boroughs/<authority>", permission=Permission.SEE_DASHBOARDS)
def borough(session: ScopedSession) -> ResponseReturnValue:
    """One borough, as its own page shows it."""
    asked = _asked()
    period = asked.period
    glance = at_a_glance(session, session.tenant, period, today=asked.today)
    found, before = glance.figures, glance.before
    return render_template(
        "tenants/statistics/dashboards/manager_borough.html",
        asked=asked,
        period=period,
        years=period_choices(asked.today),
        borough=the_tenancy(),
        figures=found,
        headline=headline(found, period.name),
        change=lambda key: change(found.count(key), before.count(key), period.year_before.name),
        charts=charts_of(glance.behind, found, period, asked.today),
        stages=list(STAGE_NAMES.items()),
        mediators=tallies.by_value(
            session, period, BREAKDOWNS["mediator"], tenant=session.tenant
        ).get(session.tenant, {}),
        COUNTER=COUNTER,
        SHARE=SHARE,
        MEDIAN=MEDIAN_DAYS,
    )


@pages.page("/boroughs/<authority>/chart.svg", permission=Permission.SEE_DASHBOARDS)
def borough_drawing(session: ScopedSession) -> ResponseReturnValue:
    """One chart of a borough's page."""
    made = _borough_chart(session)
    return svg_response(made.spec(width=NARROW if request.args.get("width") == "narrow" else WIDE))


@pages.page("/boroughs/<authority>/chart.csv", permission=Permission.SEE_DASHBOARDS)
def borough_table(session: ScopedSession) -> ResponseReturnValue:
    """The numbers of one chart of a borough's page."""
    made = _borough_chart(session)
    return table_file(f"{made.key}.csv", made.sheet)


def _borough_chart(session: ScopedSession) -> Chart:
    asked = _asked()
    make = MAKERS.get(request.args.get("name", ""))
    if make is None:
        abort(404)
    found = figures_of_all(session, asked.period, today=asked.today).get(session.tenant, NOTHING)
    return make(background(session, session.tenant, asked.period), found, asked.period, asked.today)


@pages.page("/boroughs.<any(csv, xlsx):ending>", permission=Permission.SEE_DASHBOARDS)
def overview_file(session: ScopedSession, ending: str) -> ResponseReturnValue:
    """Every measure of every borough, as a file. It holds counts and no person."""
    asked = _asked()
    rows = _rows(session, asked, staged=True)
    made = overview_sheet(rows, asked.period)
    name = f"boroughs-{asked.period.code}.{ending}"
    if ending == "csv":
        return table_file(name, made)
    leagues = [league_sheet(compare.league(rows, s)[1], s, asked.period) for s in SHARES]
    return workbook_file(name, [made, *leagues, definition_sheet()])
