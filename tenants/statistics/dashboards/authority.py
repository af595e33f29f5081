"""An authority's own statistics: the year, what is behind a number, and the SEN2 list."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from saas.database.streaming import begun_alongside
from saas.identity.permissions import Permission
from saas.reference import queries as reference
from saas.reference.credits import LICENCE_URL, PUBLIC_SECTOR_CREDIT
from saas.reference.shipped import ENGLAND
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.charts import svg_response
from saas.web.downloads import streamed_csv_file
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now, today
from tenants.casework.kinds import SERVICE_WORDS, Service
from tenants.law.decisions import STAGES
from tenants.statistics.comparisons.comparison import (
    BROKEN_DOWN_BECAUSE,
    COMPARED_BREAKDOWNS,
    SUPPRESSED_BECAUSE,
    compared,
    compared_by,
)
from tenants.statistics.dashboards.charts import NARROW, WIDE
from tenants.statistics.dashboards.files import table_file, workbook_file
from tenants.statistics.dashboards.glance import at_a_glance
from tenants.statistics.dashboards.period_choices import period_choices
from tenants.statistics.dashboards.sentences import difference, headline
from tenants.statistics.dashboards.series import MAKERS, background, charts_of
from tenants.statistics.dashboards.sheets import breakdown_sheet, figures_sheet, values_in_order
from tenants.statistics.measures import tallies
from tenants.statistics.measures.breakdowns import BREAKDOWNS, STAGE_NAMES, Breakdown
from tenants.statistics.measures.cases_behind import cases_behind
from tenants.statistics.measures.definitions import (
    CONFIDENTIAL,
    COUNTER,
    MEDIAN_DAYS,
    SHARE,
    SHARES,
)
from tenants.statistics.measures.exports import definition_sheet
from tenants.statistics.measures.figures import NOTHING, Figures, figures_of_all
from tenants.statistics.measures.periods import Period, PeriodKind, asked_period
from tenants.statistics.measures.ratios import change, ratio
from tenants.statistics.sen2 import listing as sen2
from tenants.subscribers.queries import place_of

pages = DoorPages(
    "authority_statistics", __name__, door=Door.AUTHORITY, url_prefix="/authority/statistics"
)

# What a table by breakdown shows, in this order.
TABLE_COUNTERS = (
    "referrals",
    "mias_delivered",
    "mediations_held",
    "agreements",
    "followed_by_appeal",
)
TABLE_SHARES = ("agreement_rate", "held_within_30", "appeal_rate")
# Who mediates is the provider's to compare.
OWN_BREAKDOWNS = {key: by for key, by in BREAKDOWNS.items() if key != "mediator"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The period that the address asks for, and the figures of it."""

    period: Period
    today: dt.date
    figures: Figures


def _asked(session: ScopedSession) -> Asked:
    this_day = today()
    period = asked_period(request.args.get("year"), this_day)
    found = figures_of_all(session, period, today=this_day)
    return Asked(period, this_day, found.get(session.tenant, NOTHING))


@pages.page("", permission=Permission.SEE_OWN_STATISTICS, may_lag=True)
def year(session: ScopedSession) -> ResponseReturnValue:
    """A period at a glance."""
    this_day = today()
    period = asked_period(request.args.get("year"), this_day)
    glance = at_a_glance(session, session.tenant, period, today=this_day)
    figures, before = glance.figures, glance.before
    return render_template(
        "tenants/statistics/dashboards/authority_year.html",
        period=period,
        years=period_choices(this_day),
        headline=headline(figures, period.name),
        figures=figures,
        ratios=figures.ratios,
        change=lambda key: change(figures.count(key), before.count(key), period.year_before.name),
        COUNTER=COUNTER,
        SHARE=SHARE,
        MEDIAN=MEDIAN_DAYS,
        CONFIDENTIAL=CONFIDENTIAL,
        stages=[(stage, STAGE_NAMES[stage]) for stage in STAGES],
        charts=charts_of(glance.behind, figures, period, this_day),
        breakdowns=list(OWN_BREAKDOWNS.values()),
        others=_others(session, period, figures),
        suppressed_because=SUPPRESSED_BECAUSE,
        may_see_cases=the_person().may(Permission.SEE_OWN_CASES),
        may_manage_keys=the_person().may(Permission.MANAGE_API_TOKENS),
        published=_published(session, period, figures),
        credit=PUBLIC_SECTOR_CREDIT,
        licence_url=LICENCE_URL,
        own_name=the_tenancy().name,
    )


