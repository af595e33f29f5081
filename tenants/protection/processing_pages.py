"""The records of processing on two doors: the provider's managers', and the authority's."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person
from saas.web.downloads import csv_file
from saas.web.frame import Door
from saas.web.today import today
from tenants.protection.keeping import Rule
from tenants.protection.processing import HEAD, RECORDS
from tenants.protection.queries import PlaceKept, places_kept
from tenants.subscribers.queries import all_tenancies

manager = DoorPages("manager_protection", __name__, door=Door.MANAGER, url_prefix="/manager")
authority = DoorPages(
    "authority_protection", __name__, door=Door.AUTHORITY, url_prefix="/authority/data-protection"
)


def _page(file: str) -> ResponseReturnValue:
    return render_template("tenants/protection/processing.html", records=RECORDS, file=file)


def _file() -> ResponseReturnValue:
    return csv_file(f"records-of-processing-{today()}.csv", HEAD, [one.row for one in RECORDS])


@manager.page("/processing", permission=Permission.SEE_PROCESSING)
def processing(session: ScopedSession) -> ResponseReturnValue:
    """What is done with personal data, why, and how long it is kept."""
    return _page(url_for("manager_protection.processing_file"))


@manager.page("/processing.csv", permission=Permission.SEE_PROCESSING)
def processing_file(session: ScopedSession) -> ResponseReturnValue:
    return _file()


@authority.page("/processing", permission=Permission.SEE_OWN_TRAIL)
def own_processing(session: ScopedSession) -> ResponseReturnValue:
    """The same, for the authority whose data it is."""
    return _page(url_for("authority_protection.own_processing_file"))


@authority.page("/processing.csv", permission=Permission.SEE_OWN_TRAIL)
def own_processing_file(session: ScopedSession) -> ResponseReturnValue:
    return _file()


@manager.page("/data-protection", permission=Permission.SEE_PROCESSING)
def overview(session: ScopedSession) -> ResponseReturnValue:
    """How long each authority's cases are kept, what is due and what is held."""
    places = all_tenancies(session)
    found = places_kept(session, today=today())
    return render_template(
        "tenants/protection/every_protection.html",
        rows=[(one, found.get(one.id, PlaceKept(one.id, Rule(), 0, 0, 0, 0))) for one in places],
        may_act=the_person().may(Permission.PROTECT_DATA),
    )
