"""How fast the pages of daily work answer on a large database: trays, searches, dashboards."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import sqlalchemy as sa
from flask import Flask

from bench.asking import browser, largest_authority, median, provider_person, searcher
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.reference.today import london_today
from tenants.casework.models import Child, SenCase
from tenants.subscribers.models import Subscriber

TIMES = 9
MOST_SECONDS = 0.150
MOST_SECONDS_OF_A_SEARCH = 0.050


def measured(app: Flask) -> Iterator[str]:
    """A line for each page: the median of its answers."""
    year = london_today().year - 1
    with app.app_context():
        tenant, cases, officer = largest_authority()
        with scoped(Scope.all_cases(None)) as session:
            slug = session.scalar(sa.select(Subscriber.slug).where(Subscriber.id == tenant)) or ""
            reference, name, case = _somebody(session, tenant)
            child = session.execute(
                sa.select(Child.given_name, Child.date_of_birth)
                .join(
                    SenCase,
                    sa.and_(SenCase.tenant_id == Child.tenant_id, SenCase.child_id == Child.id),
                )
                .where(SenCase.tenant_id == tenant, SenCase.id == case)
            ).one()
        coordinator = provider_person(ProviderRole.COORDINATOR)
        manager = provider_person(ProviderRole.MANAGER)
    searched = {
        "reference": reference,
        "number": reference.rpartition("-")[2],
        "family name": name,
        "both names": f"{child.given_name} {name}",
        "birth": f"{child.date_of_birth:%d/%m/%Y}",
        "nothing": "Zzyzx Qwertz",
    }
    pages = (
        ("provider's tray", coordinator, "/provider/"),
        ("provider's tray, overdue", coordinator, "/provider/?due=overdue"),
        ("provider's tray, closed too", coordinator, "/provider/?closed=yes"),
        ("provider's tray, by opening", coordinator, "/provider/?closed=yes&sort=-opened"),
        ("provider's tray, one borough", coordinator, f"/provider/?closed=yes&authority={slug}"),
        ("provider's tray: a reference", coordinator, f"/provider/?closed=yes&text={reference}"),
        ("provider's steps", coordinator, "/provider/steps"),
        (f"authority's tray, {cases:,} cases", officer, "/authority/"),
        ("authority's tray, closed too", officer, "/authority/?closed=yes"),
        ("authority's tray: a reference", officer, f"/authority/?closed=yes&text={reference}"),
        ("authority's steps", officer, "/authority/steps"),
        ("authority's case", officer, f"/authority/cases/{case}"),
        ("authority's breakdown", officer, f"/authority/statistics/breakdown?year={year}"),
        ("authority's cases of a number", officer, f"/authority/statistics/cases?year={year}"),
        ("authority's SEN2 list", officer, f"/authority/statistics/sen2?year={year}"),
        ("managers' measure", manager, f"/manager/measure?year={year}"),
        ("managers' work", manager, f"/manager/work?year={year}"),
        ("managers' page of a borough", manager, f"/manager/boroughs/{slug}?year={year}"),
        ("managers' use of packages", manager, "/manager/packages"),
        ("managers' report packs", manager, "/manager/packs"),
    )
    for who, person, address in (
        ("provider's", coordinator, "/provider/search"),
        ("authority's", officer, "/authority/search"),
    ):
        for what, words in searched.items():
            seconds = median(searcher(app, person, address, words), TIMES)
            slow = "" if seconds < MOST_SECONDS_OF_A_SEARCH else "   SLOW"
            yield f"{f'{who} search of all: {what}':<34} {seconds * 1000:8.1f} ms{slow}"
    for page, person, path in pages:
        ask = browser(app, person, path)
        ask()
        seconds = median(ask, TIMES)
        slow = "" if seconds < MOST_SECONDS else "   SLOW"
        yield f"{page:<34} {seconds * 1000:8.1f} ms{slow}"


def _somebody(session: sa.orm.Session, tenant: uuid.UUID) -> tuple[str, str, uuid.UUID]:
    """The reference, family name and id of a case of the authority."""
    found = session.execute(
        sa.select(SenCase.reference, Child.family_name, SenCase.id)
        .join(Child, sa.and_(Child.tenant_id == SenCase.tenant_id, Child.id == SenCase.child_id))
        .where(SenCase.tenant_id == tenant)
        .order_by(SenCase.opened_on.desc(), SenCase.id)
    ).first()
    if found is None:
        raise LookupError("there are no cases")
    return found[0], found[1], found[2]