def _others(
    session: ScopedSession, period: Period, figures: Figures
) -> list[tuple[str, object, object, object]]:
    """Own shares beside those of all subscribers and of the region, for a calendar year."""
    if period.kind is not PeriodKind.CALENDAR:
        return []
    found = compared(session, period.start.year)
    if not found:
        return []
    return [
        (
            share.name,
            figures.ratios[share.key],
            found.get((share.key, "subscribers")),
            found.get((share.key, "region")),
        )
        for share in SHARES
        if (share.key, "subscribers") in found
    ]


def _published(
    session: ScopedSession, period: Period, figures: Figures
) -> dict[str, object] | None:
    """Own counts beside what the DfE published; it publishes calendar years."""
    if period.kind is not PeriodKind.CALENDAR:
        return None
    number = period.start.year
    place = place_of(session)
    if place is None:
        return None
    named = {
        place.dfe_number: f"{the_tenancy().name}, as the DfE published it",
        place.region_code: place.region,
        ENGLAND: "England",
    }
    found = reference.figures_of_places(session, list(named), number)
    own = found.get(place.dfe_number)
    return {
        "beside": [(name, found[code]) for code, name in named.items() if code in found],
        "own": own,
        "difference": difference(figures.count("mediations_held"), own, number),
        "caution": own.caution if own else None,
    }


def _chart_asked(session: ScopedSession) -> tuple[Asked, str]:
    name = request.args.get("name", "")
    if name not in MAKERS:
        abort(404)
    return _asked(session), name


@pages.page("/chart.svg", permission=Permission.SEE_OWN_STATISTICS, may_lag=True)
def chart(session: ScopedSession) -> ResponseReturnValue:
    """One chart of the page, drawn for a page or for a telephone."""
    asked, name = _chart_asked(session)
    behind = background(session, session.tenant, asked.period)
    made = MAKERS[name](behind, asked.figures, asked.period, asked.today)
    return svg_response(made.spec(width=NARROW if request.args.get("width") == "narrow" else WIDE))


@pages.page("/chart.csv", permission=Permission.SEE_OWN_STATISTICS, may_lag=True)
def chart_table(session: ScopedSession) -> ResponseReturnValue:
    """The numbers of one chart."""
    asked, name = _chart_asked(session)
    behind = background(session, session.tenant, asked.period)
    made = MAKERS[name](behind, asked.figures, asked.period, asked.today)
    return table_file(f"{name}-{asked.period.code}.csv", made.sheet)


def _breakdown_asked() -> Breakdown:
    found = OWN_BREAKDOWNS.get(request.args.get("by", "stage"))
    if found is None:
        abort(404)
    return found


@pages.page("/breakdown", permission=Permission.SEE_OWN_STATISTICS, may_lag=True)
def breakdown(session: ScopedSession) -> ResponseReturnValue:
    """The figures of a period by stage, need, age and so on."""
    asked, by = _asked(session), _breakdown_asked()
    values = tallies.by_value(session, asked.period, by, tenant=session.tenant).get(
        session.tenant, {}
    )
    counters = ("answers", "satisfied_answers") if by.key == "participant" else TABLE_COUNTERS
    shares = ("satisfaction",) if by.key == "participant" else TABLE_SHARES
    rows = [(value, by.word(value), values.get(value, {})) for value in values_in_order(by, values)]
    of_all = (
        compared_by(session, asked.period.start.year, by.key)
        if by.key in COMPARED_BREAKDOWNS and asked.period.kind is PeriodKind.CALENDAR
        else {}
    )
    return render_template(
        "tenants/statistics/dashboards/authority_breakdown.html",
        period=asked.period,
        years=period_choices(asked.today),
        by=by,
        breakdowns=list(OWN_BREAKDOWNS.values()),
        rows=rows,
        counters=[COUNTER[key] for key in counters],
        shares=[SHARE[key] for key in shares],
        ratio=ratio,
        of_all=of_all,
        compared_with=[row for row in rows if any((row[0], key) in of_all for key in shares)],
        broken_down_because=BROKEN_DOWN_BECAUSE,
        own_name=the_tenancy().name,
        may_see_cases=the_person().may(Permission.SEE_OWN_CASES) and by.key != "participant",
    )


