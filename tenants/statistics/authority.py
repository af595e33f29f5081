"""An authority's own statistics."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.reference import queries as reference
from saas.reference.credits import LICENCE_URL, PUBLIC_SECTOR_CREDIT
from saas.web.access import DoorPages, the_tenancy
from saas.web.frame import Door
from saas.web.today import today
from tenants.casework.decisions import STAGES
from tenants.statistics.breakdowns import STAGE_NAMES
from tenants.statistics.figures import NOTHING, figures_of_all
from tenants.statistics.measures import COUNTER, MEDIAN_DAYS, SHARE, change
from tenants.statistics.periods import asked_period, selectable_years
from tenants.statistics.words import difference, headline
from tenants.subscribers.queries import dfe_number_of

pages = DoorPages(
    "authority_statistics", __name__, door=Door.AUTHORITY, url_prefix="/authority/statistics"
)


@pages.page("", permission=Permission.SEE_OWN_STATISTICS)
def year(session: ScopedSession) -> ResponseReturnValue:
    """A year at a glance."""
    this_day = today()
    period = asked_period(request.args.get("year"), this_day)
    tenancy = the_tenancy()
    figures = figures_of_all(session, period, today=this_day).get(tenancy.id, NOTHING)
    before = figures_of_all(session, period.year_before, today=this_day).get(tenancy.id, NOTHING)
    number = period.start.year
    dfe_number = dfe_number_of(session, tenancy.id)
    place = reference.authority_by_dfe_number(session, dfe_number)
    published = reference.dfe_figures(session, dfe_number, number)
    beside = [
        (f"{tenancy.name}, as the DfE published it", published),
        (
            place.region if place else "Region",
            reference.region_figures(session, place.region_code, number) if place else None,
        ),
        ("England", reference.england_figures(session, number)),
    ]
    return render_template(
        "tenants/statistics/authority_year.html",
        period=period,
        years=[(p.code, p.name) for p in selectable_years(this_day)],
        headline=headline(figures, period.name),
        figures=figures,
        ratios=figures.ratios,
        before=before,
        change=lambda key: change(figures.count(key), before.count(key), period.year_before.name),
        COUNTER=COUNTER,
        SHARE=SHARE,
        MEDIAN=MEDIAN_DAYS,
        stages=[(stage, STAGE_NAMES[stage]) for stage in STAGES],
        beside=[(name, found) for name, found in beside if found is not None],
        difference=difference(figures.count("mediations_held"), published, number),
        caution=published.caution if published else None,
        credit=PUBLIC_SECTOR_CREDIT,
        licence_url=LICENCE_URL,
        own_name=tenancy.name,
    )
