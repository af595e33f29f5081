"""Managers look after the pages of authorities and the mailing list, and see how families fare."""

from __future__ import annotations

import datetime as dt

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from saas.audit.actions import record_across
from saas.database.scope import Scope, ScopedSession, scoped
from saas.database.streaming import begun
from saas.identity.permissions import Permission
from saas.page_counts.counting import counted_between
from saas.web.access import DoorPages, the_person
from saas.web.downloads import streamed_csv_file
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now, today
from tenants.front_door.areas import (
    SERVICES,
    Detail,
    Subscription,
    detail_of,
    keep_detail,
    subscriptions,
)
from tenants.front_door.contracted import contracted_services
from tenants.front_door.mailing.actions import everyone_on_it, how_many
from tenants.front_door.mailing.public import addresses
from tenants.front_door.manager_forms import AreaForm
from tenants.front_door.texts.actions import area_text, standing, values_of
from tenants.front_door.texts.manager import PREFIX
from tenants.front_door.texts.markdown import to_html
from tenants.front_door.texts.versions import (
    Versioned,
    list_page,
    publish_text,
    restore_page,
    version_page,
)
from tenants.front_door.use import fares

pages = DoorPages("manager_front_door", __name__, door=Door.MANAGER, url_prefix=PREFIX)
LAST_MONTH, LAST_YEAR = dt.timedelta(days=29), dt.timedelta(days=364)


@pages.page("/areas", permission=Permission.KEEP_PUBLIC_PAGES)
def areas(session: ScopedSession) -> ResponseReturnValue:
    number = requested_page()
    found = subscriptions(session, today())
    start = (number - 1) * PAGE_SIZE
    return render_template(
        "tenants/front_door/manager_areas.html",
        page=paginate(found[start : start + PAGE_SIZE + 1], number=number, total=len(found)),
    )


@pages.page("/areas/<area>", permission=Permission.KEEP_PUBLIC_PAGES, methods=("GET", "POST"))
def area(session: ScopedSession, area: str) -> ResponseReturnValue:
    found = _subscriber(session, area)
    detail, name = detail_of(session, area), area_text(area)
    stands = standing(session, name)[name]
    form = AreaForm(
        data={
            "services": list(detail.services),
            "telephone": detail.telephone,
            "email": detail.email,
            "hours": detail.hours,
            "video_href": detail.video_href,
            "markdown": stands,
        }
    )
    if form.validate_on_submit() and form.publish.data:
        chosen = Detail(
            tuple(form.services.data or ()),
            form.telephone.data or "",
            form.email.data or "",
            form.hours.data or "",
            form.video_href.data or "",
        )
        with scoped(Scope.panel(the_person().id)) as writing:
            keep_detail(writing, area, chosen, by=the_person().id, at=now())
        record_across(
            "public page of an area changed", person_id=the_person().id, at=now(), area=area
        )
        written = (form.markdown.data or "").replace("\r\n", "\n").strip()
        if written != stands.strip() and not publish_text(name, written):
            form.markdown.errors = ["Somebody else published this text just now. Look at theirs"]
        else:
            flash(f"The page of {found.name} is published.")
            return redirect(url_for("manager_front_door.areas"))
    settings = current_app.extensions["settings"]
    contracted = contracted_services(found.tenant, today())
    page = render_template(
        "tenants/front_door/manager_area.html",
        form=form,
        area=found,
        contracted=[SERVICES[code][0] for code in SERVICES if code in (contracted or ())],
        preview=to_html(form.markdown.data or "", values_of(settings, area=found.name)),
        was_asked=bool(form.preview.data),
    )
    return (page, 422) if form.errors else page


def _subscriber(session: ScopedSession, slug: str) -> Subscription:
    found = next((one for one in subscriptions(session, today()) if one.slug == slug), None)
    if found is None:
        abort(404)
    return found


def _versioned(session: ScopedSession, slug: str) -> Versioned:
    found = _subscriber(session, slug)
    return Versioned(
        name=area_text(slug),
        title=f"Introduction: {found.name}",
        values=values_of(current_app.extensions["settings"], area=found.name),
        edit=url_for("manager_front_door.area", area=slug),
        seen_at=url_for("public_areas.area_page", area=slug),
        listed=url_for("manager_front_door.versions", area=slug),
        href=lambda number: url_for("manager_front_door.version", version=number, area=slug),
        restore_href=lambda number: url_for(
            "manager_front_door.restore", version=number, area=slug
        ),
    )


@pages.page("/areas/<area>/versions", permission=Permission.KEEP_PUBLIC_PAGES)
def versions(session: ScopedSession, area: str) -> ResponseReturnValue:
    """What the introduction of an area's page said before."""
    return list_page(session, _versioned(session, area))


@pages.page("/areas/<area>/versions/<int:version>", permission=Permission.KEEP_PUBLIC_PAGES)
def version(session: ScopedSession, area: str, version: int) -> ResponseReturnValue:
    return version_page(session, _versioned(session, area), version)


@pages.page(
    "/areas/<area>/versions/<int:version>/restore",
    permission=Permission.KEEP_PUBLIC_PAGES,
    methods=("GET", "POST"),
)
def restore(session: ScopedSession, area: str, version: int) -> ResponseReturnValue:
    return restore_page(session, _versioned(session, area), version)


@pages.page("/mailing-list", permission=Permission.KEEP_PUBLIC_PAGES)
def mailing_list(session: ScopedSession) -> ResponseReturnValue:
    # The addresses are the identity role's alone, as everybody's are.
    with scoped(Scope.identity()) as identities:
        number = how_many(identities)
    return render_template(
        "tenants/front_door/manager_mailing.html",
        number=number,
        may_export=the_person().may(Permission.EXPORT_MAILING_LIST),
    )


@pages.page("/mailing-list/export", permission=Permission.EXPORT_MAILING_LIST)
def export(session: ScopedSession) -> ResponseReturnValue:
    """The list as a file, with the address by which each leaves it."""
    person_id, leaves_by = the_person().id, addresses("leave")
    with begun(Scope.identity()) as reading:
        record_across(
            "mailing list exported", person_id=person_id, at=now(), rows=how_many(reading)
        )
        lines = (
            (email, since.date(), leaves_by(id_)) for id_, email, since in everyone_on_it(reading)
        )
        return streamed_csv_file(
            f"mailing-list-{today()}.csv",
            ("E-mail", "On the list since", "Leaves the list by"),
            lines,
            reading=reading,
        )


@pages.page("/use", permission=Permission.KEEP_PUBLIC_PAGES)
def use(session: ScopedSession) -> ResponseReturnValue:
    """How families fare on the public pages: what was started, finished, and where they left."""
    day = today()
    return render_template(
        "tenants/front_door/manager_use.html",
        month=fares(counted_between(session, day - LAST_MONTH, day)),
        year=fares(counted_between(session, day - LAST_YEAR, day)),
    )