@pages.page("/breakdown.csv", permission=Permission.SEE_OWN_STATISTICS, may_lag=True)
def breakdown_table(session: ScopedSession) -> ResponseReturnValue:
    """Every counter by a breakdown, as a file."""
    asked, by = _asked(session), _breakdown_asked()
    values = tallies.by_value(session, asked.period, by, tenant=session.tenant)
    sheet = breakdown_sheet(by, values.get(session.tenant, {}), asked.period)
    return table_file(f"by-{by.key}-{asked.period.code}.csv", sheet)


@pages.page("/figures.csv", permission=Permission.SEE_OWN_STATISTICS, may_lag=True)
def figures_table(session: ScopedSession) -> ResponseReturnValue:
    """All measures of the period with their meaning."""
    asked = _asked(session)
    sheet = figures_sheet(asked.figures, asked.period)
    return table_file(f"statistics-{asked.period.code}.csv", sheet)


@pages.page("/figures.xlsx", permission=Permission.SEE_OWN_STATISTICS, may_lag=True)
def figures_workbook(session: ScopedSession) -> ResponseReturnValue:
    """All measures, every breakdown and the definitions, in one workbook."""
    asked = _asked(session)
    sheets = [figures_sheet(asked.figures, asked.period)]
    chosen = list(OWN_BREAKDOWNS.values())
    values = tallies.by_breakdowns(session, asked.period, chosen, tenant=session.tenant)
    sheets += [breakdown_sheet(by, values[by.key], asked.period) for by in chosen]
    sheets.append(definition_sheet())
    return workbook_file(f"statistics-{asked.period.code}.xlsx", sheets)


@pages.page("/cases", permission=Permission.SEE_OWN_CASES)
def cases(session: ScopedSession) -> ResponseReturnValue:
    """The cases behind a number."""
    counter = COUNTER.get(request.args.get("counter", "mediations_held"))
    if counter is None or counter.key in CONFIDENTIAL:
        abort(404)
    period = asked_period(request.args.get("year"), today())
    by = OWN_BREAKDOWNS.get(request.args.get("by", ""))
    if by is not None and by.key == "participant":
        abort(404)
    value = request.args.get("value", "")
    number = requested_page()
    rows = cases_behind(
        session,
        counter.key,
        period,
        tenant=session.tenant,
        breakdown=by,
        value=value,
        offset=(number - 1) * PAGE_SIZE,
        limit=PAGE_SIZE + 1,
    )
    return render_template(
        "tenants/statistics/dashboards/authority_cases.html",
        counter=counter,
        period=period,
        narrowed=f"{by.name}: {by.word(value)}" if by else "",
        page=paginate(rows, number=number),
        services={service.value: words for service, words in SERVICE_WORDS.items()},
        decisions=BREAKDOWNS["decision_type"],
        mediation=Service.MEDIATION.value,
    )


@pages.page("/sen2", permission=Permission.SEE_OWN_CASES)
def sen2_list(session: ScopedSession) -> ResponseReturnValue:
    """The SEN2 list of a calendar year."""
    period = _calendar_year()
    rows = sen2.sen2_rows(session, period)
    return render_template(
        "tenants/statistics/sen2/authority_sen2.html",
        period=period,
        years=[choice for choice in period_choices(today()) if choice[0].isdigit()],
        rows=rows,
        to_fix=sum(1 for row in rows if row.to_fix),
        may_propose=the_person().may(Permission.ACT_ON_OWN_CASES),
        may_export=the_person().may(Permission.EXPORT_CASES),
        flags=[(flag, sum(1 for row in rows if flag in row.flags)) for flag in sen2.FLAGS],
    )


def _calendar_year() -> Period:
    asked = request.args.get("year", "")
    return asked_period(asked if asked.isdigit() else str(today().year - 1), today())


@pages.page("/sen2.<any(csv, xlsx):ending>", permission=Permission.EXPORT_CASES)
def sen2_file(session: ScopedSession, ending: str) -> ResponseReturnValue:
    """The SEN2 list as a file that is made while it is read; its taking is written down first."""
    period = _calendar_year()
    with begun_alongside(session) as reading:
        audit(
            session,
            "SEN2 list exported",
            subject_kind="authority",
            subject_id=session.tenant,
            at=now(),
            year=period.code,
            rows=sen2.how_many(reading, period),
            ending=ending,
        )
        session.commit()
        made, name = sen2.sheet(sen2.every_row(reading, period), period), f"sen2-{period.code}"
        if ending == "csv":
            return streamed_csv_file(f"{name}.csv", made.columns, made.rows, reading=reading)
        workbook = workbook_file(f"{name}.xlsx", [made])
        reading.close()
        return workbook
